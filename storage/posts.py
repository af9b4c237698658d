"""Intents to post: what keeps a message from appearing twice."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, update
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.tables import Post


async def intend(
    session: AsyncSession, key: str, channel: str, thread_ts: str, now: datetime
) -> tuple[str, bool]:
    """Write down that a message is about to be posted. Return its ts if it is out already, and whether this is
    the first try."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    values = {"key": key, "channel": channel, "thread_ts": thread_ts, "ts": "", "at": now}
    statement = insert(Post).values(**values).on_conflict_do_nothing().returning(col(Post.key))
    if (await session.exec(statement)).first():
        return "", True
    post = await session.get(Post, key)
    assert post is not None
    return post.ts, False


async def get(session: AsyncSession, key: str) -> Post | None:
    """Return the intent with this key."""
    return await session.get(Post, key)


async def done(session: AsyncSession, key: str, ts: str) -> None:
    """Write down where the message went."""
    await session.exec(update(Post).where(col(Post.key) == key).values(ts=ts))
