"""The database: one address, opened once, migrated under a lock, shared with the durable engine.

SQLite is the default and needs nothing installed; PostgreSQL serves many replicas. While these are replaced by a newer
version, both work on the schema that the newer one made, and an older one may even start on it, as long as it finds
all that it needs. There is no way back to an older schema. Nothing is opened at import.
"""

from __future__ import annotations

import asyncio
import math
import os
import sqlite3
import time
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import structlog
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from filelock import FileLock
from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

import storage.reviews
import storage.tables  # noqa: F401  (what a database holds is compared with these)
from storage import sqlite
from storage.connections import IDLE_SECONDS, Connections
from storage.session import Session, is_under_way

log = structlog.get_logger("signalbox.database")

MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 7_324_001  # any number, as long as every replica uses the same
_BUSY_SECONDS = 30
# What SQLite says when the disk is full, read-only, failing or gone; all of these can be mended while we run.
_MAY_PASS = ("database or disk is full", "attempt to write a readonly", "disk I/O error", "unable to open")
READ_ONLY = "25006"  # PostgreSQL's word for it, as after a change of the leading server
_LOCKED_MS = (
    10_000  # a change of a table that waits for longer would hold up every delivery that comes after it
)


class TooNew(Exception):
    """A newer version changed the database in a way that this one cannot work with; the message says how."""


def _on_sqlite(engine: Engine) -> None:
    """Make SQLite durable enough and shareable: write-ahead log, patient locks, enforced references."""

    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _: Any) -> None:
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()


def _on_postgres(engine: Engine) -> None:
    """Let a transaction on PostgreSQL begin when it is begun, and not before a question that needs none; and look
    after a connection that has been idle before it is used."""

    @event.listens_for(engine, "connect")
    def _by_hand(connection: Any, _: Any) -> None:
        connection.autocommit = True

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if not is_under_way(connection.connection.driver_connection):
            connection.exec_driver_sql("BEGIN")

    @event.listens_for(engine, "checkin")
    def _leave(_: Any, entry: ConnectionPoolEntry) -> None:
        entry.info["left"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _look_after(connection: Any, entry: ConnectionPoolEntry, _: Any) -> None:
        if time.monotonic() - entry.info.get("left", math.inf) < IDLE_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as wrong:
            raise DisconnectionError from wrong  # the pool opens another

    event.listen(engine, "handle_error", _call_it_an_outage)


def _call_it_an_outage(context: ExceptionContext) -> None:
    """Take a database that cannot be written to for one that is gone.

    The durable engine waits for it then. It would otherwise drop the flow that it was about to note something of, until
    the next start. And a connection to a server that leads no more is closed, which would stay read-only for ever.
    """
    wrong = context.original_exception
    passes = isinstance(wrong, sqlite3.OperationalError) and str(wrong).startswith(_MAY_PASS)
    if passes or getattr(wrong, "sqlstate", None) == READ_ONLY:
        context.is_disconnect = True


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
        (_on_sqlite if self.is_sqlite else _on_postgres)(self.engine.sync_engine)
        self.connections = Connections(self.engine.sync_engine, self._options()["pool_size"], _BUSY_SECONDS)
        self.locked_ms = _LOCKED_MS
        self.more_revisions: tuple[Path, ...] = ()  # folders of revisions besides our own

    def _options(self) -> dict[str, Any]:
        if self.is_sqlite:
            # One writer at a time is SQLite's law; few connections keep the queue for it short.
            return {
                "async_creator": self._open_sqlite,
                "pool_size": 4,
                "max_overflow": 2,
                "pool_timeout": _BUSY_SECONDS,
            }
        return {"pool_size": 10, "max_overflow": 10}

    async def _open_sqlite(self) -> sqlite.Connection:
        connection = sqlite.Connection(str(self.url.database), _BUSY_SECONDS)
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
        else:
            engine = create_engine(
                self.url.set(drivername="postgresql+psycopg"), pool_pre_ping=True, hide_parameters=True
            )
        event.listen(engine, "handle_error", _call_it_an_outage)
        return engine

    def begin(self, *, alone: bool = False) -> AbstractAsyncContextManager[AsyncSession]:
        """Open a session whose changes are committed together at the end, or not at all.

        Where one statement is all there is to commit, `alone` saves PostgreSQL from being told so twice.
        """
        return Session(self.engine, self.connections, alone)

    async def migrate(self) -> None:
        """Bring the schema up to date; replicas that start together take turns. Raises TooNew."""
        await asyncio.to_thread(self._migrate)

    def _migrate(self) -> None:
        engine = self.sync_engine()
        try:
            if self.is_sqlite:
                # SQLite has no advisory lock, and two starts at once may both find the schema missing.
                with FileLock(f"{self.url.database}.migrating"), engine.connect() as connection:
                    upgrade(connection, *self.more_revisions)
                return
            with engine.connect() as connection:
                connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
                connection.execute(text(f"SET lock_timeout = {self.locked_ms}"))
                connection.commit()
                try:
                    upgrade(connection, *self.more_revisions)
                finally:
                    connection.rollback()  # after a revision that failed, nothing else would be listened to
                    connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})
                    connection.commit()
        finally:
            engine.dispose()

    async def close(self) -> None:
        """Give every connection back."""
        await self.connections.let_go()
        await self.engine.dispose()


def upgrade(connection: Connection, *more: Path, revision: str = "head") -> None:
    """Run the migrations up to this revision on an open connection, all of them or none.

    `more` are folders of further revisions. Raises TooNew.
    """
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.set_main_option("version_locations", os.pathsep.join(map(str, (MIGRATIONS / "versions", *more))))
    config.attributes["connection"] = connection
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    at = MigrationContext.configure(connection).get_current_revision()
    connection.commit()
    if at is not None and at not in known:
        _refuse_what_does_not_fit(connection)
        log.warning("the database is ahead of this version", revision=at)
        return
    if connection.dialect.name == "sqlite":
        # Python begins no transaction by itself for a change of the schema, and half a change cannot be repaired.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    command.upgrade(config, revision)
    connection.commit()


def _refuse_what_does_not_fit(connection: Connection) -> None:
    """Raise TooNew unless everything that we read is there, and nothing is demanded that we do not write."""
    schema = inspect(connection)
    there = {name: schema.get_columns(name) for name in schema.get_table_names()}
    wrong = []
    for table in SQLModel.metadata.sorted_tables:
        columns = {column["name"]: column for column in there.get(table.name, [])}
        wrong += [f"{table.name}.{name} is gone" for name in table.columns.keys() - columns.keys()]
        for name in columns.keys() - table.columns.keys():
            if not columns[name]["nullable"] and columns[name]["default"] is None:
                wrong.append(f"{table.name}.{name} has to be filled")
    if wrong:
        raise TooNew(
            f"the database belongs to a newer version of Signalbox ({', '.join(sorted(wrong))}); start that one"
        )
