"""A tour of everything that people do: all stories at once, each with requests of its own, in a fresh workspace.

A story ends when its effect is to be seen, and the tour when nothing is left to do.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import col, select

from storage.tables import Ticket, TicketEvent
from tests.chaos.fleet import Fleet
from tests.chaos.judge import ours
from tests.chaos.scene import Scene
from tests.chaos.stream import key_of
from tests.chaos.trips import Story, Surroundings

Record = dict[str, Counter[str]]  # by story


@dataclass
class Tour:
    """One walk through all stories, by name."""

    fleet: Fleet
    stories: tuple[Story, ...]
    around: Surroundings
    scenes: dict[str, Scene] = field(default_factory=dict)

    async def walk(self, within: float) -> None:
        """Tell every story, and wait until nothing is left to do; so many seconds for each of the two.

        Raises TimeoutError with the stories that came to no end, and what the bot said last.
        """
        told = {}
        for number, story in enumerate(self.stories, 1):
            name = getattr(story, "__name__", str(number))
            self.scenes[name] = Scene(self.fleet, number, claude=self.around.claude, bugs=self.around.bugs)
            told[asyncio.ensure_future(story(self.scenes[name]))] = name
        done, left = await asyncio.wait(told, timeout=within, return_when=asyncio.FIRST_EXCEPTION)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        for task in done:
            task.result()
        if left:
            said = "\n".join(bot.err[-3000:] for bot in self.fleet.bots)
            raise TimeoutError(f"no end in {within} s of {', '.join(told[each] for each in left)}:\n{said}")
        await self.fleet.settle(within)

    async def record(self) -> Record:
        """Return for each story what is written down and what is to be seen of its requests, and for "everybody" how
        many messages of each kind we have posted anywhere.
        """
        found = {name: self._seen(scene) for name, scene in self.scenes.items() if scene.asked}
        # An answer to a command, or why there is none, goes to direct messages when its address has expired while
        # nobody was there, or was used up by those who died before they could note that they had answered.
        found["everybody"] = Counter(
            _kind(said)
            for said in ours(self.fleet.host)
            if not key_of(said).startswith(("command:", "tell:command:"))
        )
        async with self.fleet.host.db.begin() as session:
            for name, scene in self.scenes.items():
                channel = self.fleet.host.twin.channel(scene.channel)
                query = (
                    select(TicketEvent.what)
                    .join(Ticket, col(Ticket.id) == col(TicketEvent.ticket_id))
                    .where(col(Ticket.channel) == channel.id, col(Ticket.thread_ts).in_(scene.asked))
                )
                if scene.asked:
                    found[name].update(await session.exec(query))
        return found

    def _seen(self, scene: Scene) -> Counter[str]:
        """Count what people see of a story's requests: our lines in their threads by kind, the eyes, and the cards."""
        channel, seen = self.fleet.host.twin.channel(scene.channel), Counter[str]()
        for ts in scene.asked:
            thread = channel.thread(ts)
            seen.update(f"seen: {_kind(said)}" for said in thread if said.get("bot_id"))
            seen["seen: eyes"] += sum(len(said.get("reactions", [])) for said in thread if said["ts"] == ts)
            seen["seen: card"] += scene.card(ts) is not None
        return seen


def _kind(message: dict[str, Any]) -> str:
    return key_of(message).partition(":")[0]
