"""Kill points: the named instants at which a test may end the process as a power cut would.

Nobody in Slack ever sees one, because none is there unless SIGNALBOX_DIE_AT is set. With `name:nth` the process ends
itself when it reaches that point for the nth time. With `each:FOLDER` it ends at any point at which no process has
ended yet, as long as there is a file FOLDER/.next to take; so several processes die one at a time, and whoever runs
them decides when the next may. Points are named after the function they are in, so that a new one cannot be forgotten.
"""

from __future__ import annotations

import os
import re
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from types import FrameType, SimpleNamespace
from urllib.parse import urlparse

from aiohttp import ClientSession, TraceConfig, TraceRequestEndParams, TraceRequestStartParams
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.database import Database

Reach = Callable[[str], None]
TOKEN = ".next"
_OURS = ("bot", "handlers", "sources", "storage")
# A step that is done for each of several tickets is one point, whatever their numbers are.
_NUMBER = re.compile(r"(?<=T-)\d+|(?<= )\d+(?=: )")
# Everybody posts through these, so they say nothing about who is cut off.
_SHARED = ("handlers.slack", "handlers.posting")
# What is handed to a step is called by these in the name of the flow that handed it over.
_BETWEEN = ("bot.engine", "bot.run", "bot.vitals", "bot.places")


class KillPoints:
    """No kill points: nobody dies."""

    def here(self, what: str) -> Reach:
        """Return what is called with "before", "done" or "after" around something in the caller's caller."""
        return _live_on

    def reach(self, name: str) -> None:
        """Die here, if it is time."""

    def database(self, url: str) -> Database:
        """Return an opened database in which each transaction has a point before and after its end."""
        return Database(url)

    def traces(self) -> list[TraceConfig]:
        """Return what gives each call to Slack a point before it and one after the answer."""
        return []


def _live_on(moment: str) -> None:
    """Nothing happens."""


def chosen(die_at: str) -> KillPoints:
    """Return the kill points that a setting asks for. Raises ValueError when it is neither of the two forms."""
    if not die_at:
        return KillPoints()
    if die_at.startswith("each:"):
        return Deadly(Each(Path(die_at.removeprefix("each:"))))
    name, _, nth = die_at.rpartition(":")
    return Deadly(Nth(name, int(nth)))


class Nth:
    """Death at the nth time that one point is reached."""

    def __init__(self, name: str, nth: int) -> None:
        self._name = name
        self._left = nth

    def __call__(self, name: str) -> None:
        """End the process, if it is time."""
        if name == self._name:
            self._left -= 1
            if self._left == 0:
                _die()


class Each:
    """Death at every point once; the points at which somebody died, or came by, are files in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._met = Counter[str]()

    def __call__(self, name: str) -> None:
        """End the process, if nobody has died here and it is somebody's turn to die."""
        name = _NUMBER.sub("*", name)
        self._met[name] += 1
        if self._met[name] == 1:
            (self._folder / "met" / name).touch()
        if (self._folder / "died" / name).exists():
            return
        try:
            (self._folder / TOKEN).rename(self._folder / "died" / name)
        except FileNotFoundError:
            return  # somebody else's turn was taken just now, or nobody is to die
        _die()


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Deadly(KillPoints):
    """Kill points that kill."""

    def __init__(self, doom: Callable[[str], None]) -> None:
        self._doom = doom

    def reach(self, name: str) -> None:
        self._doom(name)

    def here(self, what: str) -> Reach:
        return self._reach(f"{where(sys._getframe(2))}: {what}")

    def _reach(self, name: str) -> Reach:
        return lambda moment: self._doom(f"{name}: {moment}")

    def database(self, url: str) -> Database:
        return MortalDatabase(url, self)

    def rows(self) -> Reach:
        """Return the reach of a transaction that the caller's caller opens."""
        return self._reach(f"{where(sys._getframe(2), is_exact=True)}: rows")

    def traces(self) -> list[TraceConfig]:
        trace = TraceConfig()

        async def begins(session: ClientSession, at: SimpleNamespace, call: TraceRequestStartParams) -> None:
            at.reach = self._reach(f"{where(sys._getframe(1))}: {method_of(call.url.path)}")
            at.reach("before")

        async def ends(session: ClientSession, at: SimpleNamespace, call: TraceRequestEndParams) -> None:
            at.reach("after")

        trace.on_request_start.append(begins)
        trace.on_request_end.append(ends)
        return [trace]


class MortalDatabase(Database):
    """A database whose process may die before or after the end of each transaction."""

    def __init__(self, url: str, points: Deadly) -> None:
        super().__init__(url)
        self._points = points

    def begin(self, *, alone: bool = False) -> AbstractAsyncContextManager[AsyncSession]:
        """Open a session whose changes are committed together at the end, or not at all."""
        return self._begin(self._points.rows(), super().begin(alone=alone))

    @asynccontextmanager
    async def _begin(
        self, reach: Reach, opened: AbstractAsyncContextManager[AsyncSession]
    ) -> AsyncIterator[AsyncSession]:
        async with opened as session:
            yield session
            reach("before")
        reach("after")

    async def migrate(self) -> None:
        """Bring the schema up to date."""
        self._points.reach("migrate: before")
        await super().migrate()
        self._points.reach("migrate: after")


def method_of(path: str) -> str:
    """Return the Slack method that a path calls, or "response_url"."""
    _, found, method = urlparse(path).path.rpartition("/api/")
    return method if found else "response_url"


def where(frame: FrameType, is_exact: bool = False) -> str:
    """Return the name of the innermost function of ours that is under way, outside of what everybody goes through.

    With `is_exact` a line is added, counted from the function's first; several transactions may be in one function.
    """
    inside = ""
    at: FrameType | None = frame
    while at is not None:
        module = at.f_globals.get("__name__", "")
        if module.partition(".")[0] in _OURS and module != __name__:
            name = at.f_code.co_qualname
            line = f"+{at.f_lineno - at.f_code.co_firstlineno}" if is_exact and not inside else ""
            is_between = module in _BETWEEN and bool(inside or not is_exact)
            if module not in _SHARED and not is_between:
                return f"{module}.{name}{line}{inside}"
            if module in _SHARED and is_exact:
                inside = inside or f" > {name}{line}"
        at = at.f_back
    return f"nobody{inside}"
