"""The morning summary: what happened since the last working day, and what needs somebody today.

People read it at the start of the day in one channel, in at most 250 words. It says plainly when nothing
happened. It never tells what a request says, because some queues are confidential; numbers, owners and
deadlines are enough to act on. Pure functions of values.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from agents.health import Kind
from agents.metrics import Share, Spread

WORDS = 250
LATE = timedelta(minutes=10)  # a summary that comes later than this says so; a restart takes less
GRACE = timedelta(hours=4)  # the working day is half over, and nobody reads a morning summary any more
_MOST_DUE = 6
_MOST_ALERTS = 5
_SATURDAY = 5


@dataclass(frozen=True)
class Due:
    """A ticket with a deadline; `link` is the address of its card and may be empty, `owner` is a handle."""

    ticket_id: int
    link: str
    queue: str
    owner: str
    due: datetime
    what: str  # "reply" or "resolve"


@dataclass(frozen=True)
class AtRisk:
    """An account that somebody was alerted about; `owner` is a handle."""

    account: str
    owner: str
    kind: Kind
    act_by: datetime
    said: str  # what a person said to the alert; empty while nobody did


@dataclass(frozen=True)
class Morning:
    """Everything the summary says. `open` and `drafts` are by queue title; `more_…` counts what was cut."""

    since: datetime
    until: datetime
    opened: int
    resolved: int
    frt: Spread | None
    in_time: Share
    open: tuple[tuple[str, int], ...]
    overdue: tuple[Due, ...]
    due_today: tuple[Due, ...]
    drafts: tuple[tuple[str, int], ...]
    at_risk: tuple[AtRisk, ...]
    more_overdue: int = 0
    more_due_today: int = 0
    more_at_risk: int = 0

    @property
    def is_quiet(self) -> bool:
        """Say whether nothing happened and nothing waits."""
        busy = (
            self.opened,
            self.resolved,
            self.open,
            self.overdue,
            self.due_today,
            self.drafts,
            self.at_risk,
        )
        return not any(busy)


def period(now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return from when to when "yesterday" was: the last day before today that is not a weekend day, to
    midnight.

    On a Monday this is Friday to Sunday, so that no weekend request is passed over.
    """
    today = now.astimezone(zone).date()
    day = today - timedelta(days=1)
    while day.weekday() >= _SATURDAY:
        day -= timedelta(days=1)
    return _midnight(day, zone), _midnight(today, zone)


def end_of_day(now: datetime, zone: ZoneInfo) -> datetime:
    """Return the midnight that ends today."""
    return _midnight(now.astimezone(zone).date() + timedelta(days=1), zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, zone)


def name_of(since: datetime, until: datetime) -> str:
    """Return what the period is called: "Thursday", or "Friday to Sunday"."""
    last = until - timedelta(days=1)
    return f"{since:%A}" if since.date() == last.date() else f"{since:%A} to {last:%A}"


def split(due: list[Due], now: datetime) -> tuple[tuple[Due, ...], tuple[Due, ...]]:
    """Return what is overdue and what is still to come, each with the most pressing first."""
    ordered = sorted(due, key=lambda each: (each.due, each.ticket_id))
    return tuple(d for d in ordered if d.due < now), tuple(d for d in ordered if d.due >= now)


def shortened(morning: Morning) -> Morning:
    """Return the summary with its lists cut to what a person reads in the morning, and what was cut counted."""
    return _cut(morning, _MOST_DUE, _MOST_DUE, _MOST_ALERTS)


def shorter(morning: Morning) -> Morning | None:
    """Return the summary with one line less, from its longest list; None when nothing more can be cut."""
    sizes = {
        "due_today": len(morning.due_today),
        "overdue": len(morning.overdue),
        "at_risk": len(morning.at_risk),
    }
    longest = max(sizes, key=lambda name: sizes[name])
    if sizes[longest] == 0:
        return None
    sizes[longest] -= 1
    return _cut(morning, sizes["overdue"], sizes["due_today"], sizes["at_risk"])


def _cut(morning: Morning, overdue: int, due_today: int, at_risk: int) -> Morning:
    return replace(
        morning,
        overdue=morning.overdue[:overdue],
        due_today=morning.due_today[:due_today],
        at_risk=morning.at_risk[:at_risk],
        more_overdue=morning.more_overdue + max(0, len(morning.overdue) - overdue),
        more_due_today=morning.more_due_today + max(0, len(morning.due_today) - due_today),
        more_at_risk=morning.more_at_risk + max(0, len(morning.at_risk) - at_risk),
    )
