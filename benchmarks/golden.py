"""The cases with known answers: how they are read, what counts as right, and how the outcome is shown.

Whoever runs `make evals-golden` reads each failure in one line, what was taken for what, and the shares by grade and
language. Nothing here asks an engine.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from agents.words import Priority, Triage, Usage
from benchmarks.figures import Figure, percentile

TALK = "(talk)"


@dataclass(frozen=True)
class Case:
    """A message with its right answer. `category` is None where it is talk; `priority` where any will do."""

    id: str
    channel: str
    person: str
    text: str
    category: str | None
    priority: Priority | None
    grade: str
    pair: str = ""
    language: str = "en"
    hostile: bool = False

    @property
    def expected(self) -> str:
        """Return the answer as it is printed."""
        return " ".join(filter(None, (self.category or TALK, self.priority)))


@dataclass(frozen=True)
class Given:
    """What the bot would have made of a case. `triage` is there for whatever is, or was taken for, a request."""

    case: Case
    is_request: bool
    triage: Triage | None
    milliseconds: float
    usage: tuple[Usage, ...] = field(repr=False, default=())

    @property
    def way(self) -> str:
        """Return the category it was given, or that it was taken for talk."""
        return self.triage.category if self.is_request and self.triage else TALK

    @property
    def goes_right(self) -> bool:
        """Say whether it went where it should, at whatever priority."""
        return self.way == (self.case.category or TALK)

    @property
    def passed(self) -> bool:
        """Say whether everything that the case names is right."""
        wanted = self.case.priority
        return self.goes_right and (
            wanted is None or (self.triage is not None and self.triage.priority == wanted)
        )

    @property
    def as_line(self) -> str:
        """Return the line that tells of a failure."""
        got, sure = TALK, ""
        if self.is_request and self.triage:
            got, sure = f"{self.way} {self.triage.priority}", f", {self.triage.confidence:.0%} sure"
        return f"{self.case.grade:6} {self.case.id}: expected {self.case.expected}, got {got}{sure}"


def read(path: Path) -> list[Case]:
    """Return the cases of a file. Raises KeyError and ValueError for one that is not well formed."""
    return [_case(table) for table in tomllib.loads(path.read_text(encoding="utf-8"))["case"]]


def _case(table: dict[str, Any]) -> Case:
    expect = table["expect"]
    return Case(
        id=table["id"],
        channel=table["channel"].lstrip("#"),
        person=table["person"],
        text=table["text"],
        category=expect["category"] if expect["is_request"] else None,
        priority=Priority(expect["priority"]) if "priority" in expect else None,
        grade=table["grade"],
        pair=table.get("pair", ""),
        language=table.get("language", "en"),
        hostile=table.get("hostile", False),
    )


def measure(given: Sequence[Given]) -> list[Figure]:
    """Return the figures. Those on right and wrong leave out `gap`, except in pairs and in other languages."""
    graded = [each for each in given if each.case.grade != "gap"]
    requests = [(each.case, each.triage) for each in graded if each.case.category and each.triage]
    pairs: dict[str, list[Given]] = {}
    for each in given:
        if each.case.pair:
            pairs.setdefault(each.case.pair, []).append(each)
    foreign = [each for each in given if each.case.language != "en" and each.case.category]
    times = [each.milliseconds for each in given]
    return [
        Figure(
            "golden.must",
            _share([g.passed for g in given if g.case.grade == "must"]),
            "share",
            ("=", 1.0),
            True,
        ),
        Figure(
            "golden.category", _share([t.category == c.category for c, t in requests]), "share", (">=", 0.90)
        ),
        Figure(
            "golden.request_or_talk",
            _share([g.is_request == (g.case.category is not None) for g in graded]),
            "share",
            (">=", 0.95),
        ),
        Figure(
            "golden.priority", _share([t.priority == c.priority for c, t in requests if c.priority]), "share"
        ),
        Figure("golden.pairs", _share([all(g.goes_right for g in pair) for pair in pairs.values()]), "share"),
        Figure("golden.cases", len(given), "cases", (">=", 300)),
        Figure("golden.languages_heard", _share([g.is_request for g in foreign]), "share"),
        Figure("golden.languages_category", _share([g.goes_right for g in foreign]), "share"),
        Figure("golden.ms_p50", percentile(times, 0.50), "ms"),
        Figure("golden.ms_p95", percentile(times, 0.95), "ms"),
        Figure("golden.cost_usd", sum(usage.dollars for each in given for usage in each.usage), "USD"),
    ]


def _share(passed: Sequence[bool]) -> float:
    return sum(passed) / len(passed) if passed else float("nan")


def show(given: Sequence[Given], console: Console) -> None:
    """Print what failed, what was taken for what, and the shares by grade and language."""
    for each in sorted(given, key=lambda g: ("must", "should", "gap").index(g.case.grade)):
        if not each.passed:
            console.print(each.as_line, highlight=False, markup=False)
    console.print(confusion(given))
    by_grade = Table("Grade", "Cases", "Passed", title="By grade; a gap is shown and never failed")
    by_language = Table("Language", "Cases", "Heard or let be", "Right way", title="By language, all grades")
    for grade in ("must", "should", "gap"):
        own = [each.passed for each in given if each.case.grade == grade]
        by_grade.add_row(grade, str(len(own)), f"{_share(own):.1%}")
    for language, _ in Counter(each.case.language for each in given).most_common():
        spoken = [each for each in given if each.case.language == language]
        heard = _share([each.is_request == (each.case.category is not None) for each in spoken])
        by_language.add_row(
            language, str(len(spoken)), f"{heard:.1%}", f"{_share([g.goes_right for g in spoken]):.1%}"
        )
    console.print(by_grade, by_language, sep="\n")


def confusion(given: Sequence[Given]) -> Table:
    """Return what was taken for what, most mistakes first; categories without a mistake are left out."""
    table = Table("Expected", "Cases", "Right", "Given instead", title="Taken for something else, all grades")
    cases = Counter(each.case.category or TALK for each in given)
    wrong: dict[str, Counter[str]] = {}
    for each in given:
        if not each.goes_right:
            wrong.setdefault(each.case.category or TALK, Counter())[each.way] += 1
    for expected, instead in sorted(wrong.items(), key=lambda row: (-row[1].total(), row[0])):
        told = ", ".join(f"{way} {count}" for way, count in instead.most_common())
        table.add_row(expected, str(cases[expected]), str(cases[expected] - instead.total()), told)
    return table
