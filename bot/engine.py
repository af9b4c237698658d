"""The durable engine: a flow that was begun is finished, whatever happens to the process.

Nobody sees it in Slack, except as requests that are never lost and posts that never come twice. This is the only
module that knows which engine it is; handlers see `Run` and `Start`. A step that meets an unavailable dependency
waits and tries again for as long as it takes; a refusal or a bug ends the flow.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
import uuid
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import structlog
from dbos import DBOS, DBOSConfig, SetWorkflowID, WorkflowHandleAsync
from filelock import FileLock, Timeout
from sqlalchemy import Engine as SqlEngine
from sqlalchemy import func, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.places import waiting
from handlers.desk import Desk
from handlers.errors import Unavailable
from storage.database import Database
from storage.steps import once
from storage.tables import Beat

T = TypeVar("T")
Flow = Callable[..., Awaitable[None]]
log = structlog.get_logger("signalbox.engine")

LEASE = timedelta(seconds=10)  # a process that was silent for this long is taken for dead
_SHORTEST_WAIT, _LONGEST_WAIT = 0.2, 15.0  # seconds between two tries of a step
_LAST_STEPS = 5.0  # seconds that steps under way get to finish when the process is asked to stop
_TAKEOVER_LOCK = 7_324_002


class LeaseLost(Unavailable):
    """This process was silent for so long that another may have taken over its work."""


class AlreadyRunning(Exception):
    """Another process works on this SQLite file."""


class Shift:
    """Whether this process still takes up steps, and which are under way."""

    def __init__(self) -> None:
        self.is_over = False
        self._under_way: set[object] = set()
        self._all_done = asyncio.Event()
        self._all_done.set()

    async def take(self, step: object) -> None:
        """Count a step as under way. Once the shift is over the flow is cancelled here instead: the engine records
        nothing of a cancelled flow, so it stays pending and the next process goes on from its last finished step."""
        if self.is_over:
            raise asyncio.CancelledError
        self._under_way.add(step)
        self._all_done.clear()

    def leave(self, step: object) -> None:
        """Count a step as done, or as waiting for something."""
        self._under_way.discard(step)
        if not self._under_way:
            self._all_done.set()

    async def end(self, patience: float) -> None:
        """Take up nothing more, and give what is under way this many seconds to finish."""
        self.is_over = True
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._all_done.wait()


class DurableRun:
    """One run of a flow; its steps are checkpointed under the flow's key."""

    def __init__(self, shift: Shift, key: str) -> None:
        self._shift = shift
        self._key = key

    async def step(self, name: str, do: Callable[..., Awaitable[T]], *args: Any) -> T:
        """Do this once. A dependency that does not answer is waited for."""

        async def written_down(until_done: Callable[[], Coroutine[Any, Any, T]]) -> T:
            return await DBOS.run_step_async({"name": name}, until_done)

        return await self._during_the_shift(name, written_down, do, *args)

    async def repeat(self, name: str, do: Callable[..., Awaitable[T]], *args: Any) -> T:
        """Do this, and again after a crash. A dependency that does not answer is waited for."""

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

            return await patiently(name, pause, do, *args)

        await self._shift.take(step)
        try:
            return await perform(until_done)
        finally:
            self._shift.leave(step)

    async def commit(self, name: str, desk: Desk, do: Callable[..., Awaitable[T]], *args: Any) -> T:
        """Change rows once, together with the fact that they were changed."""

        async def change(session: AsyncSession) -> T:
            return await do(desk, session, *args)

        async def in_one_go() -> T:
            result: T = await once(desk.db, f"{self._key}:{name}", desk.now(), change)
            return result

        # The row that says it was done is all the checkpoint there needs to be.
        return await self.repeat(name, in_one_go)


async def patiently(
    name: str, pause: Callable[[float], Awaitable[None]], do: Callable[..., Awaitable[T]], *args: Any
) -> T:
    """Do this, and again after a pause (in seconds) for as long as something it needs is away."""
    wait = _SHORTEST_WAIT
    while True:
        try:
            return await do(*args)
        except (Unavailable, DBAPIError) as wrong:
            if isinstance(wrong, DBAPIError) and not _may_pass(wrong):
                raise
            log.warning("step waits", step=name, wait_s=wait, error=type(wrong).__name__)
        await pause(wait)
        wait = min(wait * 2, _LONGEST_WAIT)


def _may_pass(wrong: DBAPIError) -> bool:
    """Say whether a database error is an outage (locked, gone, full) and not a fault of ours."""
    return wrong.connection_invalidated or type(wrong).__name__ in ("OperationalError", "InterfaceError")


class Engine:
    """Runs flows by name. One per process."""

    def __init__(self, db: Database) -> None:
        self.db = db
        # One process owns a SQLite file, so its name can stay the same and its work is taken up at start. On
        # PostgreSQL every start has a name of its own, and whoever is silent for too long is taken over.
        self.executor = "local" if db.is_sqlite else uuid.uuid4().hex
        self._flows: Mapping[str, Flow] = {}
        self._shift = Shift()
        self._sql: SqlEngine | None = None
        self._heart: asyncio.Task[None] | None = None
        self._last_beat = time.monotonic()
        self._lock = FileLock(f"{db.url.database}.running", timeout=0) if db.is_sqlite else None
        self._launched = False

    async def launch(self, flows: Mapping[str, Flow]) -> None:
        """Register the flows and take up whatever an earlier process left unfinished. Raises AlreadyRunning."""
        if self._lock:
            try:
                self._lock.acquire()
            except Timeout:
                path = Path(str(self.db.url.database)).name
                raise AlreadyRunning(
                    f"another Signalbox is already running on {path}; stop it first"
                ) from None
        self._flows = flows
        self._sql = self.db.sync_engine()
        config: DBOSConfig = {
            "name": "signalbox",
            # Flows are short and keep their step order, so every version may finish what another began.
            "application_version": "stable",
            "executor_id": self.executor,
            "log_level": "ERROR",
            "system_database_engine": self._sql,
            # We wait for none of its notifications, but it sleeps this long before it notices that it shall stop.
            "notification_listener_polling_interval_sec": 0.05,
        }
        DBOS(config=config)

        @DBOS.workflow(name="flow")
        async def flow(name: str, args: list[Any]) -> None:
            await self._flows[name](DurableRun(self._shift, DBOS.workflow_id or ""), *args)

        self._workflow = flow
        await self._beat()
        DBOS.launch()
        self._launched = True
        self._heart = asyncio.create_task(self._heartbeat())

    async def start(self, flow: str, key: str, *args: Any) -> None:
        """Begin a flow under its key and return at once; a key that was used before begins nothing."""
        await self._begin(flow, key, args)

    async def perform(self, flow: str, key: str, *args: Any) -> None:
        """Begin a flow under its key and wait until it is done."""
        handle = await self._begin(flow, key, args)
        await handle.get_result()

    async def _begin(self, flow: str, key: str, args: Sequence[Any]) -> WorkflowHandleAsync[None]:
        beginning = object()
        await self._shift.take(beginning)
        try:
            with SetWorkflowID(key):
                return await DBOS.start_workflow_async(self._workflow, flow, list(args))
        finally:
            self._shift.leave(beginning)

    async def has_failed(self, key: str) -> bool:
        """Say whether the flow of this key ended with an error, so that beginning it again does nothing."""
        status = await DBOS.get_workflow_status_async(key)
        return status is not None and status.status in ("ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")

    def may_post(self) -> None:
        """Raise LeaseLost when this process was silent so long that another may have taken its work."""
        if not self.db.is_sqlite and time.monotonic() - self._last_beat > LEASE.total_seconds():
            raise LeaseLost("no heartbeat for too long")

    async def _heartbeat(self) -> None:
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 4)
            if self.db.is_sqlite:
                continue
            if time.monotonic() - self._last_beat > 2 * LEASE.total_seconds():
                # Frozen, or cut off from the database: our flows belong to somebody else by now.
                log.error("lease lost, leaving")
                os._exit(3)
            try:
                await self._beat()
                await self._take_over()
            except (DBAPIError, OSError) as wrong:
                log.warning("heartbeat failed", error=type(wrong).__name__)

    async def _beat(self) -> None:
        if self.db.is_sqlite:
            return
        started = time.monotonic()
        async with self.db.begin() as session:
            statement = insert(Beat).values(executor=self.executor, at=func.now())
            await session.exec(
                statement.on_conflict_do_update(index_elements=["executor"], set_={"at": func.now()})
            )
        self._last_beat = started

    async def _take_over(self) -> None:
        """Give the flows of dead processes to the living; one replica at a time does it, and any may."""
        async with self.db.begin() as session:
            # The database's clock, because the replicas' clocks may differ.
            if not (await session.exec(select(func.pg_try_advisory_xact_lock(_TAKEOVER_LOCK)))).one():
                return
            fresh = set(
                await session.exec(select(Beat.executor).where(col(Beat.at) > func.now() - LEASE * 1.5))
            )
            connection = await session.connection()
            pending = await connection.execute(
                text("SELECT DISTINCT executor_id FROM dbos.workflow_status WHERE status = 'PENDING'")
            )
            dead = [executor for (executor,) in pending if executor not in fresh]
            await session.exec(delete(Beat).where(col(Beat.at) < func.now() - timedelta(hours=1)))
        if dead:
            log.warning("taking over", executors=len(dead))
            await asyncio.to_thread(DBOS._recover_pending_workflows, dead)

    async def stop(self) -> None:
        """Let the steps under way finish; what comes after them is done by the next process."""
        if self._heart:
            self._heart.cancel()
        if self._launched:
            await self._shift.end(_LAST_STEPS)
            # A flow that is cut off here is complained about at length, and is simply taken up again.
            logging.getLogger("dbos").setLevel(logging.CRITICAL)
            await asyncio.to_thread(DBOS.destroy, workflow_completion_timeout_sec=0)
            # The engine lent the loop its own threads, which are gone now; whoever stops after us needs some.
            asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())
        if self._sql:
            self._sql.dispose()
        if self._lock:
            self._lock.release()


def utc_now() -> datetime:
    """Return the time; passed to the desk, and called nowhere else."""
    return datetime.now(UTC)
