"""What a change of a rule, a prompt or a model would have done to past requests, and whether that was better.

Whoever runs `signalbox backtest` reads these values as a table, and a team may read them as a post. Every past request
has an outcome before and after; what a person later said about it tells which of the two was better. A ticket that was
put right by a person is strong evidence. One that was answered where it was, and never moved, is weaker, and is counted
apart. What is deliberately not done: nothing is asked here, and nothing is called better without either.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from agents.metrics import wilson
from agents.words import Priority

MOST_EXAMPLES = 10
_SINCE = re.compile(r"(\d{1,4})([hdw])")
_HOURS = {"h": 1, "d": 24, "w": 168}
_PRIORITIES = tuple(Priority)


class Evidence(StrEnum):
    """How we know what would have been right."""

    CORRECTED = "corrected"  # a person put the ticket right
    LEFT = "left"  # it was answered or resolved where it was
    NONE = "none"


class Verdict(StrEnum):
    """What a change did to one request."""

    BETTER = "better"
    WORSE = "worse"
    EVEN = "even"  # neither is nearer to what was right
    UNKNOWN = "unknown"  # nobody has said what would have been right


@dataclass(frozen=True)
class Outcome:
    """Where a request goes, and what it is taken for."""

    queue: str
    category: str
    priority: Priority
    held: bool


@dataclass(frozen=True)
class Truth:
    """What would have been right, and how we know; the values mean nothing without evidence."""

    evidence: Evidence
    queue: str = ""
    category: str = ""
    priority: Priority = Priority.P3


@dataclass(frozen=True)
class Replayed:
    """One past request, as it was and as it would be."""

    ticket_id: int
    text: str  # short, for people only: never for the log
    before: Outcome
    after: Outcome
    truth: Truth
    link: str = ""

    @property
    def is_changed(self) -> bool:
        """Whether anything is different."""
        return self.before != self.after

    @property
    def verdict(self) -> Verdict:
        """Whether the change is nearer to what was right."""
        if self.truth.evidence is Evidence.NONE:
            return Verdict.UNKNOWN
        before, after = merit(self.before, self.truth), merit(self.after, self.truth)
        if before == after:
            return Verdict.EVEN
        return Verdict.BETTER if after > before else Verdict.WORSE


@dataclass(frozen=True)
class Count:
    """How many changed requests became better, worse or neither, by one kind of evidence."""

    better: int = 0
    worse: int = 0
    even: int = 0


@dataclass(frozen=True)
class QueueCount:
    """What changes for one queue: how many it had, would lose and would gain, and what became of those it had."""

    queue: str
    before: int
    leaving: int
    arriving: int
    better: int
    worse: int


@dataclass(frozen=True)
class Summary:
    """The difference that a change makes."""

    replayed: int
    changed: int
    low: float  # Wilson's interval of the share changed, 95 %; 0 and 1 for none replayed
    high: float
    rerouted: int  # to another queue, held neither before nor after
    recategorised: int
    reprioritised: int
    newly_held: int
    newly_released: int
    by_corrections: Count
    by_what_was_left: Count
    unknown: int  # changed, and nobody has said what was right
    wrong_before: int  # of those a person put right: routed to a wrong queue without being held
    wrong_after: int
    corrected: int
    queues: tuple[QueueCount, ...]
    examples: tuple[Replayed, ...]


@dataclass(frozen=True)
class Result:
    """A finished backtest: what was changed, how it was replayed, and what came of it."""

    kind: str  # policy, prompt, model
    before: str  # fingerprints
    after: str
    way: str  # how it was judged before and after, in a sentence
    since: str
    summary: Summary
    left_out: Mapping[str, int] = field(default_factory=dict)  # by reason
    notes: tuple[str, ...] = ()
    calls: int = 0
    dollars: float = 0.0
    seconds: float = 0.0

    @property
    def digest(self) -> str:
        """A fingerprint of what was found: two runs that found the same have the same, whatever they took."""
        found = self.summary
        told = (self.kind, self.before, self.after, self.since, sorted(self.left_out.items()))
        shown = [(each.ticket_id, each.before, each.after, each.verdict) for each in found.examples]
        figures = (found.replayed, found.changed, found.by_corrections, found.by_what_was_left, found.queues)
        return hashlib.sha256(repr((told, shown, figures)).encode()).hexdigest()[:16]


def since(text: str) -> timedelta:
    """Return the span of "30d", "12h" or "4w". Raises ValueError in words for an operator."""
    found = _SINCE.fullmatch(text.strip())
    if not found or not int(found[1]):
        raise ValueError(f"{text!r} is not a span of time; write it like 30d, 12h or 4w")
    return timedelta(hours=int(found[1]) * _HOURS[found[2]])


def truth(now: Outcome, corrections: Mapping[str, str], was_answered: bool) -> Truth:
    """Say what would have been right for a ticket that stands at `now`.

    `corrections` holds the last correction of each of queue, category and priority. Whoever corrected one of them saw
    the others and left them, so these count as right too. A ticket that is still held was placed by nobody.
    """
    if now.held or now.priority not in _PRIORITIES:
        return Truth(Evidence.NONE)
    if corrections:
        priority = corrections.get("priority", now.priority)
        return Truth(
            Evidence.CORRECTED,
            corrections.get("queue", now.queue),
            corrections.get("category", now.category),
            Priority(priority) if priority in _PRIORITIES else now.priority,
        )
    if was_answered:
        return Truth(Evidence.LEFT, now.queue, now.category, now.priority)
    return Truth(Evidence.NONE)


def merit(outcome: Outcome, truth: Truth) -> tuple[int, bool, int]:
    """Rank an outcome against what was right, the higher the better: first the queue, then category and priority.

    The right queue beats being held for a person, and that beats a wrong queue. Priority counts by its distance.
    """
    place = 1 if outcome.held else 2 if outcome.queue == truth.queue else 0
    apart = abs(_PRIORITIES.index(outcome.priority) - _PRIORITIES.index(truth.priority))
    return place, outcome.category == truth.category, -apart


def summarise(replayed: Sequence[Replayed]) -> Summary:
    """Count what changed, and which of it was better by which evidence."""
    changed = [each for each in replayed if each.is_changed]
    free = [each for each in changed if not each.before.held and not each.after.held]
    corrected = [each for each in replayed if each.truth.evidence is Evidence.CORRECTED]
    low, high = wilson(len(changed), len(replayed)) if replayed else (0.0, 1.0)
    return Summary(
        replayed=len(replayed),
        changed=len(changed),
        low=low,
        high=high,
        rerouted=sum(each.before.queue != each.after.queue for each in free),
        recategorised=sum(each.before.category != each.after.category for each in changed),
        reprioritised=sum(each.before.priority != each.after.priority for each in changed),
        newly_held=sum(each.after.held and not each.before.held for each in changed),
        newly_released=sum(each.before.held and not each.after.held for each in changed),
        by_corrections=_count(changed, Evidence.CORRECTED),
        by_what_was_left=_count(changed, Evidence.LEFT),
        unknown=sum(each.verdict is Verdict.UNKNOWN for each in changed),
        wrong_before=sum(_is_wrong(each.before, each.truth) for each in corrected),
        wrong_after=sum(_is_wrong(each.after, each.truth) for each in corrected),
        corrected=len(corrected),
        queues=tuple(_queues(replayed)),
        examples=tuple(_most_telling(changed)),
    )


def _is_wrong(outcome: Outcome, truth: Truth) -> bool:
    return not outcome.held and outcome.queue != truth.queue


def _count(changed: Iterable[Replayed], evidence: Evidence) -> Count:
    verdicts = [each.verdict for each in changed if each.truth.evidence is evidence]
    return Count(*(verdicts.count(one) for one in (Verdict.BETTER, Verdict.WORSE, Verdict.EVEN)))


def _queues(replayed: Sequence[Replayed]) -> Iterable[QueueCount]:
    named = {each.before.queue for each in replayed} | {each.after.queue for each in replayed}
    for queue in sorted(named):
        here = [each for each in replayed if each.before.queue == queue]
        verdicts = [each.verdict for each in here if each.is_changed]
        yield QueueCount(
            queue,
            before=len(here),
            leaving=sum(each.after.queue != queue for each in here),
            arriving=sum(each.after.queue == queue != each.before.queue for each in replayed),
            better=verdicts.count(Verdict.BETTER),
            worse=verdicts.count(Verdict.WORSE),
        )


def _most_telling(changed: Sequence[Replayed]) -> list[Replayed]:
    """Return the changes that tell most: strong evidence first, worse and better in turn, then what nobody judged."""
    weight = {Evidence.CORRECTED: 0, Evidence.LEFT: 1, Evidence.NONE: 2}
    ranked = sorted(changed, key=lambda each: (weight[each.truth.evidence], -each.ticket_id))
    worse = [each for each in ranked if each.verdict is Verdict.WORSE]
    better = [each for each in ranked if each.verdict is Verdict.BETTER]
    rest = [each for each in ranked if each.verdict in (Verdict.EVEN, Verdict.UNKNOWN)]
    # Half of the room for each of the two, and whatever one does not need for the other.
    half = MOST_EXAMPLES // 2
    some = max(half, MOST_EXAMPLES - len(better))
    first = worse[:some]
    return [*first, *better[: MOST_EXAMPLES - len(first)], *rest][:MOST_EXAMPLES]
