"""The whole bot, put together: settings and policy in, a connected Signalbox out.

Nothing here decides anything; it is the one place where real things are chosen and handed to each other.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp, AsyncBoltContext
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.exc import DBAPIError

from agents.adopted import Adopted, merged
from agents.policy import Policy
from agents.words import Article, SimilarTicket
from bot import cadence, killpoints, tidying
from bot.engine import DurableRun, Engine, Flow, patiently, utc_now
from bot.minds import LoadedMinds, LoadingMinds
from bot.pace import OwnBook, Pace, SharedBook
from bot.places import waiting
from bot.readiness import Readiness
from bot.receipts import Check, Receipts, on_error
from bot.settings import Settings
from bot.web import HttpFace, take
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
from handlers.directory import Directory
from handlers.errors import Declined, Unavailable
from handlers.facts import readable
from handlers.posting import CALL_SECONDS
from handlers.slack import Slack
from handlers.turns import Turns
from sources.accounts import AccountSource, SourceUnavailable
from sources.accounts_csv import CsvAccounts
from sources.accounts_sql import SqlAccounts
from sources.knowledge import load_articles
from storage import adoptions, corrections, similar, steps

log = structlog.get_logger("signalbox")

_TICK_SECONDS = 5
_WAKES = 30.0  # seconds that customer data gets to be read for the first time
# After at most this long a broken connection is noticed, and after four times this a dead one.
_PING_SECONDS = 2
_DIRECTORY_KEEPS = timedelta(minutes=15)  # people join and channels are made; nobody restarts a bot for that


class Signalbox:
    """A bot that is connected, or about to be."""

    def __init__(
        self,
        settings: Settings,
        policy: Policy,
        *,
        now: Callable[[], datetime] = utc_now,
        minds: LoadedMinds | None = None,
        keeps_time: bool = True,
        engine: type[Engine] = Engine,
    ) -> None:
        """Choose the real things. A bot that does not keep time begins scheduled jobs only when told to.

        There is one engine of a kind in a process; another kind is for whoever wants several replicas in one.
        """
        self.settings = settings
        self.policy = policy
        self.now = now
        self._points = killpoints.chosen(settings.die_at)
        self.db = self._points.database(settings.database_url)
        self.engine = engine(self.db, self._points)
        # No connection retry: when an answer is lost, the SDK's own retry would post a second time.
        self.web = AsyncWebClient(
            token=settings.slack_bot_token,
            base_url=settings.slack_api_url,
            timeout=CALL_SECONDS,
            retry_handlers=[],
        )
        vitals = self.engine.vitals
        book = OwnBook(time.monotonic) if self.db.is_sqlite else SharedBook(self.db)
        pace = Pace(settings.posts_per_second, book, vitals.paced)
        self.slack = Slack(
            *(
                self.web,
                self.db,
                now,
                pace,
                self.engine.lease.may_post,
                self.engine.lease.executor,
                waiting,
                vitals,
            )
        )
        self._minds = minds
        self._keeps_time = keeps_time
        self.is_stopping = False  # from the first moment of a stop nothing more should be sent here
        self._learnt: tuple[int, ...] = ()  # the mark of the corrections that our engine knows
        self._adopted: tuple[
            Adopted, ...
        ] = ()  # the categories that we judge by beside those of the policy file
        self._loading: asyncio.Task[None] | None = None
        self._waking: asyncio.Task[None] | None = None
        self.http: HttpFace | None = None
        self._socket: AsyncSocketModeHandler | None = None
        self._has_engines: Callable[[], bool] = lambda: False
        self._scheduler = AsyncIOScheduler(timezone="UTC")

    async def start(self) -> None:
        """Connect, and take up what an earlier process left. Raises what keeps it from starting."""
        if self.settings.opens_port:
            taken = take(self.settings.http_host, self.settings.http_port)
            secret, vitals = self.settings.slack_signing_secret, self.engine.vitals
            self.http = HttpFace(taken, secret, self.now, self._readiness(), vitals)
        await self.db.migrate()
        async with self.db.begin() as session:
            self.slack.posting.doubt = await steps.doubt(session)
            self._adopted = await adoptions.standing(session)
        # One set of connections that stay open; the client would otherwise make a new one for each call.
        self.web.session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=self.web.timeout), trace_configs=self._points.traces()
        )
        self._me = me = await self.web.auth_test()
        self.slack.bot_user, self.slack.home = me["user_id"], me["url"]
        directory = Directory(self.slack, me["team_id"])
        await directory.load()
        self._read_at = self.now()
        base = self.settings.policy.parent
        minds = self._minds or LoadingMinds()
        self._has_engines = lambda: minds.are_ready
        self.desk = Desk(
            slack=self.slack,
            minds=minds,
            db=self.db,
            now=self.now,
            policy=merged(self.policy, self._adopted),
            directory=directory,
            start=self.engine.start,
            turns=Turns(waiting),
            accounts=accounts(self.policy, base),
        )
        self.receipts = Receipts(self._listeners(), self.engine, self.desk, self._checks(), intake.concerns)
        self.receipts.app.use(self.receipts.middleware)
        await self.engine.launch(self._flows(), self.receipts.recover)
        await self.receipts.recover()
        for one in self._adopted:
            if one.name in self.policy.categories:
                await self.engine.start("retire", f"retire:{one.id}", one.id)
        self.schedule = cadence.Schedule(cadence.jobs(self.policy), self.engine.start)
        self._waking = asyncio.create_task(self._wake())
        await self._let_in()
        if isinstance(minds, LoadingMinds):
            self._loading = asyncio.create_task(self._load(minds, base))
        else:
            await self.learn()
            await self._waking
        if self._keeps_time:
            self._scheduler.add_job(
                partial(self._until_stopped, self._tick),
                "interval",
                seconds=_TICK_SECONDS,
                max_instances=1,
                coalesce=True,
                # What fell due while nobody was there begins now, also in a process that does not live long.
                next_run_time=utc_now(),
            )
            self._scheduler.add_job(
                partial(self._until_stopped, self._study),
                "interval",
                seconds=_TICK_SECONDS,
                max_instances=1,
                coalesce=True,
            )
            self._scheduler.start()
        log.info("connected", team=me["team"], bot=me["user"], executor=self.engine.lease.executor)

    async def _let_in(self) -> None:
        """Let deliveries in, over a connection of ours or by HTTP."""
        app, settings = self.receipts.app, self.settings
        if self.http:
            await self.http.open(app if settings.is_http else None)
        if settings.is_http:
            return
        if settings.slack_signing_secret:
            log.warning(
                "Socket Mode is used", because="SLACK_APP_TOKEN and SLACK_SIGNING_SECRET are both set"
            )
        self._socket = AsyncSocketModeHandler(
            app, settings.slack_app_token, web_client=self.web, ping_interval=_PING_SECONDS
        )
        await self._socket.connect_async()  # type: ignore[no-untyped-call]

    def _readiness(self) -> Readiness:
        async def is_connected() -> bool:
            if self.settings.is_http:
                return True
            client = self._socket.client if self._socket else None
            return client is not None and await client.is_connected()

        return Readiness(
            db=self.db,
            name=self.engine.lease.executor,
            now=self.now,
            is_stopping=lambda: self.is_stopping,
            has_engines=lambda: self._has_engines(),
            is_connected=is_connected,
            gates_deliveries=self.settings.is_http,
        )

    def _listeners(self) -> AsyncApp:
        # Who we are was asked at start: asking again for each delivery could fail, and Bolt acknowledges a delivery
        # whose authorization failed, which would lose it.
        us = AuthorizeResult(
            enterprise_id=None,
            team_id=self._me["team_id"],
            bot_token=self.settings.slack_bot_token,
            bot_id=self._me["bot_id"],
            bot_user_id=self._me["user_id"],
        )

        async def who_we_are() -> AuthorizeResult:
            return us

        app = AsyncApp(client=self.web, authorize=who_we_are, process_before_response=True, signing_secret="")
        app.error(on_error)

        async def at_the_desk(context: AsyncBoltContext, next: Callable[[], Any]) -> Any:
            context["desk"] = self.desk
            return await next()

        app.use(at_the_desk)
        for handler in (
            *(intake, tickets, parts, learning, incidents),
            *(hidden, replies, metrics, home, health, adoption, audit_verdicts),
        ):
            handler.register(app)
        return app

    def _checks(self) -> dict[str, Check]:
        """Return what is checked before a window closes, by window; one check has to know today's categories."""
        return {**replies.CHECKS, CONFIRM_ADOPT: lambda values: adoption.wrong(self.desk.policy, values)}

    def _flows(self) -> dict[str, Flow]:
        """Return every durable flow by name."""

        def at_the_desk(flow: Callable[..., Any]) -> Flow:
            async def run_it(run: DurableRun, *args: Any) -> None:
                await flow(self.desk, run, *args)

            return run_it

        async def sweep(run: DurableRun, slot: str) -> None:
            await run.step("overdue deliveries", self.receipts.sweep, self.now())
            await sla.sweep(self.desk, run, slot)
            await audit.sweep(self.desk, run, slot)

        return {
            "receive": self.receipts.receive,
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

    async def _load(self, minds: LoadingMinds, base: Path) -> None:
        articles: list[Article] = []
        if self.policy.sources.knowledge:
            folder = base / self.policy.sources.knowledge.folder
            base_url = self.policy.sources.knowledge.base_url
            try:
                articles = await asyncio.to_thread(load_articles, folder, base_url)
            except (OSError, ValueError) as wrong:
                minds.give_up(wrong)
                return
        past = await patiently("read past answers", asyncio.sleep, self._past_answers)
        taught = await patiently("read corrections", asyncio.sleep, learning.lessons, self.desk)
        await minds.load(self.settings, self.desk.policy, articles, self.db, past, taught, self.engine.vitals)

    async def _wake(self) -> None:
        """Let the customers be read once: the first look may take longer than a request waits for it."""
        if self.desk.accounts:
            with suppress(SourceUnavailable, TimeoutError):
                async with asyncio.timeout(_WAKES):
                    await self.desk.accounts.account_of("nobody")

    async def _past_answers(self) -> Sequence[SimilarTicket]:
        async with self.db.begin() as session:
            return await similar.answered(session, lambda text: readable(self.desk, text))

    async def _until_stopped(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do this; the scheduler would call it an error that a stop cuts it off, and the next process does it."""
        try:
            await work()
        except asyncio.CancelledError:
            if not self.is_stopping:
                raise

    async def _tick(self) -> None:
        """Begin what is due, and now and then read anew who and where everybody is."""
        now = self.now()
        try:
            await self.schedule.tick(now)
            if now - self._read_at > _DIRECTORY_KEEPS:
                self._read_at = now
                await self.desk.directory.load()
        except (Unavailable, Declined, DBAPIError) as wrong:
            log.warning("tick put off", error=type(wrong).__name__)

    async def learn(self) -> None:
        """Take in what people have said since the last time, also to other replicas: their corrections, what they
        undid, what was deleted, and which categories they adopted or removed."""
        async with self.db.begin() as session:
            mark, adopted = await corrections.mark(session), await adoptions.standing(session)
        if adopted != self._adopted:
            # What is under way goes on by the policy that it began with.
            self.desk = self.receipts.desk = replace(self.desk, policy=merged(self.policy, adopted))
        policy = self.desk.policy
        local = (await self.desk.minds.ready()).local
        local.judge_among([policy.category(name) for name in policy.categories])
        if mark != self._learnt or adopted != self._adopted:
            await learning.learn(self.desk)
            self._learnt, self._adopted = mark, adopted

    async def _study(self) -> None:
        """Learn, and then let the classifier catch up; many corrections within seconds are one fit."""
        if not self._has_engines():
            return
        try:
            await self.learn()
        except (Unavailable, DBAPIError) as wrong:
            log.warning("learning put off", error=type(wrong).__name__)
        await self.catch_up()

    async def catch_up(self) -> None:
        """Fit the classifier with what was learnt since it was fitted last."""
        local = (await self.desk.minds.ready()).local
        if local.is_behind:
            await asyncio.to_thread(local.refit)

    async def stop(self) -> None:
        """Disconnect. What is under way is kept and finished by the next process, or by another replica."""
        await self.stop_listening()
        await self.receipts.stop()
        for task in (self._loading, self._waking):
            if task:
                task.cancel()
        await self.engine.stop()
        if self.http:
            await self.http.close()
        if self.web.session:
            await self.web.session.close()
        await self.db.close()

    async def stop_listening(self) -> None:
        """Begin nothing more by the clock, and let no delivery in; Slack brings it to another replica, or again."""
        self.is_stopping = True
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        if self._socket:
            await self._socket.close_async()  # type: ignore[no-untyped-call]
        if self.http:
            await self.http.leave()


def accounts(policy: Policy, base: Path) -> AccountSource | None:
    """Return the customer data that policy names; paths are relative to the policy file."""
    source = policy.sources.accounts
    if source is None:
        return None
    own = policy.company.domains
    return CsvAccounts(base / source.folder, own) if source.kind == "csv" else SqlAccounts(source.url, own)
