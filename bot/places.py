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


class Places:
    """So many may work at once; more than `begun` are not even begun, so that a flood does not fill the memory."""

    def __init__(self, at_work: int, begun: int) -> None:
        self._work = asyncio.Semaphore(at_work)
        self._begun = asyncio.Semaphore(begun)

    @property
    def is_full(self) -> bool:
        """Whether all places are held."""
        return self._work.locked()

    @asynccontextmanager
    async def taken(self) -> AsyncIterator[None]:
        """Wait for a place, and hold it except during waits."""
        async with self._begun:
            await self._work.acquire()
            place = _Place(self._work)
            mark = _HELD.set(place)
            try:
                yield
            finally:
                _HELD.reset(mark)
                place.end()


class _Place:
    """One place; several waits of one delivery may overlap, and only the last to end takes it again."""

    def __init__(self, work: asyncio.Semaphore) -> None:
        self._work = work
        self._is_held = True
        self._waits = 0
        self._back = asyncio.Lock()

    def leave(self) -> None:
        self._waits += 1
        self.end()

    async def come_back(self) -> None:
        self._waits -= 1
        async with self._back:
            if self._waits == 0 and not self._is_held:
                await self._work.acquire()
                self._is_held = True

    def end(self) -> None:
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
