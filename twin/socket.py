"""Socket Mode: the websocket over which a Bolt app hears what happens.

Nothing of it is visible in Slack. Several connections, at most ten, share the load in turn. As in Slack each is
replaced after a few hours of the twin's clock: a warning, ten seconds later the request to leave, and then the end.
An app may acknowledge over another connection than the one that carried something. Deliberately not simulated:
Slack ends a connection that does not answer its pings; here a program may be stopped in a debugger for long.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections import deque
from collections.abc import Callable
from functools import partial

from aiohttp import WSMsgType, web

from twin.clock import Alarm, Alarms
from twin.delivery import Courier, Parcel
from twin.words import Json

MAX_CONNECTIONS = 10
# How long a connection lives, as Slack's hello says it; `debug_reconnects=true` asks for short-lived ones.
LIVES_SECONDS, LIVES_SECONDS_DEBUGGING = 18_060.0, 360.0
WARNED_SECONDS = 10.0  # before it is asked to leave
STAYS_SECONDS = 2.0  # after the warning: who has not left by then gets deliveries again
ENDS_SECONDS = 30.0  # after it was asked to leave
PING_SECONDS = 10.0
# Slack is far away. An app that is turned away and tries again at once would spin on the loopback interface.
TURNED_AWAY_SECONDS = 0.2
# How long a step in time waits for an app that was asked to replace a connection, in real seconds.
REPLACES_SECONDS = 1.0


class Line:
    """One open websocket, and what it is going to say."""

    def __init__(self, ws: web.WebSocketResponse, transport: asyncio.Transport | None, pause: float) -> None:
        self.ws = ws
        self.transport = transport
        self.out: asyncio.Queue[tuple[WSMsgType, bytes]] = asyncio.Queue()
        self.leaving = False
        self.was_asked = False
        self.alarm: Alarm | None = None
        self._pause = pause

    def say(self, body: Json) -> None:
        self.frame(json.dumps(body).encode())

    def frame(self, data: bytes, kind: WSMsgType = WSMsgType.TEXT) -> None:
        self.out.put_nowait((kind, data))

    def ask_to_leave(self, reason: str) -> None:
        self.leaving = self.was_asked = True
        self.say({"type": "disconnect", "reason": reason, "debug_info": {"host": "twin"}})

    async def write(self) -> None:
        """Send what was said, in order, until the line breaks."""
        while True:
            try:
                kind, data = await self.out.get()
                await self.ws.send_frame(data, kind)
            except (ConnectionError, RuntimeError):
                return  # the reader notices the break and reports what was lost

    async def ping(self) -> None:
        """Ping now and then: some clients end a connection on which they miss that."""
        while True:
            await asyncio.sleep(self._pause)
            try:
                await self.ws.ping(b"Ping from twin")
            except (ConnectionError, RuntimeError):
                return


class SocketRoad:
    """All open websockets of the app."""

    def __init__(self, courier: Courier, alarms: Alarms, app_id: str, bump: Callable[[], None]) -> None:
        self._courier = courier
        self._alarms = alarms
        self._app_id = app_id
        self._bump = bump
        self._lines: deque[Line] = deque()
        self._carried: dict[str, Line] = {}
        self._tickets: deque[str] = deque(maxlen=100)
        self._asked_at = self._opened_at = float("-inf")
        self.is_enabled = True  # Slack turns every connection away while an app's Socket Mode is off
        self.ping_seconds = PING_SECONDS  # of real time, as the next
        self.turned_away_seconds = TURNED_AWAY_SECONDS

    @property
    def connections(self) -> int:
        """How many connections the app holds open."""
        return len(self._lines)

    @property
    def is_replacing(self) -> bool:
        """Whether the app was just asked to replace a connection and may still be about to."""
        return self._opened_at < self._asked_at > time.monotonic() - REPLACES_SECONDS

    def is_open(self) -> bool:
        return any(not line.leaving for line in self._lines)

    def carry(self, parcel: Parcel) -> None:
        """Send on the next connection in turn."""
        while self._lines[0].leaving:
            self._lines.rotate(-1)
        line = self._lines[0]
        self._lines.rotate(-1)
        self._carried[parcel.id] = line
        parcel.let_go = partial(self._carried.pop, parcel.id, None)
        line.frame(parcel.envelope().encode())

    def ticket(self) -> str:
        """Issue a ticket that opens one connection."""
        self._tickets.append(secrets.token_hex(16))
        return self._tickets[-1]

    def send_frame(self, data: bytes, kind: WSMsgType) -> None:
        """Send these bytes on every connection, after what was said before."""
        for line in self._lines:
            line.frame(data, kind)

    def ask_to_leave(self, reason: str) -> None:
        """Ask every connection to be replaced, as Slack does when it refreshes its servers."""
        for line in self._lines:
            self._ask(line, reason)

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
        if not self.is_enabled:
            return await self._turn_away(ws, "link_disabled")
        if len(self._lines) >= MAX_CONNECTIONS:
            return await self._turn_away(ws, "too_many_websockets")
        line = Line(ws, request.transport, self.ping_seconds)
        lives = LIVES_SECONDS_DEBUGGING if request.query.get("debug_reconnects") == "true" else LIVES_SECONDS
        self._lines.append(line)
        self._opened_at = time.monotonic()
        line.say(
            {
                "type": "hello",
                "num_connections": len(self._lines),
                "debug_info": {"host": "twin", "build_number": 1, "approximate_connection_time": int(lives)},
                "connection_info": {"app_id": self._app_id},
            }
        )
        line.alarm = self._alarms.set(lives - WARNED_SECONDS, partial(self._warn, line))
        tasks = [asyncio.create_task(line.write()), asyncio.create_task(line.ping())]
        self._courier.road_opened()
        self._bump()
        try:
            await self._read(line)
        finally:
            for task in tasks:
                task.cancel()
            self._ended(line)
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
                self._carried.pop(envelope_id, None)
                answer = body.get("payload")
                self._courier.acked(envelope_id, answer if isinstance(answer, dict) else None)
                self._bump()

    def _ended(self, line: Line) -> None:
        self._lines.remove(line)
        if line.alarm is not None:
            line.alarm.call_off()
        if not line.was_asked:  # else the app is just replacing it, and acknowledges over the next one
            carried = [envelope_id for envelope_id, by in self._carried.items() if by is line]
            for envelope_id in carried:
                del self._carried[envelope_id]
            self._courier.lost(carried, at_once=True)
        self._bump()

    def _ask(self, line: Line, reason: str) -> None:
        self._asked_at = time.monotonic()
        line.ask_to_leave(reason)

    def _warn(self, line: Line) -> None:
        self._ask(line, "warning")
        line.alarm = self._alarms.set(STAYS_SECONDS, partial(self._stays, line))
        self._bump()

    def _stays(self, line: Line) -> None:
        line.leaving = line.was_asked = False
        line.alarm = self._alarms.set(WARNED_SECONDS - STAYS_SECONDS, partial(self._refresh, line))
        self._courier.road_opened()
        self._bump()

    def _refresh(self, line: Line) -> None:
        self._ask(line, "refresh_requested")
        line.alarm = self._alarms.set(ENDS_SECONDS, partial(self._end, line))
        self._bump()

    def _end(self, line: Line) -> None:
        line.was_asked = False  # it had its chance: what it still carries goes over another one
        if line.transport is not None:
            line.transport.close()

    async def _turn_away(self, ws: web.WebSocketResponse, reason: str) -> web.StreamResponse:
        await asyncio.sleep(self.turned_away_seconds)
        await ws.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "twin"}})
        await ws.close()
        return ws
