"""The shortcut in a message's menu that makes a request of what was taken for talk."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.window import Sits
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_a_colleague_makes_a_request_of_a_message(world: World, sits: Sits) -> None:
    await world.person("greta").post("#customer-support", "good morning everyone")
    await world.settle()
    ana = await sits("ana")
    await ana.go("customer-support")
    message = ana.messages.filter(has_text="good morning everyone")
    await message.hover()
    await message.get_by_test_id("more-actions").click()
    await ana.picture("1-menu")

    await ana.page.locator('[data-shortcut="make_request"]').click()

    await expect(message.locator('[data-reaction="eyes"]')).to_be_visible()
    await ana.open_thread(message)
    await expect(ana.replies.last).to_contain_text("T-1")
    await ana.picture("2-made")


async def test_the_shortcut_elsewhere_says_where_requests_live(world: World, sits: Sits) -> None:
    await world.person("oliver").post("#general", "where can I find the slides?")
    ana = await sits("ana")
    await ana.go("general")
    message = ana.messages.filter(has_text="where can I find the slides?")
    await message.hover()
    await message.get_by_test_id("more-actions").click()

    await ana.page.locator('[data-shortcut="make_request"]').click()

    await expect(ana.page.locator(".whisper")).to_contain_text("Requests live in #customer-support")
    await expect(ana.page.locator(".message-menu")).to_have_count(0)
    await ana.picture("1-told")
