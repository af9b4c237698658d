"""reactions.*: the app's emoji under messages.

People see them as pills with a count. Deliberately not checked: whether an emoji of that name exists; only
its form.
"""

from __future__ import annotations

import re

from twin import messages
from twin.channels import Channel
from twin.webapi.calling import Args, Method, joined_channel
from twin.webapi.chat import permalink
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
    shown["permalink"] = permalink(ws, channel, message)
    return {"ok": True, "type": "message", "channel": channel.id, "message": shown}


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
}
