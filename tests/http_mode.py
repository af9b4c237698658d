"""The bot in HTTP mode: what Slack sends, signed and encoded as Slack does it, and a world in which it is sent so."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import aiohttp
from sqlmodel import select

from agents.engines import Engines
from agents.local.engine import LocalEngine
from agents.local.neighbours import Neighbours
from agents.local.past import Past
from bot.app import Signalbox
from bot.minds import LoadedMinds
from bot.settings import Settings
from storage.tables import Receipt
from tests.world import COMPANY, ROOT, Clock, World, engines, policy
from twin.server import Twin

Json = dict[str, Any]
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Answer:
    """What the bot answers to a delivery, and how long that took."""

    status: int
    text: str
    seconds: float


def encoded(payload: Json) -> tuple[str, bytes]:
    """Return content type and body of a delivery, as Slack encodes this kind."""
    if "command" in payload:
        return _FORM, urlencode(payload).encode()
    if "event" in payload or payload.get("type") in ("url_verification", "app_rate_limited"):
        return "application/json", json.dumps(payload).encode()
    return _FORM, urlencode({"payload": json.dumps(payload)}).encode()


@dataclass
class Sender:
    """Posts to the bot as Slack does."""

    web: aiohttp.ClientSession
    url: str
    secret: str
    now: Callable[[], datetime]

    async def send(self, payload: Json) -> Answer:
        """Post a delivery, signed."""
        content_type, body = encoded(payload)
        return await self.post(body, content_type)

    async def post(
        self,
        body: bytes,
        content_type: str = "application/json",
        headers: Mapping[str, str | None] | None = None,
    ) -> Answer:
        """Post these bytes, signed. A header that is given replaces the right one; None leaves it out."""
        timestamp = str(int(self.now().timestamp()))
        # Not the bot's own function, because both could be wrong in the same way.
        mac = hmac.new(self.secret.encode(), f"v0:{timestamp}:".encode() + body, hashlib.sha256)
        right: dict[str, str | None] = {
            "Content-Type": content_type,
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": f"v0={mac.hexdigest()}",
            **(headers or {}),
        }
        given = {name: value for name, value in right.items() if value is not None}
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with self.web.post(
            self.url, data=body, headers=given, skip_auto_headers=("Content-Type",)
        ) as said:
            return Answer(said.status, await said.text(), loop.time() - began)


async def at_rest(bot: Signalbox) -> Sequence[Receipt]:
    """Wait until everything that was brought to a bot has had its effects, and return what was brought."""
    async with asyncio.timeout(20):
        while True:
            async with bot.db.begin() as session:
                found = (await session.exec(select(Receipt))).all()
            if all(receipt.done_at or receipt.failed for receipt in found):
                return found
            await asyncio.sleep(0.01)


class MachineTime(Clock):
    """The machine's time, at which the twin signs what it sends."""

    def now(self) -> datetime:
        """Return the time."""
        return datetime.now(UTC)


@dataclass
class HttpWorld(World):
    """A world whose bot is reached by HTTP."""

    sender: Sender


@asynccontextmanager
async def http_bot(
    api_url: str, token: str, secret: str, database_url: str, now: Callable[[], datetime]
) -> AsyncIterator[tuple[Signalbox, Sender]]:
    """Open a bot in HTTP mode on some Slack, with somebody who can post to it."""
    taught = engines().local
    assert isinstance(taught, LocalEngine)
    mind = Engines(replace(taught, past=Past(Neighbours(taught.embedder))))
    settings = Settings.read(
        {
            "slack_bot_token": token,
            "slack_app_token": "",
            "slack_signing_secret": secret,
            "slack_api_url": api_url,
            "http_port": 0,
            "database_url": database_url,
            "policy": COMPANY / "signalbox.toml",
            "models": ROOT / "build",
            "posts_per_second": 0,
        }
    )
    bot = Signalbox(settings, policy(), now=now, minds=LoadedMinds(mind), keeps_time=False)
    bot.slack.posting.settling = 0
    await bot.start()
    assert bot.http is not None
    try:
        async with aiohttp.ClientSession() as web:
            yield bot, Sender(web, bot.http.url + "/slack/events", secret, now)
    finally:
        await bot.stop()


@asynccontextmanager
async def http_world(database_url: str) -> AsyncIterator[HttpWorld]:
    """Open a world in which everything that happens is brought to the bot by HTTP."""
    clock = MachineTime()
    twin = await Twin.start(COMPANY / "workspace.toml", clock=clock)
    try:
        async with http_bot(twin.api_url, twin.bot_token, twin.signing_secret, database_url, clock.now) as (
            bot,
            sender,
        ):
            await twin.use_request_url(sender.url)
            yield HttpWorld(twin, clock, bot, database_url, engines(), sender)
    finally:
        await twin.stop()
