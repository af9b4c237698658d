"""What one does to a message with the mouse, and what hangs below it: reactions, pins, pictures, files."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.browser.harbor import harbor, picture, upload
from tests.twin import forms

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

# Which buttons of a message lie below its toolbar.
_HIDDEN = """message => {
    const bar = message.querySelector(".message-menu").getBoundingClientRect();
    return [...document.querySelectorAll(".content button, .content [role=combobox]")].filter(one => {
        const at = one.getBoundingClientRect();
        return at.right > bar.left && at.left < bar.right && at.bottom > bar.top && at.top < bar.bottom;
    }).length;
}"""


async def test_the_toolbar_never_lies_on_a_button(chromium: Browser) -> None:
    async with harbor(chromium, "toolbar") as place:
        for word in ("First", "Second"):
            blocks = [
                forms.section("Short", accessory=forms.button(f"reopen_{word}")),
                forms.actions(*(forms.button(f"b{number}_{word}") for number in range(9))),
            ]
            await place.web.chat_postMessage(channel=place.twin.channel("#help").id, text=word, blocks=blocks)
        for size in ((1280, 900), (820, 700)):
            window = await place.sits("ana", "help", size=size)
            for message in (window.messages.nth(1), window.messages.nth(2)):
                await message.hover()
                assert await message.evaluate(_HIDDEN) == 0
            await window.picture(f"1-{size[0]}")
        await message.locator('[data-action-id="reopen_Second"]').click()
        pressed = await place.told("block_actions")
        assert pressed["actions"][0]["action_id"] == "reopen_Second"


async def test_reactions_and_pins(chromium: Browser) -> None:
    async with harbor(chromium, "reactions") as place:
        ts = await place.person("ben").post("#help", "we are live")
        await place.person("ben").react("#help", ts, "tada")
        window = await place.sits("ana", "help")
        page, message = window.page, window.messages.last
        await message.locator('[data-reaction="tada"]').click()
        await message.locator('[data-reaction="tada"]').hover()
        await expect(page.get_by_test_id("who-reacted")).to_contain_text("Ben Okafor and You reacted with")
        await message.get_by_test_id("add-reaction").click()
        await page.get_by_test_id("emoji-search").fill("haha")
        await expect(page.locator('.emoji-grid [data-emoji="joy"]')).to_be_visible()
        await page.get_by_test_id("emoji-search").fill("rock")
        await page.locator('.emoji-grid [data-emoji="rocket"]').click()
        await expect(message.locator('[data-reaction="rocket"]')).to_be_visible()
        assert (await place.told("reaction_added"))["reaction"] == "rocket"

        await message.hover()
        await message.get_by_test_id("more-actions").click()
        await page.get_by_test_id("pin-message").click()
        await expect(message).to_contain_text("Pinned")
        await page.get_by_test_id("show-pins").click()
        await expect(page.get_by_test_id("pin")).to_contain_text("we are live")
        await page.screenshot(path=place.picture("1-pinned"))
        await message.hover()
        await message.get_by_test_id("more-actions").click()
        await page.get_by_test_id("pin-message").click()
        await page.get_by_test_id("confirm-ok").click()
        await expect(page.get_by_test_id("show-pins")).to_have_count(0)


async def test_pictures_open_large_and_files_are_cards(chromium: Browser) -> None:
    async with harbor(chromium, "pictures") as place:
        window = await place.sits("ana", "help")
        page = window.page
        files = [
            upload("sea.png", picture(900, 600, 30, 110, 190)),
            upload("sun.png", picture(300, 500, 240, 180, 40)),
            upload("list.csv", b"a,b\n1,2\n"),
        ]
        await page.get_by_test_id("file").set_input_files(files)
        await expect(page.get_by_test_id("attached")).to_have_count(3)
        await page.get_by_test_id("send").click()
        message = window.messages.last
        await expect(message.get_by_test_id("picture")).to_have_count(2)
        await expect(message.locator("[data-file]")).to_contain_text("list.csv")
        await window.picture("1-gallery")

        await message.get_by_test_id("picture").first.click()

        large = page.get_by_test_id("lightbox")
        await expect(large).to_contain_text("sea.png")
        await page.keyboard.press("+")
        await expect(large).to_contain_text("140%")
        await page.keyboard.press("ArrowRight")
        await expect(large).to_contain_text("sun.png")
        await expect(large).to_contain_text("100%")
        assert (await large.get_by_test_id("download").get_attribute("href") or "").endswith("/sun.png")
        await window.picture("2-large")
        await page.keyboard.press("Escape")
        await expect(large).to_have_count(0)
        await expect(message.get_by_test_id("picture").first).to_be_focused()

        await page.get_by_test_id("file").set_input_files([files[0]])
        await page.get_by_test_id("send").click()
        image = window.messages.last.locator("img").last
        await expect(image).to_be_visible()
        box = await image.bounding_box()
        assert box is not None
        assert (round(box["width"]), round(box["height"])) == (360, 240)
