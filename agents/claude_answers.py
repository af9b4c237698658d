"""The values that go into and come out of the Claude engine: its config, its answers, and what each of them
cost.

A person sees them on cards ("Claude did not answer within 25 seconds.") and in `signalbox check`. What is
deliberately not done: nothing here imports the SDK, so code that only handles answers starts quickly.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Generic, Literal, TypeVar

from agents.claude_clouds import Cloud
from agents.words import Usage

T = TypeVar("T")
Kind = Literal["unavailable", "refused", "truncated", "invalid", "over_budget", "pending"]


class MalformedRequest(RuntimeError):
    """The service rejected the form of our request. This is a fault in Signalbox and never an outage."""


@dataclass(frozen=True)
class ClaudeConfig:
    """How to reach Claude, and how much it may take. Times are seconds; a deadline covers all attempts of a
    call.
    """

    api_key: str = field(repr=False)
    base_url: str
    triage_model: str
    draft_model: str
    daily_budget_usd: float
    triage_deadline: float = 25.0
    draft_deadline: float = 60.0
    max_retries: int = 1
    breaker_failures: int = 5
    breaker_cooldown: float = 60.0
    # Names requesters to the service without saying who they are. Empty means: made from the API key, which
    # the service knows too, so a secret of our own is better.
    pseudonym_key: str = field(default="", repr=False)
    # Set: Claude is reached through it, and the key and address above are not used.
    cloud: Cloud | None = None
    # Judges what is asked in batches, where anybody audits.
    audit_model: str = "claude-opus-5-5"
    has_audits: bool = False
    # What to judge by in place of agents/prompts/triage.md; empty means that file.
    triage_prompt: str = field(default="", repr=False)


@dataclass(frozen=True)
class Why:
    """Why there is no answer: its kind for code, and a sentence for a card."""

    kind: Kind
    detail: str


@dataclass(frozen=True)
class Receipt:
    """What the service itself said about a call, kept so that its cost can be explained years later."""

    request_id: str
    stop_reason: str
    tokens: str  # the usage as it came over the wire, as JSON
    dollars: Decimal
    price_table: str


@dataclass(frozen=True)
class Answer(Generic[T]):
    """A value, or why there is none; exactly one of the two is set.

    `usage` is there whenever the call may have cost something. Where it comes without a receipt the service
    never told: then the tokens are 0 and the dollars are the most that the call can have cost, so that a
    budget errs towards less.
    """

    value: T | None
    why: Why | None
    usage: Usage | None
    receipt: Receipt | None = None


def stopped(stop_reason: str, about: str | None) -> Why | None:
    """Say why a message with this stop reason cannot be used; None if it can. `about` is the topic of a
    refusal.
    """
    match stop_reason:
        case "end_turn":
            return None
        case "refusal":
            return Why("refused", f"Claude declined to answer{f' ({about})' if about else ''}.")
        case "max_tokens":
            return Why("truncated", "Claude's answer was longer than it may be, and was cut off.")
        case "model_context_window_exceeded":
            return Why("truncated", "The request was too long for Claude.")
        case "stop_sequence" | "tool_use" | "pause_turn":
            return Why("invalid", f"Claude stopped to do something it was not asked for ({stop_reason}).")
        case _:
            return Why("invalid", "Claude stopped for a reason that Signalbox does not know.")
