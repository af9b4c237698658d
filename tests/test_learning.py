"""One correction, and the next message of the same meaning goes where the last one was put."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import col, update

from agents.engines import Engines
from agents.local.engine import LocalEngine
from agents.local.taught import Taught
from agents.words import Outcome, Status
from bot import tidying
from storage.corrections import CONFLICT
from storage.tables import Correction, Post, Request, Ticket
from tests import postgres
from tests.flows import Straight
from tests.presses import press, told
from tests.replicas import replicas
from tests.test_triage import ASKED
from tests.world import World, buttons_of, text_of
from tests.world import world as open_world
from twin.words import Json

LIKE_IT = "hello, where can i find the invoice from september? my accountant wants the pdf"
PLATFORM = {"queue": "platform", "category": "bug-report", "priority": "P3", "why": ""}
SHIPPING = {"queue": "front-desk", "category": "how-to", "priority": "P3", "why": ""}


async def ask(world: World, text: str) -> str:
    """Let a customer ask something; return where."""
    ts = await world.person("greta").post("#customer-support", text)
    await world.settle()
    return ts


async def reroute(world: World, handle: str, number: int, to: dict[str, str]) -> None:
    """Move a ticket as a person does, from its card."""
    person = world.person(handle)
    await person.click(await world.card_of(number), "reroute_ticket")
    await person.modal()
    assert await person.submit(to) == {}
    await world.settle()


def fresh(world: World) -> Engines:
    """Return engines that have learnt nothing yet, as a new process has them."""
    local = world.mind.local
    assert isinstance(local, LocalEngine)
    return replace(world.mind, local=replace(local, taught=Taught(local.embedder)))


def question(world: World) -> Json:
    """Return the only question that was asked about two corrections."""
    ours = [m for name in ("team-billing", "team-platform", "front-desk") for m in world.cards(name)]
    [found] = [m for m in ours if "corrections" in m["text"] or "Two people" in m["text"]]
    return found


async def test_the_next_message_goes_where_the_last_one_was_put(any_world: World) -> None:
    world = any_world
    await ask(world, ASKED)
    await reroute(world, "ana", 1, PLATFORM)

    await ask(world, LIKE_IT)

    ticket = await world.ticket(2)
    assert (ticket.category, ticket.queue, ticket.held) == ("bug-report", "platform", False)
    assert "Like T-1, which Ana" in text_of(await world.card_of(2))
    assert "Learnt from Ana" in text_of(await world.card_of(1))


async def test_a_priority_is_learnt_too(world: World) -> None:
    await ask(world, ASKED)
    await reroute(world, "ana", 1, {"queue": "billing", "category": "billing-invoice", "priority": "P1"})

    await ask(world, LIKE_IT)

    assert (await world.ticket(2)).priority == "P1"


async def test_the_classifier_catches_up_and_judges_by_it_as_well(world: World) -> None:
    await ask(world, ASKED)
    await reroute(world, "ana", 1, PLATFORM)
    local = world.mind.local
    assert local.is_behind

    await world.bot.catch_up()

    assert not local.is_behind
    await ask(world, LIKE_IT)
    assert (await world.ticket(2)).queue == "platform"


async def test_what_was_undone_is_forgotten_at_once_and_the_ticket_stays(world: World) -> None:
    await ask(world, ASKED)
    await reroute(world, "ana", 1, PLATFORM)
    await world.bot.catch_up()
    card = await world.card_of(1)

    await world.person("ana").click(card, "undo_correction")
    await world.settle()

    assert "Learnt from" not in text_of(await world.card_of(1))
    assert (await world.ticket(1)).queue == "platform"
    await ask(world, LIKE_IT)
    assert (await world.ticket(2)).queue == "billing"


async def test_of_two_who_undo_the_second_is_told_and_a_stranger_may_not(world: World) -> None:
    await ask(world, ASKED)
    await reroute(world, "ana", 1, PLATFORM)
    [*_, correction] = await world.rows(Correction)
    card = await world.card_of(1)

    await press(world, "greta", card, "undo_correction", correction.id)
    assert "Only whoever made this correction" in told(world, "greta")
    await press(world, "mei", card, "undo_correction", correction.id)
    await press(world, "ana", card, "undo_correction", correction.id)

    assert "was undone already" in told(world, "ana")
    assert "stays where it is" in told(world, "ana")


async def test_a_new_process_knows_what_was_learnt(world: World) -> None:
    await ask(world, ASKED)
    await reroute(world, "ana", 1, PLATFORM)

    world.mind = fresh(world)
    await world.restart()
    await ask(world, LIKE_IT)

    assert (await world.ticket(2)).queue == "platform"


async def test_what_was_no_request_is_left_alone_the_next_time(world: World) -> None:
    await ask(world, "This is strange, can you have a look?")
    await world.person("mei").click(await world.card_of(), "not_a_request")
    await world.settle()
    assert "are no request" in text_of(await world.card_of())

    await ask(world, "this is strange, can you have a look?")

    assert len(await world.rows(Request)) == 2
    assert [row.outcome for row in await world.rows(Request)] == [Outcome.NOT_A_REQUEST] * 2


async def test_talk_that_was_a_request_is_one_the_next_time(world: World) -> None:
    ts = await ask(world, "good morning everyone")
    await world.person("ana").message_shortcut("#customer-support", ts, "make_request")
    await world.settle()

    await ask(world, "good morning, everyone!")

    assert (await world.ticket(2)).card_ts


async def test_two_people_who_differ_are_shown_to_the_owner_who_chooses(world: World) -> None:
    await ask(world, ASKED)
    await ask(world, LIKE_IT)
    await reroute(world, "ana", 1, PLATFORM)
    await reroute(world, "marek", 2, SHIPPING)

    shown = text_of(question(world))
    assert ASKED in shown and LIKE_IT in shown
    assert "Marek" in shown and "Ana" in shown
    await ask(world, LIKE_IT)
    assert "placed here" not in (await world.ticket(3)).because

    asked = question(world)
    await press(world, "greta", asked, "keep_correction:0", "1:2")
    assert (await world.rows(Correction))[0].undone_at is None
    await world.person("mei").click(asked, "keep_correction:0")
    await world.settle()

    assert "settled" in text_of(question(world))
    assert ASKED not in text_of(question(world))
    await ask(world, LIKE_IT)
    assert (await world.ticket(4)).category == "bug-report"
    assert (await world.ticket(2)).category == "how-to"
    await world.person("mei").click(asked, "keep_correction:1")
    await world.settle()
    assert {row.undone_at for row in await world.rows(Correction) if row.ticket_id == 1} == {None}


async def test_a_question_that_was_posted_by_a_process_that_died_is_settled_like_any_other(
    world: World,
) -> None:
    await ask(world, ASKED)
    await ask(world, LIKE_IT)
    await reroute(world, "ana", 1, PLATFORM)
    await reroute(world, "marek", 2, SHIPPING)
    async with world.bot.db.begin() as session:
        # It had not written down yet that Slack has the question.
        await session.exec(update(Post).where(col(Post.key).startswith(CONFLICT)).values(ts=""))

    await world.person("mei").click(question(world), "keep_correction:0")
    await world.settle()

    assert "settled" in text_of(question(world))
    assert buttons_of(question(world)) == []


async def test_a_deleted_message_teaches_nothing_and_its_words_are_gone(world: World) -> None:
    ts = await ask(world, ASKED)
    await ask(world, LIKE_IT)
    await reroute(world, "ana", 1, PLATFORM)
    await reroute(world, "marek", 2, SHIPPING)
    await world.bot.catch_up()

    await world.person("greta").delete("#customer-support", ts)
    await world.settle()

    assert (await world.ticket(1)).status == Status.WITHDRAWN
    assert ASKED not in text_of(question(world))
    local = world.mind.local
    assert [each.lesson.ticket_id for each in local.recall(ASKED)] == [2]


async def test_a_question_of_long_ago_loses_the_words_of_a_deleted_message_too(any_world: World) -> None:
    world = any_world
    ts = await ask(world, ASKED)
    await ask(world, LIKE_IT)
    await reroute(world, "ana", 1, PLATFORM)
    await reroute(world, "marek", 2, SHIPPING)
    assert ASKED in text_of(question(world))
    world.clock.advance(timedelta(days=40))
    await tidying.tidy(world.bot.desk, Straight(), "night")

    await world.person("greta").delete("#customer-support", ts)
    await world.settle()

    assert ASKED not in text_of(question(world))


async def test_a_question_is_forgotten_once_nothing_is_left_of_what_it_asks(world: World) -> None:
    await ask(world, ASKED)
    await ask(world, LIKE_IT)
    await reroute(world, "ana", 1, PLATFORM)
    await reroute(world, "marek", 2, SHIPPING)
    async with world.bot.db.begin() as session:
        await session.exec(update(Ticket).values(status=Status.RESOLVED, resolved_at=world.clock.now()))
    world.clock.advance(timedelta(days=1200))
    await tidying.tidy(world.bot.desk, Straight(), "night")
    assert len([post for post in await world.rows(Post) if post.key.startswith(CONFLICT)]) == 1

    # The newest ticket stays, so that its number is not given away again.
    await ask(world, "Where is my parcel?")
    await tidying.tidy(world.bot.desk, Straight(), "next night")

    assert [post for post in await world.rows(Post) if post.key.startswith(CONFLICT)] == []


@pytest.mark.slow
async def test_a_replica_learns_what_people_say_to_another(postgres_server: str) -> None:
    with postgres.database(postgres_server) as address:
        async with open_world(address) as world, replicas(world, 1) as some:
            await ask(world, ASKED)
            other = await some.join(mind=fresh(world))
            await reroute(world, "ana", 1, PLATFORM)

            minds = [(await bot.desk.minds.ready()).local for bot in some.bots]
            for bot in some.bots:
                await bot.learn()
            assert [len(local.recall(LIKE_IT)) for local in minds] == [1, 1]

            await press(world, "ana", await world.card_of(1), "undo_correction", 1)
            for bot in some.bots:
                await bot.learn()
            assert [len(local.recall(LIKE_IT)) for local in minds] == [0, 0]
            assert other in some.bots
