"""pins.*: messages the app pins to a channel.

People see them among the channel's pins. Deliberately not done: pinned files.
"""

from __future__ import annotations

import re

from twin import pins
from twin.channels import Channel
from twin.webapi.calling import Args, Method, joined_channel
from twin.words import Json, SlackError
from twin.workspace import Workspace


def add(ws: Workspace, args: Args) -> Json:
    channel, message = _target(ws, args)
    if message["ts"] in ws.pins.get(channel.id, {}):
        raise SlackError("already_pinned")
    if pins.is_full(ws, channel):
        raise SlackError("too_many_pins")
    pins.pin(ws, channel, message, ws.bot)
    return {"ok": True}


def remove(ws: Workspace, args: Args) -> Json:
    channel, message = _target(ws, args)
    if not pins.unpin(ws, channel, message, ws.bot):
        raise SlackError("no_pin")
    return {"ok": True}


def list_(ws: Workspace, args: Args) -> Json:
    return {"ok": True, "items": pins.items(ws, joined_channel(ws, args))}


def _target(ws: Workspace, args: Args) -> tuple[Channel, Json]:
    channel = joined_channel(ws, args)
    ts = args.text("timestamp")
    if not ts:
        raise SlackError("no_item_specified")
    if not re.fullmatch(r"\d+\.\d+", ts):
        raise SlackError("bad_timestamp")
    message = channel.get(ts)
    if message is None or message.get("subtype") == "tombstone":
        raise SlackError("message_not_found")
    return channel, message


METHODS = {
    "pins.add": Method(add, ("pins:write",), per_minute=20),
    "pins.remove": Method(remove, ("pins:write",), per_minute=20),
    "pins.list": Method(list_, ("pins:read",), per_minute=20),
}
