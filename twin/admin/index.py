"""Which calls and deliveries are about a message or a modal: what Inspect shows beside it.

A developer sees who made it, who changed it, and every click and call that names it, oldest first. The index is made
when somebody looks and then kept up to date, so that a twin nobody inspects pays nothing for it. Deliberately not
looked at: an app's own private_metadata, which may name anything.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterable, Iterator
from itertools import takewhile
from typing import Any

from twin.admin.traffic import Row, arrival, rows
from twin.channels import Channel
from twin.host import Call, Host
from twin.words import Json

KEEP = 400_000  # names in the index
MOST_OF_ROW = 2_000
AT_ONCE = 200  # rows read before others get their turn
_STAMP = re.compile(r"(?<![\d.])(\d{10}\.\d{6})(?![\d.])")
_LINK = re.compile(r"/archives/[A-Z0-9]+/p(\d{10})(\d{6})")
_ID = re.compile(r"[VF][0-9A-Z]{7,}")
_HOOK = re.compile(r"/hooks/[\w/-]+")
# What names a moment rather than a message, or another message than the one it stands in.
_SKIPPED = frozenset(
    ("edited", "latest_reply", "private_metadata", "hash", "last_read", "profile", "reply_users")
)


class Index:
    """Finds rows by what they name: timestamps of messages, ids of views and files, triggers, response_urls."""

    def __init__(self) -> None:
        self._rows: dict[str, list[int]] = {}
        self._names: dict[int, tuple[str, ...]] = {}
        self._size = 0
        self._last = 0

    async def message(self, host: Host, channel: Channel, ts: str, *, whole: bool) -> list[Row]:
        """Return the rows that made, changed or name a message; with `whole`, those of its thread as well."""
        wanted = [ts]
        if whole:
            wanted += [one["ts"] for one in channel.thread(ts)]
        for one in wanted[:]:
            message = channel.get(one) or {}
            wanted += [file["id"] for file in message.get("files", [])]
            if maker := host.made_by.get(one):
                wanted.append(_number(maker))
        return await self._find(host, wanted)

    async def view(self, host: Host, view_id: str) -> list[Row]:
        """Return the rows that made, changed or name a view, and the click that it was opened with."""
        return await self._find(host, [view_id])

    async def _find(self, host: Host, wanted: Iterable[str]) -> list[Row]:
        await self._catch_up(host)
        known = {row.n: row for row in rows(host)}
        found = {n for name in wanted for n in self._rows.get(name, ()) if n in known}
        for n in list(found):
            if isinstance(
                known[n], Call
            ):  # the click or command that gave the app its trigger or response_url
                keys = [one for one in self._names.get(n, ()) if one.startswith(("trigger:", "/hooks/"))]
                found |= {
                    other for key in keys for other in self._rows.get(key, ()) if _is_delivery(known, other)
                }
        return [known[n] for n in sorted(found)]

    async def _catch_up(self, host: Host) -> None:
        fresh = sorted(
            (row for part in (host.calls, host.posts, host.courier.log) for row in self._fresh(part)),
            key=arrival,
        )
        for at, row in enumerate(fresh, start=1):
            if arrival(row) > self._last:  # another request may have been here meanwhile
                self._take(row)
            if at % AT_ONCE == 0:
                await asyncio.sleep(0)

    def _fresh(self, part: Iterable[Row]) -> Iterator[Row]:
        return takewhile(lambda row: arrival(row) > self._last, reversed(part))  # type: ignore[call-overload]

    def _take(self, row: Row) -> None:
        names = tuple(dict.fromkeys(_names(row)))[:MOST_OF_ROW]
        self._last = arrival(row)
        self._names[row.n] = names
        self._size += len(names)
        for name in names:
            self._rows.setdefault(name, []).append(row.n)
        while self._size > KEEP:
            self._forget(next(iter(self._names)))

    def _forget(self, n: int) -> None:
        names = self._names.pop(n)
        self._size -= len(names)
        for name in names:
            left = [one for one in self._rows[name] if one != n]
            if left:
                self._rows[name] = left
            else:
                del self._rows[name]


def _number(n: int) -> str:
    return f"delivery:{n}"


def _is_delivery(known: dict[int, Row], n: int) -> bool:
    return n in known and not isinstance(known[n], Call)


def _names(row: Row) -> Iterator[str]:
    """Yield whatever a row names."""
    if isinstance(row, Call):
        yield from _inside(row.args, "")
        yield from _inside(row.response, "")
    else:
        yield _number(row.n)
        yield from _inside(row.payload, "")


def _inside(value: Any, key: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, one in value.items():
            if name not in _SKIPPED:
                yield from _inside(one, name)
    elif isinstance(value, list):
        for one in value:
            yield from _inside(one, key)
    elif isinstance(value, str):
        yield from _said(value, key)


def _said(text: str, key: str) -> Iterator[str]:
    if key == "trigger_id":
        yield f"trigger:{text}"
        return
    if text[:1] in ("{", "[") and (structure := _opened(text)) is not None:
        yield from _inside(structure, key)
        return
    if _ID.fullmatch(text):
        yield text
    yield from _STAMP.findall(text)
    for seconds, rest in _LINK.findall(text):
        yield f"{seconds}.{rest}"
    yield from _HOOK.findall(text)


def _opened(text: str) -> Json | list[Any] | None:
    """Read a structure that an SDK sent as text."""
    try:
        structure = json.loads(text)
    except ValueError:
        return None
    return structure if isinstance(structure, dict | list) else None
