"""What a deleted message said, and what was answered to it, is shown to nobody as a similar past request."""

from __future__ import annotations

from dataclasses import replace

from agents.words import SimilarTicket
from storage.tables import Ticket
from tests.test_triage import ASKED
from tests.world import World, text_of

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
