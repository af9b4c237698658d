"""The small workspace of the twin's own tests, seen through the page: no bot of ours, only the twin and its people.

Ana and Ben work there, Gil is a guest, Sam belongs to a customer. An app that keeps what it is told stands in for any
other, so that a test can hold what the page made Slack say.
"""

from __future__ import annotations

import asyncio
import struct
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, FilePayload, Locator
from slack_sdk.web.async_client import AsyncWebClient

from tests.browser.window import WIDE, Window, sit_down
from tests.twin.listener import Listener
from twin.people.person import Person
from twin.server import Twin

Json = dict[str, Any]
SEED = Path(__file__).parent.parent / "twin" / "workspace.toml"
PICTURES = Path(__file__).parent.parent.parent / "build" / "screenshots"


class HarborClock:
    """Goes on a little whenever it is asked, so that no two messages are of the same moment."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        self.at += timedelta(milliseconds=5)
        return self.at


@dataclass
class Harbor:
    """What a test works with."""

    twin: Twin
    web: AsyncWebClient
    app: Listener
    browser: Browser
    test: str
    windows: list[Window] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def person(self, handle: str) -> Person:
        """Somebody who acts without a window."""
        return self.twin.person(handle)

    async def sits(
        self,
        handle: str,
        channel: str = "help",
        *,
        dark: bool = False,
        size: tuple[int, int] = WIDE,
        **place: str,
    ) -> Window:
        """Seat somebody at a window of their own, before a channel."""
        context, window = await sit_down(
            self.browser, self.twin, handle, self.twin.ws.now(), self.picture, dark=dark, size=size
        )
        self.contexts.append(context)
        self.windows.append(window)
        await window.go(channel, **place)
        return window

    def picture(self, step: str) -> Path:
        """Where a picture of this test goes."""
        return PICTURES / f"{self.test}-{step}.png"

    async def told(self, kind: str) -> Json:
        """Wait until the app was sent a payload or an event of a kind, and return the last."""

        def find() -> Json | None:
            sent = [one["payload"] for one in self.app.envelopes]
            events = [one["event"] for one in sent if "event" in one]
            fitting = [one for one in [*sent, *events] if one.get("type") == kind]
            return fitting[-1] if fitting else None

        return await self.twin.until(find)

    async def opens(self, handle: str, view: Json) -> None:
        """Let the app open a modal before somebody, who pressed its shortcut."""
        await self.person(handle).global_shortcut("new_ticket")
        pressed = await self.told("shortcut")
        await self.web.views_open(trigger_id=pressed["trigger_id"], view=view)


@asynccontextmanager
async def harbor(browser: Browser, test: str, seed: Path = SEED) -> AsyncIterator[Harbor]:
    """Open the workspace; at the end no page may have failed or looked beyond this machine."""
    twin = await Twin.start(seed, clock=HarborClock())
    app = await Listener.open(twin)
    web = AsyncWebClient(token=twin.bot_token, base_url=twin.api_url)
    place = Harbor(twin, web, app, browser, test)
    try:
        yield place
        strangers = [url for window in place.windows for url in window.strangers()]
        errors = [error for window in place.windows for error in window.errors]
        assert not strangers and not errors, f"{strangers} {errors}"
    finally:
        await asyncio.gather(*(context.close() for context in place.contexts))
        await app.close()
        await twin.stop()


def agent_seed(folder: Path) -> Path:
    """Write a seed of the same workspace whose app is an agent with a pane of its own."""
    manifest = (SEED.parent / "manifest.yml").read_text()
    changes = {
        "features:": "features:\n  agent_view:\n    agent_description: Answers questions",
        "      - app_mentions:read": "      - assistant:write\n      - app_mentions:read",
        "      - app_home_opened": "\n".join(
            f"      - {name}" for name in ("app_home_opened", "agent_session_stopped", "app_context_changed")
        ),
    }
    for before, after in changes.items():
        manifest = manifest.replace(before, after, 1)
    (folder / "manifest.yml").write_text(manifest)
    (folder / "workspace.toml").write_text(SEED.read_text())
    return folder / "workspace.toml"


def upload(name: str, data: bytes) -> FilePayload:
    """A file as somebody chooses it from their disk."""
    kind = {"png": "image/png", "pdf": "application/pdf", "csv": "text/csv"}[name.rpartition(".")[2]]
    return {"name": name, "mimeType": kind, "buffer": data}


def picture(width: int, height: int, red: int, green: int, blue: int) -> bytes:
    """Make the bytes of a PNG of one colour."""

    def part(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + bytes((red, green, blue)) * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(rows)) + part(b"IEND", b"")
    )


def link_to(window: Window, channel: str) -> Locator:
    """A conversation in the list at the left, by the name of the channel or the handle of the person."""
    return window.page.locator(f'.sidebar [data-channel="{channel}"]')
