"""Phone numbers in running text, of any country, told from dates, amounts and order numbers by how they are written."""

from __future__ import annotations

import re
from collections.abc import Iterator

_CANDIDATE = re.compile(
    r"(?<![\w.#/:-])(?<!\d,)(?:\+|00)?\s?(?:\(\+?\d{1,5}\)|\d)(?:[ .\-/]{0,2}(?:\(\d{1,5}\)|\d)){5,17}"
    r"(?:\s?(?:x|ext\.?|extension)\s?\d{1,6})?(?![\w@]|[.,-]\d)",
    re.IGNORECASE,
)
_SPOKEN = re.compile(
    r"\b(?:phones?|call(?:s|ed)?|tel(?:ephone|efon)?|mobile|cell(?:phone)?|number|reach|whats ?app|fax|text|sms|"
    r"contact|hotline|answer(?:ing|ed)?|handy|rufnummer|teléfono|téléphone|dial|ring)\b[^\n]{0,40}$",
    re.IGNORECASE,
)
_AFTER = re.compile(r"\s?[-(,]?\s?(?:office|fax|mobile|cell|home|work)\b", re.IGNORECASE)
_OTHER = re.compile(
    r"\b(?:order|invoice|ticket|case|tracking|account|card|ref(?:erence)?|zip|serial|version|amount|total|id|no\.)"
    r"[\s#:]{0,3}(?:(?:number|no\.?|is)[\s#:]{0,3}){0,2}$",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})(?:[ T]\d{1,2}[:.]?\d{0,2})?"
)
_IDENTITY = re.compile(r"\d{3}-\d{2}-\d{4}")  # of the United States
_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")


def phones(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each phone number begins and ends."""
    for match in _CANDIDATE.finditer(text):
        said = match[0].strip()
        start = match.start() + len(match[0]) - len(match[0].lstrip())
        if _is_phone(said, text[: match.start()], text[match.end() :]):
            yield start, start + len(said)


def _is_phone(said: str, before: str, after: str) -> bool:
    number = re.split(r"(?i)\s?(?:x|ext)", said)[0]
    digits = re.sub(r"\D", "", number)
    # E.164 allows fifteen; with the prefix for calls abroad they are three more.
    if (
        not 7 <= len(digits) <= 18
        or _DATE.fullmatch(said)
        or _IDENTITY.fullmatch(said)
        or _ADDRESS.fullmatch(said)
    ):
        return False
    if _OTHER.search(before):
        return False
    if said.startswith("+") or (said.startswith("00") and len(digits) >= 9) or number != said:
        return True
    groups = re.findall(r"\d+", number)
    if "(" in number or (len(groups) >= 3 and max(map(len, groups)) <= 5 and len(digits) >= 8):
        return True
    return bool(_SPOKEN.search(before) or _AFTER.match(after)) or (
        len(groups) == 2 and digits.startswith("0") and len(digits) >= 9
    )
