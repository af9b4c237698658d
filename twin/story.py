"""What passed between the app and the twin lately, in lines for the message of a test that failed.

A developer reads what the app called, what it was told, and how that went, in the order it happened.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from twin.parcels import Delivery
from twin.words import Json

if TYPE_CHECKING:
    from twin.host import Call, Host

Row = TypeVar("Row")
_WIDTH = 160
_LONG = ("blocks", "view", "message", "attachments")


def tell(host: Host, last: int = 12) -> str:
    """Tell the last calls and deliveries, and what is still under way."""
    courier = host.courier
    rows = sorted([*_latest(host.calls, last), *_latest(host.posts, last)], key=lambda one: one.n)[-last:]
    lines = [(one.n, _called(one)) for one in rows]
    lines += [(one.n, _told(one)) for one in _latest(courier.log, last)]
    said = [f"  {n}. {line}" for n, line in sorted(lines)]
    return (
        f"{host.road.connections} connections, idle: {courier.is_idle}, delivered: {courier.delivered}, "
        f"undelivered: {len(courier.undelivered)}. Last calls of the app, and what it was told:\n"
        + ("\n".join(said) or "  none")
    )


def _latest(rows: Sequence[Row], last: int) -> list[Row]:
    return list(islice(reversed(rows), last))


def _called(call: Call) -> str:
    broken = "" if call.status == 200 else f" (status {call.status})"
    return f"{call.method} {_short(call.args)} -> {_short(call.response)}{broken}"


def _told(delivery: Delivery) -> str:
    attempts = ", ".join(
        one.outcome if one.ms is None else f"{one.outcome} after {one.ms:.0f} ms" for one in delivery.attempts
    )
    return f"told {delivery.name} {_short(_heart(delivery.payload))} -> {attempts or 'nobody is connected'}"


def _heart(payload: Json) -> Json:
    """Return what a payload is about."""
    found = payload.get("event") or payload
    keys = ("user", "user_id", "channel", "channel_id", "text", "reaction", "actions", "callback_id", "ts")
    return {key: found[key] for key in keys if found.get(key)}


def _short(body: Json) -> str:
    text = str({key: value for key, value in body.items() if key not in _LONG})
    return text if len(text) <= _WIDTH else text[: _WIDTH - 3] + "..."
