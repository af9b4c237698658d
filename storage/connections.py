"""Connections that one session hands on to the next, without the way back to the pool in between.

Nobody sees it but in speed: a request opens some twenty sessions, and for each of them the pool would take a connection
back, look after it and give it out again. What has been idle goes that way all the same, and so does every connection
that is not just as it was when it was opened. Whoever finds all of them in use waits, and is next in the order of
arrival: a delivery that is to be kept stands behind those who came before it, and behind nobody else.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.util.concurrency import greenlet_spawn

IDLE_SECONDS = 1.0  # a server that was restarted takes longer, and what was used since is not looked after


class Connections:
    """The open connections of one database; `most` at the same time, which are no more than the pool has."""

    def __init__(self, engine: Engine, most: int, patience: float) -> None:
        """Nobody waits for one longer than `patience` seconds."""
        self._engine = engine
        self._most = most
        self._patience = patience
        self._open = 0  # in use, or left
        self._left: list[tuple[Connection, float]] = []  # and since when; the latest is the last
        self._waiting: deque[asyncio.Future[Connection | None]] = deque()

    def spare(self) -> Connection | None:
        """Return one that was in use a moment ago, if there is any."""
        if self._left and time.monotonic() - self._left[-1][1] < IDLE_SECONDS:
            return self._left.pop()[0]
        return None

    async def take(self) -> Connection:
        """Return a connection; one that has been idle goes back to the pool, which looks after it. Raises NoConnection
        when all have been in use for too long."""
        if connection := self.spare():
            return connection
        await self.let_go()
        if self._open < self._most:
            self._open += 1
        elif connection := await self._in_turn():
            return connection
        try:
            return await greenlet_spawn(self._engine.connect)
        except BaseException:
            self._make_room()
            raise

    async def _in_turn(self) -> Connection | None:
        """Wait for a connection that somebody leaves, or for the room to open one, which is None."""
        given: asyncio.Future[Connection | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(given)
        try:
            async with asyncio.timeout(self._patience):
                return await given
        except BaseException as wrong:
            if given.done() and not given.cancelled():  # given and cut off at the same moment
                if connection := given.result():
                    self._hand_on(connection)
                else:
                    self._make_room()
            if isinstance(wrong, TimeoutError):
                raise NoConnection(f"no connection to the database in {self._patience:g} s") from None
            raise

    async def leave(self, connection: Connection) -> None:
        """Leave one to whoever comes next; nothing may be under way on it."""
        if connection.closed or connection.invalidated:
            await self.close(connection)
        else:
            self._hand_on(connection)

    async def close(self, connection: Connection) -> None:
        """Give one back to the pool, with whatever is under way on it."""
        try:
            await greenlet_spawn(connection.close)
        finally:
            self._make_room()

    async def let_go(self) -> None:
        """Give everything that nobody uses back to the pool."""
        while self._left:
            await self.close(self._left.pop()[0])

    def _hand_on(self, connection: Connection) -> None:
        if next := self._next():
            next.set_result(connection)
        else:
            self._left.append((connection, time.monotonic()))

    def _make_room(self) -> None:
        if next := self._next():
            next.set_result(None)
        else:
            self._open -= 1

    def _next(self) -> asyncio.Future[Connection | None] | None:
        while self._waiting:
            if not (first := self._waiting.popleft()).done():
                return first
        return None
