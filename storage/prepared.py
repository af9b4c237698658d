"""Statements that every request makes, put together once.

Nobody sees them but in speed: to build a statement from its parts, and objects from its rows, takes several times as
long as the database takes to answer. What each delivery needs is therefore written against the tables, with the values
left open. Everything that a person waits for alone is written against the models, which reads better.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Executable, Row, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

Values = Mapping[str, Any] | Sequence[Mapping[str, Any]]


def table(model: type[SQLModel]) -> Table:
    """Return the table of a model."""
    return SQLModel.metadata.tables[str(model.__tablename__)]


def added_once(model: type[SQLModel], *returning: str) -> dict[str, Executable]:
    """Return, by dialect, a statement that adds a row unless it is there, and returns columns of one that is new."""
    rows = table(model)
    wanted = [rows.c[name] for name in returning]
    return {
        "sqlite": sqlite.insert(rows).on_conflict_do_nothing().returning(*wanted),
        "postgresql": postgresql.insert(rows).on_conflict_do_nothing().returning(*wanted),
    }


def defaults(model: type[SQLModel]) -> dict[str, Any]:
    """Return what each column of a new row holds when nothing is said about it, without the required ones."""
    return {
        name: field.get_default(call_default_factory=True)
        for name, field in model.model_fields.items()
        if not field.is_required() and name != "id"
    }


def dialect_of(session: AsyncSession) -> str:
    """Return "sqlite" or "postgresql"."""
    return str(session.get_bind().dialect.name)


async def rows(session: AsyncSession, statement: Executable, **values: Any) -> Sequence[Row[Any]]:
    """Execute a statement in a session's transaction, and return its rows."""

    def execute(sync: Session) -> Sequence[Row[Any]]:
        sync.flush()
        return sync.connection().execute(statement, values).fetchall()

    return await session.run_sync(execute)


async def change(session: AsyncSession, statement: Executable, values: Values) -> int:
    """Execute a statement in a session's transaction, once or for many rows; return how many rows it changed."""

    def execute(sync: Session) -> int:
        sync.flush()
        return sync.connection().execute(statement, values).rowcount

    return await session.run_sync(execute)
