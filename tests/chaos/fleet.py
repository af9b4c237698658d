"""The real bot in one process or in several, which die by kill -9 in turn while at least one of them works.

On SQLite there is one process, which is started again. On PostgreSQL each replica has a connection of its own, and how
long it takes until the work of a dead one goes on elsewhere is measured.
"""

from __future__ import annotations

import asyncio
import re
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.process import Host, Process
from tests.process import host as one_host
from tests.world import COMPANY

PATIENCE = 90.0  # seconds that a busy machine may need to start a process
_LOOK = 0.1
FENCED = 3  # how a process ends that finds its work taken over
_CONNECTED = re.compile(r"\] connected\s.*executor=(\w+)")
# What a process had begun, and what it had kept and not begun.
_HELD = """
    SELECT workflow_uuid FROM dbos.workflow_status WHERE status = 'PENDING' AND executor_id = :executor
    UNION
    SELECT key FROM receipt r WHERE done_at IS NULL AND failed = '' AND kept_by = :executor
"""
_STILL_HELD = """
    SELECT workflow_uuid FROM dbos.workflow_status
    WHERE workflow_uuid = ANY(:held) AND (status = 'ENQUEUED' OR status = 'PENDING' AND executor_id = :executor)
    UNION
    SELECT key FROM receipt WHERE key = ANY(:held) AND done_at IS NULL AND failed = '' AND kept_by = :executor
"""
_SILENCE = "UPDATE beat SET at = at - interval '1 minute' WHERE executor = :executor RETURNING executor"
_BEGUN = "SELECT count(*) FROM dbos.workflow_status WHERE workflow_uuid = ANY(:held)"


@dataclass
class Fleet:
    """So many processes on one database, at one local Slack."""

    host: Host
    size: int
    bots: list[Process] = field(default_factory=list)
    deaths: list[datetime] = field(default_factory=list)  # by kill -9
    ends: list[datetime] = field(default_factory=list)  # of processes, in whatever way
    takeovers: list[float] = field(default_factory=list)  # seconds until all of it was somebody else's
    resumptions: list[float] = field(default_factory=list)  # seconds until all of it was begun, in its turn
    fenced: int = (
        0  # processes that ended themselves, because a busy machine had kept them silent for too long
    )
    asked_to_stop: set[int] = field(default_factory=set)  # the numbers of their processes
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _executors: dict[int, str] = field(default_factory=dict)  # by the number of their process
    _next: int = 0
    _keeping: asyncio.Task[None] | None = None

    async def open(self, *, at_once: bool = False) -> None:
        """Start one after the other, or all of them `at_once` without waiting for any."""
        for _ in range(self.size):
            self.bots.append(await self.host.launcher.launch("run"))
            if not at_once:
                await self.connected(self.bots[-1])
        self.host.bot = self.bots[0]
        self._keeping = asyncio.create_task(self._keep())

    async def _keep(self) -> None:
        """Start again whoever has ended itself, as an operator's supervisor does."""
        while True:
            for place, bot in enumerate(self.bots):
                if bot.running.returncode == FENCED:
                    self.fenced += 1
                    self.ends.append(self.host.clock.now())
                    self.bots[place] = await self.host.launcher.launch("run")
            await asyncio.sleep(_LOOK)

    async def connected(self, bot: Process) -> str:
        """Wait until a process has its connection to Slack; return its name among the replicas."""
        async with asyncio.timeout(PATIENCE):
            while not (executor := self.executor(bot)):
                assert bot.is_running, f"the bot ended:\n{bot.err[-3000:]}"
                await asyncio.sleep(_LOOK)
        return executor

    def executor(self, bot: Process) -> str:
        """Return the name of a process among the replicas; empty until it is connected."""
        if bot.number not in self._executors and (found := _CONNECTED.search(bot.err)):
            self._executors[bot.number] = found[1]
        return self._executors.get(bot.number, "")

    def working(self) -> list[Process]:
        """Return those that live and are connected."""
        return [bot for bot in self.bots if bot.is_running and self.executor(bot)]

    def staying(self) -> list[Process]:
        """Return those that nobody has asked to stop."""
        return [bot for bot in self.bots if bot.number not in self.asked_to_stop]

    async def kill_next(self, pause: float) -> None:
        """End the next in turn with kill -9, and start it again after so many seconds; never the last that works."""
        if self.size == 1:
            await self._die(0)
            await self._begin_again(0, 0.0)
            return
        async with asyncio.timeout(PATIENCE):
            while len(self.working()) < 2 or not self.bots[self._next].is_running:
                self._look_at_tasks()
                await asyncio.sleep(_LOOK)
        place, self._next = self._next, (self._next + 1) % self.size
        executor = self.executor(self.bots[place])
        await self._die(place)
        if executor:
            self._in_background(self._watch(executor, asyncio.get_running_loop().time()))
        self._in_background(self._begin_again(place, pause))

    def ask_to_stop(self, bot: Process) -> None:
        """Let a process hand over its work and end."""
        self.asked_to_stop.add(bot.number)
        bot.send(signal.SIGTERM)

    async def start_anew(self) -> None:
        """Ask one after the other to stop, until each has started after this moment; whoever tends them starts it."""
        first = len(self.host.launcher.started)
        while any(bot.number < first for bot in self.bots):
            ready = [bot for bot in self.staying() if bot in self.working()]
            old = [bot for bot in ready if bot.number < first]
            is_stopping = len(self.staying()) < self.size
            if old and not is_stopping and (len(ready) > 1 or self.size == 1):
                self.ask_to_stop(old[0])
            await asyncio.sleep(_LOOK)

    async def _die(self, place: int) -> None:
        await self.bots[place].kill()
        self.deaths.append(self.host.clock.now())
        self.ends.append(self.deaths[-1])

    async def let_silence_pass(self, bot: Process) -> None:
        """Make a dead replica look as if it had been silent for long enough to be taken for dead."""
        if self.size > 1 and (executor := self.executor(bot)):
            await self._answer(_SILENCE, executor=executor)

    async def _begin_again(self, place: int, pause: float) -> None:
        await asyncio.sleep(pause)
        self.bots[place] = self.host.bot = await self.host.launcher.launch("run")

    async def _watch(self, executor: str, died: float) -> None:
        """Measure how long it takes until everything that a dead process had begun or kept goes on elsewhere.

        A living one sees to all of it at once, but what was not begun waits for its turn among all that came before.
        """
        if not (held := await self._answer(_HELD, executor=executor)):
            return
        while await self._answer(_STILL_HELD, held=held, executor=executor):  # noqa: ASYNC110 (only rows tell)
            await asyncio.sleep(_LOOK)
        self.takeovers.append(asyncio.get_running_loop().time() - died)
        while await self._answer(_BEGUN, held=held) != [len(held)]:  # noqa: ASYNC110 (only rows tell)
            await asyncio.sleep(_LOOK)
        self.resumptions.append(asyncio.get_running_loop().time() - died)

    async def _answer(self, query: str, **values: object) -> list[Any]:
        """Ask the database; while it has no place for one more connection, ask again."""
        while True:
            with suppress(DBAPIError):
                async with self.host.db.begin() as session:
                    connection = await session.connection()
                    return list((await connection.execute(text(query), values)).scalars())
            await asyncio.sleep(_LOOK)

    def _in_background(self, work: object) -> None:
        self._tasks.add(asyncio.create_task(work))  # type: ignore[arg-type]

    def _look_at_tasks(self) -> None:
        for task in [task for task in self._tasks if task.done()]:
            self._tasks.discard(task)
            task.result()

    async def whole(self) -> None:
        """Wait until every process is there again, and until the work of the dead has gone on."""
        await asyncio.gather(*self._tasks)
        self._tasks.clear()
        for place in range(self.size):
            while not self.bots[place].is_running:  # noqa: ASYNC110 (nobody tells us when it is there)
                await asyncio.sleep(_LOOK)
            await self.connected(self.bots[place])

    async def settle(self, within: float) -> None:
        """Wait until everything that was delivered has had its effects, and no flow is under way any more."""
        await self.host.settle(within)
        async with asyncio.timeout(within):
            while any(status != "ERROR" for status in await self.undone()):
                await asyncio.sleep(_LOOK)
                await self.host.settle(within)

    async def undone(self) -> list[str]:
        """Return the states of the flows that did not come to their end; those that failed stay so for good."""
        return await self._answer(f"SELECT status FROM {self._flows} WHERE status <> 'SUCCESS'")

    async def flows(self, start: str) -> list[str]:
        """Return the keys of the flows that begin like this."""
        query = f"SELECT workflow_uuid FROM {self._flows} WHERE workflow_uuid LIKE :start"
        return await self._answer(query, start=f"{start}%")

    @property
    def _flows(self) -> str:
        return "workflow_status" if self.host.db.is_sqlite else "dbos.workflow_status"

    async def close(self) -> None:
        """Stop whatever still waits or measures."""
        left = [*self._tasks, *([self._keeping] if self._keeping else [])]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)


@asynccontextmanager
async def fleet(folder: Path, database: str, policy: Path, size: int) -> AsyncIterator[Fleet]:
    """Open a workspace with so many processes on this database; nothing is started yet."""
    async with one_host(folder, database, policy) as host:
        opened = Fleet(host, size)
        try:
            yield opened
        finally:
            await opened.close()


def calm_policy(folder: Path, cron: str = "") -> Path:
    """Write the demo company's policy with deadlines that no run reaches, and return its file.

    Its cadences are left out, because the hour of day may bring them or not; with a `cron` they come then, and the
    company is where it is noon, because what is done at night is caught up until the evening.
    """
    said = (COMPANY / "signalbox.toml").read_text(encoding="utf-8")
    if cron:
        # The company's own is the first. In these names the sign is the other way round.
        is_noon = f"Etc/GMT{datetime.now(UTC).hour - 12:+d}"
        said = re.sub('timezone = ".*"', f'timezone = "{is_noon}"', said, count=1)
    # A day whose last one is longer ago than what is caught up, so that no sample is drawn by the clock.
    said = re.sub(r'weekday = ".*"', f'weekday = "{datetime.now(UTC) + timedelta(days=3):%a}"'.lower(), said)
    start = said.index("[cadences.")
    end = said.index("\n[", said.index("[cadences.account_health]") + 1)
    cadences = re.sub(r'cron = ".*"', f'cron = "{cron}"', said[start:end]) if cron else ""
    said = re.sub(r'respond = "(15m|1h)"', 'respond = "4h"', said[:start] + cadences + said[end:])
    for name in ("knowledge", "data"):
        (folder / name).symlink_to(COMPANY / name)
    policy = folder / "signalbox.toml"
    policy.write_text(said, encoding="utf-8")
    return policy
