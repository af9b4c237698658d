"""Learns which words and meanings belong to which category where messages are too many to keep who is like whom.

Nobody in Slack sees this. It solves the same least squares as `heads.NearRows`, by conjugate gradients: likeness is
computed anew for each step and never kept as a whole, so memory grows with the messages and not with their square.
Few steps are enough, because a thousand of the messages (the landmarks) show beforehand which directions are steep
(A. Rudi, L. Carratino and L. Rosasco, "FALKON", 2017). On CLINC150's validation part three steps judged as the exact
solution does; landmarks alone, without the steps, were one to two points worse.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from agents.local.features import Floats, Sparse
from agents.local.heads import DOUBT, MANY_WORD_WEIGHT, OTHER, OWN, Lexicon, NearHead, by_bucket, likeness
from agents.local.linear import Labels, Matrix

LANDMARKS = 1000
STEPS = 5
_BLOCK = 512
_JITTER = 1e-3  # two landmarks may mean the same


class ManyRows:
    """Least squares on the likeness of the rows to each other, without a table of it. Takes 4 KB a row beside its
    vector, and about as long as the table would."""

    def __init__(self, vectors: Floats, lexical: Sparse, labels: Labels, landmarks: int = LANDMARKS) -> None:
        from scipy import sparse
        from scipy.linalg import cholesky, solve_triangular

        self._lexicon = Lexicon.of(lexical, MANY_WORD_WEIGHT)
        self._words = self._lexicon.rows(lexical)
        self._vectors = vectors
        shape = (len(vectors), len(self._lexicon.kept))
        self._table = sparse.csr_matrix(
            (self._words.values, self._words.buckets, self._words.starts), shape=shape
        )
        places = evenly(labels, landmarks)
        marks = self._table[places].T.tocsc()

        def near(rows: Labels | slice) -> Floats:
            found = likeness(vectors[rows] @ vectors[places].T)
            found += (self._table[rows] @ marks).toarray()
            return found

        # Factored in double precision, because some landmarks are nearly alike.
        among = near(places).astype(np.float64)
        among[np.diag_indices(len(among))] += _JITTER
        factor = cholesky(among, lower=True, overwrite_a=True, check_finite=False).astype(np.float32)
        self._described = np.empty((len(vectors), len(places)), dtype=np.float32)
        for begin in range(0, len(vectors), _BLOCK):
            part = slice(begin, begin + _BLOCK)
            self._described[part] = solve_triangular(factor, near(part).T, lower=True, check_finite=False).T

    def fit(self, rows: Labels, labels: Labels, weights: Matrix, categories: int) -> tuple[Labels, Floats]:
        """Return the rows with what each says of each category."""
        wanted = np.full((len(rows), categories), OTHER, dtype=np.float32)
        wanted[np.arange(len(rows)), labels] = OWN
        doubt = (DOUBT / weights).astype(np.float32)[:, None]
        vectors, words = self._vectors[rows], self._table[rows]

        def multiplied(shares: Floats) -> Floats:
            found = np.empty_like(shares)
            for begin in range(0, len(rows), _BLOCK):
                part = slice(begin, begin + _BLOCK)
                found[part] = likeness(vectors[part] @ vectors.T) @ shares
            found += words @ (words.T @ shares)
            found += doubt * shares
            return found

        return rows, solved(multiplied, self._eased(rows, doubt), wanted, STEPS)

    def _eased(self, rows: Labels, doubt: Floats) -> Callable[[Floats], Floats]:
        """Return nearly the inverse of what is solved for: exact where landmarks describe it, even elsewhere."""
        from scipy.linalg import cho_factor, cho_solve

        described = self._described[rows]
        whole = 1.0 + self._lexicon.weight**2
        rest = doubt + max(0.0, whole - float((described**2).sum(axis=1).mean()))
        inner = described.T @ (described / rest)
        inner[np.diag_indices(len(inner))] += 1.0
        factor = cho_factor(inner, lower=True, overwrite_a=True, check_finite=False)

        def eased(left: Floats) -> Floats:
            even = left / rest
            inside = cho_solve(factor, described.T @ even, check_finite=False)
            return np.asarray(even - (described @ inside) / rest, dtype=np.float32)

        return eased

    def scores(self, fitted: tuple[Labels, Floats], rows: Labels) -> Matrix:
        """Return scores (rows, categories)."""
        learnt, shares = fitted
        vectors, told = self._vectors[learnt], self._table[learnt].T @ shares
        parts = [rows[begin : begin + _BLOCK] for begin in range(0, len(rows), _BLOCK)]
        found = [
            likeness(self._vectors[part] @ vectors.T) @ shares + self._table[part] @ told for part in parts
        ]
        return np.concatenate([np.empty((0, shares.shape[1])), *found]).astype(np.float64)

    def head(self, fitted: tuple[Labels, Floats]) -> NearHead:
        """Return what scores new messages."""
        learnt, shares = fitted
        every = np.zeros((len(self._words), shares.shape[1]), dtype=np.float32)
        every[learnt] = shares
        return NearHead(
            self._lexicon, self._vectors, every, by_bucket(self._words, len(self._lexicon.kept), every)
        )


def solved(
    multiplied: Callable[[Floats], Floats], eased: Callable[[Floats], Floats], wanted: Floats, steps: int
) -> Floats:
    """Solve for each column of `wanted` by conjugate gradients; `eased` is nearly the inverse of `multiplied`."""
    found, left = np.zeros_like(wanted), wanted.copy()
    eased_left = eased(left)
    way = eased_left
    length = (left * eased_left).sum(axis=0)
    for _ in range(steps):
        ahead = multiplied(way)
        pace = length / np.maximum((way * ahead).sum(axis=0), 1e-30)
        found += pace * way
        left -= pace * ahead
        eased_left = eased(left)
        before, length = length, (left * eased_left).sum(axis=0)
        way = eased_left + (length / np.maximum(before, 1e-30)) * way
    return found


def evenly(labels: Labels, most: int) -> Labels:
    """Return the places of at most so many rows, as many of each category as it has, in their order."""
    mixed = np.random.default_rng(0).permutation(len(labels))
    turn = np.empty(len(labels), dtype=np.intp)
    for label in np.unique(labels):
        own = mixed[labels[mixed] == label]
        turn[own] = np.arange(len(own))
    return np.sort(mixed[np.argsort(turn[mixed], kind="stable")][:most])
