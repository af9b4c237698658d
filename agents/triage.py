"""The judgement a ticket is routed by: two engines asked, their answers combined by code.

People see the result as category, priority and "84 % sure" on the card, with the reason and who gave it. When Claude
does not answer, the local engine's opinion stands and the card says so.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from agents import confidence, learning, parts
from agents.confidence import UNKNOWN, Experience
from agents.engines import Engines
from agents.words import Category, Example, Facts, Opinion, Signals, Triage, Usage


async def judge(
    facts: Facts,
    categories: Sequence[Category],
    examples: Sequence[Example],
    engines: Engines,
    experience: Experience = UNKNOWN,
) -> Triage:
    """Return the judgement of this message among these categories.

    `examples` are past messages that meant the same, with what they were; `experience` says how far judgements like
    this one can be relied on.
    """
    local, spent = await _local(facts, categories, engines)
    alike = confidence.neighbours(facts, examples)
    if engines.remote is None:
        return combine(local, None, (spent,), alike=alike, experience=experience)
    answer = await engines.remote.opinion(facts, categories, examples)
    usage = (answer.usage, spent) if answer.usage else (spent,)
    note = answer.why.detail if answer.why else ""
    return combine(local, answer.value, usage, note, alike, experience)


@dataclass(frozen=True)
class Heard:
    """Whether a message is a request, and who says so."""

    is_request: bool
    because: str
    usage: tuple[Usage, ...]


async def recognise(facts: Facts, categories: Sequence[Category], engines: Engines) -> Heard:
    """Tell a request from talk, quickly: the local engine's yes is enough, its no is checked with Claude.

    A request that is taken for talk is lost without anybody noticing, so both engines have to hear only talk. Claude is
    told what people have said of messages like this one.
    """
    local, spent = await _local(facts, categories, engines)
    if local.is_request or engines.remote is None:
        return Heard(local.is_request, local.because, (spent,))
    recalled = await asyncio.to_thread(engines.local.recall, facts.text)
    examples = learning.examples(recalled, [category.name for category in categories])
    answer = await engines.remote.opinion(facts, categories, examples)
    usage = (answer.usage, spent) if answer.usage else (spent,)
    if answer.value is None:
        return Heard(False, local.because, usage)
    return Heard(answer.value.is_request, answer.value.because, usage)


async def _local(facts: Facts, categories: Sequence[Category], engines: Engines) -> tuple[Opinion, Usage]:
    started = time.perf_counter()
    opinion = await engines.local_opinion(facts, categories)
    return opinion, Usage("local", "minilm", "", (time.perf_counter() - started) * 1000)


def combine(
    local: Opinion,
    remote: Opinion | None,
    usage: tuple[Usage, ...],
    note: str = "",
    alike: Sequence[str] = (),
    experience: Experience = UNKNOWN,
) -> Triage:
    """Combine two opinions into one judgement, quoting Claude where it spoke.

    `usage` is that of the engine that is quoted, if it is known, and then of others; `alike` are the categories of
    past messages that meant the same. The more urgent priority wins, because a P1 handled as P3 costs more than the
    reverse.
    """
    quoted, engine = (local, "local") if remote is None else (remote, "claude")
    agree = quoted.category == local.category
    second = 0.0 if remote is None else local.confidence if agree else -local.confidence
    same = sum(category == quoted.category for category in alike)
    signals = Signals(engine, quoted.certainty, quoted.confidence, second, same, len(alike) - same)
    spent = next((one for one in usage if one.engine == engine), None)
    basis = experience.basis(spent) if spent else ""
    # Where one engine hears a request and the other only talk, a person decides.
    is_contested = not quoted.is_request and remote is not None
    return Triage(
        is_request=quoted.is_request,
        category=quoted.category,
        runner_up=(quoted.runner_up or local.runner_up) if agree else local.category,
        priority=min(local.priority, quoted.priority),
        sentiment=quoted.sentiment,
        language=quoted.language,
        confidence=0.0 if is_contested else experience.confidence(signals, basis),
        summary=quoted.summary,
        because=quoted.because,
        engine=engine,
        note=note,
        usage=usage,
        signals=None if is_contested else signals,
        basis=basis,
        threshold=experience.threshold(engine, basis),
        parts=remote.parts if remote else (),
        fit=local.fit,
    )


async def parts_of(
    facts: Facts, categories: Sequence[Category], judged: Triage, engines: Engines
) -> list[str]:
    """Return the words of each request in a message that holds several, as whoever judged it hears them; none where it
    is one."""
    if judged.engine == "claude":
        return parts.named(facts.text, judged.parts)
    return await asyncio.to_thread(engines.local.parts, facts.text, categories)
