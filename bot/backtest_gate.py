"""The gate at start: a triage prompt or model that never judged here goes live after a backtest, or by force.

An operator whose start is refused reads what changed and the one command to run. It looks at rows only, so replicas
that start at once, or one after the other during a rolling restart, all come to the same answer; and going back to what
judged before is always allowed. Without a key, or with little to replay, nothing is refused.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from agents.claude_requests import fingerprint, prompt_file
from agents.policy import Policy
from bot.minds import claude_config
from bot.settings import Settings
from storage import backtests
from storage.database import Database

log = structlog.get_logger("signalbox.backtest")

LEAST = 20  # requests that a backtest has to replay, and below which there is nothing to replay
VALID = timedelta(days=14)  # a backtest of longer ago replayed another past
PAST = timedelta(days=30)


class NotBacktested(Exception):
    """The triage prompt or model was changed, and nobody knows what that does; the message says what to run."""


async def must_be_backtested(settings: Settings, policy: Policy, db: Database, now: datetime) -> None:
    """Raise NotBacktested when Claude would judge by a prompt or model that neither judged nor was replayed before.

    The database has to be migrated already.
    """
    if claude_config(settings, policy) is None:
        return
    prompt, model = fingerprint(prompt_file("triage").read_bytes()), policy.models.triage
    async with db.begin() as session:
        if await backtests.has_judged(session, prompt, model):
            return
        if await backtests.judged_by_claude(session, now - PAST) < LEAST:
            return
        if await backtests.covers(session, f"{prompt} {model}", now - VALID, LEAST):
            return
        last = await backtests.last_judge(session)
    assert last is not None
    changed = [
        f"{what} ({was} → {now_is})"
        for what, was, now_is in zip(("prompt", "model"), last, (prompt, model), strict=True)
        if was != now_is
    ]
    kind = "prompt" if last[0] != prompt else "model"
    if settings.force_change:
        log.warning("a change goes live without a backtest", changed=changed)
        return
    raise NotBacktested(
        f"the triage {' and '.join(changed)} changed, and no backtest of the last {VALID.days} days has replayed "
        f"at least {LEAST} requests by it; run `signalbox backtest --since {PAST.days}d --change {kind}`, or start "
        "with `signalbox run --force` or SIGNALBOX_FORCE_CHANGE=1"
    )
