"""What Slack brings, told apart: of which kind it is, under which key it is known, and what it is about.

A person never sees it, but a delivery that comes twice has one key, and effects on one thing follow their order.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from typing import Any

from slack_bolt.request import payload_utils as bolt
from slack_bolt.request.async_request import AsyncBoltRequest

MALFORMED = "malformed"
# What Python says when a text stands where an object should, or a number where a text should.
BROKEN = (AttributeError, IndexError, KeyError, TypeError, ValueError)
# How Bolt takes a delivery apart for whoever listens.
_PARTS = (
    *(bolt.to_options, bolt.to_shortcut, bolt.to_action, bolt.to_view),
    *(bolt.to_command, bolt.to_event, bolt.to_message, bolt.to_step),
)
_ILLEGIBLE = re.compile("[\0\ud800-\udfff]")


def readable(body: dict[str, Any]) -> dict[str, Any]:
    """Return a delivery as it came if Bolt can take it apart, else as one of the kind MALFORMED."""
    try:
        AsyncBoltRequest(body=body, mode="socket_mode")
        for part in (*_PARTS, kind_of):
            part(body)
    except BROKEN:
        return malformed(body)
    return body


def malformed(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a delivery that has another shape than Slack's in one that is kept like any of an unknown kind."""
    return {"type": MALFORMED, "body": body}


def legible(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a delivery in which each half of a character, and each NUL, is a replacement mark, and a number that is
    too large is none: no database takes them, and a message would be given up for one."""
    return {name: _legible(value) for name, value in body.items()}


def _legible(value: Any) -> Any:
    match value:
        case str():
            return _ILLEGIBLE.sub("\N{REPLACEMENT CHARACTER}", value)
        case float():
            return value if math.isfinite(value) else None
        case list():
            return [_legible(each) for each in value]
        case dict():
            return legible(value)
    return value


def kind_of(body: Mapping[str, Any]) -> str:
    """Return what kind of delivery this is, such as "message" or "block_actions"."""
    if body.get("type") == "event_callback":
        return str((body.get("event") or {}).get("type", "event"))
    return str(body.get("type") or ("command" if "command" in body else "unknown"))


def key_of(body: Mapping[str, Any]) -> str:
    """Return the key under which every copy of a delivery is the same one."""
    if event_id := body.get("event_id"):
        return f"event:{event_id}"
    if body.get("type") == "block_actions" and body.get("actions"):
        action = body["actions"][0]
        return (
            f"click:{(body.get('user') or {}).get('id')}:{action.get('action_ts')}:{action.get('action_id')}"
        )
    if body.get("type") in ("view_submission", "view_closed") and body.get("view"):
        return f"{body['type']}:{body['view'].get('id')}"
    if trigger := body.get("trigger_id"):
        return f"{kind_of(body)}:{trigger}"
    # Without an id of its own a delivery is known by what it says.
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    return f"{kind_of(body)}:{digest[:32]}"


def thread_of(body: Mapping[str, Any]) -> str:
    """Return what a delivery is about, so that effects on one thing follow the order of arrival."""
    event = body.get("event") or {}
    if event.get("type") == "message":
        message = event.get("message") or event.get("previous_message") or event
        return f"{event.get('channel')}:{message.get('thread_ts') or message.get('ts')}"
    container = body.get("container") or {}
    if container.get("message_ts"):
        return f"{container.get('channel_id')}:{container['message_ts']}"
    view = body.get("view")
    if isinstance(view, dict) and view.get("id"):
        return f"view:{view['id']}"
    return key_of(body)
