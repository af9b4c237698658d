"""Deaths at named points, one at a time, while people walk through their stories.

Each walk has a workspace and a database of its own, so that what is taught or broken in one is not met in the next.
What was reached, and where somebody has died, is known to all of them.
"""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.killpoints import TOKEN
from tests.chaos.fleet import Fleet, calm_policy, fleet
from tests.chaos.nursery import Midwife, Nursery

A_WALK = 60  # deaths at most, so that what goes wrong has few reasons
_LOOK = 0.05
_HURRY = 1.0  # seconds after which what Slack brings again later comes now
_LAST_TRIES = 2  # from so many on nobody dies, because Slack gives an event up after the fourth
_SAID_EVERY = 10.0  # seconds


@dataclass
class Points:
    """The points that somebody has reached and at which somebody has died, in a folder; `most` may die."""

    folder: Path
    most: int

    @property
    def died(self) -> set[str]:
        """The points at which somebody died."""
        return {path.name for path in (self.folder / "died").iterdir()}

    def since(self, many: int) -> list[str]:
        """The points at which somebody died after the first so many deaths, in their order."""
        found = sorted((self.folder / "died").iterdir(), key=lambda path: path.stat().st_mtime_ns)
        return [path.name for path in found[many:]]

    @property
    def met(self) -> set[str]:
        """The points that somebody has reached."""
        return {path.name for path in (self.folder / "met").iterdir()}

    @property
    def is_over(self) -> bool:
        """Whether as many have died as may."""
        return len(self.died) >= self.most


@dataclass
class Deaths:
    """Lets the process of a walk die, one death at a time, and starts it again.

    With a `pause` (seconds) it lives for a random time up to this one before its turn comes, so that the few who may
    die do not all die at the start.
    """

    fleet: Fleet
    points: Points
    pause: float = 0.0
    is_on: bool = False
    many: int = 0
    ended_badly: list[str] = field(default_factory=list)
    _not_before: float = 0.0
    _moved: float = 0.0
    _said: float = 0.0

    async def tend(self) -> None:
        """Start again whoever died, and say when the next may die, for as long as there is anybody to tend."""
        loop = asyncio.get_running_loop()
        while True:
            if not self.fleet.bots[0].is_running:
                await self._begin_again()
                self._not_before = loop.time() + random.uniform(0, self.pause)
            token = self.points.folder / TOKEN
            if self._may_die() and loop.time() >= self._not_before:
                token.touch()
            else:
                token.unlink(missing_ok=True)
            self._hurry(loop.time())
            self._say(loop.time())
            await asyncio.sleep(_LOOK)

    async def _begin_again(self) -> None:
        died = self.fleet.bots[0]
        if died.running.returncode == -9:
            self.many += 1
        else:
            self.ended_badly.append(f"ended with {died.running.returncode}: {died.err[-2000:]}")
        self.fleet.bots[0] = self.fleet.host.bot = await self.fleet.host.launcher.launch("run")

    def _may_die(self) -> bool:
        if not self.is_on or self.points.is_over or self.many >= A_WALK:
            return False
        return not any(
            one.kind == "events_api"
            and len(one.attempts) >= _LAST_TRIES
            and one.attempts[-1].outcome != "acked"
            for one in self.fleet.host.twin.ws.courier.log
        )

    def _hurry(self, now: float) -> None:
        """Let the minutes pass that Slack waits before it brings an event again."""
        courier = self.fleet.host.twin.ws.courier
        if courier.is_idle or courier.waiting or courier.is_awaited:
            self._moved = now
        elif now - self._moved > _HURRY:
            self.fleet.host.clock.advance(timedelta(seconds=60))
            self.fleet.host.twin.tick()
            self._moved = now

    def _say(self, now: float) -> None:
        if self.is_on and now - self._said > _SAID_EVERY:
            self._said = now
            died, met = len(self.points.died), len(self.points.met)
            print(
                f"died at {died} of {met} points, {self.many} of them in this walk",
                file=sys.stderr,
                flush=True,
            )


def _an_hour() -> str:
    """Return the cron of something that fell due a while ago and does not again during a walk."""
    return f"{(datetime.now(UTC) - timedelta(minutes=20)).minute} * * * *"


@asynccontextmanager
async def deadly(folder: Path, points: Points, nursery: Nursery, pause: float = 0.0) -> AsyncIterator[Deaths]:
    """Open a workspace with one process, on SQLite, which dies at named points once that is switched on."""
    await asyncio.to_thread(folder.mkdir)
    url = f"sqlite:///{folder}/signalbox.sqlite"
    async with fleet(folder / "bot", url, calm_policy(folder, _an_hour()), 1) as opened:
        given = opened.host.launcher
        env = {**given.env, "SIGNALBOX_DIE_AT": f"each:{points.folder}"}
        opened.host.launcher = Midwife(given.folder, env, given.started, nursery)
        await opened.open()
        deaths = Deaths(opened, points, pause)
        tending = asyncio.create_task(deaths.tend())
        try:
            yield deaths
        finally:
            (points.folder / TOKEN).unlink(missing_ok=True)
            tending.cancel()
            await asyncio.gather(tending, return_exceptions=True)
