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
_SETTLE = prepared.Statement(
    prepared.table(Request).update().where(prepared.table(Request).c.id == bindparam("of_id"))
)

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
    kept = await prepared.rows(session, _KEEP, **values)
    if not kept:
        return (await session.exec(select(Request).where(Request.channel == channel, Request.ts == ts))).one()
    request = Request(id=kept[0].id, **values)
    make_transient_to_detached(request)
    session.add(request)
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


async def wordings(session: AsyncSession, request: Request) -> list[str]:
    """Return a request as it was posted, as it reads now, and as it read in between."""
    edits = await session.exec(select(RequestEdit.text).where(RequestEdit.request_id == request.id))
    return list(dict.fromkeys([request.text, *edits, request.wording]))


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
    await prepared.change(session, _SETTLE, {"of_id": id, "outcome": outcome, "because": because})
