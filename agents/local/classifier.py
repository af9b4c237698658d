"""Learns the team's categories from examples and judges messages: which kind of work, how sure, request or
talk.

What a person sees of it is the category on a card, the runner-up when it is unsure, and silence under
"thanks!". A classifier never changes: new examples make a new one. It sets no threshold; it only sees to it
that "0.9" means nine in ten, also on a stream in which some messages belong to no category at all.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from agents.local.calibration import Calibration, calibrate
from agents.local.cues.outages import outage_sign
from agents.local.cues.requests import signs_of
from agents.local.cues.text import plain, sentences
from agents.local.embedding import Embeds
from agents.local.features import Floats, Sparse, lexical, lexical_rows
from agents.local.gate import Gate, fit_gate
from agents.local.heads import MOST_EXACT, Head, Learner, NearRows
from agents.local.linear import Labels
from agents.words import Category, Example, Priority

_EXCLUDES = re.compile(
    r"(?:not|never|no|except|excluding|does not|do not|doesn't|anything else)\b", re.IGNORECASE
)

# What signs of an outage, and signs that one is only spoken of, count on the scale of the scores, where the right
# category of a plain message is about 3 above the next. The second is larger, because it contradicts the meaning.
TELLS, ONLY_SPEAKS = 1.0, 2.5
# Whoever reports an outage asks for nothing, and is heard all the same ("everything down here").
REPORTED = 0.9


@dataclass(frozen=True)
class Judgement:
    """What the classifier thinks of one message; every number is a probability between 0 and 1.

    `confidence`: the category is right. `fit`: the message belongs to one of the allowed categories at all
    (even odds when it looks as strange as a message from elsewhere). `request`: it asks for something.
    `nearest` is the known example of that category that is closest in meaning, with its cosine.
    """

    category: str
    runner_up: str | None
    confidence: float
    fit: float
    request: float
    nearest: str
    closeness: float


@dataclass(frozen=True)
class Classifier:
    """A fitted, immutable judge of messages."""

    names: tuple[str, ...]
    embedder: Embeds
    head: Head
    calibration: Calibration
    gate: Gate
    texts: tuple[str, ...]  # the known examples
    vectors: Floats  # (examples, 384)
    labels: Labels  # (examples,), places in `names`
    outages: Labels = field(default_factory=lambda: np.empty(0, np.intp))  # places of what policy calls a P1

    def judge(self, text: str, allowed: Sequence[str] | None = None) -> Judgement:
        """Judge one message as Slack delivers it, within the allowed categories (all, when None).

        Raises ValueError when none of the allowed categories was learnt.
        """
        places = self._places(allowed)
        said = plain(text)
        vector = self.embedder.embed([said])[0]
        buckets, values = lexical(said)
        scores = self.head.scores(vector, buckets, values)[places].astype(np.float64)
        sign = outage_sign(said) if len(self.outages) else 0
        scores[np.isin(places, self.outages)] += TELLS if sign > 0 else sign * ONLY_SPEAKS
        likeness = self.vectors @ vector
        near = np.where(np.isin(self.labels, places), likeness, -1.0)
        order = np.argsort(-scores)
        closest = float(near.max()) if len(near) else 0.0
        fit = self.calibration.fit(scores, closest)
        own = np.where(self.labels == places[order[0]], likeness, -1.0)
        nearest = int(np.argmax(own)) if len(own) and own.max() > -1.0 else None
        request = self.gate.probability(vector, buckets, values, signs_of(said), fit)
        if sign > 0 and places[order[0]] in self.outages:
            request = max(request, REPORTED)
        return Judgement(
            category=self.names[places[order[0]]],
            runner_up=self.names[places[order[1]]] if len(order) > 1 else None,
            confidence=self.calibration.confidence(scores, fit),
            fit=fit,
            request=request,
            nearest=self.texts[nearest] if nearest is not None else "",
            closeness=float(own[nearest]) if nearest is not None else 0.0,
        )

    def _places(self, allowed: Sequence[str] | None) -> Labels:
        if allowed is None:
            return np.arange(len(self.names))
        wanted = set(allowed)
        places = np.array([place for place, name in enumerate(self.names) if name in wanted], dtype=np.intp)
        if not len(places):
            raise ValueError(f"None of these categories was learnt: {', '.join(sorted(wanted))}.")
        return places


def fit(
    categories: Sequence[Category], examples: Sequence[Example], chatter: Sequence[str], embedder: Embeds
) -> Classifier:
    """Learn these categories from their own examples, further examples (corrections) and the team's chatter.

    Examples of unknown categories are left out, since policy may have dropped theirs; an example given twice
    with two categories counts for the later one, because that is the correction. Takes about a second for a
    few hundred examples and holds the interpreter only between NumPy calls: run it in a thread. Raises
    ValueError when there is no category.
    """
    if not categories:
        raise ValueError("There is no category to learn.")
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    # On one thread, because the products are small and threads that wait for each other on a busy machine were
    # measured to take ten times as long; it also makes the same examples give the same numbers on every machine.
    with threadpool_limits(limits=1, user_api="blas"):
        return _fitted(categories, examples, chatter, embedder)


def _fitted(
    categories: Sequence[Category], examples: Sequence[Example], chatter: Sequence[str], embedder: Embeds
) -> Classifier:
    names = tuple(category.name for category in categories)
    place = {name: number for number, name in enumerate(names)}
    known: dict[str, int] = {}
    for text, name in [(text, each.name) for each in categories for text in each.examples] + [
        (each.text, each.category) for each in examples
    ]:
        said = plain(text)
        if said and name in place:
            known.pop(said, None)
            known[said] = place[name]
    texts = tuple(known)
    told, told_labels = taught_by_policy(categories)
    talk = tuple(said for said in dict.fromkeys(plain(text) for text in chatter) if said)

    vectors = embedder.embed_kept([*texts, *told, *talk])
    words = lexical_rows([*texts, *told])
    count, learnt = len(texts), len(texts) + len(told)
    labels = np.array([*known.values(), *told_labels], dtype=np.intp)
    weights = np.ones(learnt)
    prepared = learner_of(vectors[:learnt], words, labels)
    head = prepared.head(prepared.fit(np.arange(learnt), labels, weights, len(names)))

    talk_scores = np.zeros((len(talk), len(names)))
    for number, line in enumerate(talk):
        talk_scores[number] = head.scores(vectors[learnt + number], *lexical(line))
    calibration, held = calibrate(
        prepared,
        vectors[:learnt],
        labels,
        weights,
        count,
        places_of(categories),
        talk_scores,
        vectors[learnt:],
    )
    gate = fit_gate(texts, talk, embedder, held)
    outages = np.flatnonzero([each.priority is Priority.P1 for each in categories])
    return Classifier(
        names, embedder, head, calibration, gate, texts, vectors[:count], labels[:count], outages
    )


def learner_of(vectors: Floats, words: Sparse, labels: Labels, most_exact: int = MOST_EXACT) -> Learner:
    """Return what learns from these rows: with a table of who is like whom, or without one where they are many."""
    if len(labels) <= most_exact:
        return NearRows(vectors, words)
    # Imported here, because only an engine with thousands of examples should pay for SciPy in memory.
    from agents.local.many import ManyRows

    return ManyRows(vectors, words, labels)


def places_of(categories: Sequence[Category]) -> list[Labels]:
    """Return the categories allowed in each request channel; one without channels is allowed in all."""
    channels = dict.fromkeys(channel for category in categories for channel in category.channels)
    if not channels:
        return [np.arange(len(categories))]
    return [
        np.array(
            [n for n, each in enumerate(categories) if not each.channels or channel in each.channels],
            dtype=np.intp,
        )
        for channel in channels
    ]


def taught_by_policy(categories: Sequence[Category]) -> tuple[list[str], list[int]]:
    """Return what policy itself teaches of the categories: texts, and their categories' places.

    A description is the team's own definition, and each of its clauses is worth an example: in cross-validation
    on the demo company's examples they raise the share that is right by ten points. The sentences that say what
    does not belong are left out, because their words would teach the opposite.
    """
    texts: list[str] = []
    places: list[int] = []
    for place, category in enumerate(categories):
        title = category.title or category.name.replace("-", " ").replace("_", " ")
        own = [sentence for sentence in sentences(category.description) if not _EXCLUDES.match(sentence)]
        clauses = [part.strip() for part in re.split(r"[,:;.]|\bor\b", " ".join(own))]
        taught = [" ".join([f"{title}.", *own]), *filter(None, clauses)]
        texts += taught
        places += [place] * len(taught)
    return texts, places
