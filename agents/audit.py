"""The weekly blind audit: which decisions are looked at again, and what came of it.

People see it as a sample to judge, and as decision quality with its interval. Every decision that was made without a
person is as likely to be drawn as any other, talk as well as requests, so a share of the sample is a share of the week
and needs no weights. What is drawn depends on the seed and on the decisions alone. Agreement is about the kind of work,
because that decides who gets a request; priority is counted beside it.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agents.metrics import Quality, Share
from agents.threshold import denies, interval, proves

TALK = "talk"  # stands for the decision, and for the verdict, that a message is no request

GIVEN, UNTOLD, GONE = "given", "cannot tell", "gone"  # what may become of a case; until then it is empty


@dataclass(frozen=True)
class Case:
    """A decision of a sample, and what a person said of it. `decided` and `said` are a category or TALK."""

    id: int
    ticket_id: int | None
    decided: str
    decided_priority: str
    verdict: str = ""
    said: str = ""
    said_priority: str = ""
    by: str = ""
    second: str = ""  # what the second opinion says it is

    @property
    def is_agreed(self) -> bool:
        """Whether a person said the same kind of work."""
        return self.verdict == GIVEN and self.said == self.decided


@dataclass(frozen=True)
class Tally:
    """What an audit came to. `seconded` is how often the second opinion said what the person said; `doubtful` are the
    cases in which a person agreed with the decision and the second opinion with neither."""

    quality: Quality | None
    by_category: dict[str, Quality]
    priority: Share
    wrong: tuple[Case, ...]
    untold: int
    gone: int
    left: int
    by: dict[str, int]
    seconded: Share
    doubtful: tuple[Case, ...]


def seed_of(key: str) -> int:
    """Return the seed of the sample that is drawn for this slot or command, below 2**31."""
    return int(hashlib.sha256(key.encode()).hexdigest()[:8], 16) >> 1


def drawn(ids: Iterable[int], seed: int, count: int) -> list[int]:
    """Return this many of these, each set of them as likely as any other, in the order in which they were drawn."""
    return sorted(set(ids), key=lambda id: _lot(seed, id))[:count]


def in_turn(person: str, ids: Iterable[int]) -> list[int]:
    """Return cases in an order of this person's own, so that several people seldom look at the same one at once."""
    return sorted(ids, key=lambda id: _lot(person, id))


def _lot(drawer: object, id: int) -> str:
    return hashlib.sha256(f"{drawer}:{id}".encode()).hexdigest()


def quality(agreed: int, audited: int, audits: int = 1) -> Quality | None:
    """Return the decision quality of so many audits with its exact 95 % interval; None without a verdict."""
    return Quality(agreed, audited, *interval(agreed, audited), audits) if audited else None


def promise(found: Quality, target: float) -> str:
    """Say whether the promise is shown to be "kept", shown to be "missed", or "open" with so few verdicts."""
    if proves(found.agreed, found.audited, target):
        return "kept"
    return "missed" if denies(found.agreed, found.audited, target) else "open"


def tally(cases: Sequence[Case]) -> Tally:
    """Work out what an audit came to, categories with the most verdicts first."""
    judged = [case for case in cases if case.verdict == GIVEN]
    agreed = [case for case in judged if case.is_agreed]
    of, right = Counter(case.decided for case in judged), Counter(case.decided for case in agreed)
    ranked = [case for case in agreed if case.said_priority and case.decided_priority]
    seconded = [case for case in judged if case.second]
    found = {name: quality(right[name], count) for name, count in of.most_common()}
    return Tally(
        quality=quality(len(agreed), len(judged)),
        by_category={name: one for name, one in found.items() if one},
        priority=Share(sum(case.said_priority == case.decided_priority for case in ranked), len(ranked)),
        wrong=tuple(case for case in judged if not case.is_agreed),
        untold=sum(case.verdict == UNTOLD for case in cases),
        gone=sum(case.verdict == GONE for case in cases),
        left=sum(not case.verdict for case in cases),
        by=dict(Counter(case.by for case in cases if case.verdict in (GIVEN, UNTOLD)).most_common()),
        seconded=Share(sum(case.second == case.said for case in seconded), len(seconded)),
        doubtful=tuple(case for case in agreed if case.second and case.second != case.said),
    )
