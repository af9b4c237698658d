"""Make the demo company's customer data: accounts, usage, invoices, contacts, deals and incidents as CSV.

    python -m examples.make_data [--out examples/data] [--today 2026-11-20]

Whoever runs the demo sees these rows as facts on cards, as health alerts and in the morning summary;
`STORIES.md` says what is planted. The same date gives the same bytes on every machine: chance comes from
generators seeded by name and is used without functions whose last digit may differ between machines. Usage
ends on the day before `--today`, as it would when a nightly export is read in the morning.
"""

from __future__ import annotations

import argparse
import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random

from examples.demo_customers import CUSTOMERS, Customer
from examples.demo_events import (
    CHARGED_TWICE,
    DEALS,
    FAILED_THIS_MONTH,
    FAILED_TWICE,
    INCIDENTS,
    WORKSPACE_CONTACTS,
)

TODAY = date(2026, 11, 20)
DAYS = 120
ACCOUNTS = 300
Row = Sequence[str | int | float]

_FIRST = (
    *("Alder", "Amber", "Beacon", "Birch", "Bramble", "Bright", "Cedar", "Cinder", "Clover", "Coastal"),
    *("Crescent", "Dapple", "Drift", "Ember", "Falcon", "Fern", "Flint", "Garnet", "Granite", "Harbor"),
    *("Hazel", "Heron", "Indigo", "Ivory", "Kestrel", "Lark", "Linden", "Maple", "Marlow", "Merrow", "Opal"),
    *("Orchard", "Pearl", "Quarry", "Raven", "Rowan", "Sable", "Sorrel", "Summit", "Thistle"),
)
_SECOND = {
    "Foods": "food",
    "Roasters": "food",
    "Tools": "manufacturing",
    "Components": "manufacturing",
    "Textiles": "retail",
    "Outdoor": "retail",
    "Home": "retail",
    "Clinics Supply": "healthcare",
    "Market": "marketplace",
    "Fulfilment": "logistics",
}
_GIVEN = (
    *("Alma", "Boris", "Clara", "Daniel", "Eva", "Felix", "Gina", "Hugo", "Irene", "Jasper", "Karin", "Leon"),
    *("Mara", "Nils", "Olga", "Pavel", "Rosa", "Simon", "Tessa", "Uwe"),
)
_FAMILY = (
    *("Abel", "Berg", "Costa", "Dahl", "Egger", "Frank", "Gruber", "Holm", "Ivanov", "Jansen", "Keller"),
    *("Larsen", "Moreau", "Novak", "Olsen", "Peters", "Rossi", "Silva"),
)


def main() -> None:
    """Write the six files and say where."""
    arguments = argparse.ArgumentParser(description="Make the demo company's customer data.")
    arguments.add_argument("--out", type=Path, default=Path(__file__).parent / "data")
    arguments.add_argument("--today", type=date.fromisoformat, default=TODAY)
    given = arguments.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    for name, content in tables(given.today).items():
        (given.out / name).write_bytes(content)
    print(f"Wrote the data of {given.today} to {given.out}")


def tables(today: date) -> dict[str, bytes]:
    """Return the six files by name, as they are on this day."""
    customers = (*CUSTOMERS, *_others())
    return {
        "accounts.csv": _csv(
            "id name tier segment mrr currency owner renewal_date created domain seats",
            ([
                c.id, c.name, c.tier, c.segment, c.mrr, "USD", c.owner, _day(today, -c.renews_in),
                _day(today, c.created_ago), c.domain, c.seats,
            ] for c in customers),
        ),
        "usage.csv": _csv(
            "account_id date active_users shipments api_calls",
            (row for customer in customers for row in _usage(customer, today)),
        ),
        "invoices.csv": _csv(
            "id account_id issued due amount currency status paid_at attempts", _invoices(customers, today)
        ),
        "contacts.csv": _csv("email name account_id role", _contacts(customers)),
        "deals.csv": _csv(
            "id account_id name stage amount owner stage_since close_date", _deals(customers, today)
        ),
        "incidents.csv": _csv(
            "id title component started resolved status summary", _incidents(today)
        ),
    }  # fmt: skip


def _csv(header: str, rows: Iterable[Row]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header.split())
    writer.writerows(rows)
    return text.getvalue().encode()


def _day(today: date, days_ago: int) -> str:
    return (today - timedelta(days=days_ago)).isoformat()


def _others() -> Iterator[Customer]:
    """Yield the accounts without a story, which fill the numbers that the planted ones leave free."""
    taken = {customer.id for customer in CUSTOMERS}
    names = [f"{first} {second}" for second in _SECOND for first in _FIRST]
    Random("names").shuffle(names)
    free = (f"acc-{number}" for number in range(1001, 1001 + ACCOUNTS + len(taken)))
    numbers = [account for account in free if account not in taken][: ACCOUNTS - len(taken)]
    for account, name in zip(numbers, names, strict=False):
        chance = Random(f"account {account}")
        # A charge can only fail where one is made, so those that fail are on a paid plan.
        tier = chance.choices(("free", "starter", "business", "enterprise"), (22, 45, 25, 8))[0]
        if tier == "free" and account in FAILED_THIS_MONTH:
            tier = "starter"
        shipments, seats, mrr = _size(tier, chance)
        yield Customer(
            account,
            name,
            tier,
            _SECOND[name.split(" ", 1)[1]],
            mrr,
            chance.choice(("rafael", "chloe", "david") if tier == "enterprise" else ("rafael", "chloe")),
            shipments,
            seats,
            365 if tier == "free" else chance.randrange(20, 366),
            chance.randrange(130, 1400),
        )


def _size(tier: str, chance: Random) -> tuple[int, int, int]:
    """Return shipments on a working day, seats, and monthly USD for an ordinary account of this tier."""
    if tier == "free":
        return chance.randrange(1, 3), chance.randrange(1, 3), 0
    if tier == "starter":
        seats = chance.randrange(2, 9)
        return chance.randrange(8, 30), seats, 49 + 6 * max(0, seats - 5)
    if tier == "business":
        seats = chance.randrange(8, 40)
        return chance.randrange(60, 260), seats, 290 + 9 * max(0, seats - 25)
    return chance.randrange(500, 1900), chance.randrange(30, 120), 100 * chance.randrange(15, 80)


def _usage(customer: Customer, today: date) -> Iterator[Row]:
    chance = Random(f"usage {customer.id}")
    drift = chance.uniform(-0.0006, 0.0012)
    weekend, unrest = chance.choice((0.05, 0.1, 0.35)), chance.choice((0.6, 0.9, 1.3))
    for days_ago in range(DAYS, 0, -1):
        # Drawn for days before the account began too, so that its age does not change the days after.
        noise = 1 + unrest * (sum(chance.random() for _ in range(6)) / 6 - 0.5)
        people = 0.75 + 0.25 * chance.random()
        if days_ago > customer.created_ago:
            continue
        day = today - timedelta(days=days_ago)
        week = weekend if day.weekday() >= 5 else 1.0
        shape = api_shape = 1.0
        for stretch in customer.shape:
            shape *= stretch.multiple(days_ago)
        for stretch in customer.api_shape:
            api_shape *= stretch.multiple(days_ago)
        expected = customer.shipments * week * shape * (1 + drift * (DAYS - days_ago)) * noise
        shipments = _settle(expected, chance)
        # Fewer people work when little is shipped, but never in proportion.
        users = round(customer.seats * people * min(1.0, 0.3 + 0.7 * week) * min(1.0, 0.4 + 0.6 * shape))
        calls = 0 if customer.tier == "free" else _settle(expected * 3.5 * api_shape, chance)
        if shape == 0.0:
            users = 0
        yield [customer.id, day.isoformat(), users, shipments, calls]


def _settle(expected: float, chance: Random) -> int:
    """Return a whole number near this value, rounded by lot so that small accounts have quiet days."""
    whole = int(expected)
    return whole + (chance.random() < expected - whole)


def _invoices(customers: Sequence[Customer], today: date) -> Iterator[Row]:
    number = 103400
    for month in range(4, -1, -1):
        issued = _first_of_month(today, month)
        for customer in customers:
            if customer.mrr == 0 or (today - issued).days > customer.created_ago:
                continue
            number += 1
            chance = Random(f"invoice {customer.id} {month}")
            yield _invoice(number, customer, issued, today, month, chance)
            if customer.id == CHARGED_TWICE and month == 0:
                number += 1
                day, amount = issued.isoformat(), f"{customer.mrr:.2f}"
                yield [f"FH-{issued.year}-{number}", customer.id, day, day, amount, "USD", "paid", day, 1]


def _invoice(
    number: int, customer: Customer, issued: date, today: date, month: int, chance: Random
) -> list[str | int]:
    """Return one invoice: enterprise pays by transfer within 30 days, the others by card on the day."""
    overage = round(chance.random() * 40, 2) if chance.random() < 0.15 else 0.0
    slip, draw = chance.randrange(0, 26), chance.random()
    status, attempts, paid = "paid", 1, issued
    due = issued + timedelta(days=30 if customer.tier == "enterprise" else 0)
    planned = month <= 1 and customer.id in FAILED_TWICE
    if planned or (month == 0 and customer.id in FAILED_THIS_MONTH):
        # Attempts are made on the due day and 3, 5 and 10 days after it.
        attempts = sum((today - due).days >= wait for wait in (0, 3, 5, 10))
        status = "failed"
    elif customer.tier == "enterprise":
        paid = issued + timedelta(days=5 + slip)
        status, attempts = ("open", 0) if paid >= today else ("paid", 1)
    elif draw < 0.008 and month > 0:
        status = "refunded"
    elif draw < 0.02:
        # A first attempt that failed and a second that did not.
        attempts, paid = 2, issued + timedelta(days=3)
        if paid >= today:
            status, attempts = "open", 1
    return [
        f"FH-{issued.year}-{number}",
        customer.id,
        issued.isoformat(),
        due.isoformat(),
        f"{customer.mrr + overage:.2f}",
        "USD",
        status,
        paid.isoformat() if status in ("paid", "refunded") else "",
        attempts,
    ]


def _first_of_month(today: date, months_ago: int) -> date:
    months = today.year * 12 + today.month - 1 - months_ago
    return date(months // 12, months % 12 + 1, 1)


def _contacts(customers: Sequence[Customer]) -> Iterator[Row]:
    yield from WORKSPACE_CONTACTS
    known = {account for _, _, account, _ in WORKSPACE_CONTACTS}
    for customer in customers:
        chance = Random(f"contacts {customer.id}")
        roles = ("manager", "packer") if customer.id in known else ("owner", "manager")
        names: set[str] = set()
        for role in roles[: 1 if customer.tier in ("free", "starter") else 2]:
            name = f"{chance.choice(_GIVEN)} {chance.choice(_FAMILY)}"
            if name not in names:
                names.add(name)
                yield [f"{name.lower().replace(' ', '.')}@{customer.domain}", name, customer.id, role]


def _deals(customers: Sequence[Customer], today: date) -> Iterator[Row]:
    number = 500
    for account, name, stage, amount, owner, days_in_stage, days_to_close in DEALS:
        number += 1
        yield [
            f"deal-{number}", account, name, stage, amount, owner, _day(today, days_in_stage),
            _day(today, -days_to_close),
        ]  # fmt: skip
    chance = Random("deals")
    others = [c for c in customers if c.tier in ("starter", "business") and c not in CUSTOMERS]
    for customer in chance.sample(others, 34):
        number += 1
        stage = chance.choice(("discovery", "trial", "proposal", "negotiation", "won", "won", "lost"))
        closed = stage in ("won", "lost")
        name = f"{customer.name} {chance.choice(('upgrade', 'renewal', 'more seats'))}"
        yield [
            f"deal-{number}", customer.id, name, stage, 120 * chance.randrange(8, 160), customer.owner,
            _day(today, chance.randrange(1, 24)),
            _day(today, chance.randrange(1, 60) if closed else -chance.randrange(16, 90)),
        ]  # fmt: skip


def _incidents(today: date) -> Iterator[Row]:
    # Counted from nine in the morning, when the day's first summary is read.
    morning = datetime.combine(today, time(9, 0), UTC)
    for name, title, component, began, lasted, status, summary in INCIDENTS:
        started = morning - timedelta(minutes=round(began * 60))
        resolved = "" if lasted is None else _moment(started + timedelta(minutes=round(lasted * 60)))
        yield [name, title, component, _moment(started), resolved, status, summary]


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


if __name__ == "__main__":
    main()
