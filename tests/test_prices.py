"""What a call costs, against figures worked out by hand from the published prices."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.prices import PRICES, Tokens, UnknownModel, ceiling, cost, tokens

HAIKU, SONNET, OPUS = "claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-5-5"


@pytest.mark.parametrize(
    ("model", "used", "dollars"),
    [
        # 900 x .10 + 2,000 x .01 + 250 x .50
        (HAIKU, Tokens(fresh=900, cache_read=2_000, output=250), "0.000235"),
        # 900 x .10 + 2,000 x .20 + 250 x .50: the call that fills the cache
        (HAIKU, Tokens(fresh=900, cache_write_1h=2_000, output=250), "0.000615"),
        # 3,500 x 2 + 1,500 x .10 + 500 x 10
        (SONNET, Tokens(fresh=3_500, cache_read=1_500, output=500), "0.01215"),
        # 1,000 x 2.5 + 1,000 x 4
        (SONNET, Tokens(fresh=0, output=0, cache_write_5m=1_000, cache_write_1h=1_000), "0.0065"),
        # (1,500 x 4 + 300 x 20) / 2
        (OPUS, Tokens(fresh=1_500, output=300, batch=True), "0.006"),
        (OPUS, Tokens(fresh=1_500, output=300, us_only=True), "0.0132"),
        (OPUS, Tokens(fresh=0, output=0, web_searches=3), "0.03"),
        (OPUS, Tokens(fresh=0, output=0, cache_read=1_000, cache_write_5m=1_000), "0.0052"),
        # exactly 100,000 tokens of prompt are still short, one more is long, whichever way they came
        (HAIKU, Tokens(fresh=100_000, output=1_000), "0.0105"),
        (HAIKU, Tokens(fresh=100_001, output=1_000), "0.0525005"),
        (HAIKU, Tokens(fresh=1, cache_read=100_000, output=1_000), "0.0075005"),
        (SONNET, Tokens(fresh=200_000, output=0), "0.4"),
    ],
)
def test_a_call_costs_what_was_worked_out_by_hand(model: str, used: Tokens, dollars: str) -> None:
    assert cost(model, used) == Decimal(dollars)


def test_the_usage_of_the_wire_is_read_completely() -> None:
    usage = {
        "input_tokens": 10,
        "output_tokens": 20,
        "cache_creation_input_tokens": 300,
        "cache_read_input_tokens": 4000,
        "cache_creation": {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 200},
        "service_tier": "batch",
        "inference_geo": "us",
        "server_tool_use": {"web_search_requests": 2},
    }

    assert tokens(usage) == Tokens(10, 20, 100, 200, 4000, batch=True, us_only=True, web_searches=2)
    assert tokens(usage).prompt == 4310


def test_missing_and_empty_usage_counts_as_none_and_unexplained_writes_as_the_dearer_kind() -> None:
    usage = {
        "input_tokens": 5,
        "cache_creation_input_tokens": 7,
        "cache_creation": None,
        "server_tool_use": None,
    }

    assert tokens(usage) == Tokens(5, 0, 0, 7)


def test_a_model_without_a_price_is_never_free() -> None:
    with pytest.raises(UnknownModel, match="claude-tomorrow"):
        cost("claude-tomorrow", Tokens(1, 1))


@given(st.sampled_from(sorted(PRICES)), st.text(), st.integers(0, 2_000))
def test_a_call_stays_below_its_ceiling(model: str, prompt: str, output: int) -> None:
    size = len(prompt.encode(errors="ignore"))
    used = Tokens(fresh=0, cache_write_1h=size // 2, output=output)

    assert cost(model, used) <= ceiling(model, size, output)
