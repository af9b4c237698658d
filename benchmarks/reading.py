"""Reading what a run left behind: in the workspace, in our rows, and in the durable engine's own tables.

Nothing here changes anything. The engine's tables are read as its file has them, because its step times are kept
nowhere else; only SQLite is read this way.
"""

from __future__ import annotations

import asyncio
import sqlite3
import struct
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
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
