"""Requests: what people posted, with their later wordings and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from agents.words import Outcome
from storage.tables import Request, RequestEdit

PART = ":"  # before the number of a part in its ts, where Slack has none


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


def thread_of(request: Request) -> str:
    """Return the ts of the message that a request, or a part of one, was posted in."""
    return request.ts.partition(PART)[0]


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


async def reword_whole(session: AsyncSession, request: Request, text: str, now: datetime) -> None:
    """Add a later wording of the message that this request is a part of; the part keeps its words."""
    assert request.id is not None
    request.whole = text
    session.add(request)
    session.add(RequestEdit(request_id=request.id, text=text, at=now))


def make_whole(session: AsyncSession, request: Request, now: datetime) -> None:
    """Give the request of a part its whole message, as it reads now."""
    assert request.id is not None
    request.wording, request.whole, request.whole_id = request.whole, "", None
    session.add(request)
    # Also a later wording, by which replicas notice that what they have learnt of it reads otherwise now.
    session.add(RequestEdit(request_id=request.id, text=request.wording, at=now))


async def settle(session: AsyncSession, id: int, outcome: Outcome, because: str) -> None:
    """Write down what became of a request."""
    await session.exec(update(Request).where(col(Request.id) == id).values(outcome=outcome, because=because))
