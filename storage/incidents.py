"""Incidents: which tickets report one thing, and the questions that finding it out takes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, exists
from sqlalchemy import select as select_rows
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from agents.words import OPEN, Status
from storage import locking, prepared
from storage.tables import Incident, Request, Ticket, TicketEvent

JOINED, LEFT, REPEATED = "joined an incident", "left an incident", "asked twice"
_GROUPING_LOCK = 7_324_003  # any number, as long as every replica uses the same
_MOST = 200  # of the newest reports a new one is compared with
_STANDING = [status for status in OPEN if status != Status.NEW]
_TICKETS, _REQUESTS = prepared.table(Ticket).c, prepared.table(Request).c
_EARLIER = prepared.Statement(
    select_rows(_TICKETS.id, _REQUESTS.wording)
    .join_from(prepared.table(Ticket), prepared.table(Request), _REQUESTS.id == _TICKETS.request_id)
    .where(
        _TICKETS.requester == bindparam("by"),
        _TICKETS.id < bindparam("before"),
        _TICKETS.opened_at >= bindparam("since"),
        prepared.among(_TICKETS.status, _STANDING),
    )
    .order_by(_TICKETS.id.desc())
    .limit(_MOST)
)


async def alone(session: AsyncSession) -> None:
    """Let nobody else group reports before this transaction ends, so that two at once make one incident.

    Ask for it before anything is read.
    """
    await locking.alone(session, _GROUPING_LOCK, Incident)


async def reports(
    session: AsyncSession, categories: Sequence[str], since: datetime, but: int
) -> list[tuple[Ticket, str]]:
    """Return open tickets of these categories with their wording, oldest first, except `but`: those opened since then
    and those of incidents that are still open. What a person took out of an incident is not among them."""
    running = select(Incident.id).where(col(Incident.resolved_at).is_(None))
    taken_out = exists().where(col(TicketEvent.ticket_id) == col(Ticket.id), col(TicketEvent.what) == LEFT)
    found = await session.exec(
        select(Ticket, Request.wording)
        .join(Request, col(Request.id) == col(Ticket.request_id))
        .where(
            col(Ticket.category).in_(categories),
            col(Ticket.status).in_(_STANDING),
            (col(Ticket.opened_at) >= since) | col(Ticket.incident_id).in_(running),
            col(Ticket.id) != but,
            ~taken_out,
        )
        .order_by(col(Ticket.id).desc())
        .limit(_MOST)
    )
    return [(ticket, wording) for ticket, wording in reversed(found.all())]


async def earlier_of(session: AsyncSession, ticket: Ticket, since: datetime) -> list[tuple[int, str]]:
    """Return the open tickets that this requester opened before this one and since then, by number, with their
    wording; the newest, should they be many."""
    values = {"by": ticket.requester, "before": ticket.id, "since": since}
    found = await prepared.rows(session, _EARLIER, **values)
    return [(row.id, row.wording) for row in reversed(found)]


async def repeats_of(session: AsyncSession, ticket_id: int) -> Sequence[Ticket]:
    """Return the closed tickets that ask the same as this one, oldest first."""
    found = await session.exec(
        select(Ticket)
        .where(Ticket.duplicate_of == ticket_id, Ticket.status == Status.RESOLVED)
        .order_by(col(Ticket.id))
    )
    return found.all()


async def form(session: AsyncSession, first: Ticket, now: datetime) -> Incident:
    """Open an incident of which this is the first ticket."""
    incident = Incident(first_ticket_id=first.id or 0, queue=first.queue, opened_at=now)
    session.add(incident)
    await session.flush()
    return incident


async def get(session: AsyncSession, id: int) -> Incident | None:
    """Return an incident by its number."""
    return await session.get(Incident, id)


async def locked(session: AsyncSession, id: int) -> Incident | None:
    """Return an incident as it is now, which nobody else changes before this transaction ends."""
    return await locking.locked(session, Incident, id)


async def resolve(session: AsyncSession, id: int, by: str, now: datetime) -> bool:
    """Resolve an incident that is open; say whether it was, so that of two who press at once exactly one is first."""
    result = await session.exec(
        update(Incident)
        .where(col(Incident.id) == id, col(Incident.resolved_at).is_(None))
        .values(resolved_at=now, resolved_by=by)
    )
    return bool(result.rowcount)


async def members(session: AsyncSession, id: int) -> Sequence[Ticket]:
    """Return the tickets of an incident, oldest first."""
    found = await session.exec(select(Ticket).where(Ticket.incident_id == id).order_by(col(Ticket.id)))
    return found.all()
