"""SQLite from an event loop with one hop to its thread for each statement, instead of four.

Nobody sees it but in speed: opening a cursor, executing, fetching and closing each cost a hand-over to the
connection's thread and back, which is most of what a small statement costs. Here they are one. Committing or rolling
back where nothing was changed costs none.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Iterable, Sequence
from typing import Any

import aiosqlite


class Cursor:
    """A cursor whose result has been fetched when `execute` returns."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self.description: Sequence[Any] | None = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> Cursor:
        return self

    async def execute(self, sql: str, parameters: Iterable[Any] = ()) -> Cursor:
        """Execute a statement and fetch what it returns."""
        await self._connection._execute(self._do, "execute", sql, parameters)  # type: ignore[no-untyped-call]
        return self

    async def executemany(self, sql: str, parameters: Iterable[Iterable[Any]]) -> Cursor:
        """Execute a statement once for each set of parameters."""
        await self._connection._execute(self._do, "executemany", sql, parameters)  # type: ignore[no-untyped-call]
        return self

    def _do(self, how: str, sql: str, parameters: Any) -> None:
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

    def __await__(self) -> Generator[Any, None, Connection]:
        return super().__await__()  # type: ignore[return-value]

    def cursor(self) -> Cursor:  # type: ignore[override]
        """Return a cursor; its own thread makes the real one when there is something to execute."""
        return Cursor(self)

    async def commit(self) -> None:
        """Commit, if anything was changed."""
        if self.in_transaction:
            await super().commit()

    async def rollback(self) -> None:
        """Roll back, if anything was changed."""
        if self.in_transaction:
            await super().rollback()


def connect(path: str, busy_seconds: float) -> Connection:
    """Return a connection to a file that opens when it is awaited; locks are waited for this long."""
    return Connection(lambda: sqlite3.connect(path, timeout=busy_seconds), iter_chunk_size=64)
