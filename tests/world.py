"""The world that flow tests live in: a local Slack, the demo company, and a wired bot with a clock that stands still.

A test does what people do, and reads what people read.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from sqlmodel import SQLModel, col, delete, select, update

from agents.engines import Engines, Remote
from agents.local.engine import LocalEngine
from agents.local.neighbours import Neighbours
from agents.local.past import Past
from agents.local.taught import Taught
from agents.policy import Policy
from bot.app import Signalbox
from bot.engine import Engine
from bot.killpoints import KillPoints
from bot.minds import LoadedMinds, load_local
from bot.policy import load
from bot.running import spare_the_collector
from bot.settings import Settings
from sources.knowledge import load_articles
from storage.database import Database
from storage.tables import Beat, Correction, Receipt, Ticket
from twin.people import deeds
from twin.people.person import Person
from twin.server import Twin

ROOT = Path(__file__).parent.parent
COMPANY = ROOT / "examples"
TUESDAY = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
Row = TypeVar("Row", bound=SQLModel)


class Clock:
    """Moves only when told to, or by a `step` whenever somebody looks at it."""

    def __init__(self, at: datetime = TUESDAY) -> None:
        self.at = at
        self.step = timedelta(0)

    def now(self) -> datetime:
        """Return the time."""
        self.at += self.step
        return self.at

    def advance(self, span: timedelta) -> None:
        """Let time pass."""
        self.at += span


@cache
def policy() -> Policy:
    """The demo company's policy."""
    return load(COMPANY / "signalbox.toml")


@cache
def engines() -> Engines:
    """The local engine, taught once for all tests."""
    loaded = Engines(load_local(ROOT / "build", policy(), load_articles(COMPANY / "knowledge")))
    spare_the_collector()
    return loaded


@dataclass
class World:
    """What a test works with."""

    twin: Twin
    clock: Clock
    bot: Signalbox
    database_url: str
    mind: Engines

    def person(self, handle: str) -> Person:
        """Return one of the company's people, or of its customers'."""
        return self.twin.person(handle)

    async def settle(self) -> None:
        """Wait until everything that was delivered has had its effects."""
        async with asyncio.timeout(180):
            while True:
                await self.twin.idle()
                async with self.bot.db.begin() as session:
                    open_ones = await session.exec(
                        select(Receipt.id).where(col(Receipt.done_at).is_(None), col(Receipt.failed) == "")
                    )
                    if not open_ones.all():
                        return
                await asyncio.sleep(0.01)

    async def later(self, span: timedelta) -> None:
        """Let time pass, and wait until all that became due by it has had its effects.

        Slack replaces a connection every five hours. Whoever moves the clock twice while the bot is still about to
        would put a press on a connection that it is just closing.
        """
        self.clock.advance(span)
        self.twin.tick()
        await self.settle()

    async def rows(self, table: type[Row]) -> Sequence[Row]:
        """Return every row of a table."""
        async with self.bot.db.begin() as session:
            return (await session.exec(select(table))).all()

    async def ticket(self, number: int = 1) -> Ticket:
        """Return a ticket by number."""
        async with self.bot.db.begin() as session:
            found = await session.get(Ticket, number)
        assert found is not None, f"there is no T-{number}"
        return found

    def channel(self, name: str) -> list[dict[str, Any]]:
        """Return a channel's messages, oldest first."""
        return list(self.twin.channel(name).messages)

    def thread(self, name: str, ts: str) -> list[dict[str, Any]]:
        """Return a thread's replies, oldest first."""
        return [message for message in self.twin.channel(name).thread(ts) if message["ts"] != ts]

    def direct(self, handle: str) -> list[dict[str, Any]]:
        """Return the messages between a person and the bot alone, oldest first."""
        return list(deeds.where(self.twin.ws, self.person(handle).id, "@signalbox").messages)

    def cards(self, name: str) -> list[dict[str, Any]]:
        """Return what the bot has posted in a channel itself."""
        return [message for message in self.channel(name) if message.get("bot_id")]

    async def card_of(self, number: int = 1) -> dict[str, Any]:
        """Return a ticket's card as it looks now."""
        ticket = await self.ticket(number)
        name = self.bot.desk.directory.channel_name(ticket.card_channel)
        return next(message for message in self.channel(name) if message["ts"] == ticket.card_ts)

    async def unlearn(self) -> None:
        """Let nothing that people have corrected so far teach any more."""
        async with self.bot.db.begin() as session:
            await session.exec(update(Correction).values(undone_at=self.clock.now(), undone_by="everybody"))
        await self.bot.learn()

    async def restart(self, *, policy: Policy | None = None) -> None:
        """Stop the bot and start it again on the same database."""
        await self.bot.stop()
        chosen = policy or self.bot.policy
        self.bot = await _bot(self.twin, self.clock, self.database_url, chosen, self.mind)


def make_tables(database_url: str) -> None:
    """Make all tables in an empty database, ours and the durable engine's, as the first start does."""

    async def start_and_stop() -> None:
        db = Database(database_url)
        await db.migrate()
        engine = Engine(db, KillPoints())
        await engine.launch({})
        await engine.stop()
        async with db.begin() as session:
            await session.exec(delete(Beat))  # others would take over from it
        await db.close()

    asyncio.run(start_and_stop())


def of_the_engine(db: Database, table: str) -> str:
    """Return the full name of a table of the durable engine's own."""
    return table if db.is_sqlite else f"dbos.{table}"


def text_of(message: dict[str, Any]) -> str:
    """Return everything that a message or view says, as one text."""
    said: list[str] = [message.get("text", "")] if isinstance(message.get("text"), str) else []

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            for name, value in node.items():
                if name in ("text", "title", "label", "value", "description") and isinstance(value, str):
                    said.append(value)
                else:
                    walk(value)
        elif isinstance(node, list):
            for each in node:
                walk(each)

    walk(message.get("blocks", []))
    return "\n".join(said)


def _nodes(message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every object of a message's blocks, and its text as if it were mrkdwn."""
    waiting: list[Any] = [message.get("blocks", []), {"type": "mrkdwn", "text": message.get("text", "")}]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)


def mentions_of(message: dict[str, Any]) -> set[str]:
    """Return whom a message notifies: ids of people and groups, and "everybody"."""
    found: set[str] = set()
    for node in _nodes(message):
        match node.get("type"):
            case "broadcast":
                found.add("everybody")
            case "user":
                found.add(node["user_id"])
            case "usergroup":
                found.add(node["usergroup_id"])
            case "mrkdwn":
                found.update(re.findall(r"<@([^>|]+)", node["text"]))
                found.update("everybody" for _ in re.findall(r"<!(?!date)", node["text"]))
    return found


def links_of(message: dict[str, Any]) -> set[str]:
    """Return the addresses that a message makes clickable."""
    found: set[str] = set()
    for node in _nodes(message):
        if node.get("type") == "link":
            found.add(node["url"])
        elif node.get("type") == "mrkdwn":
            found.update(re.findall(r"<(https?:[^>|]+)", node["text"]))
    return found


def buttons_of(message: dict[str, Any]) -> list[str]:
    """Return the action ids of a message's buttons."""
    return [
        element["action_id"]
        for block in message.get("blocks", [])
        for element in block.get("elements", [])
        if isinstance(element, dict) and element.get("type") == "button"
    ]


async def _bot(
    twin: Twin,
    clock: Clock,
    database_url: str,
    policy: Policy,
    mind: Engines,
    version: type[Signalbox] = Signalbox,
) -> Signalbox:
    settings = Settings.read(
        {
            "slack_bot_token": twin.bot_token,
            "slack_app_token": twin.app_token,
            "slack_api_url": twin.api_url,
            "database_url": database_url,
            "policy": COMPANY / "signalbox.toml",
            "models": ROOT / "build",
            "posts_per_second": 0,
        }
    )
    bot = version(settings, policy, now=clock.now, minds=LoadedMinds(mind), keeps_time=False)
    bot.slack.posting.settling = 0  # the twin's history is never behind
    await bot.start()
    return bot


@asynccontextmanager
async def world(
    database_url: str, clock: Clock | None = None, remote: Remote | None = None
) -> AsyncIterator[World]:
    """Open a world on this database, with a Claude to ask if one is given, and close it again."""
    taught = engines().local
    assert isinstance(taught, LocalEngine)
    # What one test's bot remembers is not known to the next one's.
    local = replace(taught, past=Past(Neighbours(taught.embedder)), taught=Taught(taught.embedder))
    clock, mind = clock or Clock(), Engines(local, remote, getattr(remote, "batches", None))
    twin = await Twin.start(COMPANY / "workspace.toml", clock=clock)
    try:
        bot = await _bot(twin, clock, database_url, policy(), mind)
        made = World(twin, clock, bot, database_url, mind)
        try:
            yield made
        finally:
            await made.bot.stop()
    finally:
        await twin.stop()
