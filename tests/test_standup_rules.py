"""What the morning summary covers, and that it stays short."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from agents import standup
from agents.health import Kind
from agents.metrics import Share, Spread
from agents.standup import AtRisk, Due, Morning
from handlers.cards import standup as cards
from handlers.cards.text import escape

BERLIN = ZoneInfo("Europe/Berlin")
TUESDAY = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)
SINCE, UNTIL = standup.period(TUESDAY, BERLIN)
QUIET = Morning(SINCE, UNTIL, 0, 0, None, Share(0, 0), (), (), (), (), ())


def due(number: int, hours: float) -> Due:
    link = f"https://fernhaul.slack.com/archives/C1/p{number}"
    return Due(number, link, "Billing", "ana", TUESDAY + timedelta(hours=hours), "reply")


def at_risk(number: int) -> AtRisk:
    return AtRisk(f"Account number {number}", "rafael", Kind.USAGE_DROP, TUESDAY + timedelta(hours=9), "")


def drawn(morning: Morning) -> str:
    _, blocks = cards.summary(morning, lambda handle: f"<@{handle}>", TUESDAY)
    return "\n".join(block["text"]["text"] for block in blocks if "text" in block)


@pytest.mark.parametrize(
    ("now", "since", "name"),
    [
        (datetime(2026, 11, 24, 7, 30, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=BERLIN), "Monday"),
        (
            datetime(2026, 11, 23, 7, 30, tzinfo=UTC),
            datetime(2026, 11, 20, tzinfo=BERLIN),
            "Friday to Sunday",
        ),
        (
            datetime(2026, 11, 22, 7, 30, tzinfo=UTC),
            datetime(2026, 11, 20, tzinfo=BERLIN),
            "Friday to Saturday",
        ),
        # Late on Monday evening by UTC is Tuesday in Berlin.
        (datetime(2026, 11, 23, 23, 30, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=BERLIN), "Monday"),
        # The clocks went back on Sunday 25 October: that Friday still began at midnight.
        (
            datetime(2026, 10, 26, 7, 30, tzinfo=UTC),
            datetime(2026, 10, 23, tzinfo=BERLIN),
            "Friday to Sunday",
        ),
    ],
)
def test_the_period_is_since_the_last_working_day(now: datetime, since: datetime, name: str) -> None:
    found = standup.period(now, BERLIN)
    assert found[0] == since and found[0].hour == 0 and found[1].hour == 0
    assert standup.name_of(*found) == name


def test_the_day_ends_at_midnight_even_when_it_has_25_hours() -> None:
    end = standup.end_of_day(datetime(2026, 10, 25, 7, 0, tzinfo=UTC), BERLIN)
    assert end.astimezone(UTC) == datetime(2026, 10, 25, 23, 0, tzinfo=UTC)


def test_overdue_and_still_to_come_are_told_apart_in_order() -> None:
    overdue, later = standup.split([due(1, 2), due(2, -1), due(3, -5), due(4, 0)], TUESDAY)
    assert [each.ticket_id for each in overdue] == [3, 2]
    assert [each.ticket_id for each in later] == [4, 1]


def test_a_quiet_day_is_said_to_be_one() -> None:
    text, blocks = cards.summary(QUIET, escape, TUESDAY)
    assert text == "Monday: nothing happened, and nothing is open. Have a good day."
    assert len(blocks) == 2


def test_numbers_come_first_and_tickets_have_links_and_owners() -> None:
    busy = replace(
        QUIET,
        opened=7,
        resolved=4,
        frt=Spread(6, timedelta(minutes=12), timedelta(hours=1)),
        in_time=Share(5, 6),
        open=(("Billing", 3), ("IT & co", 1)),
        overdue=(due(12, -1),),
        due_today=(due(13, 1),),
        drafts=(("Billing", 2),),
        at_risk=(at_risk(1),),
    )
    said = drawn(busy)
    assert "*Monday*: 7 new, 4 resolved, first reply after 12 min (median), 83% of replies in time." in said
    assert "*Open*: Billing 3, IT &amp; co 1." in said
    assert "*Drafts waiting for approval*: Billing 2." in said
    assert "• <https://fernhaul.slack.com/archives/C1/p12|T-12> Billing, <@ana>: reply <!date^" in said
    assert said.count("^was due {date_short_pretty} at {time}|") == 1
    assert "|T-13> Billing, <@ana>: reply <!date^" in said
    assert "*Account number 1*: usage is down, <@rafael>, act <!date^" in said
    assert said.count("^by {date_short_pretty} at {time}|") == 2


def test_the_end_of_the_period_is_today_and_names_the_post() -> None:
    _, blocks = cards.summary(QUIET, escape, TUESDAY)
    assert blocks[0]["text"]["text"] == "Good morning: Tuesday, 24 November"


def test_nothing_urgent_is_said_too() -> None:
    assert "Nothing is overdue and nothing else is due today." in drawn(replace(QUIET, opened=1))


@pytest.mark.parametrize("count", [0, 5, 40, 400])
def test_the_summary_never_has_more_than_250_words(count: int) -> None:
    busy = replace(
        QUIET,
        opened=count,
        open=tuple((f"The queue called {n}", count) for n in range(min(count, 12))),
        drafts=tuple((f"The queue called {n}", count) for n in range(min(count, 12))),
        overdue=tuple(due(n, -1) for n in range(count)),
        due_today=tuple(due(n, 1) for n in range(count)),
        at_risk=tuple(at_risk(n) for n in range(count)),
    )
    _, blocks = cards.summary(busy, lambda handle: f"<@{handle}>", TUESDAY)
    assert cards.words(blocks) <= 250


def test_an_alert_whose_deadline_has_passed_says_so() -> None:
    late = replace(at_risk(1), act_by=TUESDAY - timedelta(hours=1))
    said = drawn(replace(QUIET, at_risk=(late,)))
    assert "action <!date^" in said and "^was due {date_short_pretty} at {time}|" in said


def test_a_time_counts_as_many_words_as_people_read() -> None:
    assert cards.words([{"text": {"text": "reply <!date^1^by {date_short_pretty} at {time}|x> <@U1>"}}]) == 9


def test_what_is_cut_is_counted() -> None:
    busy = replace(QUIET, overdue=tuple(due(n, -1) for n in range(40)))
    said = drawn(busy)
    shown = said.count("|T-")
    assert 0 < shown < 40
    assert f"… and {40 - shown} more" in said


def test_cutting_takes_from_the_longest_list_until_nothing_is_left() -> None:
    morning: Morning | None = replace(QUIET, overdue=(due(1, -1), due(2, -1)), due_today=(due(3, 1),))
    cuts = []
    while morning is not None:
        cuts.append(
            (len(morning.overdue), len(morning.due_today), morning.more_overdue, morning.more_due_today)
        )
        morning = standup.shorter(morning)
    assert cuts[0] == (2, 1, 0, 0) and cuts[1] == (1, 1, 1, 0) and cuts[-1] == (0, 0, 2, 1)
