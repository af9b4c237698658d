"""Full-text search: the messages a person may see that contain every word they typed, newest first.

A person may narrow it down with `from:@ana` (or `from:me`), `in:#channel`, `has:link`, `has:file`, `has:reaction`,
`before:2026-11-23`, `after:…`, `on:…`, and quotes around words that belong together. Deliberately no ranking, no
word stems and no index: a workspace holds what fits into memory, and one look at every message is quick enough.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from twin.channels import Channel
from twin.words import Json, Refused
from twin.workspace import Workspace

LIMIT = 50
_LINK = re.compile(r"<https?://|https?://")
_MENTION = re.compile(r"<([@#])([A-Z0-9]+)(?:\|([^>]*))?>")


@dataclass
class Query:
    """What was asked for. Times are message timestamps; channels and people are ids."""

    words: list[str] = field(default_factory=list)
    people: list[str] = field(default_factory=list)
    channels: list[str] = field(default_factory=list)
    has: list[str] = field(default_factory=list)
    after: float = 0.0
    before: float = float("inf")


@dataclass(frozen=True)
class Hit:
    """A message that was found, and where it stands."""

    channel: Channel
    message: Json


def read(ws: Workspace, user: str, typed: str) -> Query:
    """Understand what a person typed. Raises Refused when a filter makes no sense."""
    query = Query()
    zone = ZoneInfo(ws.users[user].get("tz", "UTC"))
    for quoted, word in re.findall(r'"([^"]*)"|(\S+)', typed):
        name, colon, value = word.partition(":")
        if quoted:
            query.words.append(quoted.lower())
        elif colon and name in ("before", "after", "on"):
            _date(query, name, value, zone)
        elif colon and name == "from" and value:
            query.people.append(_person(ws, user, value))
        elif colon and name == "in" and value:
            query.channels.append(_channel(ws, user, value))
        elif colon and name == "has" and value:
            query.has.append(value.strip(":").rstrip("s"))
        elif word:
            query.words.append(word.lower())
    return query


def find(ws: Workspace, user: str, query: Query) -> Iterator[Hit]:
    """Find what this person may see, newest first."""
    found = [
        Hit(channel, message)
        for channel in ws.channels.values()
        if ws.sees(user, channel) and (not query.channels or channel.id in query.channels)
        for message in channel.every_message()
        if _fits(ws, query, message)
    ]
    return iter(sorted(found, key=lambda hit: str(hit.message["ts"]), reverse=True))


def visible_text(ws: Workspace, message: Json) -> str:
    """Return a message's text as people read it, with names instead of ids."""

    def name(match: re.Match[str]) -> str:
        sign, id, label = match[1], match[2], match[3]
        if sign == "@" and id in ws.users:
            return "@" + str(ws.users[id]["name"])
        if sign == "#" and id in ws.channels:
            return "#" + ws.channels[id].name
        return sign + (label or id)

    text: str = message.get("text", "")
    return _MENTION.sub(name, text) if "<" in text else text


def _fits(ws: Workspace, query: Query, message: Json) -> bool:
    if query.people and message.get("user") not in query.people:
        return False
    if not query.after <= float(message["ts"]) < query.before:
        return False
    for what in query.has:
        if what == "link" and not _LINK.search(message.get("text", "")):
            return False
        if what == "file" and not message.get("files"):
            return False
        if what == "reaction" and not message.get("reactions"):
            return False
        if what == "pin" and not message.get("pinned_to"):
            return False
    if not query.words:
        return bool(
            query.people or query.has or query.channels or query.after or query.before != float("inf")
        )
    titles = " ".join(str(one.get("title", "")) for one in message.get("files", []))
    text = f"{visible_text(ws, message)} {titles}".lower()
    return all(word in text for word in query.words)


def _date(query: Query, name: str, value: str, zone: ZoneInfo) -> None:
    try:
        day = datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=zone)
    except ValueError as problem:
        raise Refused("invalid_date", f"{name}: takes a day such as 2026-11-23, not {value!r}.") from problem
    start = day.astimezone(UTC).timestamp()
    end = (day + timedelta(days=1)).astimezone(UTC).timestamp()
    if name in ("after", "on"):
        query.after = max(query.after, end if name == "after" else start)
    if name in ("before", "on"):
        query.before = min(query.before, start if name == "before" else end)


def _person(ws: Workspace, user: str, value: str) -> str:
    if value.lstrip("@").lower() == "me":
        return user
    found = ws.find_user(value)
    if found is None:
        raise Refused("user_not_found", f"There is nobody called {value!r}.")
    return found


def _channel(ws: Workspace, user: str, value: str) -> str:
    found = ws.find_channel(value)
    if found is None and (other := ws.find_user(value)) is not None:
        both = {user, other}
        found = next((one for one in ws.channels.values() if one.is_im and set(one.members) == both), None)
    if found is None or not ws.sees(user, found):
        raise Refused("channel_not_found", f"There is no conversation {value!r} that this person can see.")
    return found.id
