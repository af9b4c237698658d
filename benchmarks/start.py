"""How soon a new process is of use: from its start to the acknowledgement of an event, and to its card.

A person posts at the moment the process is started; the workspace brings the event as soon as somebody connects.
Files are in the page cache and the local engine's own cache is filled, as after any earlier start; the database is
one that an earlier process has migrated.
"""

from __future__ import annotations

import time
from pathlib import Path
from statistics import median

from benchmarks.parts import Findings, Part
from benchmarks.processes import open_twin, running_bot
from twin.server import Twin

STARTS = 3
_PATIENCE = 30.0
_TEXT = "The invoice of July is missing in our account, could you send it to us please?"


async def measure(folder: Path) -> Findings:
    """Measure several starts, after one that fills the caches."""
    events, cards = [], []
    async with open_twin() as twin:
        cold = await _start(twin, folder)
        for _ in range(STARTS):
            event, card = await _start(twin, folder)
            events.append(event)
            cards.append(card)
    found = Findings()
    found.add("start.first_event_s", median(events), "s", ("<=", 4.0))
    found.add("start.first_card_s", median(cards), "s")
    found.notes.append("starts: " + ", ".join(f"{event:.2f} s" for event in events) + " to the event, ")
    found.notes[-1] += ", ".join(f"{card:.2f} s" for card in cards) + " to the card"
    found.notes.append(f"the start before, on an empty database: {cold[0]:.2f} s and {cold[1]:.2f} s")
    return found


async def _start(twin: Twin, folder: Path) -> tuple[float, float]:
    """Start a bot, and return the seconds to the first acknowledged event and to its card."""
    delivered = twin.ws.courier.delivered
    began = time.perf_counter()
    async with running_bot(twin, f"sqlite:///{folder}/start.sqlite", folder / "start.log") as bot:
        person = twin.person("paulo")
        ts = await person.post("#customer-support", _TEXT)
        calls = twin.host.calls_made
        try:
            await twin.until(lambda: twin.ws.courier.delivered > delivered, _PATIENCE)
            event = time.perf_counter() - began
            await twin.until(lambda: _has_card(twin, ts, calls), _PATIENCE)
        except TimeoutError:
            bot.must_run()
            raise
        return event, time.perf_counter() - began


def _has_card(twin: Twin, since: str, calls: int) -> bool:
    """Say whether a card was posted since then."""
    for call in reversed(twin.calls):
        if call.n <= calls:
            return False
        key = str(call.args.get("metadata", ""))
        if call.method == "chat.postMessage" and "card:" in key and call.response["ts"] > since:
            return True
    return False


PART = Part("start", ("start.",), 100.0, measure)
