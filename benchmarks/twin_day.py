"""Whether the local workspace stays small: a day of traffic on a clock that is stepped, a minute at a time.

The workspace runs with its traffic in a process of its own (`python -m benchmarks.twin_day FILE`), so that its memory
is told from ours. People write, answer in threads, edit, react, upload, press buttons, fill in windows and give
commands; an app hears it all over Socket Mode, posts, updates and reads, and now and then forgets to acknowledge. Only
the work takes time, so this says nothing about speed: `twin_speed` does.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import aiohttp
import psutil

from benchmarks.parts import Findings, Part
from benchmarks.processes import COMPANY, Failed, started
from benchmarks.twin_speed import message
from twin.clock import SteppedClock
from twin.people.person import Person
from twin.server import Twin

HOURS = 24
MESSAGES_AN_HOUR = 4_200
_BEGINS = datetime(2026, 11, 24, tzinfo=UTC)
_CHANNELS = (
    "customer-support",
    "it-help",
    "people-ops",
    "sales-desk",
    "front-desk",
    "team-billing",
    "general",
)
_BY_THE_APP = 8  # posts of the app in a minute
_FORGETS = 200  # one delivery in so many is not acknowledged the first time
_WORDS = (
    "where can i find the invoice from september?",
    "the page of <https://status.example.com|our status> says that all is well, but it is *not*",
    "thanks, that helped :tada:",
    "• printer on the third floor\n• monitor in room `204`\n• my badge, again",
    "Could somebody look at order 4711? The customer has been waiting since Tuesday and asked twice by now.",
    "> we only deliver on weekdays\nis that still true for Norway?",
)


async def measure(folder: Path) -> Findings:
    """Let the day pass in a process of its own, and say how much it grew."""
    out = folder / "day.json"
    async with started(
        [sys.executable, "-m", "benchmarks.twin_day", str(out)], folder / "day.log"
    ) as process:
        await process.process.wait()
        if not out.is_file():
            raise Failed(f"the day ended early: {process.last_words()}")
    said = json.loads(out.read_text(encoding="utf-8"))
    found = Findings()
    found.add("twin.day_messages", said["messages"], "messages", (">=", 100_000))
    found.add("twin.day_rss_growth_mb", said["after"][-1] - said["after"][0], "MB", ("<=", 200))
    found.add("twin.day_peak_rss_mb", said["peak"], "MB")
    found.notes.append(f"a day of {HOURS} hours took {said['seconds']:.0f} s; {said['counts']}")
    found.notes.append(f"memory after each hour in MB: {' '.join(f'{mb:.0f}' for mb in said['after'])}")
    return found


@dataclass
class App:
    """An app that hears everything and says little."""

    web: aiohttp.ClientSession
    api: str
    heard: int = 0
    repeated: int = 0
    forgot: set[str] = field(default_factory=set)
    busy: set[asyncio.Task[Any]] = field(default_factory=set)

    async def call(self, method: str, **args: Any) -> Any:
        """Call a method of the Web API. Raises Failed when it is refused."""
        async with self.web.post(f"{self.api}{method}", json=args) as answer:
            said = await answer.json()
        if not said.get("ok"):
            raise Failed(f"{method} was refused: {said.get('error')}")
        return said

    async def listen(self, token: str) -> None:
        """Hold a connection as long as it lasts, and open the next one in time when Slack says that it will end."""
        head = {"Authorization": f"Bearer {token}"}
        async with self.web.post(f"{self.api}apps.connections.open", headers=head) as answer:
            address = (await answer.json())["url"]
        async with self.web.ws_connect(address, max_msg_size=0) as socket:
            async for frame in socket:
                body = json.loads(frame.data)
                if "envelope_id" in body:
                    await self._hear(body, socket)
                elif body["type"] == "disconnect":
                    self.begin(self.listen(token))
                    return

    async def _hear(self, body: dict[str, Any], socket: aiohttp.ClientWebSocketResponse) -> None:
        """Acknowledge it, unless this event is to be forgotten; open a window for whoever presses a button."""
        self.heard += 1
        payload = body["payload"]
        if body["type"] == "events_api" and self._forgets(payload["event_id"], body["retry_attempt"]):
            return
        await socket.send_str('{"envelope_id":"' + body["envelope_id"] + '"}')
        if payload.get("type") == "block_actions":
            self.begin(self.call("views.open", trigger_id=payload["trigger_id"], view=_WINDOW))

    def begin(self, doing: Coroutine[Any, Any, Any]) -> None:
        """Do something while listening goes on."""
        task = asyncio.create_task(doing)
        self.busy.add(task)
        task.add_done_callback(self.busy.discard)

    def _forgets(self, event_id: str, attempt: int) -> bool:
        if attempt:
            self.repeated += 1
            self.forgot.discard(event_id)
            return False
        if self.heard % _FORGETS:
            return False
        self.forgot.add(event_id)
        return True


_WINDOW = {
    "type": "modal",
    "callback_id": "edit",
    "title": {"type": "plain_text", "text": "Edit"},
    "submit": {"type": "plain_text", "text": "Send"},
    "blocks": [
        {
            "type": "input",
            "block_id": "text",
            "label": {"type": "plain_text", "text": "Reply"},
            "element": {"type": "plain_text_input", "action_id": "text", "multiline": True},
        }
    ],
}


@asynccontextmanager
async def _app(twin: Twin) -> AsyncIterator[App]:
    head = {"Authorization": f"Bearer {twin.bot_token}"}
    async with aiohttp.ClientSession(headers=head) as web:
        app = App(web, twin.api_url)
        app.begin(app.listen(twin.app_token))
        await twin.connected()
        try:
            yield app
        finally:
            for task in list(app.busy):
                task.cancel()


@dataclass
class Day:
    """The traffic, a minute at a time."""

    twin: Twin
    app: App
    random: Random = field(default_factory=lambda: Random(1))
    messages: int = 0
    counts: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        users = self.twin.ws.users
        self._people = {
            name: [self.twin.person(id) for id in self.twin.channel(name).members if not users[id]["is_bot"]]
            for name in _CHANNELS
        }

    async def minute(self, messages: int) -> None:
        """Let so many messages be written and everything that goes with them, and see it delivered."""
        mine: list[tuple[Person, str, str]] = []
        for _ in range(messages - _BY_THE_APP):
            mine.append(await self._write(mine))
        for person, channel, ts in self.random.sample(mine, 15):
            await person.react(channel, ts, "eyes")
        for person, channel, ts in mine[::20]:
            await person.edit(channel, ts, self._words())
        person, channel, ts = mine[-1]
        await person.upload(channel, "notes.txt", self.random.randbytes(3_000), text="notes", thread_ts=ts)
        await person.delete(channel, mine[-1][2])
        self._count(reacted=15, edited=len(mine[::20]), uploaded=1, deleted=1)
        await self._by_the_app()
        await self._window()
        self.messages += messages + 1

    async def _write(self, before: list[tuple[Person, str, str]]) -> tuple[Person, str, str]:
        """Write a message; one in three answers an earlier one in its thread."""
        if before and self.random.random() < 0.33:
            _, channel, root = self.random.choice(before)
        else:
            channel, root = f"#{self.random.choice(_CHANNELS)}", None
        person = self.random.choice(self._people[channel[1:]])
        return person, channel, await person.post(channel, self._words(), root)

    async def _by_the_app(self) -> None:
        posted = [
            await self.app.call("chat.postMessage", **message(self.messages + n)) for n in range(_BY_THE_APP)
        ]
        last = posted[-1]
        await self.app.call("chat.update", channel=last["channel"], ts=last["ts"], text="done", blocks=[])
        await self.app.call("reactions.add", channel=last["channel"], timestamp=last["ts"], name="eyes")
        await self.app.call("conversations.history", channel=last["channel"], limit=100)
        self._count(updated=1, read=1)

    async def _window(self) -> None:
        """Press a button and fill in the window, give a command, and let the app's forgotten events come again."""
        person = self._people["team-billing"][0]
        cards = self.twin.channel("team-billing").messages
        card = next(
            one for one in reversed(cards) if one.get("bot_id") and "actions" in str(one.get("blocks"))
        )
        await person.click(card, "edit")
        await person.modal()
        await person.command("#team-billing", "/signalbox queue")
        await person.submit({"text": self._words()})
        self._count(windows=1, commands=1)

    def _words(self) -> str:
        return f"{self.random.choice(_WORDS)} ({self.random.randrange(1_000_000)})"

    def _count(self, **more: int) -> None:
        for name, number in more.items():
            self.counts[name] = self.counts.get(name, 0) + number


async def whole_day(hours: int = HOURS, messages_an_hour: int = MESSAGES_AN_HOUR) -> dict[str, Any]:
    """Let the day pass; return what happened and the memory after each hour in millions of bytes."""
    clock, process = SteppedClock(_BEGINS, running=False), psutil.Process()
    after: list[float] = []
    began = asyncio.get_running_loop().time()
    twin = await Twin.start(COMPANY / "workspace.toml", clock=clock)
    try:
        async with _app(twin) as app:
            day = Day(twin, app)
            for _ in range(hours):
                for _ in range(60):
                    await day.minute(messages_an_hour // 60)
                    clock.advance(60)
                    twin.tick()
                after.append(process.memory_info().rss / 1e6)
            await twin.until(lambda: not app.forgot, 30)
            await twin.idle()
            day.counts |= {"heard": app.heard, "repeated": app.repeated, "lost": len(twin.undelivered)}
    finally:
        await twin.stop()
    return {
        "messages": day.messages,
        "counts": day.counts,
        "after": after,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
        "seconds": asyncio.get_running_loop().time() - began,
    }


def main(out: Path) -> None:
    """Let the day pass and write down what it was like."""
    out.write_text(json.dumps(asyncio.run(whole_day())), encoding="utf-8")


PART = Part("twin day", ("twin.day_",), 240.0, measure)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
