"""Judging a run: did every posted message get exactly one outcome, one card and one line, and nothing twice?

It compares what people can see in the workspace with what the database remembers, and names each message that was
lost or doubled in a sentence. Deliberately pure: the rows and messages are collected elsewhere.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from agents.words import Outcome


@dataclass(frozen=True)
class Seen:
    """One message of the bot's in the workspace. `thread_ts` is empty outside threads."""

    key: str
    channel: str
    ts: str
    thread_ts: str = ""


@dataclass(frozen=True)
class Remembered:
    """One request in the database, with the ids of its tickets and where the database says their cards are."""

    channel: str
    ts: str
    outcome: Outcome | None
    tickets: tuple[int, ...] = ()
    cards: tuple[str, ...] = ()  # ts of each ticket's card; empty when the database knows of none


@dataclass
class Verdict:
    """What was found, one sentence for each message that was lost or doubled."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)


def judge(
    posted: Sequence[tuple[str, str]],
    remembered: Iterable[Remembered],
    seen: Sequence[Seen],
    team_channels: frozenset[str],
    greeting_channels: frozenset[str],
) -> Verdict:
    """Judge messages posted as (channel, ts). Only channels that greet owe the requester a line."""
    verdict = Verdict()
    rows: dict[tuple[str, str], list[Remembered]] = defaultdict(list)
    for row in remembered:
        rows[row.channel, row.ts].append(row)
    cards, lines = _cards(seen, team_channels), _lines(seen)
    for key, times in Counter(message.key for message in seen).items():
        if times > 1:
            verdict.doubled.append(f"{key} was posted {times} times")
    for place in posted:
        own = rows.pop(place, [])
        tickets = [ticket for row in own for ticket in row.tickets]
        name = f"the message {place[1]}"
        outcomes = [row.outcome for row in own if row.outcome is not None]
        if not outcomes:
            verdict.lost.append(f"{name} has no outcome")
            continue
        if len(own) > 1 or len(tickets) > 1:
            verdict.doubled.append(f"{name} has {len(own)} requests and {len(tickets)} tickets")
        verdict.outcomes[str(outcomes[0])] += 1
        is_request = outcomes[0] != Outcome.NOT_A_REQUEST
        found = [card for ticket in tickets for card in cards.pop(ticket, [])]
        _count(verdict, f"{name}: cards", len(found), int(is_request))
        known = [ts for row in own for ts in row.cards if ts]
        if is_request and found and known != [card.ts for card in found]:
            verdict.lost.append(f"{name}: the database does not know where its card is")
        _count(
            verdict,
            f"{name}: lines",
            len(lines.pop(place, [])),
            int(is_request and place[0] in greeting_channels),
        )
    for left in cards.values():
        verdict.doubled.extend(f"the card {card.key} belongs to no posted message" for card in left)
    for thread in lines.values():
        verdict.doubled.extend(f"the line {said.key} belongs to no posted message" for said in thread)
    return verdict


def _count(verdict: Verdict, what: str, found: int, owed: int) -> None:
    if found < owed:
        verdict.lost.append(f"{what} {found}, owed {owed}")
    if found > owed:
        verdict.doubled.append(f"{what} {found}, owed {owed}")


def _cards(seen: Sequence[Seen], team_channels: frozenset[str]) -> dict[int, list[Seen]]:
    """Return the cards in team channels by ticket; a card that moved or was displaced still counts for its ticket."""
    found: dict[int, list[Seen]] = defaultdict(list)
    for message in seen:
        kind, _, rest = message.key.partition(":")
        number = rest.partition(":")[0]
        if kind == "card" and message.channel in team_channels and not message.thread_ts and number.isdigit():
            found[int(number)].append(message)
    return found


def _lines(seen: Sequence[Seen]) -> dict[tuple[str, str], list[Seen]]:
    """Return the lines under each request."""
    found: dict[tuple[str, str], list[Seen]] = defaultdict(list)
    for message in seen:
        if message.key.startswith("line:") and message.thread_ts:
            found[message.channel, message.thread_ts].append(message)
    return found
