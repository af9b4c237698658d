"""A bad morning: five hundred real messages posted at once through `signalbox replay`.

Afterwards the workspace and the database are judged message by message. Memory is watched before and during the
burst; what a request costs in processor time and in writes is printed beside it.
"""

from __future__ import annotations

import asyncio
import csv
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

from benchmarks import reading
from benchmarks.figures import ROOT
from benchmarks.judging import Verdict, judge
from benchmarks.parts import Findings, Part
from benchmarks.processes import COMPANY, Failed, Started, open_twin, running_bot, started
from bot.policy import load
from storage.database import Database
from twin.server import Twin

CHANNEL, LIMIT, MORE = "customer-support", 500, 40
_QUIET_SECONDS, _SAMPLE_SECONDS = 10.0, 0.05
_REPLAY_SECONDS, _SETTLE_SECONDS = 120.0, 30.0

Place = tuple[str, str]  # a channel's id and a message's ts


async def measure(folder: Path) -> Findings:
    """Measure a burst, from an idle bot to the last draft."""
    found, file = Findings(), folder / "burst.sqlite"
    texts, database = messages(), f"sqlite:///{file}"
    async with open_twin() as twin, running_bot(twin, database, folder / "burst.log") as bot:
        await bot.says("engines ready")
        await asyncio.sleep(_QUIET_SECONDS)
        found.add("idle.rss_mb", bot.rss_mb, "MB", ("<=", 350))
        async with reading.opened(database) as db:
            spent = bot.cpu_seconds
            async with _memory(bot) as samples:
                posted = await _replay(twin, texts, database, folder)
                is_done = await reading.settled(db, bot, len(posted), _SETTLE_SECONDS)
            spent = bot.cpu_seconds - spent
            seconds = await reading.last_done(db) - min(float(ts) for _, ts in posted)
            verdict = await _judge(twin, db, posted)
            if not is_done:
                verdict.lost.append("the bot was still at work when the time was over")
            commits, pages = await _writes(twin, db, bot, file, _rows(texts)[LIMIT : LIMIT + MORE])
    found.add("burst.requests", len(posted), "messages", (">=", LIMIT), must=True)
    found.add("burst.lost", len(verdict.lost), "messages", ("=", 0), must=True)
    found.add("burst.doubled", len(verdict.doubled), "messages", ("=", 0), must=True)
    found.add("burst.peak_rss_mb", max(samples), "MB", ("<=", 600))
    found.add("burst.seconds", seconds, "s")
    found.add("burst.requests_per_s", len(posted) / seconds, "requests/s")
    found.add("flow.cpu_ms", 1000 * spent / len(posted), "ms")
    found.add("flow.db_writes", commits / MORE, "commits")
    found.add("flow.db_pages", pages / MORE, "pages")
    tally = ", ".join(f"{name} {count}" for name, count in sorted(verdict.outcomes.items()))
    found.notes.append(f"outcomes of the burst: {tally}")
    found.notes.append(f"undelivered at the workspace: {len(twin.undelivered)}")
    found.notes += [f"lost: {said}" for said in verdict.lost[:10]]
    found.notes += [f"doubled: {said}" for said in verdict.doubled[:10]]
    found.notes.append(f"flow.db_writes and flow.db_pages: per message, over {MORE} further ones")
    return found


def messages() -> Path:
    """Return the file of real messages. Raises Failed when it is not there."""
    data = Path(os.environ.get("SIGNALBOX_DATA", ROOT.parent / "shared" / "data"))
    file = data / "triage" / "banking77" / "train.csv"
    if not file.is_file():
        raise Failed(f"the messages are not at {file}; set SIGNALBOX_DATA to the data's folder")
    return file


def _rows(file: Path) -> list[str]:
    with file.open(newline="", encoding="utf-8") as handle:
        return [row["text"] for row in csv.DictReader(handle)]


@asynccontextmanager
async def _memory(bot: Started) -> AsyncIterator[list[float]]:
    """Watch a process's memory; the list fills with what it held, in MB."""
    samples = [bot.rss_mb]

    async def watch() -> None:
        while True:
            await asyncio.sleep(_SAMPLE_SECONDS)
            samples.append(bot.rss_mb)

    watching = asyncio.create_task(watch())
    try:
        yield samples
    finally:
        watching.cancel()


async def _replay(twin: Twin, texts: Path, database: str, folder: Path) -> list[Place]:
    """Post through the real command, and return where each message is."""
    channel = twin.channel(CHANNEL)
    before = {message["ts"] for message in channel.messages}
    command = [sys.executable, "-m", "bot", "replay", str(texts), "--channel", CHANNEL, "--rate", "0"]
    command += ["--limit", str(LIMIT), "--twin", twin.url, "--database", database]
    async with started(command, folder / "replay.log") as replay:
        try:
            code = await asyncio.wait_for(replay.process.wait(), _REPLAY_SECONDS)
        except TimeoutError:
            code = 0  # what it posted is judged all the same
    if code:
        raise Failed(f"the replay ended with {code}: {replay.last_words()}")
    return [
        (channel.id, message["ts"])
        for message in channel.messages
        if message["ts"] not in before and not message.get("bot_id")
    ]


async def _judge(twin: Twin, db: Database, posted: list[Place]) -> Verdict:
    policy, since = load(COMPANY / "signalbox.toml"), min(ts for _, ts in posted)
    greeting = [name for name, channel in policy.request_channels.items() if channel.greeting]
    return judge(
        posted,
        await reading.remembered(db, since),
        reading.seen(twin, since),
        frozenset(twin.channel(queue.channel).id for queue in policy.queues.values()),
        frozenset(twin.channel(name).id for name in greeting),
    )


async def _writes(twin: Twin, db: Database, bot: Started, file: Path, texts: list[str]) -> tuple[int, int]:
    """Post some more messages and return the commits and pages that they caused."""
    members = twin.channel(CHANNEL).members
    people = [handle for handle in ("greta", "paulo", "bruno") if twin.person(handle).id in members]
    already = await reading.deliveries(db)
    with closing(reading.Writes(file)) as writes:
        for number, text in enumerate(texts):
            await twin.person(people[number % len(people)]).post(f"#{CHANNEL}", text)
        is_done = await reading.settled(db, bot, already + len(texts), _SETTLE_SECONDS)
        reading.must_settle(is_done, bot, "counting the writes")
        return writes.so_far()


PART = Part(
    "burst",
    ("idle.", "burst.", "flow.cpu_ms", "flow.db_"),
    220.0,
    measure,
)
