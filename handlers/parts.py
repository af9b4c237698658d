"""Putting the parts of a message together again: the button "Not separate" on a card.

The ticket whose card was pressed gets the whole message and a new draft; those of the other parts that are still open
are closed, and their cards lead to it. The requester's line says so. What was resolved or withdrawn before stays so.
"""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncApp
from sqlmodel.ext.asyncio.session import AsyncSession

from agents.intake import shorten
from agents.words import OPEN, Status
from handlers import drafting, learning, lines
from handlers.board import show
from handlers.cards.parts import NOT_SEPARATE
from handlers.desk import Desk, Run
from handlers.errors import Refusal
from handlers.facts import readable
from handlers.presses import closed, first_was, has_just, last, may_handle, presser, ticket_number
from storage import drafts, parts, requests, tickets
from storage.parts import MERGED, TOGETHER
from storage.tables import Ticket

_WHY = "the parts of the message were put together again"


def register(app: AsyncApp) -> None:
    """List what this file answers to."""
    app.action(NOT_SEPARATE)(on_not_separate)


async def on_not_separate(body: dict[str, Any], action: dict[str, Any], desk: Desk, run: Run) -> None:
    """Make one ticket of the parts of a message."""
    ticket_id, by = ticket_number(action.get("value")), await presser(body, desk, run)
    merged = await run.commit("not separate", desk, _together, ticket_id, by)
    if merged is None:
        return
    await learning.after_correction(desk, run, ticket_id)
    await run.repeat("show", show, desk, ticket_id)
    for other in merged:
        await run.repeat(f"show {other}", show, desk, other)
    await run.repeat("line", lines.renew, desk, ticket_id)
    await drafting.propose(desk, run, ticket_id)


async def _together(desk: Desk, session: AsyncSession, ticket_id: int, by: str) -> list[int] | None:
    """Return the tickets that are closed by it; None when the same person has only pressed twice."""
    may_handle(desk, by)
    rows = await parts.locked(session, ticket_id)
    ticket = await tickets.locked(session, ticket_id)
    if ticket is None:
        raise Refusal("This ticket no longer exists.")
    if await has_just(desk, session, ticket_id, TOGETHER, by):
        return None
    if ticket.status not in OPEN:
        raise await closed(session, ticket, by)
    request = next((said for part, said in rows if part.id == ticket_id), None)
    if request is None:
        event = await last(session, ticket_id, {TOGETHER})
        if event is None:
            raise Refusal(f"T-{ticket_id} is not part of a message that was split.")
        raise Refusal(f"T-{ticket_id} was already put together again{first_was(event, by)}.")
    others = [part for part, _ in rows if part.id != ticket_id and part.status in OPEN]
    for other in others:
        await _close(desk, session, other, ticket, by)
    requests.make_whole(session, request, desk.now())
    ticket.summary, ticket.touched = shorten(readable(desk, request.wording), 160), True
    session.add(ticket)
    with_them = ", ".join(f"T-{other.id}" for other in others)
    tickets.note(session, ticket, TOGETHER, by, f"with {with_them}" if with_them else "", desk.now())
    await drafts.supersede(session, ticket_id, _WHY, desk.now())
    return [other.id or 0 for other in others]


async def _close(desk: Desk, session: AsyncSession, other: Ticket, into: Ticket, by: str) -> None:
    """Close the ticket of a part; what it was promised, the ticket that stands for it has to keep."""
    assert other.id is not None
    into.priority = min(into.priority, other.priority)
    if other.answered_at is None:
        into.respond_by = min(filter(None, (into.respond_by, other.respond_by)), default=None)
    into.resolve_by = min(filter(None, (into.resolve_by, other.resolve_by)), default=None)
    if into.status == Status.ANSWERED and other.answered_at is None:
        into.status = Status.ROUTED
    other.status, other.resolved_at, other.touched = Status.RESOLVED, desk.now(), True
    other.duplicate_of = into.id
    session.add(other)
    tickets.note(session, other, MERGED, by, f"into T-{into.id}", desk.now())
    await drafts.supersede(session, other.id, _WHY, desk.now())
