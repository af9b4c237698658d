"""Evidence: past judgements beside what people made of them since.

Nobody sees it; the nightly fit of confidence is made from it. A ticket counts once, by its newest judgement.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func
from sqlalchemy import select as select_rows
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from agents import confidence
from agents.confidence import Experience, Fit, Past
from agents.words import Usage
from storage import audits, decisions, prepared
from storage.tables import Correction, Decision, Ticket, TicketEvent

FIT = "confidence"  # the kind of decision that a fit is stored as
_DECISIONS = prepared.table(Decision).c
_NEWEST_FITS = prepared.Statement(
    select_rows(_DECISIONS.engine, _DECISIONS.answer).where(
        _DECISIONS.id.in_(
            select_rows(func.max(_DECISIONS.id)).where(_DECISIONS.kind == FIT).group_by(_DECISIONS.engine)
        )
    )
)
_MOST = 10_000  # decisions; the newest ones say most about the next ones


async def past(session: AsyncSession, since: datetime) -> list[Past]:
    """Return judged tickets since this time, the newest judgement first."""
    judged = select(Decision.ticket_id).where(Decision.kind == "triage", col(Decision.at) >= since).distinct()
    corrected: dict[int, set[str]] = {}
    rows = select(col(Correction.ticket_id), col(Correction.field)).where(
        col(Correction.ticket_id).in_(judged)
    )
    for ticket_id, field in await session.exec(rows):
        corrected.setdefault(ticket_id, set()).add(field)
    placed = set(
        await session.exec(
            select(TicketEvent.ticket_id).where(
                TicketEvent.what == "rerouted", col(TicketEvent.ticket_id).in_(judged)
            )
        )
    )
    audited = await audits.truths(session, since)
    found = await session.exec(
        select(Decision, col(Ticket.category), col(Ticket.status))
        .join(Ticket, col(Ticket.id) == col(Decision.ticket_id))
        .where(Decision.kind == "triage", col(Decision.at) >= since)
        # What was closed because it stands elsewhere too was not found right by anybody.
        .where(col(Ticket.duplicate_of).is_(None))
        .order_by(col(Decision.id).desc())
        .limit(_MOST)
    )
    known: dict[int, Past | None] = {}
    for decision, category, status in found:
        signals = confidence.signals_from(decision.answer.get("signals"))
        ticket_id = decision.ticket_id or 0
        if ticket_id in known:
            continue
        if signals is None:
            known[ticket_id] = None  # its newest judgement left it to a person
            continue
        if signals.engine != decision.engine:
            continue  # the second opinion, which has a row of its own
        right = confidence.is_right(
            decision.answer["category"],
            decision.answer["held"],
            category,
            status,
            frozenset(corrected.get(ticket_id, ())),
            ticket_id in placed,
        )
        # Who judged it without knowing what was decided is the better witness.
        right = audited.get(decision.id or 0, right)
        basis = decision.answer.get("basis", "")
        known[ticket_id] = Past(decision.engine, decision.model, decision.prompt, basis, signals, right)
    return [each for each in known.values() if each]


def keep(session: AsyncSession, of: Past, fit: Fit, milliseconds: float, now: datetime) -> None:
    """Keep what was learnt about the engine, model and prompt of this judgement."""
    decisions.record(
        session,
        FIT,
        Usage(of.engine, of.model, of.prompt, milliseconds),
        now,
        inputs_digest=fit.basis,
        answer=confidence.as_json(fit),
        because=fit.because,
    )


async def experience(session: AsyncSession, categories: str) -> Experience:
    """Return the newest fit of each engine; `categories` is the fingerprint of those that may be chosen now."""
    found = await prepared.rows(session, _NEWEST_FITS)
    fits = {row.engine: confidence.fit_from(row.answer) for row in found}
    return Experience(categories, {engine: fit for engine, fit in sorted(fits.items()) if fit})
