"""Things that go wrong on purpose, and Slack's rate limits.

With faults a test or a demo sees how the app behaves when Slack is slow, refuses, or swallows an answer.
Limits are off unless switched on. Deliberately simple: a list that is consulted once per Web API call, and
token buckets.
"""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass, field
from typing import Literal

from twin.clock import Clock
from twin.recent import Recent

Kind = Literal["ratelimit", "error", "hang", "drop_answer", "http500"]

# About one message a second in a channel, short bursts tolerated.
CHANNEL_BURST = 5
CHANNEL_PER_SECOND = 1.0
KEEP = 5_000


@dataclass(eq=False)
class Fault:
    """One thing that will go wrong, `times` times.

    `drop_answer` does what was asked and then breaks the connection. `hang` waits until it is released and
    then does what was asked. Every other kind does nothing but fail.
    """

    method: str  # "*" means any
    kind: Kind
    channel: str | None = None
    times: int = 1
    error: str = "internal_error"
    retry_after: int = 1
    hits: int = 0
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def release(self) -> None:
        """Let calls that hang on this fault go on (they then do what was asked)."""
        self.released.set()


class Faults:
    """The faults that are set. The first one that fits is used up first."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(
        self,
        method: str,
        kind: Kind,
        *,
        channel: str | None = None,
        times: int = 1,
        error: str = "internal_error",
        retry_after: int = 1,
    ) -> Fault:
        """Let the next `times` calls of a method (optionally only in one channel, by id or `#name`) go

        Wrong.
        """
        fault = Fault(method, kind, channel, times, error, retry_after)
        self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """Take every fault away and let what hangs go on."""
        for fault in self._faults:
            fault.release()
        self._faults.clear()

    def meet(self, method: str, channel: tuple[str, ...]) -> Fault | None:
        """Return the fault this call runs into, if any, and count it; `channel` holds its id and name."""
        for fault in self._faults:
            fits = fault.method in ("*", method) and fault.channel in (None, *channel)
            if fits and fault.hits < fault.times:
                fault.hits += 1
                return fault
        return None


class Limits:
    """Slack's rate limits: a bucket for each channel that is posted to, and one for each method's tier."""

    def __init__(self, clock: Clock) -> None:
        self.enabled = False
        self._clock = clock
        self._buckets: Recent[str, tuple[float, float]] = Recent(KEEP)

    def post_in(self, channel: str) -> int | None:
        """Take one message's worth for a channel. Returns seconds to wait when there is none left."""
        return self._take(f"#{channel}", CHANNEL_BURST, CHANNEL_PER_SECOND)

    def call(self, method: str, per_minute: int) -> int | None:
        """Take one call's worth of a method. Returns seconds to wait when there is none left."""
        return self._take(method, per_minute, per_minute / 60)

    def _take(self, key: str, size: float, per_second: float) -> int | None:
        if not self.enabled:
            return None
        now = self._clock.now().timestamp()
        left, since = self._buckets.get(key, (size, now))
        left = min(size, left + (now - since) * per_second)
        if left < 1:
            self._buckets[key] = (left, now)
            return max(1, math.ceil((1 - left) / per_second))
        self._buckets[key] = (left - 1, now)
        return None
