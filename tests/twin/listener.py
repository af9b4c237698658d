"""A Socket Mode listener without Bolt: it keeps every frame, and acknowledges as the test wants."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from twin.server import Twin

Json = dict[str, Any]


class Listener:
    """One connection. `acks` switches acknowledging; `answer` is sent with acks that may carry a payload."""

    def __init__(self, session: aiohttp.ClientSession, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.session = session
        self.ws = ws
        self.frames: list[Json] = []
        self.acks = True
        self.answer: Json | None = None
        self._task = asyncio.create_task(self._listen())

    @classmethod
    async def open(cls, twin: Twin, more: str = "") -> Listener:
        """Connect to a twin, as an app does, with something more in the address."""
        web = AsyncWebClient(base_url=twin.api_url)
        opened = await web.apps_connections_open(app_token=twin.app_token)
        session = aiohttp.ClientSession()
        before = twin.connections
        listener = cls(session, await session.ws_connect(str(opened["url"]) + more))
        await twin.connected(before + 1)
        await twin.until(lambda: listener.frames)
        return listener

    @property
    def envelopes(self) -> list[Json]:
        """Every envelope received so far."""
        return [frame for frame in self.frames if "envelope_id" in frame]

    @property
    def events(self) -> list[Json]:
        """Every event received so far, without its envelopes."""
        return [one["payload"]["event"] for one in self.envelopes if one["type"] == "events_api"]

    async def ack(self, envelope: Json) -> None:
        """Acknowledge one envelope."""
        answer = {"payload": self.answer} if envelope["accepts_response_payload"] and self.answer else {}
        await self.ws.send_json({"envelope_id": envelope["envelope_id"], **answer})

    async def close(self) -> None:
        """End the connection."""
        self._task.cancel()
        await self.ws.close()
        await self.session.close()

    async def _listen(self) -> None:
        async for message in self.ws:
            frame = json.loads(message.data)
            self.frames.append(frame)
            if self.acks and "envelope_id" in frame:
                await self.ack(frame)
