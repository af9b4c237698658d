"""Backtests: the past that a change is replayed over, and what came of each replay.

Nobody sees these rows in Slack; `signalbox backtest` reads them, and a start of the bot with a changed prompt or model
looks here for a backtest that covers the change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.reviews import Backtest
from storage.tables import Correction, Decision, Request, Ticket

TRIAGE = "triage"
CLAUDE = "claude"
KIND = "backtest"  # of the decisions that a replay pays for
_FIELDS = ("queue", "category", "priority")
_PROBES = 900  # values in one question; SQLite takes no more than a thousand in its older versions


@dataclass(frozen=True)
class Case:
    """A past request with its ticket, and the last judgement that a machine made of it."""

    request: Request
    ticket: Ticket
    answer: Mapping[str, Any]
    judge: str  # "prompt model" of Claude; empty when the local engine judged


async def past(session: AsyncSession, since: datetime, limit: int = 0) -> list[Case]:
    """Return the cases judged since this time, oldest first; the newest `limit` of them if that is not 0."""
    found = await session.exec(
        select(Decision, Ticket, Request)
        .join(Ticket, col(Ticket.id) == col(Decision.ticket_id))
        .join(Request, col(Request.id) == col(Ticket.request_id))
        .where(col(Decision.kind) == TRIAGE, col(Decision.at) >= since)
        .where(col(Ticket.duplicate_of).is_(None))
        .order_by(col(Decision.id))
    )
    cases: dict[int, Case] = {}
    claude: dict[
        tuple[int, datetime], str
    ] = {}  # one judgement may leave a row for each engine that was asked
    for decision, ticket, request in found.all():
        assert ticket.id is not None
        if decision.engine == CLAUDE and decision.tokens_out:
            claude[ticket.id, decision.at] = f"{decision.prompt} {decision.model}"
        if "category" in decision.answer:
            judge = claude.get((ticket.id, decision.at), "")
            cases[ticket.id] = Case(request, ticket, decision.answer, judge)
    newest = [cases[id] for id in sorted(cases)]
    return newest[-limit:] if limit else newest


async def corrections(session: AsyncSession, ticket_ids: Sequence[int]) -> dict[int, dict[str, str]]:
    """Return by ticket what its queue, category and priority should have been, as far as somebody said so last.

    "is_request" is there with "no" for what should never have been a ticket.
    """
    said: dict[int, dict[str, str]] = {}
    for start in range(0, len(ticket_ids), _PROBES):
        found = await session.exec(
            select(Correction)
            .where(
                col(Correction.ticket_id).in_(ticket_ids[start : start + _PROBES]),
                col(Correction.field).in_([*_FIELDS, "is_request"]),
                col(Correction.undone_at).is_(None),
            )
            .order_by(col(Correction.id))
        )
        for each in found.all():
            said.setdefault(each.ticket_id, {})[each.field] = each.should_be
    return said


def keep(session: AsyncSession, row: Backtest) -> None:
    """Remember a finished backtest."""
    session.add(row)


async def covers(session: AsyncSession, after: str, since: datetime, least: int) -> bool:
    """Say whether a backtest since this time replayed at least so many requests by exactly this prompt and model."""
    found = await session.exec(
        select(Backtest.id)
        .where(col(Backtest.after) == after, col(Backtest.at) >= since, col(Backtest.replayed) >= least)
        .limit(1)
    )
    return found.first() is not None


async def has_judged(session: AsyncSession, prompt: str, model: str) -> bool:
    """Say whether Claude has judged a ticket with this prompt and model already."""
    found = await session.exec(
        select(Decision.id)
        .where(
            col(Decision.kind) == TRIAGE,
            col(Decision.engine) == CLAUDE,
            col(Decision.prompt) == prompt,
            col(Decision.model) == model,
            col(Decision.tokens_out) > 0,
        )
        .limit(1)
    )
    return found.first() is not None


async def judged_by_claude(session: AsyncSession, since: datetime) -> int:
    """Count the tickets that Claude judged since this time and whose message is still there."""
    found = await session.exec(
        select(func.count(func.distinct(Decision.ticket_id)))
        .join(Ticket, col(Ticket.id) == col(Decision.ticket_id))
        .join(Request, col(Request.id) == col(Ticket.request_id))
        .where(
            col(Decision.kind) == TRIAGE,
            col(Decision.engine) == CLAUDE,
            col(Decision.tokens_out) > 0,
            col(Decision.at) >= since,
            col(Request.deleted_at).is_(None),
        )
    )
    return int(found.one())


async def last_judge(session: AsyncSession) -> tuple[str, str] | None:
    """Return prompt and model of the last ticket that Claude judged."""
    found = await session.exec(
        select(Decision.prompt, Decision.model)
        .where(col(Decision.kind) == TRIAGE, col(Decision.engine) == CLAUDE, col(Decision.tokens_out) > 0)
        .order_by(col(Decision.id).desc())
        .limit(1)
    )
    return found.first()
