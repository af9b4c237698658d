"""The formulas behind the figures, against values worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agents import metrics
from agents.metrics import Approvals, Assumptions, DraftFigures, Share, TicketFigures
from agents.words import DraftStatus, Priority, Status
from handlers.cards import metrics as cards

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ASKED = NOW - timedelta(hours=10)


def ticket(**changes: Any) -> TicketFigures:
    values: dict[str, Any] = {
        "id": 1,
        "queue": "billing",
        "category": "billing-invoice",
        "priority": Priority.P3,
        "status": Status.ROUTED,
        "asked_at": ASKED,
    }
    return TicketFigures(**values | changes)


def resolved(minutes: int = 60, **changes: Any) -> TicketFigures:
    return ticket(status=Status.RESOLVED, resolved_at=ASKED + timedelta(minutes=minutes), **changes)


def minutes(*values: int) -> list[timedelta]:
    return [timedelta(minutes=value) for value in values]


@pytest.mark.parametrize(
    ("times", "median", "p90"),
    [
        (minutes(10), 10, 10),
        (minutes(10, 20), 15, 20),
        (minutes(30, 10, 20), 20, 30),
        (minutes(1, 2, 3, 4, 5, 6, 7, 8, 9, 100), 5.5, 9),
        (minutes(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 100), 6, 10),
        (minutes(-5, 3), 1.5, 3),
    ],
)
def test_spread_is_median_and_nearest_rank(times: list[timedelta], median: float, p90: float) -> None:
    spread = metrics.spread(times)
    assert spread is not None
    assert (spread.count, spread.median, spread.p90) == (
        len(times),
        timedelta(minutes=median),
        timedelta(minutes=p90),
    )


def test_no_times_give_no_spread() -> None:
    assert metrics.spread([]) is None


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    # Worked out from the formula with z = 1.959964 in exact arithmetic, rounded to four places.
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (95, 100, 0.8882, 0.9785), (1, 2, 0.0945, 0.9055)],
)
def test_wilson_interval(part: int, whole: int, low: float, high: float) -> None:
    assert metrics.wilson(part, whole) == pytest.approx((low, high), abs=0.0001)


@pytest.mark.parametrize(("part", "whole"), [(0, 0), (3, 2), (-1, 5)])
def test_wilson_refuses_what_is_no_share(part: int, whole: int) -> None:
    with pytest.raises(ValueError, match="is not a share"):
        metrics.wilson(part, whole)


def test_decision_quality_counts_audited_tickets_only() -> None:
    quality = metrics.quality(
        [
            ticket(),  # nobody has looked at it
            ticket(touched=True),
            resolved(),
            resolved(corrected=True, touched=True),
            resolved(held=True, corrected=True, touched=True),  # not judged, so neither right nor wrong
        ]
    )
    assert quality is not None
    assert (quality.agreed, quality.audited) == (2, 3)
    assert quality.rate == pytest.approx(2 / 3)
    assert quality.deviation == pytest.approx(1 / 3)
    assert quality.low < 2 / 3 < quality.high


@pytest.mark.parametrize(("audited", "telling"), [(1, False), (19, False), (20, True)])
def test_a_few_audits_do_not_tell_much(audited: int, telling: bool) -> None:
    quality = metrics.quality([resolved() for _ in range(audited)])
    assert quality is not None and quality.is_telling is telling
    shown = cards.quality(quality)
    assert ("interval" in shown) is telling
    assert (f"{audited} of {audited} agreed; too few to say more" in shown) is not telling


@pytest.mark.parametrize(("hours", "shown"), [(0.21, "+0.2 h"), (-1.5, "\u22121.5 h"), (-0.01, "+0.0 h")])
def test_hours_have_a_sign_and_a_unit(hours: float, shown: str) -> None:
    assert cards.hours(hours) == shown


def test_only_priorities_that_occurred_are_named() -> None:
    found = metrics.figures([ticket(priority=Priority.P1), ticket(), ticket(), ticket()], [], NOW)
    _, blocks = cards.figures(found, "today", {})
    assert "*By priority*\nP1: 1 · P3: 3" in [field["text"] for field in blocks[1]["fields"]]


def test_the_table_of_categories_has_a_heading_and_fits_a_phone() -> None:
    tickets = [resolved(category="how-to"), resolved(category="how-to", touched=True)]
    _, blocks = cards.figures(
        metrics.figures(tickets, [], NOW), "today", {"how-to": "Questions about the product"}
    )
    rows = blocks[3]["elements"][0]["elements"][0]["text"].splitlines()
    assert rows == ["Category             Share Tickets", "Questions about the…   50%     1/2"]


def test_without_audits_there_is_no_decision_quality() -> None:
    assert metrics.quality([ticket(), ticket(held=True, touched=True)]) is None


def test_calling_chatter_a_request_counts_against_quality_but_not_as_volume() -> None:
    found = metrics.figures(
        [ticket(status=Status.WITHDRAWN, touched=True, corrected=True), resolved()], [], NOW
    )
    assert found.volume == 1
    assert found.quality is not None and (found.quality.agreed, found.quality.audited) == (1, 2)


def test_a_withdrawn_request_is_no_work() -> None:
    found = metrics.figures([ticket(status=Status.WITHDRAWN)], [], NOW)
    assert found.volume == 0 and found.quality is None and found.hours == 0


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("name", "due", "done", "share"),
    [
        ("in time", NOW - HOUR, NOW - 2 * HOUR, Share(1, 1)),
        ("on the dot", NOW - HOUR, NOW - HOUR, Share(1, 1)),
        ("late", NOW - 2 * HOUR, NOW - HOUR, Share(0, 1)),
        ("not done and overdue", NOW - HOUR, None, Share(0, 1)),
        ("not done and not due", NOW + HOUR, None, Share(0, 0)),
        ("done ahead", NOW + HOUR, NOW - HOUR, Share(1, 1)),
        ("nothing promised", None, NOW, Share(0, 0)),
    ],
)
def test_promises_kept(name: str, due: datetime | None, done: datetime | None, share: Share) -> None:
    assert metrics.kept([(due, done)], NOW) == share, name


def test_a_reopened_ticket_is_not_resolved() -> None:
    again = ticket(status=Status.REOPENED, resolved_at=NOW - HOUR, resolve_by=NOW - 2 * HOUR)
    found = metrics.figures([again], [], NOW)
    assert found.ttr is None and found.resolve_kept == Share(0, 1) and found.open == 1


def test_escalation_rate_is_by_category_over_settled_tickets() -> None:
    tickets = [
        resolved(category="how-to"),
        resolved(category="how-to", touched=True),
        ticket(category="how-to"),  # nobody knows yet
        ticket(category="outage", escalated_at=NOW),
        ticket(category="leave", held=True),
    ]
    assert metrics.escalation(tickets) == {"how-to": Share(1, 2), "outage": Share(1, 1), "leave": Share(1, 1)}


def test_resolved_without_touch_is_a_share_of_the_resolved() -> None:
    tickets = [resolved(), resolved(), resolved(touched=True), ticket(touched=True)]
    assert metrics.untouched(tickets) == Share(2, 3)


def test_approvals_count_what_people_decided() -> None:
    drafts = [
        DraftFigures(DraftStatus.SENT, by_person=True, edited=False),
        DraftFigures(DraftStatus.APPROVED, by_person=True, edited=False),
        DraftFigures(DraftStatus.SENT, by_person=True, edited=True),
        DraftFigures(DraftStatus.REJECTED, by_person=True, edited=False),
        DraftFigures(DraftStatus.SUPERSEDED, by_person=False, edited=False),
        DraftFigures(DraftStatus.SENT, by_person=False, edited=False),
    ]
    found = metrics.approvals(drafts)
    assert found == Approvals(unedited=2, edited=1, rejected=1)
    assert found.approved == Share(3, 4)


def test_hours_recaptured_are_minutes_saved_less_review() -> None:
    assumed = Assumptions(triage=3, reply=6, edited_reply=3, review=1, putting_right=2)
    tickets = [resolved(), resolved(), resolved(corrected=True), ticket(held=True)]
    # 2 × 3 + 2 × 6 + 1 × 3 saved, 4 × 1 + 2 × 2 spent: 13 minutes.
    assert metrics.hours_recaptured(tickets, Approvals(2, 1, 1), assumed) == pytest.approx(13 / 60)


def test_hours_recaptured_may_be_a_loss() -> None:
    assert metrics.hours_recaptured([ticket(held=True)], Approvals(0, 0, 3), Assumptions()) < 0


def test_every_priority_is_counted_even_at_zero() -> None:
    found = metrics.figures([ticket(priority=Priority.P1), ticket(priority=Priority.P1)], [], NOW)
    assert found.by_priority == {Priority.P1: 2, Priority.P2: 0, Priority.P3: 0, Priority.P4: 0}


def test_first_reply_and_resolution_count_from_the_request() -> None:
    found = metrics.figures([resolved(90, answered_at=ASKED + timedelta(minutes=20))], [], NOW)
    assert found.frt is not None and found.frt.median == timedelta(minutes=20)
    assert found.ttr is not None and found.ttr.median == timedelta(minutes=90)


@pytest.mark.parametrize(
    ("time", "shown"),
    [
        (timedelta(seconds=45), "45 s"),
        (timedelta(seconds=59.7), "1 min"),
        (timedelta(minutes=12), "12 min"),
        (timedelta(minutes=59, seconds=40), "1 h"),
        (timedelta(hours=3, minutes=5), "3 h 05 min"),
        (timedelta(hours=23, minutes=59, seconds=50), "1 d"),
        (timedelta(days=2, hours=4), "2 d 4 h"),
    ],
)
def test_spans_read_well(time: timedelta, shown: str) -> None:
    assert metrics.span(time) == shown
