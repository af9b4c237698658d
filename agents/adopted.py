"""Categories that people adopted with a button, beside those of the policy file.

People see one wherever they see a category. It begins as cautiously as a category can: its drafts are recorded only,
its priority is the usual one, and its deadlines are those of its team. Once the policy file has a category of the same
name, the file is right.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from agents.policy import CategoryPolicy, Policy
from agents.words import Autonomy, Priority

FEWEST, MOST = 3, 10  # examples
LONGEST_EXAMPLE = 300
LONGEST_TITLE = 60
LONGEST_DESCRIPTION = 500
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


@dataclass(frozen=True)
class Adopted:
    """A category that somebody adopted, and where its requests came from."""

    id: int
    name: str
    title: str
    description: str
    queue: str
    channels: tuple[str, ...]
    examples: tuple[str, ...]
    by: str  # Slack id
    at: datetime


def name_of(title: str) -> str:
    """Return the name that a category of this title has in the policy file; empty when no letter is in it."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def examples_of(lines: str) -> tuple[str, ...]:
    """Return the examples that somebody wrote one a line, without empty and repeated ones."""
    cleaned = (_CONTROL.sub(" ", line).strip() for line in lines.splitlines())
    return tuple(dict.fromkeys(line for line in cleaned if line))


def problems(policy: Policy, title: str, description: str, queue: str, lines: str) -> dict[str, str]:
    """Return what keeps this from being a category, as a sentence by field; empty when nothing does."""
    found: dict[str, str] = {}
    name, examples = name_of(title), examples_of(lines)
    if not name:
        found["title"] = "Give it a name in letters; “Insurance claims”, for example."
    elif len(title.strip()) > LONGEST_TITLE:
        found["title"] = f"Too long by {len(title.strip()) - LONGEST_TITLE} characters."
    elif name in policy.categories or _is_titled(policy, title):
        found["title"] = "There is a category of that name already. Choose another."
    if len(description.strip()) > LONGEST_DESCRIPTION:
        found["description"] = f"Too long by {len(description.strip()) - LONGEST_DESCRIPTION} characters."
    if queue not in policy.queues:
        found["queue"] = "That team no longer exists. Choose another."
    if len(examples) < FEWEST:
        found["examples"] = f"At least {FEWEST} different examples are needed, one a line."
    elif len(examples) > MOST:
        found["examples"] = f"At most {MOST} examples; these are {len(examples)}."
    elif long := next((n for n, one in enumerate(examples, 1) if len(one) > LONGEST_EXAMPLE), 0):
        found["examples"] = f"Example {long} is longer than {LONGEST_EXAMPLE} characters."
    return found


def _is_titled(policy: Policy, title: str) -> bool:
    return any(one.title.casefold() == title.strip().casefold() for one in policy.categories.values())


def merged(policy: Policy, adopted: Sequence[Adopted]) -> Policy:
    """Return the policy with these categories; one that the policy has by itself stays as the file has it.

    A category whose team is gone goes to the people who place what is unclear.
    """
    categories, channels = dict(policy.categories), dict(policy.request_channels)
    for one in adopted:
        if one.name in policy.categories:
            continue
        # What was deleted meanwhile may leave fewer examples than a policy file has to give.
        categories[one.name] = CategoryPolicy.model_construct(
            title=one.title,
            description=one.description,
            queue=one.queue if one.queue in policy.queues else policy.triage.hold_queue,
            priority=Priority.P3,
            examples=one.examples,
            autonomy=Autonomy.SHADOW,
        )
        for name in one.channels:
            if name in channels:
                known = channels[name]
                channels[name] = known.model_copy(update={"categories": (*known.categories, one.name)})
    if len(categories) == len(policy.categories):
        return policy
    return policy.model_copy(update={"categories": categories, "request_channels": channels})


def as_toml(one: Adopted) -> str:
    """Return the lines that make the same category in the policy file."""
    places = " and ".join(f"[request_channels.{_key(name)}]" for name in one.channels)
    lines = [
        f"# Add {_text(one.name)} to `categories` of {places}, and put this anywhere below:",
        f"[categories.{_key(one.name)}]",
        f"title = {_text(one.title)}",
        f"description = {_text(one.description)}",
        f"queue = {_text(one.queue)}",
        f"priority = {_text(Priority.P3)}",
        f'autonomy = {_text(Autonomy.SHADOW)}  # "suggest" shows its drafts on the card',
        "examples = [",
        *(f"  {_text(example)}," for example in one.examples),
        "]",
    ]
    return "\n".join(lines)


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _text(name)


def _text(value: str) -> str:
    # A string of JSON is one of TOML too, except for the delete character, which `examples_of` takes out.
    return json.dumps(_CONTROL.sub(" ", value), ensure_ascii=False)
