"""The database is away, locked, full or read-only: nothing is acknowledged that was not kept, what was begun goes on
by itself, and the process stays."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, ExceptionContext, event
from sqlalchemy.pool import Pool
from structlog.testing import capture_logs

from agents.words import Status
from bot.lease import LeaseLost
from storage.connections import Connections
from storage.tables import Receipt, Ticket
from tests import postgres
from tests.faults import answered, ask, failures
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
    monkeypatch.setattr(Connections, "spare", lambda _: None)
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

    for asked in posted:
        await asked.card()
        assert len(asked.lines()) == 1
    assert len(await world.rows(Receipt)) == 4
    assert await failures(world) == []


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
