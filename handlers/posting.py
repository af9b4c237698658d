"""Posting each message exactly once, whatever dies on the way and however many replicas there are.

A person sees one message. Its key is written down before the call, claimed for this process for as long as the call can
last, and travels in the message's metadata. When an earlier try may or may not have reached Slack, the channel is read
for the key before anything is posted again; while another process holds the claim, this one waits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlmodel.ext.asyncio.session import AsyncSession

from handlers.errors import Declined, Misplaced, TooFast, Unavailable
from handlers.limits import CHANNEL, Limit
from handlers.turns import Turns
from storage import posts
from storage.database import Database
from storage.steps import Doubt

CALL_SECONDS = 8  # the longest a call to Slack may take
_CLAIM = timedelta(seconds=CALL_SECONDS + 4)
_CLOCKS_APART = timedelta(seconds=60)  # how far our clock and Slack's may differ when looking for a post

Blocks = list[dict[str, Any]]
Then = Callable[[AsyncSession, str], Awaitable[None]]


class Pace(Protocol):
    """Keeps what we do below Slack's limits."""

    async def turn(self, name: str, limit: Limit) -> float:
        """Wait until the thing of this name may be done once more; return the seconds it took."""
        ...

    async def hold(self, name: str, limit: Limit, seconds: float) -> None:
        """Let nobody do the thing of this name for so many seconds, because Slack said so."""
        ...


class Door(Protocol):
    """The two calls to Slack that posting needs."""

    async def send(self, message: dict[str, Any]) -> str:
        """Post a message and return its ts. Raises TooFast when Slack wants a pause first."""
        ...

    async def seek(self, key: str, channel: str, thread_ts: str, oldest: str) -> str | None:
        """Return the ts of our message with this key in a channel or thread, if it is there."""
        ...

    async def renew(self, message: dict[str, Any], ts: str) -> None:
        """Let a message that is there say what this one says."""
        ...


@dataclass
class Posting:
    """Posts messages under keys."""

    db: Database
    now: Callable[[], datetime]
    pace: Pace
    may_post: Callable[[], None]  # raises when this process may have been replaced by another
    name: str  # of this process
    waiting: Callable[[], AbstractAsyncContextManager[None]]
    door: Door
    settling: float = 1.0  # seconds until a message that Slack has taken can be found in its history
    turns: Turns = field(default_factory=Turns)
    doubt: Doubt | None = None  # whether the rows may have forgotten posts

    async def post(self, key: str, message: dict[str, Any], then: Then | None) -> str:
        """Post a message (with its `channel` and `thread_ts`) under a key, and return its ts.

        `then(session, ts)` changes rows in the same commit that keeps the ts, so that the two are never apart.
        """
        async with self.turns.of(key):
            channel, thread_ts = message["channel"], message.get("thread_ts") or ""
            async with self.db.begin(alone=True) as session:
                intent = await posts.intend(session, key, channel, thread_ts, self.name, self.now(), _CLAIM)
            if intent.ts:
                return intent.ts
            self._must_be_ours(intent)
            begun = self._begun(intent)
            found = await self._seek(key, channel, thread_ts, begun) if begun else None
            if found is None:
                found = await self._send(key, message, has_waited=begun is not None)
            else:
                # What an earlier try drew may have changed since, and nobody else would draw it again.
                await self.door.renew(message, found)
            async with self.db.begin(alone=then is None) as session:
                if await posts.done(session, key, found) and then:
                    await then(session, found)
            return found

    def _begun(self, intent: posts.Intent) -> datetime | None:
        """Return since when this message may have been posted; None when nobody can have tried yet."""
        if self.doubt and self.now() < self.doubt.until:
            return min(intent.at, self.doubt.since)
        return None if intent.is_first else intent.at

    async def _send(self, key: str, message: dict[str, Any], has_waited: bool) -> str:
        has_waited = bool(await self.pace.turn(message["channel"], CHANNEL)) or has_waited
        while True:
            if has_waited:
                await self._claim_again(key)
            self.may_post()
            try:
                return await self.door.send(message)
            except TooFast as wrong:
                # Refused for certain, so there is nothing to look for; the others keep away from the channel too.
                await self.pace.hold(message["channel"], CHANNEL, wrong.seconds)
                await self._pause(wrong.seconds)
                has_waited = True
            except (Declined, Misplaced):
                async with self.db.begin() as session:
                    await posts.release(session, key)
                raise

    async def _pause(self, seconds: float) -> None:
        async with self.waiting():
            await asyncio.sleep(seconds)

    async def _claim_again(self, key: str) -> None:
        """Renew the claim after a wait that may have outlasted it."""
        async with self.db.begin() as session:
            intent = await posts.claim(session, key, self.name, self.now(), _CLAIM)
        self._must_be_ours(intent)

    def _must_be_ours(self, intent: posts.Intent) -> None:
        if not intent.is_ours or intent.ts:
            raise Unavailable("another process is posting this message")

    async def _seek(self, key: str, channel: str, thread_ts: str, at: datetime) -> str | None:
        """Look for a post whose earlier try ended without an answer."""
        await self._pause(self.settling)
        return await self.door.seek(key, channel, thread_ts, f"{(at - _CLOCKS_APART).timestamp():.6f}")
