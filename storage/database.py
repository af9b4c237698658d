"""The database: one address, opened once, migrated under a lock, shared with the durable engine.

SQLite is the default and needs nothing installed; PostgreSQL serves many replicas. Nothing is opened at import.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from filelock import FileLock
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

from storage import sqlite

MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 7_324_001  # any number, as long as every replica uses the same
_BUSY_SECONDS = 30


def _on_sqlite(engine: Engine) -> None:
    """Make SQLite durable enough and shareable: write-ahead log, patient locks, enforced references."""

    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _: Any) -> None:
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()


class Database:
    """An opened database. `url` is `sqlite:///file` or `postgresql://…`."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine: AsyncEngine = create_async_engine(
            self.url.set(drivername="sqlite+aiosqlite" if self.is_sqlite else "postgresql+psycopg"),
            hide_parameters=True,  # an error's text goes to the log, and the parameters are what people wrote
            **self._options(),
        )
        if self.is_sqlite:
            _on_sqlite(self.engine.sync_engine)
        self._sessions = async_sessionmaker(self.engine, class_=AsyncSession, expire_on_commit=False)

    def _options(self) -> dict[str, Any]:
        if self.is_sqlite:
            # One writer at a time is SQLite's law; few connections keep the queue for it short.
            return {
                "async_creator": self._open_sqlite,
                "pool_size": 4,
                "max_overflow": 2,
                "pool_timeout": _BUSY_SECONDS,
            }
        return {"pool_size": 10, "max_overflow": 10, "pool_pre_ping": True}

    async def _open_sqlite(self) -> sqlite.Connection:
        connection = sqlite.connect(str(self.url.database), _BUSY_SECONDS)
        connection._thread.daemon = True  # a process that ends waits for nobody's database
        return await connection

    def sync_engine(self) -> Engine:
        """Return a new synchronous engine on the same database, for the durable engine and for migrations."""
        if self.is_sqlite:
            engine = create_engine(
                self.url.set(drivername="sqlite"),
                connect_args={"timeout": _BUSY_SECONDS},
                hide_parameters=True,
            )
            _on_sqlite(engine)
            return engine
        return create_engine(
            self.url.set(drivername="postgresql+psycopg"), pool_pre_ping=True, hide_parameters=True
        )

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncSession]:
        """Open a session whose changes are committed together at the end, or not at all."""
        async with self._sessions() as session, session.begin():
            yield session

    async def migrate(self) -> None:
        """Bring the schema up to date; replicas that start together take turns."""
        await asyncio.to_thread(self._migrate)

    def _migrate(self) -> None:
        engine = self.sync_engine()
        try:
            if self.is_sqlite:
                # SQLite has no advisory lock, and two starts at once may both find the schema missing.
                with FileLock(f"{self.url.database}.migrating"), engine.connect() as connection:
                    upgrade(connection)
                return
            with engine.connect() as connection:
                connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
                connection.commit()
                try:
                    upgrade(connection)
                finally:
                    connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})
                    connection.commit()
        finally:
            engine.dispose()

    async def close(self) -> None:
        """Give every connection back."""
        await self.engine.dispose()


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Run the migrations up to this revision on an open connection."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
    connection.commit()
