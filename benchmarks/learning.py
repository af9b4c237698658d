"""Learning: a stream of requests, a person who corrects, and how much the person has to do at the end.

From three examples a category, 3,000 requests of real bank customers come one by one. The engine routes what is above
the threshold that its audited decisions have earned and holds the rest; a person places what is held and corrects every
misroute. Only the training part of banking77 is read. The constants were set beforehand and tuned on nothing; whoever
changes them rehearses on the training part of CLINC150 (`python -m benchmarks.learning`), which is not judged here.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from agents.learning import Lesson, earned_threshold
from agents.local.engine import LocalEngine
from agents.words import Example, Facts, Trust
from benchmarks.figures import ROOT
from benchmarks.parts import Findings, Part
from benchmarks.processes import Failed
from benchmarks.rehearsal import plain_categories, read_csv, sample

REFIT = 250  # corrections after which the classifier is fitted anew; the bot does so within seconds of each
WINDOW = 1000  # the newest audited decisions that the threshold is earned by
STEP = 50  # decisions after which it is earned anew
REQUESTS, BLOCK, SHOTS = 3000, 500, 3


@dataclass
class Stream:
    """What happened to each request, in order."""

    routed: list[bool] = field(default_factory=list)
    right: list[bool] = field(default_factory=list)
    right_at_first: list[bool] = field(default_factory=list)  # by the model that the stream began with

    def untouched(self, begin: int) -> float:
        """Return the share of a block that was routed without a person."""
        return float(np.mean(self.routed[begin : begin + BLOCK]))

    def deviation(self, begin: int) -> float:
        """Return the share of what was routed in a block that went wrong."""
        block = slice(begin, begin + BLOCK)
        routed = [right for right, was in zip(self.right[block], self.routed[block], strict=True) if was]
        return 1 - float(np.mean(routed)) if routed else 0.0

    def misroute_drop(self) -> float:
        """Return by how much fewer requests went wrong than if the starting model had routed everything."""
        wrong = sum(was and not right for was, right in zip(self.routed, self.right, strict=True))
        return 1 - wrong / (len(self.routed) - sum(self.right_at_first))


def simulate(messages: Sequence[Example], seed: int) -> Stream:
    """Run the stream and return what happened."""
    build = ROOT / "build"
    known = sample(messages, SHOTS, seed)
    begun = {each.text for each in known}
    rest = [each for each in messages if each.text not in begun]
    order = np.random.default_rng(seed).permutation(len(rest))[:REQUESTS]
    categories = plain_categories(each.category for each in messages)
    loaded = LocalEngine.load(build, build / "evals")
    loaded.embedder.embed_kept([each.text for each in known])
    first = loaded.fitted(categories, known, ())
    # What a person says later comes on top of the examples that policy gives.
    by_name = {each.name: tuple(k.text for k in known if k.category == each.name) for each in categories}
    taught = [
        type(each)(each.name, each.title, "", by_name[each.name], "", each.priority) for each in categories
    ]
    engine = loaded.fitted(taught, (), ())
    stream, lessons, decisions = Stream(), list[Lesson](), list[tuple[float, bool]]()
    threshold, fitted_with = float("inf"), 0
    for number, place in enumerate(order):
        message = rest[place]
        facts = Facts(message.text, "requests", "Ada", Trust.MEMBER, datetime(2026, 1, 1, tzinfo=UTC))
        opinion = engine.opinion(facts, taught)
        right, routed = opinion.category == message.category, opinion.confidence >= threshold
        stream.routed.append(routed)
        stream.right.append(right)
        stream.right_at_first.append(first.opinion(facts, categories).category == message.category)
        decisions.append((opinion.confidence, right))
        if not routed or not right:
            said = Lesson(number + 1, number + 1, message.text, message.category, True, None, "U1", "Ana")
            lessons.append(said)
            engine.learn(lessons)
        if len(lessons) - fitted_with >= REFIT:
            engine.refit()
            fitted_with = len(lessons)
        if len(decisions) % STEP == 0:
            threshold = earned_threshold(decisions[-WINDOW:])
    return stream


def found(stream: Stream) -> Findings:
    """Return the figures of a stream."""
    findings = Findings()
    begins = range(0, REQUESTS, BLOCK)
    gain = 100 * (stream.untouched(REQUESTS - BLOCK) - stream.untouched(0))
    findings.add("learning.untouched_gain_points", gain, "points", (">=", 30))
    worst = max(stream.deviation(begin) for begin in begins)
    findings.add("learning.max_block_deviation", worst, "share", ("<=", 0.05))
    findings.add("learning.misroute_drop", stream.misroute_drop(), "share", (">=", 0.80))
    blocks = ", ".join(f"{stream.untouched(b):.0%} ({stream.deviation(b):.1%})" for b in begins)
    findings.notes.append(f"learning: routed without a person by blocks of {BLOCK} (deviation): {blocks}")
    at_first = np.mean(stream.right_at_first)
    findings.notes.append(f"learning: the starting model would have got {at_first:.1%} right")
    return findings


def data() -> Path:
    """Return the folder of public data. Raises Failed when it is not there."""
    folder = Path(os.environ.get("SIGNALBOX_DATA", ROOT.parent / "shared" / "data")) / "triage"
    if not folder.is_dir():
        raise Failed("the public data is not here; set SIGNALBOX_DATA to its folder")
    return folder


async def run(folder: Path) -> Findings:
    """Measure on banking77."""
    messages = read_csv(data() / "banking77" / "train.csv")
    return found(await asyncio.to_thread(simulate, messages, 7))


PART = Part("learning", ("learning.",), 300.0, run)


def main() -> None:
    """Rehearse on other data, with several seeds, and print what came of it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.learning", description=__doc__)
    parser.add_argument("--rehearse", type=int, nargs="+", default=[1], metavar="SEED")
    rows = json.loads((data() / "clinc150" / "data_full.json").read_text(encoding="utf-8"))["train"]
    for seed in parser.parse_args().rehearse:
        began = time.perf_counter()
        findings = found(simulate([Example(*row) for row in rows], seed))
        print(f"seed {seed}, {time.perf_counter() - began:.0f} s", *findings.notes, sep="\n  ")
        print(*(f"  {each.name} {each.value:.4g}" for each in findings.figures), sep="\n", flush=True)


if __name__ == "__main__":
    main()
