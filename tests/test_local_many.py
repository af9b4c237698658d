"""Learning from so many messages that who is like whom is not kept."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from agents.local.classifier import learner_of
from agents.local.features import Floats, lexical, lexical_rows
from agents.local.heads import MOST_EXACT, NearRows
from agents.local.linear import Labels
from agents.local.many import ManyRows, evenly

WORDS = ("invoice bill receipt statement tax", "vpn wifi router cable network", "holiday leave absence sick")
REST = (
    "missing",
    "wrong",
    "slow",
    "broken",
    "new",
    "old",
    "needed",
    "late",
    "open",
    "gone",
    "today",
    "again",
)


def messages(count: int, seed: int) -> tuple[list[str], Labels]:
    random = np.random.default_rng(seed)
    labels = random.integers(0, 3, count)
    texts = [
        " ".join([random.choice(WORDS[label].split()), *random.choice(REST, 4), str(random.integers(500))])
        for label in labels
    ]
    return texts, labels.astype(np.intp)


def vectors_of(texts: list[str]) -> Floats:
    rows = np.full((len(texts), 384), 1e-3, dtype=np.float32)
    for row, text in zip(rows, texts, strict=True):
        buckets, values = lexical(text)
        np.add.at(row, buckets % 384, values)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


@pytest.mark.slow
def test_what_is_learnt_without_a_table_is_what_is_learnt_with_one() -> None:
    texts, labels = messages(2500, 1)
    vectors, words = vectors_of(texts), lexical_rows(texts)
    exact, way = NearRows(vectors, words), ManyRows(vectors, words, labels, 300)
    learnt, rest = np.arange(2100), np.arange(2100, 2500)
    weights = np.where(learnt % 7 == 0, 3.0, 1.0)

    by_table = exact.scores(exact.fit(learnt, labels[learnt], weights, 3), rest)
    without = way.scores(way.fit(learnt, labels[learnt], weights, 3), rest)

    assert without == pytest.approx(by_table, abs=0.4)  # scores reach from -1 to 10
    assert (without.argmax(axis=1) == by_table.argmax(axis=1)).mean() > 0.99


@pytest.mark.slow
def test_its_head_scores_a_new_message_as_the_learner_would() -> None:
    texts, labels = messages(2100, 2)
    vectors = vectors_of(texts)
    way = ManyRows(vectors, lexical_rows(texts), labels, 200)
    fitted = way.fit(np.arange(2000), labels[:2000], np.ones(2000), 3)
    head = way.head(fitted)

    scores = [head.scores(vectors[row], *lexical(texts[row])) for row in range(1990, 2010)]

    assert np.array(scores) == pytest.approx(way.scores(fitted, np.arange(1990, 2010)), abs=0.01)


def test_landmarks_are_as_many_of_each_category_as_it_has() -> None:
    labels = np.array([0] * 1000 + [1] * 1000 + [2] * 5)

    places = evenly(labels, 105)

    assert np.bincount(labels[places]).tolist() == [50, 50, 5]
    assert (np.diff(places) > 0).all()
    assert len(evenly(labels, 5000)) == len(labels)


@pytest.mark.slow
def test_memory_for_learning_does_not_grow_with_the_square_of_the_messages() -> None:
    texts, labels = messages(MOST_EXACT, 3)
    vectors, words = vectors_of(texts), lexical_rows(texts)

    tracemalloc.start()
    way = ManyRows(vectors, words, labels, 300)
    way.fit(np.arange(MOST_EXACT), labels, np.ones(MOST_EXACT), 3)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 0.8 * 4 * MOST_EXACT**2  # of what one table takes; two are needed to solve with one


@pytest.mark.slow
def test_a_table_is_kept_for_no_more_than_64_megabytes() -> None:
    texts, labels = messages(2100, 4)
    vectors, words = vectors_of(texts), lexical_rows(texts)

    assert 4 * MOST_EXACT**2 <= 64e6
    assert isinstance(learner_of(vectors, words, labels), NearRows)
    assert isinstance(learner_of(vectors, words, labels, most_exact=2000), ManyRows)
