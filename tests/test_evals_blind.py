"""The evaluation of the local engine cannot learn from what it is tested on."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from agents.local.embedding import Embeds, Vectors
from agents.local.features import lexical
from agents.words import Example
from benchmarks import evals_local
from benchmarks.figures import Figure
from benchmarks.study import OutOfOrder, Study
from tests.test_architecture import ROOT, uses

LEARNING = ("calibration", "classifier", "features", "gate", "heads", "linear", "many", "smalltalk")
READING = r"\bopen\(|\bPath\b|\bread_text\b|\bread_bytes\b|\bnp\.load|\bcsv\b|\bjson\b"
THINGS = {"invoice": "invoice bill receipt", "network": "vpn wifi router", "leave": "holiday absence vacation",
          "laptop": "laptop monitor dock", "parking": "garage parking bay", "badge": "badge door key",
          "travel": "flight hotel train", "payroll": "salary payslip bonus", "print": "printer toner paper",
          "phone": "phone sim roaming"}  # fmt: skip
TEST_MARK = "quince"


class Watching:
    """An embedder by hashed words that remembers in which order texts came, and which it was asked to keep: only
    learning asks that."""

    def __init__(self) -> None:
        self.learnt: list[str] = []
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.asked += texts
        rows = np.full((len(texts), 384), 1e-3, dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            buckets, values = lexical(text)
            np.add.at(row, buckets % 384, values)
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)

    def embed_kept(self, texts: Sequence[str]) -> Vectors:
        self.learnt += texts
        return self.embed(texts)


def messages(count: int, mark: str, seed: int) -> Iterator[tuple[str, str]]:
    random = np.random.default_rng(seed)
    for name, words in THINGS.items():
        for number in range(count):
            yield f"{mark} {' '.join(random.choice(words.split(), 2))} case {number}", name


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    for name, mark, count in (("train", "pear", 12), ("test", TEST_MARK, 4)):
        with (tmp_path / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerow(["text", "category"])
            rows.writerows(messages(count, mark, count))
    return tmp_path


@pytest.fixture
def assistant(tmp_path: Path) -> Path:
    parts = {"train": list(messages(8, "pear", 1)), "val": list(messages(4, "plum", 2)),
             "test": list(messages(4, TEST_MARK, 3))}  # fmt: skip
    for name, mark in (("train", "fig"), ("val", "kiwi"), ("test", TEST_MARK)):
        parts[f"oos_{name}"] = [(f"{mark} who won the cup in {year}", "oos") for year in range(1990, 2006)]
    path = tmp_path / "data_full.json"
    path.write_text(json.dumps(parts), encoding="utf-8")
    return path


def run(part: Callable[[Path, Embeds], Iterator[Figure]], source: Path) -> tuple[list[str], Watching]:
    watching = Watching()
    return [figure.name for figure in part(source, watching)], watching


@pytest.mark.slow
def test_no_test_message_of_the_bank_is_learnt_from(bank: Path) -> None:
    names, watching = run(evals_local.banking77, bank)

    assert {"banking77.full", "banking77.shot5", "baseline.banking77.shot5", "banking77.coverage"} <= {*names}
    _assert_tested_last(watching)


@pytest.mark.slow
def test_no_test_message_of_the_assistant_is_learnt_from(assistant: Path) -> None:
    names, watching = run(evals_local.clinc150, assistant)

    assert {"clinc150.in_scope", "clinc150.blind_deviation", "baseline.clinc150.coverage"} <= {*names}
    _assert_tested_last(watching)


def _assert_tested_last(watching: Watching) -> None:
    first = next(place for place, text in enumerate(watching.asked) if TEST_MARK in text)
    assert not [text for text in watching.learnt if TEST_MARK in text]
    assert all(TEST_MARK in text for text in watching.asked[first:])  # and nothing was learnt afterwards


def test_the_test_file_is_not_read_before_all_is_settled() -> None:
    read: list[str] = []
    study = Study(lambda: [Example("a", "b")], lambda: read.append("test"))

    study.learn()
    with pytest.raises(OutOfOrder, match="stays shut"):
        study.test()
    assert read == []

    study.settle()
    study.test()
    assert read == ["test"]


def test_nothing_is_learnt_once_the_test_part_is_open() -> None:
    study = Study(lambda: [Example("a", "b")], lambda: [Example("c", "b")])
    study.settle()

    with pytest.raises(OutOfOrder, match="nothing may be learnt"):
        study.learn()


@pytest.mark.parametrize("name", LEARNING)
def test_what_learns_opens_no_file(name: str) -> None:
    assert not uses(ROOT / "agents" / "local" / f"{name}.py", READING)


def test_what_keeps_vectors_does_open_files() -> None:
    assert uses(ROOT / "agents" / "local" / "embedding.py", READING)  # or the test above would prove nothing


def test_the_evaluation_reads_test_parts_only_behind_the_door() -> None:
    code = (ROOT / "benchmarks" / "evals_local.py").read_text(encoding="utf-8")

    assert code.count("test.csv") == 1 and 'lambda: read_csv(folder / "test.csv")' in code
    assert code.count('"oos_test"') - code.count('asked["oos_test"]') == 1
