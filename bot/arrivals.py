"""Arrivals: what Slack delivers is committed before Slack is told that it arrived.

A person notices nothing of it, unless a window that they submit is wrong: it stays open and says so. What arrives while
something is being committed is committed together after it, so that a flood costs few commits. A delivery that cannot
be committed is not acknowledged, so Slack brings it again.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import structlog
from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncBoltContext

from bot.deliveries import BROKEN, MALFORMED, key_of, kind_of, legible, malformed, thread_of
from bot.receipts import Receipts
from handlers.desk import Desk
from storage import receipts
from storage.receipts import Delivery

log = structlog.get_logger("signalbox.arrivals")

Check = Callable[[dict[str, Any]], dict[str, str]]
_TOGETHER = 100  # deliveries in one commit


class Arrivals:
    """Keeps what arrives, and lets each new delivery be worked on."""

    def __init__(
        self,
        receipts: Receipts,
        checks: Mapping[str, Check],
        concerns: Callable[[Desk, dict[str, Any]], bool],
    ) -> None:
        """`checks` say what is wrong with a submitted window, by its callback id; `concerns` says whether a delivery
        needs any work beyond being kept."""
        self._receipts = receipts
        self._checks = checks
        self._concerns = concerns
        self._arrived: list[
            tuple[Delivery, asyncio.Future[bool]]
        ] = []  # and whether it is new, once it is kept
        self._keeping: asyncio.Task[None] | None = None

    async def middleware(
        self,
        body: dict[str, Any],
        context: AsyncBoltContext,
        next: Callable[[], Awaitable[BoltResponse]],
    ) -> BoltResponse:
        """Commit the delivery, then acknowledge; one that comes back from the engine goes on to the listeners."""
        if "run" in context:
            await next()
            # A listener that answers nothing would be taken by Bolt for one that is missing.
            return BoltResponse(status=200, body="")
        body = legible(body)
        signed = context.get("signed", "")
        try:
            errors, delivery = self._wrong(body), self._delivery(body, signed)
        except BROKEN:
            errors, delivery = {}, self._delivery(malformed(body), signed)
        if errors:
            answer = json.dumps({"response_action": "errors", "errors": errors})
            return BoltResponse(status=200, body=answer, headers={"content-type": "application/json"})
        if delivery.kind == MALFORMED:
            log.warning("of another shape than Slack's, kept", key=delivery.key)
        is_kept = asyncio.get_running_loop().create_future()
        self._arrived.append((delivery, is_kept))
        if self._keeping is None:
            self._keeping = asyncio.create_task(self._keep())
        if not await is_kept and await self._is_played_again(delivery):
            return BoltResponse(status=401, body="")
        return BoltResponse(status=200, body="")

    def _delivery(self, body: dict[str, Any], signed: str) -> Delivery:
        needs_work = self._concerns(self._receipts.desk, body)
        return Delivery(key_of(body), kind_of(body), thread_of(body), body, needs_work, signed=signed)

    async def _is_played_again(self, delivery: Delivery) -> bool:
        """Say whether this is the very request that was kept: what Slack brings again, it signs anew.

        One that we kept and nobody began, because the answer to its commit was lost, is begun.
        """
        async with self._receipts.desk.db.begin() as session:
            kept = await receipts.kept(session, delivery.key)
        if kept is None:
            return False
        if kept.is_open and self._receipts.is_left(kept.id, kept.by):
            self._receipts.begin(kept.id, delivery.key, delivery.thread)
            return False
        return kept.signed == delivery.signed != ""

    async def _keep(self) -> None:
        """Commit what has arrived, in its order; what arrives during a commit is committed together after it."""
        while self._arrived:
            arrived, self._arrived = self._arrived[:_TOGETHER], self._arrived[_TOGETHER:]
            try:
                new = await self._commit([delivery for delivery, _ in arrived])
            except Exception as wrong:  # the outermost frame
                log.warning("keeping one by one", deliveries=len(arrived), error=type(wrong).__name__)
                for delivery, is_kept in arrived:
                    await self._keep_alone(delivery, is_kept)
            else:
                for (_, is_kept), is_new in zip(arrived, new, strict=True):
                    _answer(is_kept, is_new)
        self._keeping = None

    async def _keep_alone(self, delivery: Delivery, is_kept: asyncio.Future[bool]) -> None:
        """Commit one of those that failed: one that cannot be kept keeps nobody else from it."""
        try:
            [is_new] = await self._commit([delivery])
            # What needs no work has come to its end, also if it was kept by the commit that failed.
            _answer(is_kept, is_new or not delivery.needs_work)
        except Exception as wrong:  # the outermost frame
            _answer(is_kept, wrong)

    async def _commit(self, deliveries: Sequence[Delivery]) -> list[bool]:
        """Commit deliveries, and begin those that are new; return for each whether it is."""
        desk, by = self._receipts.desk, self._receipts.engine.lease.executor
        async with desk.db.begin(alone=len(deliveries) == 1) as session:
            ids = await receipts.keep(session, deliveries, desk.now(), by)
        found = [ids.pop(each.key, None) for each in deliveries]  # of two copies the first is the new one
        for each, id in zip(deliveries, found, strict=True):
            self._receipts.engine.vitals.delivered(each.kind, id is not None)
            if id is not None and each.needs_work:
                self._receipts.begin(id, each.key, each.thread)
        return [id is not None for id in found]

    def _wrong(self, body: dict[str, Any]) -> dict[str, str]:
        """Return what is wrong with a submitted window; it stays open and nothing is kept."""
        view = body.get("view") or {}
        check = self._checks.get(view.get("callback_id", ""))
        if body.get("type") != "view_submission" or check is None:
            return {}
        return check(view["state"]["values"])


def _answer(is_kept: asyncio.Future[bool], outcome: bool | Exception) -> None:
    """Let a delivery be acknowledged, or not; nobody may be waiting for that any more."""
    if is_kept.done():
        return
    if isinstance(outcome, Exception):
        is_kept.set_exception(outcome)
    else:
        is_kept.set_result(outcome)
