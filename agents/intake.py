"""Reading what arrived: is it a new request, a reply, an edit, a deletion, or none of ours?

People notice this only when it goes wrong: bots, joins and our own posts must never become requests, and an edit or
a deletion must reach the ticket it belongs to. Pure functions of Slack's event.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

LONGEST = 12_000  # characters of a message that are judged; Slack allows 40,000

# What a person can post; every other subtype is Slack's own note about a channel.
_POSTED = {None, "file_share", "thread_broadcast", "me_message"}
_MARKS = re.compile(r"<([@#!])([^>|]*)(?:\|([^>]*))?>|<([^>|]+)(?:\|([^>]*))?>")


@dataclass(frozen=True)
class NewMessage:
    channel: str
    ts: str
    person: str
    text: str  # Slack's own markup
    files: tuple[str, ...]


@dataclass(frozen=True)
class ThreadReply:
    channel: str
    ts: str
    thread_ts: str
    person: str
    text: str


@dataclass(frozen=True)
class Edited:
    channel: str
    ts: str
    thread_ts: str
    person: str
    text: str
    files: tuple[str, ...]


@dataclass(frozen=True)
class Deleted:
    channel: str
    ts: str
    thread_ts: str


@dataclass(frozen=True)
class NotOurs:
    because: str


Arrival = NewMessage | ThreadReply | Edited | Deleted | NotOurs


def read(event: Mapping[str, Any], our_user: str) -> Arrival:
    """Tell what kind of arrival a `message` event is."""
    channel, subtype = str(event.get("channel", "")), event.get("subtype")
    if subtype == "message_changed":
        return _edited(event, channel, our_user)
    if subtype == "message_deleted":
        gone = event.get("previous_message") or {}
        if _is_bot(gone, our_user):
            return NotOurs("a bot's message was deleted")
        return Deleted(channel, str(event.get("deleted_ts", "")), str(gone.get("thread_ts", "")))
    if subtype not in _POSTED:
        return NotOurs(f"Slack's own note ({subtype})")
    if _is_bot(event, our_user):
        return NotOurs("posted by a bot")
    ts, thread_ts = str(event.get("ts", "")), str(event.get("thread_ts", ""))
    person, text = str(event.get("user", "")), _text(event)
    if not person or not ts:
        return NotOurs("nobody posted it")
    if thread_ts and thread_ts != ts:
        return ThreadReply(channel, ts, thread_ts, person, text)
    return NewMessage(channel, ts, person, text, _files(event))


def _edited(event: Mapping[str, Any], channel: str, our_user: str) -> Arrival:
    message, before = event.get("message") or {}, event.get("previous_message") or {}
    if message.get("subtype") == "tombstone":
        # A deleted message that has replies is replaced by a tombstone instead of vanishing.
        return Deleted(channel, str(message.get("ts", "")), str(message.get("thread_ts", "")))
    if _is_bot(message, our_user):
        return NotOurs("a bot edited its message")
    if message.get("text") == before.get("text") and _files(message) == _files(before):
        return NotOurs("only a preview or a reply count changed")
    return Edited(
        channel,
        str(message.get("ts", "")),
        str(message.get("thread_ts", "")),
        str(message.get("user", "")),
        _text(message),
        _files(message),
    )


def _is_bot(message: Mapping[str, Any], our_user: str) -> bool:
    return bool(message.get("bot_id")) or message.get("user") in (our_user, "USLACKBOT")


def _text(message: Mapping[str, Any]) -> str:
    """Return what a message says; one that only forwards another says what that one said."""
    if said := str(message.get("text") or ""):
        return said
    forwarded = (each.get("text") or each.get("fallback") for each in message.get("attachments") or ())
    return "\n".join(str(text) for text in forwarded if text)


def _files(message: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(file.get("name") or file.get("title") or "file") for file in message.get("files") or ())


def mentions(text: str) -> list[str]:
    """Return the ids of the people whom a message mentions, in its order."""
    return [found[2] for found in _MARKS.finditer(text) if found[1] == "@"]


def plain(text: str, name_of: Callable[[str], str], channel_name: Callable[[str], str]) -> str:
    """Return a message as a person reads it: mentions as names, links as addresses, entities undone, and without
    the characters that cannot be seen (control, zero-width and direction marks)."""

    def unmark(found: re.Match[str]) -> str:
        kind, target, label, link, link_label = found.groups()
        if kind == "@":
            return f"@{name_of(target)}"
        if kind == "#":
            return f"#{label or channel_name(target) or 'channel'}"
        if kind == "!":
            return label or f"@{target.split('^')[0]}"
        return f"{link_label} ({link})" if link_label and link_label not in link else link

    seen = html.unescape(_MARKS.sub(unmark, text))
    return "".join(c for c in seen if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cf")).strip()


def shorten(text: str, most: int) -> str:
    """Return the text cut at a word, with an ellipsis, when it is longer than `most` characters."""
    if len(text) <= most:
        return text
    cut = text[: most - 1]
    # A word that was cut in two goes, unless that would take half of the text with it.
    if not text[most - 1].isspace() and " " in cut[most // 2 :]:
        cut = cut.rsplit(" ", 1)[0]
    return cut.rstrip() + "…"
