"""What must not travel: card numbers, keys and passwords that people paste into their messages.

On a card and for every model they read "[card hidden]"; the ticket's own team can look at Slack's message with
a button. Found by pattern and check digit, never by a model. E-mail addresses, phone numbers and account numbers are
found as well: teams need them, so cards show them, and only towards Claude they go by another name
(`agents/aliases.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from agents.phones import phones


class Kind(StrEnum):
    """What was found; the value is how a reader calls it."""

    CARD = "card"
    KEY = "key"
    PASSWORD = "password"
    IBAN = "account number"
    EMAIL = "e-mail"
    PHONE = "phone number"


SECRET = (Kind.CARD, Kind.KEY, Kind.PASSWORD)
NOTE = re.compile(rf"\[(?:{'|'.join(SECRET)}) hidden\]")  # what `masked` puts


@dataclass(frozen=True)
class Found:
    """Where something stands in a text: from `start` up to `end`."""

    kind: Kind
    start: int
    end: int


# Formats that their makers publish; each begins with letters that nothing else begins with.
_KEYS = (
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL),
    re.compile(r"\bx(?:ox[a-z]|app)-[A-Za-z0-9-]{10,}"),
    re.compile(r"\b(?:sk|pk|rk)[-_][A-Za-z0-9_-]{16,}"),
    re.compile(r"\b(?:gh[pousr]_|github_pat_|glpat-|npm_|pypi-|dop_v1_|shpat_|hf_)[A-Za-z0-9_-]{16,}"),
    re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    re.compile(r"\bAIza[0-9A-Za-z_-]{35}"),
    re.compile(r"\bya29\.[0-9A-Za-z_-]{20,}"),
    re.compile(r"\bSG\.[\w-]{16,}\.[\w-]{16,}"),
    re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}"),
    re.compile(r"(?<=hooks\.slack\.com/services/)[A-Z0-9]+/[A-Z0-9]+/[A-Za-z0-9]{16,}"),
)
# What stands behind a word for it; `\x22` is a quotation mark.
_IS = (
    r"(?:\s+(?:(?:is|was)(?: now| (?:set|changed) to)?|to|ist|war|es|est|era|now|jetzt))?"
    r"\s*(?P<sure>[:=]\s*|->\s*|\s)(?P<quote>[\x22'“‘`]?)"
)
_VALUE = r"(?P<value>[^\s\x22'“”‘’`<>]{4,})"
_KEY_WORD = re.compile(
    r"\b(?:api[ _-]?(?:key|token|secret)|access[ _-]?(?:key|token)|secret(?:[ _-](?:access[ _-])?key)?|"
    r"client[ _-]secret|auth(?:entication)?[ _-]token|bearer|token|accountkey|private[ _-]key|signing[ _-]secret|"
    r"license[ _-]key|"
    rf"recovery[ _-]code|schlüssel|clave(?: de api)?){_IS}{_VALUE}",
    re.IGNORECASE,
)
_PASSWORD_WORD = re.compile(
    r"\b(?:pass ?words?|pass ?phrase|passcode|passwd|pwd|pw|pass|kennwort|passwort|contraseña|mot de passe|senha|"
    rf"wachtwoord|hasło|lösenord){_IS}{_VALUE}",
    re.IGNORECASE,
)
_CODE_WORD = re.compile(
    r"\b(?:cvv2?|cvc2?|csc|security code|card code|pin(?: code)?|prüfziffer)(?:\s+(?:is|ist|es|est))?"
    r"\s*[:=#]?\s*(?P<value>\d{3,6})\b",
    re.IGNORECASE,
)
_IN_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s/:@]+:(?P<value>[^\s/@]{3,})@", re.IGNORECASE)
_DIGITS = re.compile(r"(?<![\w.,+-])\d(?:[ -]?\d){12,18}(?![\w-]|[.,]\d)")
_NOT_A_CARD = re.compile(
    r"\b(?:order|tracking|invoice|shipment|parcel|waybill|awb|sscc|ean|imei|ticket|case|ref|reference)"
    r"(?:\s*(?:number|no\.?|nr\.?|id|is|#|:))*\s*$",
    re.IGNORECASE,
)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b", re.IGNORECASE)
_EMAIL = re.compile(r"\b[\w.+'-]*[\w+]@(?:[\w-]+\.)+[a-z]{2,}\b", re.IGNORECASE)


@lru_cache(maxsize=64)  # a request is read for the judgement, for its card and for its draft
def find(text: str) -> tuple[Found, ...]:
    """Return everything of these kinds in a text, in its order; where two overlap, the more secret one."""
    taken: list[Found] = []
    for found in (*_secrets(text), *_personal(text)):
        if all(found.end <= other.start or other.end <= found.start for other in taken):
            taken.append(found)
    return tuple(sorted(taken, key=lambda each: each.start))


def masked(text: str) -> str:
    """Return a text with its secrets replaced by what they are."""
    return _replaced(text, [found for found in find(text) if found.kind in SECRET])


def hides(text: str) -> bool:
    """Say whether there is anything in a text that `masked` hides, or has hidden."""
    return NOTE.search(text) is not None or any(found.kind in SECRET for found in find(text))


def _replaced(text: str, hidden: list[Found]) -> str:
    for found in reversed(hidden):
        text = f"{text[: found.start]}[{found.kind} hidden]{text[found.end :]}"
    return text


def _secrets(text: str) -> Iterator[Found]:
    for pattern in _KEYS:
        for match in pattern.finditer(text):
            yield Found(Kind.KEY, *match.span())
    for match in _IN_ADDRESS.finditer(text):
        yield Found(Kind.PASSWORD, *match.span("value"))
    for match in _DIGITS.finditer(text):
        if is_card(match[0]) and not _NOT_A_CARD.search(text[: match.start()]):
            yield Found(Kind.CARD, *match.span())
    yield from _named(text, _PASSWORD_WORD, Kind.PASSWORD, 4)
    yield from _named(text, _KEY_WORD, Kind.KEY, 12)
    for match in _CODE_WORD.finditer(text):
        yield Found(Kind.PASSWORD, *match.span("value"))


def _named(text: str, pattern: re.Pattern[str], kind: Kind, shortest: int) -> Iterator[Found]:
    """Yield what a message itself calls a password or a key, and what looks like one.

    "My password is wrong" names none; "password: swordfish" at the end of a line does.
    """
    for match in pattern.finditer(text):
        value = match["value"].rstrip(".,;:?)")
        end = match.start("value") + len(value)
        ends_the_line = not text[end:].lstrip(".,;!?) \t").split("\n")[0]
        is_said = bool(match["quote"]) or (match["sure"].strip() != "" and ends_the_line)
        is_other = value.startswith("[") or _EMAIL.fullmatch(value)  # hidden already, or whom to send it to
        if len(value) >= shortest and (is_said or _looks_secret(value)) and not is_other:
            yield Found(kind, match.start("value"), end)


def _looks_secret(value: str) -> bool:
    """Say whether something is no word: it mixes letters with digits, or with signs that no word has, or its cases."""
    letters, digits = re.search(r"[^\W\d_]", value), re.search(r"\d", value)
    signs = re.search(r"[^\w.,/:()-]", value)
    return bool(letters and (digits or signs or re.search(r"[a-z][A-Z]|[A-Z]{2}[a-z]", value)))


def _personal(text: str) -> Iterator[Found]:
    for match in _IBAN.finditer(text):
        if is_iban(match[0]):
            yield Found(Kind.IBAN, *match.span())
    for match in _EMAIL.finditer(text):
        yield Found(Kind.EMAIL, *match.span())
    for start, end in phones(text):
        yield Found(Kind.PHONE, start, end)


def is_card(text: str) -> bool:
    """Tell a payment card's number from other numbers: by length and first digits (ISO/IEC 7812), and by its check
    digit (Luhn)."""
    number = re.sub(r"\D", "", text)
    lengths = {"4": (13, 16, 19), "2": (16,), "5": (16,), "6": (16, 17, 18, 19), "3": (14, 15, 16)}
    if len(number) not in lengths.get(number[:1], ()) or len(set(number)) == 1:
        return False
    digits = [int(digit) for digit in reversed(number)]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def is_iban(text: str) -> bool:
    """Tell a bank account's number by its check digits (ISO 13616: the remainder by 97 is 1)."""
    number = text.replace(" ", "").upper()
    moved = number[4:] + number[:4]
    return 15 <= len(number) <= 34 and int("".join(str(int(each, 36)) for each in moved)) % 97 == 1
