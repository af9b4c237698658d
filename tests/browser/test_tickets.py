"""A card's other buttons, and what two people see when they are pressed."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from agents.words import Status
from storage.tables import Correction
from tests.browser.test_replies import card_of
from tests.browser.window import Sits
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

UNCLEAR = "This is strange, can you have a look?"


async def test_a_claimed_ticket_is_rerouted_and_its_card_moves(world: World, sits: Sits) -> None:
    ana, jonas = await sits("ana"), await sits("jonas")
    await jonas.go("team-platform")
    card = await card_of(world, ana)
    await expect(card).to_contain_text("owner @Marek Dvorak")

    await ana.press(card, "claim_ticket")

    await expect(card).to_contain_text("owner @Ana Kovac")
    modal = await ana.opens(card, "reroute_ticket")
    await expect(modal).to_contain_text("Billing")
    await expect(modal).to_contain_text("Invoice question")

    await ana.choose("queue", "platform")
    await ana.choose("category", "bug-report")
    await ana.choose("priority", "P2")
    await modal.locator('textarea[data-action-id="why"]').fill("The page is broken")
    await ana.picture("1-filled")
    await ana.submit()

    await expect(modal).to_have_count(0)
    left = ana.messages.filter(has_text="moved to #team-platform by @Ana Kovac")
    await expect(left).to_contain_text("The page is broken")
    await expect(left.locator("[data-action-id]")).to_have_count(0)
    await ana.picture("2-left")
    await expect(jonas.card()).to_contain_text("Bug report")
    await expect(jonas.card()).to_contain_text("P2")
    await expect(jonas.card()).to_contain_text("Halden Outfitters")
    await jonas.picture("3-arrived")
    ticket = await world.ticket()
    assert (ticket.queue, ticket.category, ticket.priority) == ("platform", "bug-report", "P2")
    assert {row.field for row in await world.rows(Correction)} == {"queue", "category", "priority"}


async def test_a_held_request_is_placed_with_one_press(world: World, sits: Sits) -> None:
    greta, mei = await sits("greta"), await sits("mei")
    await greta.go("customer-support")
    await mei.go("front-desk")
    asked = await greta.say(UNCLEAR)
    card = mei.card()
    await expect(card).to_contain_text("Where does this belong?")
    await greta.open_thread(asked)
    await expect(greta.replies.last).to_contain_text("A colleague is finding the right team")
    await greta.picture("1-told")
    await mei.picture("2-held")
    held = await world.ticket()
    categories = world.bot.policy.categories
    names = (held.category, held.runner_up)
    number = next(n for n, name in enumerate(names) if categories[name].queue != held.queue)
    chosen = categories[names[number]]
    candidate = card.locator(f'button[data-action-id="take_candidate:{number}"]')
    await expect(candidate).to_contain_text(chosen.title)

    await candidate.click()

    await expect(card).to_have_count(0)
    channel = world.bot.policy.queues[chosen.queue].channel
    left = mei.messages.filter(has_text=f"moved to #{channel} by @Mei Tanaka")
    await expect(left).to_be_visible()
    await mei.picture("3-left")
    await world.settle()
    ticket = await world.ticket()
    assert (ticket.held, ticket.category, ticket.queue) == (False, names[number], chosen.queue)
    owner = await sits(ticket.owner)
    await owner.go(channel)
    await expect(owner.card()).to_contain_text(chosen.title)
    await owner.picture("4-arrived")


async def test_a_resolved_request_is_reopened_by_whoever_asked(world: World, sits: Sits) -> None:
    ana, greta = await sits("ana"), await sits("greta")
    card = await card_of(world, ana)
    await greta.go("customer-support", thread=(await world.ticket()).thread_ts)

    await ana.press(card, "resolve_ticket")

    await expect(card).to_contain_text("Resolved by @Ana Kovac")
    await expect(card.locator("[data-action-id]")).to_have_count(0)
    await ana.picture("1-resolved")
    line = greta.replies.last
    await expect(line).to_contain_text("T-1 was marked as resolved by Ana Kovac")
    await greta.picture("2-told")

    await greta.press(line, "reopen_ticket")

    whisper = greta.page.get_by_test_id("thread").locator(".whisper")
    await expect(whisper).to_contain_text("T-1 is open again")
    await expect(card).to_contain_text("reopened")
    await expect(card.locator('button[data-action-id="resolve_ticket"]')).to_be_visible()
    await greta.picture("3-reopened")
    await ana.picture("4-reopened")
    assert (await world.ticket()).status == Status.REOPENED


async def test_whoever_may_not_answer_is_told_so_alone(world: World, sits: Sits) -> None:
    oliver, ana = await sits("oliver"), await sits("ana")
    card = await card_of(world, oliver)
    await ana.go("team-billing")

    await oliver.press(card, "approve_draft")

    await expect(oliver.page.locator(".whisper")).to_contain_text(
        "Only the people of Billing can answer this"
    )
    await oliver.picture("1-told")
    await expect(ana.card().locator('button[data-action-id="approve_draft"]')).to_be_visible()
    await expect(ana.page.locator(".whisper")).to_have_count(0)


async def test_what_a_card_hides_is_shown_to_one_of_its_team(world: World, sits: Sits) -> None:
    greta, marek = await sits("greta"), await sits("marek")
    await greta.go("customer-support")
    await marek.go("team-billing")
    await greta.say("Where is my invoice? I paid with card 4242 4242 4242 4242, my password is Tr0ub4dor&3")
    card = marek.card()
    await expect(card).to_contain_text("I paid with card [card hidden], my password is [password hidden]")
    await marek.picture("1-hidden")

    modal = await marek.opens(card, "show_hidden")

    await expect(modal).to_contain_text("card 4242 4242 4242 4242, my password is Tr0ub4dor&3")
    await marek.picture("2-shown")
