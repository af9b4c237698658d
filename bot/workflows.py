"""Every workflow, as the rest of the bot sees it: what it listens to, what it checks, and its durable flows.

Listeners and flows get the desk as it is when they begin, because its policy changes when people adopt a category.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from slack_bolt.async_app import AsyncApp, AsyncBoltContext
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot import tidying
from bot.arrivals import Check
from bot.engine import Flow
from bot.receipts import Receipts, on_error
from bot.run import DurableRun
from handlers import (
    adoption,
    audit,
    audit_opinion,
    audit_verdicts,
    confidence,
    drift,
    health,
    hidden,
    home,
    incidents,
    intake,
    learning,
    metrics,
    parts,
    replies,
    sla,
    standup,
    tickets,
)
from handlers.cards.modals import CONFIRM_ADOPT
from handlers.desk import Desk

AtWork = Callable[[], Desk]


def listeners(web: AsyncWebClient, token: str, me: Mapping[str, Any], desk: AtWork) -> AsyncApp:
    """Return the app with all listeners; `me` is Slack's answer to who we are."""
    # That was asked at start: asking again for each delivery could fail, and Bolt acknowledges a delivery whose
    # authorization failed, which would lose it.
    us = AuthorizeResult(
        enterprise_id=None,
        team_id=me["team_id"],
        bot_token=token,
        bot_id=me["bot_id"],
        bot_user_id=me["user_id"],
    )

    async def who_we_are() -> AuthorizeResult:
        return us

    # To give an app a name Bolt reads the source of everything on the stack, which takes longer than all the rest.
    app = AsyncApp(
        name="signalbox", client=web, authorize=who_we_are, process_before_response=True, signing_secret=""
    )
    app.error(on_error)

    async def at_the_desk(context: AsyncBoltContext, next: Callable[[], Any]) -> Any:
        context["desk"] = desk()
        return await next()

    app.use(at_the_desk)
    for handler in (
        *(intake, tickets, parts, learning, incidents),
        *(hidden, replies, metrics, home, health, adoption, audit_verdicts),
    ):
        handler.register(app)
    return app


def checks(desk: AtWork) -> dict[str, Check]:
    """Return what is checked before a window closes, by window; one check has to know today's categories."""
    return {**replies.CHECKS, CONFIRM_ADOPT: lambda values: adoption.wrong(desk().policy, values)}


def flows(desk: AtWork, receipts: Receipts, now: Callable[[], datetime]) -> dict[str, Flow]:
    """Return every durable flow by name."""

    def at_the_desk(flow: Callable[..., Any]) -> Flow:
        async def run_it(run: DurableRun, *args: Any) -> None:
            await flow(desk(), run, *args)

        return run_it

    async def sweep(run: DurableRun, slot: str) -> None:
        await run.step("overdue deliveries", receipts.sweep, now())
        await sla.sweep(desk(), run, slot)
        await audit.sweep(desk(), run, slot)

    return {
        "receive": receipts.receive,
        "sweep": sweep,
        "escalate": at_the_desk(sla.escalate),
        "deliver": at_the_desk(sla.deliver),
        "morning": at_the_desk(standup.morning),
        "scan": at_the_desk(health.scan),
        "tidy": at_the_desk(tidying.tidy),
        "refit": at_the_desk(confidence.refit),
        "drift": at_the_desk(drift.check),
        "retire": at_the_desk(adoption.retire),
        "audit": at_the_desk(audit.weekly),
        "audit end": at_the_desk(audit.end),
        "audit opinion": at_the_desk(audit_opinion.ask),
        "audit answers": at_the_desk(audit_opinion.read),
    }
