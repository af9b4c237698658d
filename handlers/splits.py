"""What is known of a message that was split, as cards and lines show it.

Read from the database whenever something is drawn; a ticket whose message is whole has none of it.
"""

from __future__ import annotations

from sqlmodel.ext.asyncio.session import AsyncSession

from agents.intake import shorten
from agents.local.cues.pieces import lead_of
from agents.words import Status
from handlers.cards import parts as cards
from handlers.desk import Desk
from handlers.facts import readable
from storage import parts, tickets
from storage.parts import Rows
from storage.tables import Request, Ticket


async def part_of(desk: Desk, session: AsyncSession, ticket: Ticket, request: Request) -> cards.Part | None:
    """Return which part of its message a ticket is; None when it is all of it."""
    if request.whole_id is None:
        return None
    rows = await parts.of(session, request.whole_id)
    if len(rows) < 2:
        return None  # the other parts are so old that they are forgotten
    others = tuple(
        cards.other(other.id or 0, other.card_link, _team(desk, other))
        for other, _ in rows
        if other.id != ticket.id
    )
    number = next(n for n, (other, _) in enumerate(rows, 1) if other.id == ticket.id)
    now = readable(desk, request.whole) if request.whole != request.text else ""
    return cards.Part(number, len(rows), others, _lead(desk, request, rows), now)


def _lead(desk: Desk, request: Request, rows: Rows) -> str:
    """Return what the message says before its first part, such as "For Northmoor:"."""
    first = readable(desk, rows[0][1].wording)
    before, found, _ = readable(desk, request.text).partition(first)
    return lead_of(before) if found else ""


def _team(desk: Desk, ticket: Ticket) -> str:
    queue = desk.policy.queues.get(ticket.queue)
    return queue.title if queue else ticket.queue or "being sorted"


async def about(desk: Desk, session: AsyncSession, ticket: Ticket) -> str:
    """Return mrkdwn that says which part of their message a requester is answered about; empty when it is whole."""
    _, request = await tickets.case(session, ticket.id or 0)
    part = await part_of(desk, session, ticket, request)
    return cards.part_line(part, readable(desk, request.wording)) if part else ""


async def beside(desk: Desk, ticket_id: int) -> list[int]:
    """Return the tickets of the other parts of a ticket's message."""
    async with desk.db.begin() as session:
        ticket, request = await tickets.case(session, ticket_id)
        if request.whole_id is None:
            return []
        return [part.id or 0 for part, _ in await parts.of(session, request.whole_id) if part.id != ticket.id]


async def went(desk: Desk, session: AsyncSession, whole_id: int) -> list[cards.Went] | None:
    """Return where each part of a message went; None while one of them is on its way."""
    found = []
    for ticket, request in parts.standing(await parts.of(session, whole_id)):
        if ticket.status == Status.WITHDRAWN:
            continue
        if not ticket.queue:
            return None
        first = await tickets.get(session, ticket.duplicate_of) if ticket.duplicate_of else None
        text = " ".join(readable(desk, request.wording).split())
        found.append(
            cards.Went(
                ticket.id or 0,
                shorten(text, 200),
                _team(desk, ticket),
                ticket.respond_by,
                ticket.held,
                (first.id or 0) if first else 0,
                first.link if first else "",
            )
        )
    return found
