"""Whether what comes in, or how well it is judged, has changed: last week against the four weeks before.

People see an alert when a category starts to fail, when the engine is surer than it should be, or when other things are
asked than before. A small team gets no noise: below a few dozen requests nothing is said, and every share is held to an
exact test whose level is divided by the number of tests (C. E. Bonferroni, 1936). So in a week in which nothing has
changed, each kind of finding raises a false alarm at most once in fifty, whatever the number of categories.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import numpy as np

WEEK = timedelta(days=7)
BEFORE = 4  # weeks that last week is compared with
QUIET = timedelta(weeks=BEFORE)  # nobody is told twice of the same thing within this; by then it is "before"
LEVEL = 0.02  # how often a week without any change may raise an alarm, for each kind of finding

_FEWEST = 10  # routed requests of a category, below which a share says nothing
_FEWEST_MOVED = 3
_FEWEST_IN_ALL = 40  # requests in the week, and before it, for a share of all of them
_SHIFT = 0.05  # what a share has to change by, in points, and as a factor: less would not be worth reading
_FACTOR = 1.5

HELD = "held"  # stands for what no category was found for, in the mix


class Kind(StrEnum):
    """What may be found."""

    MIX = "mix"
    FAILING = "failing"
    CALIBRATION = "calibration"
    CLUSTER = "cluster"


@dataclass(frozen=True)
class Judged:
    """A request as it was judged, and what people made of it since."""

    ticket_id: int
    at: datetime
    category: str
    confidence: float
    engine: str
    held: bool
    was_moved: bool  # a person gave it another category or team, or called it no request


@dataclass(frozen=True)
class Failing:
    """A category of which more was moved than before, or than is promised. `tickets` are the moved ones."""

    category: str
    moved: int
    routed: int
    moved_before: int
    routed_before: int
    tickets: tuple[int, ...]


@dataclass(frozen=True)
class Calibration:
    """An engine that was surer than it should have been. `sure` is its mean confidence, `right` what was not moved, and
    `tickets` are the moved ones."""

    engine: str
    sure: float
    right: int
    routed: int
    tickets: tuple[int, ...]


@dataclass(frozen=True)
class Shift:
    """A category (or HELD) of which there is more or less than before: `count` of `whole`, and the same before."""

    category: str
    count: int
    whole: int
    count_before: int
    whole_before: int


def weeks(judged: Iterable[Judged], until: datetime) -> tuple[list[Judged], list[Judged]]:
    """Return what was judged in the week that ends at this time, and in the weeks before it."""
    last: list[Judged] = []
    before: list[Judged] = []
    for each in judged:
        age = until - each.at
        if timedelta() <= age < WEEK:
            last.append(each)
        elif WEEK <= age < WEEK * (1 + BEFORE):
            before.append(each)
    return last, before


def failing(
    last: Sequence[Judged], before: Sequence[Judged], target: float, told: Collection[str] = ()
) -> list[Failing]:
    """Return the categories that have started to fail, the worst first; `told` are those known to.

    Two questions are asked of each: could so many moved ones come of the share that is promised to be right (exact
    binomial test; C. J. Clopper and E. S. Pearson, 1934), and could they come of the category's own past (exact test
    of two shares; R. A. Fisher, 1935)? It fails when either can hardly be, and more was moved than is promised.
    """
    asked = _by_category(last)
    past = _by_category(before)
    tried = {name: own for name, own in asked.items() if len(own) >= _FEWEST}
    found = []
    for name, own in tried.items():
        moved = [each.ticket_id for each in own if each.was_moved]
        earlier = past.get(name, [])
        moved_before = sum(each.was_moved for each in earlier)
        one = Failing(name, len(moved), len(own), moved_before, len(earlier), tuple(moved))
        if one.moved < _FEWEST_MOVED or one.moved <= (1 - target) * one.routed or name in told:
            continue
        chance = min(
            binomial_tail(one.moved, one.routed, 1 - target),
            hypergeometric_tail(
                one.moved, one.routed, one.moved + moved_before, one.routed + one.routed_before
            ),
        )
        if chance <= LEVEL / (2 * len(tried)):
            found.append((chance, one))
    return [one for _, one in sorted(found, key=lambda each: (each[0], each[1].category))]


def _by_category(judged: Sequence[Judged]) -> dict[str, list[Judged]]:
    found: dict[str, list[Judged]] = {}
    for each in judged:
        if not each.held:
            found.setdefault(each.category, []).append(each)
    return found


def overconfident(last: Sequence[Judged], told: Collection[str] = ()) -> list[Calibration]:
    """Return the engines whose routed requests were right less often than they were sure of.

    If each confidence were the probability of being right, the number of right ones would be a sum of such draws; its
    distribution is worked out exactly. Only what was moved counts as wrong, so an engine is rather spared than blamed.
    """
    engines = sorted({each.engine for each in last if not each.held})
    found = []
    for engine in engines:
        own = [each for each in last if each.engine == engine and not each.held]
        moved = tuple(each.ticket_id for each in own if each.was_moved)
        right = len(own) - len(moved)
        if len(own) < _FEWEST_IN_ALL or len(moved) < _FEWEST_MOVED or engine in told:
            continue
        chances = [min(max(each.confidence, 0.0), 1.0) for each in own]
        if sum_at_most(right, chances) <= LEVEL / len(engines):
            found.append(Calibration(engine, sum(chances) / len(chances), right, len(own), moved))
    return found


def shifts(last: Sequence[Judged], before: Sequence[Judged], told: Collection[str] = ()) -> list[Shift]:
    """Return the categories whose share of all requests has changed, the largest change first.

    Each share is held to its past by Fisher's exact test, in both directions; and it has to have changed by five points
    and by half, because with many requests even what nobody would call a change can be told from chance.
    """
    whole, whole_before = len(last), len(before)
    if whole < _FEWEST_IN_ALL or whole_before < _FEWEST_IN_ALL:
        return []
    counts, counts_before = (Counter(HELD if e.held else e.category for e in some) for some in (last, before))
    names = sorted({*counts, *counts_before})
    found = []
    for name in names:
        one = Shift(name, counts[name], whole, counts_before[name], whole_before)
        if name not in told and _is_worth_reading(one) and _chance(one) <= LEVEL / len(names):
            found.append(one)
    return sorted(found, key=lambda each: (-abs(_change(each)), each.category))


def _change(one: Shift) -> float:
    return one.count / one.whole - one.count_before / one.whole_before


def _is_worth_reading(one: Shift) -> bool:
    share, was = one.count / one.whole, one.count_before / one.whole_before
    return abs(share - was) >= _SHIFT and max(share, was) >= _FACTOR * min(share, was)


def _chance(one: Shift) -> float:
    """Return how likely a change at least as large is where there is none, counting both directions."""
    marked, all_of_them = one.count + one.count_before, one.whole + one.whole_before
    more = hypergeometric_tail(one.count, one.whole, marked, all_of_them)
    fewer = hypergeometric_tail(one.count_before, one.whole_before, marked, all_of_them)
    return min(1.0, 2 * min(more, fewer))


def binomial_tail(count: int, whole: int, share: float) -> float:
    """Return the probability of `count` or more successes in `whole` trials of this share."""
    if count <= 0:
        return 1.0
    if share <= 0.0:
        return 0.0
    if share >= 1.0:
        return 1.0
    yes, no = math.log(share), math.log1p(-share)
    return min(
        1.0, sum(math.exp(_ways(whole, n) + n * yes + (whole - n) * no) for n in range(count, whole + 1))
    )


def hypergeometric_tail(count: int, drawn: int, marked: int, whole: int) -> float:
    """Return the probability of `count` or more marked ones among `drawn` of a whole that has so many marked."""
    most = min(drawn, marked)
    if count <= max(0, drawn + marked - whole):
        return 1.0
    all_ways = _ways(whole, drawn)
    return min(
        1.0,
        sum(
            math.exp(_ways(marked, n) + _ways(whole - marked, drawn - n) - all_ways)
            for n in range(count, most + 1)
        ),
    )


def sum_at_most(count: int, chances: Sequence[float]) -> float:
    """Return the probability that at most `count` of these independent chances come true."""
    ways = np.ones(1)
    for chance in chances:
        ways = np.convolve(ways, (1 - chance, chance))
    return float(min(1.0, ways[: count + 1].sum()))


def _ways(whole: int, count: int) -> float:
    """Return the logarithm of the number of ways to choose `count` of `whole`."""
    if not 0 <= count <= whole:
        return -math.inf
    return math.lgamma(whole + 1) - math.lgamma(count + 1) - math.lgamma(whole - count + 1)
