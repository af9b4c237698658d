"""Pinned messages: what a channel keeps at hand.

People see a pin on the message and the list of pins of the channel; the app hears `pin_added` and `pin_removed`.
Deliberately not done: pinned files, and the grey line in the channel that says who pinned something.
"""

from __future__ import annotations

from twin import events, membership, messages
from twin.channels import Channel
from twin.words import Json
from twin.workspace import Workspace

MOST = 100  # in one channel


def pin(ws: Workspace, channel: Channel, message: Json, user: str) -> bool:
    """Pin a message to its channel. Returns False when it is pinned already, or the channel has too many pins."""
    pins = ws.pins.setdefault(channel.id, {})
    if message["ts"] in pins or is_full(ws, channel):
        return False
    item = {
        "type": "message",
        "created": int(ws.now().timestamp()),
        "created_by": user,
        "channel": channel.id,
    }
    pins[message["ts"]] = item
    _show(ws, channel, {**message, "pinned_to": [channel.id]})
    _tell(ws, channel, message["ts"], item, user, "pin_added")
    return True


def unpin(ws: Workspace, channel: Channel, message: Json, user: str) -> bool:
    """Take a pin off. Returns False when there is none."""
    item = ws.pins.get(channel.id, {}).pop(message["ts"], None)
    if item is None:
        return False
    _show(ws, channel, {key: value for key, value in message.items() if key != "pinned_to"})
    _tell(ws, channel, message["ts"], item, user, "pin_removed")
    return True


def is_full(ws: Workspace, channel: Channel) -> bool:
    """Whether a channel can take no more pins."""
    return len(pinned(ws, channel)) >= MOST


def pinned(ws: Workspace, channel: Channel) -> list[str]:
    """Return the timestamps of a channel's pinned messages, the newest pin first."""
    return [item["message"]["ts"] for item in items(ws, channel)]


def items(ws: Workspace, channel: Channel) -> list[Json]:
    """Return a channel's pins as Slack lists them, the newest first. Messages that are gone are not there."""
    pins = ws.pins.get(channel.id, {})
    found = [(item, channel.get(ts)) for ts, item in reversed(pins.items())]
    return [
        {**item, "message": _shown(ws, channel, message)}
        for item, message in found
        if message is not None and message.get("subtype") != "tombstone"
    ]


def _show(ws: Workspace, channel: Channel, message: Json) -> None:
    messages.redraw(ws, channel, message)
    membership.announce(ws, channel)


def _tell(ws: Workspace, channel: Channel, ts: str, item: Json, user: str, what: str) -> None:
    message = channel.get(ts) or {}
    left = len(pinned(ws, channel))
    event: Json = {
        "type": what,
        "user": user,
        "channel_id": channel.id,
        "item": {**item, "message": _shown(ws, channel, message)},
        "item_user": message.get("user", ""),
        "pin_count": left,
        "pinned_info": {"channel": channel.id, "pinned_by": item["created_by"], "pinned_ts": item["created"]},
        **({"has_pins": left > 0} if what == "pin_removed" else {}),
        "event_ts": ws.ts(),
    }
    events.in_channel(ws, channel, event)


def _shown(ws: Workspace, channel: Channel, message: Json) -> Json:
    kept = {key: value for key, value in message.items() if key not in ("metadata", "reactions")}
    return {**kept, "permalink": messages.permalink(ws, channel, message)}
