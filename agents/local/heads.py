"""Learns which words and meanings belong to which category, in one of two ways chosen by the amount of
examples.

Nobody in Slack sees this. A few examples a category are best served by logistic regression over embeddings
with a touch of words; thousands by a linear support vector machine over both. The result is the same either
way: one matrix for the embedding, one for the words, which score a message without scikit-learn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from agents.local.features import BUCKETS, Floats, Integers, Sparse
from agents.local.linear import Labels, Matrix, fit_softmax

# With thousands of rows the support vector machine is the better of the two. Where exactly it overtakes was not
# measured: the line is drawn where the other way, which grows with the cube of the rows, begins to take long.
MANY = 2000

# How much the words count beside the embedding: little when few examples could mislead, as much when many
# speak.
FEW_WORD_WEIGHT = 0.4
MANY_WORD_WEIGHT = 1.0


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


@dataclass(frozen=True)
class Head:
    """Linear scores for a set of categories: one matrix for the embedding, one for the words of the lexicon."""

    lexicon: Lexicon
    dense: Floats  # (384, categories)
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


def learner(vectors: Floats, lexical: Sparse, categories: int) -> Learner:
    """Choose how to learn from this many rows."""
    if len(lexical) >= MANY and categories > 1:
        return ManyRows(vectors, lexical)
    return FewRows(vectors, lexical)


class FewRows:
    """Logistic regression on the rows' own inner products, which is exact and small when rows are few."""

    def __init__(self, vectors: Floats, lexical: Sparse, strength: float = 10.0) -> None:
        self._strength = strength  # see `fit_softmax`
        self._lexicon = Lexicon.of(lexical, FEW_WORD_WEIGHT)
        self._words = self._lexicon.rows(lexical)
        self._vectors = vectors.astype(np.float64)
        products = self._vectors @ self._vectors.T + self._word_products()
        sizes, turned = np.linalg.eigh(products)
        firm = sizes > 1e-6 * sizes[-1]
        self._back = turned[:, firm] / np.sqrt(sizes[firm])
        self._rows = turned[:, firm] * np.sqrt(sizes[firm])

    def _word_products(self) -> Matrix:
        count = len(self._words)
        products = np.zeros((count, count))
        owner = np.repeat(np.arange(count), np.diff(self._words.starts))
        # In blocks, because the whole table of rows and buckets would take gigabytes for a few thousand rows.
        for begin in range(0, len(self._lexicon.kept), 4096):
            inside = (self._words.buckets >= begin) & (self._words.buckets < begin + 4096)
            block = np.zeros((count, 4096), dtype=np.float32)
            block[owner[inside], self._words.buckets[inside] - begin] = self._words.values[inside]
            products += block @ block.T
        return products

    def fit(self, rows: Labels, labels: Labels, weights: Matrix, categories: int) -> tuple[Matrix, Matrix]:
        return fit_softmax(self._rows[rows], labels, categories, weights, self._strength)

    def scores(self, fitted: tuple[Matrix, Matrix], rows: Labels) -> Matrix:
        coefficients, intercepts = fitted
        return np.asarray(self._rows[rows] @ coefficients + intercepts, dtype=np.float64)

    def head(self, fitted: tuple[Matrix, Matrix]) -> Head:
        coefficients, intercepts = fitted
        shares = self._back @ coefficients
        sparse = np.zeros((len(self._lexicon.kept), shares.shape[1]), dtype=np.float32)
        owner = np.repeat(np.arange(len(self._words)), np.diff(self._words.starts))
        np.add.at(sparse, self._words.buckets, self._words.values[:, None] * shares[owner].astype(np.float32))
        dense = (self._vectors.T @ shares).astype(np.float32)
        return Head(self._lexicon, dense, sparse, intercepts.astype(np.float32))


class ManyRows:
    """A linear support vector machine a category, over embedding and words side by side."""

    def __init__(self, vectors: Floats, lexical: Sparse) -> None:
        # Imported here, because only an engine with thousands of examples should pay for it in memory.
        from scipy import sparse

        self._lexicon = Lexicon.of(lexical, MANY_WORD_WEIGHT)
        words = self._lexicon.rows(lexical)
        shape = (len(words), len(self._lexicon.kept))
        counted = sparse.csr_matrix((words.values, words.buckets, words.starts), shape=shape)
        self._width = vectors.shape[1]
        self._rows = sparse.hstack([sparse.csr_matrix(vectors), counted], format="csr", dtype=np.float64)

    def fit(self, rows: Labels, labels: Labels, weights: Matrix, categories: int) -> tuple[Matrix, Matrix]:
        from sklearn.svm import LinearSVC

        # The random state only orders the rows; fixing it makes the same examples give the same engine.
        machine = LinearSVC(C=0.5, dual=True, tol=1e-2, random_state=0)
        machine.fit(self._rows[rows], labels, sample_weight=weights)
        coefficients = np.asarray(machine.coef_.T, dtype=np.float64)
        intercepts = np.asarray(machine.intercept_, dtype=np.float64)
        if categories == 2:
            return np.hstack([-coefficients, coefficients]), np.concatenate([-intercepts, intercepts])
        return coefficients, intercepts

    def scores(self, fitted: tuple[Matrix, Matrix], rows: Labels) -> Matrix:
        coefficients, intercepts = fitted
        return np.asarray(self._rows[rows] @ coefficients + intercepts, dtype=np.float64)

    def head(self, fitted: tuple[Matrix, Matrix]) -> Head:
        coefficients, intercepts = fitted
        return Head(
            self._lexicon,
            coefficients[: self._width].astype(np.float32),
            coefficients[self._width :].astype(np.float32),
            intercepts.astype(np.float32),
        )
