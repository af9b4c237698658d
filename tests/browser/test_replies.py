"""A draft, from the request to the requester's thumb, as two people at two windows see it."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Locator, expect

from agents.words import DraftStatus
from storage.tables import Draft, Feedback
from tests.browser.window import Sits, Window
from tests.test_triage import ASKED
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def card_of(world: World, window: Window) -> Locator:
    """Let Greta ask, and return the card, with its draft, that the window shows in #team-billing."""
    await world.person("greta").post("#customer-support", ASKED)
    await window.go("team-billing")
    card = window.card()
    await expect(card.locator('button[data-action-id="approve_draft"]')).to_be_visible()
    return card


async def test_a_customer_asks_a_colleague_approves_and_the_customer_says_that_it_helped(
    world: World, sits: Sits
) -> None:
    greta, marek = await sits("greta"), await sits("marek")
    await marek.go("team-billing")
    await greta.go("customer-support")

    asked = await greta.say(ASKED)

    await expect(asked.locator('[data-reaction="eyes"]')).to_be_visible()
    await greta.open_thread(asked)
    await expect(greta.replies.last).to_contain_text("This is with our Billing team (T-1)")
    await greta.picture("1-seen")
    card = marek.card()
    await expect(card).to_contain_text(ASKED)
    await expect(card).to_contain_text("Greta Lindqvist")
    await expect(card).to_contain_text("Halden Outfitters")
    await expect(card.locator('button[data-action-id="approve_draft"]')).to_be_visible()
    assert set(re.findall(r"\w+", await card.inner_text())) & world.bot.policy.people() == set()
    await marek.picture("2-card")

    await marek.press(card, "approve_draft")

    await expect(card).to_contain_text("Sent, approved by @Marek Dvorak")
    await expect(card.locator('button[data-action-id="approve_draft"]')).to_have_count(0)
    await marek.picture("3-sent")
    reply = greta.replies.filter(has_text="Drafted by Signalbox, approved by Marek Dvorak")
    await expect(reply).to_be_visible()
    [draft] = await world.rows(Draft)
    for citation in draft.citations:
        source = reply.get_by_role("link", name=citation["title"])
        await expect(source).to_have_attribute("href", citation["url"])
    await greta.picture("4-reply")

    await reply.get_by_role("button", name="This reply helped").click()

    whisper = greta.page.get_by_test_id("thread").locator(".whisper")
    await expect(whisper).to_contain_text("Only visible to you")
    await expect(whisper).to_contain_text("Thank you, good to know.")
    await expect(greta.page.get_by_test_id("thread")).to_contain_text("2 replies")
    await greta.picture("5-thumb")
    [feedback] = await world.rows(Feedback)
    assert feedback.good


async def test_an_empty_edit_is_refused_in_its_window_and_a_written_one_is_sent(
    world: World, sits: Sits
) -> None:
    marek = await sits("marek")
    card = await card_of(world, marek)
    modal = await marek.opens(card, "edit_draft")
    field = modal.locator('textarea[data-action-id="text"]')
    await expect(field).not_to_have_value("")
    await marek.picture("1-open")

    await field.fill("   ")
    await marek.submit()

    await expect(modal.get_by_test_id("input-error")).to_contain_text("empty reply")
    await expect(modal).to_be_visible()
    await marek.picture("2-error")

    await field.fill("It is under Settings > Billing > Invoices, Greta. *Do* write again.")
    await marek.submit()

    await expect(modal).to_have_count(0)
    await expect(card).to_contain_text("Settings > Billing > Invoices, Greta. *Do* write again.")
    await expect(card).to_contain_text("Sent")
    await marek.picture("3-sent")
    await marek.go("customer-support", thread=(await world.ticket()).thread_ts)
    await expect(marek.replies.last).to_contain_text("*Do* write again.")
    await expect(marek.replies.last).to_contain_text("edited and sent by Marek Dvorak")
    await marek.picture("4-reply")


async def test_a_draft_is_rejected_with_a_reason_and_a_colleague_answers_in_their_own_words(
    world: World, sits: Sits
) -> None:
    marek = await sits("marek")
    card = await card_of(world, marek)
    modal = await marek.opens(card, "reject_draft")
    await marek.picture("1-open")

    await marek.submit()
    await expect(modal.get_by_test_id("input-error")).to_be_visible()
    await marek.picture("2-error")
    await modal.locator('[data-option-value="incomplete"]').check()
    await modal.locator('textarea[data-action-id="more"]').fill("The year is missing")
    await marek.submit()

    await expect(modal).to_have_count(0)
    await expect(card).to_contain_text("Rejected by @Marek Dvorak")
    await expect(card).to_contain_text("The year is missing")
    await expect(card.locator('button[data-action-id="approve_draft"]')).to_have_count(0)
    await marek.picture("3-rejected")
    [draft] = await world.rows(Draft)
    assert draft.status == DraftStatus.REJECTED

    await marek.opens(card, "reply_ticket")
    await marek.picture("4-write")
    await modal.locator('textarea[data-action-id="text"]').fill("I have sent it to you by mail.")
    await marek.submit()

    await expect(modal).to_have_count(0)
    await expect(card).to_contain_text("I have sent it to you by mail.")
    await expect(card).to_contain_text("Sent")
    await marek.picture("5-sent")
    await marek.go("customer-support", thread=(await world.ticket()).thread_ts)
    await expect(marek.replies.last).to_contain_text("I have sent it to you by mail.")
    await marek.picture("6-reply")


async def test_whoever_is_second_is_told_who_was_first(world: World, sits: Sits) -> None:
    marek, ana = await sits("marek"), await sits("ana")
    card = await card_of(world, marek)
    await ana.go("team-billing")
    modal = await ana.opens(ana.card(), "edit_draft")
    await marek.press(card, "approve_draft")
    await expect(card).to_contain_text("Sent")

    await modal.locator('textarea[data-action-id="text"]').fill("Too late")
    await ana.submit()

    await expect(modal).to_have_count(0)
    await ana.page.get_by_test_id("sidebar").locator('[data-channel="signalbox"]').click()
    await expect(ana.messages.last).to_contain_text("Already approved by @Marek Dvorak")
    await ana.picture("1-told")
