"""Real processes to measure: the bot as an operator runs it, and the local workspace on its own.

Whatever a benchmark starts here has ended when the `async with` is over, also when the benchmark failed or was
interrupted. What a process says goes to a file, so that a full pipe never slows it down.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.figures import ROOT
from twin.server import Twin

COMPANY = ROOT / "examples"
_STOP_SECONDS = 10.0
_LOOK_SECONDS = 0.02


class Failed(Exception):
    """A benchmark could not be run; the message says which process did what."""


@dataclass(frozen=True)
class Started:
    """A running process and the file it writes to."""

    process: asyncio.subprocess.Process
    log: Path

    @property
    def cpu_seconds(self) -> float:
        """Processor seconds it has used."""
        spent = psutil.Process(self.process.pid).cpu_times()
        return float(spent.user + spent.system)

    @property
    def rss_mb(self) -> float:
        """Memory it holds now, in millions of bytes."""
        return psutil.Process(self.process.pid).memory_info().rss / 1e6

    async def says(self, wanted: str, timeout: float = 60.0) -> str:
        """Wait until a line with this text was written, and return it. Raises Failed."""
        try:
            async with asyncio.timeout(timeout):
                while True:
                    said = await asyncio.to_thread(self.log.read_text, encoding="utf-8", errors="replace")
                    for row in said.splitlines():
                        if wanted in row:
                            return row
                    self.must_run()
                    await asyncio.sleep(_LOOK_SECONDS)
        except TimeoutError:
            raise Failed(f"nothing said {wanted!r} within {timeout:g} s: {self.last_words()}") from None

    def must_run(self) -> None:
        """Raise Failed when it has ended."""
        if self.process.returncode is not None:
            raise Failed(f"a process ended by itself ({self.process.returncode}): {self.last_words()}")

    def last_words(self) -> str:
        """Return the end of what it wrote."""
        return self.log.read_text(encoding="utf-8", errors="replace")[-2000:]


@asynccontextmanager
async def started(
    command: list[str], log: Path, more: Mapping[str, str] | None = None, cwd: Path = ROOT
) -> AsyncIterator[Started]:
    """Run a command, and end it and everything it started."""
    with log.open("ab") as out:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=out,
            stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **(more or {})},
            cwd=cwd,
            start_new_session=True,  # so that an interrupt reaches the benchmark, which then ends it in order
        )
    try:
        yield Started(process, log)
    finally:
        await asyncio.shield(end(process))


async def end(process: asyncio.subprocess.Process) -> None:
    """Ask a process to end as Ctrl-C does; kill it and what it started if it does not."""
    family = _family(process.pid)
    if process.returncode is None:
        # The whole session, because `make` passes nothing on to what it runs.
        os.killpg(process.pid, signal.SIGINT)
        try:
            await asyncio.wait_for(process.wait(), _STOP_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()
    for left in family:
        if left.is_running():
            left.kill()


def _family(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


@asynccontextmanager
async def running_bot(
    twin: Twin,
    database: str,
    log: Path,
    module: Sequence[str] = ("bot", "run"),
    more: Mapping[str, str] | None = None,
) -> AsyncIterator[Started]:
    """Run the bot on a workspace and a database, as an operator would, without a key for Claude or pacing of its own.

    Another module may stand in for it; it gets the same environment. `more` is added to that, or replaces some of it.
    """
    settings = {
        "SLACK_BOT_TOKEN": twin.bot_token,
        "SLACK_APP_TOKEN": twin.app_token,
        "SLACK_API_URL": twin.api_url,
        "SIGNALBOX_DATABASE_URL": database,
        "SIGNALBOX_POLICY": str(COMPANY / "signalbox.toml"),
        "SIGNALBOX_MODELS": str(ROOT / "build"),
        "SIGNALBOX_POSTS_PER_SECOND": "0",
        "SIGNALBOX_LOG_LEVEL": "info",
        "ANTHROPIC_API_KEY": "",
        **(more or {}),
    }
    async with started([sys.executable, "-m", *module], log, settings) as bot:
        yield bot


@asynccontextmanager
async def open_twin() -> AsyncIterator[Twin]:
    """Open the demo company's workspace in this process, where everything that happens in it can be timed."""
    twin = await Twin.start(COMPANY / "workspace.toml")
    try:
        yield twin
    finally:
        await twin.stop()


@asynccontextmanager
async def running_twin(log: Path) -> AsyncIterator[str]:
    """Run the demo company's workspace in a process of its own; yields its address."""
    command = [sys.executable, "-m", "twin", "--seed", str(COMPANY / "workspace.toml"), "--port", "0"]
    async with started(command, log) as process:
        said = await process.says("is open at", 30.0)
        found = re.search(r"http://[\d.]+:\d+", said)
        if found is None:
            raise Failed(f"the workspace did not tell its address: {said}")
        yield found[0]
