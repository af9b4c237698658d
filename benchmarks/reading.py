"""Reading what a run left behind: in the workspace, in our rows, and in the durable engine's own tables.

Nothing here changes anything. The engine's tables are read as its file has them, because its step times are kept
nowhere else; only SQLite is read this way.
"""

from __future__ import annotations

import asyncio
import sqlite3
import struct
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from sqlalchemy import func
from sqlmodel import col, select

from benchmarks.judging import Remembered, Seen
from benchmarks.processes import Failed, Started
from storage.database import Database
from storage.tables import Receipt, Request, Ticket
from twin.server import Twin

_LOOK_SECONDS = 0.25
_WAL_HEADER, _FRAME_HEADER = 32, 24


@asynccontextmanager
async def opened(database: str) -> AsyncIterator[Database]:
    """Open a database to read it."""
    db = Database(database)
    try:
        yield db
    finally:
        await db.close()


async def settled(db: Database, bot: Started, deliveries: int, timeout: float) -> bool:
    """Wait until so many deliveries were kept and every one of them is done; say whether that came about."""
    try:
        async with asyncio.timeout(timeout):
            while True:
                bot.must_run()
                async with db.begin() as session:
                    rows = (await session.exec(select(Receipt.done_at, Receipt.failed))).all()
                if len(rows) >= deliveries and all(done or failed for done, failed in rows):
                    return True
                await asyncio.sleep(_LOOK_SECONDS)
    except TimeoutError:
        return False


async def deliveries(db: Database) -> int:
    """Return how many deliveries were kept so far."""
    async with db.begin() as session:
        return (await session.exec(select(func.count()).select_from(Receipt))).one()


async def remembered(db: Database, since: str) -> list[Remembered]:
    """Return the requests posted at this Slack time or later, and their tickets."""
    async with db.begin() as session:
        requests = (await session.exec(select(Request).where(col(Request.ts) >= since))).all()
        tickets = (await session.exec(select(Ticket))).all()
    own: dict[int, list[Ticket]] = {}
    for ticket in tickets:
        own.setdefault(ticket.request_id, []).append(ticket)
    return [
        Remembered(
            channel=request.channel,
            ts=request.ts,
            outcome=request.outcome,
            tickets=tuple(ticket.id or 0 for ticket in own.get(request.id or 0, [])),
            cards=tuple(ticket.card_ts for ticket in own.get(request.id or 0, [])),
        )
        for request in requests
    ]


async def last_done(db: Database) -> float:
    """Return the time, in seconds since 1970, at which the last delivery was done."""
    async with db.begin() as session:
        done = (await session.exec(select(Receipt.done_at).where(col(Receipt.done_at).is_not(None)))).all()
    return max((at.timestamp() for at in done if at), default=float("nan"))


def seen(twin: Twin, since: str) -> list[Seen]:
    """Return every message of the bot's posted at this Slack time or later, in channels and in threads."""
    return [
        Seen(_key(message), channel.id, message["ts"], message.get("thread_ts", ""))
        for channel in twin.ws.channels.values()
        for root in channel.messages
        for message in (root, *channel.replies(root["ts"]))
        if message.get("bot_id") and message["ts"] >= since
    ]


def _key(message: dict[str, Any]) -> str:
    payload = (message.get("metadata") or {}).get("event_payload") or {}
    return str(payload.get("key", f"without a key: {message['ts']}"))


def reactions(twin: Twin, name: str) -> dict[tuple[str, str], float]:
    """Return when the bot's reaction was on each message, in seconds since 1970."""
    return {
        (call.args["channel"], call.args["timestamp"]): call.at.timestamp()
        for call in twin.calls
        if call.method == "reactions.add" and call.args.get("name") == name and call.response.get("ok")
    }


@dataclass(frozen=True)
class Step:
    """One step of one delivery's flow; times in milliseconds since Slack's time of the post."""

    name: str
    began: float
    ended: float


def steps(file: Path) -> list[list[Step]]:
    """Return the steps of each posted message's flow in order, beginning with how long the delivery took."""
    query = (
        "SELECT r.key, json_extract(r.body, '$.event.ts'), r.received_at, o.function_name,"
        " o.started_at_epoch_ms, o.completed_at_epoch_ms"
        " FROM receipt r JOIN operation_outputs o ON o.workflow_uuid = r.key"
        " WHERE r.kind = 'message' ORDER BY r.id, o.function_id"
    )
    flows: dict[str, list[Step]] = {}
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        for key, ts, received, name, began, ended in connection.execute(query):
            posted = float(ts) * 1000
            if key not in flows:
                kept = datetime.fromisoformat(received).replace(tzinfo=UTC).timestamp() * 1000
                flows[key] = [Step("delivery", 0.0, kept - posted)]
            flows[key].append(Step(name, began - posted, ended - posted))
    return list(flows.values())


def shares(flows: Sequence[Sequence[Step]]) -> dict[str, list[float]]:
    """Return the milliseconds of each step over all flows that made a card, and of the pauses up to that card.

    The pauses are what lies between two steps: waiting for a turn, and the engine's own records.
    """
    found: dict[str, list[float]] = {}
    for flow in flows:
        names = [step.name for step in flow]
        if "card" not in names:
            continue
        for step in flow:
            found.setdefault(step.name, []).append(step.ended - step.began)
        until = flow[: names.index("card") + 1]
        pauses = [after.began - before.ended for before, after in pairwise(until)]
        found.setdefault("waiting to begin", []).append(pauses[0])
        found.setdefault("between steps until card", []).append(sum(pauses[1:]))
    return found


class Writes:
    """Counts what is written to a SQLite file while it is open.

    The write-ahead log is kept from being emptied by a reader of ours, and every transaction ends in it with a frame
    that says so.
    """

    def __init__(self, file: Path) -> None:
        self._log = Path(f"{file}-wal")
        self._reader = sqlite3.connect(file, isolation_level=None)
        self._reader.execute("BEGIN")
        self._reader.execute("SELECT count(*) FROM receipt").fetchone()
        self._salts, self._commits, self._pages = self._count()

    def so_far(self) -> tuple[int, int]:
        """Return the transactions committed and the pages written since this was opened."""
        salts, commits, pages = self._count()
        if salts != self._salts:  # the log was emptied once, before anything of ours was in it
            return commits, pages
        return commits - self._commits, pages - self._pages

    def close(self) -> None:
        """Let the log be emptied again."""
        self._reader.close()

    def _count(self) -> tuple[bytes, int, int]:
        commits = pages = 0
        raw = self._log.read_bytes() if self._log.exists() else b""
        if len(raw) < _WAL_HEADER:
            return b"", 0, 0
        salts = raw[16:24]
        for is_commit in _frames(raw, salts):
            pages += 1
            commits += is_commit
        return salts, commits, pages


def _frames(raw: bytes, salts: bytes) -> Iterator[bool]:
    """Yield, for each valid frame of a write-ahead log, whether it ends a transaction."""
    (size,) = struct.unpack(">I", raw[8:12])
    for at in range(_WAL_HEADER, len(raw) - _FRAME_HEADER - size + 1, _FRAME_HEADER + size):
        if raw[at + 8 : at + 16] != salts:
            return
        yield raw[at + 4 : at + 8] != b"\0\0\0\0"


def must_settle(done: bool, bot: Started, what: str) -> None:
    """Raise Failed when a run did not come to an end."""
    if not done:
        raise Failed(f"{what} did not settle: {bot.last_words()}")
