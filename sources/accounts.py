"""The door to a company's customer data: which account a person belongs to, and what we know of it.

People see it as the facts on a card, each with its source and age. A source that cannot be asked is named there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from agents.words import Account, Fact

ACCOUNT_OWNER = "Account owner"  # the fact whose value is a handle of one of our own people


class SourceUnavailable(Exception):
    """A source that does not answer; the message says which, in words for a card."""


@dataclass(frozen=True)
class UsageDay:
    day: date
    active_users: int
    shipments: int
    api_calls: int


@dataclass(frozen=True)
class Invoice:
    id: str
    issued: date
    due: date
    amount: float
    currency: str
    status: str  # paid, open, failed, refunded
    attempts: int


@dataclass(frozen=True)
class AccountRecord:
    """An account with everything the health rules look at. `usage` and `invoices` are oldest first."""

    account: Account
    mrr: float
    renewal: date
    usage: tuple[UsageDay, ...]
    invoices: tuple[Invoice, ...]


class AccountSource(Protocol):
    """Customer data, wherever it is kept."""

    async def account_of(self, email: str) -> Account | None:
        """Return the account a person belongs to by e-mail address. Raises SourceUnavailable."""
        ...

    async def facts(self, account: Account, now: datetime) -> list[Fact]:
        """Return what a person answering this account should know. Raises SourceUnavailable."""
        ...

    async def records(self) -> Sequence[AccountRecord]:
        """Return every account with its history, for the health scan. Raises SourceUnavailable."""
        ...
