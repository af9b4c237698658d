"""From which confidence on a request is routed without a person, so that a promise is kept.

People see it as what is held for them: a little more while little is known, less once the team's own decisions have
shown that the rest would be right. A share is never taken at its face: a promise is made by the lower end of an exact
interval (C. J. Clopper and E. S. Pearson, 1934), because thresholds chosen by the share alone break it about every
second time. What is deliberately not done: no threshold is ever below the floor that policy sets.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# Sixty decisions without a mistake are about the fewest that can prove 95 %.
ENOUGH = 60
NOTHING = 1.01  # a threshold that no confidence reaches
_RISK = 0.05  # how often a bound may be wrong
# Where nothing is routed before the proof, it is looked for each night, and one lucky night would be enough.
_RISK_OF_A_NIGHT = 0.01
# Few and fixed, because the more thresholds are tried, the likelier one of them looks good by accident.
_STEPS = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99)


@dataclass(frozen=True)
class Threshold:
    """From which confidence on is routed, and what is known of it.

    `is_proven` says that at least the target share is right from there on, with 95 % certainty. `right` of
    `routed` past decisions were.
    """

    value: float
    is_proven: bool
    right: int
    routed: int


def choose(
    confidences: Sequence[float],
    rights: Sequence[bool],
    target: float,
    floor: float,
    must_prove: bool = False,
) -> Threshold:
    """Return the lowest threshold that is proven to keep the target.

    Where none is, the lowest that is not shown to miss it: not proven is no reason to stop, shown to fail is. Where
    all are shown to miss it, or where it `must_prove` itself and none does, nothing is routed.
    """
    tried = [_tried(step, confidences, rights) for step in (floor, *(s for s in _STEPS if s > floor))]
    for one in tried:
        if proves(one.right, one.routed, target, _RISK_OF_A_NIGHT if must_prove else _RISK):
            return Threshold(one.value, True, one.right, one.routed)
    for one in () if must_prove else tried:
        if not denies(one.right, one.routed, target):
            return one
    return Threshold(NOTHING, False, 0, 0)


def _tried(value: float, confidences: Sequence[float], rights: Sequence[bool]) -> Threshold:
    routed = [right for confidence, right in zip(confidences, rights, strict=True) if confidence >= value]
    return Threshold(value, False, sum(routed), len(routed))


def proves(right: int, whole: int, target: float, risk: float = _RISK) -> bool:
    """Say whether so many right ones could hardly come of a smaller share than the target."""
    return right > 0 and 1.0 - _at_most(right - 1, whole, target) <= risk


def denies(right: int, whole: int, target: float) -> bool:
    """Say whether so few right ones could hardly come of the target share."""
    return right < whole and _at_most(right, whole, target) < _RISK


def lower_bound(right: int, whole: int, risk: float = _RISK) -> float:
    """Return the share that is right at the least, wrong in one case of twenty or at `risk`; 0 without any decision."""
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if middle > 0 and proves(right, whole, middle, risk) else (low, middle)
    return low


def interval(right: int, whole: int, risk: float = _RISK) -> tuple[float, float]:
    """Return the shares between which the true one lies, wrong in one case of twenty or at `risk`; of no decision that
    is anything."""
    return lower_bound(right, whole, risk / 2), 1.0 - lower_bound(whole - right, whole, risk / 2)


def _at_most(count: int, whole: int, share: float) -> float:
    """Return the probability of at most so many successes in `whole` trials."""
    if share >= 1.0:
        return float(count >= whole)
    k = np.arange(1, count + 1)
    ways = np.concatenate([[0.0], np.cumsum(np.log((whole - k + 1) / k))])
    tries = np.arange(count + 1)
    return float(np.exp(ways + tries * math.log(share) + (whole - tries) * math.log1p(-share)).sum())
