"""Replies in a request's thread: they return to the same ticket.

The requester's "thanks" resolves an answered ticket; anything else they add brings a new draft, or reopens what was
resolved. An answer that a colleague types straight into the thread counts as the reply, so nobody answers twice.
Talk of others is left alone.
"""

from __future__ import annotations

from sqlmodel.ext.asyncio.session import AsyncSession

from agents.intake import ThreadReply
from agents.words import OPEN, DraftStatus, Status
from handlers import triage
from handlers.board import show
from handlers.desk import Desk, Run
from handlers.facts import readable
from handlers.tickets import reopen, resolve
from storage import drafts, tickets
from storage.tables import Ticket


async def handle(desk: Desk, run: Run, said: ThreadReply) -> None:
    """Bring a thread reply to its ticket; one in a thread that has no ticket is nobody's."""
    heard = await run.step("hear", _hear, desk, said)
    if heard is None:
        return
    ticket_id, what = heard
    await run.commit("follow up", desk, _follow_up, ticket_id, said.person, said.ts, what)
    match what:
        case "thanks":
            await run.commit("resolve", desk, resolve, ticket_id, said.person, "the requester said thanks")
        case "reopen":
            await run.commit("reopen", desk, reopen, ticket_id, said.person, "the requester replied")
    await run.repeat("show", show, desk, ticket_id)
    if what in ("more", "reopen"):
        await triage.propose(desk, run, ticket_id)


async def _hear(desk: Desk, said: ThreadReply) -> tuple[int, str] | None:
    """Say which ticket a reply belongs to and what it means: thanks, more, reopen, answered or nothing new."""
    await desk.directory.person(said.person)
    async with desk.db.begin() as session:
        ticket = await tickets.of_thread(session, said.channel, said.thread_ts)
    if ticket is None or ticket.id is None or ticket.status == Status.WITHDRAWN:
        return None
    if said.person == ticket.requester:
        return ticket.id, await _meaning(desk, ticket, said)
    return (ticket.id, "answered") if _speaks_for(desk, ticket, said.person) else None


async def _follow_up(
    desk: Desk, session: AsyncSession, ticket_id: int, person: str, ts: str, what: str
) -> None:
    """Note the reply on its ticket; a draft that it overtook is taken back."""
    now = desk.now()
    row = await tickets.locked(session, ticket_id)
    assert row is not None
    row.moved_on_ts = max(row.moved_on_ts, ts)
    if what == "answered":
        row.touched, row.answered_at = True, row.answered_at or now
        if row.status in OPEN:
            row.status = Status.ANSWERED
        await drafts.supersede(session, ticket_id, "a colleague answered in the thread", now)
    elif what == "more":
        await drafts.supersede(session, ticket_id, "the requester wrote more", now)
        if row.status == Status.ANSWERED:
            row.status = Status.ROUTED
    session.add(row)
    tickets.note(session, row, "answered by hand" if what == "answered" else "follow-up", person, "", now)


def _speaks_for(desk: Desk, ticket: Ticket, person: str) -> bool:
    """Say whether this person's word in the thread is the team's answer."""
    handle = desk.directory.handle_of(person)
    queue = desk.policy.queues.get(ticket.queue)
    is_owner = handle == ticket.owner and desk.policy.is_staff(handle)
    return bool(handle) and (is_owner or (queue is not None and queue.may_answer(handle)))


async def _meaning(desk: Desk, ticket: Ticket, said: ThreadReply) -> str:
    """Tell a thank-you from a question, as the local engine hears it."""
    engines = await desk.minds.ready()
    text = readable(desk, said.text)
    is_thanks = engines.local.is_thanks(text)
    if ticket.status == Status.RESOLVED:
        return "noted" if is_thanks else "reopen"
    if is_thanks:
        return "thanks" if ticket.answered_at or await _is_on_its_way(desk, ticket) else "noted"
    return "more"


async def _is_on_its_way(desk: Desk, ticket: Ticket) -> bool:
    """Say whether the requester may have read a reply of which we do not know yet that it was posted."""
    async with desk.db.begin() as session:
        draft = await drafts.newest(session, ticket.id or 0)
    return draft is not None and draft.status in (DraftStatus.APPROVED, DraftStatus.EDITED)
