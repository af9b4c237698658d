"""The database is away, locked, full or read-only: nothing is acknowledged that was not kept, what was begun goes on
by itself, and the process stays."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, LiteralString

import psycopg
import pytest
from sqlalchemy import Engine, ExceptionContext, event, make_url
from sqlalchemy.pool import Pool
from structlog.testing import capture_logs

from agents.words import Status
from bot.lease import LeaseLost
from storage.connections import Connections
from storage.tables import Receipt, Ticket
from tests import postgres
from tests.faults import Asked, answered, ask, failures
from tests.replicas import becomes
from tests.test_receipts import locked
from tests.world import World
from tests.world import world as open_world

pytestmark = pytest.mark.slow

_NOT_ACKNOWLEDGED = timedelta(seconds=4)  # Slack waits three seconds for an acknowledgement
_SLACK_TRIES_AGAIN = (_NOT_ACKNOWLEDGED, timedelta(seconds=61), timedelta(seconds=301))


class Disk:
    """The disk under every SQLite connection of this process."""

    def __init__(self) -> None:
        self._pragmas: tuple[str, ...] = ()
        self.refused = 0  # how often somebody could not write

    def on_error(self, context: ExceptionContext) -> None:
        """Count what could not be done."""
        self.refused += isinstance(context.original_exception, sqlite3.OperationalError)

    def on_checkout(self, connection: Any, *_: Any) -> None:
        """Give whoever takes a connection the disk as it is now."""
        cursor = connection.cursor()
        for pragma in self._pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    def fill_up(self) -> None:
        """Leave no room for another page."""
        self._pragmas = ("max_page_count=1",)

    def lock(self) -> None:
        """Let nobody write any more."""
        self._pragmas = ("query_only=ON",)

    def recover(self) -> None:
        """Let everything be well again."""
        self._pragmas = ("query_only=OFF", "max_page_count=1000000000")


@pytest.fixture
def disk(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    """The disk under the world's database."""
    under = Disk()
    # No session hands its connection on, so that each finds the disk as it is now.
    monkeypatch.setattr(Connections, "leave", Connections.close)
    event.listen(Pool, "checkout", under.on_checkout)
    event.listen(Engine, "handle_error", under.on_error)
    yield under
    under.recover()
    event.remove(Pool, "checkout", under.on_checkout)
    event.remove(Engine, "handle_error", under.on_error)


async def brought_again(world: World) -> None:
    """Let Slack bring again what was not acknowledged, as long as it tries."""
    for span in _SLACK_TRIES_AGAIN:
        if world.twin.ws.courier.is_idle:
            return
        world.clock.advance(span)
        world.twin.tick()
        await asyncio.sleep(0)


async def must_have_come_once(world: World, posted: Sequence[Asked]) -> None:
    """Fail unless each of these requests, and nothing else, was kept once and has one card and one line."""
    for asked in posted:
        await asked.card()
        assert len(asked.lines()) == 1
    assert len(await world.rows(Receipt)) == len(posted)
    assert await failures(world) == []


@pytest.mark.sqlite
@pytest.mark.parametrize("what", ["full", "read-only"])
async def test_what_cannot_be_written_down_is_not_acknowledged_and_comes_again(
    world: World, disk: Disk, what: str
) -> None:
    disk.fill_up() if what == "full" else disk.lock()
    with capture_logs() as logs:
        posted = [
            await ask(world, f"Where is the invoice of month {n}? " + "please " * 200) for n in range(4)
        ]
        await world.twin.until(lambda: any(line["event"] == "not acknowledged" for line in logs))
    assert not world.twin.ws.courier.is_idle

    disk.recover()
    await brought_again(world)
    await world.settle()

    await must_have_come_once(world, posted)


@pytest.mark.sqlite
@pytest.mark.parametrize("what", ["full", "read-only"])
async def test_what_was_begun_before_nothing_could_be_written_goes_on_by_itself(
    world: World, disk: Disk, what: str
) -> None:
    held = world.twin.faults.add("reactions.add", "hang", times=0)
    posted = [await ask(world, f"Where is the invoice of month {n}?") for n in range(3)]
    await world.twin.until(lambda: held.hits == 3)
    disk.fill_up() if what == "full" else disk.lock()
    with capture_logs() as logs:
        world.twin.faults.clear()
        await world.twin.until(lambda: any(line["event"] in ("step waits", "flow ended") for line in logs))
    disk.recover()
    await world.settle()

    for asked in posted:
        await asked.card()
        assert len(asked.lines()) == 1
    assert await failures(world) == []


@pytest.mark.sqlite
async def test_a_flow_that_the_engine_could_not_write_down_is_taken_up_without_a_restart(
    world: World, disk: Disk
) -> None:
    asked = await answered(world)
    marek, card = world.person("marek"), await asked.card()
    held = world.twin.faults.add("views.open", "hang")
    await marek.click(card, "edit_draft")
    await world.twin.until(lambda: held.hits == 1)
    disk.lock()
    held.release()
    # The window is open, and the engine cannot note it.
    await world.twin.until(lambda: disk.refused)
    disk.recover()

    await marek.submit({"text": "It is under Settings."})
    await marek.click(card, "resolve_ticket")
    await world.settle()

    assert len(asked.lines()) == 3
    assert (await asked.ticket()).status == Status.RESOLVED
    assert await failures(world) == []


@pytest.mark.sqlite
async def test_a_database_that_is_locked_for_seconds_delays_what_is_under_way_and_nothing_more(
    world: World,
) -> None:
    held = world.twin.faults.add("chat.postMessage", "hang", times=0)
    posted = [await ask(world, f"Where is the invoice of month {n}?") for n in range(3)]
    await world.twin.until(lambda: held.hits == 3 and world.twin.host.calls_under_way == 3)
    with locked(world):
        world.twin.faults.clear()
        late = await ask(world, "Where is the invoice of August?")
        await world.twin.until(lambda: world.twin.host.calls_under_way == 0)
        assert [asked.lines() for asked in posted] == [[], [], []]
    await world.settle()

    for asked in (*posted, late):
        await asked.card()
        assert len(asked.lines()) == 1


@pytest.fixture
async def on_postgres(postgres_server: str) -> AsyncIterator[World]:
    """A wired bot on PostgreSQL."""
    with postgres.database(postgres_server) as address:
        async with open_world(address) as opened:
            yield opened


@asynccontextmanager
async def somebody_else(world: World) -> AsyncIterator[psycopg.AsyncConnection]:
    """Connect to the bot's PostgreSQL."""
    async with await psycopg.AsyncConnection.connect(world.database_url, autocommit=True) as connection:
        yield connection


@asynccontextmanager
async def read_only(world: World) -> AsyncIterator[None]:
    """Let the server be one that leads no more: it ends every connection, and changes nothing for those who come again.

    Nobody ends their connections when another leads; they go on with one that does not.
    """
    name = make_url(world.database_url).database
    async with somebody_else(world) as connection:
        await connection.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'.encode())
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        try:
            yield
        finally:
            await connection.execute(f'ALTER DATABASE "{name}" RESET default_transaction_read_only'.encode())


_HAS_ROOM: LiteralString = (
    "CREATE OR REPLACE FUNCTION room() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
)
_HAS_NO_ROOM: LiteralString = (
    "CREATE OR REPLACE FUNCTION room() RETURNS trigger LANGUAGE plpgsql AS"
    " 'BEGIN RAISE EXCEPTION USING ERRCODE = ''disk_full''; END'"
)


@asynccontextmanager
async def full(world: World) -> AsyncIterator[None]:
    """Let the server say of every row that there is no room for it, as it does when its disk is full."""
    async with somebody_else(world) as connection:
        await connection.execute(_HAS_ROOM)
        tables = await connection.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
            " WHERE schemaname IN ('public', 'dbos')"
        )
        for (table,) in await tables.fetchall():
            change = f"CREATE TRIGGER room BEFORE INSERT OR UPDATE ON {table}"
            await connection.execute(f"{change} FOR EACH ROW EXECUTE FUNCTION room()".encode())
        await connection.execute(_HAS_NO_ROOM)
        try:
            yield
        finally:
            await connection.execute(_HAS_ROOM)


unwritable = pytest.mark.parametrize("unwritable", [read_only, full])


@unwritable
async def test_what_arrives_while_postgresql_takes_nothing_is_not_acknowledged_and_comes_again(
    on_postgres: World, unwritable: Any
) -> None:
    world = on_postgres
    async with unwritable(world):
        with capture_logs() as logs:
            posted = [await ask(world, f"Where is the invoice of month {n}?") for n in range(4)]
            await world.twin.until(lambda: any(line["event"] == "not acknowledged" for line in logs))
        assert not world.twin.ws.courier.is_idle

    await brought_again(world)
    await world.settle()

    await must_have_come_once(world, posted)


@unwritable
async def test_what_was_begun_before_postgresql_took_nothing_any_more_goes_on_by_itself(
    on_postgres: World, unwritable: Any
) -> None:
    world = on_postgres
    held = world.twin.faults.add("reactions.add", "hang", times=0)
    posted = [await ask(world, f"Where is the invoice of month {n}?") for n in range(3)]
    await world.twin.until(lambda: held.hits == 3)
    async with unwritable(world):
        with capture_logs() as logs:
            world.twin.faults.clear()
            await world.twin.until(
                lambda: any(line["event"] in ("step waits", "flow ended") for line in logs)
            )
    await world.settle()

    for asked in posted:
        await asked.card()
        assert len(asked.lines()) == 1
    assert await failures(world) == []


@unwritable
async def test_a_flow_that_the_engine_could_not_write_down_on_postgresql_is_taken_up_without_a_restart(
    on_postgres: World, unwritable: Any
) -> None:
    world, refused = on_postgres, []
    asked = await answered(world)
    marek, card = world.person("marek"), await asked.card()
    held = world.twin.faults.add("views.open", "hang")
    await marek.click(card, "edit_draft")
    await world.twin.until(lambda: held.hits == 1)

    def on_error(context: ExceptionContext) -> None:
        refused.append(getattr(context.original_exception, "sqlstate", None))

    of_the_engine = world.bot.engine._sql
    event.listen(of_the_engine, "handle_error", on_error)
    async with unwritable(world):
        with capture_logs() as logs:
            held.release()
            # The window is open, and the engine cannot note it.
            await world.twin.until(lambda: {"25006", "53100"} & set(refused))
            # It lasts for so long that no connection from before is used without a look at it.
            await world.twin.until(lambda: [line["event"] for line in logs].count("heartbeat failed") > 2)

    await marek.submit({"text": "It is under Settings."})
    await marek.click(card, "resolve_ticket")
    await brought_again(world)
    await world.settle()

    assert len(asked.lines()) == 3
    assert (await asked.ticket()).status == Status.RESOLVED
    assert await failures(world) == []


async def test_tables_that_somebody_else_has_locked_on_postgresql_delay_what_needs_them_and_nothing_more(
    on_postgres: World,
) -> None:
    world = on_postgres
    held = world.twin.faults.add("chat.postMessage", "hang", times=0)
    posted = [await ask(world, f"Where is the invoice of month {n}?") for n in range(3)]
    await world.twin.until(lambda: held.hits == 3 and world.twin.host.calls_under_way == 3)

    async with somebody_else(world) as locker, somebody_else(world) as onlooker:

        async def wait_for_it() -> bool:
            waiting = await onlooker.execute(
                "SELECT count(DISTINCT pid) FROM pg_locks WHERE relation = 'receipt'::regclass AND NOT granted"
            )
            return bool(await waiting.fetchone() != (0,))

        async with locker.transaction():
            await locker.execute("LOCK TABLE receipt, post, ticket, dbos.operation_outputs")
            world.twin.faults.clear()
            late = await ask(world, "Where is the invoice of August?")
            await becomes(wait_for_it, True)
            # Slack gives up waiting, and brings it again while the first one still waits.
            world.clock.advance(_NOT_ACKNOWLEDGED)
            world.twin.tick()
            await world.twin.until(lambda: world.twin.host.calls_under_way == 0)
            assert not world.twin.ws.courier.is_idle
            assert [asked.lines() for asked in (*posted, late)] == [[], [], [], []]
    await world.settle()

    for asked in (*posted, late):
        await asked.card()
        assert len(asked.lines()) == 1
    assert await failures(world) == []


@pytest.fixture
def server() -> Iterator[postgres.Server]:
    """A PostgreSQL of this test's own."""
    with postgres.own() as running:
        yield running


async def stopped(server: postgres.Server) -> None:
    """Stop PostgreSQL, which must not stop the loop that the bot runs on."""
    await asyncio.to_thread(server.stop)


@pytest.mark.process
async def test_when_postgresql_restarts_nothing_is_lost_or_doubled_and_the_process_stays(
    server: postgres.Server,
) -> None:
    async with open_world(server.address) as world:
        before = await answered(world)
        held = world.twin.faults.add("reactions.add", "hang")
        under_way = await ask(world, "Where is the invoice of July?")
        await world.twin.until(lambda: held.hits == 1)

        await stopped(server)
        held.release()
        with capture_logs() as logs:
            while_away = await ask(world, "Where is the invoice of August?")
            await world.twin.until(lambda: any(line["event"] == "not acknowledged" for line in logs))
        await asyncio.to_thread(server.start)
        await brought_again(world)
        await world.settle()
        await world.person("marek").click(await before.card(), "approve_draft")
        await world.settle()

        for asked in (before, under_way, while_away):
            await asked.card()
        assert [len(asked.lines()) for asked in (before, under_way, while_away)] == [2, 1, 1]
        assert len(await world.rows(Ticket)) == 3
        assert await failures(world) == []


@pytest.mark.process
async def test_a_bot_that_nobody_replaced_goes_on_after_a_long_outage(server: postgres.Server) -> None:
    async with open_world(server.address) as world:
        engine = world.bot.engine
        await stopped(server)
        asked = await ask(world)
        # As after minutes without a sign of life.
        engine.lease.last_beat -= 60
        with pytest.raises(LeaseLost):
            engine.lease.may_post()
        await asyncio.to_thread(server.start)
        await world.twin.until(lambda: time.monotonic() - engine.lease.last_beat < 10)
        await brought_again(world)
        await world.settle()

        await asked.card()
        assert len(asked.lines()) == 1
