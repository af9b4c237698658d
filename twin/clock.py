"""The twin's time: what the workspace shows on every message, and what its deadlines are measured with.

A test may pass any object with `now()`; deadlines then pass when that clock says so, however long the test
takes. Deliberately no time zones of people here: the page shows local times itself.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

# How often a clock that is not ours is looked at: short enough to feel immediate, and still cheap.
LOOK_AGAIN = 0.02


class Clock(Protocol):
    """Anything that tells the time as an aware datetime."""

    def now(self) -> datetime: ...


class RealClock:
    """The machine's own clock, in UTC."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class Timestamps:
    """Hands out message timestamps: unique, increasing, in Slack's form `1763800000.000100`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0

    def next(self) -> str:
        """Return the next timestamp. While the clock stands still they are a hundred microseconds apart."""
        micros = round(self._clock.now().timestamp() * 1_000_000)
        self._last = micros if micros > self._last else self._last + 100
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"


class Alarm:
    """One thing to do at a time of the twin's clock; it may be called off."""

    def __init__(self, do: Callable[[], None]) -> None:
        self._do: Callable[[], None] | None = do

    def call_off(self) -> None:
        self._do = None

    def ring(self) -> None:
        do, self._do = self._do, None
        if do is not None:
            do()

    @property
    def is_off(self) -> bool:
        return self._do is None


class Alarms:
    """Rings alarms when the twin's clock reaches them.

    A task looks at the clock only while something is set.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._heap: list[tuple[datetime, int, Alarm]] = []
        self._count = itertools.count()
        self._task: asyncio.Task[None] | None = None

    def set(self, seconds: float, do: Callable[[], None]) -> Alarm:
        """Do something `seconds` from now on the twin's clock. Must be called inside a running loop."""
        alarm = Alarm(do)
        due = self._clock.now() + timedelta(seconds=seconds)
        heapq.heappush(self._heap, (due, next(self._count), alarm))
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._watch())
        return alarm

    def ring_due(self) -> None:
        """Ring everything that is due now; a test that moved its clock may call this instead of waiting."""
        now = self._clock.now()
        while self._heap and (self._heap[0][2].is_off or self._heap[0][0] <= now):
            heapq.heappop(self._heap)[2].ring()

    def stop(self) -> None:
        """Forget every alarm and stop looking at the clock."""
        self._heap.clear()
        if self._task is not None:
            self._task.cancel()

    async def _watch(self) -> None:
        while self._heap:
            await asyncio.sleep(LOOK_AGAIN)
            self.ring_due()
