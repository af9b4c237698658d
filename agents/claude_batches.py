"""Many questions at once, for half the price and within a day: what nightly checks are made of.

Nobody in Slack waits for these. A batch survives a restart, because all that has to be remembered of it is its id:
whoever kept the id can ask for it again, read it, keep what it said, and only then have it deleted. What is
deliberately not done: the service has no key that would make sending twice harmless, so a batch is sent once and never
tried again by itself; whoever sends it writes down beforehand that they will.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol
from urllib.parse import urlsplit

from agents import claude_messages as messages
from agents import claude_requests as requests
from agents import prices
from agents.claude_answers import Answer, ClaudeConfig, Why
from agents.claude_outages import STRANGER, Outage
from agents.words import Category, Example, Facts, Opinion, Usage


@dataclass(frozen=True)
class Question:
    """One message to judge. `id` comes back with the judgement: letters, digits, `-` and `_`, at most 64 of them."""

    id: str
    facts: Facts
    categories: Sequence[Category]
    examples: Sequence[Example] = ()


class Doors(Protocol):
    """What the engine lends: the body of a question, the budget with its breaker, and words for what goes wrong."""

    def judging(
        self, model: str, facts: Facts, categories: Sequence[Category], examples: Sequence[Example]
    ) -> dict[str, Any]: ...

    async def within_budget(
        self,
        ask: Callable[[Any], Awaitable[Any]],
        fits: Callable[[object], bool],
        model: str,
        deadline: float,
        ceiling: Decimal,
    ) -> tuple[Any, float] | Why: ...

    async def reach(
        self,
        ask: Callable[[Any], Awaitable[Any]],
        fits: Callable[[object], bool],
        model: str,
        deadline: float,
    ) -> Any: ...


class Batches:
    """Sends, reads and deletes batches of messages to judge."""

    def __init__(self, config: ClaudeConfig, doors: Doors, client: Any, fingerprint: str) -> None:
        """Use this client, with the triage prompt of this fingerprint."""
        self._config = config
        self._doors = doors
        # A batch that is sent again because its answer was lost would be paid for twice.
        self._sends = client.with_options(max_retries=0).messages.batches
        self._reads = client.messages.batches
        self._fingerprint = fingerprint

    async def submit(self, questions: Sequence[Question]) -> Answer[str]:
        """Send a batch; return its id, which the caller has to keep.

        `usage` holds the most that the batch can cost, to be booked until its answers tell what it did cost. It is
        also there when nobody knows whether the batch was taken. Raises MalformedRequest, and ValueError without a
        question or when two share an id.
        """
        if not questions or len({each.id for each in questions}) != len(questions):
            raise ValueError("A batch needs at least one question, and each id only once.")
        model = self._config.audit_model
        bodies = [self._doors.judging(model, q.facts, q.categories, q.examples) for q in questions]
        asked = [{"custom_id": q.id, "params": body} for q, body in zip(questions, bodies, strict=True)]
        ceilings = [
            prices.ceiling(model, requests.size(body), body["max_tokens"], batch=True) for body in bodies
        ]
        called = await self._doors.within_budget(
            lambda patience: self._sends.create(requests=asked, timeout=patience),
            _is_batch,
            model,
            self._config.draft_deadline,
            sum(ceilings, Decimal(0)),
        )
        if isinstance(called, Why):
            return Answer(None, called, None)
        made, took = called
        most = Usage(messages.ENGINE, model, self._fingerprint, took, dollars=float(sum(ceilings)))
        if isinstance(made, Outage):
            may_cost = made.maybe_billed or made == STRANGER
            return Answer(None, Why("unavailable", made.detail), most if may_cost else None)
        return Answer(made.id, None, most)

    async def collect(
        self, batch: str, categories: Mapping[str, Sequence[Category]]
    ) -> Answer[Mapping[str, Answer[Opinion]]]:
        """Read a batch; `categories` are those of each question by its id, and each gets an answer.

        Reading changes nothing, so it can be done again after a restart. Without a value the batch is not done
        (`pending`), or could not be read. Raises MalformedRequest.
        """
        found = await self._reach(lambda patience: self._reads.retrieve(batch, timeout=patience), _is_batch)
        if isinstance(found, Outage):
            return Answer(None, _about_batch(found), None)
        if found.processing_status != "ended":
            return Answer(None, Why("pending", "Claude is still working on the batch."), None)
        if not _is_at(str(found.results_url or ""), self._config.base_url):
            # Our key travels with the question, so it is asked nowhere else.
            why = Why("unavailable", "The answers of Claude's batch are at another address than Claude.")
            return Answer(None, why, None)

        async def read(patience: Any) -> list[Any]:
            return [each async for each in await self._reads.results(batch, timeout=patience)]

        results = await self._reach(read, lambda lines: True)
        if isinstance(results, Outage):
            return Answer(None, _about_batch(results), None)
        told = {each.custom_id: each.result for each in results}
        return Answer({id: self._told(told.get(id), among) for id, among in categories.items()}, None, None)

    def _told(self, result: Any, categories: Sequence[Category]) -> Answer[Opinion]:
        """Read one answer of a batch."""
        match getattr(result, "type", None):
            case "succeeded" if _is_whole(result.message):
                message = messages.sorted_out(
                    result.message, self._config.audit_model, self._fingerprint, 0.0
                )
                return messages.opinion(message, categories)
            case "errored":
                kind = getattr(getattr(result.error, "error", None), "type", None) or "no reason given"
                return Answer(None, Why("unavailable", f"Claude could not answer this ({kind})."), None)
            case "canceled":
                return Answer(
                    None, Why("unavailable", "The batch was cancelled before Claude came to this."), None
                )
            case "expired":
                return Answer(
                    None, Why("unavailable", "The batch ran out of time before Claude came to this."), None
                )
            case None:
                return Answer(None, Why("unavailable", "Claude's batch holds no answer to this."), None)
            case _:
                return Answer(None, Why("invalid", "Claude's answer in the batch cannot be read."), None)

    async def discard(self, batch: str) -> bool:
        """Have a batch deleted with all that it says, once that was kept; say whether it is gone. Raises
        MalformedRequest, as for one that is still being worked on."""
        gone = await self._reach(
            lambda patience: self._reads.delete(batch, timeout=patience), lambda answered: True
        )
        return not isinstance(gone, Outage) or gone.status == 404

    async def _reach(self, ask: Callable[[Any], Awaitable[Any]], fits: Callable[[object], bool]) -> Any:
        return await self._doors.reach(ask, fits, self._config.audit_model, self._config.draft_deadline)


def _is_batch(answered: object) -> bool:
    return bool(getattr(answered, "id", "")) and isinstance(getattr(answered, "processing_status", None), str)


def _is_whole(message: object) -> bool:
    """The SDK does not validate replies, so what is missing is missed here."""
    return hasattr(message, "usage") and isinstance(getattr(message, "content", None), list)


def _is_at(address: str, base_url: str) -> bool:
    """Say whether an address is at the service itself."""
    found, ours = urlsplit(address), urlsplit(base_url)
    return (found.scheme, found.netloc) == (ours.scheme, ours.netloc)


def _about_batch(failed: Outage) -> Why:
    gone = "Claude's service does not know this batch any more."
    return Why("unavailable", gone if failed.status == 404 else failed.detail)
