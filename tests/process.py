"""The bot as an operator runs it: `python -m bot …` in a process of its own, against a local Slack in this one.

A test starts it, reads what it says, ends it politely or with kill -9, and never leaves one behind.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select

from storage.database import Database
from storage.tables import Receipt
from tests.world import COMPANY, ROOT
from twin.server import Twin

_SLOW = 30.0  # seconds that a busy machine may need to start the bot
# What a test's own surroundings must not lend to the process under test.
_OURS = re.compile(r"^(SLACK_|SIGNALBOX_|ANTHROPIC_)")


def lent() -> dict[str, str]:
    """Return what a process under test gets of a test's own surroundings."""
    return {name: value for name, value in os.environ.items() if not _OURS.match(name)}


class RealTime:
    """The machine's clock, which a test may put forward so that Slack's later retries come at once."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        """Return the time."""
        return datetime.now(UTC) + self.ahead

    def advance(self, span: timedelta) -> None:
        """Put the clock forward."""
        self.ahead += span


@dataclass
class Ended:
    """How a process ended, and what it said."""

    code: int
    out: str
    err: str


@dataclass
class Process:
    """One `python -m bot` that runs, or has run."""

    running: asyncio.subprocess.Process
    folder: Path
    number: int

    @property
    def out(self) -> str:
        """What it has said on standard output so far."""
        return (self.folder / f"{self.number}.out").read_text(encoding="utf-8")

    @property
    def err(self) -> str:
        """What it has said on standard error so far."""
        return (self.folder / f"{self.number}.err").read_text(encoding="utf-8")

    @property
    def is_running(self) -> bool:
        """Whether it has not ended yet."""
        return self.running.returncode is None

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self.running.send_signal(number)

    async def kill(self) -> None:
        """End it with kill -9, as a machine that loses its power would."""
        if self.is_running:
            self.running.kill()
        await self.running.wait()

    async def ended(self, within: float = _SLOW) -> Ended:
        """Wait until it ends by itself. Raises TimeoutError with what it said after `within` seconds."""
        try:
            async with asyncio.timeout(within):
                code = await self.running.wait()
        except TimeoutError:
            raise TimeoutError(f"still running after {within} s; it said:\n{self.out}{self.err}") from None
        return Ended(code, self.out, self.err)

    async def said(self, words: str, within: float = _SLOW) -> None:
        """Wait until it has said this on either output. Raises TimeoutError, or AssertionError when it ended."""
        try:
            async with asyncio.timeout(within):
                while words not in self.out + self.err:
                    assert self.is_running, f"it ended and never said {words!r}:\n{self.out}{self.err}"
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise TimeoutError(f"never said {words!r} in {within} s, only:\n{self.out}{self.err}") from None


@dataclass
class Launcher:
    """Starts processes in a folder of their own, where they find no `.env` and no data of others."""

    folder: Path
    env: Mapping[str, str] = field(default_factory=dict)
    started: list[Process] = field(default_factory=list)

    async def launch(self, *args: str, env: Mapping[str, str] | None = None, module: str = "bot") -> Process:
        """Start `python -m bot` with these arguments, or another module; `env` is added to the launcher's own."""
        number = len(self.started)
        with (
            (self.folder / f"{number}.out").open("wb") as out,
            (self.folder / f"{number}.err").open("wb") as err,
        ):
            running = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", module, *args),
                cwd=self.folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
                # Wide enough that a sentence stays on one line.
                env={**lent(), "PYTHONPATH": str(ROOT), "COLUMNS": "300", **self.env, **(env or {})},
            )
        process = Process(running, self.folder, number)
        self.started.append(process)
        return process

    async def run(self, *args: str, env: Mapping[str, str] | None = None) -> Ended:
        """Start it, and wait until it ends by itself."""
        return await (await self.launch(*args, env=env)).ended()

    async def close(self) -> None:
        """End everything that was started, with whatever it started itself."""
        for process in self.started:
            if process.is_running:
                os.killpg(process.running.pid, signal.SIGKILL)
            await process.running.wait()


@asynccontextmanager
async def launcher(folder: Path, env: Mapping[str, str] | None = None) -> AsyncIterator[Launcher]:
    """Open a launcher; whatever it started is gone when it closes."""
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    opened = Launcher(folder, env or {})
    try:
        yield opened
    finally:
        await opened.close()


def environment(twin: Twin, database_url: str, policy: Path = COMPANY / "signalbox.toml") -> dict[str, str]:
    """Return the environment of a bot that is to work in this workspace, on this database."""
    return {
        "SLACK_BOT_TOKEN": twin.bot_token,
        "SLACK_APP_TOKEN": twin.app_token,
        "SLACK_API_URL": twin.api_url,
        "SIGNALBOX_DATABASE_URL": database_url,
        "SIGNALBOX_POLICY": str(policy),
        "SIGNALBOX_MODELS": str(ROOT / "build"),
        "SIGNALBOX_POSTS_PER_SECOND": "0",
    }


@dataclass
class Host:
    """A local Slack, and the real bot that comes and goes there."""

    twin: Twin
    clock: RealTime
    launcher: Launcher
    db: Database
    bot: Process | None = None

    async def start(self) -> Process:
        """Start the bot, and wait until Slack holds its connection."""
        self.bot = await self.launcher.launch("run")
        try:
            async with asyncio.timeout(_SLOW):
                while not self.twin.connections:
                    assert self.bot.is_running, f"the bot ended:\n{self.bot.err}"
                    await asyncio.sleep(0.01)
        except TimeoutError:
            raise TimeoutError(f"the bot did not connect; it said:\n{self.bot.err}") from None
        return self.bot

    async def kill(self) -> None:
        """End the bot with kill -9, and wait until Slack has noticed."""
        assert self.bot is not None
        await self.bot.kill()
        await self.twin.until(lambda: not self.twin.connections)

    async def unfinished(self) -> int | None:
        """Return how many kept deliveries are still being worked on; None while nobody can tell."""
        try:
            async with self.db.begin() as session:
                found = await session.exec(
                    select(Receipt.id).where(col(Receipt.done_at).is_(None), col(Receipt.failed) == "")
                )
                return len(found.all())
        except DBAPIError:
            return None  # the bot has not made its tables yet

    async def settle(self, within: float = 60.0) -> None:
        """Wait until everything was delivered and has had its effects; Slack's later retries come at once.

        Raises TimeoutError with what the bot said.
        """
        loop = asyncio.get_running_loop()
        moved = loop.time()
        try:
            async with asyncio.timeout(within):
                while True:
                    if not self.twin.ws.courier.is_idle and loop.time() - moved > 1.0:
                        self.clock.advance(timedelta(seconds=60))
                        self.twin.tick()
                        moved = loop.time()
                    if self.twin.ws.courier.is_idle and await self.unfinished() == 0:
                        return
                    await asyncio.sleep(0.05)
        except TimeoutError:
            said = self.bot.err[-3000:] if self.bot else ""
            raise TimeoutError(f"not settled in {within} s. {self.twin.story()}\n{said}") from None


@asynccontextmanager
async def host(
    folder: Path, database_url: str, policy: Path = COMPANY / "signalbox.toml"
) -> AsyncIterator[Host]:
    """Open a workspace in which the real bot can be started on this database."""
    clock = RealTime()
    twin = await Twin.start(COMPANY / "workspace.toml", clock=clock)
    db = Database(database_url)
    try:
        async with launcher(folder, environment(twin, database_url, policy)) as opened:
            yield Host(twin, clock, opened, db)
    finally:
        await db.close()
        await twin.stop()
