"""How soon Slack is told that a delivery has arrived, when it is told only after the delivery is safe.

Beside us stands a Bolt app that acknowledges everything and keeps nothing, in the same run on the same workspace. Most
of what Slack delivers is talk in channels that are not watched, so that is what is sent; how acknowledgements fare
while requests are being worked on is printed as well.
"""

from __future__ import annotations

import asyncio
import time
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


async def measure(folder: Path) -> Findings:
    """Measure the bare app, then ours on both databases."""
    found = Findings()
    bare = await _acks(folder, ("benchmarks.bare_app",), "bare ready", "sqlite://", found)
    found.add("ack.bare_p99_ms_50", 1000 * bare[0], "ms")
    found.add("ack.bare_p99_ms_200", 1000 * bare[1], "ms")
    ours = await _acks(folder, STUB, "stub ready", f"sqlite:///{folder}/acks.sqlite", found)
    _add(found, "sqlite", ours, bare)
    with postgres.server() as server, postgres.database(server) as database:
        ours = await _acks(folder, STUB, "stub ready", database, found)
        _add(found, "postgres", ours, bare)
    return found


def _add(found: Findings, name: str, ours: tuple[float, ...], bare: tuple[float, ...]) -> None:
    found.add(f"ack.p99_ratio_50.{name}", ours[0] / bare[0], "times the bare app's", ("<=", 2.0))
    found.add(f"ack.p99_ms_50.{name}", 1000 * ours[0], "ms")
    found.add(f"ack.p99_ms_200.{name}", 1000 * ours[1], "ms", ("<=", 250))
    found.add(f"ack.p50_ms_200.{name}", 1000 * ours[2], "ms")
    found.add(f"ack.p99_ms_working.{name}", 1000 * ours[3], "ms")


async def _acks(
    folder: Path, module: tuple[str, ...], ready: str, database: str, found: Findings
) -> tuple[float, ...]:
    """Return p99 at 50/s, p99 and p50 at 200/s, and p99 while 20 requests a second are worked on, in seconds."""
    async with open_twin() as twin, running_bot(twin, database, folder / "acks.log", module) as app:
        await app.says(ready)
        await twin.connected()
        for channel in (_QUIET, _WATCHED):
            await twin.person(_PERSON).join(f"#{channel}")
        await _send(twin, _QUIET, _WARM, 50)
        steady = await _send(twin, _QUIET, _STEADY, 50)
        fast = await _send(twin, _QUIET, _FAST, 200)
        working = await _send(twin, _WATCHED, _REQUESTS, 20)
        if twin.undelivered:
            raise Failed(f"{len(twin.undelivered)} deliveries were not acknowledged")
    return percentile(steady, 0.99), percentile(fast, 0.99), percentile(fast, 0.5), percentile(working, 0.99)


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
