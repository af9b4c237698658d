"""Things that go wrong on purpose, and Slack's rate limits.

With faults a test or a demo sees how the app behaves when Slack is slow, refuses, swallows an answer, or delivers
twice, late, in the wrong order or not at all. Limits are off unless switched on. Deliberately simple: two lists
that are consulted once per Web API call and once per delivery, and token buckets.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from twin.clock import Clock
from twin.recent import Recent

Kind = Literal["ratelimit", "error", "hang", "drop_answer", "http500", "slow"]
DeliveryKind = Literal["duplicate", "reorder", "delay", "lose"]

# About one message a second in a channel, short bursts tolerated.
CHANNEL_BURST = 5
CHANNEL_PER_SECOND = 1.0
KEEP = 5_000


@dataclass(eq=False)
class Fault:
    """One thing that will go wrong, `times` times (0: until it is cleared).

    `drop_answer` does what was asked and then breaks the connection. `slow` does what was asked and answers after
    `seconds` of the twin's clock. `hang` waits until it is released and then does what was asked. Every other kind
    does nothing but fail.
    """

    method: str  # "*" means any of the Web API; "response_url" is an address, which can only refuse
    kind: Kind
    channel: str | None = None
    times: int = 1
    error: str = "internal_error"
    retry_after: int = 1
    hits: int = 0
    released: asyncio.Event = field(default_factory=asyncio.Event)
    seconds: float = 0.0
    id: str = ""

    def release(self) -> None:
        """Let calls that hang on this fault go on (they then do what was asked)."""
        self.released.set()

    @property
    def is_left(self) -> bool:
        """Whether it will still happen."""
        return self.times == 0 or self.hits < self.times


def _is_of(fault: Fault, method: str) -> bool:
    return fault.method == method or (fault.method == "*" and method != "response_url")


class Faults:
    """The faults that are set. The first one that fits is used up first."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._count = 0

    def __iter__(self) -> Iterator[Fault]:
        """Go through all that were set and not cleared, used up or not, oldest first."""
        return iter(list(self._faults))

    def add(
        self,
        method: str,
        kind: Kind,
        *,
        channel: str | None = None,
        times: int = 1,
        error: str = "internal_error",
        retry_after: int = 1,
        seconds: float = 0.0,
    ) -> Fault:
        """Let the next `times` calls of a method go wrong (0: until it is cleared).

        With `channel` (an id or `#name`) only calls about it. `seconds` is for `slow`.
        """
        self._count += 1
        fault = Fault(method, kind, channel, times, error, retry_after, seconds=seconds, id=f"F{self._count}")
        self._faults.append(fault)
        return fault

    def get(self, id: str) -> Fault | None:
        """Return one by its id."""
        return next((one for one in self._faults if one.id == id), None)

    def clear(self, id: str | None = None) -> bool:
        """Take one fault away, or all, and let what hangs on it go on. Returns whether there was any."""
        gone = [one for one in self._faults if id in (None, one.id)]
        for fault in gone:
            fault.release()
            self._faults.remove(fault)
        return bool(gone)

    def meet(self, method: str, channel: tuple[str, ...]) -> Fault | None:
        """Return the fault this call runs into, if any, and count it; `channel` holds its id and name."""
        for fault in self._faults:
            fits = _is_of(fault, method) and fault.channel in (None, *channel)
            if fits and fault.is_left:
                fault.hits += 1
                return fault
        return None


@dataclass(eq=False)
class DeliveryFault:
    """One thing that will go wrong on the way to the app, `times` times (0: until it is cleared).

    `duplicate` brings the same twice. `reorder` holds it back until the next delivery was sent (or `seconds` of the
    twin's clock have passed). `delay` brings it after `seconds` of the twin's clock. `lose` never brings it, and as
    nobody acknowledges it, it comes again as Slack repeats it.
    """

    event: str
    kind: DeliveryKind
    times: int = 1
    seconds: float = 0.0
    id: str = ""
    hits: int = 0

    def fits(self, names: tuple[str, ...]) -> bool:
        """Whether it will happen to a delivery that goes by these names."""
        return (self.times == 0 or self.hits < self.times) and (self.event == "*" or self.event in names)


class DeliveryFaults:
    """The faults of delivery that are set. The first one that fits is used up first."""

    def __init__(self, let_go: Callable[[DeliveryFault], None]) -> None:
        self._let_go = let_go
        self._faults: list[DeliveryFault] = []
        self._count = 0

    def __iter__(self) -> Iterator[DeliveryFault]:
        """Go through all that were set and not cleared, used up or not, oldest first."""
        return iter(list(self._faults))

    def add(
        self, event: str = "*", kind: DeliveryKind = "duplicate", *, times: int = 1, seconds: float = 0.0
    ) -> DeliveryFault:
        """Let the next `times` deliveries go wrong (0: until it is cleared).

        `event` is `*`, an event's type (`message`, also `message.channel_join`), `interactive` or one of its types
        (`block_actions`), `slash_commands` or one command (`/help`). Each attempt counts, so that two of `lose`
        also lose the first repetition.
        """
        self._count += 1
        fault = DeliveryFault(event, kind, times, seconds, f"D{self._count}")
        self._faults.append(fault)
        return fault

    def get(self, id: str) -> DeliveryFault | None:
        """Return one by its id."""
        return next((one for one in self._faults if one.id == id), None)

    def clear(self, id: str | None = None) -> bool:
        """Take one fault away, or all, and send what it holds back. Returns whether there was any."""
        gone = [one for one in self._faults if id in (None, one.id)]
        for fault in gone:
            self._faults.remove(fault)
            self._let_go(fault)
        return bool(gone)

    def meet(self, names: tuple[str, ...]) -> DeliveryFault | None:
        """Return the fault a delivery of these names runs into, if any, and count it."""
        for fault in self._faults:
            if fault.fits(names):
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
