"""Outages: told, asked about, and only spoken of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.local import classifier
from agents.local.cues.outages import outage_sign
from agents.local.cues.text import plain
from agents.words import Category, Priority
from tests.local_world import embedder, engine

CUSTOMERS = ["outage", "bug-report", "how-to", "account-access", "billing-refund", "feature-request"]


@pytest.mark.parametrize(
    "text",
    [
        "Is the site down?",
        "is fernhaul down",
        "Is X down for anybody else?",
        "is it just us or is tracking dead?",
        "Are you guys having an outage?",
        "Is there a problem on your side? The whole site shows an error page for all of us.",
        "Is there an incident right now?",
        "Nobody in our company can sign in, every one of us gets a gateway error.",
        "everything down here",
        "Since the maintenance everything is down, nobody can print",
    ],
)
def test_what_is_down_now_is_told_or_asked(text: str) -> None:
    assert outage_sign(text) == 1


@pytest.mark.parametrize(
    "text",
    [
        "Is there downtime planned next week?",
        "Will the API be down during the maintenance on Sunday?",
        "How long was the outage on Tuesday?",
        "Is there an SLA credit when the API is down?",
        "What happens to our labels if you are down?",
        "The site was down for everybody last week, can we get a credit?",
        "All was down at noon and is back for everyone, the outage is over",
        "Marta cannot sign in. Everybody else is fine.",
        "Labels to Portugal time out, every other country is fine",
    ],
)
def test_an_outage_that_is_planned_supposed_over_or_somebodys_alone_is_only_spoken_of(text: str) -> None:
    assert outage_sign(text) == -1


@pytest.mark.parametrize(
    "text",
    [
        "Where do I find our invoices?",
        "Is the down payment refundable?",
        "we want to go down from Business to the free plan",
        "The rate calculator adds the surcharge twice",
        "is my card down as the default one?",
    ],
)
def test_of_other_things_no_sign_is_seen(text: str) -> None:
    assert outage_sign(text) == 0


@given(st.text(max_size=300))
def test_any_text_has_one_of_three_signs(text: str) -> None:
    assert outage_sign(plain(text)) in (-1, 0, 1)


def test_an_outage_asked_as_a_question_is_one() -> None:
    judge = engine().judge
    assert judge is not None
    for text in (
        "Is there a problem on your side? The whole site shows an error page for all of us.",
        "is fernhaul down for anybody else? our packing screens only show an error page",
        "is your site down? all four offices get nothing but a blank page",
    ):
        judged = judge.judge(text, CUSTOMERS)
        assert (judged.category, judged.confidence > 0.6) == ("outage", True), text


def test_nobody_is_woken_for_an_outage_that_is_only_spoken_of() -> None:
    judge = engine().judge
    assert judge is not None
    for text in (
        "Is there downtime planned next week?",
        "Will the API be down during the maintenance on Sunday, or can our nightly job run?",
        "If your site is down for an hour, what happens to labels that were already queued?",
    ):
        assert judge.judge(text, CUSTOMERS).category != "outage", text


def test_who_reports_an_outage_in_three_words_is_heard() -> None:
    judge = engine().judge
    assert judge is not None

    assert judge.judge("everything down here", CUSTOMERS).request > 0.5


def test_where_policy_has_no_p1_the_signs_count_for_nothing() -> None:
    def fitted(priority: Priority) -> classifier.Classifier:
        fault = Category("fault", "Fault", "", ("the page is wrong", "it shows an error"), "it", Priority.P3)
        down = Category("down", "Down", "", ("nobody can work", "all is dead"), "it", priority)
        return classifier.fit([fault, down], (), (), embedder())

    asked = "is the page down for anybody else?"
    calm, urgent = fitted(Priority.P3).judge(asked), fitted(Priority.P1).judge(asked)
    assert urgent.category == "down"
    assert calm.category == "fault" or calm.confidence < urgent.confidence
