"""Customer data from a database, in tables with the names and columns of the CSV files.

People see the same facts with the same words as from files; only the source is named differently ("table
usage"). Every question reads what it needs and nothing is kept, so an answer is as new as the database.
Nothing is ever written, and no column beyond the known ones is read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    TableClause,
    column,
    create_engine,
    func,
    inspect,
    make_url,
    select,
    table,
)
from sqlalchemy.exc import SQLAlchemyError

from agents.words import Account, Fact
from sources import account_facts
from sources.account_tables import REQUIRED, TABLES, BadRow, Book, Row, book, moment_of
from sources.accounts import AccountRecord, SourceUnavailable

_THREADS = 4
_CONNECT_SECONDS = 3
_NAMES = {name: f"table {name}" for name in TABLES}
_DATED = {
    "accounts": "created",
    "usage": "date",
    "invoices": "issued",
    "deals": "stage_since",
    "incidents": "started",
}
_OF_AN_ACCOUNT = ("usage", "invoices", "deals")
_Chosen = Mapping[str, ColumnElement[bool] | None]  # tables to read; None means every row


class SqlAccounts:
    """Accounts in any database SQLAlchemy can open; `own_domains` are the company's own mail domains."""

    def __init__(self, url: str, own_domains: Collection[str] = ()) -> None:
        self._engine = _engine(url)
        self._own_domains = tuple(own_domains)
        # Its own, because one that does not answer keeps them, and everybody else needs the loop's.
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="accounts")

    async def account_of(self, email: str) -> Account | None:
        """Return the account a person belongs to by e-mail address. Raises SourceUnavailable."""
        address = email.strip().lower()
        found = await self._ask(lambda there: _around(address, there))
        return account_facts.account_of(found, address, self._own_domains)

    async def facts(self, account: Account, now: datetime) -> list[Fact]:
        """Return what a person answering this account should know. Raises SourceUnavailable."""
        chosen: _Chosen = {
            "accounts": column("id") == account.id,
            **{name: column("account_id") == account.id for name in _OF_AN_ACCOUNT},
            "incidents": None,
        }
        found = await self._ask(lambda _: chosen)
        return account_facts.facts(found, account.id, now)

    async def records(self) -> Sequence[AccountRecord]:
        """Return every account with its history. Raises SourceUnavailable, also when there is no usage at all."""
        chosen: _Chosen = {"accounts": None, "usage": None, "invoices": None}
        found = await self._ask(lambda _: chosen)
        if "usage" in found.missing:
            raise SourceUnavailable("table usage is not there, so nobody can say how the accounts are doing")
        return await asyncio.to_thread(account_facts.records, found)

    async def aclose(self) -> None:
        """Give every connection back."""
        await asyncio.to_thread(self._engine.dispose)
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _ask(self, choose: Callable[[Set[str]], _Chosen]) -> Book:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._read, choose)

    def _read(self, choose: Callable[[Set[str]], _Chosen]) -> Book:
        try:
            with self._engine.connect() as connection:
                return _book(connection, choose)
        except BadRow as wrong:
            raise SourceUnavailable(str(wrong)) from None
        except SQLAlchemyError as wrong:
            # The database's own words may hold its address; only the kind of failure is safe on a card.
            raise SourceUnavailable(
                f"the customer database does not answer ({type(wrong).__name__})"
            ) from wrong


def _engine(url: str) -> Engine:
    place = make_url(url)
    if place.drivername == "postgresql":
        place = place.set(drivername="postgresql+psycopg")
    limits = {"connect_timeout": _CONNECT_SECONDS} if place.get_backend_name() == "postgresql" else {}
    return create_engine(place, pool_pre_ping=True, connect_args=limits)


def _around(address: str, there: Set[str]) -> _Chosen:
    """Choose the accounts a person may belong to, so that no question reads every account."""
    domain = address.rpartition("@")[2]
    may_be = func.lower(column("domain")) == domain
    if "contacts" not in there:
        return {"accounts": may_be}
    is_theirs = func.lower(column("email")) == address
    contacts = _table("contacts")
    named = column("id").in_(select(contacts.c.account_id).where(func.lower(contacts.c.email) == address))
    return {"accounts": may_be | named, "contacts": is_theirs}


def _book(connection: Connection, choose: Callable[[Set[str]], _Chosen]) -> Book:
    there = set(inspect(connection).get_table_names()) | set(inspect(connection).get_view_names())
    if REQUIRED not in there:
        raise SourceUnavailable(f"{_NAMES[REQUIRED]} is not there")
    chosen = choose(there)
    rows = {
        name: list(enumerate(_rows(connection, name, where), 1))
        for name, where in chosen.items()
        if name in there
    }
    # What exists but was not asked for is empty here, and not missing.
    rows |= {name: [] for name in TABLES if name in there and name not in rows}
    found = book(rows, _NAMES, _place)
    return _dated(connection, found, [name for name in chosen if name in there])


def _rows(connection: Connection, name: str, where: ColumnElement[bool] | None) -> Sequence[Row]:
    query = select(*_table(name).columns)
    if where is not None:
        query = query.where(where)
    return [dict(row) for row in connection.execute(query).mappings()]


def _table(name: str) -> TableClause:
    return table(name, *(column(each) for each in TABLES[name]))


def _dated(connection: Connection, found: Book, names: Sequence[str]) -> Book:
    """Give each table the newest date of all its rows, because only those of one account may have been read."""
    newest = {}
    for name in names:
        if dated := _DATED.get(name):
            latest = connection.execute(select(func.max(_table(name).c[dated]))).scalar_one()
            if latest is not None:
                newest[name] = moment_of(moment_of(latest).date())
    return Book(
        names=found.names,
        profiles=found.profiles,
        contacts=found.contacts,
        usage=found.usage,
        invoices=found.invoices,
        deals=found.deals,
        incidents=found.incidents,
        newest=newest,
        missing=found.missing,
    )


def _place(name: str, _: int, row: Row) -> str:
    key = next((each for each in ("id", "account_id", "email") if row.get(each)), None)
    return f"{_NAMES[name]}" + (f", {key} {row[key]!r}" if key else "")
