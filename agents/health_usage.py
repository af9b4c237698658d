"""Use of the product, compared with what is usual for the same account.

People see it as the figures in an alert: what was shipped, what was usual, and the share that is gone.
Comparing is all that happens here; what alerts is decided in `health.py`. Pure functions of values.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import fmean, median
from typing import Protocol

BASELINE_DAYS = 28  # four whole weeks, so that each weekday counts four times
LONG_AGO = 56  # days between the window and the baseline of a slow decline

_COHORT = 20  # accounts needed before a common dip can be told from one account's own
_LIKE = 0.15  # an earlier dip within this share of today's depth counts as the same habit
_NOISE = 3.0  # standard deviations a fall must exceed to be more than chance


class Day(Protocol):
    """One day of an account's use."""

    @property
    def day(self) -> date: ...
    @property
    def active_users(self) -> int: ...
    @property
    def shipments(self) -> int: ...


@dataclass(frozen=True)
class Change:
    """Use in a window against what was usual: totals, and the share that is gone (negative for growth)."""

    measure: str
    actual: float
    usual: float
    share: float
    is_long: bool = False  # compared with about three months ago instead of the weeks before


_MEASURES: tuple[tuple[str, Callable[[Day], int]], ...] = (
    ("shipments", lambda day: day.shipments),
    ("active users", lambda day: day.active_users),
)


def change(usage: Sequence[Day], end: date, window_days: int, gap: int = 0) -> Change | None:
    """Compare the window that ends on `end` with 28 days that end `gap` days (whole weeks) before it begins.

    A day without a row is a day without use, because exports leave out empty days. What is usual is the mean
    of the same weekdays; if the 28 days before those were calmer they count instead, so that the end of a
    peak is not a fall. Shipments are compared; active users where an account ships next to nothing. None for
    accounts too young or too idle to compare.
    """
    start = end - timedelta(days=window_days - 1)
    before = start - timedelta(days=BASELINE_DAYS + gap)
    if not usage or usage[0].day > before + timedelta(days=6):
        return None
    has_earlier = usage[0].day <= before - timedelta(days=BASELINE_DAYS)
    rows = {day.day: day for day in usage}
    for name, measure in _MEASURES:

        def each(first: date, days: int, measure: Callable[[Day], int] = measure) -> list[int]:
            wanted = (first + timedelta(days=n) for n in range(days))
            return [measure(rows[day]) if day in rows else 0 for day in wanted]

        usual = _usual(each(before, BASELINE_DAYS), window_days)
        if has_earlier:
            calmer = _usual(each(before - timedelta(days=BASELINE_DAYS), BASELINE_DAYS), window_days)
            usual = min(usual, calmer)
        if usual >= _NOISE**2:
            actual = sum(each(start, window_days))
            return Change(name, actual, usual, 1 - actual / usual, gap > 0)
    return None


def _usual(baseline: Sequence[int], window_days: int) -> float:
    """Return what whole weeks of days lead one to expect in a window that starts on the same weekday."""
    by_weekday = [fmean(baseline[n::7]) for n in range(7)]
    return sum(by_weekday[n % 7] for n in range(window_days))


def common_share(changes: Sequence[Change]) -> float:
    """Return what share of the usual the middle account still shows; 1 unless everybody dips together."""
    if len(changes) < _COHORT:
        return 1.0
    return min(1.0, max(0.05, median(1 - each.share for each in changes)))


def own_share(fall: Change | None, common: float) -> float:
    """Return the share that is gone beyond what everybody lost; 0 when there is nothing to compare."""
    return 1 - (1 - fall.share) / common if fall else 0.0


def is_chance(fall: Change) -> bool:
    """Say whether numbers this small fall like this by themselves (as counts of separate events do)."""
    return fall.usual - fall.actual < _NOISE * math.sqrt(fall.usual)


def is_habit(usage: Sequence[Day], fall: Change, as_of: date, window_days: int) -> bool:
    """Say whether use fell about as deep in an earlier period and came back since."""
    first = usage[0].day + timedelta(days=BASELINE_DAYS + window_days - 7)
    end = as_of - timedelta(days=window_days)
    while end >= first:
        earlier = change(usage, end, window_days)
        if earlier and earlier.measure == fall.measure and earlier.share >= fall.share - _LIKE:
            # Without a return in between it is the same fall, still going on.
            back = earlier.usual * (1 - fall.share / 2)
            weeks = range(7, (as_of - end).days, 7)
            later = (change(usage, end + timedelta(days=n), window_days) for n in weeks)
            if any(each and each.actual >= back for each in later):
                return True
        end -= timedelta(days=1)
    return False
