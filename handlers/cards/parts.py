"""What people see of a message that is several requests: where each part went, and which part a card is about.

Values in, Block Kit out. What the requester wrote is escaped or literal, as everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from agents.intake import shorten
from handlers.cards.text import Block, button, context, escape, link, literal, section, when

NOT_SEPARATE = "not_separate"

_NUMBERS = {2: "two", 3: "three", 4: "four", 5: "five"}
_QUOTED = 80  # characters of a part in a line
_LEAD = 200
_NOW = 1500


@dataclass(frozen=True)
class Part:
    """Which part of its message a ticket is, for its card. `others` are mrkdwn: the cards of the other parts."""

    number: int
    count: int
    others: tuple[str, ...]
    lead: str = ""  # what the message says before its first part
    now: str = ""  # the whole message as it reads now, where it was edited


@dataclass(frozen=True)
class Went:
    """Where one part went, for the requester."""

    id: int
    text: str
    team: str
    respond_by: datetime | None
    held: bool = False
    first: int = 0  # the ticket that it repeats
    first_link: str = ""


def other(id: int, card_link: str, team: str) -> str:
    """Return mrkdwn that leads to the card of another part."""
    shown = link(card_link, f"T-{id}") if card_link else f"T-{id}"
    return f"{shown} ({escape(team)})"


def which(part: Part) -> str:
    """Return the line of a card that says which part it is and where the others are."""
    return f"Part {part.number} of {part.count} · with {', '.join(part.others)}"


def above(part: Part) -> list[Block]:
    """Return what stands above the words of a part."""
    blocks = [context(which(part))]
    if part.lead:
        blocks.append(literal(f"The message begins: {shorten(part.lead, _LEAD)}"))
    return blocks


def below(part: Part) -> list[Block]:
    """Return what stands below the words of a part."""
    if not part.now:
        return []
    edited = ":pencil2: The message was edited since it was taken apart. It now reads:"
    return [context(edited), literal(shorten(part.now, _NOW), "rich_text_quote")]


def not_separate(id: int) -> Block:
    """Return the button that puts the parts together again."""
    sure = {
        "title": {"type": "plain_text", "text": "Put the parts together?"},
        "text": {
            "type": "plain_text",
            "text": f"T-{id} gets the whole message. The tickets of the other parts that are still open are closed.",
        },
        "confirm": {"type": "plain_text", "text": "Put together"},
        "deny": {"type": "plain_text", "text": "Leave apart"},
    }
    return button("Not separate", NOT_SEPARATE, str(id), confirm=sure)


def part_line(part: Part, text: str) -> str:
    """Return mrkdwn that says which part of a message something is about."""
    return f"Part {part.number} of {part.count}: {_quoted(text)}"


def _quoted(text: str) -> str:
    """Return mrkdwn that quotes the beginning of a part."""
    shown = shorten(" ".join(text.split()), _QUOTED)
    return f"“{escape(shown.removesuffix('…').rstrip('.,;:') + '…' if shown.endswith('…') else shown)}”"


def split_line(parts: Sequence[Went]) -> tuple[str, list[Block]]:
    """Return the line that tells a requester where each part of their message went."""
    number = _NUMBERS.get(len(parts), str(len(parts)))
    plain = "; ".join(f"T-{went.id} → {went.team}" for went in parts)
    head = f":inbox_tray: I split this in {number}, so that each part reaches the right people:"
    rows = "\n".join(f"• T-{went.id} {_quoted(went.text)} → {_goes(went)}" for went in parts)
    return f"I split this in {number}: {plain}.", [section(f"{head}\n{rows}")]


def _goes(went: Went) -> str:
    if went.first:
        there = link(went.first_link, f"T-{went.first}") if went.first_link else f"T-{went.first}"
        return f"asked already as {there}, and answered there"
    who = "a colleague who finds the right team" if went.held else f"our *{escape(went.team)}* team"
    if went.respond_by is None:
        return who
    return f"{who}, first reply {when(went.respond_by, 'by {date_short_pretty} at {time}')}"
