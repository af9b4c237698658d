"""What every handler is handed: the doors to Slack, the engines, the database, the clock and the policy.

Nobody sees a desk in Slack. It is built once, in `bot/`, and passed by name; handlers hold nothing else.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from agents.engines import Engines
from agents.policy import Policy
from handlers.directory import Directory
from handlers.slack import Slack
from handlers.turns import Turns
from sources.accounts import AccountSource
from storage.database import Database

T = TypeVar("T")


# Whether the flow at work here may have been begun by a process that died in the middle of it.
RESUMED: ContextVar[bool] = ContextVar("resumed", default=False)


class Run(Protocol):
    """One run of a durable flow."""

    async def step(self, name: str, do: Callable[..., Awaitable[T]], *args: Any) -> T:
        """Do this at least once: after a crash a finished step gives its stored result again, one that was under way
        is done anew."""
        ...

    async def repeat(self, name: str, do: Callable[..., Awaitable[T]], *args: Any) -> T:
        """Do this, waiting while something it needs is away; after a crash it is done again, finished or not.

        For what is harmless to repeat: a keyed post, a reaction, a card that is drawn from rows, a change that looks at
        the row first. Nothing is written down, which is why it costs less than a step.
        """
        ...

    async def commit(self, name: str, desk: Desk, do: Callable[..., Awaitable[T]], *args: Any) -> T:
        """Do this to rows once: `do(desk, session, *args)` and the fact that it was done are one commit.

        Its result has to be JSON. A change that may not be made twice, or that refuses when it was made already, has
        to be made this way and not as a plain step.
        """
        ...

    async def decide(
        self,
        name: str,
        desk: Desk,
        think: Callable[..., Awaitable[Any]],
        keep: Callable[..., Awaitable[T]],
        *args: Any,
    ) -> T:
        """Think, `think(desk, *args)`, and change rows by what came of it, `keep(desk, session, *args, thought)`, as a
        commit does. What was kept is not thought about again, so nobody pays for it twice.
        """
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
