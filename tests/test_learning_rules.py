"""Which corrections teach what, as a table of values."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from agents.learning import (
    Lesson,
    Near,
    Recalled,
    Said,
    deciding,
    examples,
    explained,
    lessons,
    standing,
    told,
)
from agents.words import Example, Priority, Sentiment, Triage

NINE = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
KINDS = ("invoice", "refund")


def said(id: int, field: str, should_be: str, ticket: int = 1, by: str = "U1") -> Said:
    at = NINE + timedelta(minutes=id)
    return Said(id, ticket, field, should_be, by, "Ana", f"Where is number {ticket}?", at)


def lesson(id: int, category: str = "invoice", by: str = "U1", is_request: bool = True) -> Lesson:
    return Lesson(id, id, f"Where is number {id}?", category, is_request, None, by, "Ana")


TRIAGE = Triage(True, "invoice", None, Priority.P3, Sentiment.NEUTRAL, "en", 0.9, "", "It says so.", "claude")


@pytest.mark.parametrize(
    ("corrections", "verdict", "priority"),
    [
        ([said(1, "category", "invoice")], "invoice", None),
        ([said(1, "placed", "refund")], "refund", None),
        ([said(1, "category", "invoice"), said(2, "category", "refund")], "refund", None),
        ([said(1, "category", "invoice"), said(2, "priority", "P1")], "invoice", Priority.P1),
        ([said(1, "priority", "P1")], "", Priority.P1),
        ([said(1, "category", "invoice"), said(2, "is_request", "no")], "talk", None),
        ([said(1, "is_request", "yes"), said(2, "category", "refund")], "refund", None),
        ([said(1, "is_request", "no"), said(2, "is_request", "yes")], "", None),
    ],
)
def test_the_last_word_on_a_ticket_is_its_lesson(
    corrections: list[Said], verdict: str, priority: Priority | None
) -> None:
    [found] = lessons(corrections, KINDS)

    assert (found.verdict, found.priority) == (verdict, priority)


@pytest.mark.parametrize("row", [said(1, "category", "given-up"), said(1, "queue", "billing")])
def test_a_team_or_a_kind_that_policy_lost_teaches_nothing(row: Said) -> None:
    assert lessons([row], KINDS) == []


def test_of_two_people_who_differ_neither_teaches_until_one_is_chosen() -> None:
    one, other, third = lesson(1, "invoice", "U1"), lesson(2, "refund", "U2"), lesson(3, "refund", "U2")

    assert standing([one, other, third], [Near(other, one)]) == ([third], [Near(one, other)])
    assert standing([one, third], []) == ([one, third], [])


def test_of_one_person_who_says_two_things_the_later_counts() -> None:
    one, other = lesson(1, "invoice"), lesson(2, "refund")

    assert standing([one, other], [Near(one, other)]) == ([other], [])


def test_people_who_say_the_same_do_not_differ() -> None:
    one, other = lesson(1, "invoice", "U1"), lesson(2, "invoice", "U2")

    assert standing([one, other], [Near(one, other)]) == ([one, other], [])


@pytest.mark.parametrize(
    ("near", "score", "decides"),
    [
        (lesson(1), 0.79, False),
        (lesson(1), 0.80, True),
        (lesson(1, "elsewhere"), 0.99, False),
        (lesson(1, "", is_request=False), 0.85, False),
        (lesson(1, "", is_request=False), 0.90, True),
    ],
)
def test_a_lesson_decides_from_a_likeness_on_and_silences_only_from_a_higher_one(
    near: Lesson, score: float, decides: bool
) -> None:
    recalled = Recalled(near, score)

    assert deciding([recalled], KINDS) == (recalled if decides else None)


def test_claude_is_shown_the_nearest_examples_and_few_of_one_kind() -> None:
    recalled = [Recalled(lesson(id), 0.9 - id / 100) for id in range(1, 6)]
    recalled += [Recalled(lesson(6, "refund"), 0.8), Recalled(lesson(7, "elsewhere"), 0.8)]
    recalled += [Recalled(replace(lesson(8, "refund"), text="Where is number 6?"), 0.7)]

    shown = examples(recalled, KINDS)

    assert [each.text[-2] for each in shown] == ["1", "2", "3", "6"]
    assert shown[-1] == Example("Where is number 6?", "refund")


def test_claude_is_shown_what_was_no_request_too() -> None:
    recalled = [Recalled(lesson(id, "", is_request=False), 0.9 - id / 100) for id in range(1, 6)]
    recalled += [Recalled(lesson(6, ""), 0.8), Recalled(lesson(7), 0.7), Recalled(lesson(8), 0.39)]

    shown = examples(recalled, KINDS)

    assert [(each.text[-2], each.category, each.is_request) for each in shown] == [
        ("1", "", False),
        ("2", "", False),
        ("3", "", False),
        ("6", "", True),
        ("7", "invoice", True),
    ]


def test_a_reason_names_the_request_that_shaped_it_once() -> None:
    shaped = explained(TRIAGE, Recalled(lesson(12), 0.9))

    assert shaped.because == "It says so. Like T-12, which Ana placed here."
    assert explained(shaped, Recalled(lesson(12), 0.9)) == shaped
    assert explained(TRIAGE, Recalled(lesson(12, "refund"), 0.9)) == TRIAGE
    assert told(lesson(3, "", is_request=False)) == "Like T-3, which Ana called no request."
