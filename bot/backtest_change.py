"""What a backtest tries: a changed policy, triage prompt or model, held to sense before anything is asked.

An operator who mistyped reads one sentence; one whose change costs money reads how much before it is spent.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agents import backtest, prices
from agents.claude_facts import triage_turn
from agents.claude_requests import fingerprint, prompt_file
from agents.policy import Policy
from bot.backtest_replay import Asked
from bot.minds import claude_config
from bot.policy import load
from bot.settings import Settings

KINDS = ("policy", "prompt", "model")
_OUTPUT = 250  # tokens of an answer, as Claude usually gives them
_MOST_OUTPUT = 1024
_BYTES_A_TOKEN = 3.5
_FORM = 2000  # bytes of the form that an answer has to fit, for the estimate


class CannotBacktest(Exception):
    """Nothing can be replayed; the message says what to do."""


@dataclass(frozen=True)
class Change:
    """What is to be tried: another policy file or floor, another triage prompt, or another triage model.

    Without a prompt or model of its own, a change of these is what is installed and configured now.
    """

    kind: str
    policy: Path | None = None
    floor: float | None = None
    prompt: Path | None = None
    model: str = ""


def applied(change: Change, since: str, settings: Settings, policy: Policy) -> Policy:
    """Return the policy after the change. Raises CannotBacktest, and PolicyError for a file with mistakes."""
    try:
        backtest.since(since)
    except ValueError as wrong:
        raise CannotBacktest(f"--since: {wrong}") from None
    if change.kind not in KINDS:
        raise CannotBacktest(f"--change: {change.kind!r} is not one of {', '.join(KINDS)}")
    if change.kind == "policy":
        return _changed_policy(change, policy)
    if claude_config(settings, policy) is None:
        raise CannotBacktest(
            f"A changed {change.kind} is Claude's, and there is no way to ask it: set ANTHROPIC_API_KEY."
        )
    if change.policy or change.floor is not None:
        raise CannotBacktest("--policy and --floor belong to --change policy; try one thing at a time")
    model = change.model or policy.models.triage
    try:
        prices.rates(model, prompt=0)
    except prices.UnknownModel as wrong:
        raise CannotBacktest(str(wrong)) from None
    models = policy.models.model_copy(update={"triage": model})
    return policy.model_copy(update={"models": models})


def _changed_policy(change: Change, policy: Policy) -> Policy:
    if change.policy is None and change.floor is None:
        raise CannotBacktest("--change policy needs --policy FILE, --floor NUMBER, or both")
    if change.prompt or change.model:
        raise CannotBacktest("--prompt and --model do not belong to --change policy; try one thing at a time")
    changed = load(change.policy) if change.policy else policy
    if change.floor is None:
        return changed
    if not 0 <= change.floor <= 1:
        raise CannotBacktest(f"--floor: {change.floor:g} is not between 0 and 1")
    triage = changed.triage.model_copy(update={"floor": change.floor})
    return changed.model_copy(update={"triage": triage})


def cost(prompt: bytes, policy: Policy, asked: Sequence[Asked]) -> tuple[float, float]:
    """Return what asking about all of these will cost: about, and at most, in dollars."""
    model, about, most = policy.models.triage, 0.0, 0.0
    for each in asked:
        turn = triage_turn(each.facts, policy.categories_of(each.facts.channel), ())
        size = len(prompt) + _FORM + len(json.dumps(turn, ensure_ascii=False).encode())
        # The constant part is cheaper from the second call on; the estimate leaves that out.
        about += float(prices.cost(model, prices.Tokens(round(size / _BYTES_A_TOKEN), _OUTPUT)))
        most += float(prices.ceiling(model, size, _MOST_OUTPUT))
    return about, most


def prompt_of(change: Change) -> bytes:
    path = change.prompt or prompt_file("triage")
    try:
        raw = path.read_bytes()
        text = raw.decode()
    except OSError as wrong:
        raise CannotBacktest(f"{path}: {wrong.strerror}") from None
    except UnicodeDecodeError:
        raise CannotBacktest(f"{path}: not UTF-8 text; save it again as UTF-8") from None
    if not text.strip():
        raise CannotBacktest(f"{path}: there is nothing in it")
    return raw


def taught(policy: Policy) -> object:
    """Return everything in a policy that a judgement depends on, to be compared with another's."""
    kinds = {
        name: (about.title, about.description, about.examples, about.priority)
        for name, about in policy.categories.items()
    }
    channels = {name: channel.categories for name, channel in policy.request_channels.items()}
    return list(kinds.items()), channels, policy.triage.chatter_examples


def of_policy(file: Path, floor: float | None = None) -> str:
    """Return the fingerprint of a policy file, with the floor that was tried with it."""
    known = fingerprint(file.read_bytes()) if file.exists() else "unknown"
    return known if floor is None else f"{known} floor {floor:g}"
