"""`/signalbox` as people use it: only the asker sees the answer, and not everybody may ask for everything."""

from __future__ import annotations

from datetime import timedelta

import pytest

from handlers.metrics import Asked, understood
from tests.world import World, policy, text_of

SUPPORT = "#customer-support"


async def told(world: World, handle: str, command: str, channel: str = "#front-desk") -> str:
    """Give a command and return the answer."""
    person = world.person(handle)
    before = len(person.whispers(channel))
    await person.command(channel, command)
    await world.settle()
    new = person.whispers(channel)[before:]
    assert len(new) == 1
    return text_of(new[0])


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("", Asked("help")),
        ("help", Asked("help")),
        ("metrics", Asked("metrics", "7d")),
        ("  METRICS   30D ", Asked("metrics", "30d")),
        ("metrics today", Asked("metrics", "today")),
        ("queue", Asked("queue")),
        ("queue mine", Asked("queue", "mine")),
        ("queue billing", Asked("queue", "billing")),
        ("queue Front Desk", Asked("queue", "front-desk")),
        ("summary", Asked("summary")),
        ("health", Asked("health")),
        ("metrics 7", Asked("help", hint="I do not know “metrics 7”. Did you mean “metrics 7d”?")),
        ("metrcs", Asked("help", hint="I do not know “metrcs”. Did you mean “metrics”?")),
        ("queue biling", Asked("help", hint="I do not know “queue biling”. Did you mean “queue billing”?")),
        ("xyzzy", Asked("help", hint="I do not know “xyzzy”.")),
    ],
)
def test_a_command_is_understood_or_a_near_one_is_offered(text: str, asked: Asked) -> None:
    assert understood(text, policy()) == asked


async def test_figures_without_requests_say_that_there_are_none(world: World) -> None:
    assert "No requests came in (last 7 days)" in await told(world, "mei", "/signalbox metrics")


async def test_figures_count_what_happened_and_nobody_else_sees_them(any_world: World) -> None:
    world = any_world
    await world.person("paulo").post(SUPPORT, "Our VAT ID is missing on the last invoice, please correct it")
    await world.person("bruno").post(
        SUPPORT, "None of our warehouses can print labels, the whole site gives 502"
    )
    await world.settle()
    world.clock.advance(timedelta(minutes=10))
    ticket = await world.ticket()
    owner = world.person(ticket.owner)
    await owner.click(await world.card_of(), "resolve_ticket")
    await world.settle()
    said = await told(world, "mei", "/signalbox metrics")
    assert "2, of which 1 open" in said
    assert "10 min median" in said
    assert "P1: 1 · P" in said and ": 0" not in said
    assert "+0.1 h" in said
    assert "1 of 1 agreed; too few to say more" in said and "interval" not in said
    assert "Category             Share Tickets" in said
    assert "assuming 3 min for each request sorted" in said
    assert world.person("hannah").whispers("#front-desk") == []


async def test_before_anybody_judged_there_are_no_audits_yet(world: World) -> None:
    await world.person("paulo").post(SUPPORT, "Our VAT ID is missing on the last invoice, please correct it")
    await world.settle()
    assert "no audits yet" in await told(world, "mei", "/signalbox metrics today")


async def test_what_a_confidential_queue_holds_is_told_to_its_people_only(world: World) -> None:
    await world.person("jonas").post(
        "#people-ops", "My November payslip is missing the on-call allowance, please check"
    )
    await world.settle()
    ticket = await world.ticket()
    assert ticket.queue == "people" and "allowance" in ticket.summary
    outside = await told(world, "mei", "/signalbox queue people")
    assert "|T-1> · *P" in outside and "allowance" not in outside
    assert "allowance" in await told(world, "leila", "/signalbox queue people", "#team-people")
    assert "allowance" not in await told(world, "mei", "/signalbox summary")


async def test_mine_is_what_i_own(world: World) -> None:
    await world.person("paulo").post(SUPPORT, "Our VAT ID is missing on the last invoice, please correct it")
    await world.settle()
    owner = (await world.ticket()).owner
    other = next(handle for handle in ("ana", "marek") if handle != owner)
    assert "|T-1>" in await told(world, owner, "/signalbox queue mine", "#team-billing")
    assert "nothing is open" in await told(world, other, "/signalbox queue mine", "#team-billing")
    assert "|T-1>" in await told(world, other, "/signalbox queue", "#team-billing")


async def test_health_lists_the_signals_without_posting_any(world: World) -> None:
    said = await told(world, "mei", "/signalbox health")
    assert "12 account signals" in said and "Meridian Pharma Supply" in said and "Pebble Candle" in said
    assert world.cards("customer-health") == []


async def test_somebody_who_is_not_staff_is_told_where_to_look(world: World) -> None:
    for command in ("metrics", "queue", "summary", "health"):
        said = await told(world, "paulo", f"/signalbox {command}", SUPPORT)
        assert "Only people who answer requests can see this." in said


async def test_help_offers_others_no_command_that_would_refuse_them(world: World) -> None:
    support = world.bot.desk.directory.channel_id("customer-support")
    for command in ("help", "", "metrcs"):
        said = await told(world, "paulo", f"/signalbox {command}", SUPPORT)
        assert f"Your requests are on the app's Home tab. To ask, post in <#{support}>." in said
        assert "/signalbox" not in said and "Did you mean" not in said


async def test_help_tells_staff_every_command_and_where_else_to_look(world: World) -> None:
    said = await told(world, "mei", "/signalbox help")
    assert "`/signalbox queue` – what is open in your queues" in said
    assert "`queue billing`" in said and "NAME" not in said
    assert "*Home*" in said and "*Make this a request*" in said


async def test_a_queue_says_by_when_and_since_when(world: World) -> None:
    await world.person("paulo").post(SUPPORT, "Our VAT ID is missing on the last invoice, please correct it")
    await world.settle()
    owner = (await world.ticket()).owner
    said = await told(world, owner, "/signalbox queue mine", "#team-billing")
    assert "reply <!date^" in said and "^by {date_short_pretty} at {time}|" in said
    world.clock.advance(timedelta(days=2))
    said = await told(world, owner, "/signalbox queue mine", "#team-billing")
    assert ":rotating_light: reply <!date^" in said and "^was due {date_short_pretty} at {time}|" in said
