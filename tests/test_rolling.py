"""Rolling restarts: two versions work side by side, and what the old one began the new one finishes."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from agents.words import Status
from bot.app import Signalbox
from bot.engine import Engine, Flow
from bot.killpoints import KillPoints
from bot.run import DurableRun
from bot.running import LONGEST_STOP
from storage.database import Database
from tests import postgres
from tests.next_version.app import VERSIONS, NextSignalbox
from tests.process import Launcher, RealTime, environment, launcher
from tests.replicas import Replicas, becomes, replicas
from tests.test_triage import ASKED, asked_anew
from tests.world import COMPANY, World, of_the_engine
from twin.faults import Fault
from twin.server import Twin

pytestmark = pytest.mark.slow

NEXT = VERSIONS.parent


@pytest.fixture
async def alone(any_world: World) -> AsyncIterator[Replicas]:
    """One process of this version, on each kind of database."""
    async with replicas(any_world, 1) as opened:
        yield opened


async def moods(bot: Signalbox) -> list[Any]:
    """Return what the next version's extra step has written, by ticket."""
    async with bot.db.begin() as session:
        found = await (await session.connection()).execute(text("SELECT mood FROM ticket ORDER BY id"))
        return list(found.scalars())


async def held_up(world: World) -> Fault:
    """Ask for something, and return what the bot hangs on between two steps of its work."""
    slow = world.twin.faults.add("reactions.add", "hang")
    await world.person("greta").post("#customer-support", asked_anew())
    await world.twin.until(lambda: slow.hits == 1)
    return slow


async def replaced(alone: Replicas, kind: type[Signalbox]) -> Signalbox:
    """Let the only process die, and start one of this version instead; return it."""
    [old] = alone.bots
    if old.db.is_sqlite:
        await alone.die(old)
        new = await alone.join(kind)
    else:
        new = await alone.join(kind)
        await alone.die(old)
        alone.world.bot = new
        await alone.take_over()
    return new


async def test_both_versions_work_on_the_schema_of_the_newer_one(alone: Replicas) -> None:
    world = alone.world
    [old] = alone.bots
    if old.db.is_sqlite:
        await alone.leave(old)
        await alone.leave(await alone.join(NextSignalbox))
        await alone.join()  # somebody went back to the version before
    else:
        await alone.join(NextSignalbox)

    asked = [await world.person("greta").post("#customer-support", asked_anew()) for _ in range(4)]
    await world.settle()
    await world.person("marek").click(await world.card_of(1), "approve_draft")
    await world.settle()

    assert len(world.cards("team-billing")) == len(asked)
    assert (await world.ticket(1)).status == Status.ANSWERED


async def test_an_old_version_can_be_started_beside_a_newer_one(alone: Replicas) -> None:
    [old] = alone.bots
    if old.db.is_sqlite:
        pytest.skip("only one process works on a SQLite file")
    await alone.join(NextSignalbox)
    await alone.leave(old)

    await alone.join()

    await alone.world.person("greta").post("#customer-support", asked_anew())
    await alone.world.settle()
    assert len(alone.world.cards("team-billing")) == 1


async def test_a_flow_that_the_old_version_began_is_finished_by_the_new_one_with_its_new_step(
    alone: Replicas,
) -> None:
    slow = await held_up(alone.world)

    new = await replaced(alone, NextSignalbox)
    slow.release()
    await alone.world.settle()
    await alone.quiet()

    assert len(alone.world.cards("team-billing")) == 1
    assert await moods(new) == ["calm"]


async def test_a_flow_that_the_new_version_began_is_finished_by_the_old_one_without_its_new_step(
    alone: Replicas,
) -> None:
    await alone.leave(alone.bots[0])
    await alone.join(NextSignalbox)
    slow = await held_up(alone.world)

    old = await replaced(alone, Signalbox)
    slow.release()
    await alone.world.settle()
    await alone.quiet()

    assert len(alone.world.cards("team-billing")) == 1
    assert await moods(old) == [None]


async def visits(bot: Signalbox) -> int:
    """Return how often the flow that only the next version has was done."""
    async with bot.db.begin() as session:
        return int(
            (await (await session.connection()).execute(text("SELECT count(*) FROM visit"))).scalar_one()
        )


async def stands(bot: Signalbox, key: str) -> tuple[str, int]:
    """Return the status of a flow, and how often it was taken up."""
    table = of_the_engine(bot.db, "workflow_status")
    query = text(f"SELECT status, recovery_attempts FROM {table} WHERE workflow_uuid = :key")
    async with bot.db.begin() as session:
        status, times = (await (await session.connection()).execute(query, {"key": key})).one()
    return str(status), int(times)


async def test_a_flow_that_only_the_new_version_knows_is_left_alone_by_the_old_one(alone: Replicas) -> None:
    world = alone.world
    await alone.leave(alone.bots[0])
    new = await alone.join(NextSignalbox)
    ts = await world.person("greta").post("#customer-support", asked_anew())
    await world.settle()
    slow = world.twin.faults.add("reactions.add", "hang")
    await new.engine.start("visit", "visit:1", world.twin.channel("customer-support").id, ts, 1)
    await world.twin.until(lambda: slow.hits == 1)

    old = await replaced(alone, Signalbox)
    slow.release()
    await becomes(lambda: stands(old, "visit:1"), ("PENDING", 2))  # taken up, and left as it is
    await world.person("greta").post("#customer-support", asked_anew())
    await world.settle()
    assert await stands(old, "visit:1") == ("PENDING", 2)
    assert await visits(old) == 0

    newer = await replaced(alone, NextSignalbox)
    await alone.quiet()

    assert await visits(newer) == 1


async def nothing() -> None:
    """Do nothing, as a step may."""


async def old_flow(run: DurableRun) -> None:
    await run.step("first", nothing)
    await asyncio.Event().wait()  # the process dies here


async def test_a_process_that_lets_go_of_its_flows_leaves_none_of_them_hanging(empty_url: str) -> None:
    db = Database(empty_url)
    await db.migrate()
    engine = Engine(db, KillPoints())
    before = asyncio.all_tasks()
    await engine.launch({"flow": old_flow})
    await engine.start("flow", "key")
    await becomes(lambda: steps(db), 1)

    await engine.drop()
    await asyncio.sleep(0)

    assert asyncio.all_tasks() <= before
    assert await status_of(db) == "PENDING"
    await db.close()


async def with_more_to_repeat_and_a_step_at_the_end(run: DurableRun) -> None:
    await run.repeat("new, and not written down", nothing)
    await run.step("first", nothing)
    await run.step("second", nothing)


async def with_a_step_before_the_others(run: DurableRun) -> None:
    await run.step("zeroth", nothing)
    await run.step("first", nothing)


async def with_another_name(run: DurableRun) -> None:
    await run.step("number one", nothing)


@pytest.mark.parametrize(
    ("new_flow", "status"),
    [
        (with_more_to_repeat_and_a_step_at_the_end, "SUCCESS"),
        (with_a_step_before_the_others, "ERROR"),
        (with_another_name, "ERROR"),
    ],
)
async def test_the_names_and_the_order_of_steps_are_a_contract_between_versions(
    empty_url: str, new_flow: Flow, status: str
) -> None:
    db = Database(empty_url)
    await db.migrate()
    old = Engine(db, KillPoints())
    await old.launch({"flow": old_flow})
    await old.start("flow", "key")
    await becomes(lambda: steps(db), 1)
    await old.drop()

    new = Engine(db, KillPoints())
    await new.launch({"flow": new_flow})
    try:
        await becomes(lambda: status_of(db), status)
    finally:
        await new.drop()
        await db.close()


async def steps(db: Database) -> int:
    """Return how many steps were written down."""
    async with db.begin() as session:
        query = text(f"SELECT count(*) FROM {of_the_engine(db, 'operation_outputs')}")
        return int((await (await session.connection()).execute(query)).scalar_one())


async def status_of(db: Database) -> str:
    """Return how the only flow stands."""
    async with db.begin() as session:
        query = text(f"SELECT status FROM {of_the_engine(db, 'workflow_status')}")
        return str((await (await session.connection()).execute(query)).scalar_one())


@asynccontextmanager
async def real(folder: Path, server: str) -> AsyncIterator[tuple[Twin, Launcher, Database]]:
    """A workspace in which real processes can be started on one PostgreSQL, with a database of the test's own."""
    with postgres.database(server) as address:
        twin, db = await Twin.start(COMPANY / "workspace.toml", clock=RealTime()), Database(address)
        try:
            async with launcher(folder / "bots", environment(twin, address)) as opened:
                yield twin, opened, db
        finally:
            await db.close()
            await twin.stop()


@pytest.mark.process
async def test_a_process_whose_database_hangs_ends_in_time_all_the_same(
    tmp_path: Path, postgres_server: str
) -> None:
    async with real(tmp_path, postgres_server) as (twin, opened, db):
        running = await opened.launch("run")
        await twin.connected()
        async with db.begin() as session:
            await (await session.connection()).execute(
                text("LOCK TABLE beat, receipt, dbos.workflow_status IN ACCESS EXCLUSIVE MODE")
            )
            await twin.person("greta").post("#customer-support", asked_anew())
            await running.said("engines ready")
            running.send(signal.SIGTERM)
            ended = await running.ended(within=LONGEST_STOP)
            assert "something hangs" in ended.err


@pytest.mark.process
async def test_a_replica_that_is_asked_to_stop_at_work_ends_well_in_time_and_another_finishes_every_request(
    tmp_path: Path, postgres_server: str
) -> None:
    async with real(tmp_path, postgres_server) as (twin, opened, db):
        leaving, staying = [await opened.launch("run") for _ in range(2)]
        for each in (leaving, staying):
            await each.said("engines ready", within=60)
        await twin.connected(2)
        held = twin.faults.add("reactions.add", "hang", times=0)
        asked: list[str] = []
        while len(await at_work(db)) < 2:  # both have something to do
            asked.append(await twin.person("greta").post("#customer-support", f"{ASKED} ({len(asked)})"))
            await twin.until(lambda: held.hits >= len(asked), timeout=60)

        leaving.send(signal.SIGTERM)
        ended = await leaving.ended(within=LONGEST_STOP)
        assert (ended.code, "Traceback" in ended.err) == (0, False), ended.err
        twin.faults.clear()
        await becomes(lambda: unfinished(db), (len(asked), 0))

        assert staying.is_running
        assert answers(twin, asked) == (len(asked), [1] * len(asked))


async def at_work(db: Database) -> set[str]:
    """Return the executors of the flows that are under way."""
    query = text("SELECT executor_id FROM dbos.workflow_status WHERE status = 'PENDING'")
    async with db.begin() as session:
        return set((await (await session.connection()).execute(query)).scalars())


def answers(twin: Twin, asked: list[str]) -> tuple[int, list[int]]:
    """Return how many cards there are, and how many lines under each of these requests."""
    cards = [each for each in twin.channel("team-billing").messages if each.get("bot_id")]
    threads = [twin.channel("customer-support").thread(ts) for ts in asked]
    return len(cards), [len([each for each in thread if each.get("bot_id")]) for thread in threads]


@pytest.mark.process
async def test_a_fleet_is_replaced_one_by_one_while_requests_come_in_and_none_is_lost_or_doubled(
    tmp_path: Path, postgres_server: str
) -> None:
    async with real(tmp_path, postgres_server) as (twin, opened, db):
        old = [await opened.launch("run") for _ in range(3)]
        await twin.connected(3, timeout=60)
        asked: list[str] = []

        async def keep_asking() -> None:
            while True:
                asked.append(await twin.person("greta").post("#customer-support", f"{ASKED} ({len(asked)})"))
                await asyncio.sleep(0.3)

        asking = asyncio.create_task(keep_asking())
        for leaving in old:
            await opened.launch("run", module="tests.next_version")
            await twin.connected(4, timeout=60)
            leaving.send(signal.SIGTERM)
            ended = await leaving.ended(within=60)  # in time is what other tests are about
            assert (ended.code, "Traceback" in ended.err) == (0, False), ended.err
        asking.cancel()
        await becomes(lambda: unfinished(db), (len(asked), 0))

        assert answers(twin, asked) == (len(asked), [1] * len(asked))


async def unfinished(db: Database) -> tuple[int, int]:
    """Return how many tickets there are, and how many flows and deliveries are not done."""
    query = text(
        "SELECT (SELECT count(*) FROM ticket),"
        " (SELECT count(*) FROM dbos.workflow_status WHERE status IN ('PENDING', 'ENQUEUED'))"
        " + (SELECT count(*) FROM receipt WHERE done_at IS NULL)"
    )
    async with db.begin() as session:
        tickets, open_ones = (await (await session.connection()).execute(query)).one()
    return int(tickets), int(open_ones)
