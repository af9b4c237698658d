"""Faults as the admin API says and takes them: what shall go wrong, how often, and how often it did."""

from __future__ import annotations

from collections.abc import Collection
from typing import cast

from twin.admin import asked
from twin.faults import DeliveryFault, DeliveryKind, Fault, Kind
from twin.host import Host
from twin.words import Json


def said(one: Fault) -> Json:
    """Say a fault of the Web API as JSON."""
    return {
        "id": one.id,
        "method": one.method,
        "channel": one.channel,
        "kind": one.kind,
        "times": one.times,
        "hits": one.hits,
        "error": one.error,
        "retry_after": one.retry_after,
        "seconds": one.seconds,
    }


def said_of_delivery(one: DeliveryFault) -> Json:
    """Say a fault of delivery as JSON."""
    return {
        "id": one.id,
        "event": one.event,
        "kind": one.kind,
        "times": one.times,
        "hits": one.hits,
        "seconds": one.seconds,
    }


def add(host: Host, body: Json, kinds: Collection[str]) -> Fault:
    """Set a fault of the Web API. Raises Refused when it makes no sense."""
    kind = asked.word(body, "kind", kinds)
    return host.faults.add(
        asked.word(body, "method", default="*"),
        cast(Kind, kind),
        channel=_channel(host, asked.word(body, "channel")) if body.get("channel") else None,
        times=asked.count(body, "times", 1),
        error=asked.word(body, "error", default="internal_error"),
        retry_after=asked.count(body, "retry_after", 1),
        seconds=asked.number(body, "seconds", 5.0 if kind == "slow" else 0.0),
    )


def add_to_delivery(host: Host, body: Json, kinds: Collection[str]) -> DeliveryFault:
    """Set a fault of delivery. Raises Refused when it makes no sense."""
    kind = asked.word(body, "kind", kinds)
    return host.courier.faults.add(
        asked.word(body, "event", default="*"),
        cast(DeliveryKind, kind),
        times=asked.count(body, "times", 1),
        seconds=asked.number(body, "seconds", 5.0 if kind == "delay" else 0.0),
    )


def _channel(host: Host, name: str) -> str:
    """Name a channel by its id, so that it may be given with or without #."""
    found = next((one for ws in host.workspaces.values() if (one := ws.find_channel(name)) is not None), None)
    return found.id if found is not None else name
