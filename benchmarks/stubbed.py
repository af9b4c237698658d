"""`python -m benchmarks.stubbed`: the bot with a model that takes a second and costs no processor time.

What is left is what a request costs us: deliveries, rows, checkpoints and calls to Slack. Everything but the two
engines is real.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Sequence

import numpy as np

from agents.claude_answers import Answer
from agents.engines import Engines
from agents.learning import Lesson, Near, Recalled
from agents.local.embedding import Vectors
from agents.words import (
    Category,
    Certainty,
    Citation,
    Example,
    Facts,
    Opinion,
    Passage,
    Priority,
    Reply,
    Sentiment,
    SimilarTicket,
    Usage,
)
from bot import logs
from bot.minds import LoadedMinds
from bot.places import waiting
from bot.policy import load
from bot.running import start
from bot.settings import Settings

SECONDS = 1.0
_SAYS = "What was charged twice is paid back within five working days."
_CITED = (Citation("refunds", "Refunds", "https://help.example.com/refunds", _SAYS),)


def opinion(categories: Sequence[Category]) -> Opinion:
    """The same opinion on everything."""
    names = [category.name for category in categories]
    return Opinion(
        is_request=True,
        category=names[0],
        runner_up=names[1],
        priority=Priority.P3,
        sentiment=Sentiment.NEUTRAL,
        language="en",
        confidence=0.95,
        fit=1.0,
        certainty=Certainty.CLEAR,
        summary="A charge appears twice.",
        because="It says so.",
    )


def usage(engine: str) -> Usage:
    """A price tag without a price."""
    return Usage(engine, "stub", "", 1000 * SECONDS)


class Quick:
    """A local engine that knows everything at once."""

    def opinion(self, facts: Facts, categories: Sequence[Category]) -> Opinion:
        return opinion(categories)

    def search(self, query: str, audience: str, k: int = 5, category: str = "") -> list[Passage]:
        return [Passage("refunds", "Refunds", "https://help.example.com/refunds", "", _SAYS, 0.9)]

    def reply(self, facts: Facts, passages: Sequence[Passage]) -> Reply:
        return Reply(_SAYS, _CITED, True, "It says so.", usage("local"))

    def remember(self, ticket: SimilarTicket) -> None:
        return

    def remember_all(self, tickets: Sequence[SimilarTicket]) -> None:
        return

    def forget(self, ticket_id: int) -> None:
        return

    def similar(self, text: str, k: int = 3) -> list[SimilarTicket]:
        return []

    def likeness(self, text: str, others: Sequence[str]) -> list[float]:
        """Nothing is like anything."""
        return [0.0 for _ in others]

    def parts(self, text: str, categories: Sequence[Category]) -> list[str]:
        return []

    def is_thanks(self, text: str) -> bool:
        return False

    is_behind = False

    def learn(self, lessons: Sequence[Lesson]) -> list[Near]:
        return []

    def recall(self, text: str) -> list[Recalled]:
        return []

    def refit(self) -> None:
        return

    def judge_among(self, categories: Sequence[Category]) -> None:
        return

    def tried_among(self, categories: Sequence[Category]) -> Quick:
        return self

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """Everything means something else."""
        return np.eye(len(texts), 384, dtype=np.float32)


class Slow:
    """A model on the other side of the world."""

    async def opinion(
        self, facts: Facts, categories: Sequence[Category], examples: Sequence[Example]
    ) -> Answer[Opinion]:
        async with waiting():
            await asyncio.sleep(SECONDS)
        return Answer(opinion(categories), None, usage("claude"))

    async def reply(self, facts: Facts, passages: Sequence[Passage]) -> Answer[Reply]:
        async with waiting():
            await asyncio.sleep(SECONDS)
        return Answer(Reply(_SAYS, _CITED, True, "It says so.", usage("claude")), None, usage("claude"))


async def main() -> None:
    """Run until told to stop."""
    settings = Settings.read()
    logs.configure(settings.log_format, settings.log_level)
    engines = Engines(Quick(), Slow())
    bot = await start(settings, load(settings.policy), LoadedMinds(engines))
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    print("stub ready", flush=True)
    await stopped.wait()
    await bot.stop()


if __name__ == "__main__":
    asyncio.run(main())
