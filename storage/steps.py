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


async def once(db: Database, key: str, now: datetime, do: Callable[[AsyncSession], Awaitable[T]]) -> T | Any:
    """Do this in one transaction and return its result; when the key was done before, return what came of it then.

    A result has to be JSON; a tuple comes back as a list.
    """
    async with db.begin() as session:
        before = await session.get(Done, key)
        if before is not None:
            return before.result
        result = await do(session)
        session.add(Done(key=key, result=result, at=now))
        return result


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
