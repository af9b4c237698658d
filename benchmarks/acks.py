"""How soon Slack is told that a delivery has arrived, when it is told only after the delivery is safe.

Beside us stands a Bolt app that acknowledges everything and keeps nothing, in the same run on the same workspace. Most
of what Slack delivers is talk in channels that are not watched, so that is what is sent; how acknowledgements fare
while requests are being worked on is printed as well.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import percentile
from benchmarks.parts import Findings, Part
from benchmarks.processes import Failed, open_twin, running_bot
from benchmarks.throughput import STUB
from tests import postgres
from twin.server import Twin

_WARM, _STEADY, _FAST = 50, 500, 1200
_REQUESTS = 200
_QUIET, _WATCHED = "general", "customer-support"
_PERSON = "ana"


@dataclass(frozen=True)
class Waits:
    """Seconds from each delivery to its acknowledgement, by how the deliveries came."""

    at_50: list[float]
    at_200: list[float]
    working: list[float]  # while 20 requests a second are worked on


async def measure(folder: Path) -> Findings:
    """Measure the bare app, then ours on both databases."""
    found = Findings()
    bare = await _acks(folder, ("benchmarks.bare_app",), "bare ready", "sqlite://")
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        found.add(f"ack.bare_{name}_ms_50", 1000 * percentile(bare.at_50, share), "ms")
        found.add(f"ack.bare_{name}_ms_200", 1000 * percentile(bare.at_200, share), "ms")
    ours = await _acks(folder, STUB, "stub ready", f"sqlite:///{folder}/acks.sqlite")
    _add(found, "sqlite", ours, bare)
    with postgres.server() as server, postgres.database(server) as database:
        ours = await _acks(folder, STUB, "stub ready", database)
        _add(found, "postgres", ours, bare)
    return found


def _add(found: Findings, on: str, ours: Waits, bare: Waits) -> None:
    goals = {"ack.p99_ratio_50": ("<=", 2.0), "ack.p99_ms_200": ("<=", 250.0)}
    for rate, own, other in (("50", ours.at_50, bare.at_50), ("200", ours.at_200, bare.at_200)):
        for name, share in (("p50", 0.5), ("p99", 0.99)):
            took, least = percentile(own, share), percentile(other, share)
            ratio, ms = f"ack.{name}_ratio_{rate}", f"ack.{name}_ms_{rate}"
            found.add(f"{ratio}.{on}", took / least, "times the bare app's", goals.get(ratio))
            found.add(f"{ms}.{on}", 1000 * took, "ms", goals.get(ms))
    found.add(f"ack.p99_ms_working.{on}", 1000 * percentile(ours.working, 0.99), "ms")


async def _acks(folder: Path, module: tuple[str, ...], ready: str, database: str) -> Waits:
    """Return how long acknowledgements took, at each rate."""
    async with open_twin() as twin, running_bot(twin, database, folder / "acks.log", module) as app:
        await app.says(ready)
        await twin.connected()
        for channel in (_QUIET, _WATCHED):
            await twin.person(_PERSON).join(f"#{channel}")
        await _send(twin, _QUIET, _WARM, 50)
        waits = Waits(
            at_50=await _send(twin, _QUIET, _STEADY, 50),
            at_200=await _send(twin, _QUIET, _FAST, 200),
            working=await _send(twin, _WATCHED, _REQUESTS, 20),
        )
        if twin.undelivered:
            raise Failed(f"{len(twin.undelivered)} deliveries were not acknowledged")
    return waits


async def _send(twin: Twin, channel: str, many: int, rate: float) -> list[float]:
    """Post at a steady rate and return the seconds from each delivery to its acknowledgement."""
    person, log = twin.person(_PERSON), twin.host.courier.log
    before = log[-1].n if log else 0
    began = time.perf_counter()
    for number in range(many):
        await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
        await person.post(
            channel, f"Good morning everybody, number {number}, invoice {number} was charged twice."
        )
    await twin.idle(60)
    waits = [
        attempt.ms / 1000
        for one in log
        if one.n > before and one.name == "message" and one.payload["event"].get("user") == person.id
        for attempt in one.attempts
        if attempt.ms is not None
    ]
    if len(waits) < many:
        raise Failed(f"{many} posts made {len(waits)} deliveries")
    return waits


PART = Part("acks", ("ack.",), 120.0, measure)
