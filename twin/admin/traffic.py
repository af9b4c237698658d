"""What passed between the app and the twin, as rows for the workshop on the page.

A developer reads them in one timeline: what the app called, and what it was told. Deliberately without the Web API's
token and the app's secrets.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC

from twin.host import Call, Host
from twin.parcels import Attempt, Delivery
from twin.words import Json

Row = Call | Delivery
MOST = 1_000


def since(host: Host, number: int, limit: int) -> Json:
    """Return rows that are new or changed since a number, oldest first, and the number to ask with next.

    A delivery comes again under its own `n` when something happened to it. `next` is lower than the number asked
    with when the twin was started anew.
    """
    latest = host.latest_number
    if number >= latest:
        return {"rows": [], "next": latest}
    fresh = sorted((one for one in rows(host) if revision(one) > number), key=revision)
    part = fresh[: max(1, min(limit, MOST))]
    return {
        "rows": [said(one) for one in part],
        "next": latest if len(part) == len(fresh) else revision(part[-1]),
    }


def rows(host: Host) -> Iterator[Row]:
    """Yield every row that is remembered, calls before deliveries."""
    yield from host.calls
    yield from host.posts
    yield from host.courier.log


def revision(row: Row) -> int:
    """Return the number under which a row was made or last changed."""
    return max(row.n, row.changed)


def arrival(row: Row) -> int:
    """Return the number under which a row came into its list; calls do when they are answered."""
    return row.changed if isinstance(row, Call) else row.n


def said(row: Row) -> Json:
    """Say a row as JSON."""
    common: Json = {"n": row.n, "at": row.at.astimezone(UTC).isoformat()}
    if isinstance(row, Call):
        return {
            **common,
            "way": "call",
            "method": row.method,
            "args": {key: value for key, value in row.args.items() if key != "client_secret"},
            "response": row.response,
            "status": row.status,
            "ms": row.ms,
        }
    return {
        **common,
        "way": "delivery",
        "kind": row.kind,
        "name": row.name,
        "id": row.id,
        "payload": row.payload,
        "attempts": [_attempt(one) for one in row.attempts],
    }


def _attempt(one: Attempt) -> Json:
    return {
        "at": one.at.astimezone(UTC).isoformat(),
        "reason": one.reason,
        "outcome": one.outcome,
        "ms": one.ms,
        "answer": one.answer,
        "status": one.status,
    }
