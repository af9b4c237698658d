"""Business time: when a team is there, and when a promise made in its hours falls due.

People see it as "reply by Tuesday 09:40" when they ask on Monday evening. Windows are wall-clock times of a named
time zone, so a promise keeps its meaning when the clocks change; sums are made in UTC.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import GetCoreSchemaHandler
from pydantic_core import core_schema

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
WORKDAY = timedelta(hours=8)
_SEARCH = 400  # days looked ahead: more than a year of holidays means the hours are wrong

Window = tuple[time, time]


def parse_duration(text: Any, day: timedelta = WORKDAY) -> timedelta:
    """Read "15m", "4h", "2d" or "1d4h" as a span of time.

    `day` says how long "1d" is: a working day of eight hours for promises, twenty-four hours for calendars.
    Raises ValueError with a hint for anything else.
    """
    parts = re.fullmatch(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?", text) if isinstance(text, str) else None
    if not parts or not text:
        raise ValueError(f'{text!r} is not a duration; write it like "15m", "4h" or "2d"')
    days, hours, minutes = (int(part or 0) for part in parts.groups())
    span = days * day + timedelta(hours=hours, minutes=minutes)
    if not span:
        raise ValueError(f"{text!r} is no time at all; a promise needs at least a minute")
    return span


def _parse_window(text: str) -> Window:
    parts = re.fullmatch(r"(\d\d):(\d\d)-(\d\d):(\d\d)", text)
    if not parts:
        raise ValueError(f'{text!r} is not a window of hours; write it like "09:00-17:30"')
    h1, m1, h2, m2 = (int(part) for part in parts.groups())
    try:
        start, end = time(h1, m1), time.max if (h2, m2) == (24, 0) else time(h2, m2)
    except ValueError:
        raise ValueError(f"{text!r} has a time that does not exist; hours go from 00:00 to 24:00") from None
    if start >= end:
        raise ValueError(f"{text!r} ends before it starts; split a night shift at midnight")
    return start, end


@dataclass(frozen=True)
class Hours:
    """The windows of each weekday (Monday first) in one time zone, less the holidays."""

    zone: ZoneInfo
    week: tuple[tuple[Window, ...], ...]
    holidays: frozenset[date] = frozenset()

    @classmethod
    def parse(cls, table: Any) -> Hours:
        """Build hours from a `[hours.NAME]` table of policy. Raises ValueError with a hint."""
        if isinstance(table, Hours):
            return table
        if not isinstance(table, dict):
            raise ValueError("hours are a table of weekdays")
        known = {"timezone", "holidays", "every_day", *DAYS}
        if unknown := set(table) - known:
            raise ValueError(f"unknown key {sorted(unknown)[0]!r}; known are {', '.join(sorted(known))}")
        try:
            zone = ZoneInfo(str(table.get("timezone", "UTC")))
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(
                f'{table["timezone"]!r} is not a time zone; write it like "Europe/Berlin"'
            ) from None
        every: list[str] = table.get("every_day", [])
        week = tuple(
            tuple(sorted(_parse_window(window) for window in table.get(day, every) or ())) for day in DAYS
        )
        for day, windows in zip(DAYS, week, strict=True):
            if any(a[1] > b[0] for a, b in pairwise(windows)):
                raise ValueError(f"the windows of {day} overlap")
        if not any(week):
            raise ValueError('nobody is ever there; give at least one day, such as monday = ["09:00-17:00"]')
        try:
            holidays = frozenset(date.fromisoformat(str(day)) for day in table.get("holidays", []))
        except ValueError as wrong:
            raise ValueError(f'a holiday is not a date: {wrong}; write it like "2026-12-25"') from None
        return cls(zone, week, holidays)

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(cls.parse)

    def windows_from(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield the open windows after `start` as UTC pairs, oldest first; the first one may begin at `start`."""
        today = start.astimezone(self.zone).date()
        for offset in range(_SEARCH):
            day = today + timedelta(days=offset)
            if day in self.holidays:
                continue
            for opens, closes in self.week[day.weekday()]:
                begin = datetime.combine(day, opens, self.zone).astimezone(UTC)
                if closes == time.max:
                    end = datetime.combine(day + timedelta(days=1), time.min, self.zone).astimezone(UTC)
                else:
                    end = datetime.combine(day, closes, self.zone).astimezone(UTC)
                if end > start:
                    yield max(begin, start.astimezone(UTC)), end

    def open_at(self, moment: datetime) -> bool:
        """Say whether the team is there at this moment."""
        begin, _ = next(self.windows_from(moment))
        return begin <= moment

    def add(self, start: datetime, span: timedelta) -> datetime:
        """Return the UTC moment at which `span` of business time has passed since `start`."""
        left = span
        for begin, end in self.windows_from(start):
            if end - begin >= left:
                return begin + left
            left -= end - begin
        raise ValueError("these hours never add up to the promise; are there holidays for a year?")
