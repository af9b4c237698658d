"""What is known of a customer, worked out from tables: the same rows always give the same facts.

People see it as the facts on a card: plan, revenue, renewal, owner, billing, usage, deals, incidents, each
with the table it came from and the newest date in that table. Nothing is read here and nothing is judged:
whether a change is alarming belongs to the health rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta

from agents.words import Account, Fact
from sources.account_tables import Book, Deal, Incident
from sources.accounts import ACCOUNT_OWNER, AccountRecord, Invoice, UsageDay

# An address at one of these says nothing about where somebody works.
FREE_MAIL = frozenset(
    [
        "126.com", "163.com", "aol.com", "fastmail.com", "free.fr", "freenet.de", "gmail.com", "gmx.com", "gmx.de",
        "gmx.net", "googlemail.com", "hey.com", "hotmail.com", "icloud.com", "laposte.net", "libero.it", "live.com",
        "mac.com", "mail.com", "mail.ru", "me.com", "msn.com", "orange.fr", "outlook.com", "pm.me", "proton.me",
        "protonmail.com", "qq.com", "seznam.cz", "t-online.de", "tutanota.com", "web.de", "wp.pl", "yahoo.co.uk",
        "yahoo.com", "yandex.ru", "ymail.com", "zoho.com",
    ]
)  # fmt: skip

_RECENT_DAYS = 14
_BEFORE_DAYS = 28
_CLOSED_STAGES = frozenset(
    {"won", "lost", "closed won", "closed lost", "closed_won", "closed_lost", "closed"}
)
_MOST_NAMED = 3


def account_of(book: Book, email: str, own_domains: Iterable[str] = ()) -> Account | None:
    """Return the account a person belongs to: by their contact entry, else by the domain of their address.

    A domain never counts if it is a free mail provider's or our own, or if two accounts share it.
    """
    address = email.strip().lower()
    name, at, domain = address.rpartition("@")
    if not at or not name or not domain:
        return None
    known = book.profiles.get(book.contacts.get(address, ""))
    if known:
        return known.account
    if domain in FREE_MAIL or domain in {own.lower() for own in own_domains}:
        return None
    found = [each.account for each in book.profiles.values() if each.domain == domain]
    return found[0] if len(found) == 1 else None


def facts(book: Book, account_id: str, now: datetime) -> list[Fact]:
    """Return the facts of one account, each with its table and the newest date there; absent tables too."""
    about = book.profiles.get(account_id)
    if about is None:
        return []
    found = [
        _fact(
            book,
            "accounts",
            "Plan",
            ", ".join(filter(None, (about.account.tier, about.account.segment))),
            now,
        ),
        _fact(book, "accounts", "Revenue", f"{money(about.mrr, about.currency)} a month", now),
        _fact(book, "accounts", "Renewal", _renewal(about.renewal, now.date()), now),
    ]
    if about.account.owner:
        found.append(_fact(book, "accounts", ACCOUNT_OWNER, about.account.owner, now))
    said = {
        "invoices": ("Billing", _billing(book.invoices.get(account_id, ()))),
        "usage": ("Usage", _trend(book.usage.get(account_id, ()), book.newest.get("usage"))),
        "deals": ("Open deals", _deals(book.deals.get(account_id, ()), about.currency)),
        "incidents": ("Active incident", _incidents(book.incidents)),
    }
    for table, (name, value) in said.items():
        if table in book.missing:
            found.append(Fact(name, f"unknown, {book.names[table]} is not there", book.names[table], now))
        elif value:
            found.append(_fact(book, table, name, value, now))
    return found


def _fact(book: Book, table: str, name: str, value: str, now: datetime) -> Fact:
    return Fact(name, value, book.names[table], book.newest.get(table, now))


def money(amount: float, currency: str) -> str:
    """Return a sum for people: no cents where there are none."""
    shown = f"{amount:,.0f}" if amount == round(amount) else f"{amount:,.2f}"
    return f"{shown} {currency}".strip()


def day(moment: date) -> str:
    """Return a date for people, such as "7 Jan 2027"."""
    return f"{moment.day} {moment:%b %Y}"


def _renewal(renewal: date, today: date) -> str:
    days = (renewal - today).days
    away = "today" if not days else _days(days) + (" ago" if days < 0 else " away")
    return f"{day(renewal)} ({away})"


def _days(count: int) -> str:
    return "1 day" if abs(count) == 1 else f"{abs(count)} days"


def _billing(invoices: Sequence[Invoice]) -> str:
    if not invoices:
        return ""
    last = invoices[-1]
    counts = [
        f"{count} {status}"
        for status in ("failed", "open")
        if (count := sum(each.status == status for each in invoices))
    ]
    state = " and ".join(counts) if counts else "nothing open or failed"
    return f"{state}; last invoice {money(last.amount, last.currency)}, {last.status}"


def _trend(usage: Sequence[UsageDay], newest: datetime | None) -> str:
    """Say how the last 14 days compare with the 28 before, per day; days without a row count as no use."""
    if not usage or newest is None:
        return ""
    end = newest.date()
    start, before = end - timedelta(days=_RECENT_DAYS), end - timedelta(days=_RECENT_DAYS + _BEFORE_DAYS)
    if usage[0].day > before + timedelta(days=1):
        return "too new for a trend"
    measures: dict[str, Callable[[UsageDay], int]] = {
        "shipments": lambda day: day.shipments,
        "active users": lambda day: day.active_users,
        "API calls": lambda day: day.api_calls,
    }
    parts = []
    for name, measure in measures.items():
        recent = sum(measure(day) for day in usage if start < day.day <= end) / _RECENT_DAYS
        earlier = sum(measure(day) for day in usage if before < day.day <= start) / _BEFORE_DAYS
        if earlier:
            parts.append(f"{name} {change(recent / earlier - 1)}")
    if not parts:
        return "none in the last six weeks"
    return f"{', '.join(parts)} (last {_RECENT_DAYS} days against the {_BEFORE_DAYS} before)"


def change(share: float) -> str:
    """Return a change for people: "+12%", "-43%" or "unchanged"."""
    percent = round(share * 100)
    return f"{percent:+d}%".replace("-", "\u2212") if percent else "unchanged"


def _deals(deals: Sequence[Deal], currency: str) -> str:
    shown = []
    for each in (d for d in deals if d.stage.lower() not in _CLOSED_STAGES):
        closes = f", closes {day(each.close)}" if each.close else ""
        shown.append(f"{each.name} ({each.stage}, {money(each.amount, currency)}{closes})")
    return _some(shown)


def _incidents(incidents: Sequence[Incident]) -> str:
    return _some(
        [
            f"{each.title}"
            + (f" ({each.component})" if each.component else "")
            + f", since {day(each.started)} {each.started:%H:%M} UTC"
            for each in incidents
            if each.is_active
        ]
    )


def _some(shown: Sequence[str]) -> str:
    more = f"; and {len(shown) - _MOST_NAMED} more" if len(shown) > _MOST_NAMED else ""
    return "; ".join(shown[:_MOST_NAMED]) + more


def records(book: Book) -> list[AccountRecord]:
    """Return every account with its history, in order of id."""
    return [
        AccountRecord(
            account=each.account,
            mrr=each.mrr,
            renewal=each.renewal,
            usage=book.usage.get(id, ()),
            invoices=book.invoices.get(id, ()),
        )
        for id, each in sorted(book.profiles.items())
    ]
