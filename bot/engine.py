"""The durable engine: a flow that was begun is finished, whatever happens to the process.

Nobody sees it in Slack, except as requests that are never lost and posts that never come twice. This is the only
module that knows which engine it is; handlers see `Run` and `Start`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from dbos import DBOS, DBOSConfig, SetWorkflowID, WorkflowHandleAsync
from dbos._core import WorkflowHandleAsyncTask  # the handle of a flow that begins here and now
from filelock import FileLock, Timeout
from sqlalchemy import Engine as SqlEngine

from bot import flow_rows
from bot.killpoints import KillPoints
from bot.lease import Lease
from bot.places import waiting
from bot.run import DurableRun
from bot.shift import Shift
from bot.vitals import Vitals
from handlers.desk import RESUMED
from storage.database import Database

Flow = Callable[..., Awaitable[None]]
log = structlog.get_logger("signalbox.engine")

_LAST_STEPS = 5.0  # seconds that steps under way get to finish when the process is asked to stop
_CUT_OFF = 1.0  # seconds that a flow gets to notice that it was cut off
# Threads that checkpoints and the local engine share. More would only take the interpreter from each other, and SQLite
# lets one write at a time; fewer would let a long look at past tickets hold up what is under way.
_SQLITE_THREADS, _THREADS = 4, 8
_RECOVERIES = 1_000_000  # a machine that restarts all night is no reason to give up what people asked for


class AlreadyRunning(Exception):
    """Another process works on this SQLite file."""


class Engine:
    """Runs flows by name. One per process."""

    def __init__(self, db: Database, points: KillPoints) -> None:
        self.db = db
        self.vitals = Vitals()
        self._points = points
        self.lease = Lease(db, points)
        self._flows: Mapping[str, Flow] = {}
        self._shift = Shift()
        self._begun: ContextVar[str] = ContextVar("begun")  # the key of the flow that was begun here and now
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
        if not (own := logging.getLogger("dbos")).handlers:
            # What it logs has the form of everything else; it would add a handler of its own otherwise.
            own.addHandler(logging.NullHandler())
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
            key = DBOS.workflow_id or ""
            is_first = self._begun.get("") == key
            RESUMED.set(not is_first)
            has_step = partial(self._has_step, key)
            run = DurableRun(
                self._shift, key, self._points, self.vitals, _checkpoint, has_step, is_first=is_first
            )
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
        begun = self._begun.set(key)
        try:
            with SetWorkflowID(key):
                handle = await DBOS.start_workflow_async(self._workflow, flow, list(args))
            self._points.reach(f"flow {flow}: begun")
            return handle
        finally:
            self._begun.reset(begun)
            self._shift.leave(beginning)

    async def has_failed(self, key: str) -> bool:
        """Say whether the flow of this key ended with an error, so that beginning it again does nothing."""
        status = await DBOS.get_workflow_status_async(key)
        return status is not None and status.status in ("ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")

    async def _has_step(self, key: str, name: str) -> bool:
        async with self.db.begin() as session:
            return await flow_rows.has_step(session, key, name)

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


async def _checkpoint(name: str, do: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    return await DBOS.run_step_async({"name": name}, do)


def utc_now() -> datetime:
    """Return the time; passed to the desk, and called nowhere else."""
    return datetime.now(UTC)
