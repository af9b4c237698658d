"""Taking turns: what concerns one card or one post happens one after the other within a process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from weakref import WeakValueDictionary


@dataclass(frozen=True)
class Turns:
    """Locks by name, so that two renderings of one card do not overtake each other.

    `waiting` is entered while a turn is waited for: whoever has the turn may need what the waiting one holds.
    """

    waiting: Callable[[], AbstractAsyncContextManager[None]] = nullcontext
    _locks: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    @asynccontextmanager
    async def of(self, name: str) -> AsyncIterator[None]:
        """Take the turn of this name, after whoever has it."""
        lock = self._locks.get(name)
        if lock is None:
            lock = self._locks[name] = asyncio.Lock()
        if lock.locked():
            await self._wait_for(lock)
        else:
            await lock.acquire()
        try:
            yield
        finally:
            lock.release()

    async def _wait_for(self, lock: asyncio.Lock) -> None:
        is_ours = False
        try:
            async with self.waiting():
                is_ours = await lock.acquire()
        except BaseException:
            if is_ours:  # cut off after the turn came and before it could be used
                lock.release()
            raise
