"""When reports are one incident, and when two messages are one request."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence

import pytest

from agents.incidents import Grouped, Report, Rules, group, is_same, near, priority_of
from agents.local.cues.text import plain
from agents.words import Priority
from tests.local_world import embedder, policy
from tests.world import COMPANY

RULES = Rules(3, 0.55, frozenset({"outage", "bug-report"}), frozenset({"outage"}))


def report(number: int, category: str = "outage", incident: int | None = None, reporter: str = "") -> Report:
    return Report(number, reporter or f"acc-{number}", category, "It is down", incident)


def alike(others: Sequence[Report], likeness: float = 0.6) -> dict[int, float]:
    return {other.ticket_id: likeness for other in others}


@pytest.mark.parametrize(
    ("category", "other", "likeness", "is_near"),
    [
        ("outage", "outage", 0.2, True),
        ("outage", "outage", 0.19, False),
        ("bug-report", "bug-report", 0.54, False),
        ("bug-report", "bug-report", 0.55, True),
        ("bug-report", "outage", 0.4, False),
        ("bug-report", "outage", 0.7, True),
    ],
)
def test_two_outages_are_near_sooner_than_two_faults(
    category: str, other: str, likeness: float, is_near: bool
) -> None:
    assert near(report(1, category), report(2, other), likeness, RULES) is is_near


@pytest.mark.parametrize(
    ("new", "others", "belongs"),
    [
        ("the third of three", [report(1), report(2)], None),
        ("the fourth", [report(1), report(2), report(3)], Grouped(None, (1, 2, 3, 9))),
        ("colleagues of one customer", [report(n, reporter="acc-1") for n in (1, 2, 3)], None),
        ("with two of its own customer", [report(1), report(2, reporter="acc-9"), report(3)], None),
        ("of an incident", [report(1, incident=4), report(2, incident=4)], Grouped(4)),
        ("like one that may be there by mistake", [report(1, incident=4)], None),
        (
            "of the larger of two",
            [*(report(n, incident=4) for n in (1, 2)), *(report(n, incident=5) for n in (3, 5, 6))],
            Grouped(5),
        ),
        ("another kind", [report(n, "how-to") for n in (1, 2, 3)], None),
    ],
)
def test_a_report_belongs_to_what_enough_others_report(
    new: str, others: list[Report], belongs: Grouped | None
) -> None:
    assert group(report(9), others, alike(others), RULES) == belongs


def test_a_kind_that_policy_does_not_name_is_never_grouped() -> None:
    others = [report(n, "how-to") for n in range(1, 9)]
    assert group(report(9, "how-to"), others, alike(others, 1.0), RULES) is None


@pytest.mark.parametrize(
    ("priorities", "reporters", "priority"),
    [
        ([Priority.P3, Priority.P2], 4, Priority.P2),
        ([Priority.P3, Priority.P2], 5, Priority.P1),
        ([Priority.P4], 5, Priority.P3),
        ([Priority.P3], 10, Priority.P1),
        ([Priority.P1], 2, Priority.P1),
        ([], 0, Priority.P3),
    ],
)
def test_the_more_report_it_the_more_urgent_it_is(
    priorities: list[Priority], reporters: int, priority: Priority
) -> None:
    assert priority_of(priorities, reporters) == priority


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Where is my invoice?", " where is  my invoice", True),
        ("Where is my invoice?", "Where is my invoice? It is for August.", False),
        ("Refund 20 dollars", "Refund 200 dollars", False),
        ("", "", False),
        ("?", "?", True),
    ],
)
def test_only_the_same_words_are_the_same_request(one: str, other: str, same: bool) -> None:
    assert is_same(one, other) is same


def grouped(posted: Sequence[tuple[str, str]]) -> list[list[str]]:
    """Let different customers post these (category, text) within an hour; return the texts of each incident."""
    vectors = embedder().embed([plain(text) for _, text in posted])
    likeness, rules, incident = vectors @ vectors.T, policy().incident_rules(), dict[int, int]()
    for n, (category, text) in enumerate(posted):
        others = [Report(m, f"acc-{m}", posted[m][0], posted[m][1], incident.get(m)) for m in range(n)]
        found = group(
            Report(n, f"acc-{n}", category, text), others, {m: float(likeness[n, m]) for m in range(n)}, rules
        )
        if found is not None:
            number = found.incident_id if found.incident_id is not None else n
            incident |= dict.fromkeys(found.tickets or (n,), number)
    numbers = dict.fromkeys(incident.values())
    return [[posted[n][1] for n, one in incident.items() if one == number] for number in numbers]


@pytest.mark.slow
def test_different_requests_of_one_hour_are_no_incident_and_reports_of_an_outage_are_one() -> None:
    """All golden cases at once, as if each came from another customer."""
    cases = tomllib.loads((COMPANY / "golden.toml").read_text(encoding="utf-8"))["case"]
    posted = [(case["expect"]["category"], case["text"]) for case in cases if "category" in case["expect"]]
    # Three who cannot work because of the VPN within an hour are an incident, and so one of the cases stays away.
    others = [
        (category, text) for category, text in posted if category != "outage" and "VPN down" not in text
    ]
    for name in policy().incident_rules().categories - {"outage"}:
        others += [(name, text) for text in policy().categories[name].examples]

    assert grouped(others) == []
    [incident] = grouped([*others, *((kind, text) for kind, text in posted if kind == "outage")])
    assert {category for category, text in posted if text in incident} == {"outage"}
