"""A stream of requests, presses, thanks and commands through bots that are killed again and again.

People post, approve (some twice, some two at once), claim, say thanks and ask for their queues. Whoever sees no effect
of a press does it again, as people do; nothing else is ever repeated here. What became of it is for `judge.py`.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.chaos.fleet import Fleet
from tests.world import buttons_of, policy, text_of
from twin.faults import Kind
from twin.parcels import Delivery
from twin.words import Refused

CHANNEL = "customer-support"
THANKS = "thank you so much, got it!"
_CUSTOMERS = ("greta", "victor", "bruno")
_CHATTER = ("good morning everyone", THANKS, "have a nice weekend all")
_CHATTER_SHARE, _APPROVED_SHARE, _RIVALS_SHARE = 0.1, 0.5, 0.3
_CLAIMED_SHARE, _THANKED_SHARE, _COMMANDS_SHARE = 0.2, 0.4, 0.2
_COMMANDS = ("queue", "queue mine", "queue platform", "metrics 7d", "queue bilingg", "help")
_PRESS_AGAIN = (
    2.0  # seconds after which somebody whose press showed no effect presses again, and twice as long then
)
_LOOK = 0.1
_A_DAY = 86400.0
_METHODS = ("chat.postMessage", "chat.postMessage", "chat.postMessage", "chat.update", "reactions.add")
_TROUBLES: tuple[Kind, ...] = ("hang", "hang", "hang", "drop_answer", "http500")


@dataclass
class Posted:
    """What was posted. `approve`, `claim` and `thank` are whether somebody will, should there be a card or a reply."""

    channel: str
    ts: str
    by: str
    approve: bool = False
    claim: bool = False
    thank: bool = False
    ticket: int | None = None  # as the line in its thread says
    is_claimed: bool = False
    is_thanked: bool = False


@dataclass
class Stream:
    """What people do while bots come and go; seeded, so that a run can be repeated."""

    fleet: Fleet
    random: random.Random
    requests: int
    kills: int
    patience: float  # seconds in which everything must have come to rest at the end
    life: float  # seconds that one life of a process takes on average, for spreading the requests
    posted: list[Posted] = field(default_factory=list)
    commands: list[Delivery] = field(default_factory=list)
    answers: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))  # by response_url
    _by_ticket: dict[int, Posted] = field(default_factory=dict)
    _pressed: dict[tuple[str, str], tuple[float, float]] = field(
        default_factory=dict
    )  # until when, and how long
    _heard: int = 0
    _is_calm: bool = False
    _is_over: bool = False

    async def run(self) -> None:
        """Run the stream to its end and leave the bots alive, with nothing left to do."""
        await self.fleet.open()
        async with asyncio.TaskGroup() as together:
            together.create_task(self._press())
            busy = [together.create_task(self._post()), together.create_task(self._ask())]
            together.create_task(self._trouble())
            for _ in range(self.kills):
                await self._live()
                await self.fleet.kill_next(self.random.uniform(0.5, 4.0))
            for work in busy:
                await work
            self._is_calm = True
            self.fleet.host.twin.faults.clear()
            await self.fleet.whole()
            await self.fleet.settle(self.patience)
            # A press whose delivery died with the process failed in front of the person, who presses again.
            while self._to_press() or self._to_thank():
                await asyncio.sleep(_LOOK)
                await self.fleet.settle(self.patience)
            self._is_over = True
        await self.fleet.settle(self.patience)  # a last word of thanks

    async def _live(self) -> None:
        """Let the bots live for a random time, counted now from their connection and now from their first work."""
        bot = self.random.choice(self.fleet.bots)
        if self.random.random() < 0.7:
            while bot.is_running and "engines ready" not in bot.err:  # noqa: ASYNC110 (only its log tells)
                await asyncio.sleep(_LOOK)
        await asyncio.sleep(self.random.uniform(0.0, 2.0))

    async def _post(self) -> None:
        texts = [
            text
            for name in policy().request_channels[CHANNEL].categories
            for text in policy().categories[name].examples
        ]
        self.random.shuffle(texts)
        gap = max(0.02, self.kills * self.life / self.requests)
        for number, said in zip(range(self.requests), itertools.cycle(texts), strict=False):
            # The same words of the same person twice would be one request.
            said += f" ({number})" if number >= len(texts) else ""
            if self._chance(_CHATTER_SHARE):
                said = self.random.choice(_CHATTER)
            by = _CUSTOMERS[number % len(_CUSTOMERS)]
            ts = await self.fleet.host.twin.person(by).post(f"#{CHANNEL}", said)
            posted = Posted(CHANNEL, ts, by, approve=self._chance(_APPROVED_SHARE))
            posted.thank = posted.approve and self._chance(_THANKED_SHARE)
            # Whoever has thanked has a closed ticket, which nobody can claim any more.
            posted.claim = not posted.thank and self._chance(_CLAIMED_SHARE)
            self.posted.append(posted)
            await asyncio.sleep(self.random.uniform(0, 2 * gap))

    async def _ask(self) -> None:
        """Let people of the teams type commands."""
        twin = self.fleet.host.twin
        gap = max(0.1, self.kills * self.life / self.requests / _COMMANDS_SHARE)
        for number in range(max(4, int(self.requests * _COMMANDS_SHARE))):
            queue, rules = list(policy().queues.items())[number % len(policy().queues)]
            person = twin.person(rules.owners[0])
            await person.command(f"#{rules.channel}", f"/signalbox {self.random.choice(_COMMANDS)}")
            newest = next(one for one in reversed(twin.ws.courier.log) if one.kind == "slash_commands")
            assert newest.payload["user_id"] == person.id, queue
            self.commands.append(newest)
            await asyncio.sleep(self.random.uniform(0, 2 * gap))

    async def _trouble(self) -> None:
        """Let Slack be slow or swallow answers, so that many a kill falls between a post and its answer."""
        twin = self.fleet.host.twin
        while not self._is_calm:
            kind = self.random.choice(_TROUBLES)
            fault = twin.faults.add(self.random.choice(_METHODS), kind)
            await twin.until(lambda met=fault: met.hits or self._is_calm, timeout=_A_DAY)  # type: ignore[misc]
            await asyncio.sleep(self.random.uniform(0.05, 0.5))
            fault.release()

    async def _press(self) -> None:
        """Approve and claim as their teams do, say thanks for what was answered, and note what was whispered."""
        while not self._is_over:
            self._listen()
            for action, people, card in self._to_press():
                if self._is_patient(action, card["ts"]):
                    continue
                for handle in people:
                    try:
                        await self.fleet.host.twin.person(handle).click(card, action)
                    except Refused:
                        break  # the card changed under their finger
            for said in self._to_thank():
                said.is_thanked = True
                await self.fleet.host.twin.person(said.by).post(f"#{CHANNEL}", THANKS, said.ts)
            await asyncio.sleep(_LOOK)
        self._listen()

    def _is_patient(self, action: str, ts: str) -> bool:
        """Say whether somebody still waits for what a press will do; otherwise they are about to press again."""
        now = asyncio.get_running_loop().time()
        until, wait = self._pressed.get((action, ts), (now, _PRESS_AGAIN / 2))
        if now < until:
            return True
        self._pressed[action, ts] = now + wait * 2, wait * 2
        return False

    def _to_press(self) -> list[tuple[str, list[str], dict[str, Any]]]:
        """Return what waits to be pressed: the button, who presses it, and the card."""
        self._recognise()
        found = []
        for owners, said, card in self._cards():
            buttons = buttons_of(card)
            if said.approve and "approve_draft" in buttons:
                people = self.random.sample(owners, len(owners))
                some = self.random.choice([people[:2], people[:1] * 2])
                found.append(("approve_draft", some if self._chance(_RIVALS_SHARE) else people[:1], card))
            if said.claim and not said.is_claimed:
                said.is_claimed = "(claimed)" in text_of(card)
                if not said.is_claimed and "claim_ticket" in buttons:
                    found.append(("claim_ticket", owners[:1] * 2, card))
        return found

    def _to_thank(self) -> list[Posted]:
        """Return the requests that were answered and whose requester is going to say thanks."""
        channel = self.fleet.host.twin.channel(CHANNEL)
        return [
            said
            for said in self._by_ticket.values()
            if said.thank
            and not said.is_thanked
            and any(key_of(message).startswith("reply:") for message in channel.thread(said.ts))
        ]

    def _cards(self) -> Iterator[tuple[list[str], Posted, dict[str, Any]]]:
        """Yield each card with the owners of its queue and the request that it is about."""
        for rules in policy().queues.values():
            for message in self.fleet.host.twin.channel(rules.channel).messages:
                found = re.match(r"T-(\d+) ", message.get("text", "")) if message.get("bot_id") else None
                if found and (said := self._by_ticket.get(int(found[1]))):
                    yield list(rules.owners), said, message

    def _recognise(self) -> None:
        """Read in the threads which number each request was given."""
        channel = self.fleet.host.twin.channel(CHANNEL)
        for said in self.posted:
            if said.ticket is None:
                for message in channel.thread(said.ts):
                    if key_of(message).startswith("line:"):
                        said.ticket = int(key_of(message).removeprefix("line:"))
                        self._by_ticket[said.ticket] = said

    def _listen(self) -> None:
        """Note when something was whispered through a response_url."""
        for call in self.fleet.host.twin.host.posts:
            if call.method == "response_url" and call.changed > self._heard:
                self._heard = call.changed
                if call.response.get("ok"):
                    self.answers[call.args["response_url"]].append(call.at)

    def _chance(self, share: float) -> bool:
        return self.random.random() < share


def key_of(message: dict[str, Any]) -> str:
    """Return the key of a message of ours; empty for everybody else's."""
    return str(((message.get("metadata") or {}).get("event_payload") or {}).get("key", ""))
