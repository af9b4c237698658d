"""Intents to post: what keeps a message from appearing twice, also when several processes want to post it.

An intent belongs to the process that claimed it, for a while; another may take it over only when that while is over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Interval, bindparam, func
from sqlalchemy.dialects import postgresql
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from storage import prepared
from storage.tables import Post

_ROWS = prepared.table(Post)
_INTEND = prepared.added_once(
    Post,
    "key",
    # Every process agrees on the database's clock.
    postgresql=postgresql.insert(_ROWS)
    .values(
        {column.name: bindparam(column.name) for column in _ROWS.c}
        | {"claimed_until": func.now() + bindparam("for", type_=Interval())}
    )
    .on_conflict_do_nothing()
    .returning(_ROWS.c.key),
)
_DONE = prepared.Statement(_ROWS.update().where(_ROWS.c.key == bindparam("of_key"), _ROWS.c.ts == ""))


@dataclass(frozen=True)
class Intent:
    """Where a message stands: its ts if it is out, whether this is the first try, and whether this process may post."""

    ts: str
    at: datetime
    is_first: bool
    is_ours: bool


async def intend(
    session: AsyncSession, key: str, channel: str, thread_ts: str, by: str, now: datetime, span: timedelta
) -> Intent:
    """Write down that a process is about to post a message, or find out how far an earlier try came."""
    is_new = await prepared.rows(
        session,
        _INTEND,
        key=key,
        channel=channel,
        thread_ts=thread_ts,
        ts="",
        at=now,
        claimed_by=by,
        **({"claimed_until": now + span} if _is_sqlite(session) else {"for": span}),
    )
    if is_new:
        return Intent("", now, is_first=True, is_ours=True)
    return await claim(session, key, by, now, span)


async def claim(session: AsyncSession, key: str, by: str, now: datetime, span: timedelta) -> Intent:
    """Claim an intent that is there for this long, or say that somebody else has it, or has given it up."""
    clock = _clock(session, now)
    mine = (col(Post.claimed_by) == by) | (col(Post.claimed_until) < clock)
    taken = await session.exec(
        update(Post)
        .where(col(Post.key) == key, col(Post.ts) == "", mine)
        .values(claimed_by=by, claimed_until=clock + span)
    )
    found = (await session.exec(select(Post.ts, Post.at).where(Post.key == key))).one_or_none()
    if found is None:
        return Intent("", now, is_first=False, is_ours=False)
    return Intent(*found, is_first=False, is_ours=bool(taken.rowcount))


async def done(session: AsyncSession, key: str, ts: str) -> bool:
    """Write down where the message went; False when another process has done so."""
    if await prepared.change(session, _DONE, {"of_key": key, "ts": ts}):
        return True
    return (await session.exec(select(Post.key).where(Post.key == key))).first() is None


async def release(session: AsyncSession, key: str) -> None:
    """Give up an intent whose message Slack has refused for certain, so that whoever tries next need not wait."""
    await session.exec(delete(Post).where(col(Post.key) == key, col(Post.ts) == ""))


def _is_sqlite(session: AsyncSession) -> bool:
    return prepared.dialect_of(session) == "sqlite"


def _clock(session: AsyncSession, now: datetime) -> Any:
    """Return the time that every process agrees on: the database's, or on SQLite the one process's own."""
    return now if _is_sqlite(session) else func.now()


async def beginning(session: AsyncSession, prefix: str) -> Sequence[Post]:
    """Return the intents whose key begins like this."""
    return (await session.exec(select(Post).where(col(Post.key).startswith(prefix)))).all()
