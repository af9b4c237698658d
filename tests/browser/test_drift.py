"""What people see of a change: the alert, the window in which a category is put into words, and what came of it."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from storage.reviews import Adoption
from tests.browser.window import PHONE, Sits
from tests.test_drift import a_bad_week, check, proposal
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_a_proposed_category_is_put_into_words_and_adopted(world: World, sits: Sits) -> None:
    await proposal(world)
    mei = await sits("mei")
    await mei.go("front-desk")
    alert = mei.messages.filter(has_text="A new kind of request?")
    await expect(alert).to_contain_text("6 requests of 4 people")
    await mei.picture("1-proposed")
    assert await mei.overflow(alert) == []

    modal = await mei.opens(alert, "adopt_category")
    await expect(modal).to_contain_text("Of the last 6 requests 6 would go there")
    await mei.picture("2-window")
    name = modal.locator('[data-action-id="title"]')
    await name.fill("Invoice question")
    await mei.submit()
    await expect(modal).to_contain_text("There is a category of that name already")
    await mei.picture("3-refused")

    await name.fill("Insurance claims")
    await mei.choose("queue", "billing")
    await mei.submit()

    await expect(modal).to_have_count(0)
    await expect(alert).to_contain_text("Adopted by @Mei Tanaka")
    await expect(alert.locator('button[data-action-id="adopt_category"]')).to_have_count(0)
    await expect(alert.locator('button[data-action-id="remove_category"]')).to_be_visible()
    await mei.open_thread(alert)
    await expect(mei.replies.last).to_contain_text("[categories.insurance-claims]")
    await mei.picture("4-adopted")
    assert [row.title for row in await world.rows(Adoption)] == ["Insurance claims"]


async def test_a_failing_category_is_read_on_a_phone(world: World, sits: Sits) -> None:
    await a_bad_week(world)
    await check(world)
    marek = await sits("marek", size=PHONE)
    await marek.go("team-billing")
    alert = marek.messages.filter(has_text="goes astray")

    await expect(alert).to_contain_text("last week 9 were moved; before it was 2 in 100")

    await marek.picture("1-alert")
    assert await marek.overflow(alert) == []
