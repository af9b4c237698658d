"""kill -9 at random instants: no request is lost, nothing is posted twice, and the history has no holes.

`make process` runs a short form; `make chaos` sets CHAOS_REQUESTS and CHAOS_KILLS, of each store, and prints figures.
"""

from __future__ import annotations

import asyncio
import os
import random
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks.figures import Figure, commit, line, percentile, record
from tests.chaos.conftest import SIZES, Databases
from tests.chaos.fleet import calm_policy, fleet
from tests.chaos.judge import Verdict, judge
from tests.chaos.nursery import Midwife, nursery
from tests.chaos.stream import Stream

_SHORT = {"sqlite": (40, 3), "postgres": (40, 4)}
_SEED = 20261124
_TAKEOVER_S = 15


def figures(stream: Stream, verdict: Verdict, store: str) -> list[Figure]:
    """Return what is measured; those with a goal are a contract."""
    found = [
        Figure(f"chaos.requests.{store}", len(stream.posted), "requests", (">=", 1000), must=True),
        Figure(f"chaos.kills.{store}", len(stream.fleet.deaths), "kills", (">=", 100), must=True),
        Figure(f"chaos.lost.{store}", len(verdict.lost), "things", ("=", 0), must=True),
        Figure(f"chaos.doubled.{store}", len(verdict.doubled), "things", ("=", 0), must=True),
        Figure(f"chaos.orphans.{store}", len(verdict.orphans), "flows and cards", ("=", 0), must=True),
        Figure(f"chaos.holes.{store}", len(verdict.holes), "tickets", ("=", 0), must=True),
        Figure(f"chaos.undelivered.{store}", verdict.undelivered, "events", ("=", 0), must=True),
        Figure(f"chaos.replies.{store}", verdict.replies, "replies"),
        Figure(f"chaos.commands.{store}", verdict.commands, "commands"),
        Figure(f"chaos.said_again.{store}", verdict.said_again, "answers"),
    ]
    if stream.fleet.size > 1:
        slowest = max(stream.fleet.takeovers, default=float("nan"))
        found.append(Figure(f"chaos.takeover_s.{store}", slowest, "s", ("<=", _TAKEOVER_S), must=True))
        typical = percentile(stream.fleet.takeovers, 0.5)
        found.append(Figure(f"chaos.takeover_p50_s.{store}", typical, "s"))
        resumed = stream.fleet.resumptions
        found.append(Figure(f"chaos.resumed_s.{store}", max(resumed, default=float("nan")), "s"))
        found.append(Figure(f"chaos.resumed_p50_s.{store}", percentile(resumed, 0.5), "s"))
        found.append(Figure(f"chaos.takeovers.{store}", len(stream.fleet.takeovers), "deaths with work"))
        found.append(Figure(f"chaos.fenced.{store}", stream.fleet.fenced, "processes"))
    return found


@pytest.mark.chaos
async def test_killed_again_and_again_it_loses_nothing_and_says_nothing_twice(
    tmp_path: Path, store: str, databases: Databases
) -> None:
    requests = int(os.environ.get("CHAOS_REQUESTS", _SHORT[store][0]))
    kills = int(os.environ.get("CHAOS_KILLS", _SHORT[store][1]))
    patience = 120.0 + requests / 4
    is_full = "CHAOS_REQUESTS" in os.environ
    async with AsyncExitStack() as stack:
        url = stack.enter_context(databases(tmp_path))
        born = await stack.enter_async_context(nursery()) if is_full else None
        opened = await stack.enter_async_context(
            fleet(tmp_path / "bot", url, calm_policy(tmp_path), SIZES[store])
        )
        if born:
            # Reading the code at every start would take more of the machine than all the work.
            given = opened.host.launcher
            opened.host.launcher = Midwife(given.folder, given.env, given.started, born)
        stream = Stream(opened, random.Random(_SEED), requests, kills, patience, 2.0 if is_full else 4.0)
        async with asyncio.timeout(patience + 30 * kills):
            await stream.run()
        verdict = await judge(stream)

    found = figures(stream, verdict, store)
    print(
        "\n".join(["", *map(line, found), *verdict.lost, *verdict.doubled, *verdict.holes, *verdict.orphans])
    )
    if is_full:
        record(found, datetime.now(UTC), commit())
    assert verdict.lost == []
    assert verdict.doubled == []
    assert verdict.holes == []
    assert verdict.orphans == []
    assert verdict.undelivered == 0
    assert sum(verdict.outcomes.values()) == requests
    assert verdict.outcomes["routed"] > 0
    assert verdict.replies > 0
    assert verdict.commands > 0
    assert max(opened.takeovers, default=0.0) <= _TAKEOVER_S
