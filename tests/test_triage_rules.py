"""Two opinions become one judgement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from agents.claude_answers import Answer, Why
from agents.engines import Engines
from agents.learning import Lesson, Recalled
from agents.triage import combine, judge, recognise
from agents.words import (
    Category,
    Certainty,
    Example,
    Facts,
    Opinion,
    Priority,
    Reply,
    Sentiment,
    Trust,
    Usage,
)

LOCAL = Opinion(
    is_request=True,
    category="refund",
    runner_up="invoice",
    priority=Priority.P3,
    sentiment=Sentiment.NEUTRAL,
    language="en",
    confidence=0.8,
    fit=1.0,
    certainty=Certainty.LIKELY,
    summary="local summary",
    because="local because",
)
CLAUDE = replace(LOCAL, confidence=0.9, summary="claude summary", because="claude because")
FACTS = Facts("refund please", "support", "Ana", Trust.MEMBER, datetime(2026, 11, 24, tzinfo=UTC))
KINDS = (
    Category("refund", "Refund", "", (), "billing", Priority.P3),
    Category("invoice", "Invoice", "", (), "billing", Priority.P3),
)
RECALLED = [
    Recalled(Lesson(1, 1, "thanks all", "", False, None, "U1", "Ana"), 0.8),
    Recalled(Lesson(2, 2, "refund this", "refund", True, None, "U1", "Ana"), 0.7),
]
SPENT = Usage("claude", "m", "p", 1.0, dollars=0.01)


class Local:
    """An engine that always says the same."""

    def __init__(self, says: Opinion) -> None:
        self.says = says

    def opinion(self, facts: Facts, categories: object) -> Opinion:
        return self.says

    def recall(self, text: str) -> list[Recalled]:
        return RECALLED


class Remote:
    """A Claude that always answers the same, and counts how often it was asked."""

    def __init__(self, says: Answer[Opinion]) -> None:
        self.says = says
        self.asked = 0
        self.shown: list[Example] = []

    async def opinion(self, facts: Facts, categories: object, examples: Sequence[Example]) -> Answer[Opinion]:
        self.asked += 1
        self.shown = list(examples)
        return self.says

    async def reply(self, facts: Facts, passages: object) -> Answer[Reply]:
        return Answer(None, Why("unavailable", "not asked for replies here"), None)


def engines(local: Opinion, remote: Remote | None = None) -> Engines:
    return Engines(Local(local), remote)  # type: ignore[arg-type]


def test_one_opinion_stands_as_it_is() -> None:
    judged = combine(LOCAL, None, ())

    assert (judged.category, judged.confidence, judged.engine) == ("refund", 0.8, "local")


def test_two_that_agree_leave_less_doubt_than_either() -> None:
    judged = combine(LOCAL, CLAUDE, ())

    assert judged.confidence > max(LOCAL.confidence, CLAUDE.confidence)
    assert (judged.because, judged.engine) == ("claude because", "claude")


def test_two_that_disagree_leave_more_doubt_and_both_candidates() -> None:
    judged = combine(LOCAL, replace(CLAUDE, category="invoice"), ())

    assert judged.category == "invoice"
    assert judged.runner_up == "refund"
    assert judged.confidence < CLAUDE.confidence


@pytest.mark.parametrize(("local", "claude"), [("P1", "P3"), ("P3", "P1")])
def test_the_more_urgent_priority_wins(local: str, claude: str) -> None:
    judged = combine(replace(LOCAL, priority=Priority(local)), replace(CLAUDE, priority=Priority(claude)), ())

    assert judged.priority == Priority.P1


def test_a_request_to_one_and_talk_to_the_other_goes_to_a_person() -> None:
    assert combine(LOCAL, replace(CLAUDE, is_request=False), ()).confidence == 0.0


async def test_when_claude_is_out_the_local_opinion_stands_and_the_card_says_why() -> None:
    remote = Remote(Answer(None, Why("unavailable", "Claude did not answer within 25 seconds."), SPENT))

    judged = await judge(FACTS, KINDS, (), engines(LOCAL, remote))

    assert judged.engine == "local"
    assert judged.note == "Claude did not answer within 25 seconds."
    assert SPENT in judged.usage


async def test_a_local_yes_asks_nobody_else() -> None:
    remote = Remote(Answer(replace(CLAUDE, is_request=False), None, SPENT))

    heard = await recognise(FACTS, KINDS, engines(LOCAL, remote))

    assert heard.is_request
    assert remote.asked == 0


@pytest.mark.parametrize("claude_hears_one", [True, False])
async def test_a_local_no_is_checked_with_claude(claude_hears_one: bool) -> None:
    remote = Remote(Answer(replace(CLAUDE, is_request=claude_hears_one), None, SPENT))

    heard = await recognise(FACTS, KINDS, engines(replace(LOCAL, is_request=False), remote))

    assert heard.is_request is claude_hears_one
    assert SPENT in heard.usage


async def test_a_local_no_stands_when_claude_is_out() -> None:
    remote = Remote(Answer(None, Why("unavailable", "out"), None))

    heard = await recognise(FACTS, KINDS, engines(replace(LOCAL, is_request=False), remote))

    assert not heard.is_request


async def test_whether_it_is_a_request_claude_is_asked_with_what_people_said_of_messages_like_it() -> None:
    remote = Remote(Answer(CLAUDE, None, SPENT))

    heard = await recognise(FACTS, KINDS, engines(replace(LOCAL, is_request=False), remote))

    assert heard.is_request
    assert remote.shown == [Example("thanks all", "", is_request=False), Example("refund this", "refund")]
