"""A scene in which stories are told: a workspace whose bot may die at any point, and what people do and see there.

Messages, edits and deletions are made once, because Slack brings them again by itself. A press or a command that shows
no effect is made again, as people do, but only when Slack has said that it did not arrive.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.chaos.fleet import Fleet
from tests.chaos.stream import CHANNEL, key_of
from tests.claude_services import Services
from tests.world import buttons_of, text_of
from twin.parcels import Delivery, Unanswered
from twin.people.person import Person
from twin.words import Refused

_AGAIN = 1.0  # seconds after which somebody who sees no effect tries again
_OPENS = 3.0  # seconds in which a window opens, or does not any more
_LOOK = 0.1

Effect = Callable[[], Any]
Do = Callable[[], Awaitable[Any]]


@dataclass
class Scene:
    """Where one story is told; `asked` are the ts of its requests. The `number` tells its words from other stories'."""

    fleet: Fleet
    number: int
    asked: list[str] = field(default_factory=list)
    channel: str = CHANNEL  # where its requests are
    claude: Services | None = None
    bugs: Path | None = None  # the file that keeps bugs in our code, where there are any

    async def ask(self, text: str, by: str = "greta") -> str:
        """Post a request in words of this story; return its ts."""
        return await self.ask_in_words(f"{text} ({self.number})", by)

    async def ask_in_words(self, text: str, by: str = "greta") -> str:
        """Post a request in exactly these words; return its ts."""
        ts = await self.person(by).post(f"#{self.channel}", text)
        self.asked.append(ts)
        return ts

    async def until(self, is_so: Effect, do: Do | None = None) -> None:
        """Wait for an effect, and do this again while there is none."""
        loop = asyncio.get_running_loop()
        while not is_so():
            if do:
                with suppress(Refused, TimeoutError, Unanswered):
                    await do()
            until = loop.time() + _AGAIN
            while loop.time() < until:
                if is_so():
                    return
                await asyncio.sleep(_LOOK)

    async def insist(self, handle: str, is_so: Effect, do: Do) -> None:
        """Let somebody press or type this, and wait for the effect.

        What arrived has its effect, however often the process dies; only what did not is done again.
        """
        log, by = self.fleet.host.twin.ws.courier.log, self.person(handle).id
        done: list[Delivery] = []

        async def do_again() -> None:
            if done and _may_have_arrived(done[-1]):
                return
            before = log.changed
            await do()
            done.extend([one for one in log if one.n > before and _is_by(one, by)][:1])

        await self.until(is_so, do_again)

    async def press(
        self,
        handle: str,
        ts: str,
        action: str,
        is_so: Effect,
        on: Callable[[], dict[str, Any] | None] | None = None,
        value: str | None = None,
    ) -> None:
        """Press a button of a request's card, or of what `on` returns, once it is there, and wait for the effect."""

        async def press() -> None:
            where = on() if on else self.card(ts)
            if where:
                await self.person(handle).click(where, action, value=value)

        await self.insist(handle, is_so, press)

    async def fill(
        self,
        handle: str,
        ts: str,
        action: str,
        values: dict[str, str],
        is_so: Effect,
        on: Callable[[], dict[str, Any] | None] | None = None,
    ) -> None:
        """Open the window behind a button of a request's card, or of what `on` returns, fill it in, and wait for the
        effect.

        Nobody may do this in two stories, because the window on top may be the other one's.
        """
        person, is_sent = self.person(handle), False

        async def fill() -> None:
            nonlocal is_sent
            where = on() if on else self.card(ts)
            if is_sent:
                return
            if not person.views() and where and action in buttons_of(where):
                await person.click(where, action)
                await person.modal(timeout=_OPENS)
            if person.views():
                is_sent = not await person.submit(values)

        await self.until(is_so, fill)

    async def rest(self, seconds: float = _AGAIN) -> None:
        """Let time pass."""
        await asyncio.sleep(seconds)

    async def has_begun(self, flow: str) -> bool:
        """Say whether there is a flow whose key begins like this."""
        return bool(await self.fleet.flows(flow))

    def person(self, handle: str) -> Person:
        """Return one of the company's people, or of its customers'."""
        return self.fleet.host.twin.person(handle)

    def messages(self) -> list[dict[str, Any]]:
        """Return every message that stands in any channel itself."""
        channels = self.fleet.host.twin.ws.channels.values()
        return [message for channel in channels for message in channel.messages]

    def said(self, ts: str, prefix: str) -> list[dict[str, Any]]:
        """Return our messages in a request's thread whose key begins like this."""
        thread = self.fleet.host.twin.channel(self.channel).thread(ts)
        return [message for message in thread if key_of(message).startswith(prefix)]

    def below(self, message: dict[str, Any] | None, prefix: str) -> list[dict[str, Any]]:
        """Return our messages in the thread of a message in a team's channel whose key begins like this."""
        if message is None:
            return []
        threads = [place.thread(message["ts"]) for place in self.fleet.host.twin.ws.channels.values()]
        return [said for thread in threads for said in thread if key_of(said).startswith(prefix)]

    def keyed(self, prefix: str) -> dict[str, Any] | None:
        """Return our only message in a channel whose key begins like this, as it looks now."""
        return next((message for message in self.messages() if key_of(message).startswith(prefix)), None)

    def ticket(self, ts: str) -> str:
        """Return the number that a request was given, as the line in its thread says; empty while there is none."""
        lines = self.said(ts, "line:")
        return key_of(lines[0]).removeprefix("line:") if lines else ""

    def card(self, ts: str) -> dict[str, Any] | None:
        """Return the card of a request, wherever it is now."""
        if not (number := self.ticket(ts)):
            return None
        cards = [
            message
            for message in self.messages()
            if re.match(rf"card:{number}:", key_of(message)) and message["text"].startswith(f"T-{number} ")
        ]
        return max(cards, key=lambda card: str(card["ts"]), default=None)

    def text(self, ts: str) -> str:
        """Return what the card of a request says; empty while there is none."""
        return self.says(self.card(ts))

    def says(self, message: dict[str, Any] | None) -> str:
        """Return what a message says; nothing when it is not there."""
        return text_of(message) if message else ""

    def buttons(self, ts: str) -> list[str]:
        """Return the buttons on the card of a request."""
        card = self.card(ts)
        return buttons_of(card) if card else []

    def has_cards(self, asked: Collection[str]) -> bool:
        """Say whether each of these requests has its card."""
        return all(self.card(ts) for ts in asked)

    def is_in(self, ts: str, channel: str) -> bool:
        """Say whether the card of a request is in this channel."""
        card, place = self.card(ts), self.fleet.host.twin.channel(channel)
        return card is not None and any(message["ts"] == card["ts"] for message in place.messages)

    def heard(self, handle: str, channel: str, words: str) -> int:
        """Return how often somebody was whispered something with these words."""
        return sum(words in text_of(one) for one in self.person(handle).whispers(f"#{channel}"))


def _may_have_arrived(delivery: Delivery) -> bool:
    """Say whether the bot has this, or may still get it."""
    return not delivery.attempts or delivery.attempts[-1].outcome in ("acked", "waiting")


def _is_by(delivery: Delivery, person: str) -> bool:
    """Say whether something that Slack delivered is what this person pressed or typed."""
    said = delivery.payload
    return bool(person in (said.get("user_id"), (said.get("user") or {}).get("id")))
