"""The first click wins, in one process and in two: the other person is told who was first and when.

Somebody who presses twice in a row has pressed once, and nobody tells them off for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest
import pytest_asyncio

from handlers import health
from storage.tables import Ticket
from tests import postgres
from tests.flows import Straight
from tests.presses import card_of, draft_of, events, failures, press, sent, ticket_at, told
from tests.replicas import Replicas, replicas
from tests.test_triage import asked_anew
from tests.world import World
from tests.world import world as open_world

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]

_LATER = timedelta(minutes=10)


@pytest.fixture(
    scope="module",
    params=[pytest.param("one process on SQLite", marks=pytest.mark.sqlite), "two on PostgreSQL"],
)
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An empty database for the whole module."""
    if "SQLite" in request.param:
        yield f"sqlite:///{tmp_path_factory.mktemp('clicks')}/signalbox.sqlite"
        return
    with postgres.database(request.getfixturevalue("postgres_server")) as address:
        yield address


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def opened(database_url: str) -> AsyncIterator[Replicas]:
    """A workspace, and one Signalbox or two that share its connections."""
    number = 1 if database_url.startswith("sqlite") else 2
    async with open_world(database_url) as world, replicas(world, number) as opened:
        await world.twin.connected(number)
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def world(opened: Replicas) -> AsyncIterator[World]:
    """The workspace; afterwards no press may have ended as a bug, and no window is open."""
    yield opened.world
    assert await failures(opened.world) == []
    await opened.world.unlearn()
    for user in opened.world.twin.ws.users:
        opened.world.twin.ws.views.clear(user)


@pytest_asyncio.fixture(loop_scope="module")
async def ticket(world: World) -> Ticket:
    """A ticket with a card and a draft."""
    ts = await world.person("greta").post("#customer-support", asked_anew())
    await world.settle()
    return await ticket_at(world, ts)


# What two people press at once, what comes of it once, and what the second reads.
RACES = [
    ("approve_draft", "draft approved", "Already approved by"),
    ("claim_ticket", "claimed", "was just claimed by"),
    ("resolve_ticket", "resolved", "is already resolved by"),
    ("not_a_request", "not a request", "was already marked as no request by"),
]


@pytest.mark.parametrize(("action", "event", "said"), RACES, ids=[race[0] for race in RACES])
async def test_of_two_who_press_at_once_one_wins_and_the_other_reads_who_and_when(
    world: World, ticket: Ticket, action: str, event: str, said: str
) -> None:
    card = await card_of(world, ticket)
    about = (await draft_of(world, ticket)).id if "draft" in action else ticket.id
    people = {world.person(handle).id: handle for handle in ("ana", "marek")}
    before = {handle: told(world, handle) for handle in people.values()}

    await asyncio.gather(*(press(world, handle, card, action, about) for handle in people.values()))
    await world.settle()

    [done] = await events(world, ticket, event)
    loser = next(handle for id, handle in people.items() if id != done.who)
    heard = told(world, loser)
    assert said in heard
    assert f"<@{done.who}>" in heard and "<!date^" in heard
    winner = people[done.who]
    assert told(world, winner) == before[winner]
    assert len(sent(world, ticket)) == (action in ("approve_draft", "resolve_ticket"))


async def test_of_two_verdicts_on_an_alert_at_once_the_first_counts(world: World) -> None:
    if not world.cards("customer-health"):
        await health.scan(world.bot.desk, Straight(), "monday")
    card = world.cards("customer-health")[0]

    await asyncio.gather(
        world.person("rafael").click(card, "ack_alert"), world.person("david").click(card, "dismiss_alert")
    )
    await world.settle()

    heard = [told(world, handle) for handle in ("rafael", "david")]
    assert sum("this alert" in each and "<!date^" in each for each in heard) == 1


async def test_of_two_who_reroute_with_open_windows_the_second_moves_nothing(
    world: World, ticket: Ticket
) -> None:
    card = await card_of(world, ticket)
    for handle in ("ana", "marek"):
        await world.person(handle).click(card, "reroute_ticket")
        await world.person(handle).modal()

    await world.person("ana").submit({"queue": "platform", "category": "bug-report"})
    await world.settle()
    await world.person("marek").submit({"queue": "sales", "category": "cancellation"})
    await world.settle()

    found = await world.ticket(ticket.id or 0)
    assert (found.queue, found.category) == ("platform", "bug-report")
    assert f"is with Platform now: it was placed by <@{world.person('ana').id}>" in told(world, "marek")
    assert len(await events(world, ticket, "rerouted")) == 1


TWICE = ["approve_draft", "claim_ticket", "resolve_ticket", "not_a_request"]


@pytest.mark.parametrize("action", TWICE)
async def test_who_presses_twice_in_a_row_is_not_told_off_and_who_presses_later_is_told(
    world: World, ticket: Ticket, action: str
) -> None:
    card, before = await card_of(world, ticket), told(world, "marek")
    about = (await draft_of(world, ticket)).id if "draft" in action else ticket.id

    await asyncio.gather(*(press(world, "marek", card, action, about) for _ in range(2)))
    assert told(world, "marek") == before
    assert len(sent(world, ticket)) == (action in ("approve_draft", "resolve_ticket"))

    world.clock.advance(_LATER)
    await press(world, "marek", card, action, about)
    assert told(world, "marek") != before
    assert "you" in told(world, "marek")
    assert len(sent(world, ticket)) == (action in ("approve_draft", "resolve_ticket"))


async def test_who_takes_a_candidate_or_reopens_twice_does_it_once(world: World) -> None:
    ts = await world.person("greta").post("#customer-support", "This is strange, can you have a look?")
    await world.settle()
    held = await ticket_at(world, ts)
    card = await card_of(world, held)
    assert held.held
    before = told(world, "mei")

    await asyncio.gather(
        *(press(world, "mei", card, "take_candidate:0", f"{held.id}:how-to") for _ in range(2))
    )
    assert len(await events(world, held, "rerouted")) == 1
    assert told(world, "mei") == before

    await press(world, "mei", card, "resolve_ticket", held.id)
    line = world.thread("customer-support", ts)[-1]
    await asyncio.gather(*(press(world, "greta", line, "reopen_ticket", held.id) for _ in range(2)))
    assert len(await events(world, held, "reopened")) == 1


async def test_a_claim_can_be_taken_over_after_a_while(world: World, ticket: Ticket) -> None:
    card = await card_of(world, ticket)
    await press(world, "ana", card, "claim_ticket", ticket.id)
    world.clock.advance(_LATER)

    await press(world, "marek", card, "claim_ticket", ticket.id)

    assert (await world.ticket(ticket.id or 0)).owner == "marek"
