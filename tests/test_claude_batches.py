"""Batches: many judgements for half the price, which a restart between sending and reading does not lose."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from agents.claude import ClaudeEngine, MalformedRequest
from agents.claude_batches import Batches, Question
from agents.claude_clouds import Bedrock
from agents.prices import ceiling
from tests.claude_server import API_KEY, Fails, Hangs, Raw, Resets, Says
from tests.claude_services import IN_BATCH, Services
from tests.claude_world import CATEGORIES, EXAMPLES, FACTS, JUDGEMENT, World, judge, opened

GOOD = Says(json.dumps(JUDGEMENT), usage=IN_BATCH)
OTHER = replace(FACTS, text="I cannot sign in")
ASKED = (Question("d-1", FACTS, CATEGORIES, EXAMPLES), Question("d-2", OTHER, CATEGORIES))
AMONG = dict.fromkeys(("d-1", "d-2"), CATEGORIES)


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    """Run a service for one test."""
    async with opened() as world:
        yield world


def batches(world: World, **changes: Any) -> Batches:
    found = world.engine(**changes).batches
    assert found is not None
    return found


async def ended(world: World, server: Services) -> str:
    """Send a batch whose questions are both answered, and return its id."""
    sent = await batches(world).submit(ASKED)
    assert sent.value is not None
    batch = server.batches[sent.value]
    batch.succeed("d-1", GOOD)
    batch.succeed(
        "d-2", Says(json.dumps(JUDGEMENT | {"category": "access", "runner_up": None}), usage=IN_BATCH)
    )
    batch.ended = True
    return sent.value


async def test_each_question_is_sent_as_it_would_be_alone(world: World) -> None:
    await batches(world).submit(ASKED)

    [body] = world.server.bodies
    assert [one["custom_id"] for one in body["requests"]] == ["d-1", "d-2"]
    params = [one["params"] for one in body["requests"]]
    assert {one["model"] for one in params} == {"claude-opus-5-5"}
    assert params[0]["system"] == params[1]["system"]
    assert params[0]["messages"][0]["content"][0] == params[1]["messages"][0]["content"][0]
    assert all(json.dumps(one).count('"cache_control"') <= 4 for one in params)


async def test_answers_in_any_order_find_their_questions_at_half_the_price(world: World) -> None:
    batch = await ended(world, world.server)

    # Another process, which knows the id only.
    told = (await batches(world).collect(batch, AMONG)).value

    assert told is not None
    assert {id: answer.value.category for id, answer in told.items() if answer.value} == {
        "d-1": "billing",
        "d-2": "access",
    }
    usage = told["d-1"].usage
    assert usage is not None
    # 900 x $4 + 2000 cached x $0.20 + 250 x $20, a million tokens each, and half of that
    assert usage.dollars == pytest.approx((900 * 4 + 2000 * 0.2 + 250 * 20) / 2e6, abs=1e-12)
    assert usage.model == "claude-opus-5-5"


async def test_a_batch_can_be_read_again_until_it_is_discarded(world: World) -> None:
    batch = await ended(world, world.server)
    door = batches(world)

    first, second = await door.collect(batch, AMONG), await door.collect(batch, AMONG)
    assert first.value == second.value
    assert await door.discard(batch)
    assert world.server.batches == {}
    assert await door.discard(batch)
    gone = await door.collect(batch, AMONG)
    assert gone.why is not None
    assert gone.why.detail == "Claude's service does not know this batch any more."


async def test_a_batch_that_is_not_done_says_so(world: World) -> None:
    sent = await batches(world).submit(ASKED)

    looked = await batches(world).collect(sent.value or "", AMONG)

    assert looked.value is None
    assert looked.why is not None
    assert looked.why.kind == "pending"


@pytest.mark.parametrize(
    ("result", "kind", "detail"),
    [
        ("errored", "unavailable", "Claude could not answer this (overloaded_error)."),
        ("canceled", "unavailable", "The batch was cancelled before Claude came to this."),
        ("expired", "unavailable", "The batch ran out of time before Claude came to this."),
        ("missing", "unavailable", "Claude's batch holds no answer to this."),
        ("surprising", "invalid", "Claude's answer in the batch cannot be read."),
        ("refused", "refused", "Claude declined to answer (cyber)."),
        ("truncated", "truncated", "Claude's answer was longer than it may be, and was cut off."),
        ("not in the form", "invalid", "Claude's judgement did not fit the form (category)."),
    ],
)
async def test_every_question_gets_an_answer_or_a_reason(
    world: World, result: str, kind: str, detail: str
) -> None:
    batch = await ended(world, world.server)
    kept = world.server.batches[batch]
    match result:
        case "missing":
            del kept.results["d-1"]
        case "refused":
            kept.succeed(
                "d-1",
                replace(GOOD, stop_reason="refusal", stop_details={"type": "refusal", "category": "cyber"}),
            )
        case "truncated":
            kept.succeed("d-1", replace(GOOD, stop_reason="max_tokens"))
        case "not in the form":
            kept.succeed("d-1", Says(json.dumps(JUDGEMENT | {"category": "gardening"}), usage=IN_BATCH))
        case _:
            kept.fail("d-1", result, "overloaded_error")

    told = (await batches(world).collect(batch, AMONG)).value

    assert told is not None
    why = told["d-1"].why
    assert why is not None
    assert (why.kind, why.detail) == (kind, detail)
    assert told["d-2"].value is not None


async def test_an_answer_to_what_was_not_asked_is_left_out(world: World) -> None:
    batch = await ended(world, world.server)

    told = (await batches(world).collect(batch, {"d-1": CATEGORIES})).value

    assert told is not None
    assert list(told) == ["d-1"]


async def test_a_batch_over_the_budget_is_not_sent(world: World) -> None:
    await batches(world).submit(ASKED)
    params = [one["params"] for one in world.server.bodies[0]["requests"]]
    most = sum(
        ceiling(
            "claude-opus-5-5", len(json.dumps(p, ensure_ascii=False).encode()), p["max_tokens"], batch=True
        )
        for p in params
    )

    too_much = await batches(world, daily_budget_usd=float(most) * 0.99).submit(ASKED)
    enough = await batches(world, daily_budget_usd=float(most) * 1.01).submit(ASKED)

    assert too_much.why is not None
    assert too_much.why.kind == "over_budget"
    assert enough.value is not None
    assert enough.usage is not None
    assert enough.usage.dollars == pytest.approx(float(most))
    assert len(world.server.bodies) == 2


async def test_a_batch_on_its_way_counts_against_the_budget_of_single_calls(world: World) -> None:
    sent = await batches(world).submit(ASKED)
    assert sent.usage is not None
    let_go = asyncio.Event()
    engine = world.engine(daily_budget_usd=sent.usage.dollars * 1.0001)
    assert engine.batches is not None
    world.server.batches_deed = Hangs(let_go)
    world.server.always(Says(json.dumps(JUDGEMENT)))

    assert (await judge(engine)).value is not None
    world.server.asked_clear()
    sending = asyncio.create_task(engine.batches.submit(ASKED))
    await world.server.asked()
    meanwhile = await judge(engine)
    let_go.set()
    await sending

    assert meanwhile.why is not None
    assert meanwhile.why.kind == "over_budget"


@pytest.mark.parametrize("deed", [Fails(529), Fails(500), Resets()])
async def test_a_batch_is_sent_once_and_never_again_by_itself(world: World, deed: Any) -> None:
    world.server.batches_deed = deed

    answer = await batches(world, max_retries=2).submit(ASKED)

    assert answer.value is None
    assert answer.why is not None
    assert answer.why.kind == "unavailable"
    assert len(world.server.bodies) == 1


async def test_when_nobody_knows_whether_a_batch_was_taken_the_most_it_can_cost_is_booked(
    world: World,
) -> None:
    world.server.batches_deed = Resets()

    answer = await batches(world).submit(ASKED)

    assert answer.usage is not None
    assert answer.usage.dollars > 0


async def test_batches_that_fail_open_the_breaker_for_every_question(world: World) -> None:
    world.server.batches_deed = Fails(500)
    engine = world.engine(breaker_failures=1)
    assert engine.batches is not None

    await engine.batches.submit(ASKED)
    held = await judge(engine)

    assert "left alone" in held.why.detail


@pytest.mark.parametrize("deed", [Fails(529), Resets(), Raw(b"<html>"), Raw(b"{}", "application/json")])
async def test_a_batch_that_cannot_be_looked_at_is_an_answer_in_words(world: World, deed: Any) -> None:
    batch = await ended(world, world.server)
    world.server.batches_deed = deed

    looked = await batches(world).collect(batch, AMONG)

    assert looked.value is None
    assert looked.why is not None
    assert looked.why.kind == "unavailable"


async def test_our_key_is_not_sent_to_where_answers_are_said_to_be(world: World) -> None:
    batch = await ended(world, world.server)
    async with opened() as elsewhere:
        world.server.results_at = elsewhere.server.base_url
        looked = await batches(world).collect(batch, AMONG)

        assert looked.why is not None
        assert "another address" in looked.why.detail
        assert elsewhere.server.headers == []


async def test_a_malformed_batch_is_an_alarm(world: World) -> None:
    with pytest.raises(MalformedRequest):
        await batches(world).submit([replace(ASKED[0], id="not an id")])


@pytest.mark.parametrize("questions", [[], [ASKED[0], ASKED[0]]])
async def test_a_batch_has_questions_and_each_has_its_own_id(world: World, questions: list[Question]) -> None:
    with pytest.raises(ValueError, match="each id only once"):
        await batches(world).submit(questions)


async def test_through_a_cloud_there_are_no_batches(world: World) -> None:
    engine: ClaudeEngine = world.engine(cloud=Bedrock("us-east-1", API_KEY, world.server.base_url))

    assert engine.batches is None
