"""Slack without a mouse."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.browser.harbor import harbor

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_everything_about_messages_goes_by_keys(chromium: Browser) -> None:
    async with harbor(chromium, "keys") as place:
        await place.person("ben").post("#help", "from ben")
        window = await place.sits("ana", "help")
        page, field = window.page, window.page.get_by_test_id("composer")
        keys = page.keyboard
        await field.press_sequentially("one\n")
        await expect(window.messages.last).to_contain_text("one")
        await field.press_sequentially("two\n")
        await expect(window.messages.last).to_contain_text("two")

        await keys.press("ArrowUp")
        await page.get_by_test_id("edit-box").press_sequentially(" and a half\n")
        await expect(window.messages.last).to_contain_text("two and a half")
        await expect(window.messages.last).to_contain_text("(edited)")

        await field.click()
        await keys.press("Shift+Tab")
        await expect(window.messages.last).to_be_focused()
        await keys.press("k")
        await keys.press("ArrowUp")
        ben = window.messages.filter(has_text="from ben")
        await expect(ben).to_be_focused()
        await page.screenshot(path=place.picture("1-focus"))
        await keys.press("r")
        await page.get_by_test_id("emoji-search").press_sequentially("party")
        await keys.press("Enter")
        await expect(ben.locator(".reaction[data-reaction]")).to_have_count(1)
        await ben.focus()
        await keys.press("u")
        await expect(page.get_by_test_id("new-line")).to_be_visible()
        await keys.press("j")
        await keys.press("e")
        await page.get_by_test_id("edit-box").press("Escape")
        await window.messages.last.focus()
        await keys.press("Shift+Tab")
        await window.messages.last.focus()
        await keys.press("Delete")
        await page.get_by_test_id("confirm-ok").press("Enter")
        await expect(window.messages.filter(has_text="two and a half")).to_have_count(0)
        await ben.focus()
        await keys.press("t")
        await expect(page.get_by_test_id("thread-composer")).to_be_focused()
        await keys.press("Escape")
        await expect(page.get_by_test_id("thread")).to_have_count(0)

        await field.click()
        await field.press_sequentially("+:tada:")
        await keys.press("Escape")
        await keys.press("Enter")
        await expect(window.messages.last.locator('[data-reaction="tada"]')).to_be_visible()
        await field.press_sequentially("very ")
        await keys.press("Control+b")
        await field.press_sequentially("loud")
        await expect(field).to_have_value("very *loud*")


async def test_one_gets_around_by_keys(chromium: Browser) -> None:
    async with harbor(chromium, "around") as place:
        window = await place.sits("ana", "board")
        page, name = window.page, window.page.get_by_test_id("channel-name")
        await place.person("ben").post("#team-billing", "news")
        await expect(page.locator("[data-unread=true]")).to_have_count(2)

        await page.keyboard.press("Alt+Shift+ArrowDown")
        await expect(name).to_contain_text("help")
        await page.keyboard.press("Alt+Shift+ArrowDown")
        await expect(name).to_contain_text("team-billing")
        await page.keyboard.press("Alt+ArrowUp")
        await expect(name).to_contain_text("help")
        await page.keyboard.press("Control+k")
        await page.keyboard.type("ben ok")
        await page.keyboard.press("Enter")
        await expect(name).to_contain_text("Ben Okafor")
        await page.keyboard.press("Control+/")
        await expect(page.get_by_test_id("shortcuts-list")).to_contain_text("Mark everything as read")
        await page.screenshot(path=place.picture("1-shortcuts"))
        await page.keyboard.press("Escape")
        await expect(page.get_by_test_id("shortcuts-list")).to_have_count(0)
        await page.keyboard.press("Control+Shift+L")
        await expect(page.get_by_test_id("browse-search")).to_be_focused()
        await page.keyboard.press("Escape")
        await page.locator("body").press("/")
        await expect(page.get_by_test_id("search-input")).to_be_focused()
