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
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.exc import DBAPIError

from agents.adopted import Adopted, merged
from agents.policy import Policy
from agents.words import Article, SimilarTicket
from bot import cadence, killpoints, workflows
from bot.arrivals import Arrivals
from bot.engine import Engine, Flow, utc_now
from bot.minds import LoadedMinds, LoadingMinds
from bot.pace import OwnBook, Pace, SharedBook
from bot.places import waiting
from bot.readiness import Readiness
from bot.receipts import Receipts
from bot.run import patiently
from bot.settings import Settings
from bot.socket_mode import SocketMode
from bot.web import HttpFace, take
from handlers import intake, learning
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
_CLOCKS_APART = timedelta(seconds=60)  # how much earlier than it is seen an answer may have been noted
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
        self._answers_until = now()  # until when it knows what was answered
        self._adopted: tuple[
            Adopted, ...
        ] = ()  # the categories that we judge by beside those of the policy file
        self._loading: asyncio.Task[None] | None = None
        self._waking: asyncio.Task[None] | None = None
        self.http: HttpFace | None = None
        self._socket: SocketMode | None = None
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
        me: Any = await self.web.auth_test()
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
        app = workflows.listeners(self.web, self.settings.slack_bot_token, me, self._at_work)
        self.receipts = Receipts(app, self.engine, self.desk)
        self.arrivals = Arrivals(self.receipts, workflows.checks(self._at_work), intake.concerns)
        app.use(self.arrivals.middleware)
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

    def _at_work(self) -> Desk:
        """Return the desk as it is now; its policy changes when people adopt a category."""
        return self.desk

    def _flows(self) -> dict[str, Flow]:
        return workflows.flows(self._at_work, self.receipts, self.now)

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
        self._socket = SocketMode(
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
        self._answers_until = self.now()
        past = await patiently("read past answers", asyncio.sleep, self._past_answers)
        taught = await patiently("read corrections", asyncio.sleep, learning.lessons, self.desk)
        await minds.load(self.settings, self.desk.policy, articles, self.db, past, taught, self.engine.vitals)

    async def _wake(self) -> None:
        """Let the customers be read once: the first look may take longer than a request waits for it."""
        if self.desk.accounts:
            with suppress(SourceUnavailable, TimeoutError):
                async with asyncio.timeout(_WAKES):
                    await self.desk.accounts.account_of("nobody")

    async def _past_answers(self, since: datetime | None = None) -> Sequence[SimilarTicket]:
        async with self.db.begin() as session:
            return await similar.answered(session, lambda text: readable(self.desk, text), since)

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
        """Take in what people have said since the last time, also to other replicas: answers, corrections, what they
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
        now = self.now()
        if past := await self._past_answers(self._answers_until - _CLOCKS_APART):
            await asyncio.to_thread(local.remember_all, past)
        self._answers_until = now

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
            # It ends a moment later, and would call it an error that what it begins until then is cut off.
            self._scheduler.pause()
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
