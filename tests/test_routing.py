"""Rules choose the queue, the owner and the deadlines; the model never does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from agents.policy import OnCall, Queue
from agents.routing import Load, Rule, next_owner, route
from agents.words import Account, Facts, Priority, Sentiment, Triage, Trust
from bot.policy import load

POLICY = load(Path(__file__).parent.parent / "examples" / "signalbox.toml")
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)  # a Tuesday morning
TRIAGE = Triage(
    is_request=True,
    category="billing-refund",
    runner_up="billing-invoice",
    priority=Priority.P3,
    sentiment=Sentiment.NEUTRAL,
    language="en",
    confidence=0.9,
    summary="Refund please",
    because="It asks for money back.",
    engine="local",
)
FACTS = Facts("Refund please", "customer-support", "Ana", Trust.MEMBER, NOW)


def test_a_sure_judgement_goes_to_its_categorys_queue() -> None:
    chosen = route(TRIAGE, FACTS, POLICY, {}, 0.0, NOW)

    assert chosen.queue == POLICY.categories["billing-refund"].queue
    assert not chosen.held
    assert NOW < chosen.respond_by < chosen.resolve_by


@pytest.mark.parametrize(
    ("language", "engine", "held"),
    [
        ("en", "local", False),
        ("es", "local", True),
        ("ja", "local", True),
        ("es", "claude", False),
        ("und", "local", False),
    ],
)
def test_a_language_that_the_engine_was_not_taught_is_held_however_sure_it_is(
    language: str, engine: str, held: bool
) -> None:
    chosen = route(replace(TRIAGE, language=language, engine=engine), FACTS, POLICY, {}, 0.0, NOW)

    assert chosen.held is held
    assert ("the local model reads only English" in chosen.because) is held


@pytest.mark.parametrize(("confidence", "held"), [(-0.001, True), (0.0, False), (0.001, False)])
def test_below_the_floor_a_person_decides(confidence: float, held: bool) -> None:
    unsure = replace(TRIAGE, confidence=POLICY.triage.floor + confidence)

    chosen = route(unsure, FACTS, POLICY, {}, 0.0, NOW)

    assert chosen.held is held
    assert (chosen.queue == POLICY.triage.hold_queue) is held


def test_a_rule_that_holds_decides_and_gives_its_reason() -> None:
    rule = Rule.parse(
        {
            "name": "large",
            "when": "category == 'billing-refund' && amount > 500.0",
            "priority": "P2",
            "because": "Large refunds are urgent.",
        }
    )
    policy = POLICY.model_copy(update={"routes": (rule,)})

    at_the_threshold = route(TRIAGE, FACTS, policy, {}, 500.0, NOW)
    above = route(TRIAGE, FACTS, policy, {}, 500.01, NOW)

    assert at_the_threshold.priority == Priority.P3
    assert above.priority == Priority.P2
    assert above.because == "Large refunds are urgent."
    assert above.respond_by < at_the_threshold.respond_by


def test_a_rule_never_makes_a_ticket_less_urgent() -> None:
    rule = Rule.parse({"name": "calm", "when": "true", "priority": "P4", "because": "Calm down."})
    policy = POLICY.model_copy(update={"routes": (rule,)})

    assert route(TRIAGE, FACTS, policy, {}, 0.0, NOW).priority == Priority.P3


def test_rules_see_the_customers_tier() -> None:
    rule = Rule.parse({"name": "vip", "when": "tier == 'enterprise'", "owner": "zoe", "because": "VIP."})
    policy = POLICY.model_copy(update={"routes": (rule,)})
    account = Account("A1", "Acme", "enterprise", "retail", "zoe")

    assert route(TRIAGE, replace(FACTS, account=account), policy, {}, 0.0, NOW).owner == "zoe"
    assert route(TRIAGE, FACTS, policy, {}, 0.0, NOW).owner != "zoe"


def queue(**more: object) -> Queue:
    return Queue.model_validate(
        {"title": "Billing", "channel": "b", "owners": ["a", "b", "c"], "sla": "standard", **more}
    )


def test_the_least_loaded_gets_the_next_one_and_ties_go_to_the_first() -> None:
    load = Load({"a": 2, "b": 1, "c": 1})

    assert next_owner(queue(), load, NOW) == "b"
    assert next_owner(queue(), Load({}), NOW) == "a"


@pytest.mark.parametrize(("last", "following"), [(None, "a"), ("a", "b"), ("c", "a"), ("gone", "a")])
def test_round_robin_goes_round(last: str | None, following: str) -> None:
    assert next_owner(queue(assign="round_robin"), Load({}, last), NOW) == following


@pytest.mark.parametrize(("days", "expected"), [(0, "x"), (6, "x"), (7, "y"), (14, "x"), (-1, "y")])
def test_on_call_changes_hands_at_the_end_of_a_turn(days: int, expected: str) -> None:
    rota = OnCall(people=("x", "y"), since=date(2026, 11, 2), every="7d")  # type: ignore[arg-type]
    on_call = queue(assign="on_call", on_call=rota)

    now = datetime(2026, 11, 2, 12, tzinfo=UTC) + timedelta(days=days)

    assert next_owner(on_call, Load({}), now) == expected


@pytest.mark.parametrize(
    ("table", "hint"),
    [
        ({"name": "x", "when": "1 + 1", "queue": "q", "because": "b"}, "must be true or false"),
        ({"name": "x", "when": "amount > 'a'", "queue": "q", "because": "b"}, "cannot be worked out"),
        ({"name": "x", "when": "true", "because": "b"}, "changes nothing"),
        ({"name": "x", "when": "true", "queue": "q"}, "needs 'because'"),
        ({"name": "x", "when": "true", "queue": "q", "because": "b", "prio": 1}, "unknown key 'prio'"),
        ({"name": "x", "when": "true", "priority": "P9", "because": "b"}, "not a priority"),
    ],
)
def test_an_impossible_rule_is_refused_with_a_hint(table: dict[str, object], hint: str) -> None:
    with pytest.raises(ValueError, match=hint):
        Rule.parse(table)
