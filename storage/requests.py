"""Requests: what people posted, with their later wordings and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam
from sqlalchemy.orm import make_transient_to_detached
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from agents.words import Outcome
from storage import prepared
from storage.tables import Request, RequestEdit

_DEFAULTS = prepared.defaults(Request)
_KEEP = prepared.added_once(Request, "id")
_SETTLE = prepared.table(Request).update().where(prepared.table(Request).c.id == bindparam("of_id"))


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
    values = _DEFAULTS | {
        "team": team,
        "channel": channel,
        "ts": ts,
        "requester": requester,
        "text": text,
        "wording": text,
        "files": list(files),
        "posted_at": now,
    }
    # A message that is new needs no second question.
    kept = await prepared.rows(session, _KEEP[prepared.dialect_of(session)], **values)
    if not kept:
        return (await session.exec(select(Request).where(Request.channel == channel, Request.ts == ts))).one()
    request = Request(id=kept[0].id, **values)
    make_transient_to_detached(request)
    session.add(request)
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
    await prepared.change(session, _SETTLE, {"of_id": id, "outcome": outcome, "because": because})
