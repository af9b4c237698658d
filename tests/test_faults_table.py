"""The table of faults in the manual names a test for each, and every test of a fault is in it."""

from __future__ import annotations

import re
from pathlib import Path

from tests.world import ROOT

TESTS = ROOT / "tests"
_TEST = re.compile(r"^(?:async )?def (test_\w+)", re.MULTILINE)
_NAMED = re.compile(r"`((?:\w+/)?test_\w+\.py)::(test_\w+)`")
_ROW = re.compile(r"^\|(?! fault \|)(?!---)(.+)\|$", re.MULTILINE)


def manual() -> str:
    """Return the page about reliability."""
    return (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")


def names_in(file: Path) -> set[str]:
    """Return the names of the tests in a file; of one that is not there, none."""
    return set(_TEST.findall(file.read_text(encoding="utf-8"))) if file.is_file() else set()


def test_every_row_names_one_test_that_exists() -> None:
    wrong = []
    for row in _ROW.findall(manual()):
        named = _NAMED.findall(row)
        found = [(file, name) for file, name in named if name in names_in(TESTS / file)]
        if len(named) != 1 or found != named:
            wrong.append(row)

    assert wrong == []


def test_every_test_of_a_fault_is_in_the_manual_once() -> None:
    written = {
        (file.name, name)
        for file in TESTS.glob("test_faults_*.py")
        if file.name != Path(__file__).name
        for name in names_in(file)
    }
    named = _NAMED.findall(manual())

    assert len(written) > 40
    assert written - set(named) == set()
    assert len(named) == len(set(named))
