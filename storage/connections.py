"""Connections that one session hands on to the next, without the way back to the pool in between.

Nobody sees it but in speed: a request opens some twenty sessions, and for each of them the pool would take a connection
back, look after it and give it out again. What has been idle goes that way all the same, and so does every connection
that is not just as it was when it was opened.
"""

from __future__ import annotations

import time

from sqlalchemy import Connection, Engine
from sqlalchemy.util.concurrency import greenlet_spawn

IDLE_SECONDS = 1.0  # a server that was restarted takes longer, and what was used since is not looked after


class Connections:
    """The open connections of one database that nobody uses right now."""

    def __init__(self, engine: Engine, most: int) -> None:
        """Keep at most so many, which have to be fewer than the pool has."""
        self._engine = engine
        self._most = most
        self._left: list[tuple[Connection, float]] = []  # and since when; the latest is the last

    def spare(self) -> Connection | None:
        """Return one that was in use a moment ago, if there is any."""
        if self._left and time.monotonic() - self._left[-1][1] < IDLE_SECONDS:
            return self._left.pop()[0]
        return None

    async def take(self) -> Connection:
        """Return a connection; one that has been idle goes back to the pool, which looks after it."""
        if connection := self.spare():
            return connection
        await self.let_go()
        return await greenlet_spawn(self._engine.connect)

    async def leave(self, connection: Connection) -> None:
        """Leave one to whoever comes next; nothing may be under way on it."""
        if len(self._left) < self._most and not connection.closed and not connection.invalidated:
            self._left.append((connection, time.monotonic()))
        else:
            await greenlet_spawn(connection.close)

    async def let_go(self) -> None:
        """Give everything back to the pool."""
        while self._left:
            await greenlet_spawn(self._left.pop()[0].close)
