"""What the team's corrections teach: which of them become examples, which wins, and when two need a person to choose.

People see it as "Like T-12, which Ana placed here." on a card, and as a question in a team's channel when two people
have said different things of nearly the same words. Nothing is averaged: until somebody has chosen, neither of the two
teaches. A team alone teaches nothing, because which team does what is policy's to say.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from agents.words import Example, Priority, Triage

PLACED = "placed"  # a held ticket that a person has left in the category it was guessed to be in
KINDS = ("category", PLACED)  # corrections that say what kind of work a request is
TEACHES = (*KINDS, "is_request", "priority")

# Cosines, chosen on the training part of CLINC150 with a thousand corrections remembered: of messages whose nearest
# correction is this near, 98 of 100 belong where it does, and of those at NEARER more than 99.
NEAR = 0.80
NEARER = 0.85
SILENCING = 0.90  # for taking a request for talk, which nobody would notice
_WORTH_SHOWING = 0.40  # to Claude, which reads them itself
_EXAMPLES = 8
_EACH = 3


@dataclass(frozen=True)
class Said:
    """One standing correction, with the request it was made on as it reads now."""

    id: int
    ticket_id: int
    field: str
    should_be: str
    by: str
    name: str  # of whoever made it
    text: str
    at: datetime


@dataclass(frozen=True)
class Lesson:
    """What people have said of one request. An empty category says nothing about the kind of work."""

    id: int  # of the correction that decided
    ticket_id: int
    text: str
    category: str
    is_request: bool
    priority: Priority | None
    by: str
    name: str

    @property
    def verdict(self) -> str:
        """What two lessons may disagree about: a category or "talk"; empty when it is neither."""
        return self.category if self.is_request else "talk"


@dataclass(frozen=True)
class Recalled:
    """A lesson and how near it is to a message (cosine, at most 1)."""

    lesson: Lesson
    score: float


@dataclass(frozen=True)
class Near:
    """Two lessons that mean nearly the same."""

    one: Lesson
    other: Lesson


def lessons(said: Iterable[Said], categories: Collection[str]) -> list[Lesson]:
    """Return one lesson for each ticket that people have corrected; the last word on a ticket counts.

    What names a category that policy no longer has is left out.
    """
    of_ticket: dict[int, list[Said]] = {}
    for each in sorted(said, key=lambda each: each.id):
        of_ticket.setdefault(each.ticket_id, []).append(each)
    found = (_lesson(own, categories) for own in of_ticket.values())
    return [lesson for lesson in found if lesson is not None]


def _lesson(said: Sequence[Said], categories: Collection[str]) -> Lesson | None:
    kind = next((e for e in reversed(said) if e.field in KINDS and e.should_be in categories), None)
    asked = next((e for e in reversed(said) if e.field == "is_request"), None)
    urgency = next((e for e in reversed(said) if e.field == "priority"), None)
    if asked is not None and asked.should_be == "no" and (kind is None or kind.id < asked.id):
        kind, urgency = None, None
    elif asked is not None and kind is not None:
        asked = None
    chosen = kind or asked or urgency
    if chosen is None or not chosen.text.strip():
        return None
    return Lesson(
        id=chosen.id,
        ticket_id=chosen.ticket_id,
        text=chosen.text,
        category=kind.should_be if kind else "",
        is_request=asked is None or asked.should_be != "no",
        priority=Priority(urgency.should_be) if urgency else None,
        by=chosen.by,
        name=chosen.name,
    )


def standing(known: Sequence[Lesson], near: Iterable[Near]) -> tuple[list[Lesson], list[Near]]:
    """Return the lessons that teach, and the pairs of which a person has to choose one.

    `near` are pairs that mean nearly the same. Who said two different things has changed their mind: the later counts.
    """
    silent: set[int] = set()
    conflicts = []
    for pair in near:
        older, newer = sorted((pair.one, pair.other), key=lambda lesson: lesson.id)
        if not older.verdict or not newer.verdict or older.verdict == newer.verdict:
            continue
        if older.by == newer.by:
            silent.add(older.id)
        else:
            conflicts.append(Near(older, newer))
    open_ones = [pair for pair in conflicts if not {pair.one.id, pair.other.id} & silent]
    silent |= {lesson.id for pair in open_ones for lesson in (pair.one, pair.other)}
    return [lesson for lesson in known if lesson.id not in silent], open_ones


def deciding(recalled: Sequence[Recalled], allowed: Collection[str]) -> Recalled | None:
    """Return the nearest lesson that decides about a message, nearest first given; None when none is near enough."""
    for each in recalled:
        lesson = each.lesson
        if each.score < (NEAR if lesson.is_request else SILENCING):
            continue
        if not lesson.is_request or not lesson.category or lesson.category in allowed:
            return each
    return None


def trust(score: float) -> float:
    """Return how sure a lesson this near makes: the share measured in its range of likeness."""
    return 0.95 if score < NEARER else 0.99


def examples(recalled: Sequence[Recalled], allowed: Collection[str]) -> list[Example]:
    """Return what Claude is shown, nearest first: at most eight, and at most three that say the same, none twice.

    What people called no request is among them, and what they made a request of without saying which kind.
    """
    chosen: list[Example] = []
    for each in recalled:
        lesson = each.lesson
        example = Example(lesson.text, lesson.category, lesson.is_request)
        fits = (not lesson.category or lesson.category in allowed) and each.score >= _WORTH_SHOWING
        alike = sum(
            (one.category, one.is_request) == (example.category, example.is_request) for one in chosen
        )
        if fits and example not in chosen and alike < _EACH and len(chosen) < _EXAMPLES:
            chosen.append(example)
    return chosen


def told(lesson: Lesson) -> str:
    """Return the sentence that says which request of the past shaped a judgement, and whose word it was."""
    if not lesson.is_request:
        return f"Like T-{lesson.ticket_id}, which {lesson.name} called no request."
    if lesson.category:
        return f"Like T-{lesson.ticket_id}, which {lesson.name} placed here."
    made = f"gave {lesson.priority}" if lesson.priority else "called a request"
    return f"Like T-{lesson.ticket_id}, which {lesson.name} {made}."


def explained(triage: Triage, decided: Recalled | None) -> Triage:
    """Return the judgement with the request of the past that shaped it named in its reason."""
    if decided is None:
        return triage
    lesson = decided.lesson
    if lesson.category and lesson.category != triage.category:
        return triage
    said = told(lesson)
    if said in triage.because:
        return triage
    return replace(triage, because=f"{triage.because} {said}".strip())
