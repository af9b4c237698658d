"""`python -m benchmarks.metered`: the bot as an operator runs it, with a meter of processor time by step.

The bot is one thread in which many requests take turns, so a step's time from begin to end is partly that of others.
But the loop runs one callback at a time, without a break until it waits: each is timed by the thread's own processor
clock, and booked under the step in whose context it runs. What a step sends to a pool of threads is timed there and
booked under it too. On SIGUSR1 everything spent so far is written out, in seconds.

Not seen, and so in nobody's account: the loop's own work between callbacks, threads that belong to no pool (each SQLite
connection has one) and those of numeric libraries. What an idle bot spends is not taken off. A new connection's or
task's callbacks count for the step that made it, and what several share, such as deliveries that are committed
together, for nobody or for the first. The clocks themselves cost a few percent.
"""

from __future__ import annotations

import json
import re
import signal
import threading
import time
from asyncio.events import Handle
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from bot.__main__ import run
from bot.vitals import Vitals

NO_FLOW, BETWEEN = "outside flows", "between steps"
_STEP: ContextVar[str] = ContextVar("step", default=NO_FLOW)


class Meter:
    """Who has spent how much. One per process, and for the one thread that the loop runs in."""

    def __init__(self, clock: Callable[[], float] = time.thread_time) -> None:
        self.spent: defaultdict[str, float] = defaultdict(float)
        self._clock = clock
        self._name, self._since = "", 0.0
        self._lock = threading.Lock()  # for what the pools' threads book

    def callback(self, run_it: Callable[[], None], name: str) -> None:
        """Run one callback of the loop, and book it under the step in whose context it runs."""
        self._name, self._since = name, self._clock()
        try:
            run_it()
        finally:
            self._book()

    @contextmanager
    def inside(self, name: str) -> Iterator[None]:
        """Book what is done from here on, in this context, under this name."""
        before = _STEP.get()
        self._enter(name)
        try:
            yield
        finally:
            self._enter(before)

    def in_a_thread(self, name: str, do: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that does the same in another thread, and books it under this name."""

        def timed(*args: Any, **more: Any) -> Any:
            began = self._clock()
            try:
                return do(*args, **more)
            finally:
                with self._lock:
                    self.spent[name] += self._clock() - began

        return timed

    def _enter(self, name: str) -> None:
        self._book()
        self._name = name
        _STEP.set(name)

    def _book(self) -> None:
        now = self._clock()
        with self._lock:
            self.spent[self._name] += now - self._since
        self._since = now


def install(meter: Meter) -> None:
    """Let this meter run in this process from now on."""
    handle, submit, step, flow = Handle._run, ThreadPoolExecutor.submit, Vitals.step, Vitals.flow

    def metered_handle(self: Any) -> None:
        meter.callback(lambda: handle(self), self._context.get(_STEP, NO_FLOW))

    def metered_submit(self: ThreadPoolExecutor, do: Any, /, *args: Any, **more: Any) -> Future[Any]:
        return submit(self, meter.in_a_thread(_STEP.get(), do), *args, **more)

    @contextmanager
    def metered_step(self: Vitals, name: str) -> Iterator[None]:
        with meter.inside(kind(name)), step(self, name):
            yield

    @contextmanager
    def metered_flow(self: Vitals, name: str) -> Iterator[None]:
        with meter.inside(BETWEEN), flow(self, name):
            yield

    Handle._run = metered_handle  # type: ignore[method-assign]
    ThreadPoolExecutor.submit = metered_submit  # type: ignore[method-assign,assignment]
    Vitals.step, Vitals.flow = metered_step, metered_flow  # type: ignore[method-assign]


def kind(step: str) -> str:
    """Return a step's name without the numbers of tickets in it."""
    return re.sub(r"\s*\d+", "", step)


def main() -> None:
    """Run until told to stop."""
    meter, times = Meter(), 0
    install(meter)

    def write_out(*_: object) -> None:
        nonlocal times
        times += 1
        print(f"spent {times} {json.dumps(dict(meter.spent))}", flush=True)

    signal.signal(signal.SIGUSR1, write_out)
    run()


if __name__ == "__main__":
    main()
