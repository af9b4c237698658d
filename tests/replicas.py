"""Several Signalboxes in one process, on one PostgreSQL and one local Slack, as an operator runs them side by side.

The durable engine is one per process, so each replica after the first has a copy of it under a name of its own.
A test closes one politely, or lets it die as a machine does that loses its power.
"""

from __future__ import annotations

import asyncio
import atexit
import importlib.util
import re
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import dbos
from sqlalchemy import func, text
from sqlmodel import col, update

import bot.engine
from agents.engines import Engines
from bot.app import Signalbox
from bot.engine import Engine
from bot.lease import LEASE
from bot.minds import LoadedMinds
from storage.tables import Beat
from tests.world import World, of_the_engine

_OWN = re.compile(r"^(\s*)(from|import) dbos\b", re.MULTILINE)


@cache
def _copies() -> Path:
    folder = tempfile.TemporaryDirectory(prefix="signalbox-replicas-")
    atexit.register(folder.cleanup)
    return Path(folder.name)


@cache
def engine_of(number: int) -> type[Engine]:
    """Return the engine of one replica; those with different numbers know nothing of each other."""
    if number == 0:
        return Engine
    name = f"dbos_{number}"
    original, copy = Path(dbos.__file__).parent, _copies() / name
    for file in original.rglob("*.py"):
        to = copy / file.relative_to(original)
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_text(_renamed(file, name), encoding="utf-8")
    _loaded(name, copy / "__init__.py")
    engine = copy / "our_engine.py"
    engine.write_text(_renamed(Path(bot.engine.__file__), name), encoding="utf-8")
    kind: type[Engine] = _loaded(f"{name}.our_engine", engine).Engine
    return kind


def _renamed(file: Path, name: str) -> str:
    return _OWN.sub(rf"\1\2 {name}", file.read_text(encoding="utf-8"))


def _loaded(name: str, file: Path) -> ModuleType:
    is_package = file.name == "__init__.py"
    folders = [str(file.parent)] if is_package else None
    spec = importlib.util.spec_from_file_location(name, file, submodule_search_locations=folders)
    assert spec is not None and spec.loader is not None
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@dataclass
class Replicas:
    """A world whose bot is not alone."""

    world: World
    bots: list[Signalbox] = field(default_factory=list)

    async def join(self, kind: type[Signalbox] = Signalbox, mind: Engines | None = None) -> Signalbox:
        """Start one more, of this version; with engines of its own if it is given some."""
        old = self.world.bot
        free = next(number for number in range(9) if engine_of(number) not in map(_kind, self.bots))
        joined = kind(
            old.settings,
            old.policy,
            now=self.world.clock.now,
            minds=LoadedMinds(mind or self.world.mind),
            keeps_time=False,
            engine=engine_of(free),
        )
        joined.slack.posting.settling = 0  # the twin's history is never behind
        await joined.start()
        self.bots.append(joined)
        if old not in self.bots:
            self.world.bot = joined
        return joined

    async def die(self, bot: Signalbox) -> None:
        """End one as a power cut would: it tells nobody, and leaves what it was doing as it is."""
        self.bots.remove(bot)
        await bot.engine.drop()
        async with bot.db.begin() as session:
            # A while has passed since its last sign of life, which nobody has on SQLite.
            silent = func.now() - 10 * LEASE
            await session.exec(
                update(Beat).where(col(Beat.executor) == bot.engine.lease.executor).values(at=silent)
            )
        await bot.stop_listening()
        await bot.receipts.stop()
        if bot.web.session:
            await bot.web.session.close()
        await bot.db.close()

    async def leave(self, bot: Signalbox) -> None:
        """Stop one politely."""
        self.bots.remove(bot)
        await bot.stop()

    async def tick(self) -> None:
        """Let every replica look at the clock at the same instant."""
        now = self.world.clock.now()
        await asyncio.gather(*(each.schedule.tick(now) for each in self.bots))

    async def take_over(self) -> None:
        """Let the replicas notice who is gone, without waiting for their next heartbeat."""
        for each in self.bots:
            await each.engine.lease.take_over()

    async def quiet(self, within: float = 20.0) -> None:
        """Wait until no flow is under way, in any of them."""
        async with asyncio.timeout(within):
            while True:
                if not await self.under_way():
                    return
                await asyncio.sleep(0.02)

    async def under_way(self) -> list[str]:
        """Return the keys of the flows that were begun and are not finished."""
        db = self.bots[0].db
        table = of_the_engine(db, "workflow_status")
        query = text(f"SELECT workflow_uuid FROM {table} WHERE status IN ('PENDING', 'ENQUEUED')")
        async with db.begin() as session:
            return list((await (await session.connection()).execute(query)).scalars())


@asynccontextmanager
async def replicas(world: World, number: int) -> AsyncIterator[Replicas]:
    """Run so many in this world, for which it has to have a PostgreSQL; the first is the world's own."""
    opened = Replicas(world, [world.bot])
    try:
        for _ in range(number - 1):
            await opened.join()
        yield opened
    finally:
        if world.bot not in opened.bots and opened.bots:
            world.bot = opened.bots[0]
        for each in opened.bots:
            if each is not world.bot:  # the world stops its own
                await each.stop()


def _kind(bot: Signalbox) -> type[Engine]:
    return type(bot.engine)


async def becomes(what: Callable[[], Awaitable[Any]], wanted: object) -> None:
    """Wait until something is as it should be. Raises TimeoutError with what it was last."""
    found = None
    try:
        async with asyncio.timeout(60):
            while True:
                found = await what()
                if found == wanted:
                    return
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise TimeoutError(f"{found}, not {wanted}") from None
