"""The page on a phone: one thing at a time, and nothing scrolls sideways."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.browser.harbor import harbor
from tests.browser.window import PHONE, Window
from tests.twin import forms

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

_WIDE = """() => [document.documentElement, ...document.querySelectorAll(".scroll, .modal-body")]
    .filter(one => one.scrollWidth > one.clientWidth).map(one => one.className)"""


async def fits(window: Window, step: str) -> None:
    """Hold that nothing is wider than the window, and keep a picture."""
    await window.picture(step)
    assert await window.page.evaluate(_WIDE) == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
async def test_a_day_on_a_phone(chromium: Browser, dark: bool) -> None:
    async with harbor(chromium, f"phone-{'dark' if dark else 'light'}") as place:
        ben = place.person("ben")
        root = await ben.post("#help", f"a long address https://example.com/{'x' * 90} in the middle")
        await ben.post("#help", "an answer", root)
        phone = await place.sits("ana", "general", dark=dark, size=PHONE)
        page = phone.page
        await fits(phone, "1-general")
        await page.get_by_test_id("show-channels").click()
        await fits(phone, "2-channels")
        await page.locator('.sidebar [data-channel="help"]').click()
        await phone.say("from the train")
        await fits(phone, "3-help")
        await phone.open_thread(phone.messages.nth(1))
        await page.get_by_test_id("thread-composer").fill("and from the bus")
        await page.get_by_test_id("thread-send").click()
        await expect(phone.replies.last).to_contain_text("and from the bus")
        await fits(phone, "4-thread")
        await page.get_by_test_id("close-thread").click()

        await phone.messages.last.locator(".content").tap()
        await phone.messages.last.get_by_test_id("more-actions").tap()
        await page.get_by_test_id("edit-message").tap()
        await page.get_by_test_id("edit-box").fill("from the tram")
        await page.get_by_test_id("edit-save").tap()
        await expect(phone.messages.last).to_contain_text("from the tram")
        await page.get_by_label("Search", exact=True).click()
        await page.get_by_test_id("search-input").fill("bus")
        await fits(phone, "5-search")
        await page.get_by_test_id("result").first.click()
        await expect(page.locator(".pointed-at")).to_contain_text("from the bus")
        await page.get_by_test_id("close-thread").click()
        await page.get_by_test_id("channel-title").click()
        await fits(phone, "6-details")
        await page.get_by_test_id("close-side").click()

        view = forms.modal(forms.ask("words", forms.typing("said", multiline=True)))
        await place.opens("ana", view)
        await phone.modal.locator("textarea").fill("typed with a thumb")
        await fits(phone, "7-modal")
        await phone.submit()
        await expect(phone.modal).to_have_count(0)
        await page.get_by_test_id("show-channels").click()
        await page.get_by_test_id("new-message").click()
        await page.get_by_test_id("people-input").fill("ben")
        await fits(phone, "8-people")
