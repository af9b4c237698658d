"""Parts: a message that is several requests, of which each has a row, a ticket and a history of its own.

The message's own row becomes the first part; the others stand beside it under timestamps that Slack never gives. So
whatever is asked of a ticket's request is asked of its part, and versions that know nothing of parts go on working.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from agents.words import Status
from storage import prepared, requests, tickets
from storage.tables import Request, Ticket

SPLIT, TOGETHER, MERGED = "split", "put together again", "merged"
Rows = list[tuple[Ticket, Request]]
_IN_THREAD = prepared.Statement(
    select(Ticket, Request)
    .join(Request, col(Request.id) == col(Ticket.request_id))
    .where(
        col(Ticket.channel) == bindparam("of_channel"),
        col(Ticket.thread_ts) == bindparam("of_thread"),
    )
    .order_by(col(Ticket.id))
)


async def split(session: AsyncSession, ticket_id: int, words: Sequence[str], now: datetime) -> bool:
    """Make of a new ticket one for each of these words; False when it is no longer new, or was split before."""
    # A write that changes nothing, so that of two flows of one message the second reads what the first did.
    if not await tickets.change(session, ticket_id, [Status.NEW], {"status": Status.NEW}):
        return False
    ticket, first = await tickets.case(session, ticket_id)
    if first.whole_id is not None:
        return False
    first.whole_id, first.whole, first.wording = first.id, first.wording, words[0]
    session.add(first)
    tickets.note(session, ticket, SPLIT, tickets.US, f"part 1 of {len(words)}", now)
    for number, said in enumerate(words[1:], 2):
        row = Request(
            **first.model_dump(exclude={"id", "ts", "wording"}),
            ts=f"{first.ts}{requests.PART}{number}",
            wording=said,
        )
        session.add(row)
        await session.flush()
        part = await tickets.open_for(session, row, now)
        part.moved_on_ts = ticket.moved_on_ts
        session.add(part)
        tickets.note(session, part, SPLIT, tickets.US, f"part {number} of {len(words)}", now)
    return True


async def of(session: AsyncSession, whole_id: int) -> Rows:
    """Return the tickets of a message that was split, in the order of its parts; those put together again too."""
    found = await session.exec(
        select(Ticket, Request)
        .join(Request, col(Request.id) == col(Ticket.request_id))
        .where(Request.whole_id == whole_id)
        .order_by(col(Request.id))
    )
    return [(ticket, request) for ticket, request in found.all()]


async def locked(session: AsyncSession, ticket_id: int) -> Rows:
    """Return the parts of a ticket's message as they are now, which nobody else changes before this transaction ends;
    none when it is whole."""
    ticket = await tickets.get(session, ticket_id)
    request = await session.get(Request, ticket.request_id) if ticket else None
    if request is None or request.whole_id is None:
        return []
    # In the order of their numbers, so that two who press on different cards do not wait for each other.
    ids = sorted(part.id or 0 for part, _ in await of(session, request.whole_id))
    for id in ids:
        await tickets.locked(session, id)
    await session.refresh(request)
    return await of(session, request.whole_id) if request.whole_id is not None else []


async def in_thread(session: AsyncSession, channel: str, thread_ts: str) -> Rows:
    """Return every ticket of a message, the oldest first."""
    return await prepared.objects(session, _IN_THREAD, of_channel=channel, of_thread=thread_ts)


def standing(rows: Rows) -> Rows:
    """Leave out what was put together with another ticket of the same message, which stands for it."""
    ids = {ticket.id for ticket, _ in rows}
    return [(ticket, request) for ticket, request in rows if ticket.duplicate_of not in ids]
