"""The rules of a backtest: what counts as better, by which evidence, and what is shown first."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from agents.backtest import (
    MOST_EXAMPLES,
    Evidence,
    Outcome,
    Replayed,
    Result,
    Truth,
    Verdict,
    since,
    summarise,
    truth,
)
from agents.words import Priority

BILLING = Outcome("billing", "invoice", Priority.P3, held=False)
IT = Outcome("it", "laptop", Priority.P3, held=False)
HELD = Outcome("front", "invoice", Priority.P3, held=True)
RIGHT = Truth(Evidence.CORRECTED, "billing", "invoice", Priority.P3)


def of(before: Outcome, after: Outcome, right: Truth = RIGHT, ticket: int = 1) -> Replayed:
    return Replayed(ticket, "where is my invoice", before, after, right)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (IT, BILLING, Verdict.BETTER),
        (BILLING, IT, Verdict.WORSE),
        (IT, HELD, Verdict.BETTER),  # somebody looks at it, instead of the wrong team getting it
        (BILLING, HELD, Verdict.WORSE),  # it was right, and now somebody has to look
        (HELD, BILLING, Verdict.BETTER),
        (HELD, IT, Verdict.WORSE),
        (replace(BILLING, category="refund"), BILLING, Verdict.BETTER),
        (replace(BILLING, priority=Priority.P1), replace(BILLING, priority=Priority.P2), Verdict.BETTER),
        (replace(BILLING, priority=Priority.P2), replace(BILLING, priority=Priority.P4), Verdict.EVEN),
        (IT, replace(IT, queue="platform"), Verdict.EVEN),
        (BILLING, BILLING, Verdict.EVEN),
    ],
)
def test_the_right_queue_beats_being_held_and_that_beats_a_wrong_queue(
    before: Outcome, after: Outcome, expected: Verdict
) -> None:
    assert of(before, after).verdict is expected


def test_without_evidence_nothing_is_called_better() -> None:
    assert of(IT, BILLING, Truth(Evidence.NONE)).verdict is Verdict.UNKNOWN


def test_whoever_corrects_one_thing_has_seen_the_others() -> None:
    found = truth(replace(BILLING, queue="it"), {"queue": "it"}, was_answered=False)

    assert found == Truth(Evidence.CORRECTED, "it", "invoice", Priority.P3)


def test_what_was_answered_where_it_was_is_weaker_evidence_and_what_is_open_is_none() -> None:
    assert truth(BILLING, {}, was_answered=True).evidence is Evidence.LEFT
    assert truth(BILLING, {}, was_answered=False).evidence is Evidence.NONE
    assert truth(HELD, {}, was_answered=True).evidence is Evidence.NONE


def test_the_summary_counts_each_kind_of_change_once_and_each_evidence_apart() -> None:
    left = replace(RIGHT, evidence=Evidence.LEFT)
    found = summarise(
        [
            of(IT, BILLING),
            of(BILLING, HELD, left),
            of(HELD, BILLING, Truth(Evidence.NONE)),
            of(BILLING, BILLING),
        ]
    )

    assert (found.replayed, found.changed) == (4, 3)
    assert (found.rerouted, found.newly_held, found.newly_released) == (1, 1, 1)
    assert found.recategorised == 1
    assert (found.by_corrections.better, found.by_corrections.worse) == (1, 0)
    assert (found.by_what_was_left.better, found.by_what_was_left.worse) == (0, 1)
    assert found.unknown == 1
    assert (found.corrected, found.wrong_before, found.wrong_after) == (2, 1, 0)
    assert found.low < 0.75 < found.high
    by_queue = {each.queue: each for each in found.queues}
    assert (by_queue["it"].before, by_queue["it"].leaving) == (1, 1)
    assert (by_queue["billing"].before, by_queue["billing"].arriving) == (2, 2)


def test_the_examples_show_worse_and_better_and_strong_evidence_first() -> None:
    left = replace(RIGHT, evidence=Evidence.LEFT)
    unknown = [of(IT, BILLING, Truth(Evidence.NONE), number) for number in range(100, 120)]
    worse = [of(BILLING, IT, left, number) for number in range(20, 40)]
    better = [of(IT, BILLING, RIGHT, number) for number in range(40, 60)]

    shown = summarise([*unknown, *worse, *better, of(BILLING, IT, RIGHT, 1)]).examples

    assert len(shown) == MOST_EXAMPLES
    assert shown[0].ticket_id == 1
    verdicts = [each.verdict for each in shown]
    assert verdicts.count(Verdict.WORSE) == verdicts.count(Verdict.BETTER) == 5
    assert [each.verdict for each in summarise([*unknown, better[0]]).examples][:2] == [
        Verdict.BETTER,
        Verdict.UNKNOWN,
    ]


def test_two_runs_that_find_the_same_have_one_digest_whatever_they_took() -> None:
    one = Result("policy", "a", "b", "way", "30d", summarise([of(IT, BILLING)]))

    assert one.digest == replace(one, seconds=9.0).digest
    assert one.digest != replace(one, summary=summarise([of(BILLING, IT)])).digest


def test_a_span_is_read_and_anything_else_is_refused_in_words() -> None:
    assert since("30d") == timedelta(days=30)
    assert since("12h") == timedelta(hours=12)
    assert since("4w") == timedelta(weeks=4)
    for wrong in ("30x", "", "0d", "-3d", "d", "1.5d", "99999d"):
        with pytest.raises(ValueError, match="write it like 30d"):
            since(wrong)
