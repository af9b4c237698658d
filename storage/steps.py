"""Steps that change rows: what they did and the fact that they did it are one commit.

A process can die between a commit and the engine's note of it, and then the step runs again. Nobody may see that: a
ticket is not refused to whoever moved it, and a reply is not written twice.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlmodel.ext.asyncio.session import AsyncSession

from storage.database import Database
from storage.tables import Done

T = TypeVar("T")

RESTORED = "restored"  # the key under which it is written down that this database came from a backup
_DOUBTFUL = timedelta(hours=1)  # what was under way is done by then


@dataclass(frozen=True)
class Doubt:
    """After a restore: what happened since a time may have been posted already. It ends with the work of then."""

    since: datetime
    until: datetime


async def once(
    db: Database,
    key: str,
    now: datetime,
    do: Callable[[AsyncSession], Awaitable[T]],
    *,
    is_first: bool = False,
) -> T | Any:
    """Do this in one transaction and return its result; when the key was done before, return what came of it then.

    A result has to be JSON; a tuple comes back as a list. `is_first` says that this key is new, so that nobody needs to
    look; if it is not after all, because a flow was requeued or taken over meanwhile, what came of it then counts too.
    """
    try:
        async with db.begin() as session:
            if not is_first and (before := await session.get(Done, key)):
                return before.result
            result = await do(session)
            session.add(Done(key=key, result=result, at=now))
            return result
    except Exception:
        # It may have been done before: by another process that took this over, or in a run that was given up.
        if before := await done(db, key):
            return before.result
        raise


async def done(db: Database, key: str) -> Done | None:
    """Return the row that says that this key was done, and what came of it."""
    async with db.begin() as session:
        row: Done | None = await session.get(Done, key)
        return row


async def probe(session: AsyncSession, key: str, now: datetime) -> None:
    """Write a row of a delivery's size and take it away again. Raises whatever keeps the database from taking one."""
    row = Done(key=key, result="x" * 8192, at=now)
    session.add(row)
    await session.flush()
    await session.delete(row)


async def doubt(session: AsyncSession) -> Doubt | None:
    """Return what is doubtful about this database; None when it was never restored from a backup."""
    row = await session.get(Done, RESTORED)
    return Doubt(datetime.fromisoformat(row.result), row.at + _DOUBTFUL) if row else None
