"""What a message names exactly, in one line for a card: "FH-2026-104361 · 36 USD · 3 Nov".

People see it as "Mentioned", so that nobody has to search a long message for the number they need. Found by pattern and
never guessed; whether an invoice exists, and whose it is, is not looked up.
"""

from __future__ import annotations

import re
from decimal import Decimal

from agents.local.cues.mentions import emails, invoices, money, orders

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?)"
)
_DATE = re.compile(
    rf"\b(?:\d{{4}}-\d\d-\d\d|\d{{1,2}}[./]\d{{1,2}}[./]\d{{2,4}}"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH}(?:,? \d{{4}})?|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?(?:,? \d{{4}})?)\b",
    re.IGNORECASE,
)
_MOST = 8


def dates(text: str) -> tuple[str, ...]:
    """Return days as they were written, in order, each once; a month or a weekday alone is no date."""
    return tuple(dict.fromkeys(match[0] for match in _DATE.finditer(text)))


def _shown(amount: Decimal) -> str:
    return f"{amount:,.0f}" if amount == amount.to_integral_value() else f"{amount:,.2f}"


def mentioned(text: str) -> tuple[str, ...]:
    """Return at most eight things a plain text names: invoices, orders, amounts, e-mail addresses, dates; each once."""
    amounts = (f"{_shown(each.amount)} {each.currency}" for each in money(text))
    found = (*invoices(text), *orders(text), *amounts, *emails(text), *dates(text))
    return tuple(dict.fromkeys(found))[:_MOST]
