"""What is due when: slots, grace, and the hours that a clock change takes away or gives twice."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from apscheduler.triggers.cron import CronTrigger

from bot.app import Signalbox
from bot.cadence import Job, Schedule, jobs
from bot.minds import LoadedMinds
from handlers import standup
from tests.flows import Straight
from tests.test_restart import quiet
from tests.world import TUESDAY, World, policy, text_of

HOUR = timedelta(hours=1)
MORNING = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)  # half past eight in Berlin


def job(cron: str, grace: timedelta, zone: str = "Europe/Berlin") -> Job:
    return Job("job", "flow", CronTrigger.from_crontab(cron, timezone=zone), grace)


class Begun:
    """What a schedule began, as (flow, key, arguments)."""

    def __init__(self) -> None:
        self.flows: list[tuple[str, str, tuple[Any, ...]]] = []

    async def __call__(self, flow: str, key: str, *args: Any) -> None:
        """Note it."""
        self.flows.append((flow, key, args))


@pytest.mark.parametrize(
    ("late", "is_due"),
    [
        (-timedelta(seconds=1), False),
        (timedelta(), True),
        (timedelta(minutes=20), True),
        (4 * HOUR, True),
        (4 * HOUR + timedelta(seconds=1), False),
        (6 * HOUR, False),
    ],
)
def test_the_morning_summary_is_due_for_four_hours(late: timedelta, is_due: bool) -> None:
    [summary] = [each for each in jobs(policy()) if each.name == "morning_summary"]

    assert summary.due(MORNING + late) == (MORNING if is_due else None)


def test_of_several_missed_slots_only_the_newest_is_due() -> None:
    hourly = job("0 * * * *", 12 * HOUR)

    assert hourly.due(TUESDAY + timedelta(minutes=30)) == TUESDAY


def test_after_a_weekend_fridays_slot_is_not_due() -> None:
    friday = datetime(2026, 11, 27, 7, 30, tzinfo=UTC)
    weekdays = job("30 8 * * mon-fri", 12 * HOUR)

    assert weekdays.due(friday + HOUR) == friday
    assert weekdays.due(friday + timedelta(days=2)) is None


@pytest.mark.parametrize(
    ("day", "at"),
    [
        (28, datetime(2026, 3, 28, 7, 30, tzinfo=UTC)),
        (29, datetime(2026, 3, 29, 6, 30, tzinfo=UTC)),  # summer time begins in the night
    ],
)
def test_half_past_eight_stays_half_past_eight_when_the_clocks_change(day: int, at: datetime) -> None:
    daily = job("30 8 * * *", HOUR)

    assert daily.due(datetime(2026, 3, day, 7, 30, tzinfo=UTC)) == at


def test_every_slot_of_a_day_on_which_the_clocks_go_back_has_a_key_of_its_own() -> None:
    half_hourly = job("*/30 * * * *", timedelta(minutes=29))
    midnight = datetime(2026, 10, 24, 22, 0, tzinfo=UTC)

    slots = [half_hourly.due(midnight + n * timedelta(minutes=30)) for n in range(12)]

    assert len({slot.astimezone(UTC) for slot in slots if slot}) == len(slots)


async def test_a_cadence_at_a_time_that_a_day_has_twice_runs_once() -> None:
    begun = Begun()
    schedule = Schedule((job("30 1 * * *", 12 * HOUR, "Europe/London"),), begun)
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # half past one, and once more an hour later

    for minutes in range(0, 180, 10):
        await schedule.tick(first + timedelta(minutes=minutes))
    await Schedule(schedule.jobs, begun).tick(
        first + 3 * HOUR
    )  # another process, or this one after a restart

    assert {key for _, key, _ in begun.flows} == {"job:2026-10-25T00:30:00+00:00"}


async def test_a_slot_is_begun_once_by_each_process_and_under_the_same_key_by_all() -> None:
    begun = Begun()
    for _ in range(2):
        schedule = Schedule((job("0 9 * * *", HOUR, "UTC"),), begun)
        for _ in range(3):
            await schedule.tick(TUESDAY)

    assert begun.flows == [("flow", "job:2026-11-24T09:00:00+00:00", ("2026-11-24T09:00:00+00:00",))] * 2


async def test_a_slot_that_could_not_be_begun_is_tried_at_the_next_tick() -> None:
    begun = Begun()
    fails = [True]

    async def start(flow: str, key: str, *args: Any) -> None:
        if fails.pop():
            fails.append(False)
            raise OSError("the database is away")
        await begun(flow, key, *args)

    schedule = Schedule((job("0 9 * * *", HOUR, "UTC"),), start)
    with pytest.raises(OSError, match="away"):
        await schedule.tick(TUESDAY)
    await schedule.tick(TUESDAY)

    assert len(begun.flows) == 1


async def test_a_clock_that_is_put_back_begins_nothing_twice() -> None:
    begun = Begun()
    schedule = Schedule((job("* * * * *", timedelta(seconds=59), "UTC"),), begun)
    for minutes in (0, 1, 0, 1):
        await schedule.tick(TUESDAY + timedelta(minutes=minutes))

    assert len({key for _, key, _ in begun.flows}) == 2  # the key does the rest


@pytest.mark.parametrize(
    ("late", "posts", "says_so"),
    [
        (timedelta(seconds=40), 1, False),
        (timedelta(minutes=20), 1, True),
        (3 * HOUR, 1, True),
        (6 * HOUR, 0, False),
    ],
)
async def test_a_summary_that_was_held_up_says_so_and_one_of_the_afternoon_is_not_posted(
    world: World, late: timedelta, posts: int, says_so: bool
) -> None:
    world.clock.at = MORNING + late
    await standup.morning(world.bot.desk, Straight(), MORNING.isoformat())

    found = world.cards("ops-morning")
    assert len(found) == posts
    assert any("Late: this" in text_of(each) for each in found) == says_so


async def test_a_summary_that_waits_for_slack_until_the_afternoon_is_not_posted(world: World) -> None:
    world.clock.at = MORNING
    down = world.twin.faults.add("chat.postMessage", "http500", times=0)
    await world.bot.schedule.tick(MORNING)
    await world.twin.until(lambda: down.hits > 0)

    world.clock.advance(6 * HOUR)
    world.twin.faults.clear()
    await quiet(world)

    assert world.cards("ops-morning") == []


async def keeping_time(world: World) -> None:
    """Let another bot take the place of a world's, which begins by itself what is due."""
    await world.bot.stop()
    old = world.bot
    world.bot = Signalbox(
        old.settings, old.policy, now=world.clock.now, minds=LoadedMinds(world.mind), keeps_time=True
    )
    await world.bot.start()


async def test_a_stop_in_the_moment_in_which_a_job_begins_is_no_error(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    await keeping_time(world)
    await asyncio.sleep(0.05)  # what is due at the start begins

    stopping = asyncio.create_task(world.bot.stop())
    for job in world.bot._scheduler.get_jobs():
        job.modify(next_run_time=datetime.now(UTC))
    await stopping

    assert [record for record in caplog.records if record.name.startswith("apscheduler")] == []


async def test_a_stop_in_the_middle_of_learning_is_no_error(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await keeping_time(world)
    learns = asyncio.Event()

    async def for_ever(self: Signalbox) -> None:
        learns.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(Signalbox, "learn", for_ever)
    for job in world.bot._scheduler.get_jobs():
        job.modify(next_run_time=datetime.now(UTC))
    await asyncio.wait_for(learns.wait(), 20)
    await world.bot.stop()
    await asyncio.sleep(0)

    assert [record for record in caplog.records if record.name.startswith("apscheduler")] == []
