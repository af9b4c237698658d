"""Replies in a request's thread: they return to the same ticket.

The requester's "thanks" resolves an answered ticket; anything else they add brings a new draft, or reopens what was
resolved. An answer that a colleague types straight into the thread counts as the reply, so nobody answers twice.
Talk of others is left alone. In the thread of a message that is several requests, what the requester adds goes to every
part that is open, "thanks" counts once all of them are answered, and a colleague answers the parts of their own team.
A reply that Slack brings late never counts more than one that was said after it.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel.ext.asyncio.session import AsyncSession
from structlog.contextvars import bind_contextvars

from agents.intake import ThreadReply
from agents.words import OPEN, DraftStatus, Status
from handlers import drafting
from handlers.board import show
from handlers.desk import Desk, Run
from handlers.facts import readable
from handlers.tickets import reopen, resolve
from storage import drafts, parts, tickets
from storage.tables import Ticket


async def handle(desk: Desk, run: Run, said: ThreadReply) -> None:
    """Bring a thread reply to its tickets; one in a thread that has no ticket is nobody's."""
    heard = await run.step("hear", _hear, desk, said)
    if heard is None:
        return
    ticket_id, what = heard
    bind_contextvars(ticket=ticket_id)
    await run.commit("follow up", desk, _follow_up, ticket_id, said.person, said.ts, what)
    match what:
        case "thanks":
            await run.commit("resolve", desk, resolve, ticket_id, said.person, "the requester said thanks")
        case "reopen":
            await run.commit("reopen", desk, reopen, ticket_id, said.person, "the requester replied")
    await run.repeat("show", show, desk, ticket_id)
    others, is_thanks = await run.repeat("beside", _beside, desk, said, ticket_id)
    waiting = []
    for other in others:
        means = await run.commit(f"follow up T-{other}", desk, _follow_up_beside, other, said, is_thanks)
        await run.repeat(f"show T-{other}", show, desk, other)
        if means in ("more", "reopen"):
            waiting.append(other)
    if what in ("more", "reopen"):
        await drafting.propose(desk, run, ticket_id)
    for other in waiting:
        await drafting.propose_beside(desk, run, other)


async def _hear(desk: Desk, said: ThreadReply) -> tuple[int, str] | None:
    """Say which ticket a reply belongs to first and what it means: thanks, more, reopen, answered or nothing new."""
    await desk.directory.person(said.person)
    concerned, beside = await _concerned(desk, said)
    if not concerned:
        return None
    ticket = concerned[0]
    if said.person != ticket.requester:
        return ticket.id or 0, "answered"
    is_thanks = await _is_thanks(desk, said)
    answered = [one for one in beside if one.answered_at or (is_thanks and await _is_on_its_way(desk, one))]
    return ticket.id or 0, _meaning(ticket, beside, answered, is_thanks, said.ts)


async def _concerned(desk: Desk, said: ThreadReply) -> tuple[list[Ticket], list[Ticket]]:
    """Return the tickets that a reply is for, and all that stand for the message above it."""
    async with desk.db.begin() as session:
        rows = parts.standing(await parts.in_thread(session, said.channel, said.thread_ts))
    beside = [ticket for ticket, _ in rows if ticket.status != Status.WITHDRAWN]
    return [
        one for one in beside if said.person == one.requester or _speaks_for(desk, one, said.person)
    ], beside


async def _beside(desk: Desk, said: ThreadReply, ticket_id: int) -> tuple[list[int], bool]:
    """Return the further tickets that a reply is for, and whether it only says thanks."""
    concerned, _ = await _concerned(desk, said)
    others = [one.id or 0 for one in concerned if one.id != ticket_id]
    return others, bool(others) and await _is_thanks(desk, said)


async def _follow_up_beside(
    desk: Desk, session: AsyncSession, ticket_id: int, said: ThreadReply, is_thanks: bool
) -> str:
    """Do with a further ticket of the thread what a reply means for it; return what that is."""
    rows = parts.standing(await parts.in_thread(session, said.channel, said.thread_ts))
    beside = [ticket for ticket, _ in rows if ticket.status != Status.WITHDRAWN]
    own = next((one for one in beside if one.id == ticket_id), None)
    if own is None:
        return "noted"
    what = "answered"
    if said.person == own.requester:
        answered = [one for one in beside if one.answered_at or await _awaits_delivery(session, one)]
        what = _meaning(own, beside, answered, is_thanks, said.ts)
    await _follow_up(desk, session, ticket_id, said.person, said.ts, what)
    match what:
        case "thanks":
            await resolve(desk, session, ticket_id, said.person, "the requester said thanks")
        case "reopen":
            await reopen(desk, session, ticket_id, said.person, "the requester replied")
    return what


async def _follow_up(
    desk: Desk, session: AsyncSession, ticket_id: int, person: str, ts: str, what: str
) -> None:
    """Note the reply on its ticket; a draft that it overtook is taken back."""
    now = desk.now()
    row = await tickets.locked(session, ticket_id)
    assert row is not None
    is_newest = ts >= row.moved_on_ts
    if what != "noted":
        # What adds nothing overtakes nothing: a draft that waits answers the thread as well as before.
        row.moved_on_ts = max(row.moved_on_ts, ts)
    if what == "answered":
        row.touched, row.answered_at = True, row.answered_at or now
        if is_newest:
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


async def _is_thanks(desk: Desk, said: ThreadReply) -> bool:
    """Tell a thank-you from a question, as the local engine hears it."""
    engines = await desk.minds.ready()
    return engines.local.is_thanks(readable(desk, said.text))


def _meaning(
    own: Ticket, beside: Sequence[Ticket], answered: Sequence[Ticket], is_thanks: bool, ts: str
) -> str:
    """Say what the requester's reply means for one of the tickets that stand for their message."""
    if ts < own.moved_on_ts and (is_thanks or own.status not in OPEN):
        return "noted"  # it came late, and what they said after it counts
    still_open = [one for one in beside if one.status != Status.RESOLVED]
    if own.status == Status.RESOLVED:
        if is_thanks or still_open:
            return "noted"  # what they add is heard where something is open
        last = max(beside, key=lambda one: (one.resolved_at or one.opened_at, one.id or 0))
        return "reopen" if own.id == last.id else "noted"
    if not is_thanks:
        return "more"
    return "thanks" if all(one in answered for one in still_open) else "noted"


async def _is_on_its_way(desk: Desk, ticket: Ticket) -> bool:
    """Say whether the requester may have read a reply of which we do not know yet that it was posted."""
    async with desk.db.begin() as session:
        return await _awaits_delivery(session, ticket)


async def _awaits_delivery(session: AsyncSession, ticket: Ticket) -> bool:
    draft = await drafts.newest(session, ticket.id or 0)
    # Sent as well: it may have been noted since the ticket was read.
    return draft is not None and draft.status in (DraftStatus.APPROVED, DraftStatus.EDITED, DraftStatus.SENT)
