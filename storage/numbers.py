"""The rows that the figures are worked out from, and what is open right now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import case, func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from agents.metrics import DraftFigures, TicketFigures
from agents.words import OPEN, DraftStatus, Outcome, Status
from storage import tickets
from storage.tables import Correction, Draft, Request, Ticket

_JUDGED = ("category", "queue", "is_request")


@dataclass(frozen=True)
class Backlog:
    """What is open: tickets by queue, and how many drafts wait for a person in each."""

    open: dict[str, int]
    drafts: dict[str, int]


async def ticket_figures(session: AsyncSession, since: datetime, until: datetime) -> list[TicketFigures]:
    """Return the tickets opened in this period; those without a queue were never routed and are left out."""
    corrected = select(Correction.ticket_id).where(col(Correction.field).in_(_JUDGED)).distinct()
    wrong = set((await session.exec(corrected)).all())
    found = await session.exec(
        select(Ticket, Request)
        .join(Request, col(Request.id) == col(Ticket.request_id))
        .where(col(Ticket.opened_at) >= since, col(Ticket.opened_at) < until, col(Ticket.queue) != "")
        # What was asked twice counts once, wherever the second one ended.
        .where(col(Ticket.duplicate_of).is_(None))
    )
    return [
        # Placing a held ticket clears its mark, but the request remembers how it was first settled.
        figures_of(ticket, ticket.held or request.outcome == Outcome.HELD, ticket.id in wrong)
        for ticket, request in found
    ]


def figures_of(ticket: Ticket, held: bool, corrected: bool) -> TicketFigures:
    """Return a ticket as the formulas see it."""
    return TicketFigures(
        id=ticket.id or 0,
        queue=ticket.queue,
        category=ticket.category,
        priority=ticket.priority,
        status=ticket.status,
        asked_at=asked_at(ticket),
        answered_at=ticket.answered_at,
        resolved_at=ticket.resolved_at,
        escalated_at=ticket.escalated_at,
        respond_by=ticket.respond_by,
        resolve_by=ticket.resolve_by,
        touched=ticket.touched,
        held=held,
        corrected=corrected,
    )


def asked_at(ticket: Ticket) -> datetime:
    """Return when the request was posted, by Slack's clock, so that time during which nobody ran is not hidden."""
    try:
        posted = datetime.fromtimestamp(float(ticket.thread_ts), UTC)
    except (ValueError, OverflowError):
        return ticket.opened_at
    return min(posted, ticket.opened_at)


async def draft_figures(session: AsyncSession, since: datetime, until: datetime) -> list[DraftFigures]:
    """Return the drafts that were decided in this period."""
    found = await session.exec(
        select(col(Draft.status), col(Draft.decided_by), col(Draft.original)).where(
            col(Draft.decided_at) >= since, col(Draft.decided_at) < until
        )
    )
    return [
        DraftFigures(
            status=DraftStatus(status),
            by_person=bool(by) and by != tickets.US,
            edited=bool(original) or status == DraftStatus.EDITED,
        )
        for status, by, original in found
    ]


async def backlog(session: AsyncSession) -> Backlog:
    """Count open tickets and waiting drafts by queue."""
    opened = await session.exec(
        select(col(Ticket.queue), func.count())
        .where(col(Ticket.status).in_(OPEN), col(Ticket.queue) != "")
        .group_by(col(Ticket.queue))
    )
    waiting = await session.exec(
        select(col(Ticket.queue), func.count())
        .join(Draft, col(Draft.ticket_id) == col(Ticket.id))
        .where(col(Draft.status) == DraftStatus.PROPOSED, col(Ticket.status).in_(OPEN))
        .group_by(col(Ticket.queue))
    )
    # A result has keys of its own, so `dict` would take it for a mapping.
    return Backlog({row[0]: row[1] for row in opened}, {row[0]: row[1] for row in waiting})


async def resolved_between(session: AsyncSession, since: datetime, until: datetime) -> int:
    """Count the tickets that were resolved in this period and still are."""
    found = await session.exec(
        select(func.count())
        .select_from(Ticket)
        .where(
            col(Ticket.status) == Status.RESOLVED,
            col(Ticket.resolved_at) >= since,
            col(Ticket.resolved_at) < until,
            col(Ticket.duplicate_of).is_(None),
        )
    )
    return found.one()


async def due_before(session: AsyncSession, until: datetime, limit: int) -> Sequence[Ticket]:
    """Return open tickets whose next promise falls before this time, the longest overdue first."""
    promise = case(
        (col(Ticket.answered_at).is_(None), func.coalesce(Ticket.respond_by, Ticket.resolve_by)),
        else_=col(Ticket.resolve_by),
    )
    found = await session.exec(
        select(Ticket)
        .where(col(Ticket.status).in_(OPEN), col(Ticket.queue) != "", promise < until)
        .order_by(promise, col(Ticket.id))
        .limit(limit)
    )
    return found.all()


def next_due(ticket: Ticket) -> datetime | None:
    """Return the promise that comes next: the reply while there is none, then the resolution."""
    if ticket.answered_at is None and ticket.respond_by is not None:
        return ticket.respond_by
    return ticket.resolve_by


async def asked_by(session: AsyncSession, requester: str, limit: int) -> Sequence[Ticket]:
    """Return the open requests of one person, the newest first."""
    found = await session.exec(
        select(Ticket)
        .where(Ticket.requester == requester, col(Ticket.status).in_(OPEN))
        .order_by(col(Ticket.id).desc())
        .limit(limit)
    )
    return found.all()
