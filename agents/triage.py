"""The judgement a ticket is routed by: two engines asked, their answers combined by code.

People see the result as category, priority and "84 % sure" on the card, with the reason and who gave it. When Claude
does not answer, the local engine's opinion stands and the card says so.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from agents.engines import Engines
from agents.words import Category, Example, Facts, Opinion, Triage, Usage


async def judge(
    facts: Facts, categories: Sequence[Category], examples: Sequence[Example], engines: Engines
) -> Triage:
    """Return the judgement of this message among these categories."""
    local, spent = await _local(facts, categories, engines)
    if engines.remote is None:
        return combine(local, None, (spent,))
    answer = await engines.remote.opinion(facts, categories, examples)
    usage = (answer.usage, spent) if answer.usage else (spent,)
    return combine(local, answer.value, usage, note=answer.why.detail if answer.why else "")


@dataclass(frozen=True)
class Heard:
    """Whether a message is a request, and who says so."""

    is_request: bool
    because: str
    usage: tuple[Usage, ...]


async def recognise(facts: Facts, categories: Sequence[Category], engines: Engines) -> Heard:
    """Tell a request from talk, quickly: the local engine's yes is enough, its no is checked with Claude.

    A request that is taken for talk is lost without anybody noticing, so both engines have to hear only talk.
    """
    local, spent = await _local(facts, categories, engines)
    if local.is_request or engines.remote is None:
        return Heard(local.is_request, local.because, (spent,))
    answer = await engines.remote.opinion(facts, categories, ())
    usage = (answer.usage, spent) if answer.usage else (spent,)
    if answer.value is None:
        return Heard(False, local.because, usage)
    return Heard(answer.value.is_request, answer.value.because, usage)


async def _local(facts: Facts, categories: Sequence[Category], engines: Engines) -> tuple[Opinion, Usage]:
    started = time.perf_counter()
    opinion = await engines.local_opinion(facts, categories)
    return opinion, Usage("local", "minilm", "", (time.perf_counter() - started) * 1000)


def combine(local: Opinion, remote: Opinion | None, usage: tuple[Usage, ...], note: str = "") -> Triage:
    """Combine two opinions into one judgement, quoting Claude where it spoke.

    Agreement of two independent engines leaves less doubt than either has alone, and disagreement leaves more. The
    more urgent priority wins, because a P1 handled as P3 costs more than the reverse.
    """
    if remote is None:
        quoted = local
        confidence, runner_up = local.confidence, local.runner_up
    elif remote.category == local.category:
        quoted = remote
        confidence = 1 - (1 - remote.confidence) * (1 - local.confidence / 2)
        runner_up = remote.runner_up or local.runner_up
    else:
        quoted = remote
        confidence, runner_up = remote.confidence * (1 - local.confidence / 2), local.category
    if remote is not None and not remote.is_request:
        confidence = 0.0  # one engine hears a request and the other only talk: a person decides
    return Triage(
        is_request=quoted.is_request,
        category=quoted.category,
        runner_up=runner_up,
        priority=min(local.priority, quoted.priority),
        sentiment=quoted.sentiment,
        language=quoted.language,
        confidence=confidence,
        summary=quoted.summary,
        because=quoted.because,
        engine="local" if remote is None else "claude",
        note=note,
        usage=usage,
    )
