"""The judge: what people see in the workspace, compared with what they did and with what the database remembers.

Every request has one card, one line for its requester, at most one reply and one history without holes; every command
that was acknowledged has its answer. A card's buttons are those that its ticket still allows.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any
from urllib.parse import urlparse

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from agents.words import OPEN, DraftStatus, Outcome, Status
from storage.tables import Draft, Receipt, Request, Ticket, TicketEvent
from tests.chaos.stream import Posted, Stream, key_of
from tests.process import Host
from tests.world import buttons_of, policy
from twin.parcels import Delivery

_OF_A_DRAFT = {"approve_draft", "edit_draft", "reject_draft"}
_OF_AN_OPEN_TICKET = {"claim_ticket", "reroute_ticket", "resolve_ticket", "reply_ticket", "not_a_request"}


@dataclass
class Verdict:
    """What was found: a sentence for each thing that was lost, doubled, not written down or left hanging."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    holes: list[str] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)
    undelivered: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    replies: int = 0
    commands: int = 0  # that were answered
    said_again: int = 0  # answers that only somebody's death between saying and noting it has repeated

    def add(self, other: Verdict) -> None:
        """Take in what was found elsewhere."""
        self.lost += other.lost
        self.doubled += other.doubled
        self.holes += other.holes
        self.orphans += other.orphans
        self.undelivered += other.undelivered


async def judge(stream: Stream) -> Verdict:
    """Compare what people see with what the database remembers."""
    verdict, host = Verdict(), stream.fleet.host
    verdict.undelivered = sum(parcel["type"] == "events_api" for parcel in host.twin.undelivered)
    verdict.orphans += [f"a flow is {status}" for status in await stream.fleet.undone()]
    keys(host, verdict)
    async with host.db.begin() as session:
        for said in stream.posted:
            await _one(host, session, said, verdict)
        await buttons(host, session, verdict)
        failed = await session.exec(select(Receipt.key).where(col(Receipt.failed) != ""))
        verdict.lost += [f"{key} was given up" for key in failed]
        kept = set(await session.exec(select(Receipt.key).where(Receipt.kind == "command")))
    direct = {key for person in host.twin.ws.channels.values() for key in map(key_of, person.messages)}
    for command in stream.commands:
        trigger = command.payload["trigger_id"]
        times = stream.answers.get(urlparse(command.payload["response_url"]).path, [])
        is_direct = f"command:{trigger}" in direct
        is_kept = f"command:{trigger}" in kept
        _answered(command, times, is_direct, is_kept, stream.fleet.ends, verdict)
    return verdict


def keys(host: Host, verdict: Verdict) -> None:
    """No key may be on two messages, wherever they are."""
    keys = Counter(map(key_of, ours(host)))
    verdict.doubled += [
        f"{times} messages carry “{key}”" for key, times in keys.items() if times > 1 or not key
    ]


def ours(host: Host) -> list[dict[str, Any]]:
    """Return every message of ours, wherever it is."""
    found = []
    for channel in host.twin.ws.channels.values():
        threads = [message["ts"] for message in channel.messages if message.get("reply_count")]
        seen = {message["ts"]: message for message in channel.messages}
        seen |= {message["ts"]: message for ts in threads for message in channel.thread(ts)}
        found += [message for message in seen.values() if message.get("bot_id")]
    return found


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
    lines = [message for message in thread if key_of(message).startswith("line:")]
    _count(verdict, f"{where}: lines", len(lines), 1)
    sent = await _replies(session, ticket, said, verdict, where)
    _count(verdict, f"{where}: messages in the thread", len(thread), 1 + sent)
    seen = next(message for message in channel.messages if message["ts"] == said.ts)
    _count(verdict, f"{where}: eyes", len(seen.get("reactions", [])), 1)
    await _audited(session, ticket, said, bool(sent), verdict, where)


def _count(verdict: Verdict, what: str, found: int, owed: int) -> None:
    if found < owed:
        verdict.lost.append(f"{what}: {found} of {owed}")
    elif found > owed:
        verdict.doubled.append(f"{what}: {found} of {owed}")


def _cards(host: Host, ticket: Ticket) -> list[dict[str, Any]]:
    """Return every card of a ticket that is to be seen anywhere, by its number and not by our own record."""
    return [card for card in _all_cards(host) if card["text"].startswith(f"T-{ticket.id} ")]


def _all_cards(host: Host) -> list[dict[str, Any]]:
    places = {rules.channel for rules in policy().queues.values()}
    return [
        message
        for place in sorted(places)
        for message in host.twin.channel(place).messages
        if message.get("bot_id") and re.match(r"T-\d+ ", message.get("text", ""))
    ]


async def _replies(session: AsyncSession, ticket: Ticket, said: Posted, verdict: Verdict, where: str) -> int:
    """Return how many replies the requester should have."""
    drafts: Sequence[Draft] = (await session.exec(select(Draft).where(Draft.ticket_id == ticket.id))).all()
    sent = sum(draft.status == DraftStatus.SENT for draft in drafts)
    if said.approve and drafts:
        _count(verdict, f"{where}: approved drafts that were sent", sent, 1)
        owed = Status.RESOLVED if said.is_thanked else Status.ANSWERED
        if ticket.status != owed:
            verdict.holes.append(f"{where}: should be {owed}, and its ticket is {ticket.status}")
    verdict.replies += sent
    return sent


async def _audited(
    session: AsyncSession, ticket: Ticket, said: Posted, is_sent: bool, verdict: Verdict, where: str
) -> None:
    """Every change has left exactly one line; what follows from something else stands after it."""
    events = await session.exec(
        select(TicketEvent.what).where(TicketEvent.ticket_id == ticket.id).order_by(col(TicketEvent.id))
    )
    found = list(events)
    owed = ["opened", "held" if ticket.held else "routed", "card posted"]
    orders = [owed]
    if is_sent:
        orders.append(["card posted", "draft approved", "reply sent"])
    if said.is_thanked:
        orders.append(["draft approved", "follow-up", "resolved"])
    if said.is_claimed:
        orders.append([owed[1], "claimed"])
    if Counter(found) != Counter({what for order in orders for what in order}):
        verdict.holes.append(f"{where}: {found} instead of {orders}")
    elif any(found.index(a) > found.index(b) for order in orders for a, b in pairwise(order)):
        verdict.holes.append(f"{where}: {found} is not in the order of {orders}")


async def buttons(host: Host, session: AsyncSession, verdict: Verdict) -> None:
    """A card offers what its ticket still allows, and nothing else."""
    drafts: dict[int, Draft] = {}
    for draft in await session.exec(select(Draft).order_by(col(Draft.id))):
        drafts[draft.ticket_id] = draft
    tickets = {ticket.id: ticket for ticket in await session.exec(select(Ticket))}
    for card in _all_cards(host):
        number = int(card["text"].removeprefix("T-").split()[0])
        shown, ticket = set(buttons_of(card)), tickets[number]
        newest = drafts.get(number)
        is_open = ticket.status in OPEN
        is_proposed = is_open and newest is not None and newest.status == DraftStatus.PROPOSED
        if is_proposed != ("approve_draft" in shown):
            verdict.orphans.append(
                f"T-{number}: {sorted(shown)}, and its draft is {newest and newest.status} {newest and newest.reason}"
            )
        if not is_open and shown & (_OF_A_DRAFT | _OF_AN_OPEN_TICKET):
            verdict.orphans.append(f"T-{number}: {sorted(shown)}, and it is {ticket.status}")


def _answered(
    command: Delivery,
    times: list[datetime],
    is_direct: bool,
    is_kept: bool,
    deaths: list[datetime],
    verdict: Verdict,
) -> None:
    """Judge one command. Slack cannot be asked whether it showed a whisper, so whoever dies between saying it and

    noting it lets it be said again; nothing else may.
    """
    said = f"“{command.payload['text']}” of {command.payload['user_id']} at {command.at}"
    is_acked = any(attempt.outcome == "acked" for attempt in command.attempts)
    count = len(times) + is_direct
    if is_acked and not is_kept:
        verdict.lost.append(f"{said} was acknowledged and not kept")
    if is_kept and not count:
        verdict.lost.append(f"{said} was kept and has no answer")
    if count and not is_kept:
        verdict.doubled.append(f"{said} was not kept and has {count} answers")
    verdict.commands += bool(count)
    for one, other in pairwise(sorted(times)):
        if any(one <= death <= other for death in deaths):
            verdict.said_again += 1
        else:
            verdict.doubled.append(f"{said} was answered at {one} and at {other}, and nobody died between")
