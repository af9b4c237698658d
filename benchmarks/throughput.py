"""How many requests a second go all the way from the post to the card with its draft.

The model is a stub that takes a second for each of its two answers, so what is measured is everything else: deliveries,
rows, checkpoints and calls to Slack. The requests come faster than they can be worked on; the rate is their number over
the time from the first post to the last draft, less the two seconds that the stub takes for each. How soon Slack is
told of each meanwhile, while the process does as much as it can, is printed as well.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from sqlmodel import select

from benchmarks import reading
from benchmarks.figures import percentile
from benchmarks.machine import busy_seconds
from benchmarks.parts import Findings, Part
from benchmarks.processes import Failed, Started, open_twin, running_bot
from benchmarks.stubbed import SECONDS
from storage.database import Database
from storage.tables import Draft
from tests import postgres
from twin.server import Twin

CHANNEL, PERSON = "customer-support", "greta"
REQUESTS, REPLICAS = 400, 3
_POSTS_PER_SECOND = 120.0
_PATIENCE = 60.0
_ACK_MS = 250  # of one process; several leave the workspace too little of the processor to tell
STUB = ("benchmarks.stubbed",)


@dataclass(frozen=True)
class _Rate:
    """Whole requests a second, and what they took of the processor."""

    per_second: float
    cpu_ms: float  # of the bots, for each request
    cores: float  # that the bots kept busy
    all_cores: float  # that anybody did
    ack_p99_ms: float  # from a delivery to its acknowledgement

    def add(self, found: Findings, on: str, rate: str, goal: float, ack: float | None = None) -> None:
        """Add the figures of one run; `ack` is the goal for acknowledgements, in milliseconds."""
        found.add(rate, self.per_second, "requests/s", (">=", goal))
        found.add(f"flow.request_cpu_ms{on}", self.cpu_ms, "ms")
        found.add(f"flow.ack_p99_ms{on}", self.ack_p99_ms, "ms", ("<=", ack) if ack else None)
        found.notes.append(
            f"{rate}: the bots kept {self.cores:.2f} cores busy; of the machine's {os.cpu_count()}, with the workspace "
            f"and the database, {self.all_cores:.2f}"
        )


async def measure(folder: Path) -> Findings:
    """Measure one process on SQLite and on PostgreSQL, then three replicas."""
    found = Findings()
    one = await _rate(f"sqlite:///{folder}/throughput.sqlite", 1, folder)
    one.add(found, ".sqlite", "flow.requests_per_s.sqlite", 40, _ACK_MS)
    with postgres.server() as server:
        with postgres.database(server) as database:
            one = await _rate(database, 1, folder)
            one.add(found, ".postgres", "flow.requests_per_s.postgres", 40, _ACK_MS)
        with postgres.database(server) as database:
            three = await _rate(database, REPLICAS, folder)
            three.add(found, "_3", "flow.requests_per_s_3", 100)
    return found


async def _rate(database: str, replicas: int, folder: Path) -> _Rate:
    """Measure so many replicas on a database."""
    async with open_twin() as twin, AsyncExitStack() as stack:
        bots = [
            await stack.enter_async_context(running_bot(twin, database, folder / f"stub{n}.log", STUB))
            for n in range(replicas)
        ]
        for bot in bots:
            await bot.says("stub ready")
        await twin.connected(replicas)
        async with reading.opened(database) as db:
            await _post(twin, 0, 8 * replicas, 20.0)  # everything is imported and compiled by the first few
            await _done(db, bots, 8 * replicas)
            after = twin.host.courier.log[-1].n
            spent, busy, began = sum(bot.cpu_seconds for bot in bots), busy_seconds(), time.time()
            await _post(twin, 8 * replicas, REQUESTS, _POSTS_PER_SECOND)
            total = REQUESTS + 8 * replicas
            await _done(db, bots, total)
            spent, busy = sum(bot.cpu_seconds for bot in bots) - spent, busy_seconds() - busy
            elapsed, ended = time.time() - began, await reading.last_done(db)
            async with db.begin() as session:
                drafts = len((await session.exec(select(Draft.id))).all())
        waits = acknowledged(twin, after)
    if drafts != total:
        raise Failed(f"{total} requests ended with {drafts} drafts")
    rate = REQUESTS / (ended - began - 2 * SECONDS)
    acked = 1000 * percentile(waits, 0.99)
    return _Rate(rate, 1000 * spent / REQUESTS, spent / elapsed, busy / elapsed, acked)


async def _post(twin: Twin, first: int, many: int, rate: float) -> None:
    person, began = twin.person(PERSON), time.perf_counter()
    for number in range(many):
        await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
        await person.post(
            # The same words of the same person twice would be one request.
            CHANNEL,
            f"Invoice {first + number} of July was charged twice, please refund the second charge.",
        )


def acknowledged(twin: Twin, after: int) -> list[float]:
    """Return the seconds from each delivery of a person's message after that one to its acknowledgement."""
    return [
        attempt.ms / 1000
        for one in twin.host.courier.log
        if one.n > after and one.name == "message" and not one.payload["event"].get("bot_id")
        for attempt in one.attempts
        if attempt.ms is not None
    ]


async def _done(db: Database, bots: Sequence[Started], many: int) -> None:
    if not await reading.settled(db, bots[0], many, _PATIENCE):
        raise Failed(f"{many} requests were not done within {_PATIENCE:g} s")


PART = Part("throughput", ("flow.requests_per_s", "flow.request_cpu_ms", "flow.ack_p99_ms"), 150.0, measure)
