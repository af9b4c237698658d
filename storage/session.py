"""A transaction on the database, which does the most frequent things by the shortest way.

Nobody sees it but in speed. Prepared statements, a row by its id, new rows and changed ones need no more than the
driver; asked for anything else, a session becomes SQLAlchemy's own, in the same transaction and with the same objects,
and stays that until its end. So whoever uses one need not know which of the two it is.

On PostgreSQL a transaction begins with the first statement that changes or locks something. Before it there is nothing
that one would hold together: each question is answered as of its own moment either way.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from types import TracebackType
from typing import Any, NoReturn, Self

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.orm import Session as SyncSession
from sqlalchemy.orm import make_transient_to_detached
from sqlalchemy.orm.attributes import instance_dict, instance_state, manager_of_class
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.util.concurrency import greenlet_spawn
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from storage import prepared
from storage.connections import Connections
from storage.prepared import Made, Statement, Values

_LOCKED = {"key_share": True}


class Session(AsyncSession):
    """One transaction: committed at the end of its block, or not at all."""

    def __init__(self, engine: AsyncEngine, connections: Connections, alone: bool = False) -> None:
        """Open one; what is `alone` needs nothing to be committed with it, and each change is one by itself."""
        self._async_bind, self._async_binds = engine, {}
        self._connections = connections
        self._engine = engine.sync_engine
        self._dialect = self._engine.dialect
        self._is_sqlite = self._dialect.name == "sqlite"
        self._begins = not (self._is_sqlite or alone)  # SQLite's driver does it by itself
        self._connection: Connection | None = None
        self._is_over = False  # committed, so that nothing is under way on the connection any more
        self._own: SyncSession | None = None  # SQLAlchemy's, once it is needed
        self._known: dict[Any, SQLModel] = {}  # by the key that SQLAlchemy knows a row by
        self._new: list[SQLModel] = []

    # Both are made when they are first needed.
    @property
    def sync_session(self) -> Any:  # type: ignore[override]
        """SQLAlchemy's session, which takes over from here."""
        if self._own is None:
            self._connection = self._connection or self._connections.spare()
            self._own = self._assign_proxied(
                self.sync_session_class(bind=self._connection or self._engine, expire_on_commit=False)
            )
            self._own.add_all([*self._known.values(), *self._new])
        return self._own

    _proxied = sync_session

    def get_bind(self, *args: Any, **more: Any) -> Any:
        """Return the engine."""
        return self._engine

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, wrong: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                await self.commit()
        finally:
            await self.close()

    async def commit(self) -> None:
        """Commit what was changed."""
        if self._own is not None:
            await greenlet_spawn(self._own.commit)
            return
        await self.flush()
        driver = _driver_of(self._connection) if self._connection is not None else None
        if driver is not None and (self._is_sqlite or is_under_way(driver)):
            try:
                await driver.commit()
            except BaseException as wrong:
                await self._say(wrong)
        self._is_over = True

    async def close(self) -> None:
        """Give back the connection; what was not committed is undone."""
        own, self._own = self._own, None
        connection, self._connection = self._connection, None
        self._known, self._new = {}, []
        try:
            if own is not None:
                await greenlet_spawn(own.close)
        finally:
            if connection is not None and own is None and self._is_over:
                await self._connections.leave(connection)
            elif connection is not None:
                await self._connections.close(connection)

    async def rows(self, statement: Statement, values: Values) -> list[Any]:
        """Execute a statement and return its rows."""
        made = statement.made(self._dialect, tuple(values))
        return made.rows((await self._ask(made, values))[0])

    async def change(self, statement: Statement, values: Values) -> int:
        """Execute a statement and return how many rows it changed."""
        return (await self._ask(statement.made(self._dialect, tuple(values)), values))[1]

    async def objects(self, statement: Statement, values: Values, *, anew: bool = False) -> list[Any]:
        """Execute a statement that asks for models, and return them, or tuples of several; those that are known
        already are read `anew` or stay as they are."""
        if self._own is not None:
            how = {"populate_existing": anew}
            query = statement.on(self._dialect)
            return list(await self.exec(query, params=dict(values), execution_options=how))
        made = statement.made(self._dialect, tuple(values))
        found = (await self._ask(made, values))[0]
        if len(made.entities) == 1:
            [(model, _)] = made.entities
            return [row[0] if model is None else self._object(model, row, anew) for row in found]
        return [self._tuple(made, row, anew) for row in found]

    def _tuple(self, made: Made, row: list[Any], anew: bool) -> tuple[Any, ...]:
        things, at = [], 0
        for model, many in made.entities:
            things.append(row[at] if model is None else self._object(model, row[at : at + many], anew))
            at += many
        return tuple(things)

    def _object(self, model: type[SQLModel], row: list[Any], anew: bool) -> SQLModel | None:
        kind = _kind(model)
        id = row[kind.id_at]
        if id is None:
            return None  # of an outer join
        key = (model, (id,), None)
        known = self._known.get(key)
        if known is not None and not anew:
            return known
        if known is None:
            known = self._known[key] = kind.manager.new_instance()
            instance_state(known).key = key
        instance_dict(known).update(zip(kind.names, row, strict=True))
        return known

    async def get(self, entity: Any, ident: Any, **how: Any) -> Any:
        """Return a row by its id. Of what is asked in a special way, the usual lock goes the short way too."""
        locks, anew = how.pop("with_for_update", None), how.pop("populate_existing", False)
        if self._own is not None or how or locks not in (None, _LOCKED) or ident is None:
            how |= {"with_for_update": locks, "populate_existing": anew}
            return await super().get(entity, ident, **how)
        known = self._known.get((entity, (ident,), None))
        if known is not None and not anew and not locks:
            return known
        found = await self.objects(_by_id(entity, bool(locks)), {"of_id": ident}, anew=anew)
        return found[0] if found else None

    def add(self, instance: Any, *args: Any, **more: Any) -> None:
        """Let a row be added at the next flush, or its changes be written."""
        if self._own is None:
            key = instance_state(instance).key
            if key is None:
                if all(each is not instance for each in self._new):
                    self._new.append(instance)
                return
            if self._known.setdefault(key, instance) is instance:
                return
        super().add(instance, *args, **more)

    async def flush(self, objects: Sequence[Any] | None = None) -> None:
        """Write what was changed and added so far."""
        if self._own is not None:
            if self._own._dirty_states or self._own._new or self._own._deleted:
                await super().flush(objects)
            return
        changed = [each for each in self._known.values() if instance_state(each).modified]
        for each in sorted(changed, key=_place):
            await self._update(each)
        while self._new:
            await self._insert(self._new[0])
            del self._new[0]

    async def _update(self, row: SQLModel) -> None:
        kind, state, values = _kind(type(row)), instance_state(row), instance_dict(row)
        was = dict(state.committed_state)
        changed = {name: values[name] for name in kind.names if name in was and values[name] != was[name]}
        if changed:
            many = await self._write(_update(type(row)), {**changed, "of_id": values[kind.id]})
            if many != 1:
                raise StaleDataError(f"{many} rows of {kind.id} were changed instead of one")
        state._commit_all(values)

    async def _insert(self, row: SQLModel) -> None:
        kind, values = _kind(type(row)), instance_dict(row)
        given = {name: values[name] for name in kind.names if name in values}
        if given.get(kind.id) is None:
            given.pop(kind.id, None)
            made = _insert(type(row), True).made(self._dialect, tuple(given))
            [[values[kind.id]]] = (await self._execute(made, given))[0]
        else:
            await self._write(_insert(type(row), False), given)
        make_transient_to_detached(row)
        self._known[instance_state(row).key] = row

    async def _write(self, statement: Statement, values: Values) -> int:
        return (await self._execute(statement.made(self._dialect, tuple(values)), values))[1]

    async def _ask(self, made: Made, values: Values) -> tuple[list[list[Any]], int]:
        """Execute a statement after everything that was changed before it."""
        await self.flush()
        return await self._execute(made, values)

    async def _execute(self, made: Made, values: Values) -> tuple[list[list[Any]], int]:
        """Execute a statement; return what it found and how many rows it changed."""
        self._is_over = False
        parameters = made.parameters(values)
        connection = self._connection
        if self._own is not None:
            connection = await greenlet_spawn(self._own.connection)
        elif connection is None:
            connection = self._connection = await self._connections.take()
        driver = _driver_of(connection)
        try:
            if self._begins and made.changes and not is_under_way(driver):
                await driver.execute("BEGIN")
            cursor = driver.cursor()
            await cursor.execute(made.text, parameters)
            found = await cursor.fetchall() if made.returns else ()
        except BaseException as wrong:
            await self._say(wrong, made.text, connection)
        return (made.values(found, cursor) if found else []), cursor.rowcount

    async def _say(
        self, wrong: BaseException, text: str = "COMMIT", on: Connection | None = None
    ) -> NoReturn:
        """Raise what the driver raised as SQLAlchemy says it, which also puts a broken connection aside."""
        connection = on or self._connection
        assert connection is not None

        def say() -> NoReturn:
            try:
                raise wrong
            except BaseException as raised:
                connection._handle_dbapi_exception(raised, text, None, None, None)

        await greenlet_spawn(say)
        raise AssertionError


class _Kind:
    """A model, as its rows are read and written."""

    def __init__(self, model: type[SQLModel]) -> None:
        rows = prepared.table(model)
        [id] = rows.primary_key.columns
        self.manager = manager_of_class(model)
        self.names = [column.name for column in rows.c]
        self.id, self.id_at = id.name, self.names.index(id.name)


_kind = cache(_Kind)


@cache
def _by_id(model: type[SQLModel], locks: bool) -> Statement:
    rows = prepared.table(model)
    query = select(model).where(rows.c[_kind(model).id] == bindparam("of_id"))
    return Statement(query.with_for_update(key_share=True) if locks else query)


@cache
def _update(model: type[SQLModel]) -> Statement:
    rows = prepared.table(model)
    return Statement(rows.update().where(rows.c[_kind(model).id] == bindparam("of_id")))


@cache
def _insert(model: type[SQLModel], without_id: bool) -> Statement:
    rows = prepared.table(model)
    return Statement(rows.insert().returning(rows.c[_kind(model).id]) if without_id else rows.insert())


def _place(row: SQLModel) -> tuple[str, Any]:
    """Return where a row stands in the order that everybody writes in, so that no two wait for each other."""
    key = instance_state(row).key
    return str(row.__tablename__), key[1] if key else ()


def _driver_of(connection: Connection) -> Any:
    return connection.connection.driver_connection


def is_under_way(driver: Any) -> bool:
    """Say whether a transaction is under way on a connection to PostgreSQL."""
    return bool(driver.pgconn.transaction_status)
