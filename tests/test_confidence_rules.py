"""How sure a judgement is, and from which confidence on nobody is asked: rules as tables, and a promise as a game."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from agents import confidence
from agents.confidence import (
    NEWEST,
    PRIOR,
    UNKNOWN,
    Experience,
    Fit,
    Past,
    fit,
    is_right,
    neighbours,
    weighed,
)
from agents.local.linear import Scale, sigmoid
from agents.threshold import ENOUGH, NOTHING, choose, denies, lower_bound, proves
from agents.words import (
    Category,
    Certainty,
    Example,
    Facts,
    Priority,
    Signals,
    SimilarTicket,
    Status,
    Trust,
    Usage,
)

CLEAR = Signals("claude", Certainty.CLEAR, alone=0.93, second=0.0, alike=0, unlike=0)
NOW = datetime(2026, 11, 24, tzinfo=UTC)
ASKED = Usage("claude", "claude-haiku-5-5", "ab12cd34", 900.0)
REFUND = Category("refund", "Refund", "Money back.", ("refund me",), "billing", Priority.P3)


@pytest.mark.parametrize(
    ("change", "more_sure"),
    [
        ({"second": 0.8}, True),
        ({"second": -0.8}, False),
        ({"alike": 3}, True),
        ({"unlike": 3}, False),
        ({"alone": 0.4, "certainty": Certainty.UNSURE}, False),
    ],
)
def test_each_signal_moves_the_confidence_its_way(change: dict[str, float], more_sure: bool) -> None:
    assert (weighed(replace(CLEAR, **change), None) > weighed(CLEAR, None)) is more_sure  # type: ignore[arg-type]


def test_an_objection_counts_for_more_than_an_assent() -> None:
    mixed = replace(CLEAR, second=-0.8, alike=3)

    assert weighed(mixed, None) < 0.7


def test_what_claude_is_unsure_of_needs_more_than_one_voice_for_it() -> None:
    unsure = replace(CLEAR, alone=0.4, certainty=Certainty.UNSURE, second=0.8)

    assert weighed(unsure, None) < 0.6


def test_the_local_engine_alone_is_calibrated_already() -> None:
    assert weighed(Signals("local", Certainty.LIKELY, 0.8, 0.0, 3, 1), None) == 0.8


def test_neighbours_count_once_and_only_where_they_mean_the_same() -> None:
    facts = Facts(
        "refund please",
        "support",
        "Ana",
        Trust.MEMBER,
        NOW,
        similar=(
            SimilarTicket(1, "Refund  me", "refund", "", 0.9),
            SimilarTicket(2, "Where is my invoice", "invoice", "", 0.4),
            SimilarTicket(3, "money back now", "refund", "", 0.8),
        ),
    )

    talk = Example("thanks for the refund", "", is_request=False)
    assert neighbours(facts, [Example("refund me", "dispute"), talk]) == ("dispute", "refund")


@pytest.mark.parametrize(
    ("right", "whole", "low", "high"),
    # Published tables of exact one-sided 95 % limits; where all are right, 0.05 ** (1 / n).
    [(59, 59, 0.9505, 1.0), (0, 10, 0.0, 0.2589), (8, 10, 0.4931, 0.9632), (95, 100, 0.8977, 0.9802)],
)
def test_bounds_are_those_of_clopper_and_pearson(right: int, whole: int, low: float, high: float) -> None:
    assert lower_bound(right, whole) == pytest.approx(low, abs=1e-3)
    assert not proves(right, whole, min(low + 1e-3, 1.0))
    assert not denies(right, whole, max(high - 1e-3, 0.0))
    assert denies(right, whole, high + 1e-3) is (high < 1.0)


def test_without_a_decision_nothing_is_known() -> None:
    assert lower_bound(0, 0) == 0.0
    assert not proves(0, 0, 0.5)
    assert not denies(0, 0, 0.5)


def test_a_proven_threshold_is_the_lowest_that_keeps_the_target() -> None:
    confidences = [0.9] * 200 + [0.7] * 100
    rights = [True] * 198 + [False] * 2 + [True] * 60 + [False] * 40

    chosen = choose(confidences, rights, 0.95, 0.6)

    assert chosen.is_proven
    assert (chosen.value, chosen.right, chosen.routed) == (0.75, 198, 200)


def test_what_is_not_proven_goes_on_and_what_is_shown_to_fail_does_not() -> None:
    some = choose([0.8] * 60, [True] * 58 + [False] * 2, 0.95, 0.6)
    bad = choose([0.8] * 60, [True] * 45 + [False] * 15, 0.95, 0.6)
    worse = choose([0.995] * 60, [True] * 45 + [False] * 15, 0.95, 0.6)

    assert (some.value, some.is_proven) == (0.6, False)
    assert (bad.value, bad.is_proven) == (0.85, False)  # no such judgement is routed any more
    assert worse.value == NOTHING


@pytest.mark.parametrize(("count", "is_granted"), [(89, False), (90, True)])
def test_who_must_prove_does_it_at_a_hundredth_of_risk_and_routes_nothing_before(
    count: int, is_granted: bool
) -> None:
    chosen = choose([0.9] * count, [True] * count, 0.95, 0.6, must_prove=True)

    assert (chosen.is_proven, chosen.value) == (is_granted, 0.6 if is_granted else NOTHING)


def test_of_a_team_that_looks_every_night_few_are_granted_what_breaks_the_promise() -> None:
    random = np.random.default_rng(11)
    broken = 0
    for _ in range(100):
        # Of such judgements 92 % are right, however sure: there is nothing to grant.
        rights = (random.random(1000) < 0.92).tolist()
        confidences = random.uniform(0.6, 1.0, 1000).tolist()
        nights = range(100, 1001, 50)
        broken += any(choose(confidences[:n], rights[:n], 0.95, 0.6, True).is_proven for n in nights)
    assert broken <= 12


def test_no_threshold_is_below_policys_floor() -> None:
    assert choose([0.9] * 300, [True] * 300, 0.95, 0.72).value == 0.72


@pytest.mark.parametrize("decisions", [200, 800])
def test_a_promise_that_is_proven_is_kept_nearly_always(decisions: int) -> None:
    random = np.random.default_rng(7)
    fresh = random.beta(6, 0.4, 20_000)
    broken = granted = 0
    for _ in range(300):
        confidences = random.beta(6, 0.4, decisions)
        # A little too sure, as models are.
        rights = random.random(decisions) < confidences**1.2
        chosen = choose(confidences.tolist(), rights.tolist(), 0.95, 0.6)
        granted += chosen.is_proven
        broken += chosen.is_proven and (fresh[fresh >= chosen.value] ** 1.2).mean() < 0.95
    assert granted > 150
    assert broken <= 0.07 * 300


@pytest.mark.parametrize(
    ("held", "now", "status", "corrected", "was_placed", "right"),
    [
        (False, "refund", Status.RESOLVED, [], False, True),
        (False, "refund", Status.ROUTED, [], False, None),
        (False, "refund", Status.WITHDRAWN, [], False, None),
        (False, "invoice", Status.ROUTED, ["category", "queue"], True, False),
        (False, "refund", Status.RESOLVED, ["queue"], True, False),
        (False, "refund", Status.RESOLVED, ["priority"], True, True),
        (False, "refund", Status.WITHDRAWN, ["is_request"], False, False),
        (True, "refund", Status.ROUTED, [], False, None),
        (True, "refund", Status.ROUTED, ["queue"], True, True),
        (True, "invoice", Status.ROUTED, ["category", "queue"], True, False),
    ],
)
def test_what_people_do_tells_whether_a_judgement_was_right(
    held: bool, now: str, status: Status, corrected: list[str], was_placed: bool, right: bool | None
) -> None:
    assert is_right("refund", held, now, status, frozenset(corrected), was_placed) is right


def past(signals: Signals, right: bool | None, basis: str = "b1") -> Past:
    return Past("claude", "claude-haiku-5-5", "ab12cd34", basis, signals, right)


def stream(count: int, seed: int) -> list[Past]:
    """Judgements of a team whose local engine is worth listening to, and whose Claude is always clear."""
    random = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        second = float(random.choice([0.9, 0.5, -0.5, -0.9], p=[0.7, 0.15, 0.1, 0.05]))
        right = bool(random.random() < float(sigmoid(0.5 + 2.5 * second)))
        made.append(past(replace(CLEAR, second=second), right))
    return made


def test_weights_are_fitted_to_what_proved_right() -> None:
    learnt = fit(stream(2000, 1), "b1", 0.95, 0.6, None)

    assert learnt.scale is not None
    for second in (0.9, 0.5, -0.5, -0.9):
        true = float(sigmoid(0.5 + 2.5 * second))
        assert weighed(replace(CLEAR, second=second), learnt.scale) == pytest.approx(true, abs=0.08)


def test_fitted_weights_are_more_honest_than_the_cautious_formula() -> None:
    learnt = fit(stream(2000, 1), "b1", 0.95, 0.6, None)
    fresh = stream(4000, 2)

    def surprise(scale: Scale | None) -> float:
        chances = [weighed(each.signals, scale) for each in fresh]
        return -sum(
            math.log(p if each.is_right else 1 - p) for p, each in zip(chances, fresh, strict=True)
        ) / len(fresh)

    assert surprise(learnt.scale) < surprise(None)


def test_few_judgements_change_nothing_but_keep_an_earlier_caution() -> None:
    few = [past(CLEAR, True)] * (ENOUGH - 1)
    before = Fit("b0", PRIOR, 0.9, True, "")

    assert fit(few, "b1", 0.95, 0.6, None).threshold == 0.0
    assert fit(few, "b1", 0.95, 0.6, before).threshold == 0.9


def test_judgements_of_another_basis_and_open_ones_do_not_count() -> None:
    others = [past(CLEAR, False, "b0")] * 500 + [past(CLEAR, None)] * 500

    learnt = fit([*others, *[past(CLEAR, True)] * 100], "b1", 0.95, 0.6, None)

    assert learnt.is_proven
    assert "100 of 100" in learnt.because


def test_where_even_the_surest_are_wrong_everything_is_held() -> None:
    sure = replace(CLEAR, alone=0.999)

    learnt = fit([past(sure, each % 4 > 0) for each in range(120)], "b1", 0.95, 0.6, None)

    assert learnt.threshold > 1.0
    assert "everything is held" in learnt.because


@pytest.mark.parametrize(
    "changed",
    [
        replace(ASKED, model="claude-sonnet-5-5"),
        replace(ASKED, prompt="00000000"),
        replace(ASKED, engine="local"),
    ],
)
def test_a_changed_model_or_prompt_is_another_basis(changed: Usage) -> None:
    assert UNKNOWN.basis(changed) != UNKNOWN.basis(ASKED)
    assert UNKNOWN.basis(replace(changed, milliseconds=1.0)) == UNKNOWN.basis(changed)


@pytest.mark.parametrize(
    "changed",
    [
        replace(REFUND, name="refunds"),
        replace(REFUND, description="Money."),
        replace(REFUND, examples=("give it back",)),
    ],
)
def test_changed_categories_are_another_basis(changed: Category) -> None:
    one, other = (Experience(confidence.categories_of([each])) for each in (REFUND, changed))

    assert one.basis(ASKED) != other.basis(ASKED)


def test_after_a_change_the_weights_are_not_used_and_the_caution_is() -> None:
    generous = Scale((0.0, 0.0, 0.0, 0.0, 0.0), 9.0)
    known = Experience("c1", {"claude": Fit("b0", generous, 0.9, True, "")})

    assert known.confidence(CLEAR, "b1") == weighed(CLEAR, None)
    assert known.confidence(CLEAR, "b0") > 0.999
    assert known.threshold("claude", "b1") == 0.9
    assert known.threshold("local", "b1") == 0.0


def test_who_must_prove_routes_nothing_until_judgements_of_the_same_basis_have() -> None:
    def threshold(is_proven: bool) -> float:
        fits = {"local": Fit("b1", None, 0.8, is_proven, "")}
        return Experience("c1", fits, must_prove=True).threshold("local", "b1")

    assert threshold(is_proven=True) == 0.8
    assert threshold(is_proven=False) == NOTHING
    assert (
        Experience("c1", {"local": Fit("b0", None, 0.8, True, "")}, True).threshold("local", "b1") == NOTHING
    )
    assert Experience("c1", must_prove=True).threshold("local", "b1") == NOTHING


def test_who_must_prove_is_granted_what_is_proven_and_no_more() -> None:
    good, fair = [past(CLEAR, True)] * 100, [past(CLEAR, each % 20 > 0) for each in range(100)]

    assert fit(good, "b1", 0.95, 0.6, None, must_prove=True) == fit(good, "b1", 0.95, 0.6, None)
    assert fit(fair, "b1", 0.95, 0.6, None).threshold == 0.6
    unproven = fit(fair, "b1", 0.95, 0.6, None, must_prove=True)
    assert (unproven.threshold, unproven.is_proven) == (NOTHING, False)
    assert "95 of 100 judgements were right" in unproven.because and "prove 95%" in unproven.because


def test_the_newest_judgements_are_learnt_from() -> None:
    now, once = [past(CLEAR, True)] * NEWEST, [past(CLEAR, False)] * 500

    assert fit([*now, *once], "b1", 0.95, 0.6, None).is_proven


def test_signals_and_fits_come_back_from_storage_as_they_were() -> None:
    learnt = fit(stream(300, 3), "b1", 0.95, 0.6, None)

    assert confidence.signals_from(confidence.as_json(CLEAR)) == CLEAR
    assert confidence.fit_from(confidence.as_json(learnt)) == learnt


@pytest.mark.parametrize("stored", [None, {}, {"engine": "claude"}, {"certainty": "very"}, "text", 7])
def test_what_another_version_stored_is_no_evidence_and_no_error(stored: object) -> None:
    assert confidence.signals_from(stored) is None
    assert confidence.fit_from(stored) is None
