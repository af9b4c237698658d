"""Measures the triage on cases with known answers: `make evals-golden`, or `python -m benchmarks.evals_golden
[--engine local|claude] [--only golden|hostile]`.

Whoever runs it reads which cases failed, what was taken for what, the shares by grade and language, cost and time,
and one line a figure; the exit code is 1 when a `must` case fails. A message is judged as the bot judges it: first
whether it is a request, then what kind; no facts of an account are added, so nothing but the message decides. With
Claude, it costs money, so it has to be asked for. Nothing is tuned here.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from agents.claude_answers import Answer
from agents.engines import Engines, Remote
from agents.policy import Policy
from agents.triage import judge, recognise
from agents.words import Category, Example, Facts, Opinion, Passage, Reply, Trust
from benchmarks import evals_hostile, golden_parts
from benchmarks.figures import RECORD, ROOT, Figure, commit, line, percentile, record
from benchmarks.golden import Case, Given, measure, read, show

GOLDEN = ROOT / "examples" / "golden.toml"
POLICY = ROOT / "examples" / "signalbox.toml"
BUILD = ROOT / "build"
_NO_KEY = (
    "The Claude engine needs a key: set ANTHROPIC_API_KEY, or leave out --engine to measure the local engine."
)
_AT_ONCE = {"local": 1, "claude": 4}  # one at a time where the machine's own speed is measured


class Paid:
    """Claude with a purse: what this run spent counts against the day's budget, and why it did not answer is kept."""

    def __init__(self) -> None:
        self.asked = 0
        self.dollars = 0.0
        self.unanswered: Counter[str] = Counter()
        self._claude: Remote | None = None

    def asks(self, claude: Remote) -> None:
        """Name the engine to ask."""
        self._claude = claude

    async def spent(self) -> float:
        """Return the dollars spent so far."""
        return self.dollars

    async def opinion(
        self, facts: Facts, categories: Sequence[Category], examples: Sequence[Example]
    ) -> Answer[Opinion]:
        """Ask for a judgement and count what came of it."""
        assert self._claude is not None
        answer = await self._claude.opinion(facts, categories, examples)
        self.asked += 1
        self.dollars += answer.usage.dollars if answer.usage else 0.0
        if answer.why:
            self.unanswered[answer.why.detail] += 1
        return answer

    async def reply(self, facts: Facts, passages: Sequence[Passage]) -> Answer[Reply]:
        """Ask for a draft."""
        assert self._claude is not None
        return await self._claude.reply(facts, passages)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line. Returns the exit code: 1 when something that must hold does not, 2 without a key."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.evals_golden", description=__doc__)
    parser.add_argument("--engine", choices=sorted(_AT_ONCE), default="local")
    parser.add_argument("--only", choices=["golden", "hostile"], help="only one part")
    parser.add_argument("--cases", type=Path, default=GOLDEN, help="another file of cases")
    parser.add_argument("--record", type=Path, default=RECORD, help="where figures are appended")
    asked = parser.parse_args(arguments)
    if asked.engine == "claude" and not os.environ.get("ANTHROPIC_API_KEY"):
        print(_NO_KEY, file=sys.stderr)
        return 2
    return asyncio.run(_main(asked))


async def _main(asked: argparse.Namespace) -> int:
    from bot.policy import load

    policy, cases = load(POLICY), read(asked.cases)
    figures: list[Figure] = []
    async with AsyncExitStack() as stack:
        engines = await _engines(asked.engine, policy, stack)
        if asked.only != "hostile":
            given = await ask(cases, policy, engines, _AT_ONCE[asked.engine])
            show(given, Console(soft_wrap=True))
            figures += named([*measure(given), *answered(engines, Console(soft_wrap=True))], asked.engine)
            if messages := golden_parts.read(asked.cases):
                # What Claude would make of ordinary cases costs a call each and is not asked here.
                ordinary = golden_parts.whole(cases) if asked.engine == "local" else []
                taken = await golden_parts.take([*messages, *ordinary], policy, engines)
                golden_parts.show(taken, Console(soft_wrap=True))
                figures += named(golden_parts.measure(taken), asked.engine)
            if asked.engine == "local":
                figures += speed(given)
        # What a text may do to a card is for code to prevent, whichever engine reads it.
        if asked.only != "golden" and asked.engine == "local":
            texts, counted = evals_hostile.texts([case.text for case in cases if case.hostile])
            found = await evals_hostile.run(texts, policy, engines)
            print("\n".join([counted, *found.lines(), *found.breaches]))
            figures += found.figures
    for figure in figures:
        print(line(figure), flush=True)
    record(figures, datetime.now(UTC), commit(), asked.record)
    return 1 if any(figure.must and not figure.is_met for figure in figures) else 0


async def _engines(name: str, policy: Policy, stack: AsyncExitStack) -> Engines:
    from agents.local import abroad
    from agents.local.engine import LocalEngine
    from agents.local.graph import GRAPH_FILE, make

    make(BUILD / GRAPH_FILE)
    abroad.make(BUILD)
    local = LocalEngine.load(BUILD, BUILD / "cache").fitted(
        [policy.category(each) for each in policy.categories], (), policy.triage.chatter_examples
    )
    if name == "local":
        return Engines(local)
    from agents.claude import ClaudeConfig, ClaudeEngine

    paid = Paid()
    claude = ClaudeEngine(
        ClaudeConfig(
            api_key=os.environ["ANTHROPIC_API_KEY"],
            base_url=os.environ.get("ANTHROPIC_BASE_URL", "https://api.anthropic.com"),
            triage_model=policy.models.triage,
            draft_model=policy.models.draft,
            daily_budget_usd=policy.models.daily_budget_usd,
        ),
        paid.spent,
        time.monotonic,
    )
    stack.push_async_callback(claude.aclose)
    paid.asks(claude)
    return Engines(local, paid)


async def ask(cases: Sequence[Case], policy: Policy, engines: Engines, at_once: int) -> list[Given]:
    """Return what becomes of each case, in their order; at most `at_once` are asked at the same time."""
    room = asyncio.Semaphore(at_once)

    async def one(case: Case) -> Given:
        async with room:
            return await _given(case, policy, engines)

    return list(await asyncio.gather(*map(one, cases)))


async def _given(case: Case, policy: Policy, engines: Engines) -> Given:
    facts = Facts(case.text, case.channel, case.person, Trust.MEMBER, datetime.now(UTC))
    categories = policy.categories_of(case.channel)
    began = time.perf_counter()
    heard = await recognise(facts, categories, engines)
    took = time.perf_counter() - began
    usage, triage = heard.usage, None
    # A request taken for talk is still judged, so that its category is measured apart from that mistake.
    if heard.is_request or case.category is not None:
        began = time.perf_counter()
        triage = await judge(facts, categories, (), engines)
        took = took + time.perf_counter() - began if heard.is_request else took
        usage += triage.usage
    return Given(case, heard.is_request, triage, 1000 * took, usage)


def answered(engines: Engines, console: Console) -> list[Figure]:
    """Return the share of calls that Claude answered, and print why it did not answer the others.

    A case that the local engine judged in Claude's place says nothing about Claude, so this has to be all of them.
    """
    if not isinstance(engines.remote, Paid):
        return []
    for why, count in engines.remote.unanswered.most_common():
        console.print(f"not answered by Claude, {count} times: {why}", highlight=False, markup=False)
    share = 1 - engines.remote.unanswered.total() / max(1, engines.remote.asked)
    return [Figure("golden.answered", share, "share", ("=", 1.0), must=True)]


def speed(given: Sequence[Given]) -> list[Figure]:
    """Return what one judgement of the local engine takes on this machine, and what its start takes."""
    times = [usage.milliseconds for each in given for usage in each.usage if usage.engine == "local"]
    # The run that came before has filled the cache of lasting texts; a process of its own is what an operator sees.
    said = subprocess.run(
        [sys.executable, "-m", "benchmarks.evals_local", "--ready"],
        check=True, capture_output=True, text=True, cwd=ROOT,
    )  # fmt: skip
    start = json.loads(said.stdout)
    return [
        Figure("local.ready_s", start["ready_s"], "s", ("<=", 3.0)),
        Figure("local.rss_mb", start["rss_mb"], "MB", ("<=", 300.0)),
        Figure("local.message_ms_p50", percentile(times, 0.50), "ms", ("<=", 15.0)),
        Figure("local.message_ms_p95", percentile(times, 0.95), "ms"),
    ]


def named(figures: Sequence[Figure], engine: str) -> list[Figure]:
    """Return figures with the engine at the end of their names, except for the one that is always there."""
    if engine == "local":
        return list(figures)
    return [Figure(f"{f.name}.{engine}", f.value, f.unit, f.goal, f.must) for f in figures]


if __name__ == "__main__":
    sys.exit(main())
