"""The workshop on the page: a developer watches what passes between app and Slack, and lets things go wrong.

Each story is walked through in a browser. Mostly the real bot is the app that is watched; where none is needed, the
twin is alone.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Locator, expect

from tests.browser.conftest import PICTURES
from tests.browser.window import PHONE, Sits, Window, sit_down
from tests.world import COMPANY, World
from twin.host import Call
from twin.server import Twin

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

WIDE = (1440, 900)
ASKED = "We were charged twice on invoice INV-2291, can you refund one of them?"
MANY = 20_000


class Workshop:
    """The workshop in somebody's window."""

    def __init__(self, window: Window) -> None:
        self.page = window.page
        self._window = window

    async def open(self) -> None:
        """Open it with its key."""
        await self.page.keyboard.press("Control+.")
        await expect(self.page.get_by_test_id("workshop")).to_be_visible()

    def part(self, testid: str) -> Locator:
        """Something of it, by its mark."""
        return self.page.get_by_test_id(f"ws-{testid}")

    async def press(self, testid: str) -> None:
        """Press something of it."""
        await self.part(testid).click()

    async def filter(self, text: str) -> None:
        """Look for something."""
        await self.part("filter").fill(text)

    async def picture(self, step: str) -> None:
        """Keep how the window looks; unlike elsewhere, here a person may read what Slack's tokens look like."""
        path = self._window.picture_of(step)
        await self.page.screenshot(path=path, animations="disabled", caret="hide")

    def lines(self, name: str = "") -> Locator:
        """The lines in sight, of one method or event if named."""
        return (
            self.page.locator(f'[data-testid="ws-line"][data-name="{name}"]') if name else self.part("line")
        )


@pytest_asyncio.fixture(loop_scope="session")
async def alone() -> AsyncIterator[Twin]:
    """The demo company without any app, and with a clock that can be moved."""
    twin = await Twin.start(COMPANY / "workspace.toml")
    yield twin
    await twin.stop()


async def test_a_developer_finds_out_what_made_a_message(world: World, sits: Sits) -> None:
    marek = await sits("marek", size=WIDE)
    shop = Workshop(marek)
    await marek.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await marek.go("team-billing")
    await shop.open()
    await world.person("greta").post("#customer-support", ASKED)
    await expect(marek.card()).to_be_visible()
    await world.settle()

    event = shop.lines("message").filter(has_text=ASKED[:20]).first
    await expect(event).to_contain_text("#customer-support")
    await expect(event).to_contain_text("acked")
    await shop.picture("1-timeline")

    await shop.filter("in:#team-billing chat.* -status:error")
    await expect(shop.lines("message")).to_have_count(0)
    await shop.lines("chat.postMessage").first.click()
    await shop.part("details").get_by_text("unfold", exact=True).first.click()
    await expect(shop.part("details")).to_contain_text('action_id: "claim_ticket"')
    await shop.press("copy-curl")
    command = await marek.page.evaluate("navigator.clipboard.readText()")
    assert "/api/chat.postMessage" in command and world.twin.bot_token not in command
    await shop.picture("2-details")
    await shop.part("lines").press("Escape")
    await expect(shop.part("details")).to_be_hidden()

    await shop.filter("is:event charged")
    await shop.lines("message").first.click()
    await shop.press("jump")
    asked = marek.messages.filter(has_text=ASKED).first
    await expect(asked).to_be_visible()
    await asked.hover()
    await asked.get_by_test_id("more-actions").click()
    await marek.page.get_by_test_id("inspect-message").click()
    await shop.filter("")
    await expect(shop.part("about")).to_contain_text("charged twice")
    await expect(shop.lines("reactions.add")).to_have_count(1)
    await shop.picture("3-inspected")

    await shop.lines("chat.postMessage").filter(has_text="is with Billing").click()
    await shop.press("only-this")
    await expect(shop.lines("reactions.add")).to_have_count(0)
    await shop.press("whole-thread")
    await expect(shop.lines("reactions.add")).to_have_count(1)

    await shop.press("show-all")
    await shop.press("clear")
    await expect(shop.lines()).to_have_count(0)
    await shop.press("pause")
    await world.person("greta").post("#customer-support", "thank you")
    await expect(shop.part("pause")).to_contain_text(re.compile(r"\d"))
    await expect(shop.lines()).to_have_count(0)
    await shop.press("pause")
    await expect(shop.lines("message").first).to_contain_text("thank you")


async def test_things_go_wrong_on_purpose(world: World, sits: Sits) -> None:
    greta = await sits("greta", dark=True, size=WIDE)
    shop = Workshop(greta)
    await greta.go("customer-support")
    await shop.open()
    await shop.press("tab-faults")

    await shop.part("method").fill("reactions.add")
    await shop.press("add-hang")
    await expect(shop.part("fault")).to_contain_text("hangs until released")
    asked = await greta.say(ASKED)
    await shop.part("release").click()
    await expect(asked.locator('[data-reaction="eyes"]')).to_be_visible()
    await world.settle()

    await shop.press("preset-twice")
    await expect(shop.part("preset-twice")).to_have_attribute("aria-pressed", "true")
    await shop.picture("1-faults")
    await greta.page.get_by_test_id("composer").fill("and one more thing")
    await greta.page.get_by_test_id("send").click()
    await expect(shop.part("fault").last.get_by_test_id("ws-hits")).to_contain_text("met once")
    await shop.press("preset-twice")
    await expect(shop.part("preset-twice")).to_have_attribute("aria-pressed", "false")
    await shop.press("tab-traffic")
    await shop.filter("is:event one more thing")
    await expect(shop.lines("message")).to_have_count(2)

    await shop.press("tab-faults")
    await shop.press("limits")
    await expect(shop.part("limits")).to_have_attribute("aria-checked", "true")
    assert world.twin.limits.enabled
    await shop.press("limits")
    await shop.part("request-url").fill("http://127.0.0.1:9/slack/events")
    await shop.part("request-url").press("Enter")
    await expect(shop.part("notice")).to_be_visible()
    await expect(shop.part("connection")).to_contain_text("1")
    await shop.picture("2-no-app-there")
    await world.settle()


async def test_time_passes_when_told(alone: Twin, chromium: Browser) -> None:
    context, ana = await _at(alone, chromium, "time")
    shop = Workshop(ana)
    await ana.go("general")
    await shop.open()
    await shop.press("tab-clock")
    await shop.press("freeze")
    await expect(shop.part("freeze")).to_have_text("Run")
    before = alone.ws.now()
    await shop.press("advance-3600")
    await expect(shop.part("clock")).to_contain_text("1 h ahead of this machine")
    assert (alone.ws.now() - before).total_seconds() == 3600
    await shop.press("morning")
    await expect(shop.part("digits")).to_have_text("09:00:00")
    assert alone.ws.now() > before
    await shop.picture("1-clock")
    await context.close()
    assert ana.errors == [] and ana.strangers() == []


async def test_what_was_recorded_is_played_again(world: World, sits: Sits, tmp_path: Path) -> None:
    greta = await sits("greta", size=WIDE)
    shop = Workshop(greta)
    await greta.go("customer-support")
    await shop.open()
    await shop.press("tab-record")
    await shop.press("record-toggle")
    await expect(shop.part("record-toggle")).to_have_attribute("aria-pressed", "true")
    await greta.say(ASKED)
    await world.settle()
    await shop.press("record-toggle")
    await expect(shop.part("record-toggle")).to_have_attribute("aria-pressed", "false")

    async with greta.page.expect_download() as downloading:
        await shop.press("download")
    kept = tmp_path / "request.jsonl"
    await (await downloading.value).save_as(kept)
    await shop.part("load").set_input_files(kept)
    await expect(shop.part("tape")).to_contain_text("request.jsonl")
    await shop.press("replay")

    # The bot counts its tickets, so the second one differs from the first by its number.
    told = shop.part("differences")
    await expect(told).to_contain_text("done again")
    await expect(told.locator(".was").filter(has_text="T-1").first).to_be_visible()
    await expect(told.locator(".is").filter(has_text="T-2").first).to_be_visible()
    await expect(greta.messages.filter(has_text=ASKED)).to_have_count(2)
    await shop.picture("1-differences")
    await world.settle()


async def test_twenty_thousand_rows_in_a_window_of_its_own_and_on_a_phone(
    alone: Twin, chromium: Browser
) -> None:
    now = datetime(2026, 11, 23, 9, tzinfo=UTC)
    channel = alone.channel("general").id
    for at in range(MANY):
        args = {"channel": channel, "text": f"number {at}"}
        n = alone.ws.host.next_number()
        alone.ws.host.calls.append(Call(n, now, "chat.postMessage", args, {"ok": True}, 3.0))
    context, ana = await _at(alone, chromium, "many-rows")
    shop = Workshop(ana)
    await ana.page.goto(f"{alone.url}/?workshop=1")
    await expect(shop.part("row-count")).to_have_text(f"{MANY:,}")
    await expect(shop.lines().last).to_contain_text(f"number {MANY - 1}")
    assert await shop.lines().count() < 100
    await shop.filter('"number 1977" in:#general')
    await expect(shop.part("row-count")).to_have_text("11")
    await shop.lines().first.click()
    await expect(shop.part("details")).to_contain_text("number 1977")
    await shop.picture("1-window")
    await context.close()

    context, ana = await _at(alone, chromium, "many-rows-phone", PHONE)
    shop = Workshop(ana)
    await ana.go("general")
    await ana.page.get_by_role("button", name="Show channels").click()
    await ana.page.get_by_test_id("open-workshop-narrow").click()
    await shop.lines().last.click()
    await expect(shop.part("details")).to_be_visible()
    assert await ana.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await shop.picture("1-details")
    await shop.press("close")
    await expect(ana.page.get_by_test_id("workshop")).to_have_count(0)
    await context.close()
    assert ana.errors == [] and ana.strangers() == []


async def _at(
    twin: Twin, chromium: Browser, name: str, size: tuple[int, int] = WIDE
) -> tuple[BrowserContext, Window]:
    def picture(step: str) -> Path:
        return PICTURES / f"workshop-{name}-{step}.png"

    return await sit_down(chromium, twin, "ana", twin.ws.now(), picture, size=size)
