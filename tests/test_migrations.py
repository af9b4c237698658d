"""Migrations: one way, all or nothing, under a lock, and such that the version before can go on working meanwhile."""

from __future__ import annotations

import ast
import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel, select

from agents.words import DraftStatus, Status
from bot.app import Signalbox
from handlers import replies
from storage.database import MIGRATIONS, Database, TooNew
from storage.tables import Draft, Ticket
from tests import postgres
from tests.flows import Straight
from tests.next_version.app import VERSIONS, NextSignalbox
from tests.old_version.stage import HERE, stage
from tests.replicas import becomes
from tests.test_triage import ASKED
from tests.world import World, _bot, engines, policy, text_of

pytestmark = pytest.mark.slow

NEXT = VERSIONS.parent
_ADDS = {"create_table", "create_index", "batch_alter_table", "f"}


def does_not_only_add(revision: Path) -> list[str]:
    """Return what a revision does that a running older version could stumble over."""
    found = []
    for node in ast.walk(ast.parse(revision.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if not isinstance(node.func.value, ast.Name) or node.func.value.id not in ("op", "batch", "batch_op"):
            continue
        name = node.func.attr
        if name == "add_column":
            said = ast.unparse(node)
            if "nullable=True" not in said and "server_default=" not in said:
                found.append("add_column that has to be filled")
        elif name not in _ADDS:
            found.append(name)
    return found


def test_revisions_after_the_first_release_only_add_unless_they_say_since_when_nobody_needs_the_rest() -> (
    None
):
    for revision in sorted((MIGRATIONS / "versions").glob("0*.py")):
        if "\ncontracts = " not in revision.read_text(encoding="utf-8"):
            assert does_not_only_add(revision) == [], revision.name


def test_what_does_not_only_add_is_noticed() -> None:
    assert does_not_only_add(NEXT / "versions" / "0003_visits.py") == []
    assert does_not_only_add(NEXT / "contracting" / "0003_too_soon.py") == [
        "alter_column",
        "add_column that has to be filled",
    ]


async def test_a_version_that_cannot_live_with_a_newer_schema_says_so(database_url: str) -> None:
    db = Database(database_url)
    db.more_revisions = (NEXT / "contracting",)
    await db.migrate()

    with pytest.raises(TooNew, match=r"feedback\.stars has to be filled.*ticket\.owner is gone"):
        await Database(database_url).migrate()


async def test_a_migration_that_fails_half_way_leaves_nothing_behind(database_url: str) -> None:
    db = Database(database_url)
    await db.migrate()
    db.more_revisions = (NEXT / "broken",)
    with pytest.raises(DBAPIError):
        await db.migrate()

    db.more_revisions = ()
    await db.migrate()
    engine = db.sync_engine()
    schema = inspect(engine)
    assert not schema.has_table("visit")
    assert "mood" not in {column["name"] for column in schema.get_columns("ticket")}
    engine.dispose()
    db.more_revisions = (VERSIONS,)
    await db.migrate()
    assert inspect(engine).has_table("visit")
    engine.dispose()
    await db.close()


async def test_replicas_of_a_new_version_that_start_together_migrate_once(database_url: str) -> None:
    opened = [Database(database_url) for _ in range(3)]
    for db in opened:
        db.more_revisions = (VERSIONS,)

    await asyncio.gather(*(db.migrate() for db in opened))

    engine = opened[0].sync_engine()
    assert inspect(engine).has_table("visit")
    engine.dispose()


async def test_a_table_that_is_busy_for_long_is_not_waited_for_while_deliveries_queue_up_behind(
    postgres_server: str,
) -> None:
    with postgres.database(postgres_server) as address:
        db = Database(address)
        await db.migrate()
        db.more_revisions, db.locked_ms = (VERSIONS,), 50
        engine = db.sync_engine()
        with engine.connect() as reader:
            reader.execute(select(Ticket))
            with pytest.raises(DBAPIError, match="lock timeout"):
                await db.migrate()
        await db.migrate()  # the next start finds it free
        assert inspect(engine).has_table("visit")
        engine.dispose()
        await db.close()


def restored(database_url: str) -> None:
    """Make the database that the first release left behind."""
    kind = "sqlite" if database_url.startswith("sqlite") else "postgres"
    dump = (HERE / f"first_release.{kind}.sql").read_text(encoding="utf-8")
    if kind == "sqlite":
        connection = sqlite3.connect(database_url.removeprefix("sqlite:///"))
        connection.executescript(dump)
        connection.close()
        return
    with psycopg.connect(database_url, autocommit=True) as opened:
        opened.execute(dump.encode())


async def test_the_first_release_is_not_changed_any_more(database_url: str) -> None:
    """Before it is released, `python -m tests.old_version` makes the dumps anew; after it, changes are revisions."""
    restored(database_url)
    db = Database(database_url)
    await db.migrate()
    engine = db.sync_engine()
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": is_ours})
        assert compare_metadata(context, SQLModel.metadata) == []
    engine.dispose()
    await db.close()


def is_ours(name: str | None, kind: str, _: Any) -> bool:
    """Say whether a table is ours and not the durable engine's, which lives in the same SQLite file."""
    return kind != "table" or name in SQLModel.metadata.tables


async def calm(bot: Signalbox) -> int:
    """Return how many tickets the next version's extra step has written to."""
    async with bot.db.begin() as session:
        query = text("SELECT count(*) FROM ticket WHERE mood = 'calm'")
        return int((await (await session.connection()).execute(query)).scalar_one())


async def test_a_database_of_the_first_release_is_upgraded_and_worked_on(database_url: str) -> None:
    restored(database_url)
    async with stage() as (twin, clock, asked):
        bot = await _bot(twin, clock, database_url, policy(), engines(), NextSignalbox)
        world = World(twin, clock, bot, database_url, engines())
        try:
            await becomes(lambda: calm(bot), 1)  # what was cut off is finished, with the new step
            [card] = world.cards("team-it")
            assert "My laptop does not start" in text_of(card)
            assert len(world.thread("it-help", asked[3])) == 1

            [ready, *_] = [each for each in await world.rows(Draft) if each.status == DraftStatus.PROPOSED]
            body = {"user": {"id": world.person("marek").id}}
            await replies.on_approve(body, {"value": str(ready.id)}, bot.desk, Straight())
            assert (await world.ticket(ready.ticket_id)).status == Status.ANSWERED

            await world.person("greta").post("#customer-support", ASKED)
            await world.settle()
            assert (await world.ticket(5)).requester == world.person("greta").id
            assert len([each for each in world.cards("team-billing") if each["text"].startswith("T-5 ")]) == 1
        finally:
            await bot.stop()
