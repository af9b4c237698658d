"""Audits: which decisions can be drawn, what was drawn, and the verdicts of people, of which the first counts.

The texts of requests are not kept here. They are read when they are shown, so that a deleted message is not.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, func
from sqlalchemy import select as select_rows
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from agents.audit import GIVEN, GONE, TALK, Case
from storage import locking
from storage.reviews import Audit, AuditCase
from storage.tables import Correction, Decision, Request, RequestEdit, Ticket, TicketEvent

MADE = "made a request"  # the event of a ticket that a person made of talk
_MOST = 20_000  # decisions; the newest ones
_DRAWING_LOCK = 7_324_004  # any number, as long as every replica uses the same


@dataclass(frozen=True)
class Made:
    """A decision that was made without a person: a category, or talk."""

    decision_id: int
    request_id: int
    ticket_id: int | None
    engine: str
    decided: str
    priority: str


async def decided(
    session: AsyncSession, since: datetime, until: datetime, channels: Collection[str]
) -> list[Made]:
    """Return what was decided without a person in this period, once for each request, by its newest decision.

    Of what a person has made a request of, the decision is that it was talk. Left out are what was left to a person,
    what is deleted, reworded since or asked twice, and what was in an audit already. `channels` are ids.
    """
    statement = (
        select_rows(
            col(Decision.id).label("decision_id"),
            col(Decision.request_id),
            col(Decision.answer),
            col(Decision.engine),
            col(Decision.at),
            col(Ticket.id).label("ticket_id"),
        )
        .join(Request, col(Request.id) == col(Decision.request_id))
        .outerjoin(Ticket, col(Ticket.request_id) == col(Request.id))
        .outerjoin(AuditCase, col(AuditCase.request_id) == col(Request.id))
        .where(
            col(Decision.kind) == "triage",
            col(Decision.at) >= since,
            col(Decision.at) < until,
            col(Request.deleted_at).is_(None),
            col(Request.channel).in_(channels),
            col(Ticket.duplicate_of).is_(None),
            col(AuditCase.id).is_(None),
        )
        .order_by(col(Decision.id).desc())
        .limit(_MOST)
    )
    made = set(await session.exec(select(TicketEvent.ticket_id).where(TicketEvent.what == MADE)))
    edits = select(RequestEdit.request_id, func.max(RequestEdit.at)).group_by(col(RequestEdit.request_id))
    edited = {row[0]: row[1] for row in await session.exec(edits.where(col(RequestEdit.at) >= since))}
    of: dict[int, list[Any]] = {}
    for row in (await (await session.connection()).execute(statement)).all():
        of.setdefault(row.request_id, []).append(row)
    found = []
    for id, rows in of.items():
        talk = [row for row in rows if "category" not in row.answer]
        own = talk if talk and rows[0].ticket_id in made else rows
        at = own[0].at
        # Of two engines that were asked, the one whose word it is comes first.
        newest = next((row for row in reversed(own) if row.at == at and _is_its_own(row)), None)
        if newest is None or newest.answer.get("held") or (id in edited and edited[id] > at):
            continue
        kind, priority = newest.answer.get("category", TALK), newest.answer.get("priority", "")
        found.append(Made(newest.decision_id, id, newest.ticket_id, newest.engine, kind, priority))
    return found


def _is_its_own(row: Any) -> bool:
    """Say whether a decision is the engine's whose word it is, and not beside it."""
    signals = row.answer.get("signals")
    return not signals or bool(signals["engine"] == row.engine)


async def alone(session: AsyncSession) -> None:
    """Let nobody else draw a sample before this transaction ends. Ask for it before anything is read."""
    await locking.alone(session, _DRAWING_LOCK, Audit)


async def get(session: AsyncSession, id: int) -> Audit | None:
    """Return an audit as it is now."""
    return await session.get(Audit, id, populate_existing=True)


async def open_ones(session: AsyncSession) -> Sequence[Audit]:
    """Return the audits that have not ended."""
    found = await session.exec(select(Audit).where(col(Audit.ended_at).is_(None)).order_by(col(Audit.id)))
    return found.all()


async def asked(session: AsyncSession) -> Sequence[int]:
    """Return the audits whose second opinion is on its way."""
    found = await session.exec(select(Audit.id).where(Audit.second == "asked"))
    return [id for id in found if id is not None]


async def cases(session: AsyncSession, audit_id: int) -> Sequence[AuditCase]:
    """Return the cases of an audit, in the order in which they were drawn."""
    found = await session.exec(
        select(AuditCase).where(AuditCase.audit_id == audit_id).order_by(col(AuditCase.id))
    )
    return found.all()


def value(row: AuditCase) -> Case:
    """Return a case as the rules take it."""
    return Case(
        *(row.id or 0, row.ticket_id, row.decided, row.decided_priority),
        *(row.verdict, row.said, row.said_priority, row.by, row.second),
    )


async def locked(session: AsyncSession, case_id: int) -> AuditCase | None:
    """Return a case as it is now, which nobody else changes before this transaction ends."""
    return await locking.locked(session, AuditCase, case_id)


async def request_of(session: AsyncSession, row: AuditCase) -> Request | None:
    """Return the request of a case; None when its message was deleted, or is no longer kept."""
    request = await session.get(Request, row.request_id, populate_existing=True) if row.request_id else None
    return None if request is None or request.deleted_at else request


async def tickets_of(session: AsyncSession, rows: Sequence[AuditCase]) -> dict[int, Ticket]:
    """Return the tickets of these cases, by the case."""
    ids = [row.ticket_id for row in rows if row.ticket_id]
    found = {t.id: t for t in await session.exec(select(Ticket).where(col(Ticket.id).in_(ids)))}
    return {row.id or 0: found[row.ticket_id] for row in rows if row.ticket_id in found}


async def ticket_of(session: AsyncSession, request: Request) -> Ticket | None:
    """Return the ticket of a request, if it has one by now."""
    return (await session.exec(select(Ticket).where(Ticket.request_id == request.id))).first()


async def hands_on(session: AsyncSession, rows: Sequence[AuditCase]) -> dict[int, set[str]]:
    """Return who has had a hand in each case, so that they do not audit it: who asked, and who did anything to its
    ticket."""
    asked = select(Request.id, Request.requester).where(col(Request.id).in_([r.request_id for r in rows]))
    who: dict[int, set[str]] = {}
    requester = {row[0]: row[1] for row in await session.exec(asked)}
    # A ticket may have been made of talk since the sample was drawn.
    tickets = select(Ticket.id, Ticket.request_id).where(
        col(Ticket.request_id).in_([r.request_id for r in rows])
    )
    request_of = {row[0]: row[1] for row in await session.exec(tickets)}
    touched: dict[int, set[str]] = {}
    for column, person in ((TicketEvent.ticket_id, TicketEvent.who), (Correction.ticket_id, Correction.by)):
        found = await session.exec(select(column, person).where(col(column).in_(list(request_of))))
        for ticket_id, by in found:
            touched.setdefault(request_of[ticket_id] or 0, set()).add(by)
    for row in rows:
        id = row.request_id or 0
        who[row.id or 0] = touched.get(id, set()) | ({requester[id]} if id in requester else set())
    return who


async def note_customer(session: AsyncSession, row: AuditCase) -> None:
    """Keep whose customer a case's requester is."""
    await session.exec(
        update(AuditCase).where(col(AuditCase.id) == row.id).values(account=row.account, tier=row.tier)
    )


async def end(session: AsyncSession, id: int, now: datetime) -> bool:
    """Let an audit take no more verdicts; False when it has ended already."""
    result = await session.exec(
        update(Audit).where(col(Audit.id) == id, col(Audit.ended_at).is_(None)).values(ended_at=now)
    )
    return bool(result.rowcount)


async def leave_out(session: AsyncSession, rows: Sequence[AuditCase]) -> None:
    """Let cases leave the sample without counting; those that were judged stay."""
    ids = [row.id for row in rows]
    await session.exec(
        update(AuditCase).where(col(AuditCase.id).in_(ids), col(AuditCase.verdict) == "").values(verdict=GONE)
    )


async def deleted_since(session: AsyncSession, audit_id: int) -> list[AuditCase]:
    """Return the open cases of an audit whose message was deleted, or is no longer kept."""
    rows = [row for row in await cases(session, audit_id) if not row.verdict]
    return [row for row in rows if await request_of(session, row) is None]


async def verdicts(session: AsyncSession, newest: int) -> tuple[int, int, int]:
    """Return how many verdicts the newest audits that have ended agreed with, of how many, and how many audits."""
    ids = (
        await session.exec(
            select(Audit.id)
            .where(col(Audit.ended_at).is_not(None))
            .order_by(col(Audit.id).desc())
            .limit(newest)
        )
    ).all()
    agreed = func.coalesce(func.sum(case((col(AuditCase.said) == col(AuditCase.decided), 1), else_=0)), 0)
    counted = select(agreed, func.count(), func.count(func.distinct(AuditCase.audit_id))).where(
        col(AuditCase.audit_id).in_(ids), col(AuditCase.verdict) == GIVEN
    )
    row = (await session.exec(counted)).one()
    return int(row[0]), int(row[1]), int(row[2])


async def truths(session: AsyncSession, since: datetime) -> dict[int, bool]:
    """Return for each decision that was audited since this time whether its auditor agreed."""
    found = await session.exec(
        select(AuditCase.decision_id, AuditCase.decided, AuditCase.said).where(
            AuditCase.verdict == GIVEN, col(AuditCase.at) >= since
        )
    )
    return {decision_id: decided == said for decision_id, decided, said in found}


def booked_as(id: int) -> str:
    """Return the digest under which the cost of an audit's second opinion is booked."""
    return f"audit:{id}"


async def intend(session: AsyncSession, id: int) -> bool:
    """Write down that the second opinion is about to be asked for; False when somebody did before."""
    result = await session.exec(
        update(Audit).where(col(Audit.id) == id, col(Audit.second) == "").values(second="sending")
    )
    return bool(result.rowcount)


async def opinion_is(
    session: AsyncSession, id: int, state: str, why: str, batch: str, among: Sequence[str]
) -> bool:
    """Keep where the second opinion stands, if it stands at one of these; say whether it did."""
    result = await session.exec(
        update(Audit)
        .where(col(Audit.id) == id, col(Audit.second).in_(among))
        .values(second=state, second_why=why, batch=batch)
    )
    return bool(result.rowcount)


async def second(session: AsyncSession, case_id: int, kind: str) -> None:
    """Keep what the second opinion says of a case."""
    await session.exec(update(AuditCase).where(col(AuditCase.id) == case_id).values(second=kind))


async def spent(session: AsyncSession, id: int, dollars: float, tokens_in: int, tokens_out: int) -> None:
    """Book what the second opinion did cost, in place of the most that it could."""
    await session.exec(
        update(Decision)
        .where(col(Decision.kind) == "audit", col(Decision.inputs_digest) == booked_as(id))
        .values(dollars=dollars, tokens_in=tokens_in, tokens_out=tokens_out)
    )
