"""Telling several requests in one message from one request with many sentences.

People see two tickets instead of one, each with its own words and its own team, and a button that puts them together
again. Rules only: what a message is cut into and what each piece was judged to be are handed in. A piece that is not
clearly a request of its own leaves the message whole, because one ticket that should be two costs somebody a minute
and two that should be one cost two teams an hour. Deliberately not done: guessing at sentences that nothing sets apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

MOST = 5  # parts of one message; one with more is for a person to take apart
MOST_PIECES = 12  # pieces that are worth judging
_SHORTEST = 3  # words that something which is asked for takes


class Apart(IntEnum):
    """How a piece is set apart from what stands before it, the plainest last."""

    ADDED = 0  # a new paragraph, or "also"
    ANNOUNCED = 1  # "another thing", "unrelated"
    LISTED = 2  # an item of a list that is nothing but requests


@dataclass(frozen=True)
class Piece:
    """A stretch of a message, from `start` up to `end`; `leans` where it goes on about what stands before it."""

    start: int
    end: int
    apart: Apart
    leans: bool = False


@dataclass(frozen=True)
class Judged:
    """What a piece was judged to be by itself.

    `asks` says that its own words want, ask or report something; `request` and `confidence` are probabilities; `named`
    are the numbers and addresses it is about.
    """

    asks: bool
    request: float
    category: str
    confidence: float
    named: tuple[str, ...] = ()


# How sure the category has to be, and how likely a request, by how plainly the piece is set apart.
_SURE = {Apart.ADDED: 0.8, Apart.ANNOUNCED: 0.6, Apart.LISTED: 0.5}
_REQUEST = {Apart.ADDED: 0.8, Apart.ANNOUNCED: 0.6, Apart.LISTED: 0.5}


def parts(message: str, pieces: Sequence[Piece], judged: Sequence[Judged]) -> list[str]:
    """Return the words of each request in a message, in order; none where it is one request, or none.

    Each part is a stretch of the message as it stands.
    """
    if not 2 <= len(pieces) <= MOST_PIECES:
        return []
    chosen = _listed(pieces, judged) if pieces[0].apart == Apart.LISTED else _added(pieces, judged)
    if not 2 <= len(chosen) <= MOST:
        return []
    said = [message[start:end].strip() for start, end in chosen]
    return said if len({" ".join(each.casefold().split()) for each in said}) == len(said) else []


def _listed(pieces: Sequence[Piece], judged: Sequence[Judged]) -> list[tuple[int, int]]:
    """Take every item for a request of its own; one that is none, or unclear, says that the list is something else."""
    if not all(_is_clear(one, Apart.LISTED) for one in judged):
        return []
    if len({one.category for one in judged}) == 1 and not _name_different_things(judged):
        return []
    return [(piece.start, piece.end) for piece in pieces]


def _name_different_things(judged: Sequence[Judged]) -> bool:
    """Say whether each item is about things that it names, and no other item names."""
    named = [set(one.named) for one in judged]
    return all(named) and len(set().union(*named)) == sum(map(len, named))


def _added(pieces: Sequence[Piece], judged: Sequence[Judged]) -> list[tuple[int, int]]:
    """Put together what is of one kind or asks for nothing, and take the rest apart where all of it is clear."""
    found: list[tuple[int, int]] = []
    kind, plainest = "", max(piece.apart for piece in pieces)
    for piece, one in zip(pieces, judged, strict=True):
        how = piece.apart if found else plainest  # nothing sets the first one apart but what follows
        if piece.leans or not one.asks:
            if found:
                found[-1] = (found[-1][0], piece.end)
            continue
        if not _is_clear(one, how):
            return []
        if one.category == kind:
            found[-1] = (found[-1][0], piece.end)
        else:
            found.append((piece.start, piece.end))
            kind = one.category
    return found


def _is_clear(one: Judged, how: Apart) -> bool:
    return one.asks and one.request >= _REQUEST[how] and one.confidence >= _SURE[how]


def named(message: str, spans: Sequence[str]) -> list[str]:
    """Return the parts that a model has named, if each is a stretch of the message and none lies within another.

    Where anything is amiss there are none: a model decides neither how many tickets there are nor what they say.
    """
    said = [span.strip() for span in spans]
    if (
        not 2 <= len(said) <= MOST
        or len(set(said)) < len(said)
        or any(len(span.split()) < _SHORTEST for span in said)
    ):
        return []
    end = 0
    for span in said:
        place = message.find(span, end)
        if place < 0:
            return []
        end = place + len(span)
    return said
