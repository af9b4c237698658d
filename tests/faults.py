"""What tests of faults have in common: a request and what came of it, found again among many others."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web
from sqlmodel import select

from storage.tables import Receipt, Ticket
from tests.test_triage import asked_anew
from tests.world import World

Json = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """A request that somebody posted."""

    world: World
    ts: str

    async def ticket(self) -> Ticket:
        """Return its ticket. Raises AssertionError unless there is exactly one."""
        async with self.world.bot.db.begin() as session:
            found = (await session.exec(select(Ticket).where(Ticket.thread_ts == self.ts))).all()
        assert len(found) == 1, f"{len(found)} tickets"
        return found[0]

    async def card(self, channel: str = "team-billing") -> Json:
        """Return its card. Raises AssertionError unless there is exactly one."""
        ticket = await self.ticket()
        found = [
            message
            for message in self.world.cards(channel)
            if message.get("text", "").startswith(f"T-{ticket.id} ")
        ]
        assert len(found) == 1, f"{len(found)} cards"
        return found[0]

    def lines(self) -> list[Json]:
        """Return what we said in its thread."""
        thread = self.world.thread("customer-support", self.ts)
        return [message for message in thread if message.get("bot_id")]

    def seen_by_us(self) -> list[str]:
        """Return the reactions on it."""
        [message] = [m for m in self.world.channel("customer-support") if m["ts"] == self.ts]
        return [reaction["name"] for reaction in message.get("reactions", [])]


async def ask(world: World, text: str = "", person: str = "greta") -> Asked:
    """Post a request, and do not wait."""
    return Asked(world, await world.person(person).post("#customer-support", text or asked_anew()))


async def answered(world: World, text: str = "") -> Asked:
    """Post a request, and wait for its card."""
    asked = await ask(world, text)
    await world.settle()
    return asked


async def failures(world: World) -> list[str]:
    """Return the kinds of deliveries that ended with a reference id instead of an effect."""
    return [receipt.kind for receipt in await world.rows(Receipt) if receipt.failed]


@asynccontextmanager
async def impatient(world: World, seconds: float) -> AsyncIterator[None]:
    """Let the bot wait no longer than this for Slack."""
    usual = world.bot.web.session
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=seconds)) as short:
        world.bot.web.session = short
        try:
            yield
        finally:
            world.bot.web.session = usual


@dataclass
class Gateway:
    """Something between us and Slack that answers in its place."""

    url: str
    status: int = 502
    body: str = "<html><body>Bad gateway</body></html>"
    content_type: str = "text/html"
    asked: int = 0
    statuses: list[int] = field(default_factory=list)  # of the first answers


@asynccontextmanager
async def gateway(world: World) -> AsyncIterator[Gateway]:
    """Let a gateway answer everything that the bot asks Slack, until this is over."""

    async def answer(request: web.Request) -> web.Response:
        there.asked += 1
        status = there.statuses.pop(0) if there.statuses else there.status
        return web.Response(status=status, text=there.body, content_type=there.content_type)

    app = web.Application()
    app.router.add_route("*", "/{anything:.*}", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    there = Gateway(f"http://127.0.0.1:{runner.addresses[0][1]}/api/")
    usual = world.bot.web.base_url
    world.bot.web.base_url = there.url
    try:
        yield there
    finally:
        world.bot.web.base_url = usual
        await runner.cleanup()
