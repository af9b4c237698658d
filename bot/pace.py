"""Pacing: posts to one channel keep below Slack's limit, so that Slack never has to refuse one.

People in a busy channel see cards arrive about one a second after a short burst, in order.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from bot.places import waiting


class Pace:
    """A bucket of turns for each channel: `burst` at once, then `rate` per second. Rate 0 means no pacing."""

    def __init__(
        self,
        rate: float,
        burst: int,
        monotonic: Callable[[], float],
        waited: Callable[[float], None] | None = None,
    ) -> None:
        self.rate = rate
        self.burst = burst
        self._monotonic = monotonic
        self._waited = waited  # told of every wait, in seconds
        self._free_at: dict[str, float] = {}

    async def turn(self, channel: str) -> float:
        """Wait until one more message may be posted in this channel; return the seconds it took."""
        if not self.rate:
            return 0.0
        now = self._monotonic()
        # Each turn moves the time at which the bucket is full again; a turn may start while that time is no
        # further away than the burst reaches.
        full_at = max(self._free_at.get(channel, now), now) + 1 / self.rate
        self._free_at[channel] = full_at
        wait = full_at - now - self.burst / self.rate
        if wait > 0:
            if self._waited:
                self._waited(wait)
            async with waiting():
                await asyncio.sleep(wait)
        return max(wait, 0.0)

    def hold(self, channel: str, seconds: float) -> None:
        """Let nobody post in this channel for so many seconds, because Slack said so."""
        if self.rate:
            until = self._monotonic() + seconds + self.burst / self.rate
            self._free_at[channel] = max(self._free_at.get(channel, 0.0), until)
