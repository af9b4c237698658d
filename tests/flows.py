"""Running a flow in a test as the engine would, with a crash wherever the test wants one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from uuid import uuid4

from bot.run import patiently
from handlers.desk import Desk
from handlers.errors import Refusal
from storage import steps

T = TypeVar("T")


class Crash(Exception):
    """The process died."""


class Straight:
    """One run of a flow. A finished step gives its result again; `dies_after` is the step whose result is lost."""

    def __init__(self, dies_after: str = "") -> None:
        self.key = uuid4().hex
        self.done: dict[str, Any] = {}
        self.dies_after = dies_after

    async def step(self, name: str, do: Callable[..., Awaitable[T]], *args: Any) -> T:
        """Do this once. Raises Crash when the process dies between the deed, or its refusal, and its record."""
        if name in self.done:
            result: T = self.done[name]
            return result
        try:
            result = await do(*args)
        except Refusal:
            self._die_after(name)
            raise
        self._die_after(name)
        self.done[name] = result
        return result

    async def repeat(self, name: str, do: Callable[..., Awaitable[T]], *args: Any) -> T:
        """Do this, and again when the flow runs again; what is away is waited for."""
        result = await patiently(name, asyncio.sleep, do, *args)
        self._die_after(name)
        return result

    def _die_after(self, name: str) -> None:
        if name == self.dies_after:
            self.dies_after = ""
            raise Crash(name)

    async def commit(self, name: str, desk: Desk, do: Callable[..., Awaitable[T]], *args: Any) -> T:
        """Change rows once, together with the fact that they were changed."""

        async def in_one_go() -> T:
            result: T = await steps.once(
                desk.db, f"{self.key}:{name}", desk.now(), lambda session: do(desk, session, *args)
            )
            return result

        return await self.repeat(name, in_one_go)

    async def decide(
        self,
        name: str,
        desk: Desk,
        think: Callable[..., Awaitable[Any]],
        keep: Callable[..., Awaitable[T]],
        *args: Any,
    ) -> T:
        """Think and change rows by what came of it; what was kept before is not thought about again."""
        if before := await steps.done(desk.db, f"{self.key}:{name}"):
            result: T = before.result
            return result
        return await self.commit(name, desk, keep, *args, await think(desk, *args))

    async def earlier(self, name: str, desk: Desk) -> Any:
        """Return what an earlier run of this flow has kept under a name; None when it kept nothing."""
        before = await steps.done(desk.db, f"{self.key}:{name}")
        return before.result if before else None
