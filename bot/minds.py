"""Loading the engines behind the first events.

A process takes events in at once; those that come before the local model is loaded wait, safely kept, for the second
or two that it takes. People see nothing of it.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import structlog

from agents.claude_answers import Answer, ClaudeConfig, Why
from agents.claude_batches import Question
from agents.claude_clouds import Bedrock, Cloud, Vertex
from agents.engines import Batches, Engines, Local, Remote
from agents.learning import Lesson
from agents.local.engine import LocalEngine
from agents.policy import Policy
from agents.words import Article, Category, Example, Facts, Opinion, Passage, Reply, SimilarTicket
from bot.places import waiting
from bot.settings import Settings
from bot.vitals import Vitals
from storage import decisions
from storage.database import Database

log = structlog.get_logger("signalbox.minds")


class LoadedMinds:
    """Engines that are there already."""

    are_ready = True

    def __init__(self, engines: Engines) -> None:
        self._engines = engines

    async def ready(self) -> Engines:
        """Return the engines."""
        return self._engines


class LoadingMinds:
    """Engines that are being loaded in the background."""

    def __init__(self) -> None:
        self._engines: asyncio.Future[Engines] = asyncio.get_running_loop().create_future()

    @property
    def are_ready(self) -> bool:
        """Whether the engines are loaded."""
        return self._engines.done() and not self._engines.cancelled() and self._engines.exception() is None

    async def ready(self) -> Engines:
        """Wait for the engines. Raises what kept them from loading."""
        return await asyncio.shield(self._engines)

    def give_up(self, wrong: Exception) -> None:
        """Let nobody wait any longer: what the engines need cannot be loaded."""
        self._engines.set_exception(wrong)

    async def load(
        self,
        settings: Settings,
        policy: Policy,
        articles: Sequence[Article],
        db: Database,
        past: Sequence[SimilarTicket],
        taught: Sequence[Lesson],
        vitals: Vitals,
    ) -> None:
        """Load the local engine, and Claude when a key is set."""
        started = time.perf_counter()
        try:
            local = await asyncio.to_thread(load_local, settings.models, policy, articles)
            await asyncio.to_thread(local.remember_all, past)
            await asyncio.to_thread(local.learn, taught)
            remote = await asyncio.to_thread(load_remote, settings, policy, db, vitals)
        except BaseException as wrong:
            self._engines.set_exception(wrong)
            raise
        self._engines.set_result(Engines(local, remote, remote.batches if remote else None))
        log.info("engines ready", seconds=round(time.perf_counter() - started, 2), claude=remote is not None)


def load_local(models: Path, policy: Policy, articles: Sequence[Article]) -> Local:
    """Load the local engine and teach it this policy's categories and these articles."""
    categories = [policy.category(name) for name in policy.categories]
    engine = LocalEngine.load(models, models / "cache")
    return engine.fitted(categories, (), policy.triage.chatter_examples).with_articles(articles)


def claude_config(settings: Settings, policy: Policy) -> ClaudeConfig | None:
    """Return how Claude is reached; None where it is not to be asked."""
    cloud: Cloud | None = None
    match settings.claude:
        case "bedrock":
            cloud = Bedrock(settings.aws_region, settings.bedrock_key, settings.bedrock_url)
        case "vertex":
            cloud = Vertex(settings.vertex_project, settings.vertex_region, base_url=settings.vertex_url)
        case "direct" if not settings.anthropic_api_key:
            return None
    # A secret that the service does not know, so that it cannot tell who a pseudonym is.
    secret = b"requester pseudonyms" + settings.slack_bot_token.encode()
    return ClaudeConfig(
        api_key="" if cloud else settings.anthropic_api_key,
        base_url=settings.anthropic_base_url,
        triage_model=policy.models.triage,
        draft_model=policy.models.draft,
        daily_budget_usd=policy.models.daily_budget_usd,
        pseudonym_key=hashlib.sha256(secret).hexdigest(),
        cloud=cloud,
        has_audits=policy.audit is not None,
    )


def load_remote(
    settings: Settings,
    policy: Policy,
    db: Database,
    vitals: Vitals | None = None,
    triage_prompt: str = "",
) -> Guarded | None:
    """Make the engine that asks Claude, when there is a way to it; its questions are counted.

    `triage_prompt` is judged by in place of the one in `agents/prompts`, if there is one. Raises ValueError, in words
    for an operator, when that way lacks something.
    """
    config = claude_config(settings, policy)
    if config is None:
        return None
    # Importing the SDK takes seconds, which nobody without a key should wait for.
    from agents.claude import ClaudeEngine, MalformedRequest
    from bot.engine import utc_now

    async def spent_today() -> float:
        today = utc_now().replace(hour=0, minute=0, second=0, microsecond=0)
        async with db.begin() as session:
            return await decisions.dollars_since(session, today)

    config = replace(config, triage_prompt=triage_prompt)
    engine = ClaudeEngine(config, spent_today, time.monotonic)
    return Guarded(engine, MalformedRequest, vitals or Vitals(), engine.batches)


class Guarded:
    """Claude, counted, and with a fault of ours turned into a loud log line: nobody's request is held up by it."""

    def __init__(
        self, engine: Remote, fault: type[Exception], vitals: Vitals, batches: Batches | None = None
    ) -> None:
        self._engine = engine
        self._fault = fault
        self._vitals = vitals
        self.batches = GuardedBatches(batches, fault, vitals) if batches else None

    async def opinion(
        self, facts: Facts, categories: Sequence[Category], examples: Sequence[Example]
    ) -> Answer[Opinion]:
        """Ask for an opinion; a question that was malformed counts as not answered."""
        with self._vitals.asked("opinion") as answered:
            try:
                async with waiting():
                    return answered(await self._engine.opinion(facts, categories, examples))
            except self._fault as wrong:
                return answered(_malformed(wrong))

    async def reply(self, facts: Facts, passages: Sequence[Passage]) -> Answer[Reply]:
        """Ask for a reply; a question that was malformed counts as not answered."""
        with self._vitals.asked("reply") as answered:
            try:
                async with waiting():
                    return answered(await self._engine.reply(facts, passages))
            except self._fault as wrong:
                return answered(_malformed(wrong))


class GuardedBatches:
    """Claude's batches, counted and guarded likewise."""

    def __init__(self, batches: Batches, fault: type[Exception], vitals: Vitals) -> None:
        self._batches = batches
        self._fault = fault
        self._vitals = vitals

    async def submit(self, questions: Sequence[Question]) -> Answer[str]:
        """Send a batch; one that was malformed counts as not taken."""
        with self._vitals.asked("batch") as answered:
            try:
                async with waiting():
                    return answered(await self._batches.submit(questions))
            except self._fault as wrong:
                return answered(_malformed(wrong))

    async def collect(
        self, batch: str, categories: Mapping[str, Sequence[Category]]
    ) -> Answer[Mapping[str, Answer[Opinion]]]:
        """Read a batch; a question that was malformed counts as not answered."""
        try:
            async with waiting():
                return await self._batches.collect(batch, categories)
        except self._fault as wrong:
            return _malformed(wrong)

    async def discard(self, batch: str) -> bool:
        """Have a batch deleted; False also when Claude does not understand which."""
        try:
            async with waiting():
                return await self._batches.discard(batch)
        except self._fault as wrong:
            log.error("claude rejected the form of a question", exc_info=wrong)
            return False


def _malformed(wrong: Exception) -> Answer[Any]:
    log.error("claude rejected the form of a question", exc_info=wrong)
    return Answer(None, Why("invalid", "Claude could not read our question; the local model answered."), None)
