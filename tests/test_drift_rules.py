"""When a change is one: exact bounds, so that small numbers and stable traffic raise nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from math import comb

import numpy as np
import pytest

from agents.clusters import Unknown, clusters, grouped, typical
from agents.drift import (
    HELD,
    LEVEL,
    Judged,
    binomial_tail,
    failing,
    hypergeometric_tail,
    overconfident,
    shifts,
    sum_at_most,
    weeks,
)
from tests.local_world import embedder, policy

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
_IDS = count(1)


def some(
    category: str, routed: int, moved: int = 0, held: int = 0, sure: float = 0.9, engine: str = "local"
) -> list[Judged]:
    """Return judged requests, of which so many were moved, and so many more were held."""
    kinds = [(False, n < moved) for n in range(routed)] + [(True, False)] * held
    return [Judged(next(_IDS), MONDAY, category, sure, engine, held, moved) for held, moved in kinds]


@pytest.mark.parametrize(
    ("moved", "routed", "moved_before", "routed_before", "fails"),
    [
        (9, 38, 2, 100, True),
        (1, 2, 0, 8, False),
        (2, 2, 0, 0, False),
        (3, 9, 0, 40, False),  # too few to tell
        (5, 12, 0, 0, True),  # nothing before it, but far from what is promised
        (2, 40, 2, 160, False),
        (4, 60, 4, 240, False),  # about what is promised
        (7, 60, 1, 400, True),
        (8, 160, 0, 640, False),  # worse than before, and still what was promised
    ],
)
def test_a_category_fails_when_chance_can_hardly_be_the_reason(
    moved: int, routed: int, moved_before: int, routed_before: int, fails: bool
) -> None:
    last = some("billing", routed, moved) + some("outage", 30)
    before = some("billing", routed_before, moved_before) + some("outage", 120)

    found = failing(last, before, 0.95)

    assert [one.category for one in found] == (["billing"] if fails else [])


def test_what_is_known_to_fail_is_not_told_again() -> None:
    assert failing(some("billing", 40, 20), [], 0.95, {"billing"}) == []


def test_held_requests_say_nothing_about_a_category() -> None:
    assert failing(some("billing", 5, held=60), some("billing", 100), 0.95) == []


@pytest.mark.parametrize(
    ("sure", "routed", "moved", "is_told"),
    [(0.93, 200, 14, False), (0.93, 200, 38, True), (0.99, 50, 2, False), (0.9, 30, 20, False)],
)
def test_an_engine_that_is_surer_than_it_should_be_is_told(
    sure: float, routed: int, moved: int, is_told: bool
) -> None:
    found = overconfident(some("billing", routed, moved, sure=sure))

    assert bool(found) == is_told
    if found:
        assert (found[0].right, found[0].routed) == (routed - moved, routed)
        assert found[0].sure == pytest.approx(sure)


def test_a_share_that_has_changed_is_told_with_both_counts() -> None:
    before = some("billing", 200) + some("outage", 20) + some("how-to", 180, held=20)
    last = some("billing", 50) + some("outage", 30) + some("how-to", 40, held=5)

    [found] = shifts(last, before)

    assert (found.category, found.count, found.whole) == ("outage", 30, 125)
    assert (found.count_before, found.whole_before) == (20, 420)
    assert shifts(last, before, {"outage"}) == []


def test_more_that_is_held_is_a_change_too_and_a_quiet_week_is_none() -> None:
    before = some("billing", 380, held=20)

    assert [one.category for one in shifts(some("billing", 80, held=20), before)] == [HELD]
    assert shifts(some("outage", 12), before) == []
    assert shifts(some("billing", 96, held=4), before) == []


def test_weeks_are_told_apart_by_their_age() -> None:
    days = (0, 6.9, 7, 34.9, 35, -1)
    judged = [
        Judged(n, MONDAY - timedelta(days=day), "a", 1.0, "local", False, False) for n, day in enumerate(days)
    ]

    last, before = weeks(judged, MONDAY)

    assert ([each.ticket_id for each in last], [each.ticket_id for each in before]) == ([0, 1], [2, 3])


def test_the_tails_are_those_that_counting_gives() -> None:
    by_counting = sum(comb(12, n) * 0.3**n * 0.7 ** (12 - n) for n in range(5, 13))
    assert binomial_tail(5, 12, 0.3) == pytest.approx(by_counting)
    by_counting = sum(comb(7, n) * comb(13, 6 - n) for n in range(4, 7)) / comb(20, 6)
    assert hypergeometric_tail(4, 6, 7, 20) == pytest.approx(by_counting)
    assert sum_at_most(7, [0.3] * 12) == pytest.approx(1 - binomial_tail(8, 12, 0.3))
    assert (binomial_tail(0, 5, 0.1), hypergeometric_tail(0, 5, 0, 9)) == (1.0, 1.0)
    assert sum_at_most(3, [1.0] * 4) == 0.0


def week(chance: np.random.Generator, shares: Sequence[float], moved: float, mean: int) -> list[Judged]:
    """Return the requests of a week, drawn at random; each confidence is the probability of being right."""
    found = []
    for kind in chance.choice(len(shares), size=chance.poisson(mean), p=shares):
        wrong = bool(chance.random() < moved)
        found.append(Judged(0, MONDAY, f"kind {kind}", 1 - moved, "local", False, wrong))
    return found


@pytest.mark.slow
@pytest.mark.parametrize(("mean", "kinds", "moved"), [(60, 5, 0.05), (150, 26, 0.04), (600, 12, 0.05)])
def test_stable_traffic_raises_false_alarms_no_oftener_than_promised(
    mean: int, kinds: int, moved: float
) -> None:
    chance = np.random.default_rng(7)
    shares = chance.dirichlet([2.0] * kinds).tolist()
    alarms = {"failing": 0, "calibration": 0, "mix": 0}
    times = 250
    for _ in range(times):
        last = week(chance, shares, moved, mean)
        before = [each for _ in range(4) for each in week(chance, shares, moved, mean)]
        alarms["failing"] += bool(failing(last, before, 0.95))
        alarms["calibration"] += bool(overconfident(last))
        alarms["mix"] += bool(shifts(last, before))

    # What is promised, and three standard deviations for the luck of this simulation.
    most = times * LEVEL + 3 * (times * LEVEL * (1 - LEVEL)) ** 0.5
    assert max(alarms.values()) <= most, alarms


def test_a_category_that_begins_to_fail_is_found_within_two_weeks() -> None:
    chance = np.random.default_rng(11)
    at_once = within_two = 0
    for _ in range(100):
        good = [each for _ in range(4) for each in week(chance, [1 / 8] * 8, 0.02, 240)]
        first, second = ([*week(chance, [1 / 7] * 7, 0.02, 210), *_bad(chance, 30, 0.25)] for _ in range(2))
        found = [one.category for one in failing(first, good, 0.95)]
        at_once += found == ["bad"]
        found += [one.category for one in failing(second, good[60:] + first, 0.95)]
        within_two += "bad" in found

    assert at_once >= 60
    assert within_two >= 85


def _bad(chance: np.random.Generator, number: int, moved: float) -> list[Judged]:
    wrong = chance.random(number) < moved
    return [Judged(0, MONDAY, "bad", 0.95, "local", False, bool(each)) for each in wrong]


CLAIMS = (
    "A parcel worth 900 euro was lost, how do I file an insurance claim?",
    "The carrier damaged our shipment, we want to claim the insurance",
    "insurance claim for lost parcel SH-88123, what documents do you need",
    "Two pallets arrived broken, who handles the damage claim with the carrier?",
    "Our goods were destroyed in transit. Please open a claim for compensation with the insurer",
    "lost shipment, need to claim the insured value",
)
VAGUE = (
    "This is strange, can you have a look?",
    "Please help us",
    "can somebody call me back?",
    "need assistance quickly",
    "It does not feel right",
)


def unknown(texts: Sequence[str], people: int = 4, placed: Sequence[str] = ()) -> list[Unknown]:
    """Return held requests with these texts, of so many people in turn."""
    places = [*placed, *[""] * len(texts)]
    return [Unknown(n, text, f"U{n % people}", "customer-support", places[n]) for n, text in enumerate(texts)]


def others() -> list[str]:
    """Return the texts of everything that the demo company knows."""
    return [text for kind in policy().categories.values() for text in kind.examples]


def found(requests: Sequence[Unknown]) -> list[tuple[str, list[int]]]:
    """Return the groups among these requests, with their titles."""
    vectors = embedder().embed([each.text for each in requests])
    return [
        (one.title, sorted(each.ticket_id for each in one.members))
        for one in clusters(requests, vectors, others())
    ]


def test_requests_that_ask_for_much_the_same_are_one_group_and_vague_ones_are_none() -> None:
    assert found(unknown((*CLAIMS, *VAGUE))) == [("Insurance claim", [0, 1, 2, 3, 4, 5])]


def test_the_order_in_which_they_came_makes_no_difference() -> None:
    requests = unknown((*CLAIMS, *VAGUE))

    assert found(requests[::-1]) == found(requests)


def test_a_few_requests_or_two_people_are_no_group() -> None:
    assert found(unknown(CLAIMS[:4])) == []
    assert found(unknown(CLAIMS, people=2)) == []


@pytest.mark.parametrize(
    ("placed", "is_proposed"),
    [
        (["billing-refund"] * 4, False),  # people know where it belongs
        (["billing-refund", "bug-report", "how-to", "billing-refund"], True),
        (["billing-refund"] * 2, True),
    ],
)
def test_what_people_agree_on_already_is_no_new_kind(placed: list[str], is_proposed: bool) -> None:
    assert bool(found(unknown(CLAIMS, placed=placed))) == is_proposed


def test_only_words_of_held_requests_are_shown() -> None:
    told = [replace(each, held=n < 3) for n, each in enumerate(unknown(CLAIMS))]
    hidden = [replace(each, held=n < 2) for n, each in enumerate(unknown(CLAIMS))]

    assert [members for _, members in found(told)] == [[0, 1, 2, 3, 4, 5]]
    assert found(hidden) == []


def test_groups_are_joined_by_the_mean_of_all_pairs() -> None:
    near = np.array([[1.0, 0.9, 0.5, 0.1], [0.9, 1.0, 0.3, 0.1], [0.5, 0.3, 1.0, 0.1], [0.1, 0.1, 0.1, 1.0]])

    assert grouped(near, 0.45) == [[0, 1], [2], [3]]
    assert grouped(near, 0.40) == [[0, 1, 2], [3]]


def test_typical_words_are_common_here_and_rare_elsewhere() -> None:
    texts = ["please book a parking permit", "two parking permits please", "parking for our van please"]

    assert typical(texts, ["please help"] * 50) == ("parking", "permit")
