"""Turns messages into hashed words and letter groups, the half of the evidence that an embedding blurs.

Nobody in Slack sees this. Product names, error codes and odd spellings tell categories apart that mean nearly
the same; their words and letters are counted here. There is no vocabulary to fit or to keep: a feature is a
bucket.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]

BUCKETS = 1 << 18
GROUPS = (3, 4, 5)
# Enough for a page; a pasted log beyond it adds noise and time only.
LONGEST = 4000

_WORD = re.compile(r"\w+(?:['’]\w+)?", re.UNICODE)


@dataclass(frozen=True)
class Sparse:
    """Rows of hashed features: row i owns `buckets[starts[i]:starts[i + 1]]` (ascending) and the same `values`."""

    starts: Integers
    buckets: Integers
    values: Floats

    def __len__(self) -> int:
        return len(self.starts) - 1

    def row(self, number: int) -> tuple[Integers, Floats]:
        """Return the buckets and values of one row."""
        span = slice(int(self.starts[number]), int(self.starts[number + 1]))
        return self.buckets[span], self.values[span]


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case, in order, digits included."""
    return _WORD.findall(unicodedata.normalize("NFKC", text[:LONGEST]).lower())


def lexical(text: str) -> tuple[Integers, Floats]:
    """Return the buckets (ascending, each once) and values of one text; the values have unit length.

    Words and pairs of words make one half of the weight, letter groups inside words (3 to 5 letters, with
    word boundaries) the other; counts are dampened by a logarithm, so that repetition is not emphasis.
    """
    words = words_of(text)
    spoken = words + [f"{a} {b}" for a, b in pairwise(words)]
    word_buckets = np.array([zlib.crc32(word.encode()) for word in spoken], dtype=np.int64)
    halves = [_counted(word_buckets % BUCKETS), _counted(_groups(words))]
    buckets = np.concatenate([half[0] for half in halves])
    values = np.concatenate([half[1] for half in halves])
    if not len(buckets):
        return buckets, values
    unique, place = np.unique(buckets, return_inverse=True)
    joined = np.bincount(place, weights=values).astype(np.float32)
    return unique, np.asarray(joined / np.linalg.norm(joined), dtype=np.float32)


def lexical_rows(texts: Sequence[str]) -> Sparse:
    """Return the lexical features of many texts."""
    rows = [lexical(text) for text in texts]
    starts = np.cumsum([0, *(len(buckets) for buckets, _ in rows)], dtype=np.int64)
    buckets = np.concatenate([np.empty(0, np.int64), *(buckets for buckets, _ in rows)])
    values = np.concatenate([np.empty(0, np.float32), *(values for _, values in rows)])
    return Sparse(starts, buckets, values)


def _counted(buckets: Integers) -> tuple[Integers, Floats]:
    """Return each bucket once, with dampened counts of unit length."""
    unique, counts = np.unique(buckets, return_counts=True)
    values = (1.0 + np.log(counts)).astype(np.float32)
    if len(values):
        values /= np.linalg.norm(values)
    return unique, values


def _groups(words: Sequence[str]) -> Integers:
    """Return the buckets of all letter groups of the words, computed on whole arrays because there are many."""
    letters = np.frombuffer(f" {'  '.join(words)} ".encode("utf-32-le", "replace"), dtype=np.uint32).astype(
        np.uint64
    )
    gap = letters == 32
    found: list[Integers] = []
    for size in GROUPS:
        windows = len(letters) - size + 1
        if windows <= 0:
            break
        code = np.full(windows, 0x9E3779B97F4A7C15 * size & 0xFFFFFFFFFFFFFFFF, dtype=np.uint64)
        broken = np.zeros(windows, dtype=bool)
        for offset in range(size):
            code = (code ^ letters[offset : offset + windows]) * np.uint64(0x100000001B3)
            if 0 < offset < size - 1:
                broken |= gap[offset : offset + windows]
        # A group that spans two words would say something about their order, which pairs of words say better.
        code = code[~broken]
        found.append(((code ^ (code >> np.uint64(29))) % np.uint64(BUCKETS)).astype(np.int64))
    return np.concatenate([np.empty(0, np.int64), *found])
