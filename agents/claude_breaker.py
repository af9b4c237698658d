"""The breaker between Signalbox and Claude: after repeated failures Claude is left alone for a while.

A person sees cards that say the local engine spoke, at once, instead of cards that come late because every
one of them waited for the same dead service. What is deliberately not done: it reads no clock and starts no
task; the time is an argument, and the first call after the cool-down is the probe.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Admitted:
    """The call may be made. A probe is the only call that is let through while the breaker is half open."""

    probe: bool


@dataclass(frozen=True)
class Held:
    """The call must not be made for another `seconds`; at 0 somebody else is probing right now."""

    seconds: float


class Breaker:
    """Counts failures in a row. All times are monotonic seconds."""

    def __init__(self, failures: int, cooldown: float) -> None:
        """Open after that many failures in a row, for that many seconds."""
        if failures < 1 or cooldown <= 0:
            raise ValueError("A breaker needs at least one failure to open and a cool-down above zero.")
        self._limit = failures
        self._cooldown = cooldown
        self._failures = 0
        self._open_until: float | None = None
        self._probing = False

    def admit(self, now: float) -> Admitted | Held:
        """Let a call through or hold it. Whoever is admitted must report back exactly once."""
        if self._open_until is None:
            return Admitted(probe=False)
        if now < self._open_until:
            return Held(self._open_until - now)
        if self._probing:
            return Held(0.0)
        self._probing = True
        return Admitted(probe=True)

    def succeeded(self, admitted: Admitted) -> None:
        """Report that the service answered, whatever it said; this closes the breaker."""
        self._settle(admitted)
        self._failures = 0
        self._open_until = None

    def failed(
        self, admitted: Admitted, now: float, at_once: bool = False, rest: float | None = None
    ) -> None:
        """Report an outage. `at_once` opens without waiting for more of them; `rest` replaces the
        cool-down.
        """
        self._settle(admitted)
        self._failures += 1
        if at_once or admitted.probe or self._failures >= self._limit:
            until = now + (self._cooldown if rest is None else rest)
            # A call that was under way before the breaker opened must not shorten the rest.
            self._open_until = until if self._open_until is None else max(until, self._open_until)

    def abandoned(self, admitted: Admitted) -> None:
        """Report that the call ended without telling anything, for instance because its caller was
        cancelled.
        """
        self._settle(admitted)

    def _settle(self, admitted: Admitted) -> None:
        if admitted.probe:
            self._probing = False
