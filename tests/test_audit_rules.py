"""Which decisions are drawn, and what their verdicts come to."""

from __future__ import annotations

from collections import Counter

import pytest

from agents import audit
from agents.audit import GIVEN, GONE, TALK, UNTOLD, Case
from agents.threshold import interval
from handlers.cards import metrics as cards


def case(id: int, decided: str = "billing", said: str = "", **more: str) -> Case:
    """A judged case, as decided unless something else is said."""
    return Case(
        id,
        id,
        decided,
        more.pop("decided_priority", "P3"),
        GIVEN,
        said or decided,
        more.pop("rank", "P3"),
        **more,
    )


def test_the_same_seed_draws_the_same_sample_of_the_same_decisions_in_any_order() -> None:
    ids = list(range(1, 200))

    assert audit.drawn(ids, 7, 20) == audit.drawn(reversed(ids), 7, 20)
    assert audit.drawn(ids, 7, 20) != audit.drawn(ids, 8, 20)
    assert audit.drawn([1, 2], 7, 20) in ([1, 2], [2, 1])
    assert audit.seed_of("2026-11-23T08:00:00+00:00") == audit.seed_of("2026-11-23T08:00:00+00:00") < 2**31


def test_nothing_is_drawn_twice_and_everything_is_as_likely_as_anything_else() -> None:
    times = Counter[int]()
    for seed in range(2000):
        sample = audit.drawn(range(50), seed, 10)
        assert len(set(sample)) == 10
        times.update(sample)

    # Of 2,000 samples of a fifth each is in 400; five standard deviations are 89.
    assert all(abs(times[id] - 400) < 89 for id in range(50))


def test_each_auditor_has_an_order_of_their_own() -> None:
    assert audit.in_turn("U1", range(20)) != audit.in_turn("U2", range(20))
    assert sorted(audit.in_turn("U1", range(20))) == list(range(20))


@pytest.mark.parametrize(
    ("right", "whole", "low", "high"),
    # Tables of C. J. Clopper and E. S. Pearson, two-sided at 95 %.
    [(18, 20, 0.6830, 0.9877), (20, 20, 0.8316, 1.0), (0, 20, 0.0, 0.1684), (1, 10, 0.0025, 0.4450)],
)
def test_the_interval_of_decision_quality_is_exact(right: int, whole: int, low: float, high: float) -> None:
    assert interval(right, whole) == pytest.approx((low, high), abs=1e-4)
    found = audit.quality(right, whole)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-4)


def test_without_a_verdict_there_is_no_quality() -> None:
    assert audit.quality(0, 0) is None
    assert audit.tally([Case(1, 1, TALK, "", UNTOLD, by="U1"), Case(2, 2, TALK, "")]).quality is None


@pytest.mark.parametrize(
    ("agreed", "audited", "said"), [(60, 60, "kept"), (20, 20, "open"), (19, 20, "open"), (15, 20, "missed")]
)
def test_a_promise_is_kept_or_missed_only_where_that_is_shown(agreed: int, audited: int, said: str) -> None:
    found = audit.quality(agreed, audited)
    assert found is not None
    assert audit.promise(found, 0.95) == said


def test_a_verdict_agrees_when_it_names_the_same_kind_and_priority_is_counted_beside_it() -> None:
    cases = [
        case(1, by="U1"),
        case(2, rank="P2", by="U1"),
        case(3, said="refund", by="U2"),
        case(4, TALK, "refund", decided_priority="", by="U2"),
        Case(5, None, TALK, "", GIVEN, TALK, "", "U2"),
        Case(6, 6, "billing", "P3", UNTOLD, by="U2"),
        Case(7, 7, "billing", "P3", GONE),
        Case(8, 8, "billing", "P3"),
    ]

    found = audit.tally(cases)

    assert found.quality is not None
    assert (found.quality.agreed, found.quality.audited) == (3, 5)
    assert {name: (one.agreed, one.audited) for name, one in found.by_category.items()} == {
        "billing": (2, 3),
        TALK: (1, 2),
    }
    assert (found.priority.part, found.priority.whole) == (1, 2)
    assert [one.id for one in found.wrong] == [3, 4]
    assert (found.untold, found.gone, found.left) == (1, 1, 1)
    assert found.by == {"U2": 4, "U1": 2}


def test_the_second_opinion_doubts_what_the_auditor_agreed_with_and_it_did_not() -> None:
    found = audit.tally(
        [
            case(1, second="billing"),
            case(2, second="refund"),
            case(3, said="refund", second="refund"),
            case(4, said="refund", second="billing"),
            case(5),
        ]
    )

    assert (found.seconded.part, found.seconded.whole) == (2, 4)
    assert [one.id for one in found.doubtful] == [2]


@pytest.mark.parametrize(
    ("audits", "said"), [(0, "nobody audited"), (1, "the last blind audit"), (3, "the last 3 blind audits")]
)
def test_a_figure_says_whether_anybody_audited(audits: int, said: str) -> None:
    assert said in cards.quality(audit.quality(19, 20, audits))
    assert said in cards.quality(audit.quality(1, 2, audits))
