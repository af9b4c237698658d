"""What `signalbox check` says about Claude's models, and whether the stand-in service is strict enough."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any, get_args

import anthropic
import pytest
import pytest_asyncio

from agents.prices import PRICES
from tests import claude_server
from tests.claude_server import ClaudeServer, Fails, Raw, Resets, model_info
from tests.claude_world import (
    World,
    opened,
)


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    """Run a service for one test."""
    async with opened() as world:
        yield world


def _set(name: str, value: Any) -> Callable[[ClaudeServer], None]:
    return lambda server: setattr(server, name, value)


def _haiku(**changes: Any) -> Callable[[ClaudeServer], None]:
    return lambda server: server.models.update(
        {"claude-haiku-5-5": model_info("claude-haiku-5-5", **changes)}
    )


@pytest.mark.parametrize(
    ("arrange", "finding"),
    [
        (_haiku(), ("ok", "claude-haiku-5-5 is active and can do all that Signalbox needs.")),
        (
            _haiku(lifecycle="deprecated", retires_at="2027-03-01T00:00:00Z"),
            (
                "warning",
                "claude-haiku-5-5 is deprecated and is due to be switched off on 2027-03-01. "
                "Plan to replace it.",
            ),
        ),
        (
            _haiku(lifecycle="retired"),
            ("error", "claude-haiku-5-5 has been switched off. Choose another model."),
        ),
        (
            _haiku(structured_outputs=False),
            ("error", "claude-haiku-5-5 cannot do structured output, which Signalbox needs."),
        ),
        (_set("models", {}), ("error", "Claude's service does not know the model claude-haiku-5-5.")),
        (_set("models_deed", Fails(401)), ("error", "Claude refused our API key.")),
        (_set("models_deed", Resets()), ("error", "Claude could not be reached. The address is ADDRESS.")),
        (_set("models_deed", Raw(b"<html>")), ("error", "Something other than Claude answers at ADDRESS.")),
        (
            _set("models_deed", Raw(b"{}", "application/json")),
            (
                "warning",
                "The service does not say whether claude-haiku-5-5 can do structured output, low effort, "
                "thinking set to disabled.",
            ),
        ),
    ],
)
async def test_the_self_check_says_what_is_wrong_with_a_model(
    world: World, arrange: Callable[[ClaudeServer], None], finding: tuple[str, str]
) -> None:
    arrange(world.server)

    first = (await world.engine().self_check())[0]

    assert (first.level, first.sentence.replace(world.server.base_url, "ADDRESS")) == finding


async def test_the_self_check_looks_at_both_models(world: World) -> None:
    world.server.models["claude-sonnet-5-5"] = model_info("claude-sonnet-5-5", citations=False)

    findings = await world.engine().self_check()

    assert [f.sentence for f in findings] == [
        "claude-haiku-5-5 is active and can do all that Signalbox needs.",
        "claude-sonnet-5-5 cannot do citations, which Signalbox needs.",
    ]


async def test_the_self_check_looks_at_what_gives_a_second_opinion_where_anybody_audits(
    world: World,
) -> None:
    world.server.models["claude-opus-5-5"] = model_info("claude-opus-5-5", batch=False)

    findings = await world.engine(has_audits=True).self_check()

    assert [f.sentence for f in findings][2:] == ["claude-opus-5-5 cannot do batches, which Signalbox needs."]


@pytest.mark.parametrize(
    "fault",
    [
        {"temperature": 1.0},
        {"top_p": 1.0},
        {"model": "claude-sonnet-5-5", "tool_choice": {"type": "any"}},
        {"model": "claude-sonnet-5-5", "thinking": {"type": "disabled"}},
        {"model": "claude-opus-5-5", "thinking": {"type": "between_tools"}},
        {"max_tokens": None},
        {"system": [{"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}] * 5},
        {"messages": [{"role": "user", "content": [{"type": "text", "text": ""}]}]},
        {"messages": [{"role": "assistant", "content": [{"type": "document"}]}]},
        {
            "messages": [
                {
                    "role": "user",
                    "content": [{"type": "search_result", "content": [{"text": "a", "citations": [1]}]}],
                }
            ]
        },
        {
            "output_config": {"format": {"schema": {"type": "object", "additionalProperties": False}}},
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {"type": "search_result", "content": [{"text": "a"}], "citations": {"enabled": True}}
                    ],
                }
            ],
        },
        {"output_config": {"format": {"schema": {"type": "object"}}}},
        {"output_config": {"format": {"schema": {"type": "string", "maxLength": 3}}}},
    ],
    ids=lambda fault: str(fault)[:50],
)
def test_the_stand_in_rejects_what_the_service_rejects(fault: dict[str, Any]) -> None:
    fine = {"model": "claude-haiku-5-5", "max_tokens": 10, "messages": [{"role": "user", "content": "hello"}]}

    assert claude_server.what_is_wrong(fine) is None
    assert claude_server.what_is_wrong(fine | fault) is not None


def test_the_sdk_and_the_price_table_are_of_the_same_time() -> None:
    known = {name for part in get_args(anthropic.types.Model) for name in get_args(part)}

    assert anthropic.__version__.startswith("2.")
    assert set(PRICES) <= known
