"""A Chromium for all tests of the page, and windows for the people of the demo company.

Without a Chromium, or without the page's bundle, these tests are skipped and say so. Pictures of every step are kept
in build/screenshots, because a person's eye sees what no assertion asks for.
"""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, async_playwright, expect

from tests.browser.window import WIDE, Sits, Window, sit_down
from tests.world import World
from tests.world import world as open_world

ROOT = Path(__file__).parent.parent.parent
PICTURES = ROOT / "build" / "screenshots"
NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Whatever else the browser may think of, no name is ever looked up.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """A running browser."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("there is no Chromium here; install one (Debian: apt-get install chromium)")
    if not (ROOT / "twin" / "page" / "bundle" / "app.js").is_file():
        pytest.skip("the twin's page is not built; run `make page`")
    PICTURES.mkdir(parents=True, exist_ok=True)
    expect.set_options(timeout=15_000)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A wired bot in the demo company, on the browser's event loop."""
    async with open_world(f"sqlite:///{tmp_path}/signalbox.sqlite") as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def sits(world: World, chromium: Browser, request: pytest.FixtureRequest) -> AsyncIterator[Sits]:
    """Seats people at windows; at the end no page may have failed or looked beyond this machine."""
    windows: list[Window] = []
    contexts: list[BrowserContext] = []
    test = re.sub(r"\W+", "-", request.node.name.removeprefix("test_")).strip("-")

    def picture(step: str) -> Path:
        return PICTURES / f"{test}-{step}.png"

    async def sits(handle: str, *, dark: bool = False, size: tuple[int, int] = WIDE) -> Window:
        context, window = await sit_down(
            chromium, world.twin, handle, world.clock.now(), picture, dark=dark, size=size
        )
        contexts.append(context)
        windows.append(window)
        return window

    yield sits
    await asyncio.gather(*(context.close() for context in contexts))
    assert [url for window in windows for url in window.strangers()] == []
    assert [error for window in windows for error in window.errors] == []
