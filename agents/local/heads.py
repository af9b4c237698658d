"""Learns which words and meanings belong to which category, by likeness to what is known of each.

Nobody in Slack sees this. Every known message speaks for its category as loudly as a new one is like it, in meaning
and in words, and how much each has to say is solved for at once, by least squares. That needs no search for settings,
no random start and no scikit-learn, and is the same for five examples a category and for a hundred. The table of who
is like whom grows with the square of the messages, so beyond four thousand there is none (see `many`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from agents.local.features import BUCKETS, Floats, Integers, Sparse
from agents.local.linear import Labels, Matrix, fit_softmax

# From so many rows on SciPy is worth its memory, and one part held back tells enough (see `calibration`).
MANY = 2000
# To so many rows the table of who is like whom is kept (64 MB); beyond that there is none (see `many`).
MOST_EXACT = 4000

# How much the words count beside the meaning, whose own weight is 1: little when few examples could mislead, more when
# many speak. This and the two below were chosen by cross-validation on training parts.
FEW_WORD_WEIGHT = 0.4
MANY_WORD_WEIGHT = 0.65
# How fast likeness falls with the distance of two meanings.
SHARPNESS = 3.0
# How much a single message is doubted.
DOUBT = 0.25
# What is solved for: the score of the right category and of every other. It leaves scores on the scale of log odds.
OWN, OTHER = 10.0, -1.0


@dataclass(frozen=True)
class Lexicon:
    """The buckets worth keeping (seen in two messages or more), with the weight of their rarity."""

    kept: Integers
    rarity: Floats
    weight: float

    @classmethod
    def of(cls, rows: Sparse, weight: float) -> Lexicon:
        """Choose the buckets that occur in at least two rows."""
        seen = np.bincount(rows.buckets, minlength=BUCKETS)
        kept = np.flatnonzero(seen >= 2)
        rarity = np.log(1.0 + len(rows) / (1.0 + seen[kept])).astype(np.float32)
        return cls(kept.astype(np.int64), rarity, weight)

    def row(self, buckets: Integers, values: Floats) -> tuple[Integers, Floats]:
        """Return places in the lexicon and their values (of length `weight`) for one message's features."""
        if not len(self.kept):
            return np.empty(0, np.int64), np.empty(0, np.float32)
        places = np.searchsorted(self.kept, buckets)
        places[places == len(self.kept)] = 0
        known = self.kept[places] == buckets
        places, found = places[known], values[known] * self.rarity[places[known]]
        length = float(np.linalg.norm(found))
        return places, np.asarray(found * (self.weight / length) if length else found, dtype=np.float32)

    def rows(self, rows: Sparse) -> Sparse:
        """Return the same for many messages; `buckets` of the result are places in the lexicon."""
        parts = [self.row(*rows.row(number)) for number in range(len(rows))]
        starts = np.cumsum([0, *(len(places) for places, _ in parts)], dtype=np.int64)
        places = np.concatenate([np.empty(0, np.int64), *(places for places, _ in parts)])
        values = np.concatenate([np.empty(0, np.float32), *(values for _, values in parts)])
        return Sparse(starts, places, values)


class Head(Protocol):
    """What scores new messages."""

    def scores(self, vector: Floats, buckets: Integers, values: Floats) -> Floats:
        """Return one score a category for one message."""


@dataclass(frozen=True)
class NearHead:
    """Scores by likeness to the known messages, and by a matrix for the words of the lexicon."""

    lexicon: Lexicon
    known: Floats  # (messages, 384)
    shares: Floats  # (messages, categories)
    sparse: Floats  # (kept buckets, categories)

    def scores(self, vector: Floats, buckets: Integers, values: Floats) -> Floats:
        """Return one score a category for one message."""
        places, found = self.lexicon.row(buckets, values)
        near = likeness(self.known @ vector)
        return np.asarray(near @ self.shares + found @ self.sparse[places], dtype=np.float32)


@dataclass(frozen=True)
class LinearHead:
    """Linear scores for a set of categories: one matrix for the embedding, one for the words of the lexicon."""

    lexicon: Lexicon
    dense: Floats  # (width, categories)
    sparse: Floats  # (kept buckets, categories)
    intercepts: Floats  # (categories,)

    def scores(self, vector: Floats, buckets: Integers, values: Floats) -> Floats:
        """Return one score a category for one message."""
        places, found = self.lexicon.row(buckets, values)
        return np.asarray(
            vector @ self.dense + found @ self.sparse[places] + self.intercepts, dtype=np.float32
        )


class Learner(Protocol):
    """Prepared training rows that can be fitted on any part of themselves."""

    def fit(self, rows: Labels, labels: Labels, weights: Matrix, categories: int) -> Any:
        """Fit on these rows; labels are 0..categories-1, each present."""

    def scores(self, fitted: Any, rows: Labels) -> Matrix:
        """Return scores (len(rows), categories) of prepared rows."""

    def head(self, fitted: Any) -> Head:
        """Return what scores new messages."""


def likeness(cosines: Floats) -> Floats:
    """Return how much messages at these cosines speak for each other: 1 when they mean the same, next to nothing
    when unrelated."""
    return np.asarray(np.exp(SHARPNESS * (cosines - 1.0)), dtype=np.float32)


class NearRows:
    """Least squares on the likeness of the rows to each other, with words beside the meaning."""

    def __init__(self, vectors: Floats, lexical: Sparse) -> None:
        self._lexicon = Lexicon.of(lexical, MANY_WORD_WEIGHT if len(lexical) >= MANY else FEW_WORD_WEIGHT)
        self._words = self._lexicon.rows(lexical)
        self._vectors = vectors
        self._near = likeness(vectors @ vectors.T)
        add_word_products(self._near, self._words, len(self._lexicon.kept))

    def fit(self, rows: Labels, labels: Labels, weights: Matrix, categories: int) -> tuple[Labels, Floats]:
        wanted = np.full((len(rows), categories), OTHER, dtype=np.float32)
        wanted[np.arange(len(rows)), labels] = OWN
        near = self._near[np.ix_(rows, rows)]
        near[np.diag_indices(len(rows))] += (DOUBT / weights).astype(np.float32)
        if len(rows) < MANY:
            return rows, np.asarray(np.linalg.solve(near, wanted), dtype=np.float32)
        # Imported here, because only an engine with thousands of examples should pay for it in memory.
        from scipy.linalg import solve

        return rows, np.asarray(solve(near, wanted, overwrite_a=True, assume_a="pos"), dtype=np.float32)

    def scores(self, fitted: tuple[Labels, Floats], rows: Labels) -> Matrix:
        learnt, shares = fitted
        return np.asarray(self._near[np.ix_(rows, learnt)] @ shares, dtype=np.float64)

    def head(self, fitted: tuple[Labels, Floats]) -> NearHead:
        learnt, shares = fitted
        every = np.zeros((len(self._words), shares.shape[1]), dtype=np.float32)
        every[learnt] = shares
        sparse = by_bucket(self._words, len(self._lexicon.kept), every)
        # All rows are handed over, not a copy of the learnt ones, so that a judge holds its vectors once.
        return NearHead(self._lexicon, self._vectors, every, sparse)


class FewRows:
    """Logistic regression on the rows' own inner products, which is exact and small when rows are few."""

    def __init__(self, vectors: Floats, lexical: Sparse, strength: float = 10.0) -> None:
        self._strength = strength  # see `fit_softmax`
        self._lexicon = Lexicon.of(lexical, FEW_WORD_WEIGHT)
        self._words = self._lexicon.rows(lexical)
        self._vectors = vectors.astype(np.float64)
        products = self._vectors @ self._vectors.T
        add_word_products(products, self._words, len(self._lexicon.kept))
        sizes, turned = np.linalg.eigh(products)
        firm = sizes > 1e-6 * sizes[-1]
        self._back = turned[:, firm] / np.sqrt(sizes[firm])
        self._rows = turned[:, firm] * np.sqrt(sizes[firm])

    def fit(self, rows: Labels, labels: Labels, weights: Matrix, categories: int) -> tuple[Matrix, Matrix]:
        return fit_softmax(self._rows[rows], labels, categories, weights, self._strength)

    def scores(self, fitted: tuple[Matrix, Matrix], rows: Labels) -> Matrix:
        coefficients, intercepts = fitted
        return np.asarray(self._rows[rows] @ coefficients + intercepts, dtype=np.float64)

    def head(self, fitted: tuple[Matrix, Matrix]) -> LinearHead:
        coefficients, intercepts = fitted
        shares = self._back @ coefficients
        sparse = by_bucket(self._words, len(self._lexicon.kept), shares.astype(np.float32))
        dense = (self._vectors.T @ shares).astype(np.float32)
        return LinearHead(self._lexicon, dense, sparse, intercepts.astype(np.float32))


def add_word_products(products: Any, words: Sparse, kept: int) -> None:
    """Add to a table (rows, rows) what each row of words has in common with each other one."""
    count = len(words)
    if count >= MANY:
        from scipy import sparse

        table = sparse.csr_matrix((words.values, words.buckets, words.starts), shape=(count, kept))
        # In blocks, because nearly every pair of messages shares a word, and a sparse table of all would be larger
        # than a full one.
        for begin in range(0, count, 512):
            products[begin : begin + 512] += (table[begin : begin + 512] @ table.T).toarray()
        return
    owner = np.repeat(np.arange(count), np.diff(words.starts))
    for begin in range(0, kept, 4096):
        inside = (words.buckets >= begin) & (words.buckets < begin + 4096)
        block = np.zeros((count, 4096), dtype=np.float32)
        block[owner[inside], words.buckets[inside] - begin] = words.values[inside]
        products += block @ block.T


def by_bucket(words: Sparse, kept: int, shares: Floats) -> Floats:
    """Return what each kept bucket says of each category, given what each row (rows, categories) says."""
    if len(words) >= MANY:
        from scipy import sparse

        table = sparse.csr_matrix((words.values, words.buckets, words.starts), shape=(len(words), kept))
        return np.asarray(table.T @ shares, dtype=np.float32)
    found = np.zeros((kept, shares.shape[1]), dtype=np.float32)
    owner = np.repeat(np.arange(len(words)), np.diff(words.starts))
    np.add.at(found, words.buckets, words.values[:, None] * shares[owner])
    return found
