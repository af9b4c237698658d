"""kill -9 at every named point: wherever a process dies, the next one finishes, and nobody sees a difference.

First everything that people do is done once while nobody dies, which says what is written down about it and that every
step, transaction and call of the code is reached, or stands in `EXPLAINED` with a reason. Then it is done again and
again while the process dies at each point that was reached, once. `make process` lets a few die, `make chaos` all.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import col, select

from benchmarks.figures import Figure, commit, line, record
from bot.killpoints import TOKEN
from storage.tables import Receipt, Request
from tests.chaos.fleet import PATIENCE, Fleet, calm_policy, fleet
from tests.chaos.judge import Verdict, buttons, keys
from tests.chaos.points import owed
from tests.chaos.tour import Tour

_SHORT = 4  # deaths
_MOST_ROUNDS = 40
_LOOK = 0.05

# What the tour does not reach, by the beginning of its name, and why.
_REPLICAS = "only where there are several replicas; `test_kill.py` kills those at random instants"
_LATE = (
    "only when a deadline has passed, which takes hours; `test_restart.py` and `test_faults_clock.py` hold it"
)
_NO_WAY_IN = "only when Slack shuts a channel; `test_faults_access.py` holds it"
_BUG = "only when we have a bug; `test_receipts.py` holds it"
_LOST = "only after somebody died, or lost an answer, at the right instant; reached in some runs"
EXPLAINED = {
    "bot.engine.Engine._enlist": _REPLICAS,
    "bot.engine.Engine._beat": _REPLICAS,
    "bot.engine.Engine.take_over": _REPLICAS,
    "bot.engine.Engine._say_goodbye": _REPLICAS,
    "handlers.board._stands": _REPLICAS,
    "… > Posting._claim_again": "only when Slack asks for a pause, or a channel has its fill",
    "flow escalate": _LATE,
    "handlers.sla.escalate": _LATE,
    "handlers.sla._call": _LATE,
    "flow deliver": "only for a reply that has been on its way for two minutes",
    "handlers.sending.deliver: show again": _NO_WAY_IN,
    "handlers.sending._take_back": _NO_WAY_IN,
    "handlers.sending._show_again": _NO_WAY_IN,
    "… > Posting._send+": _NO_WAY_IN,
    "bot.receipts.Receipts._failed": _BUG,
    "bot.receipts.Receipts._call": _BUG,
    "bot.receipts.Receipts._fail+": _BUG,
    "bot.receipts.Receipts._tell: chat.post": "only for a window that is refused, or an address that has expired",
    "handlers.metrics._answer: chat.postMessage": "only for an address that has expired, after half an hour",
    "bot.receipts.Receipts.sweep+": "each minute, which a short tour may miss",
    "handlers.followups._is_on_its_way": _LOST,
    "bot.minds.load_remote": "only with a key for Claude",
    "bot.readiness.Readiness": "only when somebody asks by HTTP",
    "handlers.board.drawn": "only in `signalbox doctor`",
    "handlers.directory.Directory.person": "only for a person who was not there at the start",
    "handlers.health.scan: say that it failed": "only when customers cannot be read; `test_health.py` holds it",
    "handlers.health._say_failed": "only when customers cannot be read; `test_health.py` holds it",
    "handlers.triage._without_draft": "only for a kind that policy has lost, or a channel that Slack shuts",
}


@dataclass
class Deaths:
    """Lets a process die at each point, one at a time, and starts it again."""

    fleet: Fleet
    folder: Path
    most: int
    is_on: bool = False
    ended_badly: list[str] = field(default_factory=list)

    @property
    def died(self) -> set[str]:
        """The points at which somebody died."""
        return {path.name for path in (self.folder / "died").iterdir()}

    @property
    def met(self) -> set[str]:
        """The points that somebody has reached."""
        return {path.name for path in (self.folder / "met").iterdir()}

    async def tend(self) -> None:
        """Start again whoever died, and say whose turn it is to die, for as long as there is anybody to tend."""
        while True:
            for place, bot in enumerate(self.fleet.bots):
                if not bot.is_running:
                    if bot.running.returncode != -9:
                        self.ended_badly.append(bot.err[-2000:])
                    self.fleet.deaths.append(self.fleet.host.clock.now())
                    self.fleet.bots[place] = self.fleet.host.bot = await self.fleet.host.launcher.launch(
                        "run"
                    )
            is_free = self.fleet.size == 1 or len(self.fleet.working()) > 1
            if self.is_on and is_free and len(self.died) < self.most:
                (self.folder / TOKEN).touch()
            await asyncio.sleep(_LOOK)

    def stop(self) -> None:
        """Let nobody die any more."""
        self.is_on = False
        (self.folder / TOKEN).unlink(missing_ok=True)


@asynccontextmanager
async def deadly(tmp_path: Path, url: str, size: int, most: int) -> AsyncIterator[Deaths]:
    """Open processes that die at named points once that is switched on."""
    folder = tmp_path / "points"
    for name in ("met", "died"):
        (folder / name).mkdir(parents=True)
    async with fleet(tmp_path / "bot", url, calm_policy(tmp_path, "0 * * * *"), size) as opened:
        opened.host.launcher.env = {**opened.host.launcher.env, "SIGNALBOX_DIE_AT": f"each:{folder}"}
        await opened.open()
        deaths = Deaths(opened, folder, most)
        tending = asyncio.create_task(deaths.tend())
        try:
            yield deaths
        finally:
            tending.cancel()
            await asyncio.gather(tending, return_exceptions=True)


async def judge(tour: Tour, deaths: Deaths, before: dict[str, Counter[str]]) -> Verdict:
    """Compare what there is with what a walk brought on which nobody died; `before` is what that wrote down."""
    verdict, host = Verdict(), tour.fleet.host
    verdict.undelivered = sum(parcel["type"] == "events_api" for parcel in host.twin.undelivered)
    verdict.orphans += [f"a flow is {status}" for status in await tour.fleet.undone()]
    keys(host, verdict)
    async with host.db.begin() as session:
        await buttons(host, session, verdict)
        failed = await session.exec(select(Receipt.key).where(col(Receipt.failed) != ""))
        verdict.lost += [f"{key} was given up" for key in failed]
        asked = Counter(await session.exec(select(Request.ts)))
    for story, audit in (await tour.audits()).items():
        times = len(tour.asked[story])
        owed_now = Counter({what: count * times for what, count in before[story].items()})
        if audit != owed_now:
            verdict.holes.append(f"{story}: {audit} instead of {owed_now}")
        verdict.lost += [f"{story} {ts}: no request" for ts in tour.asked[story] if not asked[ts]]
        verdict.doubled += [
            f"{story} {ts}: {asked[ts]} requests" for ts in tour.asked[story] if asked[ts] > 1
        ]
    verdict.lost += deaths.ended_badly
    return verdict


@pytest.mark.tour
async def test_at_whatever_point_it_dies_the_next_one_finishes(tmp_path: Path) -> None:
    is_full = "CHAOS_REQUESTS" in os.environ
    most = int(os.environ.get("CHAOS_POINTS", 100_000 if is_full else _SHORT))
    async with deadly(tmp_path, f"sqlite:///{tmp_path}/signalbox.sqlite", 1, most) as deaths:
        tour = Tour(deaths.fleet)
        async with asyncio.timeout(10 * PATIENCE):
            await tour.walk()
        before, met = await tour.audits(), deaths.met
        unmet = [each.name for each in owed() if not each.is_met(met) and not _explained(each.name)]
        assert not unmet, "neither reached nor explained:\n" + "\n".join(unmet)
        assert all(set(audit.values()) for audit in before.values())
        tour.asked = {}
        for _ in range(_MOST_ROUNDS):
            deaths.is_on = True
            async with asyncio.timeout(60 * PATIENCE):
                await tour.walk()
            if deaths.met <= deaths.died or len(deaths.died) >= most:
                break
        deaths.stop()
        await deaths.fleet.whole()
        await deaths.fleet.settle(10 * PATIENCE)
        verdict = await judge(tour, deaths, before)

    found = [
        Figure("chaos.points_met.sqlite", len(deaths.met), "points"),
        Figure("chaos.points_died.sqlite", len(deaths.died), "points"),
        Figure("chaos.points_lost.sqlite", len(verdict.lost), "things", ("=", 0), must=True),
        Figure("chaos.points_doubled.sqlite", len(verdict.doubled), "things", ("=", 0), must=True),
        Figure("chaos.points_orphans.sqlite", len(verdict.orphans), "flows and cards", ("=", 0), must=True),
        Figure("chaos.points_holes.sqlite", len(verdict.holes), "stories", ("=", 0), must=True),
    ]
    print("\n" + "\n".join(map(line, found)))
    if is_full:
        record(found, datetime.now(UTC), commit())
    assert verdict.lost == []
    assert verdict.doubled == []
    assert verdict.holes == []
    assert verdict.orphans == []
    assert verdict.undelivered == 0
    assert len(deaths.died) >= min(most, len(deaths.met))


def test_what_is_explained_is_still_in_the_code() -> None:
    names = [each.name for each in owed()]

    assert [start for start in EXPLAINED if not any(name.startswith(start) for name in names)] == []


def _explained(name: str) -> bool:
    return any(name.startswith(start) for start in EXPLAINED)
