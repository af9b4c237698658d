"""How soon Slack is told that a delivery has arrived, when it is told only after the delivery is safe.

Beside us stands a Bolt app that acknowledges everything and keeps nothing, in the same run, in turn with us. Most
of what Slack delivers is talk in channels that are not watched, so that is what is sent; how acknowledgements fare
while requests are being worked on is printed as well.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.figures import percentile
from benchmarks.parts import Findings, Part
from benchmarks.processes import Failed, Started, open_twin, running_bot
from benchmarks.throughput import STUB, acknowledged
from tests import postgres
from twin.server import Twin

_WARM, _STEADY, _FAST = 50, 500, 1200
_ROUNDS = 3  # at 50 a second, in turn, because a handful of waits decide and the machine has its moods
_REQUESTS = 200
_QUIET, _WATCHED = "general", "customer-support"
_PERSON = "ana"


@dataclass
class Waits:
    """Seconds from each delivery to its acknowledgement, by how the deliveries came; and what one cost at 50/s."""

    at_50: list[float] = field(default_factory=list)
    at_200: list[float] = field(default_factory=list)
    working: list[float] = field(default_factory=list)  # while 20 requests a second are worked on
    cpu_seconds: float = 0.0  # of the process, with what it does when idle

    @property
    def cpu_ms(self) -> float:
        """Processor milliseconds of a delivery."""
        return 1000 * self.cpu_seconds / len(self.at_50)


async def measure(folder: Path) -> Findings:
    """Measure the bare app and ours on both databases in turn, each in a workspace of its own."""
    found = Findings()
    with postgres.server() as server, postgres.database(server) as database:
        async with AsyncExitStack() as stack:
            bare = await _Side.open(stack, folder, ("benchmarks.bare_app",), "bare ready", "sqlite://")
            ours = {
                on: await _Side.open(stack, folder, STUB, "stub ready", url)
                for on, url in (("sqlite", f"sqlite:///{folder}/acks.sqlite"), ("postgres", database))
            }
            for _ in range(_ROUNDS):
                for side in (bare, *ours.values()):
                    await side.steady()
            for side in (bare, *ours.values()):
                await side.fast()
            for side in ours.values():
                await side.working()
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        found.add(f"ack.bare_{name}_ms_50", 1000 * percentile(bare.waits.at_50, share), "ms")
        found.add(f"ack.bare_{name}_ms_200", 1000 * percentile(bare.waits.at_200, share), "ms")
    found.add("ack.bare_cpu_ms", bare.waits.cpu_ms, "ms")
    for on, side in ours.items():
        _add(found, on, side.waits, bare.waits)
    return found


def _add(found: Findings, on: str, ours: Waits, bare: Waits) -> None:
    goals = {"ack.p99_ratio_50": ("<=", 2.0), "ack.p99_ms_200": ("<=", 250.0)}
    for rate, own, other in (("50", ours.at_50, bare.at_50), ("200", ours.at_200, bare.at_200)):
        for name, share in (("p50", 0.5), ("p99", 0.99)):
            took, least = percentile(own, share), percentile(other, share)
            ratio, ms = f"ack.{name}_ratio_{rate}", f"ack.{name}_ms_{rate}"
            found.add(f"{ratio}.{on}", took / least, "times the bare app's", goals.get(ratio))
            found.add(f"{ms}.{on}", 1000 * took, "ms", goals.get(ms))
    found.add(f"ack.cpu_ms.{on}", ours.cpu_ms, "ms")
    found.add(f"ack.p99_ms_working.{on}", 1000 * percentile(ours.working, 0.99), "ms")


@dataclass
class _Side:
    """One of those that are compared, in its workspace."""

    twin: Twin
    app: Started
    waits: Waits = field(default_factory=Waits)

    @classmethod
    async def open(
        cls, stack: AsyncExitStack, folder: Path, module: tuple[str, ...], ready: str, database: str
    ) -> _Side:
        """Start it, and let it become warm."""
        twin = await stack.enter_async_context(open_twin())
        log = folder / f"acks{twin.url.rpartition(':')[2]}.log"
        app = await stack.enter_async_context(running_bot(twin, database, log, module))
        await app.says(ready)
        await twin.connected()
        for channel in (_QUIET, _WATCHED):
            await twin.person(_PERSON).join(f"#{channel}")
        await _send(twin, _QUIET, _WARM, 50)
        return cls(twin, app)

    async def steady(self) -> None:
        """Send fifty a second."""
        before = self.app.cpu_seconds
        self.waits.at_50 += await _send(self.twin, _QUIET, _STEADY, 50)
        self.waits.cpu_seconds += self.app.cpu_seconds - before

    async def fast(self) -> None:
        """Send two hundred a second."""
        self.waits.at_200 += await _send(self.twin, _QUIET, _FAST, 200)

    async def working(self) -> None:
        """Send twenty requests a second, which is more than a slow machine can work on."""
        self.waits.working += await _send(self.twin, _WATCHED, _REQUESTS, 20)
        if self.twin.undelivered:
            raise Failed(f"{len(self.twin.undelivered)} deliveries were not acknowledged")


async def _send(twin: Twin, channel: str, many: int, rate: float) -> list[float]:
    """Post at a steady rate and return the seconds from each delivery to its acknowledgement."""
    person, log = twin.person(_PERSON), twin.host.courier.log
    after = log[-1].n if log else 0
    began = time.perf_counter()
    for number in range(many):
        await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
        await person.post(
            channel, f"Good morning everybody, number {number}, invoice {number} was charged twice."
        )
    await twin.idle(60)
    waits = acknowledged(twin, after)
    if len(waits) < many:
        raise Failed(f"{many} posts made {len(waits)} deliveries")
    return waits


PART = Part("acks", ("ack.",), 240.0, measure)
