"""Rehearsals: messages judged by models that did not learn them, from which thresholds are chosen before a test.

Nobody in Slack sees this. Only parts to learn and choose on are handed in; nothing here opens a file but `read_csv`, to
which the caller names it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from agents.local import classifier
from agents.local.classifier import Classifier, Judgement
from agents.local.cues.text import plain
from agents.local.embedding import Embeds
from agents.words import Category, Example, Priority
from benchmarks.promise import Held, Scores, Truth


def rehearsed(categories: Sequence[Category], messages: Sequence[Example], embedder: Embeds) -> Held:
    """Return each message judged by a model that learnt the other four fifths."""
    turn = fifths(len(messages))
    right, confidence = np.zeros(len(messages), dtype=bool), np.zeros(len(messages))
    for fold in range(5):
        learnt = [each for each, at in zip(messages, turn, strict=True) if at != fold]
        rest = [each for each, at in zip(messages, turn, strict=True) if at == fold]
        judged = judge_all(classifier.fit(categories, learnt, (), embedder), rest)
        right[turn == fold], confidence[turn == fold] = marked(judged, rest)
    return Held.of(confidence, right)


def learnt_apart(
    categories: Sequence[Category],
    train: Sequence[Example],
    chatter: Sequence[Example],
    held: Sequence[Example],
    known: int,
    embedder: Embeds,
) -> Held:
    """Return held messages, of which the first so many are known ones, judged by a model that did not learn them."""
    model = classifier.fit(categories, train, [each.text for each in chatter], embedder)
    right, confidence = marked(judge_all(model, held), held)
    return Held.of(confidence, right, np.arange(len(held)) >= known)


def joined(parts: Sequence[Held]) -> Held:
    """Return what several models said; known messages, which each of them judged, count once."""
    strange = np.concatenate([part.strange for part in parts])
    return Held(
        np.concatenate([part.confidence for part in parts]),
        np.concatenate([part.right for part in parts]),
        strange,
        np.where(strange, 1.0, 1.0 / len(parts)),
    )


def rehearsed_blind(
    categories: Sequence[Category], train: Sequence[Example], held: Sequence[Example], embedder: Embeds
) -> Held:
    """Return held messages judged by models of some of the categories; those of left-out ones are strange."""
    names = [each.name for each in categories]
    mix = np.random.default_rng(0).permutation(len(names))
    parts = []
    for part in range(3):
        out = {names[place] for place in mix[part::10]}
        learnt = [each for each in train if each.category not in out]
        model = classifier.fit([each for each in categories if each.name not in out], learnt, (), embedder)
        right, confidence = marked(judge_all(model, held), held)
        parts.append(Held.of(confidence, right, np.array([each.category in out for each in held])))
    return joined(parts)


def fifths(count: int) -> npt.NDArray[np.int64]:
    """Return which fifth each of so many messages falls into, at random but always alike."""
    return np.random.default_rng(0).permutation(count) % 5


def marked(judged: Sequence[Judgement], messages: Sequence[Example]) -> tuple[Truth, Scores]:
    """Return which judgements are right, and how sure each was; a message of no category is never right."""
    right = np.array([a.category == b.category for a, b in zip(judged, messages, strict=True)])
    return right, np.array([each.confidence for each in judged])


def names_of(messages: Sequence[Example]) -> npt.NDArray[np.str_]:
    """Return the category of each message."""
    return np.array([each.category for each in messages])


def mixed(known: int, strange: int, share: float) -> Scores:
    """Return weights by which the strange messages make up this share of a stream."""
    each = share / (1 - share) * known / strange
    return np.array([1.0] * known + [each] * strange)


def warm(embedder: Embeds, messages: Sequence[Example]) -> None:
    """Compute the vectors of messages at once, because the disk cache is written as a whole."""
    embedder.embed([plain(each.text) for each in messages])


def judge_all(fitted: Classifier, messages: Sequence[Example]) -> list[Judgement]:
    """Judge every message among all categories."""
    return [fitted.judge(each.text) for each in messages]


def plain_categories(names: Iterator[str]) -> list[Category]:
    """Return categories that have a name and nothing else, which is all these data sets tell."""
    return [Category(name, name.replace("_", " "), "", (), "", Priority.P3) for name in sorted(set(names))]


def sample(messages: Sequence[Example], shots: int, seed: int) -> list[Example]:
    """Return so many messages of each category, at random."""
    random = np.random.default_rng(seed)
    by_name: dict[str, list[Example]] = {}
    for each in messages:
        by_name.setdefault(each.category, []).append(each)
    return [own[place] for own in by_name.values() for place in random.choice(len(own), shots, replace=False)]


def read_csv(path: Path) -> list[Example]:
    """Return the messages of a file with the columns text and category."""
    with path.open(newline="", encoding="utf-8") as file:
        return [Example(row["text"], row["category"]) for row in csv.DictReader(file)]
