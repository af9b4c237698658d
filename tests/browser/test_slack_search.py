"""Searching from the keyboard, with filters, and landing in the middle of the past."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.browser.harbor import harbor

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_a_search_finds_filters_and_leads_into_the_past(chromium: Browser) -> None:
    async with harbor(chromium, "search") as place:
        ana, ben = place.person("ana"), place.person("ben")
        for number in range(180):
            await (ana if number % 2 else ben).post("#help", f"parcel number {number} left the *house*")
        await ben.post("#team-billing", "parcel invoices, see https://example.com/7")
        window = await place.sits("ana", "help")
        page = window.page

        await page.keyboard.press("Control+g")
        await page.keyboard.type('"parcel number 21 left"')

        result = page.get_by_test_id("result")
        await expect(result).to_have_count(1)
        await expect(result.locator("mark").first).to_have_text("parcel")
        assert "*" not in await result.inner_text()

        await page.keyboard.press("Enter")

        shown = page.locator(".pointed-at")
        await expect(shown).to_contain_text("parcel number 21 left")
        await expect(shown).to_be_in_viewport()
        assert await window.messages.count() < 100, "only what lies around it is loaded"
        await expect(window.messages.filter(has_text="parcel number 24 ")).to_have_count(1)
        await window.picture("1-past")
        await page.get_by_test_id("to-newest").click()
        await expect(window.messages.last).to_contain_text("parcel number 179")

        field = page.get_by_test_id("search-input")
        await field.fill("parcel")
        await page.get_by_test_id("filter-link").click()
        await expect(result).to_have_count(1)
        await expect(result).to_contain_text("invoices")
        await page.get_by_test_id("filter-link").click()
        await page.get_by_test_id("filter-from").click()
        await page.locator('[data-option-value="ben"]').click()
        await expect(field).to_have_value("from:@ben parcel")
        await expect(page.get_by_test_id("search-count")).to_have_text("91 messages")
        await field.fill("from:@nobody x")
        await expect(page.get_by_test_id("search")).to_contain_text("There is nobody called")
        await window.picture("2-refused")
        await field.press("Escape")
        await field.press("Escape")
        await expect(page.get_by_test_id("search")).to_have_count(0)

        await page.get_by_test_id("composer").press("Control+f")
        await expect(field).to_have_value("in:#help ")
        await expect(page.get_by_test_id("search-count")).to_have_text("181 messages")
