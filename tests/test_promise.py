"""A threshold that is promised is kept on the stream that it was promised for, nineteen times of twenty."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.promise import Held, as_met, at_most, most_wrong, promising, reckless

SHARE = 0.18  # strange messages of the stream


def drawn(known: int, strange: int, random: np.random.Generator) -> Held:
    """Messages of a judge that is right as often as it says, and unsure of most strange ones."""
    sure = random.beta(6, 0.5, known)
    doubted = random.beta(1.2, 2.5, strange)
    right = np.concatenate([random.random(known) < sure, np.zeros(strange, dtype=bool)])
    return Held.of(np.concatenate([sure, doubted]), right, np.arange(known + strange) >= known)


def broken(threshold: float, stream: Held) -> bool:
    """Say whether more than 5 % of what is handled of a whole stream goes wrong."""
    above = stream.confidence >= threshold
    weights = as_met(stream, SHARE)
    return bool(above.any() and np.average(~stream.right[above], weights=weights[above]) > 0.05)


def test_a_promise_is_broken_in_one_case_of_twenty_at_most_and_a_reckless_one_in_many() -> None:
    random = np.random.default_rng(0)
    stream = drawn(200_000, 40_000, random)
    tried = [drawn(1000, 60, random) for _ in range(200)]

    assert np.mean([broken(promising(held, SHARE), stream) for held in tried]) <= 0.05
    assert np.mean([broken(reckless(held, SHARE), stream) for held in tried]) > 0.25


def test_a_promise_is_not_made_by_handling_next_to_nothing() -> None:
    random = np.random.default_rng(1)
    held = drawn(3000, 200, random)

    assert np.mean(held.confidence[~held.strange] >= promising(held, SHARE)) > 0.6


def test_the_fewer_strange_messages_are_held_the_more_of_them_are_feared() -> None:
    held = drawn(3000, 200, np.random.default_rng(2))
    fewer = ~held.strange | (np.arange(len(held.strange)) % 10 == 0)
    less = Held(held.confidence[fewer], held.right[fewer], held.strange[fewer], held.weights[fewer])

    assert most_wrong(less, 0.9, SHARE) > most_wrong(held, 0.9, SHARE)


def test_a_stream_with_more_strange_messages_gets_a_higher_threshold() -> None:
    held = drawn(3000, 200, np.random.default_rng(3))

    assert promising(held, 0.0) < promising(held, 0.1) < promising(held, 0.4)


def test_without_a_strange_message_nothing_is_promised_of_a_stream_that_has_them() -> None:
    held = Held.of(np.full(100, 0.9), np.ones(100, dtype=bool))

    with pytest.raises(ValueError, match="held ones"):
        promising(held, SHARE)


def test_a_judge_that_is_wrong_when_it_is_sure_is_promised_nothing() -> None:
    random = np.random.default_rng(4)
    held = Held.of(random.random(1000), random.random(1000) < 0.8)

    assert promising(held, 0.0) == float("inf")


def test_a_message_judged_twice_proves_no_more_than_one_judged_once() -> None:
    once = drawn(500, 100, np.random.default_rng(5))
    twice = Held(
        np.tile(once.confidence, 2), np.tile(once.right, 2), np.tile(once.strange, 2), np.full(1200, 0.5)
    )

    assert most_wrong(twice, 0.8, SHARE) == pytest.approx(most_wrong(once, 0.8, SHARE))
    assert most_wrong(replace(twice, weights=np.ones(1200)), 0.8, SHARE) < most_wrong(once, 0.8, SHARE)


@pytest.mark.parametrize(
    ("count", "whole", "most"), [(0, 59, 0.0495), (0, 100, 0.0295), (5, 5, 1.0), (0, 0, 1.0)]
)
def test_the_upper_end_of_an_exact_interval(count: float, whole: float, most: float) -> None:
    assert at_most(count, whole, 0.05) == pytest.approx(most, abs=1e-3)
