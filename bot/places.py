"""Places: how many deliveries are worked on at the same time, and why a slow one holds up nobody.

A person in a quiet channel notices nothing of a flood in another: whoever waits, for Slack, for a model or for a
channel's pace, gives up their place for as long as the wait lasts. So a place is held for work only, and the number of
places is the number of things that make progress, not the number of things that have begun.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from heapq import heappop, heappush
from itertools import count


class Gate:
    """Lets so many in at once; of those who wait, whoever comes first in order is next."""

    def __init__(self, free: int) -> None:
        self._free = free
        self._arrivals = count()
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []

    def locked(self) -> bool:
        """Say whether whoever comes now has to wait."""
        return self._free == 0

    async def acquire(self, order: int) -> None:
        """Wait to be let in."""
        if self._free:
            self._free -= 1
            return
        let_in = asyncio.get_running_loop().create_future()
        heappush(self._waiting, (order, next(self._arrivals), let_in))
        try:
            await let_in
        except asyncio.CancelledError:
            if not let_in.cancelled():
                self.release()  # it was let in and cut off at the same moment
            raise

    def release(self) -> None:
        """Leave, and let in who is next."""
        while self._waiting:
            _, _, let_in = heappop(self._waiting)
            if not let_in.done():
                let_in.set_result(None)
                return
        self._free += 1


class Places:
    """So many may work at once; more than `begun` are not even begun, so that a flood does not fill the memory.

    Older work goes first, so that what a dead process leaves does not wait behind what came after it.
    """

    def __init__(self, at_work: int, begun: int) -> None:
        self._work = Gate(at_work)
        self._begun = Gate(begun)

    @property
    def is_full(self) -> bool:
        """Whether all places are held."""
        return self._work.locked()

    @asynccontextmanager
    async def taken(self, order: int) -> AsyncIterator[None]:
        """Wait for a place, and hold it except during waits. The lowest in order goes first."""
        await self._begun.acquire(order)
        try:
            async with self.held(order):
                yield
        finally:
            self._begun.release()

    @asynccontextmanager
    async def held(self, order: int) -> AsyncIterator[None]:
        """Hold a place for what has begun already, perhaps in another process, if it holds none here."""
        if _HELD.get() is not None:
            yield
            return
        await self._work.acquire(order)
        place = _Place(self._work, order)
        mark = _HELD.set(place)
        try:
            yield
        finally:
            _HELD.reset(mark)
            place.finish()


class _Place:
    """One place; several waits of one delivery may overlap, and only the last to end takes it again.

    What a delivery sets off is in its context and may outlive it; it then works without a place, and takes none.
    """

    def __init__(self, work: Gate, order: int) -> None:
        self._work = work
        self._order = order
        self._is_held = True
        self._is_over = False
        self._waits = 0
        self._back = asyncio.Lock()

    def leave(self) -> None:
        self._waits += 1
        self._give_back()

    async def come_back(self) -> None:
        self._waits -= 1
        async with self._back:
            if self._waits == 0 and not self._is_held and not self._is_over:
                await self._work.acquire(self._order)
                self._is_held = True
                if self._waits or self._is_over:  # meanwhile another wait began, or all of it ended
                    self._give_back()

    def finish(self) -> None:
        self._is_over = True
        self._give_back()

    def _give_back(self) -> None:
        if self._is_held:
            self._is_held = False
            self._work.release()


_HELD: ContextVar[_Place | None] = ContextVar("place", default=None)


@asynccontextmanager
async def waiting() -> AsyncIterator[None]:
    """Give up the place that is held here, if any, while waiting for somebody else."""
    place = _HELD.get()
    if place is None:
        yield
        return
    place.leave()
    try:
        yield
    finally:
        await place.come_back()
