"""What the app said without what differs in every run: ids, times, addresses, and keys of its own.

Two runs that a person cannot tell apart have the same plain form. Deliberately kept are all words, names of people and
channels (a seed gives them the same ids every time), and the order of blocks.
"""

from __future__ import annotations

import re
from typing import Any

from twin.words import Json

# Keys that hold ids, times, or what nobody sees; so do those that end like these, but for a few.
_SKIPPED = frozenset(
    (
        *("as_user", "channel", "channels", "external", "file", "hash", "id", "latest", "metadata", "oldest"),
        *("private_metadata", "response_url", "timestamp", "ts", "url_private"),
    )
)
_ENDINGS = ("_id", "_ts", "_at", "_token")
_KEPT = frozenset(("callback_id", "action_id", "user_id"))
_ELEMENTS_WITH_IDS = ("button", "workflow_button", "icon_button")
_DATE = r"\d{4}-\d\d-\d\d"
_TIME = r"\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?"
_PATTERNS = tuple(
    (re.compile(pattern), put)
    for pattern, put in (
        (r"<!date\^[^>]*>", "‹time›"),
        (rf"{_DATE}[T ]{_TIME}(?:Z|[+-]\d\d:?\d\d)?", "‹time›"),
        (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "‹id›"),
        (r"/p\d{16}(?:\?thread_ts=[\d.]+(?:&cid=\w+)?)?", "/‹message›"),
        (r"\b\d{10}\.\d{6}\b", "‹ts›"),
        (r"https?://(?:127\.0\.0\.1|localhost)(?::\d+)?(?:/hooks/[\w/-]+)?", "‹twin›"),
        (r"\b[VF]\d?[A-Z0-9]{9,}\b", "‹id›"),
        (_DATE, "‹day›"),
        (rf"\b{_TIME}(?: ?[AaPp][Mm]\b)?", "‹time›"),
    )
)


def plain(args: Json) -> Json:
    """Return the arguments of a call in plain form."""
    return {key: _plain(one) for key, one in sorted(args.items()) if _is_seen(key) and one is not None}


def words(text: str) -> str:
    """Return a text in plain form."""
    for pattern, put in _PATTERNS:
        text = pattern.sub(put, text)
    return text


def changes(before: Any, after: Any, path: str = "") -> list[Json]:
    """Return where two plain forms differ: `{"path", "before", "after"}`, one for each place."""
    if isinstance(before, dict) and isinstance(after, dict):
        keys = [*before, *(key for key in after if key not in before)]
        found = [changes(before.get(key), after.get(key), f"{path}.{key}".lstrip(".")) for key in keys]
        return [one for part in found for one in part]
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        pairs = enumerate(zip(before, after, strict=True))
        return [one for at, (old, new) in pairs for one in changes(old, new, f"{path}[{at}]")]
    return [] if before == after else [{"path": path, "before": before, "after": after}]


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return words(value)
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if not isinstance(value, dict):
        return value
    hides_value = value.get("type") in _ELEMENTS_WITH_IDS  # which ticket a button is about
    return {
        key: _plain(one)
        for key, one in value.items()
        if _is_seen(key) and one is not None and not (hides_value and key == "value")
    }


def _is_seen(key: str) -> bool:
    return key in _KEPT or not (key in _SKIPPED or key.endswith(_ENDINGS))
