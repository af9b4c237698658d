"""What people see of learning: the line on a card that says what was learnt, and the question which of two stands.

Values in, Block Kit out. What was asked is quoted literally.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agents.intake import shorten
from handlers.cards.text import Block, actions, button, context, escape, link, literal, section

UNDO_CORRECTION = "undo_correction"
KEEP_CORRECTION = "keep_correction"

_QUOTED = 400


@dataclass(frozen=True)
class Side:
    """One of two corrections that contradict each other."""

    id: int
    ticket_id: int
    link: str
    verdict: str  # the category's title, or that it was no request
    name: str
    text: str


def learnt(id: int, name: str, what: str) -> Block:
    """Return the line on a card that says what was learnt from whom, with the button that undoes it."""
    said = f":bulb: Learnt from {escape(name)}: messages like this {escape(what)}."
    return section(said, accessory=button("Undo", UNDO_CORRECTION, str(id)))


def question(mention: str, sides: Sequence[Side]) -> tuple[str, list[Block]]:
    """Return the question which of two corrections stands; `mention` is mrkdwn for whoever should decide."""
    text = "Two people have said different things of nearly the same words."
    blocks: list[Block] = [
        section(f":scales: {mention} {text} Until one of you chooses, neither teaches me anything.")
    ]
    for side in sides:
        label = f"T-{side.ticket_id}"
        shown = link(side.link, label) if side.link else label
        blocks.append(section(f"{shown}: {escape(side.name)} said *{escape(side.verdict)}*"))
        blocks.append(literal(shorten(side.text, _QUOTED), "rich_text_quote"))
    one, other = sides
    choices = [
        button(f"{side.verdict}, as T-{side.ticket_id}", f"{KEEP_CORRECTION}:{n}", f"{side.id}:{against.id}")
        for n, (side, against) in enumerate(((one, other), (other, one)))
    ]
    return text, [*blocks, actions(*choices, block_id="conflict")]


def settled(text: str) -> tuple[str, list[Block]]:
    """Return what a question turns into once nothing is left to choose; `text` is mrkdwn."""
    return "A question about two corrections is settled.", [context(f":scales: {text}")]
