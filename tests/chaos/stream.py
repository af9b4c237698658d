"""A stream of requests and approvals through a bot that is killed again and again, and the judge of what became of it.

People in the workspace would see one card and one line for every request, and one reply for every approval. The judge
compares what they see with what the database remembers. Deliberately only kill -9 of one process here.
"""

from __future__ import annotations

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from agents.words import DraftStatus, Outcome, Status
from storage.tables import Draft, Request, Ticket, TicketEvent
from tests.process import Host
from tests.world import buttons_of, policy
from twin.faults import Kind
from twin.words import Refused

_CUSTOMERS = ("greta", "victor", "bruno")
_CHATTER = ("good morning everyone", "thank you so much, got it!", "have a nice weekend all")
_CHATTER_SHARE, _APPROVED_SHARE, _RIVALS_SHARE = 0.1, 0.5, 0.3
_LIFE = 3.5  # seconds that one life of the process takes on average, for spreading the requests
_PRESS_AGAIN = 2.0  # seconds after which somebody whose press showed no effect presses again
_LOOK = 0.1
_A_DAY = 86400.0
_METHODS = ("chat.postMessage", "chat.postMessage", "chat.postMessage", "chat.update", "reactions.add")
_TROUBLES: tuple[Kind, ...] = ("hang", "hang", "hang", "drop_answer", "http500")


@dataclass
class Posted:
    """What was posted. `approve` is whether somebody will approve the draft, should there be one."""

    channel: str
    ts: str
    approve: bool


@dataclass
class Stream:
    """Posts requests and presses buttons while the bot comes and goes; seeded, so that a run can be repeated."""

    host: Host
    random: random.Random
    requests: int
    kills: int
    posted: list[Posted] = field(default_factory=list)
    _pressed: dict[str, float] = field(default_factory=dict)
    _is_calm: bool = False
    _is_over: bool = False

    async def run(self) -> None:
        """Run the stream to its end and leave the bot alive, with nothing left to do."""
        await self.host.start()
        async with asyncio.TaskGroup() as together:
            together.create_task(self._press())
            posting = together.create_task(self._post())
            together.create_task(self._trouble())
            for _ in range(self.kills):
                await self._live()
                await self.host.kill()
                await self.host.start()
            await posting
            self._is_calm = True
            self.host.twin.faults.clear()
            await self.host.settle(120)
            # A press whose delivery died with the process failed in front of the person, who presses again.
            while self._open_cards():
                await asyncio.sleep(_LOOK)
                await self.host.settle(120)
            self._is_over = True

    async def _live(self) -> None:
        """Let the bot live for a random time, counted now from its connection and now from its first work."""
        bot = self.host.bot
        assert bot is not None
        if self.random.random() < 0.7:
            await bot.said("engines ready")
            await asyncio.sleep(self.random.uniform(0.2, 2.0))
        else:
            await asyncio.sleep(self.random.uniform(0.0, 2.0))

    async def _post(self) -> None:
        texts = [
            (channel, text)
            for channel in ("customer-support",)
            for name in policy().request_channels[channel].categories
            for text in policy().categories[name].examples
        ]
        self.random.shuffle(texts)
        gap = max(0.02, self.kills * _LIFE / self.requests)
        for number, (channel, said) in zip(range(self.requests), itertools.cycle(texts), strict=False):
            # The same words of the same person twice would be one request.
            said += f" ({number})" if number >= len(texts) else ""
            if self.random.random() < _CHATTER_SHARE:
                said = self.random.choice(_CHATTER)
            person = self.host.twin.person(_CUSTOMERS[number % len(_CUSTOMERS)])
            ts = await person.post(f"#{channel}", said)
            self.posted.append(Posted(channel, ts, self.random.random() < _APPROVED_SHARE))
            await asyncio.sleep(self.random.uniform(0, 2 * gap))

    async def _trouble(self) -> None:
        """Let Slack be slow or swallow answers, so that many a kill falls between a post and its answer."""
        while not self._is_calm:
            kind = self.random.choice(_TROUBLES)
            fault = self.host.twin.faults.add(self.random.choice(_METHODS), kind)
            await self.host.twin.until(lambda met=fault: met.hits or self._is_calm, timeout=_A_DAY)  # type: ignore[misc]
            await asyncio.sleep(self.random.uniform(0.05, 0.5))
            fault.release()

    async def _press(self) -> None:
        """Approve drafts as their teams do: some twice, some by two people at once."""
        loop = asyncio.get_running_loop()
        while not self._is_over:
            for queue, card in self._open_cards():
                if loop.time() - self._pressed.get(card["ts"], -_PRESS_AGAIN) < _PRESS_AGAIN:
                    continue
                self._pressed[card["ts"]] = loop.time()
                people = list(policy().queues[queue].owners)
                self.random.shuffle(people)
                rivals = 2 if self.random.random() < _RIVALS_SHARE else 1
                for handle in people[:rivals]:
                    try:
                        await self.host.twin.person(handle).click(card, "approve_draft")
                    except Refused:
                        break  # the card changed under their finger
            await asyncio.sleep(_LOOK)

    def _open_cards(self) -> list[tuple[str, dict[str, Any]]]:
        """Return the cards, each with its queue, whose draft somebody is going to approve."""
        wanted = {said.ts for said in self.posted if said.approve}
        return [
            (queue, message)
            for queue, rules in policy().queues.items()
            for message in self.host.twin.channel(rules.channel).messages
            if message.get("bot_id")
            and "approve_draft" in buttons_of(message)
            and any(ts.replace(".", "") in str(message["blocks"]) for ts in wanted)
        ]


@dataclass
class Verdict:
    """What was found: a sentence for each thing that was lost, doubled or not written down."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    holes: list[str] = field(default_factory=list)
    undelivered: int = 0
    orphans: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    replies: int = 0


async def judge(stream: Stream) -> Verdict:
    """Compare what people see with what the database remembers."""
    verdict, host = Verdict(), stream.host
    verdict.undelivered = sum(parcel["type"] == "events_api" for parcel in host.twin.undelivered)
    _keys(host, verdict)
    async with host.db.begin() as session:
        for said in stream.posted:
            await _one(host, session, said, verdict)
        verdict.orphans = await _orphans(host, session)
    return verdict


def _keys(host: Host, verdict: Verdict) -> None:
    """No key may be on two messages, wherever they are."""
    keys: Counter[str] = Counter()
    for channel in host.twin.ws.channels.values():
        threads = [message["ts"] for message in channel.messages if message.get("reply_count")]
        seen = {message["ts"]: message for message in channel.messages}
        seen |= {message["ts"]: message for ts in threads for message in channel.thread(ts)}
        for message in seen.values():
            if message.get("bot_id"):
                keys[((message.get("metadata") or {}).get("event_payload") or {}).get("key", "no key")] += 1
    for key, times in keys.items():
        if times > 1 or key == "no key":
            verdict.doubled.append(f"{times} messages carry {key}")


async def _one(host: Host, session: AsyncSession, said: Posted, verdict: Verdict) -> None:
    """Judge one request."""
    channel = host.twin.channel(said.channel)
    where = f"{said.channel} {said.ts}"
    requests = (
        await session.exec(select(Request).where(Request.channel == channel.id, Request.ts == said.ts))
    ).all()
    if len(requests) != 1 or requests[0].outcome is None:
        verdict.lost.append(f"{where}: {len(requests)} requests, no outcome")
        return
    [request] = requests
    verdict.outcomes[str(request.outcome)] += 1
    tickets = (await session.exec(select(Ticket).where(Ticket.request_id == request.id))).all()
    thread = [m for m in channel.thread(said.ts) if m["ts"] != said.ts and m.get("bot_id")]
    if request.outcome == Outcome.NOT_A_REQUEST:
        if tickets or thread:
            verdict.doubled.append(f"{where}: talk got {len(tickets)} tickets and {len(thread)} messages")
        return
    if len(tickets) != 1:
        (verdict.doubled if tickets else verdict.lost).append(f"{where}: {len(tickets)} tickets")
        return
    [ticket] = tickets
    _count(verdict, f"{where}: cards", len(_cards(host, ticket)), 1)
    sent = await _replies(session, ticket, said, verdict, where)
    _count(verdict, f"{where}: messages in the thread", len(thread), 1 + sent)
    seen = next(message for message in channel.messages if message["ts"] == said.ts)
    _count(verdict, f"{where}: eyes", len(seen.get("reactions", [])), 1)
    await _audited(session, ticket, bool(sent), verdict, where)


def _count(verdict: Verdict, what: str, found: int, owed: int) -> None:
    if found < owed:
        verdict.lost.append(f"{what}: {found} of {owed}")
    elif found > owed:
        verdict.doubled.append(f"{what}: {found} of {owed}")


def _cards(host: Host, ticket: Ticket) -> list[dict[str, Any]]:
    """Return every card of a ticket that is to be seen anywhere, by its number and not by our own record."""
    places = {rules.channel for rules in policy().queues.values()}
    return [
        message
        for place in sorted(places)
        for message in host.twin.channel(place).messages
        if message.get("bot_id") and message.get("text", "").startswith(f"T-{ticket.id} ")
    ]


async def _replies(session: AsyncSession, ticket: Ticket, said: Posted, verdict: Verdict, where: str) -> int:
    """Return how many replies the requester should have."""
    drafts: Sequence[Draft] = (await session.exec(select(Draft).where(Draft.ticket_id == ticket.id))).all()
    sent = sum(draft.status == DraftStatus.SENT for draft in drafts)
    if said.approve and drafts:
        _count(verdict, f"{where}: approved drafts that were sent", sent, 1)
        if ticket.status != Status.ANSWERED:
            verdict.holes.append(f"{where}: answered, and its ticket is {ticket.status}")
    verdict.replies += sent
    return sent


async def _audited(
    session: AsyncSession, ticket: Ticket, is_sent: bool, verdict: Verdict, where: str
) -> None:
    """Every change has left exactly one line, in its order."""
    events = await session.exec(
        select(TicketEvent.what).where(TicketEvent.ticket_id == ticket.id).order_by(col(TicketEvent.id))
    )
    found = list(events)
    owed = ["opened", "held" if ticket.held else "routed", "card posted"]
    owed += ["draft approved", "reply sent"] if is_sent else []
    if found != owed:
        verdict.holes.append(f"{where}: {found} instead of {owed}")


async def _orphans(host: Host, session: AsyncSession) -> int:
    """Return how many flows are neither done nor being worked on."""
    table = "workflow_status" if host.db.is_sqlite else "dbos.workflow_status"
    connection = await session.connection()
    found = await connection.execute(text(f"SELECT count(*) FROM {table} WHERE status <> 'SUCCESS'"))
    return int(found.scalar_one())
