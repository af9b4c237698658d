"""Past tickets that asked much the same, by meaning.

A person sees them on the card as "similar tickets". The tickets are kept in memory as one matrix; the
database stays the owner of their text. Nothing is ranked by age or by who asked.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from agents.local.cues.text import plain
from agents.local.embedding import Embeds
from agents.local.features import Floats

_ROOM = 64


@dataclass(frozen=True)
class Neighbour:
    """A past ticket with its likeness (cosine, at most 1)."""

    ticket_id: int
    score: float


class Neighbours:
    """The vectors of past tickets. Safe to share between threads."""

    def __init__(self, embedder: Embeds) -> None:
        self._embedder = embedder
        self._lock = threading.Lock()
        self._ids: list[int] = []
        self._place: dict[int, int] = {}
        self._matrix: Floats | None = None

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, ticket_id: int, text: str) -> None:
        """Remember a ticket; one that is known gets the new text."""
        self._put(ticket_id, self._embedder.embed([plain(text)])[0])

    def add_all(self, texts: Mapping[int, str]) -> None:
        """Remember tickets by their ids; their vectors are kept on disk, so that the next start is quick."""
        vectors = self._embedder.embed_kept([plain(text) for text in texts.values()])
        for ticket_id, vector in zip(texts, vectors, strict=True):
            self._put(ticket_id, vector)

    def _put(self, ticket_id: int, vector: Floats) -> None:
        with self._lock:
            if self._matrix is None:
                self._matrix = np.empty((_ROOM, len(vector)), dtype=np.float32)
            place = self._place.setdefault(ticket_id, len(self._ids))
            if place == len(self._ids):
                self._ids.append(ticket_id)
            if place == len(self._matrix):
                # A new matrix, because another thread may be reading the old one.
                self._matrix = np.concatenate([self._matrix, np.empty_like(self._matrix)])
            self._matrix[place] = vector

    def remove(self, ticket_id: int) -> None:
        """Forget a ticket; one that is not known is no error."""
        with self._lock:
            place = self._place.pop(ticket_id, None)
            if place is None or self._matrix is None:
                return
            last = self._ids.pop()
            if last != ticket_id:
                self._ids[place], self._place[last] = last, place
                self._matrix[place] = self._matrix[len(self._ids)]

    def nearest(self, text: str, k: int = 3) -> list[Neighbour]:
        """Return at most k tickets, the most alike first."""
        vector = self._embedder.embed([plain(text)])[0]
        with self._lock:
            if self._matrix is None or not self._ids:
                return []
            likeness = self._matrix[: len(self._ids)] @ vector
            ids = list(self._ids)
        order = np.argsort(-likeness, kind="stable")[:k]
        return [Neighbour(ids[place], float(min(1.0, likeness[place]))) for place in order]
