"""Socket Mode: the websocket over which a Bolt app hears what happens.

Nothing of it is visible in Slack. Several connections share the load in turn. Deliberately not simulated:
Slack's limit of ten connections and its hourly refresh; a test asks for a refresh instead.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections import deque
from collections.abc import Callable

from aiohttp import WSMsgType, web

from twin.delivery import Courier, Parcel
from twin.words import Json


class Line:
    """One open websocket and what it carries."""

    def __init__(self, ws: web.WebSocketResponse, transport: asyncio.Transport | None) -> None:
        self.ws = ws
        self.transport = transport
        self.out: asyncio.Queue[str] = asyncio.Queue()
        self.carried: dict[str, None] = {}
        self.leaving = False

    def say(self, body: Json) -> None:
        self.out.put_nowait(json.dumps(body))

    async def write(self) -> None:
        """Send what was said, in order, until the line breaks."""
        while True:
            try:
                await self.ws.send_str(await self.out.get())
            except (ConnectionError, RuntimeError):
                return  # the reader notices the break and reports what was lost


class SocketRoad:
    """All open websockets of the app."""

    def __init__(self, courier: Courier, app_id: str, bump: Callable[[], None]) -> None:
        self._courier = courier
        self._app_id = app_id
        self._bump = bump
        self._lines: deque[Line] = deque()
        self._tickets: deque[str] = deque(maxlen=100)

    @property
    def connections(self) -> int:
        """How many connections the app holds open."""
        return len(self._lines)

    def is_open(self) -> bool:
        return any(not line.leaving for line in self._lines)

    def carry(self, parcel: Parcel) -> None:
        """Send on the next connection in turn."""
        while self._lines[0].leaving:
            self._lines.rotate(-1)
        line = self._lines[0]
        self._lines.rotate(-1)
        line.carried[parcel.id] = None
        line.say(parcel.envelope())

    def ticket(self) -> str:
        """Issue a ticket that opens one connection."""
        self._tickets.append(secrets.token_hex(16))
        return self._tickets[-1]

    def ask_to_leave(self, reason: str) -> None:
        """Ask every connection to be replaced, as Slack does when it refreshes its servers."""
        for line in self._lines:
            line.leaving = True
            line.say({"type": "disconnect", "reason": reason, "debug_info": {"host": "twin"}})

    async def cut(self) -> None:
        """Break every connection without a word, as a dying network does."""
        for line in list(self._lines):
            if line.transport is not None:
                line.transport.abort()

    async def close(self) -> None:
        """Close every connection politely."""
        for line in list(self._lines):
            await line.ws.close()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer `/link/`: hold one connection until it ends."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=403, text="invalid ticket")
        self._tickets.remove(ticket)
        ws = web.WebSocketResponse(autoping=True)
        await ws.prepare(request)
        line = Line(ws, request.transport)
        self._lines.append(line)
        line.say(
            {
                "type": "hello",
                "num_connections": len(self._lines),
                "debug_info": {"host": "twin", "build_number": 1, "approximate_connection_time": 18060},
                "connection_info": {"app_id": self._app_id},
            }
        )
        writer = asyncio.create_task(line.write())
        self._courier.road_opened()
        self._bump()
        try:
            await self._read(line)
        finally:
            writer.cancel()
            self._lines.remove(line)
            self._courier.lost(list(line.carried))
            self._bump()
        return ws

    async def _read(self, line: Line) -> None:
        async for message in line.ws:
            if message.type is not WSMsgType.TEXT:
                continue
            try:
                body = json.loads(message.data)
            except ValueError:
                continue  # Slack ignores what is not JSON
            envelope_id = body.get("envelope_id") if isinstance(body, dict) else None
            if isinstance(envelope_id, str):
                line.carried.pop(envelope_id, None)
                self._courier.acked(envelope_id, body.get("payload"))
                self._bump()
