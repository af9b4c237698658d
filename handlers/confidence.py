"""How far judgements are relied on: read for every request, and learnt anew each night.

People see it as the share that is held for them, and as a line under `/signalbox metrics` that says from which
confidence on nobody is asked and what that rests on.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from datetime import timedelta

import structlog

from agents import confidence
from agents.confidence import Experience, Fit, Past
from handlers.desk import Desk, Run
from storage import evidence

log = structlog.get_logger("signalbox.confidence")

_LOOKS_BACK = timedelta(days=180)
NAMES = {"claude": "Claude", "local": "The local model"}


async def experience(desk: Desk) -> Experience:
    """Return what past judgements have taught so far."""
    policy = desk.policy
    categories = confidence.categories_of([policy.category(name) for name in policy.categories])
    async with desk.db.begin() as session:
        known = await evidence.experience(session, categories)
    return replace(known, must_prove=policy.triage.until_proven == "hold")


async def refit(desk: Desk, run: Run, slot: str) -> None:
    """Learn from what was corrected, placed and resolved; `slot` names the night."""
    await run.step("refit", _refit, desk)


async def _refit(desk: Desk) -> None:
    known = await experience(desk)
    async with desk.db.begin() as session:
        past = await evidence.past(session, desk.now() - _LOOKS_BACK)
    for engine in NAMES:
        newest = next((each for each in past if each.engine == engine), None)
        if newest is None:
            continue
        began = time.perf_counter()
        fit = await asyncio.to_thread(_fit, desk, past, newest, known.fits.get(engine))
        took = (time.perf_counter() - began) * 1000
        async with desk.db.begin() as session:
            evidence.keep(session, newest, fit, took, desk.now())
        log.info("confidence learnt", engine=engine, threshold=fit.threshold, proven=fit.is_proven)


def _fit(desk: Desk, past: list[Past], newest: Past, before: Fit | None) -> Fit:
    ours = [each for each in past if each.engine == newest.engine]
    rules = desk.policy.triage
    must_prove = rules.until_proven == "hold"
    return confidence.fit(ours, newest.basis, rules.target, rules.floor, before, must_prove)


async def lines(desk: Desk) -> list[str]:
    """Return a sentence for each engine: from which confidence on it is relied on, and what that rests on."""
    known = await experience(desk)
    return [f"{NAMES[engine]}: {fit.because}" for engine, fit in known.fits.items()]
