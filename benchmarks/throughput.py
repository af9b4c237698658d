"""How many requests a second go all the way from the post to the card with its draft.

The model is a stub that takes a second for each of its two answers, so what is measured is everything else: deliveries,
rows, checkpoints and calls to Slack. The requests come faster than they can be worked on; the rate is their number over
the time from the first post to the last draft, less the two seconds that the stub takes for each.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from sqlmodel import select

from benchmarks import reading
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
STUB = ("benchmarks.stubbed",)


async def measure(folder: Path) -> Findings:
    """Measure one process on SQLite and on PostgreSQL, then three replicas."""
    found = Findings()
    one, cpu = await _rate(f"sqlite:///{folder}/throughput.sqlite", 1, folder)
    found.add("flow.requests_per_s.sqlite", one, "requests/s", (">=", 40))
    found.add("flow.request_cpu_ms.sqlite", cpu, "ms")
    with postgres.server() as server:
        with postgres.database(server) as database:
            one, cpu = await _rate(database, 1, folder)
            found.add("flow.requests_per_s.postgres", one, "requests/s", (">=", 40))
            found.add("flow.request_cpu_ms.postgres", cpu, "ms")
        with postgres.database(server) as database:
            three, cpu = await _rate(database, REPLICAS, folder)
            found.add("flow.requests_per_s_3", three, "requests/s", (">=", 100))
            found.add("flow.request_cpu_ms_3", cpu, "ms")
    found.notes.append(
        "request_cpu_ms is the bots' own processor time; the workspace and PostgreSQL come on top"
    )
    return found


async def _rate(database: str, replicas: int, folder: Path) -> tuple[float, float]:
    """Return requests a second, and the processor milliseconds that each took."""
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
            spent, began = sum(bot.cpu_seconds for bot in bots), time.time()
            await _post(twin, 8 * replicas, REQUESTS, _POSTS_PER_SECOND)
            total = REQUESTS + 8 * replicas
            await _done(db, bots, total)
            spent = sum(bot.cpu_seconds for bot in bots) - spent
            ended = await reading.last_done(db)
            async with db.begin() as session:
                drafts = len((await session.exec(select(Draft.id))).all())
    if drafts != total:
        raise Failed(f"{total} requests ended with {drafts} drafts")
    return REQUESTS / (ended - began - 2 * SECONDS), 1000 * spent / REQUESTS


async def _post(twin: Twin, first: int, many: int, rate: float) -> None:
    person, began = twin.person(PERSON), time.perf_counter()
    for number in range(many):
        await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
        await person.post(
            # The same words of the same person twice would be one request.
            CHANNEL,
            f"Invoice {first + number} of July was charged twice, please refund the second charge.",
        )


async def _done(db: Database, bots: Sequence[Started], many: int) -> None:
    if not await reading.settled(db, bots[0], many, _PATIENCE):
        raise Failed(f"{many} requests were not done within {_PATIENCE:g} s")


PART = Part("throughput", ("flow.requests_per_s", "flow.request_cpu_ms"), 150.0, measure)
