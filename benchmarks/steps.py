"""What a request costs by step, in processor time, and how often it writes to the database, on both databases.

The demo company's cases are posted to the real bot with its local engine, more slowly than it works. Figures are per
message, and one in six is talk. `flow.step_cpu_ms.elsewhere` is what the process spent beyond the meter's sight
(`benchmarks/metered.py` says what that is), so that all of them together are what it spent.
"""

from __future__ import annotations

import asyncio
import json
import signal
import time
from contextlib import AbstractAsyncContextManager, closing
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import make_url

from benchmarks import reading
from benchmarks.flow import cases, post
from benchmarks.parts import Findings, Part
from benchmarks.processes import Started, open_twin, running_bot
from storage.database import Database
from tests import postgres
from twin.server import Twin

METERED = ("benchmarks.metered",)
Spent = tuple[float, dict[str, float]]
_CASES = cases()
_WARM, _PER_SECOND, _SETTLE_SECONDS = 20, 8.0, 60.0
_LEAST_MS = 0.05
_FLUSH_SECONDS = 11.0  # an idle connection of PostgreSQL tells what it did at the latest after ten
_LOOK_SECONDS = 12.0


async def measure(folder: Path) -> Findings:
    """Measure on SQLite, then on PostgreSQL."""
    found, file = Findings(), folder / "steps.sqlite"
    async with open_twin() as twin, _bot(twin, f"sqlite:///{file}", folder) as bot:
        async with reading.opened(f"sqlite:///{file}") as db:
            await _warm(twin, db, bot)
            with closing(reading.Writes(file)) as writes:
                before = await _spent(bot, 1)
                await _post(twin, db, bot)
                _add(found, "sqlite", before, await _spent(bot, 2))
                commits, _ = writes.so_far()
    found.add("flow.db_writes.sqlite", commits / len(_CASES), "commits")
    with postgres.server() as server, postgres.database(server) as database:
        async with open_twin() as twin, _bot(twin, database, folder) as bot:
            async with reading.opened(database) as db:
                await _warm(twin, db, bot)
                await _on_postgres(twin, db, bot, database, found)
    found.notes.append(f"flow.step_cpu_ms and flow.db_: per message, over {len(_CASES)} of them")
    found.notes.append("flow.db_commits counts reading as well; what an idle bot commits is taken off")
    return found


def _bot(twin: Twin, database: str, folder: Path) -> AbstractAsyncContextManager[Started]:
    return running_bot(twin, database, folder / f"steps-{make_url(database).get_backend_name()}.log", METERED)


async def _warm(twin: Twin, db: Database, bot: Started) -> None:
    """Let everything be imported and compiled."""
    await bot.says("engines ready")
    await _post(twin, db, bot, _WARM)


async def _post(twin: Twin, db: Database, bot: Started, many: int | None = None) -> None:
    """Post cases and wait until the bot is done with them."""
    already = await reading.deliveries(db)
    posted = await post(twin, _CASES[:many], _PER_SECOND)
    is_done = await reading.settled(db, bot, already + len(posted), _SETTLE_SECONDS)
    reading.must_settle(is_done, bot, "the count by steps")


async def _spent(bot: Started, time_: int) -> Spent:
    """Return the processor seconds spent so far, in all and by step."""
    bot.process.send_signal(signal.SIGUSR1)
    said = await bot.says(f"spent {time_} ")
    return bot.cpu_seconds, json.loads(said.partition(f"spent {time_} ")[2])


def _add(found: Findings, on: str, before: Spent, after: Spent) -> None:
    """Take in what each step took, the dearest first, and what nobody's account has."""
    took = {name: seconds - before[1].get(name, 0.0) for name, seconds in after[1].items()}
    took["elsewhere"] = after[0] - before[0] - sum(took.values())
    for name, seconds in sorted(took.items(), key=lambda each: -each[1]):
        milliseconds = 1000 * seconds / len(_CASES)
        if milliseconds >= _LEAST_MS:
            found.add(f"flow.step_cpu_ms.{name.replace(' ', '_')}.{on}", milliseconds, "ms")


async def _on_postgres(twin: Twin, db: Database, bot: Started, database: str, found: Findings) -> None:
    """Measure the steps, and the transactions beyond those of an idle bot."""
    async with await psycopg.AsyncConnection.connect(database, autocommit=True) as connection:
        await asyncio.sleep(_FLUSH_SECONDS)
        idle_from = await _transactions(connection)
        await asyncio.sleep(_LOOK_SECONDS)
        began, before = await _transactions(connection), await _spent(bot, 1)
        await _post(twin, db, bot)
        _add(found, "postgres", before, await _spent(bot, 2))
        await asyncio.sleep(_FLUSH_SECONDS)
        ended = await _transactions(connection)
    for name, first, start, end in zip(
        ("db_writes", "db_commits"), idle_from[1:], began[1:], ended[1:], strict=True
    ):
        idle = (start - first) / (began[0] - idle_from[0])
        many = end - start - idle * (ended[0] - began[0])
        found.add(f"flow.{name}.postgres", many / len(_CASES), "commits")


async def _transactions(connection: psycopg.AsyncConnection[Any]) -> tuple[float, int, int]:
    """Return the time, how many transactions have written so far, and how many were committed, reading or writing."""
    row = await connection.execute(
        "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint, xact_commit FROM pg_stat_database"
        " WHERE datname = current_database()"
    )
    writes, commits = await row.fetchone() or (0, 0)
    return time.monotonic(), writes, commits


PART = Part("steps", ("flow.step_cpu_ms.", "flow.db_writes.", "flow.db_commits."), 200.0, measure)
