"""Tickets: finding them, changing them, and the line each change leaves behind.

Every function that changes a ticket writes its event in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from agents.routing import Load
from agents.words import OPEN, Status
from storage.tables import Correction, Feedback, Request, Ticket, TicketEvent

US = "signalbox"


def note(session: AsyncSession, ticket: Ticket, what: str, who: str, why: str, now: datetime) -> None:
    """Leave a line in the ticket's history."""
    assert ticket.id is not None
    session.add(TicketEvent(ticket_id=ticket.id, what=what, who=who, why=why, at=now))


async def open_for(session: AsyncSession, request: Request, now: datetime) -> Ticket:
    """Return the ticket of this request, opening it if there is none yet."""
    assert request.id is not None
    found = (await session.exec(select(Ticket).where(Ticket.request_id == request.id))).first()
    if found:
        return found
    new = Ticket(
        request_id=request.id,
        channel=request.channel,
        thread_ts=request.ts,
        requester=request.requester,
        opened_at=now,
        moved_on_ts=request.ts,
    )
    # Somebody else may open it at this very moment: for one message there can be an event and a shortcut.
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    values = new.model_dump(exclude={"id"})
    opened = await session.exec(insert(Ticket).values(**values).on_conflict_do_nothing().returning(Ticket))
    ticket: Ticket | None = opened.scalar_one_or_none()
    if ticket is None:
        theirs = select(Ticket).where(Ticket.request_id == request.id)
        return (await session.exec(theirs)).one()
    note(session, ticket, "opened", request.requester, "", now)
    return ticket


async def get(session: AsyncSession, id: int) -> Ticket | None:
    """Return a ticket by its number."""
    return await session.get(Ticket, id)


async def locked(session: AsyncSession, id: int) -> Ticket | None:
    """Return a ticket as it is now, which nobody else changes before this transaction ends.

    Of two people who decide about it at once, the second sees what the first did. Ask for it before anything is read.
    """
    if session.get_bind().dialect.name == "sqlite":
        # SQLite knows no locks of rows, and Python begins a transaction with the first change, if only of nothing.
        await session.exec(update(Ticket).where(col(Ticket.id) == id).values(queue=Ticket.queue))
    return await session.get(Ticket, id, populate_existing=True, with_for_update={"key_share": True})


async def case(session: AsyncSession, id: int) -> tuple[Ticket, Request]:
    """Return a ticket that exists, and its request."""
    found = await session.exec(
        select(Ticket, Request)
        .join(Request, col(Request.id) == col(Ticket.request_id))
        .where(Ticket.id == id)
    )
    ticket, request = found.one()
    return ticket, request


async def of_thread(session: AsyncSession, channel: str, thread_ts: str) -> Ticket | None:
    """Return the ticket whose requester's thread this is."""
    found = await session.exec(select(Ticket).where(Ticket.channel == channel, Ticket.thread_ts == thread_ts))
    return found.first()


async def change(session: AsyncSession, id: int, among: Sequence[Status], values: dict[str, Any]) -> bool:
    """Set values on a ticket if it still has one of these statuses; say whether it did.

    The condition is part of the statement, so of two people who press at once exactly one is first.
    """
    result = await session.exec(
        update(Ticket).where(col(Ticket.id) == id, col(Ticket.status).in_(among)).values(**values)
    )
    return bool(result.rowcount)


async def loads(session: AsyncSession, queues: Sequence[str]) -> dict[str, Load]:
    """Return how many open tickets everybody has, and who was given each queue's last one."""
    counted = await session.exec(
        select(col(Ticket.queue), col(Ticket.owner), func.count())
        .where(col(Ticket.status).in_(OPEN), col(Ticket.queue) != "")
        .group_by(col(Ticket.queue), col(Ticket.owner))
    )
    open_by: dict[str, int] = {}
    for _, owner, count in counted:
        open_by[owner] = open_by.get(owner, 0) + count
    newest = select(func.max(col(Ticket.id))).where(col(Ticket.queue) != "").group_by(col(Ticket.queue))
    newest_owners = await session.exec(
        select(col(Ticket.queue), col(Ticket.owner)).where(col(Ticket.id).in_(newest))
    )
    last = dict(newest_owners.all())
    return {queue: Load(open_by, last.get(queue)) for queue in queues}


async def open_ones(
    session: AsyncSession, queues: Sequence[str] = (), owner: str = "", limit: int = 200
) -> Sequence[Ticket]:
    """Return open tickets of these queues (all if none are named) or of one owner, most pressing first."""
    query = select(Ticket).where(col(Ticket.status).in_(OPEN), col(Ticket.queue) != "")
    if queues:
        query = query.where(col(Ticket.queue).in_(queues))
    if owner:
        query = query.where(Ticket.owner == owner)
    found = await session.exec(
        query.order_by(
            col(Ticket.answered_at).is_not(None), col(Ticket.respond_by), col(Ticket.resolve_by)
        ).limit(limit)
    )
    return found.all()


async def late(session: AsyncSession, now: datetime) -> Sequence[Ticket]:
    """Return open tickets that have missed a promise and whose escalation for it was not made yet."""
    found = await session.exec(
        select(Ticket)
        .where(
            col(Ticket.status).in_([s for s in OPEN if s != Status.ESCALATED]),
            (col(Ticket.answered_at).is_(None) & (col(Ticket.respond_by) < now))
            | (col(Ticket.resolve_by) < now),
            col(Ticket.escalated_at).is_(None),
        )
        .order_by(col(Ticket.id))
    )
    return found.all()


async def opened_between(session: AsyncSession, since: datetime, until: datetime) -> Sequence[Ticket]:
    """Return tickets opened in this period, oldest first."""
    found = await session.exec(
        select(Ticket)
        .where(col(Ticket.opened_at) >= since, col(Ticket.opened_at) < until)
        .order_by(col(Ticket.id))
    )
    return found.all()


async def history(session: AsyncSession, ticket_id: int) -> Sequence[TicketEvent]:
    """Return a ticket's events, oldest first."""
    found = await session.exec(
        select(TicketEvent).where(TicketEvent.ticket_id == ticket_id).order_by(col(TicketEvent.id))
    )
    return found.all()


async def correct(
    session: AsyncSession, ticket: Ticket, field: str, should_be: str, by: str, why: str, now: datetime
) -> None:
    """Keep what a judgement should have been."""
    assert ticket.id is not None
    session.add(
        Correction(
            ticket_id=ticket.id,
            field=field,
            was=str(getattr(ticket, field, "")),
            should_be=should_be,
            by=by,
            why=why,
            at=now,
        )
    )


async def thumb(session: AsyncSession, ticket_id: int, person: str, good: bool, now: datetime) -> bool:
    """Keep a requester's feedback, which replaces what they said before; False when they have said just that."""
    found = await session.exec(
        select(Feedback).where(Feedback.ticket_id == ticket_id, Feedback.person == person)
    )
    before = found.first()
    if before is not None and before.good == good:
        return False
    feedback = before or Feedback(ticket_id=ticket_id, person=person, good=good, at=now)
    feedback.good, feedback.at = good, now
    session.add(feedback)
    return True
