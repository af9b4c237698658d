"""Once a week the right people are told what has changed, once; and where nothing has, nobody is told anything."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from agents.policy import Policy
from agents.words import Outcome, Status
from handlers import drift
from storage import requests, tickets
from storage.reviews import Finding
from storage.tables import Decision
from tests.flows import Crash, Straight, T
from tests.test_drift_rules import CLAIMS
from tests.test_restart import quiet
from tests.world import TUESDAY, World, buttons_of, links_of, mentions_of, policy, text_of
from twin.words import Json

pytestmark = pytest.mark.slow

SLOT = TUESDAY.isoformat()
PEOPLE = ("greta", "paulo", "victor", "bruno")
_AGES = iter(range(1, 10_000_000))


async def history(
    world: World,
    category: str,
    routed: int,
    moved: int = 0,
    days: float = 3.0,
    sure: float = 0.9,
    held: int = 0,
) -> None:
    """Write down requests that were judged so many days ago, of which so many were moved by a person."""
    at = world.clock.now() - timedelta(days=days)
    channel = world.bot.desk.directory.channel_id("customer-support") or ""
    async with world.bot.db.begin() as session:
        for n in range(routed + held):
            request = await requests.keep(
                session,
                team="T1",
                channel=channel,
                ts=f"{at.timestamp() - next(_AGES) / 1000:.6f}",
                requester=world.person("greta").id,
                text="x",
                files=(),
                now=at,
            )
            ticket = await tickets.open_for(session, request, at)
            ticket.category, ticket.queue, ticket.status = (
                category,
                policy().categories[category].queue,
                Status.RESOLVED,
            )
            ticket.link = world.bot.desk.slack.permalink(channel, request.ts)
            session.add(ticket)
            request.outcome = Outcome.ROUTED if n < routed else Outcome.HELD
            session.add(request)
            if n < moved:
                await tickets.correct(session, ticket, "queue", "platform", "U2", "", at)
            answer = {"category": category, "confidence": sure, "held": n >= routed, "fit": 0.9}
            session.add(
                Decision(
                    kind="triage",
                    ticket_id=ticket.id,
                    inputs_digest="x",
                    answer=answer,
                    engine="local",
                    model="minilm",
                    at=at,
                )
            )


async def a_bad_week(world: World) -> None:
    """Let one category fail in the last week."""
    await history(world, "billing-invoice", 100, 2, days=20, sure=0.95)
    await history(world, "billing-invoice", 38, 9, sure=0.95)


async def check(world: World, run: Straight | None = None, slot: str = SLOT) -> None:
    """Let the weekly look be made."""
    await drift.check(world.bot.desk, run or Straight(), slot)


def told(world: World) -> list[Json]:
    """Return every alert about a change, wherever it is."""
    channels = {queue.channel for queue in policy().queues.values()}
    found = [card for name in sorted(channels) for card in world.cards(name)]
    said = ("goes astray", "surer than", "has changed", "A new kind")
    return [card for card in found if any(each in card["text"] for each in said)]


async def ask(world: World, texts: Sequence[str] = CLAIMS, people: Sequence[str] = PEOPLE) -> list[str]:
    """Let people ask these in turn; return where."""
    posted = [
        await world.person(people[n % len(people)]).post("#customer-support", text)
        for n, text in enumerate(texts)
    ]
    await world.settle()
    return posted


async def proposal(world: World) -> Json:
    """Let people ask for something that no category was made for, and return what is proposed."""
    await ask(world)
    world.clock.advance(timedelta(hours=1))
    await check(world, slot=world.clock.now().isoformat())
    [found] = [card for card in world.cards("front-desk") if "A new kind" in card["text"]]
    return found


async def test_a_category_that_starts_to_fail_is_told_to_its_team_once(any_world: World) -> None:
    world = any_world
    await a_bad_week(world)

    await check(world)
    await check(world)

    [alert] = [card for card in world.cards("team-billing") if "goes astray" in card["text"]]
    said = text_of(alert)
    assert "Of 38 requests judged “Invoice question” last week 9 were moved; before it was 2 in 100" in said
    assert "At most 5 in 100 are promised" in said
    assert mentions_of(alert) == {world.person("marek").id}
    assert len(links_of(alert)) == 9
    assert "What to do" in said


async def test_where_nothing_has_changed_nothing_is_posted(any_world: World) -> None:
    world = any_world
    await check(world)
    for days in (3, 10, 17, 24, 31):
        await history(world, "billing-invoice", 40, 1, days, sure=0.97)
        await history(world, "how-to", 30, 1, days, sure=0.97, held=3)

    await check(world, slot=(TUESDAY + timedelta(minutes=1)).isoformat())

    assert told(world) == []
    assert await world.rows(Finding) == []


async def test_one_of_two_that_was_moved_raises_nothing(world: World) -> None:
    await history(world, "billing-invoice", 2, 1)
    await history(world, "how-to", 2, 2)

    await check(world)

    assert told(world) == []


async def test_an_engine_that_is_too_sure_is_told_to_those_who_place_what_is_unclear(world: World) -> None:
    for category in ("billing-invoice", "billing-refund", "how-to", "bug-report", "data-export"):
        await history(world, category, 20, 2, sure=0.97)

    await check(world)

    [alert] = told(world)
    assert alert in world.cards("front-desk")
    assert "The local model was 97% sure on average of 100 requests" in text_of(alert)
    assert "90 of them (90%) stayed" in text_of(alert)
    assert len(links_of(alert)) == 10
    assert mentions_of(alert) == {world.person("mei").id}


async def test_a_shift_in_what_is_asked_is_told_with_numbers(world: World) -> None:
    for days in (10, 17, 24, 31):
        await history(world, "billing-invoice", 50, 0, days)
        await history(world, "outage", 2, 0, days)
    await history(world, "billing-invoice", 40)
    await history(world, "outage", 20, held=4)

    await check(world)

    [alert] = told(world)
    assert "*Outage*: 20 of 64 last week; before it was 4 in 100" in text_of(alert)


async def test_a_week_later_what_was_told_is_not_told_again(world: World) -> None:
    await a_bad_week(world)
    await check(world)
    world.clock.advance(timedelta(days=7))
    await history(world, "billing-invoice", 38, 9, sure=0.95)

    await check(world, slot=world.clock.now().isoformat())

    assert len(told(world)) == 1


async def test_requests_that_no_category_fits_are_proposed_as_one(any_world: World) -> None:
    alert = await proposal(any_world)

    said = text_of(alert)
    assert alert["text"] == "A new kind of request? Insurance claim"
    assert "6 requests of 4 people in the last 4 weeks" in said
    assert "claim, insurance, lost" in said
    assert CLAIMS[1] in said
    assert "Of the last 6 requests 6 would go there: 6 that were held." in said
    assert mentions_of(alert) == {any_world.person("mei").id}
    assert len(links_of(alert)) == 6
    assert buttons_of(alert) == ["adopt_category", "not_now"]


async def test_a_request_counts_for_one_proposal_only(world: World) -> None:
    await proposal(world)

    world.clock.advance(timedelta(days=7))
    await check(world, slot=world.clock.now().isoformat())

    assert len(told(world)) == 1


@dataclass
class Held(Straight):
    """A look that is held up between what it has seen and what it keeps of that."""

    until: Callable[[], Awaitable[Any]]

    def __post_init__(self) -> None:
        super().__init__()

    async def step(self, name: str, do: Callable[..., Awaitable[T]], *args: Any) -> T:
        result = await super().step(name, do, *args)
        await self.until()
        return result


@pytest.mark.parametrize("at_once", [True, False])
async def test_two_looks_that_see_the_same_tell_of_it_once(any_world: World, at_once: bool) -> None:
    world = any_world
    await a_bad_week(world)
    await history(world, "outage", 60)
    await ask(world)
    slot, later = ((TUESDAY + timedelta(hours=hours)).isoformat() for hours in (1, 2))

    if at_once:
        both = asyncio.Barrier(2)
        await asyncio.gather(*(check(world, Held(both.wait), each) for each in (slot, later)))
    else:
        await check(world, Held(lambda: check(world, slot=later)), slot)

    assert sorted(row.kind for row in await world.rows(Finding)) == ["cluster", "failing", "mix"]
    assert len(told(world)) == 3


async def test_what_another_team_was_given_is_linked_and_not_quoted(world: World) -> None:
    await ask(world)
    hidden = []
    async with world.bot.db.begin() as session:
        for number in (1, 2):
            request = (await tickets.case(session, number))[1]
            request.outcome = Outcome.ROUTED
            session.add(request)
            [judged] = await session.exec(select(Decision).where(Decision.ticket_id == number))
            judged.answer = {**judged.answer, "fit": 0.2}
            session.add(judged)
            hidden.append(request.text)

    await check(world, slot=(TUESDAY + timedelta(hours=1)).isoformat())

    [alert] = told(world)
    assert len(links_of(alert)) == 6
    assert all(text not in text_of(alert) for text in hidden)
    assert "4 that were held" in text_of(alert)


async def test_two_people_who_ask_often_are_no_new_kind(world: World) -> None:
    await ask(world, people=("greta", "paulo"))

    await check(world, slot=(TUESDAY + timedelta(hours=1)).isoformat())

    assert told(world) == []


async def test_a_deleted_request_is_no_longer_quoted(world: World) -> None:
    posted = await ask(world)
    await check(world, slot=(TUESDAY + timedelta(hours=1)).isoformat())
    assert CLAIMS[1] in text_of(told(world)[0])

    await world.person("paulo").delete("#customer-support", posted[1])
    await world.settle()

    assert CLAIMS[1] not in text_of(told(world)[0])
    assert CLAIMS[0] in text_of(told(world)[0])


@pytest.mark.parametrize("step", ["look", "keep", "finding 1"])
async def test_a_crash_in_between_tells_nobody_twice(world: World, step: str) -> None:
    await a_bad_week(world)
    run = Straight(dies_after=step)

    with pytest.raises(Crash):
        await check(world, run)
    await check(world, run)

    assert len(told(world)) == 1
    assert len(await world.rows(Finding)) == 1


async def test_a_lost_answer_of_slacks_posts_nothing_twice(world: World) -> None:
    await a_bad_week(world)
    world.twin.faults.add("chat.postMessage", "drop_answer", channel="#team-billing")

    await check(world)

    assert len(told(world)) == 1


async def test_the_weekly_slot_is_worked_on_once_and_caught_up_within_two_days(world: World) -> None:
    monday = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
    [job] = [each for each in world.bot.schedule.jobs if each.name == "drift"]
    assert job.due(monday + timedelta(hours=47)) == monday
    assert job.due(monday + timedelta(hours=49)) is None
    world.clock.at = monday + timedelta(hours=3)
    await history(world, "billing-invoice", 38, 9, sure=0.95)

    for _ in range(2):
        await world.bot.schedule.tick(world.clock.now())
        await quiet(world)
    await world.restart()
    await world.bot.schedule.tick(world.clock.now())
    await quiet(world)

    assert len(told(world)) == 1


def without_drift() -> Policy:
    """Return the company's policy without the weekly look."""
    return policy().model_copy(update={"cadences": policy().cadences.model_copy(update={"drift": None})})


async def test_without_the_cadence_nobody_looks(world: World) -> None:
    await a_bad_week(world)
    world.bot.desk = replace(world.bot.desk, policy=without_drift())

    await check(world)

    assert told(world) == []


async def test_where_a_team_cannot_be_reached_those_who_place_requests_are_told(world: World) -> None:
    await a_bad_week(world)
    await ask(world)
    world.twin.faults.add("chat.postMessage", "error", channel="#team-billing", error="not_in_channel")

    await check(world, slot=(TUESDAY + timedelta(hours=1)).isoformat())

    assert world.cards("team-billing") == []
    said = [card["text"] for card in world.cards("front-desk")]
    assert "Invoice question: more of it goes astray" in said
    assert "A new kind of request? Insurance claim" in said
