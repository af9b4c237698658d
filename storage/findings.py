"""Findings: what the weekly look for change starts from, and what somebody was told of, once.

The texts of requests are not kept here. They are read when they are shown, so that a deleted message is not quoted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select as select_rows
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from agents.drift import Judged, Kind
from agents.words import Outcome, Status
from storage import locking
from storage.reviews import Finding
from storage.tables import Correction, Decision, Request, Ticket

ADOPTED, NOT_NOW = "adopted", "not now"
_KEEPING_LOCK = 7_324_005  # any number, as long as every replica uses the same
_MOVED = ("category", "queue", "is_request")
_MOST = 20_000  # judgements; the newest ones count


@dataclass(frozen=True)
class Found:
    """A finding that is about to be told."""

    kind: Kind
    about: str
    queue: str
    evidence: dict[str, Any]


def post_key(id: int) -> str:
    """Return the key under which a finding is told."""
    return f"drift:{id}"


async def judged(session: AsyncSession, since: datetime, until: datetime) -> list[Judged]:
    """Return the tickets judged in this period, each by its newest judgement.

    What was asked twice counts once, and so does an incident, however many report it.
    """
    moved = set(
        await session.exec(
            select(Correction.ticket_id).where(col(Correction.field).in_(_MOVED), col(Correction.at) < until)
        )
    )
    # Columns and not objects: there may be thousands, and others wait while they are made.
    statement = (
        select_rows(
            col(Decision.ticket_id),
            col(Decision.answer),
            col(Decision.engine),
            col(Decision.at),
            col(Ticket.status),
            col(Ticket.incident_id),
            col(Request.deleted_at),
        )
        .join(Ticket, col(Ticket.id) == col(Decision.ticket_id))
        .join(Request, col(Request.id) == col(Ticket.request_id))
        .where(
            col(Decision.kind) == "triage",
            col(Decision.at) >= since,
            col(Decision.at) < until,
            col(Ticket.duplicate_of).is_(None),
        )
        .order_by(col(Decision.id).desc())
        .limit(_MOST)
    )
    rows = await (await session.connection()).execute(statement)
    known: dict[int, Judged | None] = {}
    incidents: dict[int, int] = {}
    for row in rows:
        id, answer, incident = row.ticket_id, row.answer, row.incident_id
        signals = answer.get("signals")
        if id in known or "category" not in answer or (signals and signals["engine"] != row.engine):
            continue  # an earlier judgement, or the second opinion, which has a row of its own
        was_moved = id in moved
        if row.deleted_at or (row.status == Status.WITHDRAWN and not was_moved):
            continue
        if incident:
            known[incidents.get(incident, 0)] = None
            incidents[incident] = id
        known[id] = Judged(
            id,
            row.at,
            answer["category"],
            float(answer.get("confidence", 0.0)),
            row.engine,
            bool(answer.get("held")),
            was_moved,
        )
    return [each for each in known.values() if each]


async def strange(
    session: AsyncSession, since: datetime, until: datetime, fit: float, limit: int
) -> list[tuple[Ticket, Request, str]]:
    """Return the requests of this period that were held, or that fit no category as well as this; newest first.

    Beside each stands the category in which a person has placed it, or nothing. Those that were told of before, that
    are gone, that ask something twice or are no requests at all, are left out.
    """
    told = await told_of(session)
    unfit = select(Decision.ticket_id).where(
        Decision.kind == "triage",
        col(Decision.at) >= since,
        col(Decision.at) < until,
        col(Decision.answer)["fit"].as_float() < fit,
    )
    rows = await session.exec(
        select(Ticket, Request)
        .join(Request, col(Request.id) == col(Ticket.request_id))
        .where(
            (col(Request.outcome) == Outcome.HELD) | col(Ticket.id).in_(unfit),
            col(Ticket.opened_at) >= since,
            col(Ticket.opened_at) < until,
            col(Ticket.status) != Status.WITHDRAWN,
            col(Ticket.duplicate_of).is_(None),
            col(Ticket.incident_id).is_(None),
            col(Request.deleted_at).is_(None),
            col(Ticket.queue) != "",
        )
        .order_by(col(Ticket.id).desc())
    )
    found = []
    for ticket, request in rows:
        if ticket.id not in told:
            was_placed = request.outcome == Outcome.HELD and not ticket.held
            found.append((ticket, request, ticket.category if was_placed else ""))
    return found[:limit]


async def asked(
    session: AsyncSession, since: datetime, until: datetime, limit: int
) -> list[tuple[Ticket, Request]]:
    """Return the newest requests of this period that are still requests."""
    rows = await session.exec(
        select(Ticket, Request)
        .join(Request, col(Request.id) == col(Ticket.request_id))
        .where(
            col(Ticket.opened_at) >= since,
            col(Ticket.opened_at) < until,
            col(Ticket.status) != Status.WITHDRAWN,
            col(Ticket.queue) != "",
            col(Ticket.duplicate_of).is_(None),
            col(Request.deleted_at).is_(None),
        )
        .order_by(col(Ticket.id).desc())
        .limit(limit)
    )
    return [(ticket, request) for ticket, request in rows]


async def told_of(session: AsyncSession) -> set[int]:
    """Return the tickets that have been part of a proposal already; each counts for one only."""
    rows = await session.exec(select(Finding.evidence).where(Finding.kind == Kind.CLUSTER))
    return {ticket_id for evidence in rows for ticket_id in evidence["tickets"]}


async def told_since(session: AsyncSession, since: datetime) -> dict[Kind, set[str]]:
    """Return what findings of each kind were about, since this time."""
    found: dict[Kind, set[str]] = {kind: set() for kind in Kind}
    rows = await session.exec(
        select(col(Finding.kind), col(Finding.about), col(Finding.evidence)).where(col(Finding.until) > since)
    )
    for kind, about, evidence in rows:
        found[Kind(kind)] |= {shift["category"] for shift in evidence.get("shifts", ())} or {about}
    return found


async def of_week(session: AsyncSession, until: datetime) -> list[int]:
    """Return the findings of the week that ends at this time."""
    rows = await session.exec(select(col(Finding.id)).where(Finding.until == until).order_by(col(Finding.id)))
    return [id for id in rows if id is not None]


async def alone(session: AsyncSession) -> None:
    """Let nobody else keep findings before this transaction ends. Ask for it before anything is read."""
    await locking.alone(session, _KEEPING_LOCK, Finding)


async def keep(session: AsyncSession, found: Iterable[Found], until: datetime, now: datetime) -> None:
    """Keep findings of a week; one that is there already stays as it is."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    empty = {"verdict": "", "decided_by": "", "channel": "", "ts": ""}
    for one in found:
        values = {"kind": one.kind.value, "about": one.about, "queue": one.queue, "evidence": one.evidence}
        await session.exec(
            insert(Finding).values(**values, **empty, until=until, at=now).on_conflict_do_nothing()
        )


async def get(session: AsyncSession, id: int) -> Finding | None:
    """Return a finding as it is now."""
    return await session.get(Finding, id, populate_existing=True)


async def quoted(session: AsyncSession, ids: Sequence[int]) -> dict[int, tuple[Ticket, Request]]:
    """Return these tickets with their requests, by number."""
    rows = await session.exec(
        select(Ticket, Request)
        .join(Request, col(Request.id) == col(Ticket.request_id))
        .where(col(Ticket.id).in_(ids))
    )
    return {ticket.id or 0: (ticket, request) for ticket, request in rows}


async def quoting(session: AsyncSession, ticket_id: int) -> list[int]:
    """Return the proposals that this ticket is part of."""
    rows = await session.exec(
        select(col(Finding.id), col(Finding.evidence)).where(Finding.kind == Kind.CLUSTER, Finding.ts != "")
    )
    return [id for id, evidence in rows if id is not None and ticket_id in evidence["tickets"]]


async def decide(session: AsyncSession, id: int, verdict: str, by: str, now: datetime) -> bool:
    """Keep what a person said of a proposal; False when somebody was first."""
    result = await session.exec(
        update(Finding)
        .where(col(Finding.id) == id, col(Finding.verdict) == "", col(Finding.kind) == Kind.CLUSTER.value)
        .values(verdict=verdict, decided_by=by, decided_at=now)
    )
    return bool(result.rowcount)
