"""Readiness: whether this process should be sent anything, and if not, why.

An operator, or whatever watches over the process, reads the reasons at `/readyz` in words; Prometheus reads the
backlog with the rest of the vital signs. Whether the database takes a delivery is found out by writing something of
a delivery's size and taking it away again, because a full or read-only disk still answers questions. By HTTP an old
backlog alone is only mentioned: a proxy would send deliveries to nobody, and they would be lost.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from storage import receipts, steps
from storage.database import Database
from storage.receipts import Backlog

OLD = timedelta(minutes=5)  # a delivery that waits for longer says that something is stuck
_PATIENCE = 2.0  # seconds that the database may take to answer


@dataclass(frozen=True)
class State:
    """What keeps this process from being ready, and what is merely worth knowing."""

    reasons: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass
class Readiness:
    """Asks everything that has to be there. The callables answer at once."""

    db: Database
    name: str  # of this process
    now: Callable[[], datetime]
    is_stopping: Callable[[], bool]
    has_engines: Callable[[], bool]
    is_connected: Callable[[], Awaitable[bool]]
    gates_deliveries: bool  # whether being unready keeps Slack's deliveries away
    keeps: float = 1.0  # seconds for which an answer is given again, so that asking often costs nothing
    monotonic: Callable[[], float] = time.monotonic
    _probe: asyncio.Task[Backlog] | None = field(default=None, init=False)
    _asked_at: float = field(default=0.0, init=False)

    async def state(self) -> State:
        """Return what is wrong right now, in words."""
        reasons = ["this process is stopping"] if self.is_stopping() else []
        if not self.has_engines():
            reasons.append("the local model is still loading")
        if not await self.is_connected():
            reasons.append("there is no connection to Slack")
        backlog = await self.backlog()
        if backlog is None:
            return State((*reasons, "the database does not take anything"))
        age = backlog.age(self.now())
        if age < OLD:
            return State(tuple(reasons))
        late = (
            f"the oldest of {backlog.unfinished} unfinished deliveries waits for {int(age.total_seconds())} s"
        )
        return State(tuple(reasons), (late,)) if self.gates_deliveries else State((*reasons, late))

    async def backlog(self) -> Backlog | None:
        """Return what is not done; None when the database cannot be read and written in time."""
        # One probe at a time: a database that hangs would otherwise be asked by ever more connections.
        if self._probe is None or (self._probe.done() and self.monotonic() - self._asked_at >= self.keeps):
            self._probe = asyncio.create_task(self._try_database())
            self._asked_at = self.monotonic()
        done, _ = await asyncio.wait([self._probe], timeout=_PATIENCE)
        if not done or self._probe.cancelled() or self._probe.exception() is not None:
            return None
        return self._probe.result()

    async def _try_database(self) -> Backlog:
        try:
            async with self.db.begin() as session:
                await steps.probe(session, f"probe:{self.name}", self.now())
                return await receipts.backlog(session)
        except (SQLAlchemyError, OSError) as wrong:
            raise ConnectionError(type(wrong).__name__) from wrong

    async def close(self) -> None:
        """Ask nothing more."""
        if self._probe and not self._probe.done():
            self._probe.cancel()
            await asyncio.gather(self._probe, return_exceptions=True)
