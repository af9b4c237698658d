"""The morning summary as people read it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from handlers import health, standup
from tests.flows import Crash, Straight
from tests.world import TUESDAY, World, text_of

CHANNEL = "ops-morning"
SLOT, NEXT = TUESDAY.isoformat(), (TUESDAY + timedelta(days=1)).isoformat()


async def test_the_morning_summary_is_one_post_even_if_it_runs_twice(any_world: World) -> None:
    for _ in range(2):
        await standup.morning(any_world.bot.desk, Straight(), SLOT)
    run = Straight(dies_after="post")
    with pytest.raises(Crash):
        await standup.morning(any_world.bot.desk, run, NEXT)
    await standup.morning(any_world.bot.desk, run, NEXT)
    assert len(any_world.cards(CHANNEL)) == 2


async def test_the_engine_runs_it_once_for_each_slot(world: World) -> None:
    for _ in range(2):
        await world.bot.engine.start("morning", "morning_summary:slot", SLOT)
    await world.twin.until(lambda: world.cards(CHANNEL))
    await world.twin.idle()
    assert len(world.cards(CHANNEL)) == 1


async def test_a_morning_after_nothing_says_so(world: World) -> None:
    await standup.morning(world.bot.desk, Straight(), SLOT)
    assert "Monday: nothing happened, and nothing is open." in text_of(world.cards(CHANNEL)[0])


async def test_it_names_what_is_overdue_with_its_card_and_owner(world: World) -> None:
    await world.person("paulo").post(
        "#customer-support", "Our VAT ID is missing on the last invoice, please correct it"
    )
    await world.settle()
    ticket = await world.ticket()
    world.clock.advance(timedelta(days=1))
    await standup.morning(world.bot.desk, Straight(), NEXT)
    said = text_of(world.cards(CHANNEL)[0])
    assert "*Tuesday*: 1 new, 0 resolved" in said
    assert ":rotating_light: *Overdue*" in said
    assert f"<{ticket.card_link}|T-1> Billing, <@{world.person(ticket.owner).id}>: reply <!date^" in said
    assert "^was due {date_short_pretty} at {time}|" in said
    assert "VAT" not in said


async def test_accounts_at_risk_come_from_the_alerts_and_dismissed_ones_do_not(world: World) -> None:
    await health.scan(world.bot.desk, Straight(), SLOT)
    cards = world.cards("customer-health")
    await world.person("rafael").click(cards[0], "dismiss_alert")
    await world.person("david").click(cards[1], "ack_alert")
    await world.settle()
    await standup.morning(world.bot.desk, Straight(), SLOT)
    said = text_of(world.cards(CHANNEL)[0])
    assert "Meridian Pharma Supply" not in said
    assert "*Northmoor Medical*: usage is down" in said and "(acknowledged)" in said
    assert said.count("usage is down") + said.count("payments are failing") == health.MOST - 1
