"""Cuts a text into the pieces of words that the encoder for other languages knows.

Nobody in Slack sees this. It finds the likeliest row of pieces (unigram, T. Kudo, 2018) in a vocabulary of
128,000, which is kept as hashes: as words in Python it would take 45 MB, as a tokenizer of its own 130.
"""

from __future__ import annotations

import struct
import unicodedata
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

UNKNOWN = 0
_GAP = "▁"
_LONGEST = 16  # letters of a piece
_MOST = 4000  # letters of a text that are read at each end
_SCRAMBLE, _SHIFT = np.uint64(0x9E3779B97F4A7C15), np.uint64(29)


@dataclass(frozen=True)
class Vocabulary:
    """The pieces, sorted by their hashes, each with its place and its log probability."""

    hashes: npt.NDArray[np.uint64]
    places: Any  # (pieces,) integers
    scores: npt.NDArray[np.float32]

    @classmethod
    def of(cls, pieces: list[str], scores: list[float]) -> Vocabulary:
        """Return a vocabulary. Raises ValueError where two pieces have the same hash or one is too long."""
        if max(map(len, pieces)) > _LONGEST:
            raise ValueError("A piece is longer than any that is looked for.")
        hashes = np.array([hashes_of(piece)[len(piece) - 1][0] for piece in pieces], dtype=np.uint64)
        order = np.argsort(hashes)
        if len(np.unique(hashes)) < len(hashes):
            raise ValueError("Two pieces have the same hash.")
        return cls(hashes[order], order.astype(np.int32), np.array(scores, dtype=np.float32)[order])

    def ids(self, text: str) -> list[int]:
        """Return the places of the likeliest row of pieces; what no piece covers is unknown."""
        said = _prepared(text)
        if not said:
            return [UNKNOWN]
        found = self._found(said)
        # What is unknown has to be worse than any piece, or it would be chosen.
        unknown = float(self.scores.min()) - 10.0
        best = [0.0] + [-1e38] * len(said)
        came: list[tuple[int, int]] = [(0, UNKNOWN)] * (len(said) + 1)
        for begin in range(len(said)):
            sofar, alone = best[begin], False
            for length, place, score in found[begin]:
                alone = alone or length == 1
                if sofar + score > best[begin + length]:
                    best[begin + length], came[begin + length] = sofar + score, (begin, place)
            if not alone and sofar + unknown > best[begin + 1]:
                best[begin + 1], came[begin + 1] = sofar + unknown, (begin, UNKNOWN)
        ids, end = [], len(said)
        while end:
            end, place = came[end]
            ids.append(place)
        return ids[::-1]

    def _found(self, said: str) -> list[list[tuple[int, int, float]]]:
        """Return, for each letter, the pieces that begin there: length, place and score."""
        found: list[list[tuple[int, int, float]]] = [[] for _ in said]
        for size, hashes in enumerate(hashes_of(said), start=1):
            at = np.minimum(np.searchsorted(self.hashes, hashes), len(self.hashes) - 1)
            for begin in np.flatnonzero(self.hashes[at] == hashes).tolist():
                found[begin].append((size, int(self.places[at[begin]]), float(self.scores[at[begin]])))
        return found


def hashes_of(text: str) -> list[npt.NDArray[np.uint64]]:
    """Return the hashes of all stretches of a text, of one letter, of two, and so on to the longest piece."""
    letters = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    found, so_far = [], np.zeros(len(letters), dtype=np.uint64)
    for size in range(min(_LONGEST, len(letters))):
        so_far = (so_far[: len(letters) - size] ^ letters[size:]) * _SCRAMBLE
        so_far = so_far ^ (so_far >> _SHIFT)
        found.append(so_far)
    return found


def _prepared(text: str) -> str:
    if len(text) > 2 * _MOST:
        text = f"{text[:_MOST]} {text[-_MOST:]}"
    # Half of a surrogate pair, as cut emoji leave behind, is no letter.
    text = unicodedata.normalize("NFKC", text.encode("utf-8", "replace").decode("utf-8"))
    said = _GAP.join(text.split())
    return f"{_GAP}{said}" if said else ""


def read_model(data: bytes) -> tuple[list[str], list[float]]:
    """Return the pieces of a SentencePiece file and their log probabilities, in their order."""
    pieces, scores = [], []
    for field, message in _fields(data):
        if field == 1:
            own = dict(_fields(message))
            pieces.append(own[1].decode("utf-8"))
            scores.append(struct.unpack("<f", own[2])[0] if 2 in own else 0.0)
    return pieces, scores


def _fields(data: bytes) -> list[tuple[int, bytes]]:
    """Return the fields of a protocol buffer, those of a length or of four bytes; others are passed over."""
    found, at = [], 0
    while at < len(data):
        tag, at = _number(data, at)
        if tag & 7 == 0:
            _, at = _number(data, at)
            continue
        size, at = _number(data, at) if tag & 7 == 2 else ({1: 8, 5: 4}[tag & 7], at)
        found.append((tag >> 3, data[at : at + size]))
        at += size
    return found


def _number(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value, shift, at = value | (byte & 0x7F) << shift, shift + 7, at + 1
        if byte < 0x80:
            return value, at
