"""What a call to Claude costs, to the fraction of a cent.

The cards and the metrics page show the dollars that are computed here, and the daily budget is held against
them. The table is kept by hand and carries a date: a model that is not in it is refused at start, because a
model without a price would look free. What is deliberately not done: no prices are fetched, and nothing is
rounded before it is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from agents.claude_clouds import plain_model

# Stored with every decision, so that an old amount can be explained after the prices have changed.
PRICE_TABLE = "2026-11-22"

_MILLION = Decimal(1_000_000)


@dataclass(frozen=True)
class Rates:
    """Dollars for a million tokens of each kind."""

    fresh: Decimal
    output: Decimal
    cache_write_5m: Decimal
    cache_write_1h: Decimal
    cache_read: Decimal


@dataclass(frozen=True)
class Price:
    """A model's rates, and the rates that apply to the whole call when its prompt is longer than
    `long_above` tokens.
    """

    rates: Rates
    long_above: int | None = None
    long_rates: Rates | None = None


@dataclass(frozen=True)
class Tokens:
    """The tokens of one call, split the way they are billed. Thinking is part of `output`."""

    fresh: int
    output: int
    cache_write_5m: int = 0
    cache_write_1h: int = 0
    cache_read: int = 0
    batch: bool = False
    us_only: bool = False
    web_searches: int = 0

    @property
    def prompt(self) -> int:
        """Count every token of the prompt, whether it came from the cache or not."""
        return self.fresh + self.cache_write_5m + self.cache_write_1h + self.cache_read


class UnknownModel(ValueError):
    """A model that has no price here; it cannot be used until it has one."""


def _rates(fresh: str, output: str, write_5m: str, write_1h: str, read: str) -> Rates:
    return Rates(Decimal(fresh), Decimal(output), Decimal(write_5m), Decimal(write_1h), Decimal(read))


PRICES: dict[str, Price] = {
    "claude-haiku-5-5": Price(
        _rates("0.10", "0.50", "0.125", "0.20", "0.01"),
        long_above=100_000,
        long_rates=_rates("0.50", "2.50", "0.625", "1.00", "0.05"),
    ),
    "claude-sonnet-5-5": Price(_rates("2", "10", "2.5", "4", "0.10")),
    "claude-opus-5-5": Price(_rates("4", "20", "5", "8", "0.20")),
}


def tokens(usage: Mapping[str, Any]) -> Tokens:
    """Read the tokens out of a usage as it comes over the wire; what is missing or null counts as none."""
    written = usage.get("cache_creation_input_tokens") or 0
    # Without a breakdown the writes count as the dearer kind, which is also the kind Signalbox asks for.
    breakdown = usage.get("cache_creation")
    for_1h = breakdown.get("ephemeral_1h_input_tokens") or 0 if breakdown else written
    return Tokens(
        fresh=usage.get("input_tokens") or 0,
        output=usage.get("output_tokens") or 0,
        cache_write_5m=written - for_1h,
        cache_write_1h=for_1h,
        cache_read=usage.get("cache_read_input_tokens") or 0,
        batch=usage.get("service_tier") == "batch",
        us_only=usage.get("inference_geo") == "us",
        web_searches=(usage.get("server_tool_use") or {}).get("web_search_requests") or 0,
    )


def rates(model: str, prompt: int) -> Rates:
    """Return the rates for a prompt of that many tokens. Raises UnknownModel for a model without a price."""
    price = PRICES.get(plain_model(model))
    if price is None:
        raise UnknownModel(
            f"There is no price for the model {model!r}. Known models: {', '.join(sorted(PRICES))}."
        )
    if price.long_above is not None and price.long_rates is not None and prompt > price.long_above:
        return price.long_rates
    return price.rates


def cost(model: str, used: Tokens) -> Decimal:
    """Return the dollars of one call. Raises UnknownModel, and never calls an unknown model free."""
    per_million = rates(model, used.prompt)
    dollars = (
        used.fresh * per_million.fresh
        + used.output * per_million.output
        + used.cache_write_5m * per_million.cache_write_5m
        + used.cache_write_1h * per_million.cache_write_1h
        + used.cache_read * per_million.cache_read
    ) / _MILLION
    if used.batch:
        dollars /= 2
    if used.us_only:
        dollars *= Decimal("1.1")
    return dollars + Decimal("0.01") * used.web_searches


def ceiling(model: str, prompt_bytes: int, max_output: int, *, batch: bool = False) -> Decimal:
    """Return dollars that a call can hardly exceed, known before it is made.

    A token is taken for two bytes (ordinary text has three to four) and all of them for freshly cached,
    which is the dearest way to be billed. Raises UnknownModel.
    """
    return cost(model, Tokens(fresh=0, output=max_output, cache_write_1h=prompt_bytes // 2 + 1, batch=batch))
