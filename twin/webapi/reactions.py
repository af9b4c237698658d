"""reactions.* and emoji.list: the app's emoji under messages.

People see them as pills with a count. Deliberately not checked: whether an emoji of that name exists; only
its form.
"""

from __future__ import annotations

import re

from twin import messages
from twin.channels import Channel
from twin.webapi.calling import Args, Method, joined_channel, page
from twin.words import Json, SlackError
from twin.workspace import Workspace

EMOJI = re.compile(r"[a-z0-9_+'\-]+(::skin-tone-[2-6])?")


def add(ws: Workspace, args: Args) -> Json:
    channel, message, name = _target(ws, args)
    if channel.is_archived:
        raise SlackError("is_archived")
    if not messages.react(ws, channel, message, ws.bot, name, add=True):
        raise SlackError("already_reacted")
    return {"ok": True}


def remove(ws: Workspace, args: Args) -> Json:
    channel, message, name = _target(ws, args)
    if not messages.react(ws, channel, message, ws.bot, name, add=False):
        raise SlackError("no_reaction")
    return {"ok": True}


def get(ws: Workspace, args: Args) -> Json:
    channel = joined_channel(ws, args)
    message = channel.get(args.need("timestamp"))
    if message is None:
        raise SlackError("message_not_found")
    shown = {key: value for key, value in message.items() if key != "metadata"}
    shown["permalink"] = messages.permalink(ws, channel, message)
    return {"ok": True, "type": "message", "channel": channel.id, "message": shown}


def list_(ws: Workspace, args: Args) -> Json:
    user = args.text("user") or ws.bot
    if user not in ws.users:
        raise SlackError("user_not_found")
    items = [
        {"type": "message", "channel": channel.id, "message": message}
        for channel in ws.channels.values()
        if ws.bot in channel.members
        for message in channel.every_message()
        if any(user in one["users"] for one in message.get("reactions", []))
    ]
    part, cursor = page(
        sorted(items, key=lambda item: item["message"]["ts"], reverse=True), args, default=100
    )
    return {"ok": True, "items": part, "response_metadata": {"next_cursor": cursor}}


def emoji(ws: Workspace, args: Args) -> Json:
    """Answer with the workspace's own emoji: there are none, only those every workspace has."""
    return {"ok": True, "emoji": {}, "cache_ts": f"{ws.started}.000000"}


def _target(ws: Workspace, args: Args) -> tuple[Channel, Json, str]:
    name = args.text("name").strip(":")
    if not EMOJI.fullmatch(name):
        raise SlackError("invalid_name")
    if not args.text("channel") or not args.text("timestamp"):
        raise SlackError("no_item_specified")
    channel = joined_channel(ws, args)
    message = channel.get(args.text("timestamp"))
    if message is None or message.get("subtype") == "tombstone":
        raise SlackError("message_not_found")
    return channel, message, name


METHODS = {
    "reactions.add": Method(add, ("reactions:write",)),
    "reactions.remove": Method(remove, ("reactions:write",), per_minute=20),
    "reactions.get": Method(get, ("reactions:read",)),
    "reactions.list": Method(list_, ("reactions:read",), per_minute=20),
    "emoji.list": Method(emoji, ("emoji:read",), per_minute=20),
}
