"""Vital signs: what `/metrics` says to Prometheus.

Nobody in Slack sees them. An operator sees how much comes in, how long it takes to become a card, what waits, what
fails and what the models cost. Labels are words of the code only: never an id, a name or anything that a person wrote,
so that their number stays small. Counting is synchronous and costs microseconds; what has to be asked of the database
is asked when somebody scrapes.
"""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import lru_cache
from typing import TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from sqlalchemy.exc import DBAPIError

from agents.claude_answers import Answer
from agents.words import Usage
from handlers.errors import Declined, Misplaced, Refusal, TooFast, Unavailable
from storage.receipts import Backlog

T = TypeVar("T")

_CALLS = (0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 8)
_STEPS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60)
_TO_CARD = (0.1, 0.25, 0.5, 1, 1.5, 2, 3, 5, 10, 30, 60, 300, 1800)
_WHICH = re.compile(r"(T-)?\d+")
_NEW_CARD = re.compile(r"card:\d+:0(:here)?")


class Vitals:
    """The counters of one process, in a registry of their own."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        # When the delivery that is being worked on here arrived, and the clock that says so.
        self._arrived: ContextVar[tuple[datetime, Callable[[], datetime]] | None] = ContextVar("arrived")
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)

        def count(name: str, what: str, *labels: str) -> Counter:
            return Counter(f"signalbox_{name}", what, labels, registry=registry)

        def gauge(name: str, what: str, *labels: str) -> Gauge:
            return Gauge(f"signalbox_{name}", what, labels, registry=registry)

        def spans(name: str, what: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
            return Histogram(f"signalbox_{name}_seconds", what, labels, buckets=buckets, registry=registry)

        self._deliveries = count(
            "deliveries", "What Slack delivered: kept, or brought again.", "kind", "what"
        )
        self._ended = count(
            "deliveries_ended", "Deliveries worked on: done, refused, failed.", "kind", "what"
        )
        self._unfinished = gauge("deliveries_unfinished", "Deliveries kept and not done, in the database.")
        self._failed = gauge("deliveries_failed", "Deliveries given up after a bug and not requeued.")
        self._oldest = gauge("deliveries_oldest_seconds", "Age of the oldest unfinished delivery.")
        self._to_card = spans("delivery_to_card", "From a delivery's arrival to its card.", _TO_CARD)
        self._flows = gauge("flows_running", "Flows under way in this process.", "flow")
        self._step_failures = count(
            "step_failures", "Tries of a step that failed: waits for what is away, or bug.", "step", "what"
        )
        self._steps = spans("step", "Steps of flows, with what they wait for.", _STEPS, "step")
        self._calls = count("slack_calls", "Calls to Slack's Web API.", "method", "outcome")
        self._too_fast = count("slack_too_fast", "Calls that Slack answered with 429.", "method")
        self._call_seconds = spans("slack_call", "Calls to Slack's Web API.", _CALLS, "method")
        self._posts = count("posts", "Messages posted, by what they are.", "kind")
        self._waits = count("pace_waits", "Calls to Slack that waited for their turn.")
        self._waited = count("pace_wait_seconds", "Seconds that calls to Slack waited for their turn.")
        self._models = count("model_calls", "Questions to Claude.", "question", "outcome")
        self._tokens = count("model_tokens", "Tokens that Claude read and wrote.", "model", "direction")
        self._dollars = count("model_cost_usd", "What Claude cost, in US dollars.", "model")
        self._model_seconds = spans("model_call", "Questions to Claude.", _STEPS, "question")

    def delivered(self, kind: str, is_new: bool) -> None:
        """Count a delivery that was committed, or one that had been before."""
        self._deliveries.labels(_word(kind), "kept" if is_new else "again").inc()

    def arrived(self, at: datetime, now: Callable[[], datetime]) -> None:
        """Remember when the delivery arrived that this flow is about."""
        self._arrived.set((at, now))

    def ended(self, kind: str, what: str) -> None:
        """Count a delivery that is done, refused or failed."""
        self._ended.labels(_word(kind), what).inc()

    @contextmanager
    def flow(self, name: str) -> Iterator[None]:
        """Count a flow as running."""
        running = self._flows.labels(name)
        running.inc()
        try:
            yield
        finally:
            running.dec()

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a step, whatever comes of it."""
        began = self._clock()
        try:
            yield
        finally:
            self._steps.labels(_kind_of(name)).observe(self._clock() - began)

    def tried(self, step: str, do: Callable[..., Awaitable[T]]) -> Callable[..., Awaitable[T]]:
        """Return a function that does the same and counts when it fails; a refusal is no failure."""

        async def counted(*args: object) -> T:
            try:
                return await do(*args)
            except Refusal:
                raise
            except Exception as wrong:
                what = "waits" if isinstance(wrong, Unavailable | DBAPIError) else "bug"
                self._step_failures.labels(_kind_of(step), what).inc()
                raise

        return counted

    @contextmanager
    def call(self, method: str) -> Iterator[None]:
        """Count and time one call to Slack."""
        name, began, outcome = method.replace("_", "."), self._clock(), "cancelled"
        try:
            yield
            outcome = "ok"
        except TooFast:
            outcome = "too_fast"
            self._too_fast.labels(name).inc()
            raise
        except Unavailable:
            outcome = "unavailable"
            raise
        except (Declined, Misplaced):
            outcome = "declined"
            raise
        finally:
            self._calls.labels(name, outcome).inc()
            self._call_seconds.labels(name).observe(self._clock() - began)

    def posted(self, key: str) -> None:
        """Count a new message; a request's first card ends the time from its delivery to its card."""
        self._posts.labels(_word(key.partition(":")[0])).inc()
        arrived = self._arrived.get(None)
        if arrived and _NEW_CARD.fullmatch(key):
            at, now = arrived
            self._to_card.observe((now() - at).total_seconds())

    def paced(self, seconds: float) -> None:
        """Count a call to Slack that waited for its turn."""
        if seconds > 0:
            self._waits.inc()
            self._waited.inc(seconds)

    @contextmanager
    def asked(self, question: str) -> Iterator[Callable[[Answer[T]], Answer[T]]]:
        """Time a question to Claude; what is yielded takes the answer, counts it and returns it."""
        began, outcome = self._clock(), "bug"

        def answered(answer: Answer[T]) -> Answer[T]:
            nonlocal outcome
            outcome = answer.why.kind if answer.why else "ok"
            if answer.usage:
                self._spent(answer.usage)
            return answer

        try:
            yield answered
        finally:
            self._models.labels(question, outcome).inc()
            self._model_seconds.labels(question).observe(self._clock() - began)

    def _spent(self, usage: Usage) -> None:
        self._tokens.labels(usage.model, "in").inc(usage.tokens_in)
        self._tokens.labels(usage.model, "out").inc(usage.tokens_out)
        self._dollars.labels(usage.model).inc(usage.dollars)

    def exposition(self, backlog: Backlog | None, now: datetime) -> bytes:
        """Return everything in Prometheus's text format; without a backlog its gauges say NaN, which is "unknown"."""
        unknown = float("nan")
        self._unfinished.set(backlog.unfinished if backlog else unknown)
        self._failed.set(backlog.failed if backlog else unknown)
        self._oldest.set(backlog.age(now).total_seconds() if backlog else unknown)
        return generate_latest(self.registry)


def _word(given: str) -> str:
    """Return a label's value; what comes from outside and is not a plain word is "other"."""
    return given if re.fullmatch(r"[a-z][a-z_.]{0,40}", given) else "other"


@lru_cache(maxsize=1024)
def _kind_of(step: str) -> str:
    """Return the name that a step shares with the same step for other tickets."""
    return _WHICH.sub("one", step)
