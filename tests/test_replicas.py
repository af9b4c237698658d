"""Several replicas on one PostgreSQL: they share the deliveries, do everything once, and take over from each other.

The workspace and its replicas are the same for all these tests, because starting them takes longer than any of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlmodel import col, select, update

from bot.app import Signalbox
from bot.cadence import Job, Schedule, jobs
from bot.engine import Flow
from bot.lease import LEASE
from bot.run import DurableRun
from handlers import board, lines, tickets
from handlers.errors import Unavailable
from storage import receipts
from storage.receipts import Delivery
from storage.reviews import Alert
from storage.tables import Beat, Receipt, Ticket
from tests import postgres
from tests.flows import Straight
from tests.presses import submission
from tests.replicas import Replicas, replicas
from tests.test_triage import asked_anew
from tests.world import buttons_of, policy, text_of
from tests.world import world as open_world
from twin.faults import Fault

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]


@pytest.fixture(scope="module")
def postgres_url(postgres_server: str) -> Iterator[str]:
    with postgres.database(postgres_server) as address:
        yield address


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def opened(postgres_url: str) -> AsyncIterator[Replicas]:
    async with open_world(postgres_url) as world, replicas(world, 3) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def three(opened: Replicas) -> AsyncIterator[Replicas]:
    """Three replicas with nothing to do; whoever was lost to the test before has been replaced."""
    while len(opened.bots) < 3:
        await opened.join()
    await opened.world.twin.connected(3)
    yield opened
    opened.world.twin.faults.clear()


async def ask(three: Replicas) -> str:
    return await three.world.person("greta").post("#customer-support", asked_anew())


def answers(three: Replicas, ts: str) -> int:
    """Return how many lines the bots posted under a request."""
    return len([each for each in three.world.thread("customer-support", ts) if each.get("bot_id")])


def cards(three: Replicas) -> int:
    return len(three.world.cards("team-billing"))


async def at_work(three: Replicas) -> list[str]:
    """Return the executors of the flows that are under way."""
    query = text("SELECT executor_id FROM dbos.workflow_status WHERE status = 'PENDING'")
    async with three.bots[0].db.begin() as session:
        return list((await (await session.connection()).execute(query)).scalars())


async def held_up(three: Replicas, method: str = "reactions.add") -> tuple[Signalbox, str, Fault]:
    """Return the replica that hangs in the middle of a request, the request's ts, and what it hangs on."""
    slow = three.world.twin.faults.add(method, "hang")
    ts = await ask(three)
    await three.world.twin.until(lambda: slow.hits == 1)
    return await busy_one(three), ts, slow


async def busy_one(three: Replicas) -> Signalbox:
    """Return the one replica that has a flow under way."""
    [executor] = await at_work(three)
    [busy] = [bot for bot in three.bots if bot.engine.lease.executor == executor]
    return busy


async def test_replicas_share_the_connections_and_each_request_has_one_card(three: Replicas) -> None:
    before = cards(three)
    asked = [await ask(three) for _ in range(6)]
    await three.world.settle()
    await three.quiet()

    assert cards(three) - before == len(asked)
    assert [answers(three, ts) for ts in asked] == [1] * len(asked)
    query = text("SELECT count(DISTINCT executor_id) FROM dbos.workflow_status")
    async with three.bots[0].db.begin() as session:
        assert (await (await session.connection()).execute(query)).scalar_one() > 1


async def test_a_zero_in_a_message_is_no_reason_to_give_it_up(three: Replicas) -> None:
    before = cards(three)
    ts = await three.world.person("greta").post("#customer-support", asked_anew() + " \0 \ud83d")
    await three.world.settle()

    assert cards(three) - before == 1
    assert answers(three, ts) == 1


async def test_what_is_due_runs_once_though_every_replica_begins_it(three: Replicas) -> None:
    world = three.world
    await three.tick()
    await three.quiet()

    assert len(world.cards("ops-morning")) == 1
    alerts = await world.rows(Alert)
    mentioned = [alert.account_id for alert in alerts]
    assert 0 < len(world.cards("customer-health")) <= len(alerts) + 1
    assert len(mentioned) == len(set(mentioned))


@pytest.mark.parametrize(("late", "posts"), [(timedelta(minutes=20), 1), (timedelta(hours=6), 0)])
async def test_what_was_missed_while_nobody_ran_is_caught_up_once_and_only_while_it_is_of_use(
    three: Replicas, late: timedelta, posts: int
) -> None:
    world = three.world
    tomorrow = world.clock.at.replace(hour=7, minute=30) + timedelta(days=1)  # half past eight in Berlin
    before = len(world.cards("ops-morning"))

    world.clock.at = tomorrow + late
    await three.tick()
    await three.quiet()

    found = world.cards("ops-morning")[before:]
    assert len(found) == posts
    assert all("Late: this" in text_of(each) for each in found)


async def test_a_request_that_a_dead_replica_was_working_on_is_finished_by_another(three: Replicas) -> None:
    before = cards(three)
    busy, ts, slow = await held_up(three)

    await three.die(busy)
    slow.release()
    await three.take_over()
    await three.world.settle()

    assert cards(three) - before == 1
    assert answers(three, ts) == 1


async def kept(three: Replicas, name: str, by: str) -> str:
    """Keep a delivery as a process of this name does that has not begun it yet; return its key."""
    event = {"type": "app_home_opened", "user": "U0"}
    body = {"type": "event_callback", "event_id": name, "event": event}
    async with three.bots[0].db.begin() as session:
        delivery = Delivery(f"event:{name}", "app_home_opened", name, body)
        await receipts.keep(session, [delivery], three.world.clock.now(), by)
    return delivery.key


async def looked_after(three: Replicas, key: str) -> tuple[str, bool]:
    """Return who sees to a delivery, and whether it is done."""
    [one] = [each for each in await three.world.rows(Receipt) if each.key == key]
    return one.kept_by, one.done_at is not None


async def test_a_delivery_that_a_dead_replica_had_kept_and_not_begun_is_begun_by_another_at_once(
    three: Replicas,
) -> None:
    key = await kept(three, "Ev1", "dead")
    async with three.bots[0].db.begin() as session:
        session.add(Beat(executor="dead", at=datetime.now(UTC) - 10 * LEASE))

    await three.take_over()
    await three.world.settle()

    by, is_done = await looked_after(three, key)
    assert is_done
    assert by in {bot.engine.lease.executor for bot in three.bots}
    assert "dead" not in {beat.executor for beat in await three.world.rows(Beat)}


async def test_what_could_not_be_taken_up_at_once_is_taken_up_at_the_next_look(
    three: Replicas, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, lease = await kept(three, "Ev4", "dead"), three.bots[0].engine.lease
    async with three.bots[0].db.begin() as session:
        session.add(Beat(executor="dead", at=datetime.now(UTC) - 10 * LEASE))

    async def is_away(*_: object) -> None:
        raise OperationalError("", None, Exception())

    with monkeypatch.context() as patched:
        patched.setattr(receipts, "claim", is_away)
        with pytest.raises(OperationalError):
            await lease.take_over()
    await lease.take_over()
    await three.world.settle()

    assert await looked_after(three, key) == (lease.executor, True)


async def test_what_waits_with_a_living_replica_is_begun_by_nobody_else(three: Replicas) -> None:
    one, another, _ = three.bots
    theirs = await kept(three, "Ev2", one.engine.lease.executor)
    async with another.db.begin() as session:
        session.add(Beat(executor="gone", at=datetime.now(UTC) - 10 * LEASE))

    await another.engine.lease.take_over()
    await another.receipts.recover()
    await another.receipts.sweep(three.world.clock.now() + timedelta(minutes=2))
    await another.receipts.stop()

    assert await looked_after(three, theirs) == (one.engine.lease.executor, False)
    await one.receipts.sweep(three.world.clock.now() + timedelta(minutes=2))
    await three.world.settle()
    assert await looked_after(three, theirs) == (one.engine.lease.executor, True)


async def test_what_waits_far_too_long_is_begun_by_whoever_finds_it(three: Replicas) -> None:
    one, another, _ = three.bots
    theirs = await kept(three, "Ev3", one.engine.lease.executor)
    three.world.clock.advance(timedelta(minutes=11))

    await another.receipts.sweep(three.world.clock.now())
    await three.world.settle()

    assert await looked_after(three, theirs) == (another.engine.lease.executor, True)


async def test_a_replica_that_is_told_to_stop_hands_over_at_once(three: Replicas) -> None:
    before = cards(three)
    busy, ts, slow = await held_up(three)
    busy.engine.patience = 0.1

    await three.leave(busy)
    await three.take_over()
    assert busy.engine.lease.executor not in await at_work(three)
    slow.release()
    await three.world.settle()

    assert cards(three) - before == 1
    assert answers(three, ts) == 1


async def test_a_replica_that_is_told_to_stop_finishes_the_step_that_is_under_way(three: Replicas) -> None:
    before = cards(three)
    busy, ts, slow = await held_up(three, "chat.postMessage")

    leaving = asyncio.create_task(three.leave(busy))
    await three.world.twin.until(lambda: busy.is_stopping)
    slow.release()
    await leaving
    await three.take_over()
    await three.world.settle()

    assert cards(three) - before == 1
    assert answers(three, ts) == 1


async def test_nothing_is_taken_from_a_replica_that_is_alive(three: Replicas) -> None:
    before = cards(three)
    _, ts, slow = await held_up(three)

    await three.take_over()
    assert len(await three.under_way()) == 1
    slow.release()
    await three.world.settle()

    assert cards(three) - before == 1
    assert answers(three, ts) == 1


async def test_a_replica_that_left_posts_nothing_any_more(three: Replicas) -> None:
    left = three.bots[-1]
    left.engine.lease.may_post()

    await three.leave(left)

    with pytest.raises(
        Unavailable, match="no heartbeat"
    ):  # each replica here has an engine module of its own
        left.engine.lease.may_post()


JOBS = jobs(policy())
_MOMENT = timedelta(
    milliseconds=500
)  # less than lies between the end of any job's grace time and its next slot


def each_job() -> pytest.MarkDecorator:
    return pytest.mark.parametrize("job", JOBS, ids=[job.name for job in JOBS])


async def begun_together(
    three: Replicas, monkeypatch: pytest.MonkeyPatch, job: Job, late: timedelta
) -> tuple[str, list[str], list[tuple[str, int]]]:
    """Let every replica start so long after a job's next slot, and look at the clock twice. Return the slot's key, the
    keys under which its flow was done in any of them, and how the engine's rows of that key stand.
    """
    slot = job.trigger.get_next_fire_time(None, three.world.clock.at.astimezone(UTC) + timedelta(seconds=1))
    assert slot is not None
    key, done = f"{job.name}:{slot.astimezone(UTC).isoformat()}", list[str]()

    def noted(flow: Flow) -> Flow:
        async def run(run: DurableRun, *args: object) -> None:
            done.append(run._key)
            await flow(run, *args)

        return run

    three.world.clock.at = slot.astimezone(UTC) + late
    for bot in three.bots:
        monkeypatch.setattr(bot, "schedule", Schedule((job,), bot.engine.start))
        flows = bot.engine._flows
        monkeypatch.setattr(bot.engine, "_flows", {**flows, job.flow: noted(flows[job.flow])})
    await three.tick()
    await three.tick()
    await three.quiet()
    query = text("SELECT status, recovery_attempts FROM dbos.workflow_status WHERE workflow_uuid = :key")
    async with three.bots[0].db.begin() as session:
        rows = (await (await session.connection()).execute(query, {"key": key})).all()
    return key, done, [(str(status), int(times)) for status, times in rows]


@each_job()
async def test_every_cadence_is_done_once_though_every_replica_begins_it(
    three: Replicas, monkeypatch: pytest.MonkeyPatch, job: Job
) -> None:
    key, done, rows = await begun_together(three, monkeypatch, job, timedelta())

    assert done == [key]
    assert rows == [("SUCCESS", 1)]


@each_job()
async def test_every_cadence_is_caught_up_once_until_the_last_moment_of_its_grace_time(
    three: Replicas, monkeypatch: pytest.MonkeyPatch, job: Job
) -> None:
    key, done, rows = await begun_together(three, monkeypatch, job, job.grace)

    assert done == [key]
    assert rows == [("SUCCESS", 1)]


@each_job()
async def test_no_cadence_is_caught_up_after_its_grace_time(
    three: Replicas, monkeypatch: pytest.MonkeyPatch, job: Job
) -> None:
    _, done, rows = await begun_together(three, monkeypatch, job, job.grace + _MOMENT)

    assert (done, rows) == ([], [])


async def test_a_card_that_one_replica_draws_while_another_moves_its_ticket_leads_to_the_new_one(
    three: Replicas,
) -> None:
    world = three.world
    await ask(three)
    await world.settle()
    number = int(world.cards("team-billing")[-1]["text"].removeprefix("T-").split()[0])
    slow = world.twin.faults.add("chat.update", "hang", channel="#team-billing")
    drawing = asyncio.create_task(board.show(three.bots[0].desk, number))
    await world.twin.until(lambda: slow.hits == 1)
    values = {"queue": "platform", "category": "bug-report", "priority": "P2", "why": "The page is <broken>"}
    body = submission(world, "ana", "confirm_reroute", values, private_metadata=str(number))
    await tickets.on_rerouted(body, body["view"], three.bots[1].desk, Straight())
    assert "moved to" in text_of(world.cards("team-billing")[-1])

    slow.release()
    await drawing

    old = world.cards("team-billing")[-1]
    assert "moved to" in text_of(old)
    assert "The page is &lt;broken&gt;" in text_of(old)
    assert buttons_of(old) == []
    assert "claim_ticket" in buttons_of(world.cards("team-platform")[-1])


async def test_a_card_that_a_replica_drew_over_the_way_to_the_new_one_and_died_leads_there_again(
    three: Replicas,
) -> None:
    world = three.world
    # What the test before has taught would send it to another team.
    await world.unlearn()
    for bot in three.bots:
        await bot.learn()
    await ask(three)
    await world.settle()
    card = world.cards("team-billing")[-1]
    number = card["text"].removeprefix("T-").split()[0]
    slow = world.twin.faults.add("chat.update", "hang", channel="#team-billing")
    await world.person("ana").click(card, "claim_ticket")
    await world.twin.until(lambda: slow.hits == 1)
    busy = await busy_one(three)
    values = {"queue": "platform", "category": "bug-report", "priority": "P2", "why": "It is broken"}
    body = submission(world, "ana", "confirm_reroute", values, private_metadata=number)
    other = next(bot for bot in three.bots if bot is not busy)
    await tickets.on_rerouted(body, body["view"], other.desk, Straight())

    await three.die(busy)
    slow.release()
    await world.twin.until(lambda: buttons_of(world.cards("team-billing")[-1]) != [])
    await three.take_over()
    await world.settle()

    old = world.cards("team-billing")[-1]
    assert "moved to" in text_of(old)
    assert buttons_of(old) == []
    assert "reroute_ticket" in buttons_of(world.cards("team-platform")[-1])


async def test_a_line_that_two_replicas_draw_at_once_says_what_is_so_now(three: Replicas) -> None:
    world = three.world
    ts = await ask(three)
    await world.settle()
    async with three.bots[1].db.begin() as session:
        ticket = (await session.exec(select(Ticket).where(Ticket.thread_ts == ts))).one()
    number, other = ticket.id or 0, "billing" if ticket.queue == "platform" else "platform"
    slow = world.twin.faults.add("chat.update", "hang", channel="#customer-support")
    drawing = asyncio.create_task(lines.renew(three.bots[0].desk, number))
    await world.twin.until(lambda: slow.hits == 1)
    async with three.bots[1].db.begin() as session:
        await session.exec(update(Ticket).where(col(Ticket.id) == number).values(queue=other))
    await lines.renew(three.bots[1].desk, number)

    slow.release()
    await drawing

    [line] = [each for each in world.thread("customer-support", ts) if each.get("bot_id")]
    assert policy().queues[other].title in text_of(line)
