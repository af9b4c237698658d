"""Steps that change rows: what they did and the fact that they did it are one commit.

A process can die between a commit and the engine's note of it, and then the step runs again. Nobody may see that: a
ticket is not refused to whoever moved it, and a reply is not written twice.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, TypeVar

from sqlmodel.ext.asyncio.session import AsyncSession

from storage.database import Database
from storage.tables import Done

T = TypeVar("T")


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
