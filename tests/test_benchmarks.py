"""The benchmark's own arithmetic and judgement: what it calls lost or doubled, and how it says what it found."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
import sys
from asyncio.events import Handle
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from math import inf, isnan, nan
from pathlib import Path
from threading import get_ident

import psutil
import pytest

from agents.words import Outcome
from benchmarks.__main__ import PARTS, status
from benchmarks.figures import Figure, line, percentile, record
from benchmarks.judging import Remembered, Seen, Verdict, judge
from benchmarks.metered import Meter, install
from benchmarks.processes import Failed, started
from benchmarks.reading import Writes
from bot.vitals import Vitals

CONTRACT = re.compile(r"figure [a-z_.0-9]+ (-?[\d.e+-]+|inf|nan) \S+ goal (printed|(>=|<=|=) [\d.]+)")
TEAM, HELP, QUIET = "C-TEAM", "C-HELP", "C-QUIET"

ROUTED = Remembered(HELP, "1.0", Outcome.ROUTED, tickets=(1,), cards=("1.5",))
CARD = Seen("card:1:0", TEAM, "1.5")
LINE = Seen("line:1", HELP, "1.6", thread_ts="1.0")


def judged(
    remembered: list[Remembered], seen: list[Seen], posted: tuple[tuple[str, str], ...] = ((HELP, "1.0"),)
) -> Verdict:
    return judge(posted, remembered, seen, frozenset({TEAM}), frozenset({HELP}))


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([3.0, 1.0, 2.0], 0.5, 2.0),
        ([4.0, 1.0, 2.0, 3.0], 0.5, 2.0),
        ([float(n) for n in range(1, 101)], 0.95, 95.0),
        ([float(n) for n in range(1, 101)], 0.99, 99.0),
        ([1.0] * 94 + [inf] * 6, 0.95, inf),
        ([7.0], 0.99, 7.0),
    ],
)
def test_a_percentile_is_one_of_the_measured_values(
    values: list[float], share: float, expected: float
) -> None:
    assert percentile(values, share) == expected


def test_a_percentile_of_nothing_is_no_number_and_misses_its_goal() -> None:
    assert isnan(percentile([], 0.5))
    assert not Figure("flow.eyes_p50_s", nan, "s", ("<=", 0.5)).is_met
    assert not Figure("flow.requests_per_s", nan, "requests/s", (">=", 40)).is_met


@pytest.mark.parametrize(
    ("figure", "expected"),
    [
        (Figure("burst.lost", 0, "messages", ("=", 0)), "figure burst.lost 0 messages goal = 0"),
        (
            Figure("flow.eyes_p50_s", 0.123456, "s", ("<=", 0.5)),
            "figure flow.eyes_p50_s 0.1235 s goal <= 0.5",
        ),
        (Figure("flow.cpu_ms", 51.23456, "ms"), "figure flow.cpu_ms 51.23 ms goal printed"),
        (Figure("start.first_event_s", inf, "s", ("<=", 4)), "figure start.first_event_s inf s goal <= 4"),
    ],
)
def test_a_figure_is_printed_as_agreed(figure: Figure, expected: str) -> None:
    assert line(figure) == expected
    assert CONTRACT.fullmatch(line(figure))


def test_figures_are_appended_to_the_record_with_time_and_commit(tmp_path: Path) -> None:
    at, path = datetime(2026, 11, 24, 9, 0, tzinfo=UTC), tmp_path / "figures.jsonl"

    record([Figure("burst.lost", 2, "messages", ("=", 0), must=True)], at, "abc1234", path)
    record([Figure("flow.cpu_ms", inf, "ms")], at, None, path)

    first, second = (json.loads(row) for row in path.read_text().splitlines())
    assert first == {
        "name": "burst.lost",
        "value": 2,
        "unit": "messages",
        "goal": "= 0",
        "met": False,
        "at": "2026-11-24T09:00:00+00:00",
        "commit": "abc1234",
    }
    assert second["goal"] is None
    assert second["value"] is None, "JSON knows no infinity"


def test_only_a_missed_must_fails_the_run() -> None:
    missed = Figure("flow.eyes_p50_s", 2.0, "s", ("<=", 0.5))

    assert status([missed], failed=False) == 0
    assert status([replace(missed, must=True)], failed=False) == 1
    assert status([], failed=True) == 1


def test_a_prefix_chooses_the_parts_that_give_such_figures() -> None:
    def names(wanted: str) -> list[str]:
        return [part.name for part in PARTS if part.gives(wanted)]

    assert names("") == [part.name for part in PARTS]
    assert names("twin.") == ["twin", "twin day", "twin page"]
    assert names("twin.page_open_ms") == ["twin page"]
    assert names("flow.") == ["flow", "burst", "steps", "throughput"]
    assert names("burst.lost") == ["burst"]
    assert names("nothing") == []


def test_one_outcome_one_card_and_one_line_is_all_well() -> None:
    verdict = judged([ROUTED], [CARD, LINE])

    assert (verdict.lost, verdict.doubled) == ([], [])
    assert verdict.outcomes == {"routed": 1}


def test_a_message_that_is_no_request_owes_nothing() -> None:
    verdict = judged([Remembered(HELP, "1.0", Outcome.NOT_A_REQUEST)], [])

    assert (verdict.lost, verdict.doubled) == ([], [])


def test_a_channel_without_a_greeting_owes_no_line() -> None:
    row = replace(ROUTED, channel=QUIET)

    assert judged([row], [CARD], ((QUIET, "1.0"),)).lost == []
    assert judged([row], [CARD, replace(LINE, channel=QUIET)], ((QUIET, "1.0"),)).doubled


@pytest.mark.parametrize(
    ("remembered", "seen"),
    [
        pytest.param([], [], id="nobody heard of it"),
        pytest.param([replace(ROUTED, outcome=None)], [CARD, LINE], id="it has no outcome"),
        pytest.param([ROUTED], [LINE], id="its card is missing"),
        pytest.param([ROUTED], [replace(CARD, channel=HELP), LINE], id="its card is where no team looks"),
        pytest.param([ROUTED], [CARD], id="its line is missing"),
        pytest.param([ROUTED], [CARD, replace(LINE, thread_ts="")], id="its line is not in its thread"),
        pytest.param([replace(ROUTED, cards=("",))], [CARD, LINE], id="the database has lost its card"),
        pytest.param([replace(ROUTED, tickets=(), cards=())], [], id="it has no ticket"),
    ],
)
def test_what_is_missing_is_lost(remembered: list[Remembered], seen: list[Seen]) -> None:
    assert judged(remembered, seen).lost


@pytest.mark.parametrize(
    ("remembered", "seen"),
    [
        pytest.param([ROUTED], [CARD, replace(CARD, ts="1.7"), LINE], id="a card twice"),
        pytest.param(
            [ROUTED], [CARD, Seen("card:1:0:here", TEAM, "1.7"), LINE], id="a card under another key"
        ),
        pytest.param([ROUTED], [CARD, LINE, replace(LINE, ts="1.7")], id="a line twice"),
        pytest.param([ROUTED], [CARD, LINE, Seen("line:9", HELP, "1.7", "1.0")], id="a second line"),
        pytest.param([ROUTED, ROUTED], [CARD, LINE], id="two requests"),
        pytest.param(
            [replace(ROUTED, tickets=(1, 2), cards=("1.5", "1.7"))],
            [CARD, Seen("card:2:0", TEAM, "1.7"), LINE],
            id="two tickets",
        ),
        pytest.param([ROUTED], [CARD, LINE, Seen("card:8:0", TEAM, "1.7")], id="a card for nobody"),
        pytest.param(
            [replace(ROUTED, outcome=Outcome.NOT_A_REQUEST)], [CARD], id="a card for what is no request"
        ),
    ],
)
def test_what_is_there_once_too_often_is_doubled(remembered: list[Remembered], seen: list[Seen]) -> None:
    assert judged(remembered, seen).doubled


async def test_two_steps_that_take_turns_are_booked_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    worked: Counter[int] = Counter()  # what each thread's clock shows
    for owner, name in ((Handle, "_run"), (ThreadPoolExecutor, "submit"), (Vitals, "step"), (Vitals, "flow")):
        monkeypatch.setattr(owner, name, getattr(owner, name))
    meter, vitals, loop = Meter(lambda: worked[get_ident()]), Vitals(), asyncio.get_running_loop()
    install(meter)

    def work(seconds: int) -> None:
        worked[get_ident()] += seconds

    async def flow(step: str, seconds: int) -> None:
        with vitals.flow("some"):
            work(1)
            with vitals.step(step):
                for _ in range(3):
                    work(seconds)
                    await asyncio.sleep(0)
                with ThreadPoolExecutor() as pool:
                    await loop.run_in_executor(pool, work, 100)
            work(1)

    await asyncio.gather(flow("card of 7", 10), flow("draft", 20))

    assert dict(meter.spent) == {"card of": 130, "draft": 160, "between steps": 4, "outside flows": 0}


def test_every_commit_to_a_file_is_counted_even_after_its_log_was_emptied(tmp_path: Path) -> None:
    file = tmp_path / "some.sqlite"
    with closing(sqlite3.connect(file, isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("CREATE TABLE receipt (id INTEGER PRIMARY KEY, body TEXT)")
        writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with closing(Writes(file)) as writes:
            for _ in range(3):
                writer.execute("INSERT INTO receipt (body) VALUES ('x')")
            writer.execute("BEGIN")
            writer.execute("INSERT INTO receipt (body) VALUES ('y')")
            writer.execute("INSERT INTO receipt (body) VALUES ('z')")
            writer.execute("COMMIT")
            writer.execute("PRAGMA wal_checkpoint(PASSIVE)")
            commits, pages = writes.so_far()

    assert commits == 4
    assert pages >= 4


async def test_what_was_started_has_ended_when_the_benchmark_fails(tmp_path: Path) -> None:
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up'); time.sleep(60)"
    seen: list[int] = []

    async def fail() -> None:
        async with started([sys.executable, "-c", deaf], tmp_path / "log", cwd=tmp_path) as process:
            await process.says("up")
            seen.append(process.process.pid)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()

    assert not psutil.pid_exists(seen[0])


async def test_a_process_that_ends_by_itself_is_told_with_its_last_words(tmp_path: Path) -> None:
    async def wait() -> None:
        async with started(
            [sys.executable, "-c", "exit('no such luck')"], tmp_path / "log", cwd=tmp_path
        ) as process:
            await process.says("Ready.")

    with pytest.raises(Failed, match="no such luck"):
        await wait()
