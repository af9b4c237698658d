"""What is sent to Claude: exact requests, headers, and what must never change or leave."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from inline_snapshot import snapshot

from tests import claude_server
from tests.claude_server import Says
from tests.claude_world import (
    CATEGORIES,
    FACTS,
    GOOD,
    JUDGEMENT,
    PASSAGES,
    PROMPTS,
    World,
    judge,
    opened,
)


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    """Run a service for one test."""
    async with opened() as world:
        yield world


def unfenced(body: dict[str, Any]) -> dict[str, Any]:
    """Replace fenced text with the tags and values in it, which is how a person can review it."""
    for block in body["messages"][0]["content"]:
        if block["type"] == "text":
            fences = re.findall(r"<([a-z]+)>\n(.*)\n</\1>", block["text"])
            block["text"] = {tag: json.loads(value) for tag, value in fences}
    return body


async def test_a_triage_request_is_exactly_this(world: World) -> None:
    world.server.then(GOOD)

    await judge(world.engine())

    (body,) = world.server.bodies
    assert body["system"][0].pop("text") == (PROMPTS / "triage.md").read_text()
    # The reason has to be written before the choice it supports.
    assert list(body["output_config"]["format"]["schema"]["properties"]) == list(JUDGEMENT)
    assert unfenced(body) == snapshot(
        {
            "max_tokens": 3072,
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {
                            "type": "text",
                            "text": {
                                "categories": [
                                    {
                                        "name": "billing",
                                        "title": "Billing",
                                        "description": "Invoices, VAT and payments.",
                                        "usual_priority": "P3",
                                        "examples": ["My invoice is wrong"],
                                    },
                                    {
                                        "name": "access",
                                        "title": "Access",
                                        "description": "Sign-in and permissions.",
                                        "usual_priority": "P2",
                                        "examples": [],
                                    },
                                ]
                            },
                            "cache_control": {"type": "ephemeral", "ttl": "1h"},
                        },
                        {
                            "type": "text",
                            "text": {
                                "examples": [{"text": "We were charged twice", "category": "billing"}],
                                "facts": {
                                    "now": "2026-11-23T09:30+00:00",
                                    "requester_trust": "member",
                                    "account": {"name": "Northwind", "tier": "gold", "segment": "retail"},
                                    "known": [
                                        {
                                            "name": "open invoices",
                                            "value": "2",
                                            "source": "billing",
                                            "as_of": "2026-11-23T09:30+00:00",
                                        }
                                    ],
                                    "could_not_be_asked": ["crm"],
                                    "similar_past_requests": [
                                        {"text": "VAT id wrong", "category": "billing"}
                                    ],
                                },
                                "request": {
                                    "text": "The VAT number is wrong, @person_1 said you can help",
                                    "files": ["invoice.pdf"],
                                    "earlier_in_thread": ["hello"],
                                },
                            },
                        },
                    ],
                }
            ],
            "model": "claude-haiku-5-5",
            "metadata": {"user_id": "0db445d49c284e0a3378eb96c7920b64"},
            "output_config": {
                "effort": "low",
                "format": {
                    "type": "json_schema",
                    "schema": {
                        "type": "object",
                        "title": "Judgement",
                        "properties": {
                            "because": {
                                "type": "string",
                                "description": "The evidence, in one or two sentences, before the choice.",
                                "title": "Because",
                            },
                            "category": {"enum": ["billing", "access"], "title": "Category"},
                            "runner_up": {
                                "anyOf": [{"enum": ["billing", "access"]}, {"type": "null"}],
                                "title": "Runner Up",
                            },
                            "certainty": {"enum": ["clear", "likely", "unsure"], "title": "Certainty"},
                            "priority": {"enum": ["P1", "P2", "P3", "P4"], "title": "Priority"},
                            "sentiment": {
                                "enum": ["angry", "worried", "neutral", "pleased"],
                                "title": "Sentiment",
                            },
                            "language": {
                                "type": "string",
                                "description": "ISO 639-1 code of the message, or und.",
                                "title": "Language",
                            },
                            "is_request": {"type": "boolean", "title": "Is Request"},
                            "summary": {
                                "type": "string",
                                "description": "What is wanted, in at most 120 characters of English.",
                                "title": "Summary",
                            },
                            "parts": {
                                "type": "array",
                                "description": "The exact words of each of several independent requests; else empty.",
                                "title": "Parts",
                                "items": {"type": "string"},
                            },
                        },
                        "additionalProperties": False,
                        "required": [
                            "because",
                            "category",
                            "runner_up",
                            "certainty",
                            "priority",
                            "sentiment",
                            "language",
                            "is_request",
                            "summary",
                        ],
                    },
                },
            },
            "system": [{"type": "text", "cache_control": {"type": "ephemeral", "ttl": "1h"}}],
            "thinking": {"type": "disabled"},
        }
    )


async def test_a_draft_request_is_exactly_this(world: World) -> None:
    world.server.then(Says("NO ANSWER"))

    await world.engine().reply(FACTS, PASSAGES)

    (body,) = world.server.bodies
    assert body["system"][0].pop("text") == (PROMPTS / "reply.md").read_text()
    assert unfenced(body) == snapshot(
        {
            "max_tokens": 1500,
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {
                            "type": "search_result",
                            "source": "kb://0/vat",
                            "title": "Changing a VAT number: Steps",
                            "citations": {"enabled": True},
                            "content": [
                                {"type": "text", "text": "Open Settings."},
                                {"type": "text", "text": "Choose Billing."},
                            ],
                        },
                        {
                            "type": "search_result",
                            "source": "kb://1/refunds",
                            "title": "Refunds",
                            "citations": {"enabled": True},
                            "content": [{"type": "text", "text": "A refund takes up to 10 working days."}],
                        },
                        {
                            "type": "text",
                            "text": {
                                "request": {
                                    "text": "The VAT number is wrong, @person_1 said you can help",
                                    "files": ["invoice.pdf"],
                                    "earlier_in_thread": ["hello"],
                                }
                            },
                        },
                    ],
                }
            ],
            "model": "claude-sonnet-5-5",
            "metadata": {"user_id": "0db445d49c284e0a3378eb96c7920b64"},
            "output_config": {"effort": "low"},
            "system": [{"type": "text", "cache_control": {"type": "ephemeral", "ttl": "1h"}}],
            "thinking": {"type": "between_tools"},
        }
    )


async def test_it_speaks_the_current_version_and_sends_no_traces_or_betas(world: World) -> None:
    world.server.then(GOOD)

    await judge(world.engine())

    headers = {name.lower(): value for name, value in world.server.headers[0].items()}
    assert headers["anthropic-version"] == "2026-10-21"
    assert headers["authorization"] == f"Bearer {claude_server.API_KEY}"
    assert not {"x-api-key", "traceparent", "anthropic-beta"} & set(headers)


async def test_the_cached_prefix_does_not_change_with_the_request(world: World) -> None:
    world.server.always(GOOD)
    engine = world.engine()

    await judge(engine)
    await engine.opinion(replace(FACTS, text="Other", now=datetime(2027, 1, 1, tzinfo=UTC)), CATEGORIES, ())

    one, other = world.server.bodies
    assert one["system"] == other["system"]
    assert one["messages"][0]["content"][0] == other["messages"][0]["content"][0]
    assert one["messages"][0]["content"][1] != other["messages"][0]["content"][1]
    assert json.dumps(one).count('"cache_control"') == 2


@pytest.mark.parametrize("ask", ["opinion", "reply"])
async def test_nothing_in_the_cached_prefix_belongs_to_one_day_or_one_request(world: World, ask: str) -> None:
    world.server.always(GOOD)
    engine = world.engine()

    await (judge(engine) if ask == "opinion" else engine.reply(FACTS, PASSAGES))

    (body,) = world.server.bodies
    assert 1 <= json.dumps(body).count('"cache_control"') <= 4
    cached = [
        block for block in (*body["system"], *body["messages"][0]["content"]) if "cache_control" in block
    ]
    said = json.dumps(cached)
    day_or_id = r"20\d\d-\d\d|\d\d:\d\d|[0-9a-f]{8}-[0-9a-f]{4}|\b[UCTW]0[A-Z0-9]{3,}|\bT-\d+|acc_1|Northwind"
    assert re.findall(day_or_id, said) == []


async def test_the_requester_is_a_stable_pseudonym(world: World) -> None:
    world.server.always(GOOD)
    engine = world.engine()

    await judge(engine)
    await judge(engine)
    await engine.opinion(replace(FACTS, requester="U0OTHER"), CATEGORIES, ())

    names = [body["metadata"]["user_id"] for body in world.server.bodies]
    assert names[0] == names[1] != names[2]
    assert "U0REQUESTER" not in json.dumps(world.server.bodies)


async def test_an_inherited_address_does_not_redirect_the_key(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "someone else's")
    world.server.then(GOOD)

    assert (await judge(world.engine())).value is not None


async def test_a_model_that_always_thinks_gets_room_to_think(world: World) -> None:
    world.server.then(
        Says(
            [
                {"type": "thinking", "thinking": "", "signature": "x"},
                {"type": "text", "text": json.dumps(JUDGEMENT)},
            ]
        )
    )

    answer = await judge(world.engine(triage_model="claude-opus-5-5"))

    assert answer.value is not None
    assert "thinking" not in world.server.bodies[0]
    assert world.server.bodies[0]["max_tokens"] > 4096
