"""Replies in a request's thread: they return to the same ticket.

The requester's "thanks" resolves an answered ticket; anything else they add brings a new draft, or reopens what was
resolved. An answer that a colleague types straight into the thread counts as the reply, so nobody answers twice.
Talk of others is left alone.
"""

from __future__ import annotations

from agents.intake import ThreadReply
from agents.words import OPEN, Status
from handlers import triage
from handlers.board import show
from handlers.desk import Desk, Run
from handlers.facts import readable
from handlers.tickets import reopen, resolve
from storage import drafts, tickets
from storage.tables import Ticket


async def handle(desk: Desk, run: Run, said: ThreadReply) -> None:
    """Bring a thread reply to its ticket; one in a thread that has no ticket is nobody's."""
    found = await run.step("follow up", _follow_up, desk, said)
    if found is None:
        return
    ticket_id, what = found
    match what:
        case "thanks":
            await run.step("resolve", resolve, desk, ticket_id, said.person, "the requester said thanks")
        case "reopen":
            await run.step("reopen", reopen, desk, ticket_id, said.person, "the requester replied")
    await run.step("show", show, desk, ticket_id)
    if what in ("more", "reopen"):
        await triage.propose(desk, run, ticket_id)


async def _follow_up(desk: Desk, said: ThreadReply) -> tuple[int, str] | None:
    """Note the reply on its ticket and say what it means: thanks, more, reopen or answered."""
    await desk.directory.person(said.person)
    async with desk.db.begin() as session:
        ticket = await tickets.of_thread(session, said.channel, said.thread_ts)
    if ticket is None or ticket.status == Status.WITHDRAWN:
        return None
    if said.person == ticket.requester:
        what = await _meaning(desk, ticket, said)
    elif _speaks_for(desk, ticket, said.person):
        what = "answered"
    else:
        return None
    now = desk.now()
    async with desk.db.begin() as session:
        row = await tickets.get(session, ticket.id or 0)
        assert row is not None and row.id is not None
        row.moved_on_ts = max(row.moved_on_ts, said.ts)
        if what == "answered":
            row.touched, row.answered_at = True, row.answered_at or now
            if row.status in OPEN:
                row.status = Status.ANSWERED
            await drafts.supersede(session, row.id, "a colleague answered in the thread", now)
        elif what == "more":
            await drafts.supersede(session, row.id, "the requester wrote more", now)
            if row.status == Status.ANSWERED:
                row.status = Status.ROUTED
        session.add(row)
        tickets.note(
            session, row, {"answered": "answered by hand"}.get(what, "follow-up"), said.person, "", now
        )
        return row.id, what


def _speaks_for(desk: Desk, ticket: Ticket, person: str) -> bool:
    """Say whether this person's word in the thread is the team's answer."""
    handle = desk.directory.handle_of(person)
    queue = desk.policy.queues.get(ticket.queue)
    return bool(handle) and (handle == ticket.owner or (queue is not None and queue.may_answer(handle)))


async def _meaning(desk: Desk, ticket: Ticket, said: ThreadReply) -> str:
    """Tell a thank-you from a question, as the local engine hears it."""
    engines = await desk.minds.ready()
    text = readable(desk, said.text)
    is_thanks = engines.local.is_thanks(text)
    if ticket.status == Status.RESOLVED:
        return "noted" if is_thanks else "reopen"
    if is_thanks:
        return "thanks" if ticket.answered_at else "noted"
    return "more"
