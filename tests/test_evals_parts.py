"""The evaluation of messages with several requests: what the file has to hold, and what counts as right."""

from __future__ import annotations

import re
from math import isnan

import pytest

from agents.engines import Engines
from benchmarks.evals_golden import GOLDEN
from benchmarks.golden_parts import Message, Taken, measure, read, take
from tests.local_world import engine, policy

TWO = Message("two", "customer-support", "kim", "…", ("billing-invoice", "bug-report"), "must")
ONE = Message("one", "customer-support", "kim", "…", (), "must")
HARD = Message("hard", "customer-support", "kim", "…", ("billing-invoice", "how-to"), "gap")


def test_the_file_holds_messages_to_take_apart_and_as_many_to_leave_whole() -> None:
    messages = read(GOLDEN)
    several = [each for each in messages if each.kinds]
    assert len(several) >= 40 and len(messages) - len(several) >= 40
    assert len({each.id for each in messages}) == len(messages)
    known = policy()
    for each in messages:
        allowed = {category.name for category in known.categories_of(each.channel)}
        assert set(each.kinds) <= allowed and len(each.kinds) != 1, each.id
        hosts = re.findall(r"(?:https?://|@)((?:[\w-]+\.)+[a-z]{2,})", each.text)
        assert all(re.search(r"(?:^|\.)example(?:\.com|\.net|\.org)?$", host) for host in hosts), each.id


def test_precision_is_of_what_was_taken_apart_and_recall_of_what_should_be() -> None:
    taken = [
        Taken(TWO, TWO.kinds),
        Taken(TWO, ()),
        Taken(TWO, ("billing-invoice", "how-to")),
        Taken(ONE, ()),
        Taken(ONE, TWO.kinds),
        Taken(HARD, ()),
    ]
    figures = {figure.name: figure.value for figure in measure(taken)}
    assert figures["golden.split_precision"] == pytest.approx(2 / 3)
    assert figures["golden.split_recall"] == pytest.approx(1 / 3)
    assert figures["golden.split_recall_with_gaps"] == pytest.approx(1 / 4)
    assert figures["golden.split_cases"] == 6
    assert isnan({figure.name: figure.value for figure in measure([])}["golden.split_precision"])


def test_a_failure_is_one_line() -> None:
    assert (
        Taken(ONE, TWO.kinds).as_line == "must   one: expected one request; got billing-invoice, bug-report"
    )


async def test_nothing_that_must_stay_whole_is_taken_apart_and_what_must_be_taken_apart_is() -> None:
    must = [each for each in read(GOLDEN) if each.grade == "must"]
    taken = await take(must, policy(), Engines(engine()))
    assert [each.as_line for each in taken if not each.passed] == []
