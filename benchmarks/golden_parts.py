"""Messages with several requests: whether each is taken apart where it should be, and left whole where it should not.

Whoever runs `make evals-golden` reads each failure in one line and two figures. A message that is wrongly taken apart
costs more than one that is left whole, so the ordinary golden cases, one request each, count for precision too.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from agents.engines import Engines
from agents.policy import Policy
from agents.triage import judge, parts_of
from agents.words import Facts, Trust
from benchmarks.figures import Figure
from benchmarks.golden import Case


@dataclass(frozen=True)
class Message:
    """A message with the kinds of its requests in order; none where it is one request, or talk."""

    id: str
    channel: str
    person: str
    text: str
    kinds: tuple[str, ...]
    grade: str


@dataclass(frozen=True)
class Taken:
    """What became of a message: the kinds of the parts it was taken into."""

    message: Message
    kinds: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Say whether it was taken apart as it should be."""
        return self.kinds == self.message.kinds

    @property
    def as_line(self) -> str:
        """Return the line that tells of a failure."""
        said, got = (", ".join(kinds) or "one request" for kinds in (self.message.kinds, self.kinds))
        return f"{self.message.grade:6} {self.message.id}: expected {said}; got {got}"


def read(path: Path) -> list[Message]:
    """Return the messages of a file that may hold several requests; none when it has no such table."""
    return [_message(table) for table in tomllib.loads(path.read_text(encoding="utf-8")).get("split", [])]


def _message(table: dict[str, Any]) -> Message:
    return Message(
        table["id"],
        table["channel"],
        table["person"],
        table["text"],
        tuple(table["parts"]),
        table["grade"],
    )


def whole(cases: Sequence[Case]) -> list[Message]:
    """Return ordinary cases as messages that must stay whole."""
    return [Message(case.id, case.channel, case.person, case.text, (), "must") for case in cases]


async def take(messages: Sequence[Message], policy: Policy, engines: Engines) -> list[Taken]:
    """Return what becomes of each message, as the bot would take it."""
    return [Taken(message, await _kinds(message, policy, engines)) for message in messages]


async def _kinds(message: Message, policy: Policy, engines: Engines) -> tuple[str, ...]:
    facts = Facts(message.text, message.channel, message.person, Trust.MEMBER, datetime.now(UTC))
    categories = policy.categories_of(message.channel)
    judged = await judge(facts, categories, (), engines)
    found = []
    for said in await parts_of(facts, categories, judged, engines):
        found.append((await judge(replace(facts, text=said), categories, (), engines)).category)
    return tuple(found)


def measure(taken: Sequence[Taken]) -> list[Figure]:
    """Return the figures; `gap` counts for precision and in a recall of its own."""
    apart = [each for each in taken if each.kinds]
    several = [each for each in taken if each.message.kinds]
    known = [each for each in several if each.message.grade != "gap"]
    rightly = [bool(each.message.kinds) for each in apart]
    return [
        Figure("golden.split_precision", _share(rightly), "share", (">=", 0.98)),
        Figure("golden.split_recall", _share([each.passed for each in known]), "share", (">=", 0.80)),
        Figure("golden.split_recall_with_gaps", _share([each.passed for each in several]), "share"),
        Figure("golden.split_cases", len(taken), "messages"),
    ]


def _share(passed: Sequence[bool]) -> float:
    return sum(passed) / len(passed) if passed else float("nan")


def show(taken: Sequence[Taken], console: Console) -> None:
    """Print what was taken apart wrongly, or not at all."""
    for each in taken:
        if not each.passed:
            console.print(each.as_line, highlight=False, markup=False)
