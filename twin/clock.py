"""The twin's time: what the workspace shows on every message, and what its deadlines are measured with.

The clock of a workspace that runs by itself goes with real time, and a developer may set it forward or stop it: then
reminders, retries and refreshes that are due happen, in their order. A test may pass any object with `now()`;
deadlines then pass when that clock says so, however long the test takes. Deliberately no way back: timestamps of
messages only ever grow. No time zones of people here either: the page shows local times itself.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

from twin.words import Refused

# How often a clock that is not ours is looked at: short enough to feel immediate, and still cheap.
LOOK_AGAIN = 0.02
# Alarms that were called off stay until their time comes, which on a clock that stands still is never.
TIDY_AT = 1_000


class Clock(Protocol):
    """Anything that tells the time as an aware datetime."""

    def now(self) -> datetime: ...


class RealClock:
    """The machine's own clock, in UTC."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class SteppedClock:
    """Real time, which may be set forward and may stand still. It never goes back, whatever the machine's clock does.

    `start` is what it shows first (an aware datetime; the real time unless given).
    """

    def __init__(self, start: datetime | None = None, *, running: bool = True) -> None:
        if start is not None and start.tzinfo is None:
            raise ValueError(
                "a clock starts at an aware datetime, such as datetime(2026, 11, 23, tzinfo=UTC)"
            )
        self._last = start.astimezone(UTC) if start is not None else datetime.now(UTC)
        self._ahead = self._last - datetime.now(UTC) if start is not None else timedelta()
        self.is_running = running

    def now(self) -> datetime:
        if self.is_running:
            self._last = max(self._last, datetime.now(UTC) + self._ahead)
        return self._last

    @property
    def ahead(self) -> timedelta:
        """How far it is ahead of real time (negative when it is behind)."""
        return self.now() - datetime.now(UTC)

    def advance(self, seconds: float) -> None:
        """Set it forward. Raises Refused when that leads back, or beyond what a clock can show."""
        self.set(self.later(seconds))

    def later(self, seconds: float) -> datetime:
        """Return what it shows `seconds` from now. Raises Refused when no clock can show that."""
        try:
            return self.now() + timedelta(seconds=seconds)
        except (OverflowError, ValueError) as problem:
            raise Refused(
                "time_out_of_range", f"No clock can show a time {seconds} seconds from now."
            ) from problem

    def set(self, to: datetime) -> None:
        """Let it show this time (an aware datetime). Raises Refused when that is in its past."""
        now = self.now()
        if to < now:
            say = (
                f"The clock shows {now:%Y-%m-%d %H:%M:%S} UTC and cannot go back: timestamps only ever grow."
            )
            raise Refused("time_goes_back", say)
        self._last = to.astimezone(UTC)
        self._ahead = self._last - datetime.now(UTC)

    def freeze(self) -> None:
        """Let it stand still at what it shows."""
        self.now()
        self.is_running = False

    def run(self) -> None:
        """Let it go on from what it shows."""
        if not self.is_running:
            self._ahead = self._last - datetime.now(UTC)
            self.is_running = True


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
        self._tidy_at = TIDY_AT

    def now(self) -> datetime:
        """Return the time of the clock the alarms ring by."""
        return self._clock.now()

    @property
    def next_due(self) -> datetime | None:
        """When the next alarm rings, if any is set."""
        while self._heap and self._heap[0][2].is_off:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def set(self, seconds: float, do: Callable[[], None]) -> Alarm:
        """Do something `seconds` from now on the twin's clock. Must be called inside a running loop."""
        alarm = Alarm(do)
        due = self._clock.now() + timedelta(seconds=seconds)
        heapq.heappush(self._heap, (due, next(self._count), alarm))
        if len(self._heap) > self._tidy_at:
            self._heap = [entry for entry in self._heap if not entry[2].is_off]
            heapq.heapify(self._heap)
            self._tidy_at = max(TIDY_AT, 2 * len(self._heap))
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._watch())
        return alarm

    async def wait(self, seconds: float) -> None:
        """Wait until so much has passed on the twin's clock."""
        passed = asyncio.Event()
        alarm = self.set(seconds, passed.set)
        try:
            await passed.wait()
        finally:
            alarm.call_off()

    def ring_due(self) -> None:
        """Ring everything that is due now; a test that moved its clock may call this instead of waiting."""
        now = self._clock.now()
        while (due := self.next_due) is not None and due <= now:
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


async def walk(
    clock: SteppedClock, alarms: Alarms, to: datetime, settle: Callable[[], Awaitable[None]]
) -> None:
    """Take the clock forward from alarm to alarm, so that each rings at its own time, also those set on the way.

    `settle` is awaited before each step: what was sent meanwhile gets its chance to be answered before time goes on.
    Raises Refused when `to` is in the clock's past.
    """
    if to < clock.now():
        clock.set(to)
    await settle()
    while (due := alarms.next_due) is not None and due <= to:
        clock.set(max(due, clock.now()))
        alarms.ring_due()
        await settle()
    clock.set(max(to, clock.now()))
