"""Business time: promises fall due when the team is there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.hours import Hours, parse_duration

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = Hours.parse(
    {
        "timezone": "Europe/Berlin",
        "monday": ["09:00-12:00", "13:00-17:00"],
        "tuesday": ["09:00-17:00"],
        "friday": ["09:00-15:00"],
        "holidays": ["2026-12-25"],
    }
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("asked", "span", "due"),
    [
        ("2026-11-23 09:00", "1h", "2026-11-23 10:00"),
        ("2026-11-23 11:30", "1h", "2026-11-23 13:30"),  # over lunch
        ("2026-11-23 16:30", "1h", "2026-11-24 09:30"),  # overnight
        ("2026-11-22 10:00", "15m", "2026-11-23 09:15"),  # asked on a Sunday
        ("2026-11-24 16:00", "2h", "2026-11-27 10:00"),  # over two days without hours
        ("2026-12-22 16:00", "2h", "2026-12-28 10:00"),  # over a holiday
        ("2026-11-23 07:00", "7h", "2026-11-23 17:00"),  # exactly to closing time
    ],
)
def test_a_promise_falls_due_in_business_time(asked: str, span: str, due: str) -> None:
    assert OFFICE.add(at(asked), parse_duration(span)) == at(due)


def test_a_promise_keeps_its_wall_clock_when_the_clocks_change() -> None:
    nights = Hours.parse({"timezone": "Europe/Berlin", "every_day": ["00:00-24:00"]})

    # At 02:00 on this Sunday the clock goes back to 01:00 UTC, so the night has an hour more.
    due = nights.add(at("2026-10-24 22:00"), timedelta(hours=12))

    assert due == at("2026-10-25 09:00")


def test_the_team_is_there_within_a_window_and_not_at_its_end() -> None:
    assert OFFICE.open_at(at("2026-11-23 09:00"))
    assert OFFICE.open_at(at("2026-11-23 11:59"))
    assert not OFFICE.open_at(at("2026-11-23 12:00"))
    assert not OFFICE.open_at(at("2026-12-25 10:00"))


@given(
    start=st.datetimes(datetime(2026, 1, 1), datetime(2027, 6, 1)),
    first=st.integers(1, 900),
    second=st.integers(1, 900),
)
def test_two_spans_one_after_the_other_are_as_long_as_both_together(
    start: datetime, first: int, second: int
) -> None:
    begin = start.replace(tzinfo=UTC)

    once = OFFICE.add(begin, timedelta(minutes=first + second))
    twice = OFFICE.add(OFFICE.add(begin, timedelta(minutes=first)), timedelta(minutes=second))

    assert once == twice
    assert once > begin


@pytest.mark.parametrize(
    ("text", "span"),
    [("15m", timedelta(minutes=15)), ("2d", timedelta(hours=16)), ("1d4h", timedelta(hours=12))],
)
def test_durations_are_read(text: str, span: timedelta) -> None:
    assert parse_duration(text) == span


@pytest.mark.parametrize("text", ["", "15", "h", "0m", "1.5h", "15 m", None, 15])
def test_what_is_no_duration_is_refused_with_a_hint(text: object) -> None:
    with pytest.raises(ValueError, match=r"write it like|at least a minute"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("table", "hint"),
    [
        ({"timezone": "Europe/Belrin", "monday": ["09:00-17:00"]}, "not a time zone"),
        ({"monday": ["9-17"]}, "write it like"),
        ({"monday": ["17:00-09:00"]}, "ends before it starts"),
        ({"monday": ["09:00-25:00"]}, "does not exist"),
        ({"monday": ["09:00-12:00", "11:00-17:00"]}, "overlap"),
        ({"moday": ["09:00-17:00"]}, "unknown key 'moday'"),
        ({"timezone": "UTC"}, "nobody is ever there"),
        ({"monday": ["09:00-17:00"], "holidays": ["Christmas"]}, "not a date"),
    ],
)
def test_hours_that_cannot_be_are_refused_with_a_hint(table: dict[str, object], hint: str) -> None:
    with pytest.raises(ValueError, match=hint):
        Hours.parse(table)
