"""What is new: bold channels, numbers, the "New" line, threads, and marking as read and unread."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser, expect

from tests.browser.harbor import harbor, link_to

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_what_is_new_is_bold_and_what_calls_me_has_a_number(chromium: Browser) -> None:
    async with harbor(chromium, "unread") as place:
        ben = place.person("ben")
        await place.person("ana").post("#help", "where is the list?")
        first = await ben.post("#help", "in the folder")
        ana = await place.sits("ana", "board")
        help_link, general = link_to(ana, "help"), link_to(ana, "general")
        await expect(help_link).to_have_attribute("data-unread", "true")
        await expect(help_link.get_by_test_id("unread")).to_have_count(0)

        await ben.post("#general", "@ana please look")
        await ben.post("#general", "and you too, @channel")
        dm = place.twin.ws.find_channel(await ben.dm("ana"))
        assert dm is not None
        await ben.post(dm.id, "are you there?")

        await expect(general.get_by_test_id("unread")).to_have_text("2")
        await expect(link_to(ana, "ben").get_by_test_id("unread")).to_have_text("1")
        await expect(ana.page).to_have_title(re.compile(r"^\(\d+\) board"))
        await ana.picture("1-new")

        await help_link.click()

        line = ana.page.get_by_test_id("new-line")
        await expect(line).to_be_visible()
        await expect(help_link).not_to_have_attribute("data-unread", "true")
        last = ana.messages.last
        await last.hover()
        await last.get_by_test_id("more-actions").click()
        await ana.page.get_by_test_id("mark-unread").click()
        await expect(help_link).to_have_attribute("data-unread", "true")
        assert place.twin.channel("#help").read[place.person("ana").id] < first
        await expect(ana.page.get_by_test_id("new-bar")).to_contain_text("1 new message")
        await ana.picture("2-marked")
        await ana.page.get_by_test_id("mark-read").click()
        await expect(help_link).not_to_have_attribute("data-unread", "true")

        await ana.messages.first.locator(".content").click(modifiers=["Alt"])
        await expect(help_link).to_have_attribute("data-unread", "true")

        await ana.page.keyboard.press("Shift+Escape")

        await expect(ana.page.locator("[data-unread=true]")).to_have_count(0)
        await expect(ana.page.get_by_test_id("unread")).to_have_count(0)
        await expect(ana.page).to_have_title(re.compile(r"^help"))


async def test_replies_in_my_threads_are_gathered(chromium: Browser) -> None:
    async with harbor(chromium, "threads") as place:
        ana, ben = place.person("ana"), place.person("ben")
        mine = await ana.post("#help", "who knows the printer?")
        other = await ben.post("#help", "lunch at noon")
        await ben.post("#help", "I do", mine)
        window = await place.sits("ana", "general")
        threads = window.page.get_by_test_id("threads-unread")
        await expect(threads).to_have_text("1")

        await place.person("gil").post("#help", "me too", mine)
        await place.person("gil").post("#help", "not mine", other)

        await expect(threads).to_have_text("2")
        await window.page.get_by_test_id("threads").click()
        followed = window.page.get_by_test_id("followed")
        await expect(followed).to_have_count(1)
        await expect(followed).to_contain_text("me too")
        await window.picture("1-threads")
        await followed.get_by_test_id("open-followed").click()
        await expect(window.replies).to_have_count(3)
        await expect(threads).to_have_count(0)
        await window.page.reload()
        await expect(window.replies).to_have_count(3)
        await expect(threads).to_have_count(0)
