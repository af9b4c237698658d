"""Deaths at named points, one at a time, while people walk through their stories; of one process, or of a few replicas.

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
from datetime import timedelta
from pathlib import Path

from bot.killpoints import TOKEN
from tests.chaos.fleet import FENCED, PATIENCE, Fleet, fleet
from tests.chaos.nursery import Midwife, Nursery
from tests.chaos.trips import Surroundings

_LOOK = 0.05
_HURRY = 1.0  # seconds after which what Slack brings again later comes now
_LAST_TRIES = 2  # from so many on nobody dies, because Slack gives an event up after the fourth
_SAID_EVERY = 10.0  # seconds
_A_CALM = 12.0  # seconds at least between two replicas that are asked to stop
_PACE = "50"  # times Slack's own, so that replicas keep their common book and hardly wait


@dataclass
class Points:
    """The points that somebody has reached and at which somebody has died, in a folder; `most` may die."""

    folder: Path
    most: int
    spared: set[str] = field(default_factory=set)  # at which nobody is to die

    @property
    def died(self) -> set[str]:
        """The points at which somebody died."""
        return {path.name for path in (self.folder / "died").iterdir()} - self.spared

    def since(self, many: int) -> list[str]:
        """The points at which somebody died after the first so many deaths, in their order."""
        found = sorted((self.folder / "died").iterdir(), key=lambda path: path.stat().st_mtime_ns)
        return [path.name for path in found if path.name not in self.spared][many:]

    @property
    def met(self) -> set[str]:
        """The points that somebody has reached, and that are not spared."""
        return {path.name for path in (self.folder / "met").iterdir()} - self.spared

    @property
    def is_over(self) -> bool:
        """Whether as many have died as may."""
        return len(self.died) >= self.most

    def spare(self, names: set[str]) -> None:
        """Let nobody die at these."""
        for name in names:
            (self.folder / "died" / name).touch()
        self.spared |= names


@dataclass
class Deaths:
    """Lets the processes of a walk die, one death at a time, and starts them again.

    With a `pause` (seconds) one lives for a random time up to this before the next turn comes, so that the few who may
    die do not all die at the start. Of several replicas at least one lives on while another dies, and now and then one
    is asked to stop, and Slack refuses a post for a second.
    """

    fleet: Fleet
    points: Points
    a_walk: int  # deaths at most, so that what goes wrong has few reasons
    pause: float = 0.0
    is_on: bool = False
    many: int = 0
    ended_badly: list[str] = field(default_factory=list)
    _died_before: int = 0
    _is_calm: bool = False
    _not_before: float = 0.0
    _troubled: float = 0.0
    _moved: float = 0.0
    _said: float = 0.0

    async def tend(self) -> None:
        """Start again whoever died, and say when the next may die, for as long as there is anybody to tend."""
        loop = asyncio.get_running_loop()
        self._died_before = len(self.points.died)
        # At first as soon as all work: a fast machine tells every story in less than one calm.
        self._troubled = loop.time() - _A_CALM
        while True:
            for place, bot in enumerate(self.fleet.bots):
                # The fleet itself sees to one that has left because it was taken for dead.
                if not bot.is_running and bot.running.returncode != FENCED:
                    await self._begin_again(place)
                    self._not_before = loop.time() + random.uniform(0, self.pause)
            token = self.points.folder / TOKEN
            if self._may_die() and loop.time() >= self._not_before:
                token.touch()
            else:
                token.unlink(missing_ok=True)
            self._trouble(loop.time())
            self._hurry(loop.time())
            self._say(loop.time())
            await asyncio.sleep(_LOOK)

    async def calm(self) -> None:
        """Let nobody die or stop any more, and wait until everything is done."""
        self.is_on, self._is_calm = False, True
        await self.fleet.whole()
        await self.fleet.settle(PATIENCE)

    async def _begin_again(self, place: int) -> None:
        ended = self.fleet.bots[place]
        if ended.running.returncode == -9:
            self.many += 1
            # The seconds in which others wait for its signs of life; `test_kill.py` lets them pass by themselves.
            await self.fleet.let_silence_pass(ended)
        elif ended.running.returncode != 0 or ended.number not in self.fleet.asked_to_stop:
            self.ended_badly.append(f"ended with {ended.running.returncode}: {ended.err[-2000:]}")
        self.fleet.bots[place] = self.fleet.host.bot = await self.fleet.host.launcher.launch("run")

    def _may_die(self) -> bool:
        if not self.is_on or self.points.is_over or self.many >= self.a_walk:
            return False
        if self.fleet.size > 1 and not self._is_one_left():
            return False
        return not any(
            one.kind == "events_api"
            and len(one.attempts) >= _LAST_TRIES
            and one.attempts[-1].outcome != "acked"
            for one in self.fleet.host.twin.ws.courier.log
        )

    def _is_one_left(self) -> bool:
        """Say whether another lives on when one dies, who may have died a moment ago without our knowing."""
        is_known = len(self.points.died) - self._died_before == self.many
        return is_known and sum(one.is_running for one in self.fleet.staying()) > 1

    def _trouble(self, now: float) -> None:
        """Ask one of several replicas to stop, and let Slack refuse a post."""
        working = [one for one in self.fleet.working() if one in self.fleet.staying()]
        if self.fleet.size == 1 or self._is_calm or now - self._troubled < _A_CALM:
            return
        if self.is_on and self.many >= self.a_walk:
            return
        if len(working) == self.fleet.size:
            self._troubled = now
            self.fleet.ask_to_stop(random.choice(working))
            self.fleet.host.twin.faults.add("chat.postMessage", "ratelimit")

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


@asynccontextmanager
async def deadly(
    folder: Path,
    url: str,
    size: int,
    points: Points,
    nursery: Nursery,
    around: Surroundings,
    a_walk: int,
    pause: float = 0.0,
) -> AsyncIterator[Deaths]:
    """Open a workspace with so many processes, which die at named points once that is switched on."""
    async with fleet(folder / "bot", url, around.policy, size) as opened:
        given = opened.host.launcher
        env = {**given.env, **around.env, "SIGNALBOX_DIE_AT": f"each:{points.folder}"}
        if size > 1:
            env["SIGNALBOX_POSTS_PER_SECOND"] = _PACE
        opened.host.launcher = Midwife(given.folder, env, given.started, nursery)
        await opened.open(at_once=True)  # whoever is alone for a while has begun all that the clock brings
        deaths = Deaths(opened, points, a_walk, pause)
        tending = asyncio.create_task(deaths.tend())
        try:
            yield deaths
        finally:
            (points.folder / TOKEN).unlink(missing_ok=True)
            tending.cancel()
            await asyncio.gather(tending, return_exceptions=True)
