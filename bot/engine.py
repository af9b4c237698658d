"""The durable engine: a flow that was begun is finished, whatever happens to the process.

Nobody sees it in Slack, except as requests that are never lost and posts that never come twice. This is the only
module that knows which engine it is; handlers see `Run` and `Start`. A step that meets an unavailable dependency
waits and tries again for as long as it takes; a refusal or a bug ends the flow.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import structlog
from dbos import DBOS, DBOSConfig, SetWorkflowID, WorkflowHandleAsync
from dbos._core import WorkflowHandleAsyncTask  # the handle of a flow that begins here and now
from filelock import FileLock, Timeout
from sqlalchemy import Engine as SqlEngine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.killpoints import KillPoints
from bot.lease import Lease
from bot.places import waiting
from bot.shift import Shift
from bot.vitals import Vitals
from handlers.desk import Desk
from handlers.errors import Unavailable
from storage.database import READ_ONLY, Database
from storage.steps import once

T = TypeVar("T")
Flow = Callable[..., Awaitable[None]]
log = structlog.get_logger("signalbox.engine")

_SHORTEST_WAIT, _LONGEST_WAIT = 0.2, 15.0  # seconds between two tries of a step
_LAST_STEPS = 5.0  # seconds that steps under way get to finish when the process is asked to stop
_CUT_OFF = 1.0  # seconds that a flow gets to notice that it was cut off
# Threads that checkpoints and the local engine share. More would only take the interpreter from each other, and SQLite
# lets one write at a time; fewer would let a long look at past tickets hold up what is under way.
_SQLITE_THREADS, _THREADS = 4, 8
_RECOVERIES = 1_000_000  # a machine that restarts all night is no reason to give up what people asked for


class AlreadyRunning(Exception):
    """Another process works on this SQLite file."""


class DurableRun:
    """One run of a flow; its steps are checkpointed under the flow's key."""

    def __init__(self, shift: Shift, key: str, points: KillPoints, vitals: Vitals) -> None:
        self._shift = shift
        self._key = key
        self._points = points
        self._vitals = vitals

    async def step(self, name: str, do: Callable[..., Awaitable[T]], *args: Any) -> T:
        """Do this once. A dependency that does not answer is waited for."""
        reach = self._points.here(name)

        async def written_down(until_done: Callable[[], Coroutine[Any, Any, T]]) -> T:
            async def done() -> T:
                result = await until_done()
                reach("done")
                return result

            return await DBOS.run_step_async({"name": name}, done)

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

    async def commit(self, name: str, desk: Desk, do: Callable[..., Awaitable[T]], *args: Any) -> T:
        """Change rows once, together with the fact that they were changed."""
        reach = self._points.here(name)

        async def change(session: AsyncSession) -> T:
            result = await do(desk, session, *args)
            reach("done")
            return result

        async def in_one_go() -> T:
            result: T = await once(desk.db, f"{self._key}:{name}", desk.now(), change)
            return result

        # The row that says it was done is all the checkpoint there needs to be.
        reach("before")
        result = await self._just_do(name, in_one_go)
        reach("after")
        return result


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


class Engine:
    """Runs flows by name. One per process."""

    def __init__(self, db: Database, points: KillPoints) -> None:
        self.db = db
        self.vitals = Vitals()
        self._points = points
        self.lease = Lease(db, points)
        self._flows: Mapping[str, Flow] = {}
        self._shift = Shift()
        self._under_way: set[asyncio.Task[Any]] = set()
        self._sql: SqlEngine | None = None
        self._lock = FileLock(f"{db.url.database}.running", timeout=0) if db.is_sqlite else None
        self._launched = False
        self.patience = _LAST_STEPS  # how long a stop waits for what is under way

    async def launch(
        self, flows: Mapping[str, Flow], taken_over: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        """Register the flows and take up whatever an earlier process left unfinished. Raises AlreadyRunning.

        `taken_over` is called when another process is gone, for what it had kept and not begun.
        """
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
            "executor_id": self.lease.executor,
            "log_level": "ERROR",
            "max_executor_threads": _SQLITE_THREADS if self.db.is_sqlite else _THREADS,
            "system_database_engine": self._sql,
            # We wait for none of its notifications, but it sleeps this long before it notices that it shall stop, and
            # wakes as often to see whether there are any to send.
            "notification_listener_polling_interval_sec": 0.05,
            "notification_coalesce_sec": 0.05,
        }
        DBOS(config=config)

        @DBOS.workflow(name="flow", max_recovery_attempts=_RECOVERIES)
        async def flow(name: str, args: list[Any]) -> None:
            if name not in self._flows:
                # A newer version began it and left. Cancelled, it stays pending under our name, and when we are
                # replaced in our turn, a newer one goes on with it.
                log.warning("left to a newer version", flow=name)
                raise asyncio.CancelledError
            if task := asyncio.current_task():
                self._under_way.add(task)
                task.add_done_callback(self._under_way.discard)
            self._points.reach(f"flow {name}: before")
            # A flow begun by another inherits what that one's log lines say.
            structlog.contextvars.clear_contextvars()
            structlog.contextvars.bind_contextvars(flow=name)
            run = DurableRun(self._shift, DBOS.workflow_id or "", self._points, self.vitals)
            with self.vitals.flow(name):
                await self._flows[name](run, *args)
            self._points.reach(f"flow {name}: after")

        self._workflow = flow
        await self.lease.begin(taken_over)
        DBOS.launch()
        self._launched = True
        self.lease.keep()

    async def start(self, flow: str, key: str, *args: Any) -> None:
        """Begin a flow under its key and return at once; a key that was used before begins nothing."""
        await self._begin(flow, key, args)

    async def perform(self, flow: str, key: str, *args: Any) -> None:
        """Begin a flow under its key and wait until it is done."""
        handle = await self._begin(flow, key, args)
        if isinstance(handle, WorkflowHandleAsyncTask):
            with suppress(Exception):
                await asyncio.shield(handle.task)
                return  # no flow asks for this result, and to note that none does takes a thread
            await handle.get_result()  # which raises what went wrong, or waits for whoever goes on with it
            return
        # It goes on elsewhere, or here as what an earlier process had begun, and needs a place of its own.
        async with waiting():
            await handle.get_result()

    async def _begin(self, flow: str, key: str, args: Sequence[Any]) -> WorkflowHandleAsync[None]:
        beginning = object()
        await self._shift.take(beginning)
        try:
            with SetWorkflowID(key):
                handle = await DBOS.start_workflow_async(self._workflow, flow, list(args))
            self._points.reach(f"flow {flow}: begun")
            return handle
        finally:
            self._shift.leave(beginning)

    async def has_failed(self, key: str) -> bool:
        """Say whether the flow of this key ended with an error, so that beginning it again does nothing."""
        status = await DBOS.get_workflow_status_async(key)
        return status is not None and status.status in ("ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")

    async def stop(self) -> None:
        """Let the steps under way finish; what comes after them is done by the next process, or by another replica."""
        if self._launched:
            await self._shift.end(self.patience)
        await self.drop()
        if self._launched and not self.db.is_sqlite:
            await self.lease.say_goodbye()

    async def drop(self) -> None:
        """Let go of everything at once, as it is."""
        self._shift.is_over = True
        self.lease.let_go()
        if self._launched:
            # A flow that is cut off here is complained about at length, and is simply taken up again.
            logging.getLogger("dbos").setLevel(logging.CRITICAL)
            # The engine's own threads may all be waiting for a database, and are gone after this; whoever stops after
            # us needs some.
            loop, threads = asyncio.get_running_loop(), ThreadPoolExecutor()
            await loop.run_in_executor(threads, partial(DBOS.destroy, workflow_completion_timeout_sec=0))
            loop.set_default_executor(threads)
            if cut_off := list(self._under_way):
                # What they wait for went away with the engine, and nobody else would ever end them.
                for task in cut_off:
                    task.cancel()
                await asyncio.wait(cut_off, timeout=_CUT_OFF)
        if self._sql:
            self._sql.dispose()
        await self.lease.close()
        if self._lock:
            self._lock.release()


def utc_now() -> datetime:
    """Return the time; passed to the desk, and called nowhere else."""
    return datetime.now(UTC)
