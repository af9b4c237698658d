"""SQLite from an event loop, with a hop to the connection's thread only where there may be something to wait for.

Nobody sees it but in speed: a hand-over to another thread and back costs more than most of our statements. What waits
for nobody is done where it is asked for: a look at rows, and every change, unless somebody else has the write lock; it
is tried again a little later then, and the thread waits for a lock that somebody keeps. A look that turns out to be
long is broken off and made in the thread, so that no page of figures holds up a delivery. Committing or rolling back
where nothing was changed costs nothing.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Any

import aiosqlite

# Seconds between looks whether the write lock is free. SQLite's own wait looks less and less often, up to ten times a
# second, and in a flood somebody else has it each time.
_PAUSES = (0.001,) * 20 + (0.005,) * 20
_LONG = 20_000  # instructions of SQLite's machine, which are a millisecond or two


class Cursor:
    """A cursor whose result has been fetched when `execute` returns."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self.description: Sequence[Any] | None = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1
        self._is_locked_out = False  # of writing, for as long as somebody else is at it

    async def __aenter__(self) -> Cursor:
        return self

    async def execute(self, sql: str, parameters: Iterable[Any] = ()) -> Cursor:
        """Execute a statement and fetch what it returns."""
        for pause in _PAUSES:
            if self._at_once(sql, parameters):
                return self
            if not self._is_locked_out:
                break
            await asyncio.sleep(pause)
        await self._connection._execute(self._do, "execute", sql, parameters)  # type: ignore[no-untyped-call]
        return self

    async def executemany(self, sql: str, parameters: Iterable[Iterable[Any]]) -> Cursor:
        """Execute a statement once for each set of parameters."""
        await self._connection._execute(self._do, "executemany", sql, parameters)  # type: ignore[no-untyped-call]
        return self

    def _at_once(self, sql: str, parameters: Any) -> bool:
        """Execute a statement here and now, unless it would have to wait or take long; say whether it was done."""
        self._is_locked_out = False
        reads = sql.startswith("SELECT")
        if not reads and not sql.startswith(("INSERT", "UPDATE")):
            return False
        with self._connection.here(breaks_off=reads) as is_free:
            if not is_free:
                return False
            was_under_way = self._connection.in_transaction
            try:
                if reads or was_under_way:
                    self._run("execute", sql, parameters)
                else:
                    with self._connection.without_waiting():
                        self._run("execute", sql, parameters)
            except sqlite3.OperationalError as wrong:
                if wrong.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_BUSY):
                    raise
                self._is_locked_out = not reads and not was_under_way
                if self._is_locked_out:
                    self._connection._conn.rollback()  # the driver has begun a transaction for it
                return False
        return True

    def _do(self, how: str, sql: str, parameters: Any) -> None:
        with self._connection.in_use:
            self._run(how, sql, parameters)

    def _run(self, how: str, sql: str, parameters: Any) -> None:
        cursor = self._connection._conn.cursor()
        try:
            getattr(cursor, how)(sql, parameters)
            self.description = cursor.description
            self._rows = cursor.fetchall() if cursor.description else []
            self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid
        finally:
            cursor.close()

    async def fetchall(self) -> list[Any]:
        """Return what was fetched."""
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """Nothing is open any more."""


class Connection(aiosqlite.Connection):
    """A connection that hands over as little as it can."""

    def __init__(self, path: str, busy_seconds: float) -> None:
        super().__init__(lambda: self._open(path, busy_seconds), iter_chunk_size=64)
        self._patience = f"PRAGMA busy_timeout={1000 * busy_seconds:.0f}"
        self.in_use = Lock()  # by whichever thread; the loop never waits for it
        self._breaks_off = False

    def _open(self, path: str, busy_seconds: float) -> sqlite3.Connection:
        connection = sqlite3.connect(path, timeout=busy_seconds, check_same_thread=False)
        connection.set_progress_handler(lambda: self._breaks_off, _LONG)
        # Emptying the log is the only thing that a commit waits for. The durable engine's commits do it, in threads.
        connection.execute("PRAGMA wal_autocheckpoint=0")
        return connection

    def __await__(self) -> Generator[Any, None, Connection]:
        return super().__await__()  # type: ignore[return-value]

    @contextmanager
    def here(self, *, breaks_off: bool = False) -> Iterator[bool]:
        """Hold the connection in the caller's thread; yields False when its own thread is at work on it.

        What `breaks_off` is interrupted when it takes long.
        """
        is_free = self.in_use.acquire(blocking=False)
        self._breaks_off = is_free and breaks_off
        try:
            yield is_free
        finally:
            if is_free:
                self._breaks_off = False
                self.in_use.release()

    @contextmanager
    def without_waiting(self) -> Iterator[None]:
        """Let a statement fail at once when somebody else has the write lock."""
        self._conn.execute("PRAGMA busy_timeout=0")
        try:
            yield
        finally:
            self._conn.execute(self._patience)

    def cursor(self) -> Cursor:  # type: ignore[override]
        """Return a cursor; the real one is made when there is something to execute."""
        return Cursor(self)

    async def commit(self) -> None:
        """Commit, if anything was changed."""
        if not self.in_transaction:
            return
        with self.here() as is_free:
            if is_free:
                self._conn.commit()
                return
        await super().commit()

    async def rollback(self) -> None:
        """Roll back, if anything was changed."""
        if not self.in_transaction:
            return
        with self.here() as is_free:
            if is_free:
                self._conn.rollback()
                return
        await super().rollback()
