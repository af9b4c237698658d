"""Two requests in one message, as the requester and both teams see them."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from agents.words import Status
from tests.browser.window import PHONE, Sits
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

INVOICE = "Where can I download the invoice of September? My accountant wants the PDF."
IMPORT = "The order import stops with error 422 since this morning and no order comes in. Please fix it."
TWO = f"For our hall in Lyon:\n1) {INVOICE}\n2) {IMPORT}"


async def test_two_requests_are_seen_by_two_teams_and_put_together_again(world: World, sits: Sits) -> None:
    greta, marek, jonas = await sits("greta"), await sits("marek"), await sits("jonas", dark=True)
    await greta.go("customer-support")
    await marek.go("team-billing")
    await jonas.go("team-platform")

    await world.person("greta").post("#customer-support", TWO)

    asked = greta.messages.filter(has_text="For our hall in Lyon").last
    await greta.open_thread(asked)
    line = greta.replies.last
    await expect(line).to_contain_text("I split this in two")
    await expect(line).to_contain_text("T-1")
    await expect(line).to_contain_text("T-2")
    await greta.picture("1-told")
    one, other = marek.card(1), jonas.card(2)
    await expect(one).to_contain_text("Part 1 of 2 · with T-2 (Platform)")
    await expect(other).to_contain_text("Part 2 of 2 · with T-1 (Billing)")
    await expect(one).not_to_contain_text("error 422")
    await marek.picture("2-billing")
    await jonas.picture("3-platform")
    assert await marek.overflow(one) == []

    await marek.press(one, "approve_draft")
    await expect(greta.replies.last).to_contain_text("Part 1 of 2")
    await greta.picture("4-answered")

    await jonas.press(other, "not_separate")
    await jonas.page.get_by_test_id("confirm-ok").click()
    await expect(other).to_contain_text("Where can I download")
    await expect(other).not_to_contain_text("Part 2 of 2")
    await jonas.picture("5-together")
    left = marek.messages.filter(has_text="put together with T-2")
    await expect(left).to_be_visible()
    await marek.picture("6-left")
    await expect(greta.replies.filter(has_text="I split this")).to_have_count(0)
    await greta.picture("7-one-again")
    await world.settle()
    assert (await world.ticket(1)).status == Status.RESOLVED


async def test_a_part_is_readable_on_a_phone(world: World, sits: Sits) -> None:
    await world.person("greta").post("#customer-support", TWO)
    await world.settle()
    marek = await sits("marek", size=PHONE)
    await marek.go("team-billing")
    await expect(marek.card(1)).to_contain_text("Part 1 of 2")
    await marek.picture("1-card")
    assert await marek.overflow(marek.card(1)) == []
