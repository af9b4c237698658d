"""Rows that nobody else changes before a transaction ends, on both kinds of database.

Of two people who decide about one thing at once, the second sees what the first did.
"""

from __future__ import annotations

from functools import cache
from typing import TypeVar

from sqlalchemy import bindparam, text
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from storage import prepared

Row = TypeVar("Row", bound=SQLModel)


@cache
def _same(model: type[SQLModel]) -> prepared.Statement:
    """Return a statement that writes a row as it is."""
    rows = prepared.table(model)
    return prepared.Statement(rows.update().where(rows.c.id == bindparam("of_id")))


async def hold(session: AsyncSession, model: type[SQLModel], id: int) -> None:
    """On SQLite, let nobody else write from here on; it has one writer at a time and locks nothing for a reader."""
    if prepared.dialect_of(session) == "sqlite":
        await prepared.change(session, _same(model), {"of_id": id, "id": id})


async def locked(session: AsyncSession, model: type[Row], id: int) -> Row | None:
    """Return a row as it is now, and keep everybody else from it."""
    await hold(session, model, id)
    return await session.get(model, id, populate_existing=True, with_for_update={"key_share": True})


async def alone(session: AsyncSession, what: int, model: type[SQLModel]) -> None:
    """Let nobody else do the same before this transaction ends. Ask for it before anything is read.

    `what` is any number, as long as every replica uses the same for one thing, and another for each.
    """
    if prepared.dialect_of(session) == "sqlite":
        await hold(session, model, 0)
    else:
        await (await session.connection()).execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": what})
