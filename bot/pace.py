"""Pacing: we keep below Slack's limits by ourselves, so that Slack hardly ever has to refuse a call.

People in a busy channel see cards arrive about one a second after a short burst, in order, however many replicas there
are. Each limit is a bucket: a turn moves the time at which the bucket is full again, and may be used while that time is
no further away than the burst reaches. One process keeps these times itself; replicas keep them in their database.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from bot.places import waiting
from handlers.limits import Limit
from storage import paces
from storage.database import Database


class Book(Protocol):
    """Where it is written down when each bucket is full again."""

    async def take(self, name: str, seconds: float) -> float:
        """Put a bucket's time off by so many seconds, and return how many seconds away it is then."""
        ...

    async def fill(self, name: str, seconds: float) -> None:
        """Put a bucket's time off until it is at least so many seconds away."""
        ...


class OwnBook:
    """The book of a process that is alone."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._full_at: dict[str, float] = {}

    async def take(self, name: str, seconds: float) -> float:
        """Put a bucket's time off by so many seconds, and return how many seconds away it is then."""
        now = self._monotonic()
        self._full_at[name] = max(self._full_at.get(name, now), now) + seconds
        return self._full_at[name] - now

    async def fill(self, name: str, seconds: float) -> None:
        """Put a bucket's time off until it is at least so many seconds away."""
        self._full_at[name] = max(self._full_at.get(name, 0.0), self._monotonic() + seconds)


class SharedBook:
    """The book of replicas, by the clock of the database that they share."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def take(self, name: str, seconds: float) -> float:
        """Put a bucket's time off by so many seconds, and return how many seconds away it is then."""
        async with self._db.begin(alone=True) as session:
            return await paces.take(session, name, seconds)

    async def fill(self, name: str, seconds: float) -> None:
        """Put a bucket's time off until it is at least so many seconds away."""
        async with self._db.begin(alone=True) as session:
            await paces.fill(session, name, seconds)


class Pace:
    """Gives turns at `rate` times what a limit permits. Rate 0 means no pacing."""

    def __init__(self, rate: float, book: Book, waited: Callable[[float], None] | None = None) -> None:
        self.rate = rate
        self._book = book
        self._waited = waited  # told of every wait, in seconds

    async def turn(self, name: str, limit: Limit) -> float:
        """Wait until the thing of this name may be done once more; return the seconds it took."""
        if not self.rate:
            return 0.0
        step = 1 / (limit.per_second * self.rate)
        wait = await self._book.take(name, step) - limit.burst * step
        if wait > 0:
            if self._waited:
                self._waited(wait)
            async with waiting():
                await asyncio.sleep(wait)
        return max(wait, 0.0)

    async def hold(self, name: str, limit: Limit, seconds: float) -> None:
        """Let nobody do the thing of this name for so many seconds, because Slack said so."""
        if self.rate:
            await self._book.fill(name, seconds + limit.burst / (limit.per_second * self.rate))
