"""One run of a flow: what it has kept is kept once, whoever runs it and however often."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.engine import Engine, Flow, utc_now
from bot.killpoints import KillPoints
from bot.run import DurableRun
from handlers.desk import Desk
from handlers.errors import Refusal
from storage import steps
from storage.database import Database
from tests.replicas import becomes


class Forgetful(Database):
    """A database that is gone once, just when it has committed something."""

    has_gone = False

    def begin(self, *, alone: bool = False) -> AbstractAsyncContextManager[AsyncSession]:
        return self._begin(super().begin(alone=alone))

    @asynccontextmanager
    async def _begin(self, opened: AbstractAsyncContextManager[AsyncSession]) -> AsyncIterator[AsyncSession]:
        async with opened as session:
            yield session
        if not self.has_gone:
            self.has_gone = True
            raise OperationalError("COMMIT", None, Exception("the connection is gone"))


class Thinker:
    """Flows that say how often they thought, and how often they kept what came of it."""

    def __init__(self, db: Database) -> None:
        self.desk = cast(Desk, SimpleNamespace(db=db, now=utc_now))
        self.thought, self.kept = 0, 0
        self.results: list[Any] = []

    async def think(self, desk: Desk) -> str:
        self.thought += 1
        return f"thought {self.thought}"

    async def keep(self, desk: Desk, session: AsyncSession, thought: str) -> list[str]:
        self.kept += 1
        if self.kept > 1:
            raise Refusal("that was done before")
        return [thought]

    async def flow(self, run: DurableRun) -> None:
        self.results.append(await run.decide("answer", self.desk, self.think, self.keep))

    async def flow_that_is_cut_off(self, run: DurableRun) -> None:
        await self.flow(run)
        await asyncio.Event().wait()


@pytest.fixture
async def db(empty_url: str) -> AsyncIterator[Forgetful]:
    opened = Forgetful(empty_url)
    opened.has_gone = True
    await opened.migrate()
    yield opened
    await opened.close()


@asynccontextmanager
async def running(db: Database, flow: Flow) -> AsyncIterator[Engine]:
    engine = Engine(db, KillPoints())
    await engine.launch({"flow": flow})
    try:
        yield engine
    finally:
        await engine.drop()


async def test_what_was_decided_before_a_crash_is_not_thought_about_again(db: Database) -> None:
    thinker = Thinker(db)
    async with running(db, thinker.flow_that_is_cut_off) as engine:
        await engine.start("flow", "key")
        await becomes(lambda: _many(thinker.results), 1)

    async with running(db, thinker.flow) as engine:
        await becomes(lambda: _many(thinker.results), 2)

    assert thinker.results == [["thought 1"], ["thought 1"]]
    assert (thinker.thought, thinker.kept) == (1, 1)


async def test_what_was_committed_just_when_the_database_went_away_is_not_done_again(db: Forgetful) -> None:
    thinker = Thinker(db)
    async with running(db, thinker.flow) as engine:
        db.has_gone = False
        await engine.perform("flow", "key")

    assert thinker.results == [["thought 1"]]
    assert (thinker.thought, thinker.kept) == (1, 1)


@pytest.mark.parametrize("is_refused", [False, True], ids=["with-a-conflict", "with-a-refusal"])
async def test_of_two_processes_that_keep_the_same_one_counts_for_both(
    database_url: str, is_refused: bool
) -> None:
    db = Database(database_url)
    await db.migrate()

    async def by_another(session: AsyncSession) -> str:
        return "by another"

    async def overtaken(session: AsyncSession) -> str:
        await steps.once(db, "key", utc_now(), by_another)
        if is_refused:
            raise Refusal("somebody did that already")
        return "by us"

    try:
        assert await steps.once(db, "key", utc_now(), overtaken, is_first=True) == "by another"
        assert await steps.once(db, "key", utc_now(), overtaken) == "by another"
    finally:
        await db.close()


async def test_two_things_of_one_flow_are_not_kept_under_one_name(db: Database) -> None:
    thinker = Thinker(db)

    async def flow(run: DurableRun) -> None:
        await thinker.flow(run)
        with pytest.raises(ValueError, match="give each its own name"):
            await thinker.flow(run)

    async with running(db, flow) as engine:
        await engine.perform("flow", "key")

    assert thinker.kept == 1


async def test_a_refusal_keeps_nothing(db: Database) -> None:
    async def refused(session: AsyncSession) -> None:
        raise Refusal("you may not")

    with pytest.raises(Refusal, match="you may not"):
        await steps.once(db, "key", utc_now(), refused, is_first=True)

    assert await steps.done(db, "key") is None


async def _many(results: list[Any]) -> int:
    return len(results)
