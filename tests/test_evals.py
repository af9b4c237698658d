"""The evaluation by golden cases: what the file has to hold, what a failure looks like, and Claude on the loopback."""

from __future__ import annotations

import asyncio
import io
import json
import re
from collections import Counter
from dataclasses import replace
from math import isnan
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from agents.engines import Engines
from agents.words import Priority, Sentiment, Triage
from benchmarks.evals_golden import GOLDEN, ask, main, named
from benchmarks.figures import Figure
from benchmarks.golden import TALK, Case, Given, confusion, measure, read, show
from tests.claude_server import API_KEY, Fails, Says, serving
from tests.local_world import engine, models, policy

INVOICE = Case(
    "an-invoice", "customer-support", "kim", "Please send us the October invoice as a PDF again", "billing-invoice",
    Priority.P3, "must",
)  # fmt: skip
REFUND = Case(
    "a-refund", "customer-support", "kim", "You charged us twice, please refund one of the payments",
    "billing-refund", Priority.P2, "must",
)  # fmt: skip
CHAT = Case("a-chat", "customer-support", "kim", "Thank you so much, have a nice weekend", None, None, "must")


def judged(category: str, priority: Priority = Priority.P3, confidence: float = 0.9) -> Triage:
    return Triage(
        True, category, None, priority, Sentiment.NEUTRAL, "en", confidence, "what is asked", "why", "local"
    )


def given(case: Case, triage: Triage | None) -> Given:
    return Given(case, triage is not None, triage, 5.0)


def values(figures: list[Figure]) -> dict[str, float]:
    return {figure.name: figure.value for figure in figures}


def as_toml(*cases: Case) -> str:
    lines = []
    for case in cases:
        parts = [f"is_request = {'true' if case.category else 'false'}"]
        parts += [f'category = "{case.category}"'] if case.category else []
        parts += [f'priority = "{case.priority}"'] if case.priority else []
        lines += [
            "[[case]]", f'id = "{case.id}"', f'channel = "{case.channel}"', f'person = "{case.person}"',
            f"text = {json.dumps(case.text)}", f"expect = {{ {', '.join(parts)} }}", f'grade = "{case.grade}"',
        ]  # fmt: skip
    return "\n".join(lines)


# What the file has to hold


def test_the_golden_cases_cover_every_category_priority_and_kind_of_text() -> None:
    cases = read(GOLDEN)
    assert len(cases) >= 300
    by_category = Counter(case.category for case in cases)
    must = Counter(case.category for case in cases if case.grade == "must")
    assert {name for name in policy().categories if by_category[name] < 6 or must[name] < 1} == set()
    assert min(Counter(case.priority for case in cases if case.priority).values()) >= 10
    assert {case.priority for case in cases if case.priority} == set(Priority)
    assert by_category[None] >= 30
    assert sum(case.hostile for case in cases) >= 20
    assert len({case.language for case in cases}) >= 6


def test_a_pair_is_two_cases_that_go_different_ways() -> None:
    pairs: dict[str, list[Case]] = {}
    for case in read(GOLDEN):
        if case.pair:
            pairs.setdefault(case.pair, []).append(case)
    assert len(pairs) >= 30
    assert {name for name, both in pairs.items() if len(both) != 2} == set()
    assert {name for name, (one, other) in pairs.items() if one.category == other.category} == set()


def test_no_golden_case_names_a_domain_that_somebody_could_own() -> None:
    hosts = {
        host
        for case in read(GOLDEN)
        for host in re.findall(r"(?:https?://|@)((?:[\w-]+\.)+[a-z]{2,})", case.text)
    }
    assert {host for host in hosts if not re.search(r"(?:^|\.)example(?:\.com|\.net|\.org)?$", host)} == set()


# What is right, and how it is told


def test_a_case_passes_when_way_and_priority_are_right_and_any_priority_does_where_none_is_named() -> None:
    assert given(INVOICE, judged("billing-invoice")).passed
    assert not given(INVOICE, judged("billing-invoice", Priority.P1)).passed
    assert given(replace(INVOICE, priority=None), judged("billing-invoice", Priority.P1)).passed
    assert not given(INVOICE, judged("billing-refund")).passed
    assert not given(INVOICE, None).passed
    assert given(CHAT, None).passed
    assert not given(CHAT, judged("how-to")).passed


def test_a_failure_is_one_line_and_what_was_taken_for_what_is_a_table_of_mistakes_only() -> None:
    found = [
        given(INVOICE, judged("billing-refund", Priority.P2, 0.62)),
        given(replace(INVOICE, id="lost"), None),
        given(REFUND, judged("billing-refund", Priority.P2)),
    ]
    out = io.StringIO()
    show(found, Console(file=out, width=100))
    assert "must   an-invoice: expected billing-invoice P3, got billing-refund P2, 62% sure" in out.getvalue()
    assert f"must   lost: expected billing-invoice P3, got {TALK}" in out.getvalue()
    table = confusion(found)
    rows = list(zip(*(column.cells for column in table.columns), strict=True))
    assert rows == [("billing-invoice", "2", "0", f"billing-refund 1, {TALK} 1")]


def test_a_gap_is_never_failed_and_a_pair_passes_only_whole() -> None:
    found = [
        given(replace(INVOICE, pair="money"), judged("billing-invoice")),
        given(replace(REFUND, pair="money", grade="should"), judged("billing-invoice")),
        given(replace(INVOICE, grade="gap"), judged("how-to")),
        given(CHAT, None),
    ]
    figures = values(measure(found))
    assert figures["golden.must"] == 1
    assert figures["golden.category"] == 0.5
    assert figures["golden.request_or_talk"] == 1
    assert figures["golden.pairs"] == 0
    assert figures["golden.cases"] == 4
    assert isnan(figures["golden.languages_heard"])


def test_figures_of_claude_are_named_so() -> None:
    first = named(measure([given(CHAT, None)]), "claude")[0]
    assert first.name == "golden.must.claude"


# The command


def test_without_a_key_claude_is_not_asked_and_one_sentence_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    assert main(["--engine", "claude"]) == 2
    said = capsys.readouterr().err
    assert "set ANTHROPIC_API_KEY" in said
    assert said.count("\n") == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cases", "deed", "code", "words"),
    [
        ((INVOICE,), None, 0, "figure golden.must.claude 1 share goal = 1"),
        ((INVOICE, REFUND), None, 1, "a-refund: expected billing-refund P2, got billing-invoice"),
        ((INVOICE, replace(REFUND, grade="gap")), None, 0, "gap    a-refund"),
        ((INVOICE,), Fails(529), 1, "figure golden.answered.claude 0 share goal = 1"),
    ],
)
async def test_the_same_cases_are_put_to_claude(
    cases: tuple[Case, ...],
    deed: Fails | None,
    code: int,
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    says: dict[str, Any] = {
        "because": "An invoice is named.", "category": "billing-invoice", "runner_up": None, "certainty": "clear",
        "priority": "P3", "sentiment": "neutral", "language": "en", "is_request": True, "summary": "An invoice.",
    }  # fmt: skip
    models()
    file, kept = tmp_path / "cases.toml", tmp_path / "figures.jsonl"
    file.write_text(as_toml(*cases), encoding="utf-8")
    async with serving() as server:
        server.always(deed or Says(json.dumps(says)))
        monkeypatch.setenv("ANTHROPIC_API_KEY", API_KEY)
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.base_url)
        ended = await asyncio.to_thread(
            main, ["--engine", "claude", "--cases", str(file), "--record", str(kept), "--only", "golden"]
        )
        assert server.bodies
    out = capsys.readouterr().out
    assert words in out
    assert ended == code
    rows = {row["name"]: row for row in map(json.loads, kept.read_text(encoding="utf-8").splitlines())}
    if deed is None:
        assert rows["golden.cost_usd.claude"]["value"] > 0


@pytest.mark.slow
async def test_the_local_engine_is_asked_as_the_bot_asks_it() -> None:
    found = await ask([INVOICE, REFUND, CHAT], policy(), Engines(engine()), 1)
    assert [each.way for each in found] == ["billing-invoice", "billing-refund", TALK]
    assert {usage.engine for each in found for usage in each.usage} == {"local"}
