"""What is sent to Claude: the body of a call, from a constant prompt and one turn of tagged data.

Nobody in Slack sees it. The prompt and the categories come first and never change from one request to the next, so that
the service can keep them; nothing in them names a day, a person or a ticket. What is deliberately not done: no
sampling settings, no tools and no forced choices, which the service refuses or which would cost a model its thinking.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from agents import claude_facts
from agents.claude_answers import ClaudeConfig
from agents.claude_clouds import plain_model

# A judgement may have to repeat the words of a long message that is several requests.
_OUTPUT_LIMITS = {"triage": 3072, "reply": 1500}
# Room for the thoughts of a model that cannot be told not to think.
_THINKING_ROOM = 4096
_THINKING_OFF: Mapping[str, str] = {"claude-haiku-5-5": "disabled", "claude-sonnet-5-5": "between_tools"}


@dataclass(frozen=True)
class Prompt:
    """A constant prompt, with the fingerprint that is kept with every decision."""

    name: Literal["triage", "reply"]
    text: str
    fingerprint: str


def fingerprint(prompt: bytes) -> str:
    """Return the fingerprint of a prompt, which is kept with every decision that it led to."""
    return hashlib.sha256(prompt).hexdigest()[:8]


def prompt_file(name: Literal["triage", "reply"]) -> Path:
    """Return the file of a prompt."""
    return Path(__file__).parent / "prompts" / f"{name}.md"


def prompt(name: Literal["triage", "reply"], instead: str = "") -> Prompt:
    """Read a prompt, or take these words in its place."""
    raw = instead.encode() or prompt_file(name).read_bytes()
    return Prompt(name, raw.decode(), fingerprint(raw))


def body(
    config: ClaudeConfig,
    prompt: Prompt,
    model: str,
    requester: str,
    turn: Sequence[claude_facts.Block],
    output: Mapping[str, object],
) -> dict[str, Any]:
    """Return the body of a call."""
    off = thinking_off(model)
    limit = _OUTPUT_LIMITS[prompt.name]
    made: dict[str, Any] = {
        "model": model,
        "max_tokens": limit if off else limit + _THINKING_ROOM,
        "system": [{"type": "text", "text": prompt.text, "cache_control": dict(claude_facts.CACHE_1H)}],
        "messages": [{"role": "user", "content": list(turn)}],
        "output_config": dict(output),
        "metadata": {"user_id": _pseudonym(config, requester)},
    }
    return made | {"thinking": {"type": off}} if off else made


def size(body: Mapping[str, Any]) -> int:
    """Return the bytes of a body, which bound its tokens."""
    return len(json.dumps(body, ensure_ascii=False).encode())


def thinking_off(model: str) -> str | None:
    """Return how this model is told not to think, which a judgement of one message does not need; None if it cannot
    be told."""
    return _THINKING_OFF.get(plain_model(model))


def needs(config: ClaudeConfig) -> dict[str, dict[str, str]]:
    """Return what Signalbox needs of each model: the place of an ability in the service's description, and words."""
    found: dict[str, dict[str, str]] = {}
    for model, ability, words in (
        (config.triage_model, "structured_outputs", "structured output"),
        (config.draft_model, "citations", "citations"),
    ):
        off = thinking_off(model)
        thinking = {f"thinking.types.{off}": f"thinking set to {off}"} if off else {}
        found[model] = found.get(model, {}) | {ability: words, "effort.low": "low effort"} | thinking
    if config.has_audits and not config.cloud:
        audits = {"structured_outputs": "structured output", "batch": "batches"}
        found[config.audit_model] = found.get(config.audit_model, {}) | audits
    return found


def _pseudonym(config: ClaudeConfig, requester: str) -> str:
    key = (
        config.pseudonym_key or hashlib.sha256(b"requester pseudonyms" + config.api_key.encode()).hexdigest()
    )
    return hmac.new(key.encode(), requester.encode(), hashlib.sha256).hexdigest()[:32]
