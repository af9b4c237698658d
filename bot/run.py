"""One run of a durable flow: what is done once, what is done again, and what waits for a dependency that is away.

Nobody in Slack sees it, except as work that goes on where it was when a process died. A step that meets an unavailable
dependency waits and tries again for as long as it takes; a refusal or a bug ends the flow.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.killpoints import KillPoints, Reach
from bot.places import waiting
from bot.shift import Shift
from bot.vitals import Vitals
from handlers.desk import Desk
from handlers.errors import Unavailable
from storage import steps
from storage.database import READ_ONLY

T = TypeVar("T")
Checkpoint = Callable[[str, Callable[[], Coroutine[Any, Any, Any]]], Awaitable[Any]]
log = structlog.get_logger("signalbox.run")

_SHORTEST_WAIT, _LONGEST_WAIT = 0.2, 15.0  # seconds between two tries of a step


class DurableRun:
    """One run of a flow; its steps are checkpointed under the flow's key."""

    def __init__(
        self,
        shift: Shift,
        key: str,
        points: KillPoints,
        vitals: Vitals,
        checkpoint: Checkpoint,
        has_step: Callable[[str], Awaitable[bool]],
        is_first: bool,
    ) -> None:
        """`checkpoint` does something under a name, or returns what came of it in an earlier run; `has_step` says if
        there was one. The first run of a flow, begun here and now, has no earlier one to look for."""
        self._shift = shift
        self._key = key
        self._points = points
        self._vitals = vitals
        self._checkpoint = checkpoint
        self._has_step = has_step
        self._is_first = is_first
        self._names: set[str] = set()  # under which something was kept, or is being kept

    async def step(self, name: str, do: Callable[..., Awaitable[T]], *args: Any) -> T:
        """Do this once. A dependency that does not answer is waited for."""
        reach = self._points.here(name)

        async def written_down(until_done: Callable[[], Coroutine[Any, Any, T]]) -> T:
            async def done() -> T:
                result = await until_done()
                reach("done")
                return result

            result: T = await self._checkpoint(name, done)
            return result

        reach("before")
        result = await self._during_the_shift(name, written_down, do, *args)
        reach("after")
        return result

    async def repeat(self, name: str, do: Callable[..., Awaitable[T]], *args: Any) -> T:
        """Do this, and again after a crash. A dependency that does not answer is waited for."""
        reach = self._points.here(name)
        reach("before")
        result = await self._just_do(name, do, *args)
        reach("after")
        return result

    async def commit(self, name: str, desk: Desk, do: Callable[..., Awaitable[T]], *args: Any) -> T:
        """Change rows once, together with the fact that they were changed."""
        reach = self._points.here(name)
        key = self._key_of(name)
        reach("before")
        result = await self._keep(name, key, reach, desk, do, *args)
        reach("after")
        return result

    async def decide(
        self,
        name: str,
        desk: Desk,
        think: Callable[..., Awaitable[Any]],
        keep: Callable[..., Awaitable[T]],
        *args: Any,
    ) -> T:
        """Think, and change rows by what came of it, once; what was kept before is not thought about again."""
        reach = self._points.here(name)
        key = self._key_of(name)
        reach("before")
        result: T
        if not self._is_first:
            if before := await self._just_do(name, steps.done, desk.db, key):
                result = before.result
                return result
            if await self._just_do(name, self._has_step, name):
                # The version before made a step of it, which has its place among the steps of this flow.
                result = await self._checkpoint(name, _done_before)
                return result
        thought = await self._just_do(name, think, desk, *args)
        reach("thought")
        result = await self._keep(f"{name} kept", key, reach, desk, keep, *args, thought)
        reach("after")
        return result

    async def earlier(self, name: str, desk: Desk) -> Any:
        """Return what an earlier run of this flow has kept under a name; None when it kept nothing."""
        if self._is_first:
            return None
        before = await self._just_do(name, steps.done, desk.db, f"{self._key}:{name}")
        return before.result if before else None

    def _key_of(self, name: str) -> str:
        """Return the key under which something is kept. Two things under one would be taken for the same."""
        if name in self._names:
            raise ValueError(f"this flow keeps something under {name!r} already; give each its own name")
        self._names.add(name)
        return f"{self._key}:{name}"

    async def _keep(
        self, name: str, key: str, reach: Reach, desk: Desk, do: Callable[..., Awaitable[T]], *args: Any
    ) -> T:
        async def change(session: AsyncSession) -> T:
            result = await do(desk, session, *args)
            reach("done")
            return result

        is_first = self._is_first

        async def in_one_go() -> T:
            nonlocal is_first
            was_first, is_first = is_first, False  # a try that failed may have been committed all the same
            result: T = await steps.once(desk.db, key, desk.now(), change, is_first=was_first)
            return result

        # The row that says it was done is all the checkpoint there needs to be.
        return await self._just_do(name, in_one_go)

    async def _just_do(self, name: str, do: Callable[..., Awaitable[T]], *args: Any) -> T:
        async def just_done(until_done: Callable[[], Coroutine[Any, Any, T]]) -> T:
            return await until_done()

        return await self._during_the_shift(name, just_done, do, *args)

    async def _during_the_shift(
        self,
        name: str,
        perform: Callable[[Callable[[], Coroutine[Any, Any, T]]], Awaitable[T]],
        do: Callable[..., Awaitable[T]],
        *args: Any,
    ) -> T:
        step = object()

        async def until_done() -> T:
            async def pause(wait: float) -> None:
                self._shift.leave(step)
                async with waiting():
                    await asyncio.sleep(wait)
                await self._shift.take(step)

            return await patiently(name, pause, self._vitals.tried(name, do), *args)

        await self._shift.take(step)
        try:
            with self._vitals.step(name):
                return await perform(until_done)
        finally:
            self._shift.leave(step)


async def _done_before() -> None:
    raise AssertionError("a step that has its checkpoint is not done again")


async def patiently(
    name: str, pause: Callable[[float], Awaitable[None]], do: Callable[..., Awaitable[T]], *args: Any
) -> T:
    """Do this, and again after a pause (in seconds) for as long as something it needs is away."""
    wait = _SHORTEST_WAIT
    while True:
        try:
            return await do(*args)
        except (Unavailable, DBAPIError, NoConnection) as wrong:
            if isinstance(wrong, DBAPIError) and not _may_pass(wrong):
                raise
            log.warning("step waits", step=name, wait_s=wait, error=type(wrong).__name__)
        await pause(wait)
        wait = min(wait * 2, _LONGEST_WAIT)


def _may_pass(wrong: DBAPIError) -> bool:
    """Say whether a database error is an outage (locked, gone, full, read-only) and not a fault of ours."""
    if wrong.connection_invalidated or getattr(wrong.orig, "sqlstate", None) == READ_ONLY:
        return True
    return type(wrong).__name__ in ("OperationalError", "InterfaceError")
