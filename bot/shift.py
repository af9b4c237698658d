"""The shift of a process: what it has in hand when it is asked to stop is finished, and nothing more is taken up."""

from __future__ import annotations

import asyncio
from contextlib import suppress


class Shift:
    """Whether this process still takes up steps, and which are under way."""

    def __init__(self) -> None:
        self.is_over = False
        self._under_way: set[object] = set()
        self._all_done = asyncio.Event()
        self._all_done.set()

    async def take(self, step: object) -> None:
        """Count a step as under way. Once the shift is over the flow is cancelled here instead: the engine records
        nothing of a cancelled flow, so it stays pending and the next process goes on from its last finished step."""
        if self.is_over:
            raise asyncio.CancelledError
        self._under_way.add(step)
        self._all_done.clear()

    def leave(self, step: object) -> None:
        """Count a step as done, or as waiting for something."""
        self._under_way.discard(step)
        if not self._under_way:
            self._all_done.set()

    async def end(self, patience: float) -> None:
        """Take up nothing more, and give what is under way this many seconds to finish."""
        self.is_over = True
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._all_done.wait()
