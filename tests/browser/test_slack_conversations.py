"""People find each other: direct messages, groups, channels made, found, described and left."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.browser.harbor import harbor, link_to

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_people_write_to_each_other_and_to_groups(chromium: Browser) -> None:
    async with harbor(chromium, "direct") as place:
        ana, ben = await place.sits("ana"), await place.sits("ben", "general")
        page = ana.page
        await page.get_by_test_id("new-message").click()
        await page.get_by_test_id("people-input").press_sequentially("ben")
        await page.keyboard.press("Enter")
        await page.keyboard.press("Enter")
        await expect(page.get_by_test_id("channel-name")).to_contain_text("Ben Okafor")
        await ana.say("only for you")
        await expect(link_to(ben, "ana").get_by_test_id("unread")).to_have_text("1")
        await link_to(ben, "ana").click()
        await expect(ben.messages.last).to_contain_text("only for you")

        await page.get_by_test_id("new-message").click()
        for handle in ("ben", "gil"):
            await page.get_by_test_id("people-input").press_sequentially(handle)
            await page.keyboard.press("Enter")
        await page.screenshot(path=place.picture("1-choosing"))
        await page.get_by_test_id("compose-go").click()
        await expect(page.get_by_test_id("channel-name")).to_contain_text("gil")
        await ana.say("for the two of you")
        group = ben.page.locator(".sidebar [data-channel-id]").filter(has_text="gil")
        await expect(group.get_by_test_id("unread")).to_have_text("1")

        await ana.go("ext-rivers")
        await place.person("sam").post("#ext-rivers", "good morning from outside")
        await expect(ana.messages.last.locator(".badge-external")).to_have_text("External")
        await expect(page.get_by_test_id("channel-name").get_by_test_id("shared-sign")).to_be_visible()
        await ana.messages.last.locator(".name-button").click()
        await expect(page.get_by_test_id("profile")).to_contain_text("Sam Rivers")
        await expect(page.get_by_test_id("profile")).to_contain_text("local time")
        await ana.picture("2-external")


async def test_channels_are_made_found_described_and_left(chromium: Browser) -> None:
    async with harbor(chromium, "channels") as place:
        ana, gil = await place.sits("ana"), await place.sits("gil", "general")
        page = ana.page
        await page.get_by_test_id("sidebar").get_by_text("Channels", exact=True).hover()
        await page.get_by_test_id("add-channels").last.click()
        await page.get_by_role("button", name="Create a channel").click()
        await page.get_by_test_id("create-name").fill("Help")
        await page.get_by_test_id("create-go").click()
        await expect(page.get_by_test_id("create-problem")).to_contain_text("already taken")
        await page.get_by_test_id("create-name").fill("Spring Plans!")
        await expect(page.get_by_test_id("create-name")).to_have_value("spring-plans")
        await page.get_by_text("Private", exact=True).click()
        await page.screenshot(path=place.picture("1-create"))
        await page.get_by_test_id("create-go").click()
        name = page.get_by_test_id("channel-name")
        await expect(name).to_contain_text("spring-plans")
        await expect(name.locator(".icon-lock")).to_be_visible()

        await page.get_by_test_id("channel-title").click()
        await page.get_by_test_id("edit-topic").click()
        await page.get_by_test_id("edit-topic-field").fill("What we sow")
        await page.get_by_test_id("edit-topic-save").click()
        await expect(page.locator(".topic").first).to_contain_text("What we sow")
        await page.get_by_test_id("details-members").click()
        await page.get_by_test_id("add-people").click()
        await page.get_by_test_id("people-input").press_sequentially("gil")
        await page.keyboard.press("Enter")
        await page.get_by_test_id("invite-go").click()
        await expect(page.locator('[data-member="gil"]')).to_contain_text("Guest")
        await ana.picture("2-members")
        await link_to(gil, "spring-plans").click()
        await expect(gil.page.get_by_test_id("channel-name")).to_contain_text("spring-plans")

        await page.keyboard.press("Control+Shift+L")
        await page.get_by_test_id("browse-search").fill("help")
        await page.get_by_test_id("browse-leave").click()
        await page.get_by_test_id("browse-join").click()
        await expect(page.get_by_test_id("browse-leave")).to_be_visible()
        await page.keyboard.press("Escape")
        await page.get_by_test_id("details-about").click()
        await page.get_by_test_id("archive-channel").click()
        await page.get_by_test_id("confirm-ok").click()
        await expect(page.get_by_test_id("read-only")).to_contain_text("archived")
        await expect(link_to(gil, "spring-plans")).to_be_visible()


async def test_two_people_side_by_side(chromium: Browser) -> None:
    async with harbor(chromium, "beside") as place:
        ana = await place.sits("ana", dark=True)
        await ana.page.get_by_test_id("act-as").click()
        await ana.picture("1-people")
        async with ana.page.context.expect_page() as opening:
            await ana.page.get_by_test_id("beside-ben").click()
        other = await opening.value
        await expect(other.get_by_test_id("act-as")).to_have_attribute("data-as", "ben")
        await other.locator('.sidebar [data-channel="help"]').click()
        await ana.say("do you see me?")
        await expect(other.get_by_test_id("message").last).to_contain_text("do you see me?")
        await ana.page.get_by_test_id("act-as").click()
        await ana.page.get_by_test_id("act-as-gil").click()
        await expect(ana.page.get_by_test_id("act-as")).to_have_attribute("data-as", "gil")
        await expect(ana.page.get_by_test_id("channel-name")).to_contain_text("help")
