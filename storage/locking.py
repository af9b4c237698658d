"""Rows that nobody else changes before a transaction ends, on both kinds of database.

Of two people who decide about one thing at once, the second sees what the first did.
"""

from __future__ import annotations

from typing import TypeVar

from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from storage import prepared

Row = TypeVar("Row", bound=SQLModel)


async def hold(session: AsyncSession, model: type[SQLModel], id: int) -> None:
    """On SQLite, let nobody else write from here on; it has one writer at a time and locks nothing for a reader."""
    if prepared.dialect_of(session) == "sqlite":
        rows = prepared.table(model)
        await prepared.change(session, rows.update().where(rows.c.id == id), {"id": id})


async def locked(session: AsyncSession, model: type[Row], id: int) -> Row | None:
    """Return a row as it is now, and keep everybody else from it."""
    await hold(session, model, id)
    return await session.get(model, id, populate_existing=True, with_for_update={"key_share": True})
