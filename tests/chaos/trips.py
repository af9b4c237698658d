"""Trips: which stories are told together, and in what surroundings.

On an everyday trip nothing is out of the ordinary. On a seldom trip passes what otherwise takes hours, a key or a
fault: promises are a minute long, the weekly looks are due, Claude is reached through a stand-in that judges in batches
alone, customers' data cannot be read, and the bot has a bug.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tests.chaos import (
    stories_audit,
    stories_drift,
    stories_elsewhere,
    stories_faults,
    stories_incidents,
    stories_late,
    stories_lessons,
    stories_parts,
    stories_tickets,
)
from tests.chaos.fleet import calm_policy
from tests.chaos.nursery import BUGS
from tests.chaos.scene import Scene
from tests.claude_server import API_KEY, Says, cites
from tests.claude_services import Services, services

Story = Callable[[Scene], Awaitable[None]]


@dataclass(frozen=True)
class Surroundings:
    """What is around the processes of a walk: the policy file, what is added to their environment, and the rest."""

    policy: Path
    env: Mapping[str, str] = field(default_factory=dict)
    claude: Services | None = None
    bugs: Path | None = None  # the file that keeps bugs in our code, where there are any


@dataclass(frozen=True)
class Trip:
    """Stories that are told together. A walk takes at least so many seconds, and so many may die on it."""

    name: str
    stories: tuple[Story, ...]
    surroundings: Callable[[Path], AbstractAsyncContextManager[Surroundings]]
    lasts: float = 0.0
    deaths: int = 60  # so few that what goes wrong has few reasons
    in_vain: int = 3  # walks on which nobody dies any more, after which what is left is not reached again


def _an_hour() -> str:
    """Return the cron of something that fell due a while ago and does not again during a walk."""
    return f"{(datetime.now(UTC) - timedelta(minutes=20)).minute} * * * *"


@asynccontextmanager
async def _ordinary(folder: Path) -> AsyncIterator[Surroundings]:
    yield Surroundings(calm_policy(folder, _an_hour()))


@asynccontextmanager
async def _seldom(folder: Path) -> AsyncIterator[Surroundings]:
    policy = calm_policy(folder, _an_hour())
    said = policy.read_text(encoding="utf-8")
    zone = re.search(r'timezone = "(.*)"', said)
    assert zone is not None
    local = datetime.now(ZoneInfo(zone[1]))
    for old, new in (
        (r'hours = "office"', 'hours = "always"'),
        (r"P2 = \{ respond = .*", 'P2 = { respond = "1m", resolve = "4h" }'),
        (r"cases = \d+", "cases = 60"),
        (r'weekday = ".*"\nhour = \d+', f'weekday = "{local:%a}"\nhour = {local.hour - 1}'.lower()),
        (r'(?<=\[cadences.drift\]\n)cron = ".*"', 'cron = "* * * * *"'),
    ):
        said, many = re.subn(old, new, said)
        assert many, f"the demo company's policy has no {old}"
    policy.write_text(said, encoding="utf-8")
    _forget_usage(folder / "data")
    bugs = folder / "bugs"
    bugs.touch()
    async with services() as claude:
        claude.always(_of_little_help)
        env = {
            "ANTHROPIC_API_KEY": API_KEY,
            "ANTHROPIC_BASE_URL": claude.base_url,
            "SIGNALBOX_HTTP_PORT": "0",
            BUGS: str(bugs),
        }
        yield Surroundings(policy, env, claude, bugs)


def _of_little_help(asked: Mapping[str, Any]) -> Says:
    """Reply with the first sentence of what was found, and judge nothing in the form that is asked for."""
    blocks = [block for turn in asked["messages"] for block in turn["content"] if isinstance(block, dict)]
    found = next((block for block in blocks if block["type"] == "search_result"), None)
    if found is None:
        return Says("Lovely weather.")
    first = found["content"][0]["text"]
    return Says([{"type": "text", "text": first, "citations": [cites(0, found["source"], 0, 1, first)]}])


def _forget_usage(data: Path) -> None:
    """Leave customers as they are, but nothing of what they use, so that nobody can be looked after."""
    origin = data.readlink()
    data.unlink()
    data.mkdir()
    for path in origin.iterdir():
        rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
        (data / path.name).write_text("".join(rows[:1] if path.stem == "usage" else rows), encoding="utf-8")


EVERYDAY = Trip(
    "everyday",
    (
        *stories_tickets.STORIES,
        *stories_lessons.STORIES,
        *stories_incidents.STORIES,
        *stories_parts.STORIES,
        *stories_elsewhere.STORIES,
    ),
    _ordinary,
)
SELDOM = Trip(
    "seldom",
    (
        *stories_late.STORIES,
        *stories_faults.STORIES,
        *stories_drift.STORIES,
        *stories_audit.STORIES,
    ),
    _seldom,
    lasts=400.0,
    deaths=120,  # it lasts so long that more have time to
    in_vain=1,
)
