"""The nightly tidying: the database stops growing once everything has reached the age that policy gives it, and what
deleted messages said is gone from it a day later.

Nobody in Slack sees it. Rows go a few hundred at a time with a pause in between, so a request that comes in at night is
worked on as fast as by day. Cut off in the middle, it goes on where it was.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import structlog

from bot import flow_rows
from handlers.desk import Desk, Run
from storage import deleted, retention
from storage.retention import BATCH, Forget

log = structlog.get_logger("signalbox.tidying")

_PAUSE = 0.02  # seconds between two transactions, in which others may write


async def tidy(desk: Desk, run: Run, slot: str) -> None:
    """Forget what is older than policy wants; `slot` names the night."""
    kept, now = desk.policy.retention, desk.now()
    old = now - timedelta(days=kept.receipts_days)
    unneeded = await run.repeat("see what is needed", _needed_since, desk, old)
    # A flow goes after its delivery, because either of them keeps a second copy from being worked on.
    await run.repeat("forget flows", _all, desk, flow_rows.forget_ended, unneeded - timedelta(days=1))
    await run.repeat("forget deliveries", _all, desk, retention.deliveries, old)
    await run.repeat("forget posts", _all, desk, retention.posts, unneeded)
    await run.repeat("forget changes", _all, desk, retention.changes, unneeded)
    await run.repeat("forget deleted words", _all, desk, deleted.words, now - timedelta(days=1))
    judged = now - timedelta(days=kept.decisions_days)
    await run.repeat("forget judgements", _all, desk, retention.judgements, judged)
    await run.repeat("forget alerts", _all, desk, retention.alerts, judged)
    await run.repeat("forget findings", _all, desk, retention.findings, judged)
    await run.repeat("forget audits", _all, desk, retention.audits, judged)
    closed = now - timedelta(days=kept.tickets_days)
    await run.repeat("forget tickets", _all, desk, retention.tickets, closed)
    await run.repeat("forget talk", _all, desk, retention.talk, closed)


async def _needed_since(desk: Desk, before: datetime) -> datetime:
    async with desk.db.begin() as session:
        return await retention.needed_since(session, before)


async def _all(desk: Desk, forget: Forget, before: datetime) -> None:
    """Forget batch after batch until nothing old is left."""
    forgotten = 0
    while True:
        async with desk.db.begin() as session:
            gone = await forget(session, before)
        forgotten += gone
        if gone < BATCH:
            break
        await asyncio.sleep(_PAUSE)
    if forgotten:
        log.info("forgotten", what=forget.__name__, rows=forgotten)
