"""Statements that every request makes, put together once.

Nobody sees them but in speed: to build a statement from its parts, and objects from its rows, takes several times as
long as the database takes to answer. What each delivery needs is therefore written once, with its values left open;
from then on its SQL goes straight to the driver, with values and rows treated as SQLAlchemy treats them. Everything
that a person waits for alone is written where it is asked, which reads better.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import ColumnElement, Dialect, Executable, Insert, Select, Table, literal
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import StatementError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

if TYPE_CHECKING:
    from storage.session import Session

Values = Mapping[str, Any]
_Process = Callable[[Any], Any] | None


def table(model: type[SQLModel]) -> Table:
    """Return the table of a model."""
    return SQLModel.metadata.tables[str(model.__tablename__)]


def among(column: Any, words: Iterable[Any]) -> ColumnElement[bool]:
    """Return the condition that a column holds one of these fixed values."""
    condition: ColumnElement[bool] = column.in_([literal(word, column.type) for word in words])
    return condition


class Statement:
    """A statement whose text is made once for each kind of database; `of` has what differs from kind to kind.

    Its own parameters are named in it, and each of its values is given when it is executed.
    """

    def __init__(self, executable: Executable | None = None, **of: Executable) -> None:
        self._executable = executable
        self._of = of
        self._made: dict[tuple[str, tuple[str, ...]], Made] = {}

    def on(self, dialect: Dialect) -> Any:
        """Return the statement as SQLAlchemy executes it itself."""
        return self._of.get(dialect.name, self._executable)

    def made(self, dialect: Dialect, names: tuple[str, ...]) -> Made:
        """Return what is executed on a kind of database with values of these names."""
        made = self._made.get((dialect.name, names))
        if made is None:
            made = self._made[dialect.name, names] = Made(self.on(dialect), dialect, names)
        return made


class Made:
    """The text of a statement for one kind of database, and what its values and its rows go through."""

    def __init__(self, executable: Any, dialect: Dialect, names: tuple[str, ...]) -> None:
        if isinstance(executable, Insert) and not executable._returning:
            executable = executable.inline()  # nobody asks for its id
        made = executable.compile(dialect=dialect, column_keys=names)
        assert isinstance(made, SQLCompiler)
        self.text = str(made)
        self.changes = not isinstance(executable, Select) or executable._for_update_arg is not None
        self._order = made.positiontup
        self._fixed: dict[str, Any] = {}
        self._given: list[tuple[str, str, _Process]] = []
        for bind, name in made.bind_names.items():
            # A list would make another text for each length, and a default is SQLAlchemy's to fill in.
            assert not bind.expanding and bind not in getattr(made, "insert_prefetch", ())
            process = bind.type.dialect_impl(dialect).bind_processor(dialect)
            if bind.required or bind.key in names:
                self._given.append((name, bind.key, process))
            else:
                self._fixed[name] = process(bind.effective_value) if process else bind.effective_value
        columns = list(getattr(executable, "exported_columns", ()))
        self.returns = bool(columns)
        self._types = [column.type.dialect_impl(dialect) for column in columns]
        self._dialect = dialect
        self._row: Any = namedtuple("Row", [column.name for column in columns], rename=True)  # type: ignore[misc]
        self._processes: list[tuple[int, Callable[[Any], Any]]] | None = None
        self.entities = _entities(executable) if isinstance(executable, Select) else ()

    def parameters(self, values: Values) -> Any:
        """Return values as the driver takes them. Raises StatementError for one that is missing or cannot be taken."""
        given = dict(self._fixed)
        try:
            for name, key, process in self._given:
                given[name] = process(values[key]) if process else values[key]
        except (KeyError, TypeError, ValueError) as wrong:
            raise StatementError(str(wrong), self.text, None, wrong, hide_parameters=True) from wrong
        return given if self._order is None else [given[name] for name in self._order]

    def values(self, found: Sequence[Sequence[Any]], cursor: Any) -> list[list[Any]]:
        """Return the rows that a driver's cursor found as Python's own values."""
        if self._processes is None:
            # What kind of value each column has is the same for ever, and a driver takes its time to tell it.
            made = [
                kind.result_processor(self._dialect, told[1])
                for kind, told in zip(self._types, cursor.description, strict=True)
            ]
            self._processes = [(at, process) for at, process in enumerate(made) if process]
        rows = []
        for each in found:
            row = list(each)
            for at, process in self._processes:
                row[at] = process(row[at])
            rows.append(row)
        return rows

    def rows(self, values: Iterable[Iterable[Any]]) -> list[Any]:
        """Return values as rows whose columns have names."""
        return [self._row._make(each) for each in values]


def _entities(executable: Select[Any]) -> tuple[tuple[type[SQLModel] | None, int], ...]:
    """Return what each row of a statement holds, in order: a model and how many columns it has, or None for one."""
    found = []
    for told in executable.column_descriptions:
        entity = told["expr"]
        is_model = isinstance(entity, type) and issubclass(entity, SQLModel)
        found.append((entity, len(table(entity).c)) if is_model else (None, 1))
    return tuple(found)


def added_once(model: type[SQLModel], *returning: str, **of: Executable) -> Statement:
    """Return a statement that adds a row unless it is there, and returns columns of one that is new."""
    rows = table(model)
    wanted = [rows.c[name] for name in returning]
    return Statement(
        **{
            "sqlite": sqlite.insert(rows).on_conflict_do_nothing().returning(*wanted),
            "postgresql": postgresql.insert(rows).on_conflict_do_nothing().returning(*wanted),
        }
        | of
    )


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


async def rows(session: AsyncSession, statement: Statement, **values: Any) -> list[Any]:
    """Execute a statement in a session's transaction, and return its rows; their columns have names."""
    return await cast("Session", session).rows(statement, values)


async def objects(session: AsyncSession, statement: Statement, **values: Any) -> list[Any]:
    """Execute a statement that asks for models, and return them as the session knows them; for several, tuples.

    An object that the session has read before is the same object, and stays as it is.
    """
    return await cast("Session", session).objects(statement, values)


async def change(session: AsyncSession, statement: Statement, values: Values) -> int:
    """Execute a statement in a session's transaction; return how many rows it changed."""
    return await cast("Session", session).change(statement, values)
