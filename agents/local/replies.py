"""Writes a reply out of the knowledge base's own sentences.

A person sees two to six sentences or steps, every one word for word from an article that is named under it.
There is no greeting (the caller knows the name), no sentence of its own, and no reply at all when nothing
good enough was found: an honest "no draft" costs less than a wrong answer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from agents.local.cues.text import plain, sentences
from agents.local.embedding import Embeds
from agents.local.features import Floats
from agents.words import Citation, Facts, Passage, Reply, Usage

GOOD_ENOUGH = 0.5
# A second section may add to the first when it is nearly as good, one of another article only as an equal.
NEARLY = 0.8
EQUALLY = 0.95
MOST_UNITS = 6
LONGEST_QUOTE = 240

MODEL = "minilm-int8"

_STEP = re.compile(r"^\s*\d{1,2}[.)]\s+")
_ITEM = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+")
# Only people may send links and mentions, and half a sentence without its link is no answer.
_UNSENDABLE = re.compile(r"https?://|www\.|<[@#!]|@(?:here|channel|everyone)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Unit:
    """A sentence or a step, with the line it stands on."""

    text: str
    line: int
    is_item: bool
    is_step: bool


def draft(facts: Facts, passages: Sequence[Passage], embedder: Embeds) -> Reply:
    """Return a reply taken from the best passages, or an empty one that says why there is none.

    `milliseconds` of its usage is 0: the caller has the clock.
    """
    good = [passage for passage in passages if passage.score >= GOOD_ENOUGH]
    if not passages:
        return _none("No draft: the knowledge base has nothing on this.")
    if not good:
        return _none(f"No draft: the closest article, “{passages[0].title}”, does not answer this.")
    question = embedder.embed([plain("\n".join([facts.text, *facts.thread[-1:]]))])[0]
    parts: list[tuple[Passage, list[Unit]]] = []
    left = MOST_UNITS
    for passage in good[:2]:
        if parts and not _adds(passage, good[0], len(parts[0][1])):
            break
        # The second section only adds what is closest to the question.
        chosen = _chosen(passage, question, embedder, left if not parts else min(2, left))
        if chosen:
            parts.append((passage, chosen))
            left -= len(chosen)
    if not parts:
        return _none(f"No draft: “{good[0].title}” can only be quoted with a link, which people send.")
    titles = dict.fromkeys(passage.title for passage, _ in parts)
    return Reply(
        text="\n\n".join(_laid_out(units) for _, units in parts),
        citations=_citations(parts),
        grounded=True,
        because=f"Taken word for word from {' and '.join(f'“{title}”' for title in titles)}.",
        usage=_usage(),
    )


def _adds(second: Passage, first: Passage, taken: int) -> bool:
    """Say whether a second section belongs in the reply: it is nearly as good, or the first said little."""
    if taken > MOST_UNITS - 2:
        return False
    if second.article == first.article:
        return taken < 2 or second.score >= NEARLY * first.score
    return second.score >= EQUALLY * first.score


def units_of(text: str) -> list[Unit]:
    """Split a section into the pieces that may be quoted: steps and items whole, paragraphs by sentence."""
    found: list[Unit] = []
    for number, line in enumerate(text.splitlines()):
        if _ITEM.match(line):
            found.append(Unit(line.strip(), number, True, _STEP.match(line) is not None))
        else:
            found.extend(Unit(sentence, number, False, False) for sentence in sentences(line))
    return found


def _chosen(passage: Passage, question: Floats, embedder: Embeds, most: int) -> list[Unit]:
    """Return at most `most` units of a passage in their own order; steps come all together or not at all."""
    units = units_of(passage.text)
    if any(_UNSENDABLE.search(unit.text) for unit in units if unit.is_step):
        units = [unit for unit in units if not unit.is_step]
    units = [unit for unit in units if not _UNSENDABLE.search(unit.text)]
    if len(units) <= most:
        return units
    closeness = embedder.embed([unit.text for unit in units]) @ question
    steps = [place for place, unit in enumerate(units) if unit.is_step]
    rest = [place for place, unit in enumerate(units) if not unit.is_step]
    if steps and (not rest or max(closeness[steps]) >= max(closeness[rest]) - 0.25):
        # Steps out of which one is missing lead astray, so their number is not limited by `most`.
        introduced = [steps[0] - 1] if steps[0] > 0 and units[steps[0] - 1].text.endswith(":") else []
        return [units[place] for place in [*introduced, *steps]]
    # The two closest sentences decide, so that a window is not chosen for being evenly vague.
    begins = range(max(1, len(rest) - most + 1))
    worth = [float(np.sort(closeness[rest[begin : begin + most]])[-2:].sum()) for begin in begins]
    begin = int(np.argmax(worth))
    return [units[place] for place in rest[begin : begin + most]]


def _laid_out(units: Sequence[Unit]) -> str:
    """Join sentences of one paragraph by spaces and keep items on lines of their own."""
    text = units[0].text
    for before, unit in pairwise(units):
        joined = before.line == unit.line and not unit.is_item
        text += f" {unit.text}" if joined else f"\n{unit.text}"
    return text


def _citations(parts: Sequence[tuple[Passage, list[Unit]]]) -> tuple[Citation, ...]:
    """Return one citation an article, quoting the first sentence taken from it."""
    found: dict[str, Citation] = {}
    for passage, units in parts:
        quote = units[0].text[:LONGEST_QUOTE]
        found.setdefault(passage.article, Citation(passage.article, passage.title, passage.url, quote))
    return tuple(found.values())


def _none(because: str) -> Reply:
    return Reply("", (), False, because, _usage())


def _usage() -> Usage:
    return Usage("local", MODEL, "", 0.0)
