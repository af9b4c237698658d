"""kill -9 at every named point: wherever a process dies, the next one finishes, and nobody sees a difference.

First everything that people do is done once while nobody dies, which says what is written down about it and that every
step, transaction and call of the code is reached, or stands in `EXPLAINED` with a reason. Then it is done again and
again while the process dies at each point that was reached, once. `make process` lets a few die, `make chaos` all.
"""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import col, select

from benchmarks.figures import Figure, commit, line, record
from storage.drafts import REPLACED
from storage.tables import Draft, Receipt, Request
from tests.chaos.deaths import Deaths, Points, deadly
from tests.chaos.explained import EXPLAINED, is_explained
from tests.chaos.fleet import PATIENCE
from tests.chaos.judge import Verdict, buttons, keys
from tests.chaos.nursery import Nursery, nursery
from tests.chaos.points import owed
from tests.chaos.tour import Record, Tour

_SHORT = 4  # deaths
_PAUSE = 3.0  # seconds that a process lives at most before its turn comes, when only a few die
_IN_VAIN = 3  # walks on which nobody died any more, after which what is left is not reached again


async def judge(tour: Tour, deaths: Deaths, before: Record) -> Verdict:
    """Compare what there is with what a walk brought on which nobody died; `before` is the record of that one."""
    verdict, host = Verdict(), tour.fleet.host
    verdict.undelivered = sum(parcel["type"] == "events_api" for parcel in host.twin.undelivered)
    verdict.orphans += [f"a flow is {status}" for status in await tour.fleet.undone()]
    keys(host, verdict)
    async with host.db.begin() as session:
        await buttons(host, session, verdict)
        replaced = await session.exec(select(Draft.ticket_id).where(Draft.reason == REPLACED))
        verdict.doubled += [f"T-{ticket}: a draft that nobody had a reason to replace" for ticket in replaced]
        failed = await session.exec(select(Receipt.key).where(col(Receipt.failed) != ""))
        verdict.lost += [f"{key} was given up" for key in failed]
        kept = Counter(await session.exec(select(Request.ts)))
    for story, found in (await tour.record()).items():
        owed_now = before.get(story, found)
        verdict.doubled += [f"{story}: {what}" for what in sorted((found - owed_now).elements())]
        verdict.holes += [f"{story}: {what}" for what in sorted((owed_now - found).elements())]
    for story, scene in tour.scenes.items():
        verdict.lost += [f"{story} {ts}: {kept[ts]} requests" for ts in scene.asked if kept[ts] != 1]
    # It compares each card with what it should say and offer now.
    doctor = await (await host.launcher.launch("doctor")).ended(PATIENCE)
    verdict.orphans += [doctor.out + doctor.err] if doctor.code else []
    verdict.lost += deaths.ended_badly
    verdict.lost += [bot.err[-3000:] for bot in host.launcher.started if "Traceback" in bot.err]
    return verdict


async def walk(
    folder: Path, points: Points, born: Nursery, before: Record, pause: float
) -> tuple[Record, Verdict]:
    """Walk once through all stories; with the record of a walk `before` the process dies on the way."""
    async with deadly(folder, points, born, pause) as deaths:
        tour, at_first = Tour(deaths.fleet), len(points.died)
        deaths.is_on = bool(before)
        try:
            await tour.walk(PATIENCE * (4 if before else 1))
            deaths.is_on = False
            await deaths.fleet.whole()
            await deaths.fleet.settle(PATIENCE)
        except TimeoutError as stuck:
            after = "\n".join(points.since(at_first))
            print(f"walk {folder.name}: {stuck}\nafter deaths at:\n{after}", file=sys.stderr, flush=True)
            return {}, Verdict(orphans=[f"{folder.name}: {stuck}"])
        record, verdict = await tour.record(), await judge(tour, deaths, before)
    found = [*verdict.lost, *verdict.doubled, *verdict.holes, *verdict.orphans]
    died = points.since(at_first)
    told = "\n".join(["", *found, "after deaths at:", *died]) if found else "nothing is wrong"
    print(f"walk {folder.name}: {len(died)} deaths, {told}", file=sys.stderr, flush=True)
    return record, verdict


@pytest.mark.tour
async def test_at_whatever_point_it_dies_the_next_one_finishes(tmp_path: Path) -> None:
    is_full = "CHAOS_REQUESTS" in os.environ
    points = Points(tmp_path / "points", int(os.environ.get("CHAOS_POINTS", 100_000 if is_full else _SHORT)))
    for name in ("met", "died"):
        (points.folder / name).mkdir(parents=True)
    began = time.monotonic()
    async with nursery() as born:
        before, verdict = await walk(tmp_path / "0", points, born, {}, 0.0)
        reached = points.met
        unmet = [each.name for each in owed() if not each.is_met(reached) and not is_explained(each.name)]
        assert not unmet, "neither reached nor explained:\n" + "\n".join(unmet)
        assert before and all(before.values())
        walks, in_vain = 0, 0
        while not points.is_over and points.met - points.died and in_vain < _IN_VAIN:
            walks, many = walks + 1, len(points.died)
            pause = 0.0 if is_full else _PAUSE
            verdict.add((await walk(tmp_path / str(walks), points, born, before, pause))[1])
            in_vain = 0 if len(points.died) > many else in_vain + 1

    left = points.met - points.died
    found = [
        Figure("chaos.points_met.sqlite", len(points.met), "points"),
        Figure("chaos.points_died.sqlite", len(points.died), "points"),
        Figure("chaos.points_walks.sqlite", walks, "walks"),
        Figure("chaos.points_s.sqlite", round(time.monotonic() - began), "s"),
        Figure("chaos.points_lost.sqlite", len(verdict.lost), "things", ("=", 0), must=True),
        Figure("chaos.points_doubled.sqlite", len(verdict.doubled), "things", ("=", 0), must=True),
        Figure("chaos.points_orphans.sqlite", len(verdict.orphans), "flows and cards", ("=", 0), must=True),
        Figure("chaos.points_holes.sqlite", len(verdict.holes), "things", ("=", 0), must=True),
    ]
    print("\n" + "\n".join(map(line, found)))
    if left and not points.is_over:
        print("reached once, and never again:", *sorted(left), sep="\n  ")
    if is_full:
        record(found, datetime.now(UTC), commit())
    assert verdict.lost == []
    assert verdict.doubled == []
    assert verdict.holes == []
    assert verdict.orphans == []
    assert verdict.undelivered == 0
    assert points.is_over or not left & reached


def test_what_is_explained_is_still_in_the_code_and_nothing_more() -> None:
    names = [each.name for each in owed()]

    found = {start: sum(name.startswith(start) for name in names) for start in EXPLAINED}

    assert found == {start: many for start, (many, _) in EXPLAINED.items()}
