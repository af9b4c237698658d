"""A browser window in which somebody of the demo company sits at Slack.

A test says what that person does and what they then see; waiting is built into both. Each window remembers every
address that its page asked for and every error in it, so that a test can hold that there were none of the wrong kind.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import urlencode, urlsplit

from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from twin.server import Twin

WIDE = (1280, 980)
PHONE = (390, 844)

# What a person must never read: Slack's own tokens, names of emoji, and what a program says of nothing.
_RAW = re.compile(r"<[!@#][^>]*>|(?<!\w):[a-z][a-z_]+:(?!\w)|\bundefined\b|\bNaN\b|\bNone\b|\[object ")

# Whatever inside a card reaches beyond it, and the page or the list of messages if they scroll sideways.
_OVERFLOW = """card => {
    const box = card.getBoundingClientRect();
    const beyond = [...card.querySelectorAll("*")].filter(one => {
        const at = one.getBoundingClientRect();
        return at.width > 1 && (at.right > box.right + 1 || at.left < box.left - 1);
    });
    const wide = [document.documentElement, card.closest(".scroll")].filter(
        one => one && one.scrollWidth > one.clientWidth
    );
    return [...beyond, ...wide].map(one => `${one.tagName} ${one.className} ${one.textContent.slice(0, 40)}`);
}"""


class Window:
    """One person's window. Elements are found by the page's own marks, or by the words that a person reads."""

    def __init__(self, page: Page, url: str, handle: str, picture: Callable[[str], Path]) -> None:
        self.page = page
        self.handle = handle
        self.asked_for: list[str] = []
        self.errors: list[str] = []
        self._url = url
        self.picture_of = picture
        page.on("request", lambda request: self.asked_for.append(request.url))
        page.on("websocket", lambda socket: self.asked_for.append(socket.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda said: self.errors.append(said.text) if said.type == "error" else None)

    async def go(self, channel: str, **place: str) -> None:
        """Open a channel by name, or the app's own place by its id, with `thread`, `message` or `tab`."""
        await self.page.goto(f"{self._url}/?{urlencode({'as': self.handle, 'channel': channel, **place})}")
        await expect(self.page.get_by_test_id("channel")).to_be_visible()

    async def say(self, text: str) -> Locator:
        """Write in the open channel, and return the message once it is there."""
        await self.page.get_by_test_id("composer").fill(text)
        await self.page.get_by_test_id("send").click()
        message = self.messages.filter(has_text=text).last
        await expect(message).to_be_visible()
        return message

    async def command(self, text: str) -> Locator:
        """Give a slash command, and return the whisper that answers it."""
        whispers = self.page.locator(".whisper")
        before = await whispers.count()
        await self.page.get_by_test_id("composer").fill(text)
        await self.page.get_by_test_id("composer").press("Enter")
        await expect(whispers).to_have_count(before + 1)
        return whispers.last

    @property
    def messages(self) -> Locator:
        """The messages of the open channel, without those of a thread."""
        return self.page.get_by_test_id("channel").get_by_test_id("message")

    @property
    def replies(self) -> Locator:
        """The messages of the open thread, the first of which began it."""
        return self.page.get_by_test_id("thread").get_by_test_id("message")

    def card(self, number: int = 1) -> Locator:
        """The card of a ticket in the open channel."""
        return self.messages.filter(has=self.page.get_by_role("heading", name=re.compile(rf"^T-{number} ")))

    async def press(self, within: Locator, action_id: str) -> None:
        """Press a button of a message by its action id."""
        await within.locator(f'button[data-action-id="{action_id}"]').click()

    @property
    def modal(self) -> Locator:
        """The window that the app opened."""
        return self.page.get_by_test_id("modal")

    async def opens(self, within: Locator, action_id: str) -> Locator:
        """Press a button, and return the window that it opens."""
        await self.press(within, action_id)
        await expect(self.modal).to_be_visible()
        return self.modal

    async def choose(self, action_id: str, option: str) -> None:
        """Choose from a menu of the open window, by the option's value."""
        await self.modal.locator(f'[role=combobox][data-action-id="{action_id}"]').click()
        await self.page.locator(f'[role=option][data-option-value="{option}"]').click()

    async def submit(self) -> None:
        """Send off the open window."""
        await self.page.get_by_test_id("modal-submit").click()

    async def open_thread(self, message: Locator) -> None:
        """Open a message's thread by the line below it."""
        await message.get_by_test_id("thread-line").click()
        await expect(self.page.get_by_test_id("thread")).to_be_visible()

    async def picture(self, step: str) -> None:
        """Keep how the window looks now, for people to look at; what nobody should have to read counts as an error."""
        for raw in _RAW.findall(await self.page.locator("body").inner_text()):
            self.errors.append(f"at {step} people read {raw}")
        await self.page.screenshot(path=self.picture_of(step), animations="disabled", caret="hide")

    async def at(self, now: datetime) -> None:
        """Set the window's clock."""
        await self.page.context.clock.set_fixed_time(now)

    async def overflow(self, card: Locator) -> list[str]:
        """Return what of a card, or of the page, is wider than it may be."""
        found: list[str] = await card.evaluate(_OVERFLOW)
        return found

    def strangers(self) -> list[str]:
        """Return the addresses the page asked for that are not on this machine, nor in its own memory."""
        here = ("127.0.0.1", "localhost")
        asked = [url.removeprefix("blob:") for url in self.asked_for]
        return [url for url in asked if urlsplit(url).hostname not in here and "://" in url]


class Sits(Protocol):
    """Opens a window for somebody of the demo company."""

    async def __call__(self, handle: str, *, dark: bool = False, size: tuple[int, int] = WIDE) -> Window: ...


async def sit_down(
    browser: Browser,
    twin: Twin,
    handle: str,
    now: datetime,
    picture: Callable[[str], Path],
    *,
    dark: bool = False,
    size: tuple[int, int] = WIDE,
) -> tuple[BrowserContext, Window]:
    """Open a window of its own for a person; the page's clock stands where the world's does."""
    context = await browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
        has_touch=size == PHONE,
        locale="en-GB",
    )
    context.set_default_timeout(15_000)
    await context.clock.set_fixed_time(now)
    page = await context.new_page()
    return context, Window(page, twin.url, handle, picture)
