"""What every Web API method works with: its arguments, its scopes, and the channel it is about.

An app's developer sees Slack's refusals: `missing_scope` with what is needed and provided,
`invalid_arguments` with one sentence per problem. Deliberately no methods here; each family has a file of its
own.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from twin.channels import Channel
from twin.words import Json, SlackError, invalid_arguments
from twin.workspace import Workspace


class RateLimited(SlackError):
    """A call that came too fast; Slack answers 429 and says how many seconds to wait."""

    def __init__(self, seconds: int) -> None:
        super().__init__("ratelimited")
        self.seconds = seconds


class Args:
    """The arguments of one call, however they were sent."""

    def __init__(self, raw: Json) -> None:
        self.raw = raw
        self.length = 0  # of what was sent, in bytes

    def basic(self, encoded: str) -> None:
        """Take a client id and secret from an HTTP Basic header, as OAuth allows."""
        try:
            client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return
        self.raw = {**self.raw, "client_id": client_id, "client_secret": secret}

    def text(self, name: str, default: str = "") -> str:
        """Return an argument as text; numbers are written out, absent means the default."""
        value = self.raw.get(name)
        if value is None:
            return default
        if isinstance(value, bool):
            return "true" if value else "false"
        return value if isinstance(value, str) else str(value)

    def need(self, name: str) -> str:
        """Return an argument that must be there."""
        value = self.text(name)
        if not value:
            raise invalid_arguments(f"missing required field: {name}")
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return an argument as yes or no, as Slack reads it."""
        value = self.raw.get(name)
        if value is None:
            return default
        return value if isinstance(value, bool) else str(value).lower() in ("true", "1", "t", "yes")

    def number(self, name: str, default: int, most: int) -> int:
        """Return an argument as a number between 1 and `most`."""
        try:
            value = int(self.text(name) or default)
        except ValueError as problem:
            raise SlackError("invalid_limit") from problem
        if not value >= 1:
            raise SlackError("invalid_limit")
        return min(value, most)

    def structure(self, name: str, error: str) -> Any:
        """Return an argument that is JSON, sent as such or as a string.

        Raises SlackError(error) if it is not.
        """
        value = self.raw.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError as problem:
            raise SlackError(error) from problem

    def names(self, name: str) -> list[str]:
        """Return a comma-separated argument (or a list) as a list."""
        value = self.raw.get(name)
        parts = value if isinstance(value, list) else self.text(name).split(",")
        return [part.strip() for part in map(str, parts) if part.strip()]


Run = Callable[[Workspace, Args], Json]


@dataclass(frozen=True)
class Method:
    """One Web API method: what it does, which scopes allow it (any of them), its rate tier and kind of

    Token.
    """

    run: Run
    scopes: tuple[str, ...] = ()
    per_minute: int = 50
    token: str = "bot"  # bot, app or none


def demand(ws: Workspace, *scopes: str) -> None:
    """Refuse unless the app has one of these scopes."""
    provided = ws.seed.app.manifest.scopes
    if scopes and not set(scopes) & set(provided):
        raise SlackError("missing_scope", needed=",".join(scopes), provided=",".join(provided))


def has_scope(ws: Workspace, scope: str) -> bool:
    return scope in ws.seed.app.manifest.scopes


def scope_for(channel: Channel, verb: str) -> str:
    """Name the scope for a kind of conversation: `channels:history`, `im:read` and so on."""
    return f"{ {'channel': 'channels', 'group': 'groups', 'im': 'im', 'mpim': 'mpim'}[channel.kind] }:{verb}"


def visible_channel(ws: Workspace, args: Args, name: str = "channel") -> Channel:
    """Return the conversation an argument names, if the bot may know of it."""
    channel = ws.channels.get(args.need(name))
    if channel is None or (channel.is_private and ws.bot not in channel.members):
        raise SlackError("channel_not_found")
    return channel


def joined_channel(ws: Workspace, args: Args, name: str = "channel") -> Channel:
    """Return the conversation an argument names, if the bot is in it."""
    channel = visible_channel(ws, args, name)
    if ws.bot not in channel.members:
        raise SlackError("not_in_channel")
    return channel


def page(items: Sequence[Any], args: Args, *, default: int, most: int = 1000) -> tuple[list[Any], str]:
    """Cut one page out of a list. Returns it and the cursor of the next page (empty at the end)."""
    start = 0
    if cursor := args.text("cursor"):
        start = int(open_cursor(cursor, "offset"))
    limit = args.number("limit", default, most)
    rest = start + limit
    return list(items[start:rest]), make_cursor("offset", str(rest)) if rest < len(items) else ""


def make_cursor(key: str, value: str) -> str:
    return base64.b64encode(f"{key}:{value}".encode()).decode()


def open_cursor(cursor: str, key: str) -> str:
    """Read a cursor this twin made. Raises invalid_cursor for any other."""
    try:
        name, _, value = base64.b64decode(cursor, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as problem:
        raise SlackError("invalid_cursor") from problem
    if name != key or not value.isdigit():
        raise SlackError("invalid_cursor")
    return value
