"""Decisions: every judgement with its reasons, its price and a digest of what it was based on."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from agents.words import Usage
from storage.tables import Decision


def digest(*inputs: object) -> str:
    """Return a short fingerprint of what a decision was based on."""
    return hashlib.sha256(repr(inputs).encode()).hexdigest()[:16]


def record(
    session: AsyncSession,
    kind: str,
    usage: Usage,
    now: datetime,
    *,
    inputs_digest: str,
    answer: dict[str, Any],
    because: str,
    request_id: int | None = None,
    ticket_id: int | None = None,
) -> None:
    """Keep one judgement."""
    session.add(
        Decision(
            kind=kind,
            request_id=request_id,
            ticket_id=ticket_id,
            inputs_digest=inputs_digest,
            answer=answer,
            because=because,
            engine=usage.engine,
            model=usage.model,
            prompt=usage.prompt,
            tokens_in=usage.tokens_in,
            tokens_out=usage.tokens_out,
            dollars=usage.dollars,
            milliseconds=usage.milliseconds,
            at=now,
        )
    )


async def dollars_since(session: AsyncSession, since: datetime) -> float:
    """Return what the models have cost since this time."""
    found = await session.exec(
        select(func.coalesce(func.sum(Decision.dollars), 0.0)).where(col(Decision.at) >= since)
    )
    return float(found.one())
