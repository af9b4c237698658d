"""Clocks that jump: nothing is done twice because it seems to be yesterday again, and nothing is lost because it
seems to be tomorrow already."""

from __future__ import annotations

from datetime import timedelta

import pytest

from agents.words import DraftStatus, Status
from storage.tables import Draft, Receipt
from tests.faults import answered, ask, failures
from tests.test_receipts import kept
from tests.test_restart import escalations, minutes, ours, quiet
from tests.world import World, text_of

pytestmark = pytest.mark.slow

_MINUTE, _DAY = timedelta(minutes=1), timedelta(days=1)


async def test_a_clock_that_jumps_a_day_ahead_in_the_middle_of_a_request_neither_loses_nor_doubles_it(
    world: World,
) -> None:
    held = world.twin.faults.add("chat.postMessage", "hang", channel="#team-billing")
    asked = await ask(world)
    await world.twin.until(lambda: held.hits == 1)

    world.clock.advance(_DAY)
    await world.bot.schedule.tick(world.clock.now())  # the sweep finds it overdue
    held.release()
    await world.settle()
    await minutes(world, 2)

    await asked.card()
    assert len(asked.lines()) == 1
    assert await failures(world) == []


async def test_after_a_jump_of_a_day_what_is_late_is_escalated_once_and_one_morning_is_summed_up(
    world: World,
) -> None:
    await answered(world)
    await minutes(world)
    mornings = len(world.cards("ops-morning"))

    world.clock.advance(_DAY)
    await minutes(world, 3)

    assert len(await escalations(world)) == 1
    assert len(world.cards("ops-morning")) == mornings + 1


@pytest.mark.parametrize("back", [_MINUTE, timedelta(hours=1)], ids=["a minute", "an hour"])
async def test_a_clock_that_is_put_back_repeats_nothing_and_the_work_goes_on(
    world: World, back: timedelta
) -> None:
    asked = await answered(world)
    await minutes(world, 2)
    mornings = len(world.cards("ops-morning"))

    world.clock.advance(-back)
    await minutes(world, 3)
    later = await answered(world, "Where is the invoice of August?")
    await world.person("marek").click(await asked.card(), "approve_draft")
    await world.settle()
    await minutes(world, 3)

    assert len(world.cards("ops-morning")) == mornings
    assert len(ours(world, asked.ts)) == 1
    assert (await asked.ticket()).status == Status.ANSWERED
    await later.card()
    assert len(later.lines()) == 1
    assert await failures(world) == []


async def test_a_draft_that_was_approved_before_the_clock_was_put_back_is_sent_once(world: World) -> None:
    asked = await answered(world)
    held = world.twin.faults.add("chat.postMessage", "hang", channel="#customer-support")
    await world.person("marek").click(await asked.card(), "approve_draft")
    await world.twin.until(lambda: held.hits == 1)

    world.clock.advance(-_MINUTE)
    held.release()
    await world.settle()
    world.clock.advance(timedelta(minutes=5))
    await minutes(world, 2)

    assert len(ours(world, asked.ts)) == 1
    [draft] = await world.rows(Draft)
    assert draft.status == DraftStatus.SENT
    assert "Sent, approved by" in text_of(await asked.card())


async def test_a_restart_after_the_clock_was_put_back_finishes_what_was_begun(world: World) -> None:
    held = world.twin.faults.add("reactions.add", "hang")
    asked = await ask(world)
    await world.twin.until(lambda: held.hits == 1)
    world.clock.advance(-_MINUTE)
    world.bot.engine.patience = 0.1
    await world.restart()
    held.release()
    await world.settle()
    await quiet(world)

    await asked.card()
    assert len(asked.lines()) == 1
    assert all(receipt.done_at for receipt in await world.rows(Receipt))


async def test_what_was_kept_before_the_clock_was_put_back_is_begun_at_the_next_start(world: World) -> None:
    await answered(world)
    [first] = await world.rows(Receipt)
    ts = world.twin.ws.ts()
    await kept(world, first, "Ev-kept", ts=ts, event_ts=ts, text="Where is the invoice of August?")

    world.clock.advance(-timedelta(hours=1))
    await world.restart()
    await world.settle()

    assert len(world.cards("team-billing")) == 2
