"""kill -9 at random instants: no request is lost, nothing is posted twice, and the history has no holes.

`make test` runs a short form; `make chaos` sets CHAOS_REQUESTS and CHAOS_KILLS and prints its figures.
"""

from __future__ import annotations

import asyncio
import os
import random
from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks.figures import Figure, commit, line, record
from tests.chaos.stream import Stream, Verdict, judge
from tests.process import host
from tests.world import COMPANY

_SHORT = (40, 3)
_SEED = 20261124


def figures(stream: Stream, verdict: Verdict, store: str) -> list[Figure]:
    """Return what is measured; the first five are a contract and must be met."""
    return [
        Figure(f"chaos.requests.{store}", len(stream.posted), "requests", (">=", 1000), must=True),
        Figure(f"chaos.kills.{store}", stream.kills, "kills", (">=", 100), must=True),
        Figure(f"chaos.lost.{store}", len(verdict.lost), "requests", ("=", 0), must=True),
        Figure(f"chaos.doubled.{store}", len(verdict.doubled), "messages", ("=", 0), must=True),
        Figure(f"chaos.orphans.{store}", verdict.orphans, "flows", ("=", 0), must=True),
        Figure(f"chaos.holes.{store}", len(verdict.holes), "tickets", ("=", 0)),
        Figure(f"chaos.undelivered.{store}", verdict.undelivered, "events"),
        Figure(f"chaos.replies.{store}", verdict.replies, "replies"),
    ]


@pytest.fixture
def quiet_policy(tmp_path: Path) -> Path:
    """The demo company's policy without its cadences, whose hour may or may not be now."""
    text = (COMPANY / "signalbox.toml").read_text(encoding="utf-8")
    start = text.index("[cadences.")
    end = text.index("\n[", text.index("[cadences.account_health]") + 1)
    for folder in ("knowledge", "data"):
        (tmp_path / folder).symlink_to(COMPANY / folder)
    policy = tmp_path / "signalbox.toml"
    policy.write_text(text[:start] + text[end:], encoding="utf-8")
    return policy


@pytest.mark.chaos
@pytest.mark.parametrize("store", ["sqlite"])
async def test_killed_again_and_again_it_loses_nothing_and_says_nothing_twice(
    tmp_path: Path, quiet_policy: Path, store: str
) -> None:
    requests = int(os.environ.get("CHAOS_REQUESTS", _SHORT[0]))
    kills = int(os.environ.get("CHAOS_KILLS", _SHORT[1]))
    database = f"sqlite:///{tmp_path}/signalbox.sqlite"
    async with host(tmp_path / "bot", database, quiet_policy) as hosted:
        stream = Stream(hosted, random.Random(_SEED), requests, kills)
        async with asyncio.timeout(120 + 20 * kills):
            await stream.run()
        verdict = await judge(stream)

    if "CHAOS_REQUESTS" in os.environ:
        found = figures(stream, verdict, store)
        print("\n" + "\n".join(map(line, found)))
        record(found, datetime.now(UTC), commit())
    assert verdict.lost == []
    assert verdict.doubled == []
    assert verdict.holes == []
    assert verdict.orphans == 0
    assert verdict.undelivered == 0
    assert sum(verdict.outcomes.values()) == requests
    assert verdict.outcomes["routed"] > 0
    assert verdict.replies > 0
