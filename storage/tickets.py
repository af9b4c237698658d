"""Tickets: finding them, changing them, and the line each change leaves behind.

Every function that changes a ticket writes its event in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func
from sqlalchemy import select as select_rows
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from agents.routing import Load
from agents.words import OPEN, Status
from storage import locking, prepared, requests
from storage.tables import Correction, Feedback, Request, Ticket, TicketEvent

US = "signalbox"

_ROWS = prepared.table(Ticket)
_DEFAULTS = prepared.defaults(Ticket)
_OPEN = prepared.added_once(Ticket, "id")
_OPENED = prepared.Statement(prepared.table(TicketEvent).insert())
_OPEN_BY = prepared.Statement(
    select_rows(_ROWS.c.owner, func.count().label("many"))
    .where(prepared.among(_ROWS.c.status, sorted(OPEN)), _ROWS.c.queue != "")
    .group_by(_ROWS.c.owner)
)
_LAST_OWNERS = prepared.Statement(
    select_rows(_ROWS.c.queue, _ROWS.c.owner).where(
        _ROWS.c.id.in_(select_rows(func.max(_ROWS.c.id)).where(_ROWS.c.queue != "").group_by(_ROWS.c.queue))
    )
)
_CASE = prepared.Statement(
    select(Ticket, Request)
    .join(Request, col(Request.id) == col(Ticket.request_id))
    .where(col(Ticket.id) == bindparam("of_id"))
)
_HISTORY = prepared.Statement(
    select(TicketEvent)
    .where(col(TicketEvent.ticket_id) == bindparam("of_ticket"))
    .order_by(col(TicketEvent.id))
)
_CHANGE = {
    many: prepared.Statement(
        prepared.table(Ticket)
        .update()
        .where(
            _ROWS.c.id == bindparam("of_id"),
            _ROWS.c.status.in_([bindparam(f"status_{n}", type_=_ROWS.c.status.type) for n in range(many)]),
        )
    )
    for many in range(1, len(Status) + 1)
}


def note(session: AsyncSession, ticket: Ticket, what: str, who: str, why: str, now: datetime) -> None:
    """Leave a line in the ticket's history."""
    assert ticket.id is not None
    session.add(TicketEvent(ticket_id=ticket.id, what=what, who=who, why=why, at=now))


async def open_for(session: AsyncSession, request: Request, now: datetime) -> Ticket:
    """Return the ticket of this request, opening it if there is none yet."""
    assert request.id is not None
    thread_ts = requests.thread_of(request)
    await open_once(session, request, now, thread_ts)
    return (await session.exec(select(Ticket).where(Ticket.request_id == request.id))).one()


async def open_once(session: AsyncSession, request: Request, now: datetime, moved_on_ts: str) -> int:
    """Return the number of the ticket of this request, opening it if there is none yet.

    `moved_on_ts` is the newest message that its thread has by then.
    """
    opened = await prepared.rows(
        session,
        _OPEN,
        **_DEFAULTS
        | {
            "request_id": request.id,
            "channel": request.channel,
            "thread_ts": requests.thread_of(request),
            "requester": request.requester,
            "opened_at": now,
            "moved_on_ts": moved_on_ts,
        },
    )
    if not opened:
        return (await session.exec(select(col(Ticket.id)).where(Ticket.request_id == request.id))).one() or 0
    id: int = opened[0].id
    line = {"ticket_id": id, "what": "opened", "who": request.requester, "why": "", "at": now}
    await prepared.change(session, _OPENED, line)
    return id


async def get(session: AsyncSession, id: int) -> Ticket | None:
    """Return a ticket by its number."""
    return await session.get(Ticket, id)


async def locked(session: AsyncSession, id: int) -> Ticket | None:
    """Return a ticket as it is now, which nobody else changes before this transaction ends."""
    return await locking.locked(session, Ticket, id)


async def case(session: AsyncSession, id: int) -> tuple[Ticket, Request]:
    """Return a ticket that exists, and its request."""
    [(ticket, request)] = await prepared.objects(session, _CASE, of_id=id)
    return ticket, request


async def change(session: AsyncSession, id: int, among: Sequence[Status], values: dict[str, Any]) -> bool:
    """Set values on a ticket if it still has one of these statuses; say whether it did.

    The condition is part of the statement, so of two people who press at once exactly one is first.
    """
    changing = _CHANGE[len(among)]
    names = {f"status_{n}": status for n, status in enumerate(among)}
    return bool(await prepared.change(session, changing, {"of_id": id, **names, **values}))


async def loads(session: AsyncSession, queues: Sequence[str]) -> dict[str, Load]:
    """Return how many open tickets everybody has, and who was given each queue's last one."""
    open_by = {row.owner: row.many for row in await prepared.rows(session, _OPEN_BY)}
    last = {row.queue: row.owner for row in await prepared.rows(session, _LAST_OWNERS)}
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
    return await prepared.objects(session, _HISTORY, of_ticket=ticket_id)


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
