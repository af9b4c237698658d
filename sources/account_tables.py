"""The tables of customer data: what columns they have, and how their rows become values.

People meet this as the sentence that names the file, the line and the column when a row cannot be understood.
A CSV file gives text and a database gives dates and numbers; both are read by the same functions. Nothing is
guessed: an empty or strange cell that is needed is refused. Rows of accounts that are in no account table are
left out, because they describe nobody we could name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any

from agents.words import Account
from sources.accounts import Invoice, UsageDay

TABLES: Mapping[str, tuple[str, ...]] = {
    "accounts": (
        "id",
        "name",
        "tier",
        "segment",
        "mrr",
        "currency",
        "owner",
        "renewal_date",
        "created",
        "domain",
        "seats",
    ),
    "usage": ("account_id", "date", "active_users", "shipments", "api_calls"),
    "invoices": (
        "id",
        "account_id",
        "issued",
        "due",
        "amount",
        "currency",
        "status",
        "paid_at",
        "attempts",
    ),
    "contacts": ("email", "name", "account_id", "role"),
    "deals": ("id", "account_id", "name", "stage", "amount", "owner", "stage_since", "close_date"),
    "incidents": ("id", "title", "component", "started", "resolved", "status", "summary"),
}
REQUIRED = "accounts"

_OVER = ("resolved", "closed", "done")

Row = Mapping[str, Any]
Read = Callable[[Any], Any]


class BadRow(ValueError):
    """A row that cannot be understood; the message names the column and what stands there."""


@dataclass(frozen=True)
class Profile:
    """A row of `accounts`."""

    account: Account
    mrr: float
    currency: str
    renewal: date
    created: date
    domain: str


@dataclass(frozen=True)
class Deal:
    name: str
    stage: str
    amount: float
    close: date | None


@dataclass(frozen=True)
class Incident:
    title: str
    component: str
    started: datetime
    is_active: bool


@dataclass(frozen=True)
class Book:
    """Everything read from the tables. `usage`, `invoices` and `deals` are by account id, oldest first.

    `names` says what a reader would call each table ("usage.csv"), `newest` the newest date in it, and
    `missing` lists the tables that are not there at all.
    """

    names: Mapping[str, str]
    profiles: Mapping[str, Profile]
    contacts: Mapping[str, str] = field(default_factory=dict)  # e-mail in lower case -> account id
    usage: Mapping[str, tuple[UsageDay, ...]] = field(default_factory=dict)
    invoices: Mapping[str, tuple[Invoice, ...]] = field(default_factory=dict)
    deals: Mapping[str, tuple[Deal, ...]] = field(default_factory=dict)
    incidents: tuple[Incident, ...] = ()
    newest: Mapping[str, datetime] = field(default_factory=dict)
    missing: tuple[str, ...] = ()


def text_of(value: Any) -> str:
    """Return a cell as text; an empty one gives an empty text."""
    return "" if value is None else str(value).strip()


def number_of(value: Any) -> float:
    """Return a cell as a number. Raises ValueError."""
    number = float(value)
    if number != number or number in (float("inf"), float("-inf")):
        raise ValueError("not a number")
    return number


def whole_of(value: Any) -> int:
    """Return a cell as a whole number; "12.0" is one. Raises ValueError."""
    return int(value) if isinstance(value, int) else round(number_of(value))


def moment_of(value: Any) -> datetime:
    """Return a cell as an aware time; a bare date is its midnight, and a time without a zone is UTC."""
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, date):
        moment = datetime.combine(value, time.min)
    else:
        moment = datetime.fromisoformat(text_of(value))
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def day_of(value: Any) -> date:
    """Return a cell as a date. Raises ValueError."""
    if isinstance(value, str) and len(value) == 10:
        return date.fromisoformat(value)
    return moment_of(value).date()


_KIND: Mapping[Read, str] = {
    number_of: "a number",
    whole_of: "a whole number",
    day_of: 'a date like "2026-11-20"',
    moment_of: 'a time like "2026-11-20T08:00:00Z"',
    text_of: "a text",
}


def cell(row: Row, column: str, read: Read) -> Any:
    """Return one cell of a row, read as `read` does. Raises BadRow naming the column."""
    value = row.get(column)
    try:
        return read(value)
    except (ValueError, TypeError, OverflowError):
        raise BadRow(f"{column!r} should be {_KIND[read]}, but is {text_of(value)!r}") from None


def named(row: Row, column: str) -> str:
    """Return a text that must be there. Raises BadRow."""
    value = text_of(row.get(column))
    if not value:
        raise BadRow(f"{column!r} is empty")
    return value


def profile(row: Row) -> Profile:
    """Read a row of `accounts`. Raises BadRow."""
    account = Account(
        id=named(row, "id"),
        name=named(row, "name"),
        tier=named(row, "tier"),
        segment=text_of(row.get("segment")),
        owner=text_of(row.get("owner")),
    )
    return Profile(
        account=account,
        mrr=cell(row, "mrr", number_of),
        currency=text_of(row.get("currency")),
        renewal=cell(row, "renewal_date", day_of),
        created=cell(row, "created", day_of),
        domain=text_of(row.get("domain")).lower(),
    )


def usage_day(row: Row) -> UsageDay:
    """Read a row of `usage`. Raises BadRow."""
    return UsageDay(
        day=cell(row, "date", day_of),
        active_users=cell(row, "active_users", whole_of),
        shipments=cell(row, "shipments", whole_of),
        api_calls=cell(row, "api_calls", whole_of),
    )


def invoice(row: Row) -> Invoice:
    """Read a row of `invoices`. Raises BadRow."""
    return Invoice(
        id=named(row, "id"),
        issued=cell(row, "issued", day_of),
        due=cell(row, "due", day_of),
        amount=cell(row, "amount", number_of),
        currency=text_of(row.get("currency")),
        status=named(row, "status").lower(),
        attempts=cell(row, "attempts", whole_of) if text_of(row.get("attempts")) else 0,
    )


def deal(row: Row) -> Deal:
    """Read a row of `deals`. Raises BadRow."""
    return Deal(
        name=named(row, "name"),
        stage=named(row, "stage"),
        amount=cell(row, "amount", number_of),
        close=cell(row, "close_date", day_of) if text_of(row.get("close_date")) else None,
    )


def incident(row: Row) -> Incident:
    """Read a row of `incidents`. Raises BadRow."""
    return Incident(
        title=named(row, "title"),
        component=text_of(row.get("component")),
        started=cell(row, "started", moment_of),
        is_active=named(row, "status").lower() not in _OVER and not text_of(row.get("resolved")),
    )


def book(
    tables: Mapping[str, Iterable[tuple[int, Row]]],
    names: Mapping[str, str],
    place: Callable[[str, int, Row], str],
) -> Book:
    """Read all tables into one book; a table that is not given is missing.

    Rows come with their line number; `place` turns table, number and row into words for an error. Raises
    BadRow.
    """
    shelf = _Shelf()
    for table in TABLES:
        for number, row in tables.get(table, ()):
            try:
                shelf.add(table, row)
            except BadRow as wrong:
                raise BadRow(f"{place(table, number, row)}: {wrong}") from None
    known = shelf.profiles
    return Book(
        names=names,
        profiles=known,
        contacts=shelf.contacts,
        usage={
            id: tuple(days[day] for day in sorted(days)) for id, days in shelf.usage.items() if id in known
        },
        invoices={
            id: tuple(sorted(each, key=lambda i: (i.issued, i.id)))
            for id, each in shelf.invoices.items()
            if id in known
        },
        deals={id: tuple(each) for id, each in shelf.deals.items() if id in known},
        incidents=tuple(shelf.incidents),
        newest={table: moment_of(day) for table, day in shelf.newest.items()},
        missing=tuple(table for table in TABLES if table not in tables),
    )


class _Shelf:
    """What has been read so far, by account."""

    def __init__(self) -> None:
        self.profiles: dict[str, Profile] = {}
        self.contacts: dict[str, str] = {}
        self.usage: dict[str, dict[date, UsageDay]] = {}
        self.invoices: dict[str, list[Invoice]] = {}
        self.deals: dict[str, list[Deal]] = {}
        self.incidents: list[Incident] = []
        self.newest: dict[str, date] = {}

    def add(self, table: str, row: Row) -> None:
        match table:
            case "accounts":
                one = profile(row)
                if one.account.id in self.profiles:
                    raise BadRow(f"a second account with the id {one.account.id!r}")
                self.profiles[one.account.id] = one
                self._date(table, one.created)
            case "usage":
                used, days = usage_day(row), self.usage.setdefault(named(row, "account_id"), {})
                if used.day in days:
                    raise BadRow(f"a second row for {row['account_id']} on {used.day}")
                days[used.day] = used
                self._date(table, used.day)
            case "invoices":
                billed = invoice(row)
                self.invoices.setdefault(named(row, "account_id"), []).append(billed)
                self._date(table, billed.issued)
            case "contacts":
                self.contacts[named(row, "email").lower()] = named(row, "account_id")
            case "deals":
                self.deals.setdefault(named(row, "account_id"), []).append(deal(row))
                if text_of(row.get("stage_since")):
                    self._date(table, cell(row, "stage_since", day_of))
            case "incidents":
                self.incidents.append(incident(row))
                self._date(table, self.incidents[-1].started.date())

    def _date(self, table: str, day: date) -> None:
        if day > self.newest.get(table, date.min):
            self.newest[table] = day
