"""The app's Home tab in the page, as staff and as a customer see it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.async_api import expect

from tests.browser.window import Sits
from tests.test_triage import ASKED
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SUPPORT = "#customer-support"


async def test_staff_find_their_work_there_and_refresh_shows_what_is_overdue(
    world: World, sits: Sits
) -> None:
    await world.person("greta").post(SUPPORT, ASKED)
    await world.settle()
    marek = await sits((await world.ticket()).owner)
    await marek.go("general")
    await marek.page.get_by_test_id("rail-app").click()
    home = marek.page.get_by_test_id("home")
    await expect(home).to_contain_text("Hello, Marek")
    await expect(home).to_contain_text("Waiting for your approval")
    await expect(home).to_contain_text("Reply by")
    await expect(home).not_to_contain_text("🚨")
    await marek.picture("1-home")

    world.clock.advance(timedelta(days=2))
    await marek.at(world.clock.now())
    await home.get_by_role("button", name="Refresh").click()

    await expect(home).to_contain_text("🚨")
    await marek.picture("2-refreshed")

    await home.get_by_role("button", name="Open card").first.click()

    await expect(marek.card()).to_contain_text(ASKED)
    await marek.picture("3-card")


async def test_a_customer_finds_their_own_requests_and_how_to_ask(world: World, sits: Sits) -> None:
    await world.person("paulo").post(SUPPORT, "Our VAT ID is missing on the last invoice, please correct it")
    await world.person("bruno").post(SUPPORT, "Where do I set the default parcel size for new orders?")
    await world.settle()
    paulo = await sits("paulo")
    await paulo.go("customer-support")

    await paulo.page.get_by_test_id("rail-app").click()

    home = paulo.page.get_by_test_id("home")
    await expect(home).to_contain_text("Hello, Paulo")
    await expect(home).to_contain_text("VAT")
    await expect(home).to_contain_text("with the team")
    await expect(home).to_contain_text("#customer-support")
    await expect(home).not_to_contain_text("parcel size")
    await expect(home).not_to_contain_text("Your queue")
    await paulo.picture("1-home")
