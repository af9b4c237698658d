"""What a deleted message said, and what was answered to it, is shown to nobody as a similar past request."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from agents.words import SimilarTicket
from bot import tidying
from handlers.board import drawn
from handlers.similar import alike
from storage.tables import Correction, Decision, Draft, Request, RequestEdit, Ticket
from tests import postgres
from tests.flows import Straight
from tests.replicas import replicas
from tests.test_adoption import fresh
from tests.test_triage import ASKED
from tests.world import World, text_of
from tests.world import world as open_world

ALIKE = "Where do I find the invoice of October? Our auditor at Quillmark asks for it."


async def answered(world: World) -> str:
    """Let a question be asked and answered, and return where."""
    ts = await world.person("greta").post("#customer-support", ASKED)
    await world.settle()
    await world.person("marek").click(await world.card_of(1), "approve_draft")
    await world.settle()
    return ts


async def ask_alike(world: World) -> Ticket:
    """Let somebody else ask much the same, of a bot that was corrected by nobody."""
    await world.person("paulo").post("#customer-support", ALIKE)
    await world.settle()
    return (await world.rows(Ticket))[-1]


async def test_a_past_answer_is_found_for_who_asks_the_same(any_world: World) -> None:
    await answered(any_world)

    ticket = await ask_alike(any_world)

    assert ticket.similar == [1]
    assert "T-1" in text_of(await any_world.card_of(ticket.id or 0))


@pytest.mark.slow
async def test_an_answer_is_found_also_by_a_replica_that_did_not_send_it(postgres_server: str) -> None:
    with postgres.database(postgres_server) as address:
        async with open_world(address) as world, replicas(world, 1) as some:
            other = await some.join(mind=fresh(world))
            await answered(world)
            for bot in some.bots:
                await bot.learn()

            found = [await alike(bot.desk, ALIKE) for bot in some.bots]

            assert other in some.bots
            assert [[one.ticket_id for one in each] for each in found] == [[1], [1]]
            assert found[0] == found[1]


async def test_a_deleted_message_is_no_similar_request_for_anybody(any_world: World) -> None:
    world = any_world
    ts = await answered(world)
    await world.person("greta").delete("#customer-support", ts)
    await world.settle()

    ticket = await ask_alike(world)

    assert ticket.similar == []
    assert world.mind.local.similar(ASKED) == []


async def test_another_replica_that_still_knows_the_words_shows_them_to_nobody(any_world: World) -> None:
    world = any_world
    ts = await answered(world)
    [known] = world.mind.local.similar(ASKED)
    await world.person("greta").delete("#customer-support", ts)
    await world.settle()
    # As a replica that did not see the deletion, or answered at that very moment, goes on remembering it.
    world.mind.local.remember(replace(known, score=1.0))
    world.mind.local.remember(SimilarTicket(404, ASKED, "billing-invoice", "An answer of long ago.", 1.0))

    ticket = await ask_alike(world)

    assert ticket.similar == []
    assert world.mind.local.similar(ASKED) == []


async def test_cards_that_named_a_deleted_request_do_not_say_what_it_was_about_any_more(
    any_world: World,
) -> None:
    world = any_world
    ts = await answered(world)
    ticket = await ask_alike(world)
    about = (await world.ticket(1)).summary
    assert about in text_of(await world.card_of(ticket.id or 0))

    await world.person("greta").delete("#customer-support", ts)
    await world.settle()

    card = text_of(await world.card_of(ticket.id or 0))
    assert about not in card
    assert "T-1" not in card
    # Also not when the card is drawn anew.
    await world.person("marek").click(await world.card_of(ticket.id or 0), "claim_ticket")
    await world.settle()
    assert about not in text_of(await world.card_of(ticket.id or 0))


async def test_a_day_later_our_own_rows_do_not_say_what_a_deleted_message_said(any_world: World) -> None:
    world, reworded = any_world, f"{ASKED} It is urgent."
    ts = await world.person("greta").post("#customer-support", ASKED)
    await world.settle()
    await world.person("greta").edit("#customer-support", ts, reworded)
    await world.settle()
    marek = world.person("marek")
    await marek.click(await world.card_of(1), "edit_draft")
    await marek.modal()
    await marek.submit({"text": "Under Billing, dear Greta."})
    await world.settle()
    chat = await world.person("greta").post("#customer-support", "have a nice weekend all")
    await world.settle()
    for posted in (ts, chat):
        await world.person("greta").delete("#customer-support", posted)
    await world.person("victor").post("#customer-support", "Since 8:40 your API answers with error 500")
    await world.settle()
    shown, sent = await drawn(world.bot.desk, 1), await world.rows(Draft)
    assert "Under Billing" in str(sent)

    await tidying.tidy(world.bot.desk, Straight(), "the same night")
    assert ASKED in str(await world.rows(Request))
    world.clock.advance(timedelta(days=1, hours=1))
    for night in ("the next night", "the night after"):
        await tidying.tidy(world.bot.desk, Straight(), night)

    kept = [
        str(await world.rows(table)) for table in (Request, RequestEdit, Ticket, Draft, Decision, Correction)
    ]
    for words in ("invoice from", "Under Billing", "nice weekend", "urgent", sent[0].text[:30]):
        assert [rows for rows in kept if words in rows] == []
    assert "error 500" in str(await world.rows(Request))
    assert await drawn(world.bot.desk, 1) == shown
    assert [draft.status for draft in await world.rows(Draft)] == [draft.status for draft in sent]
    assert any(draft.original for draft in await world.rows(Draft))
