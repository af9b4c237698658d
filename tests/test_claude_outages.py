"""What happens when Claude does not answer, when it must be left alone, and when the money is spent."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from agents.claude import MalformedRequest
from agents.prices import ceiling
from tests.claude_server import Cuts, Deed, Fails, Hangs, Raw, Resets
from tests.claude_world import (
    FACTS,
    GOOD,
    PASSAGES,
    SHORT,
    World,
    judge,
    opened,
)


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    """Run a service for one test."""
    async with opened() as world:
        yield world


OUTAGES: list[tuple[Deed, str, bool]] = [
    (Fails(429), "Our rate limit at Claude is reached.", False),
    (Fails(529), "Claude is overloaded.", False),
    (Fails(500), "Claude has a fault (500).", False),
    (Fails(503), "Claude has a fault (503).", False),
    (Fails(504), "Claude has a fault (504).", False),
    (Fails(408), "Claude has a fault (408).", False),
    (Fails(409), "Claude has a fault (409).", False),
    (Fails(401), "Claude refused our API key.", False),
    (Fails(402), "The spend limit of our Claude account is reached.", False),
    (Fails(403), "Our API key may not use claude-haiku-5-5.", False),
    (Fails(404), "Claude's service does not know the model claude-haiku-5-5.", False),
    (Resets(), "Claude could not be reached.", True),
    (Cuts(), "Claude could not be reached.", True),
    (
        Raw(b"<html>Sign in to the guest network</html>"),
        "Something other than Claude answered at its address.",
        False,
    ),
    (Raw(b"<html>", "application/json"), "Something other than Claude answered at its address.", False),
    (Raw(b'{"ok": true}', "application/json"), "Something other than Claude answered at its address.", False),
    (Raw(b"[]", "application/json"), "Something other than Claude answered at its address.", False),
]


@pytest.mark.parametrize(("deed", "detail", "may_cost"), OUTAGES, ids=lambda v: str(v)[:40])
async def test_an_outage_is_an_answer_in_words(world: World, deed: Deed, detail: str, may_cost: bool) -> None:
    world.server.then(deed)

    answer = await judge(world.engine())

    assert answer.value is None
    assert (answer.why.kind, answer.why.detail) == ("unavailable", detail)
    assert (answer.usage is not None) == may_cost
    assert answer.receipt is None


async def test_nobody_at_the_address_costs_nothing(world: World) -> None:
    answer = await judge(world.engine(base_url="http://127.0.0.1:9"))

    assert answer.why.detail == "Claude could not be reached."
    assert answer.usage is None


@pytest.mark.parametrize(
    "failure", [Fails(429, SHORT), Fails(529, SHORT), Fails(500, SHORT), Fails(408, SHORT)]
)
async def test_a_passing_fault_is_retried_once(world: World, failure: Fails) -> None:
    world.server.then(failure, GOOD)

    answer = await judge(world.engine(max_retries=1))

    assert answer.value is not None
    assert [h["x-stainless-retry-count"] for h in world.server.headers] == ["0", "1"]


@pytest.mark.parametrize(
    "failure",
    [
        Fails(529, {"x-should-retry": "false"}),
        Fails(429, {"retry-after": "3600"}),
        Fails(429, {"retry-after": "Mon, 23 Nov 2026 11:00:00 GMT", "date": "Mon, 23 Nov 2026 10:00:00 GMT"}),
        Fails(401),
        Fails(403),
    ],
)
async def test_what_will_not_pass_soon_is_not_retried(world: World, failure: Fails) -> None:
    world.server.then(failure)

    answer = await judge(world.engine(max_retries=2, triage_deadline=5.0))

    assert answer.why.kind == "unavailable"
    assert "did not answer" not in answer.why.detail
    assert len(world.server.bodies) == 1


async def test_a_long_wait_that_is_asked_for_is_kept(world: World) -> None:
    world.server.then(Fails(429, {"retry-after": "120"}))
    world.server.always(GOOD)
    engine = world.engine()

    await judge(engine)
    world.seconds += 119
    held = await judge(engine)
    world.seconds += 1

    assert held.why.detail == "Claude has been failing and is left alone for another 1 seconds."
    assert (await judge(engine)).value is not None


@pytest.mark.parametrize("retries", [0, 1])
async def test_silence_ends_at_the_deadline_and_counts_as_the_most_it_can_cost(
    world: World, retries: int
) -> None:
    world.server.always(Hangs(asyncio.Event()))

    answer = await judge(world.engine(triage_deadline=0.1, max_retries=retries))

    assert answer.why.kind == "unavailable"
    assert "did not answer" in answer.why.detail
    assert answer.usage.tokens_out == 0
    assert answer.usage.dollars >= 1024 * 0.50 / 1_000_000 * (1 + retries)
    assert answer.receipt is None


@pytest.mark.parametrize("status", [400, 413, 422])
async def test_a_malformed_request_is_an_alarm_and_not_an_outage(world: World, status: int) -> None:
    world.server.always(Fails(status))
    engine = world.engine(breaker_failures=1)

    for _ in range(3):
        with pytest.raises(MalformedRequest, match=rf"\({status}, .*id req_loopback"):
            await judge(engine)

    assert len(world.server.bodies) == 3


async def test_the_breaker_opens_after_failures_in_a_row_and_asks_nobody(world: World) -> None:
    world.server.then(Fails(500), Fails(500), GOOD, Fails(500), Fails(529), Resets())
    engine = world.engine()

    for _ in range(6):
        await judge(engine)
    world.seconds += 20
    held = await judge(engine)

    assert held.why.kind == "unavailable"
    assert held.why.detail == "Claude has been failing and is left alone for another 40 seconds."
    assert held.usage is None
    assert len(world.server.bodies) == 6


async def test_after_the_cool_down_one_probe_decides(world: World) -> None:
    let_go = asyncio.Event()
    world.server.then(Fails(500), Fails(500), Hangs(let_go, GOOD), GOOD)
    engine = world.engine(breaker_failures=2)
    await judge(engine)
    await judge(engine)
    world.server.asked_clear()
    world.seconds += 60

    probe = asyncio.create_task(judge(engine))
    await world.server.asked()
    other = await judge(engine)
    let_go.set()

    assert other.why.detail == "Claude has been failing and is being tried with another request right now."
    assert (await probe).value is not None
    assert (await judge(engine)).value is not None


async def test_a_probe_that_fails_opens_the_breaker_again(world: World) -> None:
    world.server.then(Fails(402), Fails(529), GOOD)
    engine = world.engine()

    await judge(engine)
    world.seconds += 60
    await judge(engine)
    world.seconds += 59
    held = await judge(engine)
    world.seconds += 1

    assert held.why.detail == "Claude has been failing and is left alone for another 1 seconds."
    assert (await judge(engine)).value is not None


async def test_a_probe_whose_caller_goes_away_leaves_the_place_to_the_next(world: World) -> None:
    world.server.then(Fails(402), Hangs(asyncio.Event()), GOOD)
    engine = world.engine()
    await judge(engine)
    world.server.asked_clear()
    world.seconds += 60

    probe = asyncio.create_task(judge(engine))
    await world.server.asked()
    probe.cancel()
    with pytest.raises(asyncio.CancelledError):
        await probe

    assert (await judge(engine)).value is not None


@pytest.mark.parametrize(
    "failure",
    [
        Fails(429, error_code="enforced_spend_limit_reached"),
        Fails(429, error_code="contract_spend_limit_reached"),
        Fails(429, error_code="ramp_limit_exceeded"),
        Fails(402, error_code="linked_organization_spend_limit_reached"),
        Fails(401),
    ],
)
async def test_what_only_an_operator_can_repair_opens_the_breaker_at_once(
    world: World, failure: Fails
) -> None:
    world.server.then(failure)
    engine = world.engine()

    await judge(engine)
    held = await judge(engine)

    assert "left alone" in held.why.detail
    assert len(world.server.bodies) == 1


async def test_an_answer_that_cannot_be_used_is_no_outage(world: World) -> None:
    world.server.always(replace(GOOD, stop_reason="max_tokens"))
    engine = world.engine(breaker_failures=1)

    kinds = [(await judge(engine)).why.kind for _ in range(3)]

    assert kinds == ["truncated"] * 3


@pytest.mark.parametrize("ask", ["opinion", "reply"])
async def test_over_budget_asks_nobody(world: World, ask: str) -> None:
    world.spent = 5.0
    engine = world.engine()

    answer: Any = await (judge(engine) if ask == "opinion" else engine.reply(FACTS, PASSAGES))

    assert answer.value is None
    assert (answer.why.kind, answer.why.detail) == (
        "over_budget",
        "Today's budget for Claude is used up ($5.00 of $5.00).",
    )
    assert world.server.bodies == []


async def test_calls_under_way_count_against_the_budget(world: World) -> None:
    let_go = asyncio.Event()
    world.server.then(GOOD, Hangs(let_go, GOOD), GOOD)
    await judge(world.engine())
    size = len(json.dumps(world.server.bodies[0], ensure_ascii=False).encode())
    most = ceiling("claude-haiku-5-5", size, world.server.bodies[0]["max_tokens"])
    engine = world.engine(daily_budget_usd=float(most) * 1.9)
    world.server.asked_clear()

    first = asyncio.create_task(judge(engine))
    await world.server.asked()
    second = await judge(engine)
    let_go.set()
    await first

    assert second.why.kind == "over_budget"
    assert (await judge(engine)).value is not None
