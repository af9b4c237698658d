"""Receipts: what was kept is worked on until it is done.

A person never notices this, which is the point: a delivery that was acknowledged is never lost, and one that Slack
repeats changes nothing. The durable engine hands each to the listeners; effects within one thread follow the order of
arrival.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from contextvars import Context
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncApp, AsyncBoltContext
from slack_bolt.request.async_request import AsyncBoltRequest
from sqlalchemy.exc import DBAPIError
from sqlmodel.ext.asyncio.session import AsyncSession

from bot import flow_rows
from bot.apologies import SORRY, call, tell
from bot.deliveries import kind_of
from bot.engine import Engine
from bot.places import Places, waiting
from bot.run import DurableRun
from handlers.desk import Desk
from handlers.errors import Refusal
from storage import receipts
from storage.tables import Receipt

log = structlog.get_logger("signalbox.receipts")

_AT_WORK = 24  # deliveries that one process works on at the same time, waits aside
_BEGUN = 1_000  # and that it has begun
_OVERDUE = timedelta(seconds=60)  # after this the sweep begins a delivery again, in case nobody did
_LEFT = timedelta(minutes=10)  # after this it does so even if another process that is alive sees to it
_SHORTEST_WAIT, _LONGEST_WAIT = 1.0, 30.0  # seconds between two tries to begin one


class Receipts:
    """Sees to it that each delivery is worked on once."""

    def __init__(self, app: AsyncApp, engine: Engine, desk: Desk) -> None:
        self.app = app
        self.engine = engine
        self.desk = desk
        self._places = Places(_AT_WORK, _BEGUN)
        self._latest: dict[str, tuple[int, asyncio.Task[None]]] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}

    def is_left(self, id: int, kept_by: str) -> bool:
        """Say whether this process has kept a delivery and not begun it."""
        return kept_by == self.engine.lease.executor and id not in self._tasks

    def begin(self, id: int, key: str, thread: str) -> None:
        """Work on a kept delivery, after those of the same thread that came before it."""
        latest, before = self._latest.get(thread, (0, None))
        # One that turns up late (a dead process had kept it) is what the others wait for: it waits for nobody, and
        # counts as begun, because those who wait for it may be as many as may begin.
        is_late = latest > id
        work = self._work(id, key, None if is_late else before, is_late)
        # The sweep is a flow itself, and what is begun in its context would be taken for a part of it.
        task = asyncio.create_task(work, context=Context())
        self._tasks[id] = task
        if not is_late:
            self._latest[thread] = id, task

        def forget(done: asyncio.Task[None]) -> None:
            del self._tasks[id]
            if self._latest.get(thread) == (id, done):
                del self._latest[thread]

        task.add_done_callback(forget)

    async def _work(self, id: int, key: str, before: asyncio.Task[None] | None, is_late: bool) -> None:
        if before is not None:
            await asyncio.wait([before])
        wait = _SHORTEST_WAIT
        async with self._places.held(id) if is_late else self._places.taken(id):
            while not await self._has_ended(id, key):
                async with waiting():
                    await asyncio.sleep(wait)
                wait = min(wait * 2, _LONGEST_WAIT)

    async def _has_ended(self, id: int, key: str) -> bool:
        """Do the flow of a delivery; False when it could not be begun, so that it has to be tried again.

        A delivery whose flow ended with an error is given up: such a flow cannot be begun again, and what stays open
        would hold up its thread for ever.
        """
        try:
            await self.engine.perform("receive", key, id)
            return True
        except Exception as wrong:  # the outermost frame
            reference = await _reference()
            log.error("flow ended", reference=reference, receipt=id, exc_info=wrong)
        try:
            if has_failed := await self.engine.has_failed(key):
                await self._fail(id, reference)
            return has_failed
        except DBAPIError as still:
            log.error("not given up yet", reference=reference, receipt=id, error=type(still).__name__)
            return False

    async def receive(self, run: DurableRun, id: int) -> None:
        """The flow of one delivery: wait for its turn, hand it to the listeners, and mark it as done."""
        # Of what another process had begun there may be any number, and it comes here all at once.
        async with self._places.held(id):
            await self._received(run, id)

    async def _received(self, run: DurableRun, id: int) -> None:
        receipt, is_free = await run.repeat("read", self._read, id)
        structlog.contextvars.bind_contextvars(receipt=id, kind=receipt.kind)
        self.engine.vitals.arrived(receipt.received_at, self.desk.now)
        if not is_free:
            await run.repeat("turn", self._turn, receipt)
        # Who was told no is not let in after a crash, although that may be possible by now; nor does what was given up
        # run again, of whose failure people may have been told.
        said = await run.earlier("refusal", self.desk)
        reference = await run.earlier("failure", self.desk)
        if said is None and reference is None:
            request = AsyncBoltRequest(body=receipt.body, mode="socket_mode", context={"run": run})
            await self.app.async_dispatch(request)
            wrong = request.context.get("failed")
            if isinstance(wrong, Refusal):
                said = await run.commit("refusal", self.desk, _keep_refusal, str(wrong))
            elif wrong is not None and type(wrong).__module__.startswith("dbos"):
                raise wrong  # the engine's own signal, such as a flow that another process has taken over
            elif wrong is not None:
                reference = await self._failed(run, receipt, wrong)
        if reference is not None:
            await self._tell_of_failure(run, receipt, reference)
            return
        if said is not None:
            await run.decide("refuse", self.desk, tell, _keep_told, receipt, said)
        await run.repeat("finish", self._finish, id)
        self.engine.vitals.ended(receipt.kind, "done" if said is None else "refused")
        log.info("delivery done", seconds=round((self.desk.now() - receipt.received_at).total_seconds(), 3))

    async def _read(self, id: int) -> tuple[Receipt, bool]:
        """Return a delivery, and whether it is its turn."""
        async with self.desk.db.begin() as session:
            receipt = await receipts.get(session, id)
            assert receipt is not None
            return receipt, not await receipts.is_blocked(session, receipt)

    async def _turn(self, receipt: Receipt) -> None:
        """Wait while an earlier delivery of this thread is unfinished, here or in another replica."""
        wait = 0.02
        while True:
            async with self.desk.db.begin() as session:
                if not await receipts.is_blocked(session, receipt):
                    return
            async with waiting():
                await asyncio.sleep(wait)
            wait = min(wait * 2, 1.0)

    async def _finish(self, id: int) -> None:
        async with self.desk.db.begin(alone=True) as session:
            await receipts.finish(session, id, self.desk.now())

    async def _failed(self, run: DurableRun, receipt: Receipt, wrong: BaseException) -> str:
        """Give a delivery up because of a bug, which is logged under a reference id; return that."""
        assert receipt.id is not None
        reference = await run.commit("failure", self.desk, _keep_failure, receipt.id, await _reference())
        self.engine.vitals.ended(receipt.kind, "failed")
        log.error(
            "delivery failed", reference=reference, receipt=receipt.id, kind=receipt.kind, exc_info=wrong
        )
        return reference

    async def _tell_of_failure(self, run: DurableRun, receipt: Receipt, reference: str) -> None:
        """Give the person a reference id and nothing else, and let somebody look at what nobody else knows of."""
        sorry = SORRY.format(reference=reference)
        await run.decide("apologise", self.desk, tell, _keep_told, receipt, sorry)
        if receipt.kind == "message":
            await run.decide("call for a person", self.desk, call, _keep_told, receipt, reference)

    async def _fail(self, id: int, reference: str) -> None:
        async with self.desk.db.begin() as session:
            await receipts.fail(session, id, reference)

    async def sweep(self, now: datetime) -> None:
        """Begin again every delivery that is overdue; one that is being worked on is left alone by its key."""
        self._begin_all(await self._ours(now - _OVERDUE))

    async def recover(self) -> None:
        """Begin every delivery that was kept and not finished, in the order of arrival."""
        # Of any time, because the clock may have been put back since.
        self._begin_all(await self._ours(datetime.max.replace(tzinfo=UTC)))

    async def _ours(self, before: datetime) -> Sequence[tuple[int, str, str]]:
        """Return what this process has to begin, once it has claimed what nobody sees to any more."""
        async with self.desk.db.begin() as session:
            await receipts.claim(session, self.engine.lease.executor, self.desk.now() - _LEFT)
            unfinished = await receipts.unfinished(session, before, self.engine.lease.executor)
            # What a dead process had begun the engine goes on with, and to wait for it takes a question a second.
            under_way = {flow.key for flow in await flow_rows.pending(session)}
        return [one for one in unfinished if one[1] not in under_way]

    def _begin_all(self, left: Sequence[tuple[int, str, str]]) -> None:
        for id, key, thread in left:
            if id not in self._tasks:
                self.begin(id, key, thread)

    async def stop(self) -> None:
        """Let go of what is under way; it is kept, and the next process takes it up."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _keep_refusal(desk: Desk, session: AsyncSession, said: str) -> str:
    return said


async def _keep_failure(desk: Desk, session: AsyncSession, id: int, reference: str) -> str:
    await receipts.fail(session, id, reference)
    return reference


async def _keep_told(desk: Desk, session: AsyncSession, receipt: Receipt, said: str, told: None) -> None:
    """Keep nothing but the fact that somebody was told."""


async def _reference() -> str:
    return secrets.token_hex(4)


async def on_error(error: Exception, context: AsyncBoltContext, body: dict[str, Any]) -> BoltResponse | None:
    """Bolt's error listener: what failed inside a flow is handed back to it; anything else is not acknowledged."""
    if "run" in context:
        context["failed"] = error
        return None
    log.error("not acknowledged", kind=kind_of(body), exc_info=error)
    return BoltResponse(status=500, body="")
