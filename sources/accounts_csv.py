"""Customer data from a folder of CSV files, as any CRM or billing system can export them.

People see facts that are as new as the files: a file that changed is read again at the next question. A row
that cannot be understood stops all answers with its file and line, because half a customer base would look
like a whole one; a file that is not there is named on the card and stops nothing. Nothing is ever written.
"""

from __future__ import annotations

import asyncio
import csv
import threading
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from agents.words import Account, Fact
from sources import account_facts
from sources.account_tables import REQUIRED, TABLES, BadRow, Book, Row, book
from sources.accounts import AccountRecord, SourceUnavailable

_NAMES = {table: f"{table}.csv" for table in TABLES}
_Stamp = tuple[tuple[int, int] | None, ...]


class CsvAccounts:
    """Accounts in `folder`: accounts.csv, and if they exist usage, invoices, contacts, deals and incidents.

    `own_domains` are the company's own mail domains: an address there never belongs to a customer.
    """

    def __init__(self, folder: Path, own_domains: Collection[str] = ()) -> None:
        self._folder = folder
        self._own_domains = tuple(own_domains)
        # Not an asyncio lock: the reading happens in worker threads, and flows may run on more than one loop.
        self._reading = threading.Lock()
        self._latest: Book | None = None

    async def account_of(self, email: str) -> Account | None:
        """Return the account a person belongs to by e-mail address. Raises SourceUnavailable."""
        return account_facts.account_of(await self._current(), email, self._own_domains)

    async def facts(self, account: Account, now: datetime) -> list[Fact]:
        """Return what a person answering this account should know. Raises SourceUnavailable."""
        # As of the look at the files that found the account.
        return account_facts.facts(self._latest or await self._current(), account.id, now)

    async def records(self) -> Sequence[AccountRecord]:
        """Return every account with its history. Raises SourceUnavailable, also when there is no usage at all."""
        found = await self._current()
        if "usage" in found.missing:
            raise SourceUnavailable("usage.csv is not there, so nobody can say how the accounts are doing")
        return await asyncio.to_thread(account_facts.records, found)

    async def _current(self) -> Book:
        self._latest = await asyncio.to_thread(self._read_if_changed)
        return self._latest

    def _read_if_changed(self) -> Book:
        with self._reading:
            return _read(self._folder, tuple(_stamp_of(self._folder / name) for name in _NAMES.values()))


def _stamp_of(path: Path) -> tuple[int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size


@lru_cache(maxsize=2)  # the files as they are, and, for as long as they are being replaced, as they were
def _read(folder: Path, stamp: _Stamp) -> Book:
    """Read the files that have this stamp."""
    present = {table: name for table, name in _NAMES.items() if (folder / name).is_file()}
    if REQUIRED not in present:
        raise SourceUnavailable(f"{_NAMES[REQUIRED]} is not there")
    try:
        return book(
            {table: _rows(folder / name, TABLES[table]) for table, name in present.items()},
            _NAMES,
            lambda table, line, _: f"{_NAMES[table]}:{line}",
        )
    except BadRow as wrong:
        raise SourceUnavailable(str(wrong)) from None
    except OSError as wrong:
        raise SourceUnavailable(f"a file of customer data cannot be read: {wrong.strerror}") from wrong


def _rows(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, Row]]:
    """Yield the rows of a file with their line numbers. Raises BadRow, which names the file and the line."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        try:
            if absent := [column for column in columns if column not in (reader.fieldnames or ())]:
                raise BadRow(f"{path.name}:1: there is no column {absent[0]!r}")
            for row in reader:
                if None in row:
                    raise BadRow(f"{path.name}:{reader.line_num}: more cells than the first line has columns")
                if None in row.values():
                    # As in a file that somebody is still writing.
                    raise BadRow(
                        f"{path.name}:{reader.line_num}: fewer cells than the first line has columns"
                    )
                yield reader.line_num, row
        except csv.Error as wrong:
            raise BadRow(f"{path.name}:{reader.line_num}: not valid CSV: {wrong}") from None
        except UnicodeDecodeError:
            raise BadRow(f"{path.name}: not UTF-8 text after line {reader.line_num}") from None
