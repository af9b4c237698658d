"""The classifier on the demo company's policy: what it says, how sure it is, and what it leaves alone."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from agents.local import classifier
from agents.local.classifier import Classifier, places_of, taught_by_policy
from agents.local.embedding import Vectors
from agents.local.features import lexical
from agents.local.heads import MANY
from agents.words import Category, Example, Priority
from tests.local_world import ROOT, embedder, engine, policy


def kind(name: str, *examples: str, description: str = "", channels: tuple[str, ...] = ()) -> Category:
    return Category(name, name.title(), description, examples, "front-desk", Priority.P3, channels)


INVOICES = kind(
    "invoice", "where is my invoice", "the invoice is wrong", "send me the bill of May", "VAT id is missing"
)
NETWORK = kind(
    "network", "vpn is down", "no wifi in the office", "the internet is slow", "vpn drops all the time"
)
LEAVE = kind(
    "leave", "how many vacation days", "i am sick today", "parental leave rules", "day off for moving"
)


@pytest.fixture(scope="module")
def small() -> Classifier:
    return classifier.fit([INVOICES, NETWORK, LEAVE], (), (), embedder())


def judge() -> Classifier:
    found = engine().judge
    assert found is not None
    return found


def test_new_messages_find_their_category(small: Classifier) -> None:
    assert small.judge("I need last month's bill").category == "invoice"
    assert small.judge("wlan is broken on my floor").category == "network"
    assert small.judge("holiday next week?").category == "leave"


def test_only_allowed_categories_are_chosen(small: Classifier) -> None:
    judged = small.judge("the vpn is down", ["invoice", "leave"])

    assert judged.category in ("invoice", "leave")
    assert judged.runner_up in ("invoice", "leave")
    assert judged.fit < small.judge("the vpn is down").fit


def test_a_single_allowed_category_has_no_runner_up(small: Classifier) -> None:
    assert small.judge("the vpn is down", ["network"]).runner_up is None


def test_being_the_only_choice_is_no_reason_to_be_sure(small: Classifier) -> None:
    judged = small.judge("who painted the ceiling of the chapel", ["network"])

    assert judged.category == "network"
    assert judged.confidence < 0.5


def test_an_unknown_category_is_refused(small: Classifier) -> None:
    with pytest.raises(ValueError, match="astrology"):
        small.judge("what does my star say", ["astrology"])


def test_nothing_to_learn_is_refused() -> None:
    with pytest.raises(ValueError, match="no category"):
        classifier.fit([], (), (), embedder())


def test_a_category_without_examples_is_learnt_from_its_description() -> None:
    hardware = kind(
        "hardware", description="Laptops, monitors, keyboards, docks and printers: broken or missing."
    )

    fitted = classifier.fit([INVOICES, NETWORK, hardware], (), (), embedder())

    assert fitted.judge("my keyboard has lost a key, the monitor is broken too").category == "hardware"


def test_what_does_not_belong_is_not_learnt_as_belonging() -> None:
    texts, _ = taught_by_policy([kind("billing", description="Questions about invoices. Not for refunds.")])

    assert any("invoices" in text for text in texts)
    assert not any("refunds" in text for text in texts)


def test_a_correction_changes_the_next_judgement() -> None:
    text = "the parrot in the lobby swears at visitors"
    before = classifier.fit([INVOICES, NETWORK, LEAVE], (), (), embedder()).judge(text)
    wanted = next(name for name in ("invoice", "network", "leave") if name != before.category)

    after = classifier.fit([INVOICES, NETWORK, LEAVE], [Example(text, wanted)], (), embedder()).judge(text)

    assert after.category == wanted
    assert after.nearest == text


def test_the_later_of_two_labels_counts() -> None:
    examples = [Example("where is my invoice", "network"), Example("where is my invoice", "leave")]

    fitted = classifier.fit([INVOICES, NETWORK, LEAVE], examples, (), embedder())

    assert fitted.names[fitted.labels[fitted.texts.index("where is my invoice")]] == "leave"


def test_examples_of_a_dropped_category_are_left_out(small: Classifier) -> None:
    fitted = classifier.fit([INVOICES, NETWORK, LEAVE], [Example("buy gold", "trading")], (), embedder())

    assert fitted.texts == small.texts


def test_the_same_examples_give_the_same_judge(small: Classifier) -> None:
    again = classifier.fit([INVOICES, NETWORK, LEAVE], (), (), embedder())

    assert again.judge("is the wifi down again") == small.judge("is the wifi down again")


def test_places_are_the_categories_of_each_channel() -> None:
    everywhere = kind("other")
    categories = [replace(INVOICES, channels=("a",)), replace(NETWORK, channels=("a", "b")), everywhere]

    assert [place.tolist() for place in places_of(categories)] == [[0, 1, 2], [1, 2]]
    assert [place.tolist() for place in places_of([everywhere])] == [[0]]


@pytest.mark.slow
def test_strange_requests_fit_less_than_known_ones() -> None:
    own = [judge().judge(text, policy().request_channels["it-help"].categories).fit for text in (
        "VPN disconnects every few minutes at home", "I need a second monitor", "please install a PDF editor for me",
    )]  # fmt: skip
    strange = [judge().judge(text, policy().request_channels["it-help"].categories).fit for text in (
        "please water the plants in the lobby", "who won the election", "my salary is too low this month",
    )]  # fmt: skip

    assert min(own) > max(strange)


def test_messages_of_another_channel_are_doubted() -> None:
    it = policy().request_channels["it-help"].categories
    text = "How many days of parental leave do I get?"

    assert judge().judge(text, policy().request_channels["people-ops"].categories).confidence > 0.8
    assert judge().judge(text, it).confidence < 0.6


@pytest.mark.slow
def test_the_golden_cases_stay_as_good_as_they_are() -> None:
    """A floor for regressions; the figures themselves come from the evaluation command."""
    cases = tomllib.loads((ROOT / "examples" / "golden.toml").read_text())["case"]
    right, gate, confidence = [], [], []
    for case in cases:
        if case["grade"] == "gap":
            continue
        channel = case["channel"].lstrip("#")
        judged = judge().judge(case["text"], policy().request_channels[channel].categories)
        gate.append((judged.request >= 0.5) == case["expect"]["is_request"])
        if case["expect"]["is_request"]:
            right.append(judged.category == case["expect"]["category"])
            confidence.append(judged.confidence)

    assert np.mean(right) >= 0.88
    assert np.mean(gate) >= 0.94
    sure = np.array(confidence) >= 0.85
    assert np.array(right)[sure].mean() >= 0.95


@pytest.mark.slow
def test_an_engine_of_few_examples_needs_no_scikit_learn() -> None:
    code = (
        "import sys; from tests.local_world import engine; engine();"
        "print([m for m in ('sklearn', 'scipy', 'onnx') if m in sys.modules])"
    )

    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)

    assert found.stdout.strip() == "[]"


class Hashed:
    """Vectors out of hashed words: quick to make by the thousand, where their quality is not what is
    tested."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        rows = np.zeros((len(texts), 384), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            buckets, values = lexical(text)
            np.add.at(row, buckets % 384, values)
        lengths = np.maximum(1e-6, np.linalg.norm(rows, axis=1, keepdims=True))
        return np.asarray(rows / lengths, dtype=np.float32)

    embed_kept = embed


@pytest.mark.slow
def test_thousands_of_examples_are_learnt_by_the_other_way() -> None:
    things = {"invoice": "invoice bill receipt statement", "network": "vpn wifi router cable",
              "leave": "holiday vacation absence sickness", "laptop": "laptop monitor keyboard dock"}  # fmt: skip
    random = np.random.default_rng(1)
    verbs = ["missing", "wrong", "slow", "broken", "new", "old", "needed", "late", "open", "gone"]

    def message(name: str) -> str:
        words = [
            *random.choice(things[name].split(), 2),
            *random.choice(verbs, 3),
            str(random.integers(10_000)),
        ]
        return " ".join(random.permutation(words))

    learnt = [Example(message(name), name) for name in things for _ in range(600)]
    fitted = classifier.fit([kind(name) for name in things], learnt, ("good morning",) * 20, Hashed())

    judged = [fitted.judge(message(name)) for name in things for _ in range(20)]
    assert len(fitted.texts) >= MANY
    assert (
        np.mean(
            [each.category == name for each, name in zip(judged, np.repeat(list(things), 20), strict=True)]
        )
        >= 0.95
    )
    assert np.mean([each.confidence for each in judged]) > 0.85
    assert fitted.judge("good evening everybody, lovely weather").confidence < 0.7
