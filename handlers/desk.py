"""What every handler is handed: the doors to Slack, the engines, the database, the clock and the policy.

Nobody sees a desk in Slack. It is built once, in `bot/`, and passed by name; handlers hold nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar
from weakref import WeakValueDictionary

from agents.engines import Engines
from agents.policy import Policy
from handlers.directory import Directory
from handlers.slack import Slack
from sources.accounts import AccountSource
from storage.database import Database

T = TypeVar("T")


class Run(Protocol):
    """One run of a durable flow."""

    async def step(self, name: str, do: Callable[..., Awaitable[T]], *args: Any) -> T:
        """Do this once: after a crash a finished step gives its stored result again instead of being redone."""
        ...


class Start(Protocol):
    """The way to begin a durable flow."""

    async def __call__(self, flow: str, key: str, *args: Any) -> None:
        """Begin the flow of this name under this key; a key that was used before begins nothing."""
        ...


class Minds(Protocol):
    """The engines, which may still be loading when the first event comes in."""

    async def ready(self) -> Engines:
        """Wait until the local engine is loaded, and return the engines."""
        ...


@dataclass(frozen=True)
class Turns:
    """Locks by name, so that two renderings of one card do not overtake each other."""

    _locks: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    def of(self, name: str) -> asyncio.Lock:
        """Return the lock of this name; it is forgotten when nobody holds or awaits it."""
        lock = self._locks.get(name)
        if lock is None:
            lock = self._locks[name] = asyncio.Lock()
        return lock


@dataclass(frozen=True)
class Desk:
    """Everything a handler may use."""

    slack: Slack
    minds: Minds
    db: Database
    now: Callable[[], datetime]
    policy: Policy
    directory: Directory
    start: Start
    turns: Turns
    accounts: AccountSource | None = None
