"""What somebody asks of the admin API, read and checked: a JSON object with known keys of the right kind.

Whoever sends something else is told in a sentence which key is wrong, and nothing is done.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any

from aiohttp import web

from twin.words import Json, Refused


async def read(request: web.Request, keys: Collection[str]) -> Json:
    """Return the body of a request, an empty object when there is none. Raises Refused with a sentence."""
    text = await request.text()
    try:
        body = json.loads(text or "{}")
    except ValueError as problem:
        raise Refused("invalid_json", f"The request is not JSON: {problem}.") from problem
    if not isinstance(body, dict):
        raise Refused("invalid_json", "The request is not a JSON object.")
    if unknown := sorted(set(body) - set(keys)):
        raise _wrong(f"{unknown[0]} means nothing here; known: {', '.join(keys)}.")
    return body


def word(body: Json, key: str, known: Collection[str] = (), default: str | None = None) -> str:
    """Return a text, one of those that are known if any are given."""
    value = body.get(key, default)
    if value is None:
        raise _wrong(f"{key} is missing.")
    if not isinstance(value, str):
        raise _wrong(f"{key} must be text, not {value!r}.")
    if known and value not in known:
        raise _wrong(f"{key} must be {', '.join(known)}, not {value!r}.")
    return value


def number(body: Json, key: str, default: float | None = None, *, least: float = 0.0) -> float:
    """Return a number."""
    value: Any = body.get(key, default)
    if value is None:
        raise _wrong(f"{key} is missing.")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong(f"{key} must be a number, not {value!r}.")
    if not value >= least:
        raise _wrong(f"{key} must be at least {least:g}, not {value:g}.")
    return float(value)


def count(body: Json, key: str, default: int) -> int:
    """Return a whole number, zero or more."""
    value = number(body, key, default)
    if not value.is_integer():
        raise _wrong(f"{key} must be a whole number, not {value:g}.")
    return int(value)


def flag(body: Json, key: str) -> bool:
    """Return yes or no."""
    value = body.get(key)
    if not isinstance(value, bool):
        raise _wrong(f"{key} must be true or false, not {value!r}.")
    return value


def moment(body: Json, key: str) -> datetime:
    """Return a time with its zone."""
    text = word(body, key)
    try:
        found = datetime.fromisoformat(text)
    except ValueError as problem:
        raise _wrong(f"{key} must be a time such as 2026-11-23T09:00:00+00:00, not {text!r}.") from problem
    if found.tzinfo is None:
        raise _wrong(f"{key} must say its zone, such as 2026-11-23T09:00:00+00:00.")
    return found


def query_number(request: web.Request, key: str, default: int) -> int:
    """Return a whole number of the query string."""
    text = request.query.get(key, "")
    if not text:
        return default
    if not text.isdigit():
        raise _wrong(f"{key} must be a whole number, not {text!r}.")
    return int(text)


def _wrong(say: str) -> Refused:
    return Refused("invalid_arguments", say)
