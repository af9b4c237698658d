"""How long a person waits: the demo company's cases posted by several people, about two a second.

The real bot works in a process of its own; times are the workspace's, from its time of the post to its time of the
👀 and of the card. Posts come at random moments, so that some meet others, as in a real channel.
"""

from __future__ import annotations

import asyncio
import random
import tomllib
from pathlib import Path
from typing import Any

from agents.words import Outcome
from benchmarks import reading
from benchmarks.figures import percentile
from benchmarks.parts import Findings, Part
from benchmarks.processes import COMPANY, open_twin, running_bot
from twin.server import Twin

MESSAGES, PER_SECOND, SEED = 120, 2.0, 7
_SETTLE_SECONDS = 30.0


async def measure(folder: Path) -> Findings:
    """Measure the time from a post to 👀 and to its card."""
    file = folder / "flow.sqlite"
    async with open_twin() as twin, running_bot(twin, f"sqlite:///{file}", folder / "flow.log") as bot:
        await bot.says("engines ready")
        posted = await post(twin, cases())
        async with reading.opened(f"sqlite:///{file}") as db:
            reading.must_settle(await reading.settled(db, bot, len(posted), _SETTLE_SECONDS), bot, "the flow")
            rows = await reading.remembered(db, posted[0][1])
        cards = {
            message.ts for message in reading.seen(twin, posted[0][1]) if message.key.startswith("card:")
        }
        eyes = reading.reactions(twin, "eyes")
    waits, glances, without = [], [], 0
    for row in rows:
        if row.outcome in (None, Outcome.NOT_A_REQUEST):
            continue
        known = [ts for ts in row.cards if ts in cards]
        if not known or (row.channel, row.ts) not in eyes:
            without += 1
            continue
        waits.append(float(known[0]) - float(row.ts))
        glances.append(eyes[row.channel, row.ts] - float(row.ts))
    found = Findings()
    # A request whose card never came waits for ever; it must not make the others look better.
    waits += [float("inf")] * (without + len(posted) - len(rows))
    found.add("flow.post_to_card_p50_s", percentile(waits, 0.5), "s", ("<=", 1.0))
    found.add("flow.post_to_card_p95_s", percentile(waits, 0.95), "s", ("<=", 2.5))
    found.add("flow.eyes_p50_s", percentile(glances, 0.5), "s", ("<=", 0.5))
    found.add("flow.eyes_p95_s", percentile(glances, 0.95), "s")
    found.notes.append(
        f"{len(posted)} messages at {PER_SECOND:g}/s, {len(waits)} of them requests, {without} without a card or eyes"
    )
    return found


def cases() -> list[dict[str, Any]]:
    """Return the cases to post, always the same ones in the same order."""
    every = tomllib.loads((COMPANY / "golden.toml").read_text(encoding="utf-8"))["case"]
    return random.Random(SEED).sample(every, MESSAGES)


async def post(
    twin: Twin, wanted: list[dict[str, Any]], per_second: float = PER_SECOND
) -> list[tuple[str, str]]:
    """Post cases at random moments; return the channel id and ts of each."""
    chance = random.Random(SEED)
    loop = asyncio.get_running_loop()
    due, found = loop.time(), []
    for case in wanted:
        await asyncio.sleep(max(0.0, due - loop.time()))
        due += chance.expovariate(per_second)
        channel = case["channel"].lstrip("#")
        ts = await twin.person(case["person"]).post(f"#{channel}", case["text"])
        found.append((twin.channel(channel).id, ts))
    return found


PART = Part(
    "flow",
    ("flow.post_to_card_p50_s", "flow.post_to_card_p95_s", "flow.eyes_p50_s", "flow.eyes_p95_s"),
    140.0,
    measure,
)
