"""Measures how right the local engine is: `python -m benchmarks.evals_local [--only
banking77|clinc150|dstc11]`.

Prints one line a figure and appends it to build/figures.jsonl. Test splits are read here and nowhere else, and
only through `benchmarks.study`, which opens them when all is learnt and chosen. Every threshold is chosen on
training or validation parts, with a lower bound rather than a point estimate. Nothing is tuned here, and no model
but the local one is asked.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

from agents.local import classifier
from agents.local.classifier import Classifier, Judgement
from agents.local.cues.text import plain
from agents.local.embedding import CachedEmbedder, Embedder, Embeds, Vectors
from agents.local.graph import GRAPH_FILE, make
from agents.words import Category, Example, Priority
from benchmarks.baseline import Baseline
from benchmarks.study import Study
from bot.policy import load

ROOT = Path(__file__).parent.parent
BUILD = ROOT / "build"
PROMISED = 0.95

Truth = npt.NDArray[np.bool_]
Scores = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Figure:
    """One measured number with its goal; without a goal it is only printed."""

    name: str
    value: float
    unit: str = "share"
    goal: tuple[str, float] | None = None
    must: bool = False

    @property
    def is_met(self) -> bool:
        """Say whether the goal is reached."""
        if self.goal is None:
            return True
        op, bound = self.goal
        return {">=": self.value >= bound, "<=": self.value <= bound, "=": self.value == bound}[op]


class Kept:
    """An embedder that takes every vector from the disk cache, so that a second run measures in seconds."""

    def __init__(self, embedder: CachedEmbedder) -> None:
        self.embed: Callable[[Sequence[str]], Vectors] = embedder.embed_kept
        self.embed_kept: Callable[[Sequence[str]], Vectors] = embedder.embed_kept


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.evals_local", description=__doc__)
    parser.add_argument("--only", choices=["banking77", "clinc150", "dstc11"])
    parser.add_argument("--ready", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    make(BUILD / GRAPH_FILE)
    if asked.ready:
        print(json.dumps(measure_start()))
        return 0
    data = Path(os.environ.get("SIGNALBOX_DATA", ROOT.parent / "shared" / "data"))
    embedder = Kept(CachedEmbedder(Embedder.load(BUILD), BUILD / "evals"))
    parts: dict[str, Callable[[], Iterator[Figure]]] = {
        "banking77": lambda: banking77(data / "triage" / "banking77", embedder),
        "clinc150": lambda: clinc150(data / "triage" / "clinc150" / "data_full.json", embedder),
        "dstc11": lambda: dstc11(data / "triage" / "dstc11", embedder),
    }
    failed = False
    for name, part in parts.items():
        if asked.only not in (None, name):
            continue
        if not data.is_dir():
            print(
                f"{name}: skipped, the data is not at {data}; set SIGNALBOX_DATA to its folder",
                file=sys.stderr,
            )
            continue
        for figure in part():
            report(figure)
            failed = failed or (figure.must and not figure.is_met)
    return 1 if failed else 0


def banking77(folder: Path, embedder: Embeds) -> Iterator[Figure]:
    """Yield the figures of real bank customers' messages: full, ten and five examples a category."""
    study = Study(lambda: read_csv(folder / "train.csv"), lambda: read_csv(folder / "test.csv"))
    train = study.learn()
    warm(embedder, train)
    categories = plain_categories(each.category for each in train)
    fitted, seconds = timed(lambda: classifier.fit(categories, train, (), embedder))
    yield Figure("banking77.fit_s", seconds, "s")

    # There is no validation part, so the promise is made on five fifths of the training part, each judged by a model
    # that learnt the other four, and kept or broken on test.
    held_right, held_confidence = rehearsed(categories, train, embedder)
    few = {(shots, seed): sample(train, shots, seed) for shots in (10, 5) for seed in range(3)}
    few_fitted = {key: classifier.fit(categories, chosen, (), embedder) for key, chosen in few.items()}
    plain_full = Baseline(train)
    plain_few = {key: Baseline(chosen) for key, chosen in few.items()}

    study.settle()
    test = study.test()
    warm(embedder, test)
    right, confidence = marked(judge_all(fitted, test), test)
    yield Figure("banking77.full", float(right.mean()), goal=(">=", 0.95))
    yield Figure("baseline.banking77.full", plain_full.share_right(test))
    ones = np.ones(len(train))
    yield from covered("banking77", held_confidence, held_right, ones, confidence, right, 0.97)
    yield Figure("local.ece_banking77", calibration_error(confidence, right))
    for shots, goal in ((10, 0.87), (5, 0.82)):
        shares = [marked(judge_all(few_fitted[shots, seed], test), test)[0].mean() for seed in range(3)]
        yield Figure(f"banking77.shot{shots}", float(np.mean(shares)), goal=(">=", goal))
        plain_shares = [plain_few[shots, seed].share_right(test) for seed in range(3)]
        yield Figure(f"baseline.banking77.shot{shots}", float(np.mean(plain_shares)))
    print(
        "note banking77 published: USE+ConveRT 93.4 % full, 85 % with 10 a category; fine-tuned models 94 to 95 %"
    )


def clinc150(path: Path, embedder: Embeds) -> Iterator[Figure]:
    """Yield the figures of a stream in which some messages belong to no category."""

    def parts(*names: str) -> dict[str, list[Example]]:
        found = json.loads(path.read_text())
        return {name: [Example(*pair) for pair in found[name]] for name in names}

    study = Study(lambda: parts("train", "val", "oos_train", "oos_val"), lambda: parts("test", "oos_test"))
    known = study.learn()
    train, val, strange = known["train"], known["val"], known["oos_val"]
    warm(embedder, [each for part in known.values() for each in part])
    categories = plain_categories(each.category for each in train)
    chatter = [each.text for each in known["oos_train"]]
    fitted, seconds = timed(lambda: classifier.fit(categories, train, chatter, embedder))
    yield Figure("clinc150.fit_s", seconds, "s")
    held_right, held_confidence = marked(judge_all(fitted, [*val, *strange]), [*val, *strange])
    plain = Baseline(train)
    plain_held, plain_margin = plain.judge([each.text for each in (*val, *strange)])
    plain_right = plain_held == np.array([each.category for each in (*val, *strange)])
    blind, blind_held = rehearsed_blind(categories, train, val, embedder)
    blind_known = classifier.fit(categories, train, (), embedder)

    study.settle()
    asked = study.test()
    test, outside = asked["test"], asked["oos_test"]
    warm(embedder, [*test, *outside])
    judged = judge_all(fitted, [*test, *outside])
    right, confidence = marked(judged, [*test, *outside])
    yield Figure("clinc150.in_scope", float(right[: len(test)].mean()), goal=(">=", 0.97))
    yield Figure("baseline.clinc150.in_scope", plain.share_right(test))
    fits = [each.fit for each in judged]
    yield Figure("clinc150.oos_auroc", auroc(fits[: len(test)], fits[len(test) :]), goal=(">=", 0.98))
    # The validation part holds fewer strangers than the stream, so each stands for several.
    weights = mixed(len(val), len(strange), len(outside) / (len(outside) + len(test)))
    yield from covered("clinc150", held_confidence, held_right, weights, confidence, right, 0.85)
    found, margin = plain.judge([each.text for each in (*test, *outside)])
    yield from covered(
        "baseline.clinc150", plain_margin, plain_right, weights,
        margin, found == np.array([each.category for each in (*test, *outside)]), None,
    )  # fmt: skip
    error = calibration_error(confidence, right)
    yield Figure("local.ece_clinc150_stream", error)
    yield Figure("local.ece", error, goal=("<=", 0.02))

    # Every third message of this stream is strange, and nobody knew a strange message when the threshold was chosen.
    right, confidence = marked(judge_all(blind_known, [*test, *outside]), [*test, *outside])
    stream = mixed(len(test), len(outside), 1 / 3)
    threshold = promising_threshold(blind_held.confidence, blind_held.right, blind_held.weights, bounded=True)
    yield from taken("clinc150.blind_", threshold, confidence, right, stream)
    threshold = promising_threshold(blind.confidence, blind.right, blind.weights, bounded=True)
    yield from taken("clinc150.naive_", threshold, confidence, right, stream)
    print("note clinc150 published: fine-tuned BERT 96.9 % in scope with full data (Larson et al. 2019)")


def dstc11(folder: Path, embedder: Embeds) -> Iterator[Figure]:
    """Yield the figures of requests as people speak them, all intents of a bank and an insurer in one stream.

    The set has no test part, so each fifth is judged by a model that learnt the other four, and handled above a
    threshold that was chosen on those other four as well.
    """
    spoken = [
        Example(row["utterance"], row["intent"])
        for name in ("banking", "insurance")
        for row in map(json.loads, (folder / f"{name}.jsonl").read_text().splitlines())
    ]
    warm(embedder, spoken)
    categories = plain_categories(each.category for each in spoken)
    right, confidence = rehearsed(categories, spoken, embedder)
    turn = fifths(len(spoken))
    yield Figure("dstc11.accuracy", float(right.mean()))
    is_taken = np.zeros(len(spoken), dtype=bool)
    for fold in range(5):
        others = turn != fold
        threshold = promising_threshold(
            confidence[others], right[others], np.ones(others.sum()), bounded=True
        )
        is_taken[~others] = confidence[~others] >= threshold
    yield from taken("dstc11.", 0.5, is_taken.astype(np.float64), right, np.ones(len(spoken)))
    yield Figure("local.ece_dstc11", calibration_error(confidence, right))
    plain_right = np.zeros(len(spoken), dtype=bool)
    for fold in range(5):
        plain = Baseline([each for each, at in zip(spoken, turn, strict=True) if at != fold])
        rest = [each for each, at in zip(spoken, turn, strict=True) if at == fold]
        plain_right[turn == fold] = plain.judge([each.text for each in rest])[0] == [
            each.category for each in rest
        ]
    yield Figure("baseline.dstc11.accuracy", float(plain_right.mean()))


def measure_start() -> dict[str, float]:
    """Load the demo company's engine as the bot does and return its seconds and memory."""
    import psutil

    from agents.local.engine import LocalEngine
    from sources.knowledge import load_articles

    policy = load(ROOT / "examples" / "signalbox.toml")
    articles = load_articles(ROOT / "examples" / "knowledge")
    began = time.perf_counter()
    engine = LocalEngine.load(BUILD, BUILD / "cache")
    engine = engine.fitted(
        [policy.category(name) for name in policy.categories], (), policy.triage.chatter_examples
    ).with_articles(articles)
    ready = time.perf_counter() - began
    engine.search("Where do I find our invoices?", "customer")
    return {"ready_s": ready, "rss_mb": psutil.Process().memory_info().rss / 1e6}


def rehearsed(
    categories: Sequence[Category], messages: Sequence[Example], embedder: Embeds
) -> tuple[Truth, Scores]:
    """Return which messages a model that learnt the other four fifths gets right, and how sure it is."""
    turn = fifths(len(messages))
    right, confidence = np.zeros(len(messages), dtype=bool), np.zeros(len(messages))
    for fold in range(5):
        learnt = [each for each, at in zip(messages, turn, strict=True) if at != fold]
        rest = [each for each, at in zip(messages, turn, strict=True) if at == fold]
        judged = judge_all(classifier.fit(categories, learnt, (), embedder), rest)
        right[turn == fold], confidence[turn == fold] = marked(judged, rest)
    return right, confidence


@dataclass(frozen=True)
class Held:
    """Messages judged by models that did not learn them; `weights` is what each counts in the stream expected."""

    confidence: Scores
    right: Truth
    weights: Scores


def rehearsed_blind(
    categories: Sequence[Category], train: Sequence[Example], held: Sequence[Example], embedder: Embeds
) -> tuple[Held, Held]:
    """Return held messages judged by models of some of the categories: those of learnt categories only, and together
    with those of left-out ones, which stand for the strange third of a stream."""
    names = [each.name for each in categories]
    mix = np.random.default_rng(0).permutation(len(names))
    rights: list[Truth] = []
    confidences: list[Scores] = []
    strangers: list[Truth] = []
    for part in range(3):
        out = {names[place] for place in mix[part::10]}
        learnt = [each for each in train if each.category not in out]
        model = classifier.fit([each for each in categories if each.name not in out], learnt, (), embedder)
        right, confidence = marked(judge_all(model, held), held)
        rights.append(right)
        confidences.append(confidence)
        strangers.append(np.array([each.category in out for each in held]))
    right, confidence = np.concatenate(rights), np.concatenate(confidences)
    strange = np.concatenate(strangers)
    # A message of a learnt category is judged up to three times by nearly the same model, and counts once.
    weights = np.where(strange, 0.5 * (~strange).sum() / strange.sum(), 1.0) / 3
    known = Held(confidence[~strange], right[~strange], np.ones(int((~strange).sum())))
    return known, Held(confidence, right, weights)


def fifths(count: int) -> npt.NDArray[np.int64]:
    """Return which fifth each of so many messages falls into, at random but always alike."""
    return np.random.default_rng(0).permutation(count) % 5


def marked(judged: Sequence[Judgement], messages: Sequence[Example]) -> tuple[Truth, Scores]:
    """Return which judgements are right, and how sure each was; a message of no category is never right."""
    right = np.array([a.category == b.category for a, b in zip(judged, messages, strict=True)])
    return right, np.array([each.confidence for each in judged])


def mixed(known: int, strange: int, share: float) -> Scores:
    """Return weights by which the strange messages make up this share of a stream."""
    each = share / (1 - share) * known / strange
    return np.array([1.0] * known + [each] * strange)


def covered(
    name: str,
    held: Scores,
    held_right: Truth,
    weights: Scores,
    scores: Scores,
    right: Truth,
    goal: float | None,
) -> Iterator[Figure]:
    """Yield the share handled above a threshold that promises at most 5 % deviation, and how the promise was kept."""
    for suffix, bounded in (("", True), ("_reckless", False)):
        threshold = promising_threshold(held, held_right, weights, bounded=bounded)
        is_taken = scores >= threshold
        deviation = float(1 - right[is_taken].mean()) if is_taken.any() else 0.0
        has_goal = goal is not None and not suffix
        yield Figure(
            f"{name}.coverage{suffix}", float(is_taken.mean()), goal=(">=", goal or 0.0) if has_goal else None
        )
        yield Figure(f"{name}.coverage{suffix}_deviation", deviation, goal=("<=", 0.05) if has_goal else None)


def taken(name: str, threshold: float, scores: Scores, right: Truth, weights: Scores) -> Iterator[Figure]:
    """Yield the share of a weighted stream above a threshold, and the share of it that is wrong."""
    above = scores >= threshold
    deviation = float(1 - np.average(right[above], weights=weights[above])) if above.any() else 0.0
    yield Figure(f"{name}coverage", float(weights[above].sum() / weights.sum()))
    yield Figure(f"{name}deviation", deviation, goal=("<=", 0.05) if name.endswith("blind_") else None)


def warm(embedder: Embeds, messages: Sequence[Example]) -> None:
    """Compute the vectors of messages at once, because the disk cache is written as a whole."""
    embedder.embed([plain(each.text) for each in messages])


def promising_threshold(scores: Scores, right: Truth, weights: Scores, *, bounded: bool) -> float:
    """Return the lowest threshold above which at least 95 % are right, by point estimate or by lower 95 % bound."""
    # Imported here, because the process that measures memory must hold what the engine needs and no more.
    from scipy.stats import beta

    best = float("inf")
    order = np.argsort(-scores)
    weight, good, squares = 0.0, 0.0, 0.0
    for place in order:
        weight += weights[place]
        good += weights[place] * right[place]
        squares += weights[place] ** 2
        count = weight**2 / squares  # messages of equal weight that would know as much
        hits = count * good / weight
        bound = float(beta.ppf(0.05, hits, count - hits + 1)) if bounded and hits > 0 else hits / count
        if bound >= PROMISED:
            best = float(scores[place])
    return best


def calibration_error(confidence: Scores, right: Truth, bins: int = 15) -> float:
    """Return the expected calibration error over bins of equal width."""
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    return float(
        sum(
            abs(confidence[place == each].mean() - right[place == each].mean()) * (place == each).mean()
            for each in np.unique(place)
        )
    )


def auroc(inside: Sequence[float], outside: Sequence[float]) -> float:
    """Return how often a message that belongs scores above one that does not."""
    order = np.sort(np.array(outside))
    below = np.searchsorted(order, inside, "left") + np.searchsorted(order, inside, "right")
    return float(below.mean() / 2 / len(order))


def judge_all(fitted: Classifier, messages: Sequence[Example]) -> list[Judgement]:
    """Judge every message among all categories."""
    return [fitted.judge(each.text) for each in messages]


def plain_categories(names: Iterator[str]) -> list[Category]:
    """Return categories that have a name and nothing else, which is all these data sets tell."""
    return [Category(name, name.replace("_", " "), "", (), "", Priority.P3) for name in sorted(set(names))]


def sample(messages: Sequence[Example], shots: int, seed: int) -> list[Example]:
    """Return so many messages of each category, at random."""
    random = np.random.default_rng(seed)
    by_name: dict[str, list[Example]] = {}
    for each in messages:
        by_name.setdefault(each.category, []).append(each)
    return [own[place] for own in by_name.values() for place in random.choice(len(own), shots, replace=False)]


def read_csv(path: Path) -> list[Example]:
    """Return the messages of a file with the columns text and category."""
    with path.open(newline="", encoding="utf-8") as file:
        return [Example(row["text"], row["category"]) for row in csv.DictReader(file)]


def timed(work: Callable[[], Classifier]) -> tuple[Classifier, float]:
    """Do some work and return its result with the seconds it took."""
    began = time.perf_counter()
    return work(), time.perf_counter() - began


def report(figure: Figure) -> None:
    """Print a figure and append it to the record."""
    goal = f" goal {figure.goal[0]} {figure.goal[1]:g}" if figure.goal else ""
    print(f"figure {figure.name} {figure.value:.4g} {figure.unit}{goal}", flush=True)
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, cwd=ROOT, check=False
    )
    record = {
        "name": figure.name,
        "value": figure.value,
        "unit": figure.unit,
        "goal": f"{figure.goal[0]} {figure.goal[1]:g}" if figure.goal else None,
        "met": figure.is_met,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit.stdout.strip() if commit.returncode == 0 else None,
    }
    with (BUILD / "figures.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(record) + "\n")


if __name__ == "__main__":
    sys.exit(main())
