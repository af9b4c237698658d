"""kill -9 at every named point: wherever a process dies, the next one finishes, and nobody sees a difference.

First everything that people do is done once while nobody dies, which says what is written down about it and that every
step, transaction and call of the code is reached, or stands in `EXPLAINED` with a reason. Then it is done again and
again while a process dies at each point that was reached, once: the only one on SQLite, one of three replicas on
PostgreSQL, while others work on. `make process` lets a few die, there at what only replicas do; `make chaos` all.
"""

from __future__ import annotations

import inspect
import os
import sys
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import col, select

from benchmarks.figures import Figure, commit, line, record
from handlers.slack import Slack
from storage.drafts import REPLACED
from storage.tables import Draft, Receipt, Request
from tests.chaos.conftest import SIZES, Databases
from tests.chaos.deaths import Deaths, Points, deadly
from tests.chaos.explained import EXPLAINED, is_explained, is_for_replicas
from tests.chaos.fleet import PATIENCE
from tests.chaos.judge import Verdict, buttons, keys
from tests.chaos.nursery import BUG, Nursery, nursery
from tests.chaos.points import METHODS, owed
from tests.chaos.tour import Record, Tour
from tests.chaos.trips import EVERYDAY, SELDOM, Story, Trip

_SHORT = {"sqlite": 4, "postgres": 8}  # deaths
_TRIPS = {True: "everyday seldom", False: "everyday"}  # whether all are to die or a few
_PAUSE = 3.0  # seconds that a process lives at most before its turn comes, when only a few die


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
    verdict.lost += [bot.err[-3000:] for bot in host.launcher.started if _fell(bot.err)]
    return verdict


def _fell(said: str) -> bool:
    """Say whether a process tells of an error that nobody has put in."""
    _, *told = said.split("Traceback (most recent call last)")
    return any(BUG not in each for each in told)


@dataclass
class Walks:
    """Walks through all stories, each in a workspace and a database of its own."""

    folder: Path
    databases: Databases
    size: int
    points: Points
    born: Nursery
    pause: float
    many: int = 0

    async def walk(self, trip: Trip, before: Record) -> tuple[Record, Verdict]:
        """Walk once; with the record of a walk `before` processes die on the way."""
        folder = self.folder / str(self.many)
        self.many += 1
        folder.mkdir()
        with self.databases(folder) as url:
            async with (
                trip.surroundings(folder) as around,
                deadly(
                    folder, url, self.size, self.points, self.born, around, trip.deaths, self.pause
                ) as deaths,
            ):
                tour = Tour(deaths.fleet, chosen(trip.stories), around)
                return await _walk(tour, deaths, trip.lasts, f"{folder.name} ({trip.name})", before)


def chosen(stories: tuple[Story, ...]) -> tuple[Story, ...]:
    """Return the stories of a trip, or those among them that `CHAOS_STORIES` names."""
    names = os.environ.get("CHAOS_STORIES", "").split()
    return tuple(story for story in stories if not names or getattr(story, "__name__", "") in names)


async def _walk(
    tour: Tour, deaths: Deaths, lasts: float, name: str, before: Record
) -> tuple[Record, Verdict]:
    points = deaths.points
    at_first = len(points.died)
    deaths.is_on = bool(before)
    try:
        if not before:
            await deaths.fleet.whole()  # what only replicas do comes when all of them work
        # Replicas that die again and again take up each other's work more often than they do any.
        await tour.walk(lasts + PATIENCE * (4 if before else 1) * (1 if deaths.fleet.size == 1 else 2))
        await deaths.calm()
    except TimeoutError as stuck:
        after = "\n".join(points.since(at_first))
        print(f"walk {name}: {stuck}\nafter deaths at:\n{after}", file=sys.stderr, flush=True)
        return {}, Verdict(orphans=[f"{name}: {stuck}"])
    record, verdict = await tour.record(), await judge(tour, deaths, before)
    found = [*verdict.lost, *verdict.doubled, *verdict.holes, *verdict.orphans]
    died = points.since(at_first)
    told = "\n".join(["", *found, "after deaths at:", *died]) if found else "nothing is wrong"
    print(f"walk {name}: {len(died)} deaths, {told}", file=sys.stderr, flush=True)
    return record, verdict


@pytest.mark.tour
async def test_at_whatever_point_it_dies_the_next_one_finishes(
    tmp_path: Path, store: str, databases: Databases
) -> None:
    is_full, is_alone = "CHAOS_REQUESTS" in os.environ, SIZES[store] == 1
    most = 100_000 if is_full else _SHORT[store]
    # A walk through all of them takes long, and one that was stopped goes on in the folder of its points.
    folder = Path(os.environ.get("CHAOS_FOLDER", tmp_path / "points")) / store
    points = Points(folder, int(os.environ.get("CHAOS_POINTS", most)))
    for name in ("met", "died"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for path in (folder / "met").iterdir():
        path.unlink()  # what this walk does not meet while nobody dies, it need not die at
    trips = [
        trip for trip in (SELDOM, EVERYDAY) if trip.name in os.environ.get("CHAOS_TRIP", _TRIPS[is_full])
    ]
    verdict, began, befores, met = Verdict(), time.monotonic(), dict[str, Record](), dict[str, set[str]]()
    async with nursery() as born:
        walks = Walks(tmp_path, databases, SIZES[store], points, born, 0.0 if is_full else _PAUSE)
        for trip in trips:
            known = points.met
            befores[trip.name], alone = await walks.walk(trip, {})
            verdict.add(alone)
            met[trip.name] = points.met - known
        reached = points.met
        unmet = [each.name for each in owed() if not each.is_met(reached)]
        unmet = [name for name in unmet if not is_explained(name, is_alone, is_full)]
        is_part = bool({"CHAOS_STORIES", "CHAOS_TRIP"} & os.environ.keys())
        assert is_part or not unmet, "neither reached nor explained:\n" + "\n".join(unmet)
        assert all(before and all(before.values()) for before in befores.values()), befores
        if not is_full and not is_alone:
            points.spare({name for name in reached if not is_for_replicas(name)})
        for place, trip in enumerate(trips):
            elsewhere = set().union(*(met[later.name] for later in trips[place + 1 :]))
            in_vain = 0
            while not points.is_over and points.met - points.died - elsewhere and in_vain < trip.in_vain:
                many = len(points.died)
                verdict.add((await walks.walk(trip, befores[trip.name]))[1])
                in_vain = 0 if len(points.died) > many else in_vain + 1

    left = points.met - points.died
    found = [
        Figure(f"chaos.points_met.{store}", len(points.met), "points"),
        Figure(f"chaos.points_died.{store}", len(points.died), "points"),
        Figure(f"chaos.points_walks.{store}", walks.many - len(trips), "walks"),
        Figure(f"chaos.points_s.{store}", round(time.monotonic() - began), "s"),
        Figure(f"chaos.points_lost.{store}", len(verdict.lost), "things", ("=", 0), must=True),
        Figure(f"chaos.points_doubled.{store}", len(verdict.doubled), "things", ("=", 0), must=True),
        Figure(f"chaos.points_orphans.{store}", len(verdict.orphans), "flows and cards", ("=", 0), must=True),
        Figure(f"chaos.points_holes.{store}", len(verdict.holes), "things", ("=", 0), must=True),
    ]
    print("\n" + "\n".join(map(line, found)))
    if left and not points.is_over:
        print("reached once, and never again:", *sorted(left), sep="\n  ")
    if is_full and not is_part:
        record(found, datetime.now(UTC), commit())
    assert verdict.lost == []
    assert verdict.doubled == []
    assert verdict.holes == []
    assert verdict.orphans == []
    assert verdict.undelivered == 0
    assert points.is_over or not left & reached - points.spared


def test_what_is_explained_is_still_in_the_code_and_nothing_more() -> None:
    names = [each.name for each in owed()]

    found = {start: sum(name.startswith(start) for name in names) for start in EXPLAINED}

    assert found == {start: many for start, (many, _) in EXPLAINED.items()}


def test_every_call_to_slack_is_owed_a_death() -> None:
    calls = {
        name for name, made in vars(Slack).items() if inspect.iscoroutinefunction(made) and name[0] != "_"
    }

    # Only a post makes the others: the first always, the next two where it may have been made before.
    assert calls - {"send", "seek", "renew"} == set(METHODS)
