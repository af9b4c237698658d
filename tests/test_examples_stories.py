"""What `examples/STORIES.md` tells of the data is in the data, and nothing else is."""

from __future__ import annotations

import csv
import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from examples import make_data

EXAMPLES = Path(__file__).parent.parent / "examples"
DATA = EXAMPLES / "data"


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def shipments() -> dict[str, list[int]]:
    """Shipments of every account by day, oldest first."""
    found: dict[str, list[int]] = {}
    for row in _rows("usage.csv"):
        found.setdefault(row["account_id"], []).append(int(row["shipments"]))
    return found


def _stories() -> dict[str, list[str]]:
    """Return the first column of each table of STORIES.md by the heading above it."""
    found: dict[str, list[str]] = {}
    for line in (EXAMPLES / "STORIES.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            rows = found.setdefault(line[3:], [])
        elif cell := re.match(r"\| ((?:acc|deal|INC)-\d+) ", line):
            rows.append(cell.group(1))
    return found


def _drop(days: list[int]) -> float:
    """Return by how much the last 14 days are below the 14 before, as a share."""
    before = sum(days[-28:-14])
    return 1 - sum(days[-14:]) / before if before else 0.0


def test_planted_drops_are_drops_by_any_measure(shipments: dict[str, list[int]]) -> None:
    planted = _stories()["Usage has dropped"]
    assert len(planted) == 8
    for account in planted:
        days = shipments[account]
        assert len(days) == make_data.DAYS
        usual = sum(days[-84:-28]) / 4
        assert _drop(days) >= 0.42, account
        assert 1 - sum(days[-14:]) / usual >= 0.40, account


def test_nobody_else_drops_unless_the_stories_say_so(shipments: dict[str, list[int]]) -> None:
    stories = _stories()
    told = {account for accounts in stories.values() for account in accounts}
    for account, days in shipments.items():
        if account not in told and sum(days[-28:-14]) >= 70:
            assert _drop(days) < 0.30, account


def test_harmless_accounts_look_like_drops_to_a_simple_rule(shipments: dict[str, list[int]]) -> None:
    harmless = _stories()["Must not alert"]
    assert len(harmless) == 9
    assert sum(_drop(shipments[account]) >= 0.40 for account in harmless) >= 5
    for account in ("acc-1021", "acc-1022", "acc-1023"):
        days = shipments[account]
        # The quiet fortnight now is like the one four weeks ago, so nothing has changed.
        assert sum(days[-14:]) == pytest.approx(sum(days[-42:-28]), rel=0.25)
    assert len(shipments["acc-1027"]) < 28
    assert sum(shipments["acc-1026"][-28:-14]) < 30
    assert 0.2 < _drop(shipments["acc-1025"]) < 0.4


def test_slow_decline_is_hidden_from_a_short_view(shipments: dict[str, list[int]]) -> None:
    (account,) = _stories()["Slow decline"]
    days = shipments[account]
    assert _drop(days) < 0.25
    assert sum(days[-14:]) < 0.6 * sum(days[:14])


def test_payments_fail_where_the_stories_say_so() -> None:
    stories = _stories()
    failed = Counter(row["account_id"] for row in _rows("invoices.csv") if row["status"] == "failed")
    twice, once = stories["Payments failed twice"], stories["Payments failed this month"]
    assert failed == {**dict.fromkeys(twice, 2), **dict.fromkeys(once, 1)}
    by_month = Counter(row["issued"] for row in _rows("invoices.csv") if row["status"] == "failed")
    assert by_month == {"2026-10-01": 3, "2026-11-01": 17}
    (doubled,) = stories["Charged twice"]
    charges = Counter((row["account_id"], row["issued"]) for row in _rows("invoices.csv"))
    assert [charge for charge, times in charges.items() if times > 1] == [(doubled, "2026-11-01")]


def test_deals_stand_still_where_the_stories_say_so() -> None:
    still = [
        row["id"]
        for row in _rows("deals.csv")
        if row["stage"] not in ("won", "lost")
        and (make_data.TODAY - date.fromisoformat(row["stage_since"])).days > 30
        and (date.fromisoformat(row["close_date"]) - make_data.TODAY).days < 14
    ]
    assert still == _stories()["Deals that stand still"]


def test_one_incident_is_going_on() -> None:
    going_on = [row["id"] for row in _rows("incidents.csv") if not row["resolved"]]
    assert going_on == _stories()["Incident going on"]
    assert {row["status"] for row in _rows("incidents.csv") if row["resolved"]} == {"resolved"}
