"""How well our own pacing uses what Slack permits, and how seldom Slack has to refuse a call.

A flood of requests comes in at once; each becomes a line in its own channel and a card in its team's, and the card is
drawn again with its draft. The workspace enforces Slack's limits: a message a second in a channel after a short burst,
and each method's calls a minute. What would have been permitted counts from the first post in a channel to the last.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from benchmarks import reading
from benchmarks.parts import Findings, Part
from benchmarks.processes import Failed, open_twin, running_bot
from benchmarks.throughput import CHANNEL, PERSON, STUB
from tests import postgres
from twin.faults import CHANNEL_BURST, CHANNEL_PER_SECOND
from twin.host import Call
from twin.server import Twin

_REQUESTS, _PATIENCE = 80, 150.0
_OURS = {"SIGNALBOX_POSTS_PER_SECOND": "1"}


async def measure(folder: Path) -> Findings:
    """Measure one process, and three replicas that share the channels."""
    found = Findings()
    await _flood(found, "sqlite", f"sqlite:///{folder}/pacing.sqlite", 1, folder)
    with postgres.server() as server, postgres.database(server) as database:
        await _flood(found, "postgres", database, 3, folder)
    return found


async def _flood(found: Findings, name: str, database: str, replicas: int, folder: Path) -> None:
    async with open_twin() as twin, AsyncExitStack() as stack:
        bots = [
            await stack.enter_async_context(
                running_bot(twin, database, folder / f"pacing{n}.log", STUB, _OURS)
            )
            for n in range(replicas)
        ]
        for bot in bots:
            await bot.says("stub ready")
        await twin.connected(replicas)
        twin.host.limits.enabled = True
        before = len(twin.calls)
        person = twin.person(PERSON)
        for number in range(_REQUESTS):
            await person.post(CHANNEL, f"Invoice {number} of July was charged twice, please refund it.")
        async with reading.opened(database) as db:
            if not await reading.settled(db, bots[0], _REQUESTS, _PATIENCE):
                raise Failed(f"{_REQUESTS} requests were not done within {_PATIENCE:g} s")
        calls = list(twin.calls)[before:]
    refused = Counter(call.method for call in calls if call.status == 429)
    shares = _shares(twin, calls)
    found.add(f"pacing.share.{name}", min(shares.values()), "of the permitted rate", (">=", 0.90))
    found.add(f"pacing.refused.{name}", refused.total() / len(calls), "of calls", ("<=", 0.01))
    said = ", ".join(f"{times} x {method}" for method, times in refused.most_common()) or "none"
    found.notes.append(f"pacing {name}: {len(calls)} calls, refused: {said}")


def _shares(twin: Twin, calls: Sequence[Call]) -> dict[str, float]:
    """Return for each channel what was posted there over what was permitted meanwhile."""
    times: dict[str, list[float]] = {}
    for call in calls:
        if call.method == "chat.postMessage" and call.response.get("ok"):
            times.setdefault(str(call.args["channel"]), []).append(call.at.timestamp())
    return {
        channel: len(at) / (CHANNEL_BURST + (max(at) - min(at)) * CHANNEL_PER_SECOND)
        for channel, at in times.items()
        if len(at) >= _REQUESTS
    }


PART = Part("pacing", ("pacing.",), 330.0, measure)
