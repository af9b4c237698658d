"""Retention: what is old enough is forgotten, a few rows at a time, so that the database stops growing.

People notice nothing: deliveries and what keeps them from being worked on twice go after weeks, judgements after a
year or so, and closed tickets with their requests last. What is open stays however old it is, and so does everything
that an open delivery may still need. Where a message went that may change later is kept with what it is about. The
newest row of a table stays too, because SQLite would give its number away again. Deliberately not done: shrinking the
file. Freed pages are used again, and a VACUUM would hold up the bot.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import CompoundSelect, String, cast, func, literal, union_all
from sqlalchemy import select as select_rows
from sqlalchemy.orm import aliased
from sqlmodel import SQLModel, col, delete, exists, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from agents.words import Status
from storage.corrections import CONFLICT
from storage.receipts import is_open
from storage.reviews import Adoption, Alert, Audit, AuditCase, Finding
from storage.tables import (
    Correction,
    Decision,
    Done,
    Draft,
    Feedback,
    Incident,
    Post,
    Receipt,
    Request,
    RequestEdit,
    Ticket,
    TicketEvent,
)

BATCH = 500  # rows that go in one transaction; a larger one would hold up whoever writes meanwhile
Forget = Callable[[AsyncSession, datetime], Awaitable[int]]
_CLOSED = (Status.RESOLVED, Status.WITHDRAWN)


async def needed_since(session: AsyncSession, before: datetime) -> datetime:
    """Return the time before which nothing is needed by an open delivery any more; at the latest `before`."""
    oldest = await session.exec(
        select(func.min(col(Receipt.received_at))).where(is_open(), col(Receipt.failed) == "")
    )
    return min(oldest.one() or before, before)


async def deliveries(session: AsyncSession, before: datetime) -> int:
    """Forget deliveries that were done, or given up, and came before this time; return how many."""
    old = (
        select(Receipt.id)
        .where(
            col(Receipt.received_at) < before,
            col(Receipt.done_at).is_not(None) | (col(Receipt.failed) != ""),
            col(Receipt.id) < select(func.max(col(Receipt.id))).scalar_subquery(),
        )
        .order_by(col(Receipt.received_at))
        .limit(BATCH)
    )
    return await _gone(session, Receipt, col(Receipt.id).in_(old))


async def posts(session: AsyncSession, before: datetime) -> int:
    """Forget where messages went that nobody will post or change again; return how many."""
    old = (
        select(Post.key)
        .where(
            col(Post.at) < before,
            col(Post.key).not_in(_drawn_anew()),
            ~col(Post.key).startswith(CONFLICT),  # goes with its corrections
            ~exists().where(
                col(Audit.ended_at).is_(None),
                col(Post.key).like(literal("audit:") + cast(col(Audit.id), String) + ":%"),
            ),
        )
        .order_by(col(Post.at))
        .limit(BATCH)
    )
    return await _gone(session, Post, col(Post.key).in_(old))


def _drawn_anew() -> CompoundSelect[tuple[str]]:
    """Return the question for the keys of messages that change, or must not be posted again, for as long as what they
    are about is kept: a ticket may be opened again. Nothing but the post says where they are."""
    first = aliased(Ticket)  # of a message of several parts, which have one line together
    whole = func.coalesce(col(Request.whole_id), col(Request.id))
    lines = (
        select_rows(literal("line:") + cast(first.id, String))
        .select_from(Ticket)
        .join(Request, col(Request.id) == col(Ticket.request_id))
        .join(first, col(first.request_id) == whole)
    )
    return union_all(
        lines,
        select_rows(literal("alert:") + cast(col(Alert.id), String)),
        select_rows(literal("adopted:") + cast(col(Adoption.finding_id), String)),
    )


async def changes(session: AsyncSession, before: datetime) -> int:
    """Forget that steps changed rows; return how many."""
    old = select(Done.key).where(col(Done.at) < before).order_by(col(Done.at)).limit(BATCH)
    return await _gone(session, Done, col(Done.key).in_(old))


async def judgements(session: AsyncSession, before: datetime) -> int:
    """Forget decisions; return how many."""
    old = select(Decision.id).where(col(Decision.at) < before).order_by(col(Decision.at)).limit(BATCH)
    return await _gone(session, Decision, col(Decision.id).in_(old))


async def alerts(session: AsyncSession, before: datetime) -> int:
    """Forget alerts; return how many."""
    old = select(Alert.id).where(col(Alert.at) < before).order_by(col(Alert.at)).limit(BATCH)
    return await _gone(session, Alert, col(Alert.id).in_(old))


async def findings(session: AsyncSession, before: datetime) -> int:
    """Forget what the weekly looks found, unless a category came of it; return how many."""
    old = (
        select(Finding.id)
        .where(
            col(Finding.at) < before,
            ~exists().where(col(Adoption.finding_id) == col(Finding.id)),
            col(Finding.id) < select(func.max(col(Finding.id))).scalar_subquery(),
        )
        .order_by(col(Finding.at))
        .limit(BATCH)
    )
    return await _gone(session, Finding, col(Finding.id).in_(old))


async def audits(session: AsyncSession, before: datetime) -> int:
    """Forget audits with their verdicts; return how many."""
    found = await session.exec(
        select(Audit.id)
        .where(
            col(Audit.at) < before,
            col(Audit.ended_at).is_not(None),
            col(Audit.id) < select(func.max(col(Audit.id))).scalar_subquery(),
        )
        .order_by(col(Audit.at))
        .limit(BATCH)
    )
    old = found.all()
    await _gone(session, AuditCase, col(AuditCase.audit_id).in_(old))
    return await _gone(session, Audit, col(Audit.id).in_(old))


async def tickets(session: AsyncSession, before: datetime) -> int:
    """Forget tickets that were closed before this time, with everything about them; return how many."""
    found = await session.exec(
        select(Ticket.id, Ticket.request_id)
        .where(
            col(Ticket.status).in_(_CLOSED),
            col(Ticket.opened_at) < before,
            func.coalesce(col(Ticket.resolved_at), col(Ticket.opened_at)) < before,
            col(Ticket.id) < select(func.max(col(Ticket.id))).scalar_subquery(),
        )
        .order_by(col(Ticket.opened_at))
        .limit(BATCH)
    )
    old = found.all()
    ids = [id for id, _ in old]
    if not ids:
        return 0
    for about in (TicketEvent, Draft, Correction, Feedback):
        await _gone(session, about, col(about.ticket_id).in_(ids))
    await _questions(session)
    await session.exec(update(Decision).where(col(Decision.ticket_id).in_(ids)).values(ticket_id=None))
    await session.exec(update(AuditCase).where(col(AuditCase.ticket_id).in_(ids)).values(ticket_id=None))
    await _gone(session, Ticket, col(Ticket.id).in_(ids))
    reported = exists().where(col(Ticket.incident_id) == col(Incident.id))
    await _gone(session, Incident, col(Incident.resolved_at) < before, ~reported)
    await _requests(session, [request for _, request in old])
    return len(ids)


async def _questions(session: AsyncSession) -> None:
    """Forget where questions went of whose two corrections none is kept."""
    asked = (await session.exec(select(Post.key).where(col(Post.key).startswith(CONFLICT)))).all()
    pairs = {key: set(map(int, key.removeprefix(CONFLICT).split(":"))) for key in asked}
    about = set().union(*pairs.values())
    kept = set(await session.exec(select(Correction.id).where(col(Correction.id).in_(about))))
    await _gone(session, Post, col(Post.key).in_([key for key, pair in pairs.items() if not pair & kept]))


async def talk(session: AsyncSession, before: datetime) -> int:
    """Forget messages of request channels that never became a ticket; return how many."""
    found = await session.exec(
        select(Request.id)
        .where(
            col(Request.posted_at) < before,
            ~exists().where(col(Ticket.request_id) == col(Request.id)),
            col(Request.id) < select(func.max(col(Request.id))).scalar_subquery(),
        )
        .order_by(col(Request.posted_at))
        .limit(BATCH)
    )
    return await _requests(session, [id for id in found.all() if id is not None])


async def _requests(session: AsyncSession, ids: Sequence[int]) -> int:
    if not ids:
        return 0
    await _gone(session, RequestEdit, col(RequestEdit.request_id).in_(ids))
    await session.exec(update(Decision).where(col(Decision.request_id).in_(ids)).values(request_id=None))
    await session.exec(update(AuditCase).where(col(AuditCase.request_id).in_(ids)).values(request_id=None))
    return await _gone(session, Request, col(Request.id).in_(ids))


async def _gone(session: AsyncSession, table: type[SQLModel], *old: Any) -> int:
    result = await session.exec(delete(table).where(*old))
    return int(result.rowcount)
