"""The two engines that can be asked: the local one, which is always there, and Claude, when a key is set.

People see which one spoke at the foot of every card.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from agents.claude_answers import Answer
from agents.claude_batches import Question
from agents.learning import Lesson, Near, Recalled
from agents.local.embedding import Vectors
from agents.words import Category, Example, Facts, Opinion, Passage, Reply, SimilarTicket


class Local(Protocol):
    """The engine that needs no key and no network; its calls compute, so they run off the event loop."""

    def opinion(self, facts: Facts, categories: Sequence[Category]) -> Opinion: ...

    def search(self, query: str, audience: str, k: int = 5, category: str = "") -> list[Passage]: ...

    def reply(self, facts: Facts, passages: Sequence[Passage]) -> Reply: ...

    def remember(self, ticket: SimilarTicket) -> None: ...

    def remember_all(self, tickets: Sequence[SimilarTicket]) -> None: ...

    def forget(self, ticket_id: int) -> None: ...

    def similar(self, text: str, k: int = 3) -> list[SimilarTicket]: ...

    def likeness(self, text: str, others: Sequence[str]) -> list[float]: ...

    def parts(self, text: str, categories: Sequence[Category]) -> list[str]: ...

    def vectors(self, texts: Sequence[str]) -> Vectors: ...

    def is_thanks(self, text: str) -> bool: ...

    def learn(self, lessons: Sequence[Lesson]) -> list[Near]: ...

    def recall(self, text: str) -> list[Recalled]: ...

    @property
    def is_behind(self) -> bool: ...

    def refit(self) -> None: ...

    def judge_among(self, categories: Sequence[Category]) -> None: ...

    def tried_among(self, categories: Sequence[Category]) -> Local: ...


class Remote(Protocol):
    """The engine that asks Claude. An outage is an answer without a value, never an exception."""

    async def opinion(
        self, facts: Facts, categories: Sequence[Category], examples: Sequence[Example]
    ) -> Answer[Opinion]: ...

    async def reply(self, facts: Facts, passages: Sequence[Passage]) -> Answer[Reply]: ...


class Batches(Protocol):
    """Many questions to Claude at once. An outage is an answer without a value, never an exception."""

    async def submit(self, questions: Sequence[Question]) -> Answer[str]: ...

    async def collect(
        self, batch: str, categories: Mapping[str, Sequence[Category]]
    ) -> Answer[Mapping[str, Answer[Opinion]]]: ...

    async def discard(self, batch: str) -> bool: ...


@dataclass(frozen=True)
class Engines:
    """What there is to ask. `batches` is None without a key, and through a cloud."""

    local: Local
    remote: Remote | None = None
    batches: Batches | None = None

    async def local_opinion(self, facts: Facts, categories: Sequence[Category]) -> Opinion:
        """Ask the local engine without holding up anybody else."""
        return await asyncio.to_thread(self.local.opinion, facts, categories)
