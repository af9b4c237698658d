"""Groups of requests that no category was made for: what they have in common, and which of them show it best.

People see one as a proposed category, with a title to be improved on and its most typical requests. Grouping is by
average linkage of cosines (R. R. Sokal and C. D. Michener, 1958) and takes no account of order or chance: the same
requests give the same groups. What is deliberately not done: a group is not proposed when people agree already on
which category it belongs to. Then it is known, and their corrections teach it. Words and examples come from requests
that were held, because those who place them have read them anyway.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]

# On requests of one kind that the demo company has no category for, the mean cosine is 0.56 to 0.59; between two such
# kinds 0.31 at the most, and among vague requests that have nothing in common 0.17.
ALIKE = 0.45
STRANGE = 0.5  # a fit below this is more likely that of a message from elsewhere
_AGREED = 0.75  # of what people placed, so much in one category means that they know where it belongs
_SHOWN = 3  # requests that may be quoted; a category needs so many examples
_COMMON = 0.34  # of a group's requests have a typical word
_RARE = 0.02  # of all other texts may have it too
_WORDS = 4
_WORD = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True)
class Unknown:
    """A request that was held, or that looks like nothing known; `placed` is where a person put it, if one did.

    Only what was held may be quoted: the others are read by their own team alone.
    """

    ticket_id: int
    text: str
    requester: str
    channel: str
    placed: str = ""
    held: bool = True


@dataclass(frozen=True)
class Cluster:
    """Requests that ask for much the same, the most typical first, with the words that tell them from others."""

    members: tuple[Unknown, ...]
    words: tuple[str, ...]
    title: str


def clusters(
    unknown: Sequence[Unknown],
    vectors: npt.NDArray[np.float32],
    others: Sequence[str],
    least: int = 5,
    people: int = 3,
    alike: float = ALIKE,
) -> list[Cluster]:
    """Return the groups of at least so many requests of at least so many people, the largest first.

    `vectors` has a row of unit length for each request; `others` are texts of every known kind, which show what words
    are common everywhere. Takes a second for a thousand requests.
    """
    if len(unknown) < least:
        return []
    found = []
    near = np.asarray(vectors, dtype=np.float64) @ np.asarray(vectors, dtype=np.float64).T
    for places in grouped(near, alike):
        members = [unknown[place] for place in places]
        if len(members) < least or len({each.requester for each in members}) < people or _is_known(members):
            continue
        order = np.argsort(-near[np.ix_(places, places)].mean(axis=1), kind="stable")
        central = tuple(members[place] for place in order)
        shown = [each.text for each in central if each.held]
        if len(shown) >= _SHOWN:
            words = typical(shown, others)
            found.append(Cluster(central, words, _title(words, shown)))
    return sorted(found, key=lambda each: (-len(each.members), each.members[0].ticket_id))


def grouped(near: Matrix, alike: float) -> list[list[int]]:
    """Return groups of places whose mean cosine with each other is at least `alike`, joined nearest first."""
    links = near.copy()
    np.fill_diagonal(links, -math.inf)
    groups = {place: [place] for place in range(len(near))}
    while True:
        one, other = np.unravel_index(int(np.argmax(links)), links.shape)
        if links[one, other] < alike:
            return [sorted(group) for group in groups.values()]
        keeps, goes = int(min(one, other)), int(max(one, other))
        sizes = len(groups[keeps]), len(groups[goes])
        joined = (links[keeps] * sizes[0] + links[goes] * sizes[1]) / sum(sizes)
        links[keeps], links[:, keeps] = joined, joined
        links[goes], links[:, goes] = -math.inf, -math.inf
        links[keeps, keeps] = -math.inf
        groups[keeps] += groups.pop(goes)


def _is_known(members: Sequence[Unknown]) -> bool:
    """Say whether people have put most of these where they belong, in the same category."""
    placed = Counter(each.placed for each in members if each.placed)
    if sum(placed.values()) * 2 < len(members):
        return False
    return placed.most_common(1)[0][1] >= _AGREED * sum(placed.values())


def typical(texts: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    """Return the words that many of these texts have and few others, the most telling first.

    A word counts by the share of texts that have it times how rare it is elsewhere, as in TF-IDF over groups
    (M. Grootendorst, BERTopic, 2022). Singular and plural are one word.
    """
    own = Counter(word for text in texts for word in _words(text))
    elsewhere = Counter(word for text in others for word in _words(text))
    rare = max(2.0, _RARE * len(others))
    common = [
        word
        for word, count in own.items()
        if count >= max(2.0, _COMMON * len(texts)) and elsewhere[word] <= rare
    ]

    def tells(word: str) -> float:
        return own[word] / len(texts) * math.log((1 + len(others)) / (1 + elsewhere[word]))

    return tuple(sorted(common, key=lambda word: (-tells(word), word))[:_WORDS])


def _words(text: str) -> set[str]:
    return {_singular(word) for word in _WORD.findall(text.lower())}


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _title(words: Sequence[str], texts: Sequence[str]) -> str:
    """Return the two most telling words, as a phrase if people write them side by side."""
    if len(words) < 2:
        return (words[0] if words else "New kind").capitalize()
    pairs: Counter[tuple[str, str]] = Counter()
    for text in texts:
        said = [_singular(word) for word in _WORD.findall(text.lower())]
        pairs.update(set(pairwise(said)))
    best = max(((words[0], words[1]), (words[1], words[0])), key=lambda pair: pairs[pair])
    return (" ".join(best) if pairs[best] >= 2 else " and ".join(words[:2])).capitalize()
