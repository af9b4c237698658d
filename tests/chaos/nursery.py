"""Births: processes of the bot that need not read the code first, because they are forked from one that has.

Reading it takes longer than a walk to the next kill point, and hundreds of processes die here. What is forked has
connected to nothing and read no settings; from there on it is `python -m bot …` like any other.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import select
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.process import Launcher, Process, lent
from tests.world import ROOT

BUGS = "TOUR_BUGS"  # the file that keeps the bugs below in our code, for as long as it is there
BUG = "a bug that this tour has put in"
STUMBLED_ON = "the words that our code stumbles on"
_LOOK = 0.02
_PATIENT = (signal.SIGINT, signal.SIGTERM)


@dataclass
class Born:
    """A process that was forked; as much of asyncio's own kind as whoever launches one needs."""

    pid: int
    returncode: int | None = None
    _ended: asyncio.Event = field(default_factory=asyncio.Event)

    def end(self, code: int) -> None:
        """Take note that it ended."""
        self.returncode = code
        self._ended.set()

    def send_signal(self, number: int) -> None:
        """Send it a signal, as long as it is there."""
        if self.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """End it with kill -9."""
        self.send_signal(signal.SIGKILL)

    async def wait(self) -> int:
        """Wait until it has ended."""
        await self._ended.wait()
        assert self.returncode is not None
        return self.returncode


class Nursery:
    """The process that others are forked from."""

    def __init__(self, mother: asyncio.subprocess.Process) -> None:
        self._mother = mother
        self._asked: dict[int, asyncio.Future[Born]] = {}
        self._born: dict[int, Born] = {}
        self._listening = asyncio.create_task(self._listen())

    async def bear(self, order: dict[str, Any]) -> Born:
        """Fork one, with its arguments, folder, environment and the files that it writes to."""
        number = len(self._asked)
        self._asked[number] = asyncio.get_running_loop().create_future()
        assert self._mother.stdin is not None
        self._mother.stdin.write(json.dumps({**order, "number": number}).encode() + b"\n")
        return await self._asked[number]

    async def _listen(self) -> None:
        assert self._mother.stdout is not None
        async for line in self._mother.stdout:
            told = json.loads(line)
            if "number" in told:
                self._born[told["pid"]] = Born(told["pid"])
                self._asked[told["number"]].set_result(self._born[told["pid"]])
            else:
                self._born[told["pid"]].end(told["code"])

    async def close(self) -> None:
        """End the mother; her children have ended before."""
        assert self._mother.stdin is not None
        self._mother.stdin.close()
        await self._mother.wait()
        await self._listening


@dataclass
class Midwife(Launcher):
    """A launcher whose processes are forked."""

    nursery: Nursery | None = None

    async def launch(self, *args: str, env: Mapping[str, str] | None = None, module: str = "bot") -> Process:
        """Start `python -m bot` with these arguments."""
        assert self.nursery is not None and module == "bot"
        number = len(self.started)
        out, err = (self.folder / f"{number}.{kind}" for kind in ("out", "err"))
        for file in (out, err):
            file.touch()
        names = {"COLUMNS": "300", **self.env, **(env or {})}
        order = {"args": args, "cwd": str(self.folder), "env": names, "out": str(out), "err": str(err)}
        process = Process(await self.nursery.bear(order), self.folder, number)  # type: ignore[arg-type]
        self.started.append(process)
        return process


@asynccontextmanager
async def nursery() -> AsyncIterator[Nursery]:
    """Open a nursery."""
    opened = Nursery(
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.chaos.nursery"),
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            # A thread of a library's pool would not outlive the fork.
            env={**lent(), "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        )
    )
    try:
        yield opened
    finally:
        await opened.close()


def _be_born(order: dict[str, Any]) -> None:
    """Become the process that was ordered, and never return."""
    os.setsid()
    for number in _PATIENT:
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    os.chdir(order["cwd"])
    os.environ.update(order["env"])
    for file, flags, descriptor in (
        (os.devnull, os.O_RDONLY, 0),
        (order["out"], os.O_WRONLY, 1),
        (order["err"], os.O_WRONLY, 2),
    ):
        os.dup2(os.open(file, flags), descriptor)
    if BUGS in os.environ:
        _put_bugs_in(Path(os.environ[BUGS]))
    from bot.__main__ import app

    code = 1
    try:
        app(order["args"])
        code = 0
    except SystemExit as wanted:
        code = wanted.code if isinstance(wanted.code, int) else 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _put_bugs_in(file: Path) -> None:
    """Let our code fail on a message with certain words, and on every claim: only a bug shows what becomes of bugs."""
    from handlers import tickets, triage

    handle, claim = triage.handle, tickets.on_claim

    def fall() -> None:
        if file.exists():
            raise RuntimeError(BUG)

    async def stumbles(desk: Any, run: Any, request: Any, insisted_by: str = "") -> int | None:
        if STUMBLED_ON in request.text:
            fall()
        return await handle(desk, run, request, insisted_by)

    async def fails(body: dict[str, Any], action: dict[str, Any], desk: Any, run: Any) -> None:
        fall()
        await claim(body, action, desk, run)

    triage.handle, tickets.on_claim = stumbles, fails


def _mother() -> None:
    """Read orders, one JSON object a line, and say who was born and who has died."""
    import agents.claude  # noqa: F401 (what takes long)
    import bot.__main__
    import bot.running  # noqa: F401 (as does this)

    # She ends when nobody orders any more, and with her whoever is still alive.
    for number in _PATIENT:
        signal.signal(number, signal.SIG_IGN)
    gc.collect()
    gc.freeze()
    answers = os.dup(1)
    os.set_inheritable(answers, False)

    def tell(what: dict[str, int]) -> None:
        os.write(answers, json.dumps(what).encode() + b"\n")

    waiting, alive = b"", set[int]()
    while True:
        if select.select([0], [], [], _LOOK)[0]:
            if not (read := os.read(0, 65536)):
                # Whoever ordered them is gone, perhaps without a word to them.
                for pid in alive:
                    os.kill(pid, signal.SIGKILL)
                return
            *lines, waiting = (waiting + read).split(b"\n")
            for line in lines:
                order = json.loads(line)
                if not (pid := os.fork()):
                    os.close(answers)
                    _be_born(order)
                alive.add(pid)
                tell({"number": order["number"], "pid": pid})
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                alive.discard(ended[0])
                tell({"pid": ended[0], "code": os.waitstatus_to_exitcode(ended[1])})


if __name__ == "__main__":
    _mother()
