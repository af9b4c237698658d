"""Signs of life: which replicas live, and when the work of a dead one goes to another.

Nobody sees it in Slack. Each replica on PostgreSQL says once a second that it is there; whoever is silent for too long
posts nothing more, and a little later the others take over what it had begun and kept. On SQLite there is one process,
and none of this.
"""

from __future__ import annotations

import asyncio
import os
import time
import uuid
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog
from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlmodel import col, delete, select, update

from bot import flow_rows
from bot.killpoints import KillPoints
from handlers.errors import Unavailable
from storage.database import Database
from storage.tables import Beat

log = structlog.get_logger("signalbox.lease")

LEASE = timedelta(seconds=6)  # a process silent for this long posts nothing more; a little later it is dead
_DEAD = LEASE * 1.25
_PAUSE = LEASE / 8  # between two signs of life
_GOODBYE = 1.0  # seconds that the database gets to hear of it
_GONE = 3  # how a process ends whose work belongs to another
_TAKEOVER_LOCK = 7_324_002  # any number, as long as every replica uses the same


class LeaseLost(Unavailable):
    """This process was silent for so long that another may have taken over its work."""


class Lease:
    """The right of one process to work on what it has begun. `executor` is its name among the replicas."""

    def __init__(self, db: Database, points: KillPoints) -> None:
        self.db = db
        self._points = points
        # Signs of life wait for none of the connections that flows share: a busy process would be taken for dead.
        self._pulse = db if db.is_sqlite else points.database(db.url.render_as_string(hide_password=False))
        # One process owns a SQLite file, so its name can stay the same and its work is taken up at start. On
        # PostgreSQL every start has a name of its own, and whoever is silent for too long is taken over.
        self.executor = "local" if db.is_sqlite else uuid.uuid4().hex
        self.last_beat = time.monotonic()
        self._listens_until = 0.0  # until then nobody else is taken for dead
        self._tasks: list[asyncio.Task[None]] = []
        self._taken_over: Callable[[], Awaitable[None]] | None = None
        self._owes = False  # somebody is gone, and what they had kept is still to be taken up

    async def begin(self, taken_over: Callable[[], Awaitable[None]] | None) -> None:
        """Give the first sign of life. `taken_over` is called whenever somebody is gone."""
        self._taken_over = taken_over
        if self.db.is_sqlite:
            return
        started = time.monotonic()
        async with self._pulse.begin() as session:
            await session.exec(insert(Beat).values(executor=self.executor, at=func.now()))
        self.last_beat = started

    def keep(self) -> None:
        """Give signs of life from now on, and look for those who give none."""
        if not self.db.is_sqlite:
            # To take over may take long, and meanwhile this process must not seem dead itself.
            self._tasks = [asyncio.create_task(each()) for each in (self._heartbeat, self._look)]
            for task in self._tasks:
                task.add_done_callback(_leave_unless_cancelled)

    def may_post(self) -> None:
        """Raise LeaseLost when this process was silent so long that another may have taken its work."""
        if not self.db.is_sqlite and time.monotonic() - self.last_beat > LEASE.total_seconds():
            raise LeaseLost("no heartbeat for too long")

    async def _heartbeat(self) -> None:
        while True:
            try:
                silent = time.monotonic() - self.last_beat
                if not await self._beat():
                    # Frozen, or cut off from the database: our flows belong to somebody else by now.
                    log.error("lease lost, leaving")
                    os._exit(_GONE)
                if silent > LEASE.total_seconds():
                    # The database was away for everybody, and the others are about to be heard again.
                    self._listens_until = time.monotonic() + LEASE.total_seconds()
            except (DBAPIError, NoConnection, OSError) as wrong:
                log.warning("heartbeat failed", error=type(wrong).__name__)
            await asyncio.sleep(_PAUSE.total_seconds())

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(_PAUSE.total_seconds())
            now = time.monotonic()
            if now - self.last_beat > LEASE.total_seconds() or now < self._listens_until:
                continue
            try:
                await self.take_over()
            except (DBAPIError, NoConnection, OSError) as wrong:
                log.warning("nothing taken over", error=type(wrong).__name__)

    async def _beat(self) -> bool:
        """Give a sign of life; False when it comes too late, because another has taken over what was ours."""
        started = time.monotonic()
        async with asyncio.timeout(LEASE.total_seconds()), self._pulse.begin() as session:
            ours = update(Beat).where(col(Beat.executor) == self.executor).values(at=func.now())
            if not (await session.exec(ours)).rowcount:
                return False
        self.last_beat = started
        return True

    async def take_over(self) -> None:
        """Give the flows of dead processes to the living; one replica at a time does it, and any may."""
        async with self._pulse.begin() as session:
            # The database's clock, because the replicas' clocks may differ.
            if not (await session.exec(select(func.pg_try_advisory_xact_lock(_TAKEOVER_LOCK)))).one():
                return
            silent = col(Beat.at) < func.now() - _DEAD
            left = await session.exec(delete(Beat).where(silent).returning(col(Beat.executor)))
            is_anybody_gone = bool(left.all())
            dead = await flow_rows.release(session)
            if dead or is_anybody_gone:
                self._points.reach("take-over: released")
        if dead:
            log.warning("taking over", executors=len(dead))
        self._owes = self._owes or bool(dead) or is_anybody_gone
        if self._owes and self._taken_over:
            self._points.reach("take-over: before")
            await self._taken_over()
            self._points.reach("take-over: after")
        self._owes = False

    async def say_goodbye(self) -> None:
        """Seem to have been silent for long, so that the others take up at once what this process leaves."""
        self.last_beat = float("-inf")
        try:
            async with asyncio.timeout(_GOODBYE), self.db.begin() as session:
                long_ago = func.now() - 10 * LEASE
                await session.exec(
                    update(Beat).where(col(Beat.executor) == self.executor).values(at=long_ago)
                )
        except (DBAPIError, OSError, TimeoutError) as wrong:
            log.warning("left without a word", error=type(wrong).__name__)

    def let_go(self) -> None:
        """Give no more signs of life."""
        for task in self._tasks:
            task.cancel()

    async def close(self) -> None:
        """Give the connection back."""
        if self._pulse is not self.db:
            await self._pulse.close()


def _leave_unless_cancelled(ended: asyncio.Task[None]) -> None:
    """End a process that gives no signs of life any more: it would take deliveries in and post nothing."""
    if not ended.cancelled():
        log.error("signs of life ended, leaving", exc_info=ended.exception())
        os._exit(_GONE)
