"""Requests: what people posted, with their later wordings and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, select
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
        "files": list(files),
        "posted_at": now,
        "because": "",
    }
    await session.exec(insert(Request).values(**values).on_conflict_do_nothing())
    request = await find(session, channel, ts)
    assert request is not None
    return request


async def find(session: AsyncSession, channel: str, ts: str) -> Request | None:
    """Return the request that was posted there."""
    found = await session.exec(select(Request).where(Request.channel == channel, Request.ts == ts))
    return found.first()


async def wording(session: AsyncSession, request: Request) -> str:
    """Return the newest wording of a request."""
    assert request.id is not None
    edit = await session.exec(
        select(RequestEdit)
        .where(RequestEdit.request_id == request.id)
        .order_by(col(RequestEdit.id).desc())
        .limit(1)
    )
    newest = edit.first()
    return newest.text if newest else request.text


async def reword(session: AsyncSession, request: Request, text: str, now: datetime) -> None:
    """Add a later wording; the first one is kept."""
    assert request.id is not None
    session.add(RequestEdit(request_id=request.id, text=text, at=now))


async def settle(session: AsyncSession, request: Request, outcome: Outcome, because: str) -> None:
    """Write down what became of a request."""
    request.outcome, request.because = outcome, because
    session.add(request)
