"""Requests: what people posted, with their later wordings and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from agents.words import Outcome
from storage.tables import Request, RequestEdit


async def keep(
    session: AsyncSession,
    *,
    team: str,
    channel: str,
    ts: str,
    requester: str,
    text: str,
    files: Sequence[str],
    now: datetime,
) -> Request:
    """Store a posted message once, and return it."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    values = {
        "team": team,
        "channel": channel,
        "ts": ts,
        "requester": requester,
        "text": text,
        "wording": text,
        "files": list(files),
        "posted_at": now,
        "because": "",
    }
    # A message that is new needs no second question.
    found = await session.exec(insert(Request).values(**values).on_conflict_do_nothing().returning(Request))
    request = found.scalar_one_or_none() or await find(session, channel, ts)
    assert request is not None
    return request


async def find(session: AsyncSession, channel: str, ts: str) -> Request | None:
    """Return the request that was posted there."""
    found = await session.exec(select(Request).where(Request.channel == channel, Request.ts == ts))
    return found.first()


async def reword(
    session: AsyncSession, request: Request, text: str, now: datetime, *, is_newest: bool = True
) -> None:
    """Add a later wording; the first one is kept. One that came late, after a newer one, changes nothing else."""
    assert request.id is not None
    if is_newest:
        request.wording = text
        session.add(request)
    session.add(RequestEdit(request_id=request.id, text=text, at=now))


async def settle(session: AsyncSession, id: int, outcome: Outcome, because: str) -> None:
    """Write down what became of a request."""
    await session.exec(update(Request).where(col(Request.id) == id).values(outcome=outcome, because=because))
