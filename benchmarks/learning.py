"""Learning: a stream of requests, a person who corrects, and how much the person has to do at the end.

From three examples a category, 3,000 requests of real bank customers come one by one, fifty a day. They are judged,
combined, held and routed by the functions that the bot does it with, under a policy that holds everything until the
target is proven (`until_proven = "hold"`), and each night the confidence is fitted anew as the bot does it. A person
places what is held and corrects every misroute. Only the training part of banking77 is read. Settings are chosen by
rehearsing on the training part of CLINC150 (`python -m benchmarks.learning`), which is not judged here.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from agents import confidence, learning
from agents.confidence import Experience, Past
from agents.learning import Lesson
from agents.local.engine import LocalEngine
from agents.routing import is_unsure
from agents.triage import combine
from agents.words import Example, Facts, SimilarTicket, Trust, Usage
from benchmarks.figures import ROOT
from benchmarks.parts import Findings, Part
from benchmarks.processes import Failed
from benchmarks.rehearsal import plain_categories, read_csv, sample

REFIT = 100  # corrections after which the classifier is fitted anew; the bot does so within seconds of each
DAY = 50  # requests between two nights
FLOOR, TARGET = 0.6, 0.95  # what policy has when it says nothing
REQUESTS, BLOCK, SHOTS = 3000, 500, 3
START = datetime(2026, 1, 1, tzinfo=UTC)


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
    names = [each.name for each in taught]
    stream, lessons, past = Stream(), list[Lesson](), list[Past]()
    experience, fitted_with = Experience(confidence.categories_of(taught), must_prove=True), 0
    for number, place in enumerate(order, 1):
        message = rest[place]
        similar = tuple(engine.similar(message.text))
        facts = Facts(message.text, "requests", "Ada", Trust.MEMBER, START, similar=similar)
        alike = confidence.neighbours(facts, learning.examples(engine.recall(message.text), names))
        usage = Usage("local", "minilm", "", 0.0)
        triage = combine(engine.opinion(facts, taught), None, (usage,), "", alike, experience)
        right, routed = triage.category == message.category, not is_unsure(triage, FLOOR)
        stream.routed.append(routed)
        stream.right.append(right)
        stream.right_at_first.append(first.opinion(facts, categories).category == message.category)
        assert triage.signals is not None
        past.insert(0, Past("local", "minilm", "", triage.basis, triage.signals, right))
        engine.remember(SimilarTicket(number, message.text, message.category, "", 0.0))
        if not routed or not right:
            said = Lesson(number, number, message.text, message.category, True, None, "U1", "Ana")
            lessons.append(said)
            engine.learn(lessons)
        if len(lessons) - fitted_with >= REFIT:
            engine.refit()
            fitted_with = len(lessons)
        if number % DAY == 0:
            fit = confidence.fit(past, triage.basis, TARGET, FLOOR, experience.fits.get("local"), True)
            experience = replace(experience, fits={"local": fit})
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
