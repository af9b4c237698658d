"""What a message names exactly: amounts of money, invoice and order numbers, e-mail addresses.

Rules of policy use these (an amount above a limit goes to a lead), so they are found by pattern and never
guessed. Nothing here checks that an invoice exists.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

_SIGNS = {"$": "USD", "us$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY"}
_NAMES = {
    "usd": "USD", "dollar": "USD", "dollars": "USD", "bucks": "USD",
    "eur": "EUR", "euro": "EUR", "euros": "EUR",
    "gbp": "GBP", "pound": "GBP", "pounds": "GBP",
    "chf": "CHF", "sek": "SEK", "nok": "NOK", "dkk": "DKK", "pln": "PLN", "jpy": "JPY", "cad": "CAD",
    "aud": "AUD",
}  # fmt: skip
# A currency's name, written with its first letter in capitals or all of them: "EUR", "Euro", "euros".
_NAME = "|".join(sorted(_NAMES, key=len, reverse=True))
_NUMBER = r"\d{1,3}(?:[ '’.,\u00A0\u202F]\d{3})+(?:[.,]\d{1,2})?|\d+(?:[.,]\d{1,2})?"
_THOUSANDS = r"(?:\s?(k|m|mio|million|thousand)\b)?"
_MONEY = re.compile(
    rf"(?<![\w.,])(?:(?P<sign>us\$|[$€£¥])\s?(?P<a>{_NUMBER})(?![\d]){_THOUSANDS}"
    rf"|(?P<b>{_NUMBER})(?![\d]){_THOUSANDS}\s?(?:(?P<after>[$€£])|(?P<name>{_NAME})\b)"
    rf"|(?P<lead>{_NAME})\s?(?P<c>{_NUMBER})(?![\d]){_THOUSANDS})",
    re.IGNORECASE,
)
_TIMES = {"k": 1000, "thousand": 1000, "m": 1_000_000, "mio": 1_000_000, "million": 1_000_000}

_INVOICE = re.compile(
    r"\b(?:invoice|inv|bill|rechnung|factura|facture)\s*(?:number|no\.?|nr\.?|#)?\s*[:#]?\s*"
    r"([A-Z]{0,4}-?\d{2,4}-\d{3,10}|[A-Z]{1,4}-?\d{3,12}|\d{4,12})\b"
    r"|\b((?:INV|RE|FH)-\d{2,4}(?:-\d{3,10})?|INV-?\d{3,12})\b",
    re.IGNORECASE,
)
_ORDER = re.compile(
    r"\b(?:order|shipment|parcel|tracking|bestellung|sendung|pedido|commande)\s*(?:number|id|no\.?|nr\.?|"
    r"#)?\s*[:#]?\s*"
    r"((?=[A-Z-]*\d)[A-Z]{0,4}-?\d{4,14})\b|\b((?:SH|ORD|PO)-\d{3,14})\b",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[a-z0-9-]{1,63}\.)+[a-z]{2,24}\b", re.IGNORECASE)


@dataclass(frozen=True)
class Money:
    """An amount as written; the currency is an ISO 4217 code."""

    amount: Decimal
    currency: str


def money(text: str) -> tuple[Money, ...]:
    """Return the amounts of money in a text, in order. A bare number without a currency is not money."""
    found = []
    for match in _MONEY.finditer(text):
        number = match["a"] or match["b"] or match["c"]
        sign = match["sign"] or match["after"]
        currency = _SIGNS[sign.lower()] if sign else _NAMES[(match["name"] or match["lead"]).lower()]
        times = next((_TIMES[word.lower()] for word in match.groups() if word and word.lower() in _TIMES), 1)
        found.append(Money(as_decimal(number) * times, currency))
    return tuple(found)


def largest_amount(text: str) -> float:
    """Return the largest amount of money in a text, whatever its currency; 0.0 when there is none."""
    return float(max((each.amount for each in money(text)), default=Decimal(0)))


def as_decimal(number: str) -> Decimal:
    """Read a number as people in any country write it: the last separator before one or two digits is the decimal."""
    digits = re.sub(r"[ '’\u00A0\u202F]", "", number)
    match = re.fullmatch(r"(.*?)[.,](\d{1,2})", digits)
    whole, cents = (match[1], match[2]) if match else (digits, "0")
    return Decimal(f"{re.sub('[.,]', '', whole) or '0'}.{cents}")


def invoices(text: str) -> tuple[str, ...]:
    """Return invoice numbers, in order, each once."""
    return _once(_INVOICE, text)


def orders(text: str) -> tuple[str, ...]:
    """Return order, shipment and purchase order numbers, in order, each once."""
    return _once(_ORDER, text)


def emails(text: str) -> tuple[str, ...]:
    """Return e-mail addresses, in order, each once."""
    return tuple(dict.fromkeys(match[0] for match in _EMAIL.finditer(text)))


def _once(pattern: re.Pattern[str], text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((match[1] or match[2]).upper() for match in pattern.finditer(text)))
