"""Order: within one thread what happens follows what people did; across threads nobody waits for a slow neighbour."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
import pytest_asyncio
from sqlmodel import col, select

from agents.words import Status
from bot.pace import OwnBook, Pace
from bot.places import waiting
from handlers.limits import Limit
from storage.tables import Draft, Request, RequestEdit, Ticket
from tests import postgres
from tests.presses import failures
from tests.replicas import Replicas, replicas
from tests.test_triage import ASKED
from tests.world import World, buttons_of, text_of
from tests.world import world as open_world

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]

CUSTOMERS = ("greta", "victor", "bruno")
THREADS = 20
FLOOD = 40  # more than a process works on at once


@pytest.fixture(
    scope="module",
    params=[pytest.param("one process on SQLite", marks=pytest.mark.sqlite), "two on PostgreSQL"],
)
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An empty database for the whole module."""
    if "SQLite" in request.param:
        yield f"sqlite:///{tmp_path_factory.mktemp('order')}/signalbox.sqlite"
        return
    with postgres.database(request.getfixturevalue("postgres_server")) as address:
        yield address


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def opened(database_url: str) -> AsyncIterator[Replicas]:
    """A workspace, and one Signalbox or two that share its connections."""
    number = 1 if database_url.startswith("sqlite") else 2
    async with open_world(database_url) as world, replicas(world, number) as opened:
        await world.twin.connected(number)
        yield opened


@dataclass
class Thread:
    """What one person did in one thread, faster than anybody can follow."""

    by: str
    ts: str
    last_wording: str
    reply: str = ""


async def burst(world: World, number: int) -> Thread:
    """Post, change it twice, and add something, all before the first word of it has arrived."""
    person = world.person(CUSTOMERS[number % len(CUSTOMERS)])
    ts = await person.post("#customer-support", f"{ASKED} ({number})")
    await person.edit("#customer-support", ts, f"{ASKED} ({number}, first change)")
    last = f"{ASKED} ({number}, second change)"
    await person.edit("#customer-support", ts, last)
    reply = await person.post("#customer-support", "and the one from August?", thread_ts=ts)
    return Thread(person.handle, ts, last, reply)


@dataclass
class Kept:
    """What became of a thread."""

    request: Request
    ticket: Ticket
    draft: Draft | None
    edits: list[str]


async def kept(world: World, thread: Thread) -> Kept:
    """Return the one ticket of a thread with everything about it."""
    async with world.bot.db.begin() as session:
        request = (await session.exec(select(Request).where(Request.ts == thread.ts))).one()
        ticket = (await session.exec(select(Ticket).where(Ticket.request_id == request.id))).one()
        newest = select(Draft).where(Draft.ticket_id == ticket.id).order_by(col(Draft.id).desc())
        edits = select(RequestEdit.text).where(RequestEdit.request_id == request.id)
        return Kept(
            request,
            ticket,
            (await session.exec(newest)).first(),
            list(await session.exec(edits.order_by(col(RequestEdit.id)))),
        )


async def test_in_every_thread_the_last_word_counts(opened: Replicas) -> None:
    world = opened.world
    threads = [await burst(world, number) for number in range(THREADS)]
    stay, go = threads[::2], threads[1::2]
    for thread in go:
        await world.person(thread.by).delete("#customer-support", thread.ts)
    await world.settle()

    assert await failures(world) == []
    for thread in stay:
        found = await kept(world, thread)
        assert found.request.wording == thread.last_wording
        assert found.ticket.moved_on_ts == thread.reply
        assert found.draft is not None and found.draft.based_on_ts == thread.reply
        card = await world.card_of(found.ticket.id or 0)
        assert thread.last_wording in text_of(card)
        assert "approve_draft" in buttons_of(card)
        assert len([m for m in world.thread("customer-support", thread.ts) if m.get("bot_id")]) == 1
    await all_gone(world, go)


async def all_gone(world: World, threads: list[Thread]) -> None:
    """Check that of deleted requests nothing is left to be read or pressed."""
    ids = [thread.ts for thread in threads]
    async with world.bot.db.begin() as session:
        requests = (await session.exec(select(Request).where(col(Request.ts).in_(ids)))).all()
        tickets = (await session.exec(select(Ticket).where(col(Ticket.thread_ts).in_(ids)))).all()
    assert len(requests) == len(threads)
    assert all(request.deleted_at for request in requests)
    assert {ticket.status for ticket in tickets} <= {Status.WITHDRAWN}
    for ticket in tickets:
        if ticket.card_ts:
            card = await world.card_of(ticket.id or 0)
            assert buttons_of(card) == []
            assert "accountant" not in text_of(card)


async def test_a_change_that_was_overtaken_by_a_newer_one_is_only_written_down(opened: Replicas) -> None:
    world, greta = opened.world, opened.world.person("greta")
    ts = await greta.post("#customer-support", ASKED)
    await world.settle()
    held_back = world.twin.deliveries.add("message.message_changed", "delay", seconds=5)
    await greta.edit("#customer-support", ts, f"{ASKED} (older)")
    await world.twin.until(lambda: held_back.hits == 1)
    await greta.edit("#customer-support", ts, f"{ASKED} (newer)")
    await world.twin.until(lambda: any("(newer)" in text_of(card) for card in world.cards("team-billing")))
    world.clock.advance(timedelta(seconds=6))
    world.twin.tick()
    await world.settle()

    found = await kept(world, Thread("greta", ts, ""))
    assert found.request.wording == f"{ASKED} (newer)"
    assert sorted(found.edits) == [f"{ASKED} (newer)", f"{ASKED} (older)"]
    assert "(newer)" in text_of(await world.card_of(found.ticket.id or 0))


async def test_a_change_that_was_overtaken_by_the_deletion_brings_nothing_back(opened: Replicas) -> None:
    world, greta = opened.world, opened.world.person("greta")
    ts = await greta.post("#customer-support", ASKED)
    await world.settle()
    held_back = world.twin.deliveries.add("message.message_changed", "delay", seconds=5)
    await greta.edit("#customer-support", ts, f"{ASKED} (older)")
    await world.twin.until(lambda: held_back.hits == 1)
    found = await kept(world, Thread("greta", ts, ""))
    await greta.delete("#customer-support", ts)
    name = f"T-{found.ticket.id} · withdrawn"
    await world.twin.until(lambda: any(name in text_of(card) for card in world.cards("team-billing")))
    calls = len(world.twin.calls)
    world.clock.advance(timedelta(seconds=6))
    world.twin.tick()
    await world.settle()

    await all_gone(world, [Thread("greta", ts, "")])
    assert [call.method for call in list(world.twin.calls)[calls:]] == []


async def first_card(world: World, channel: str, text: str, within: float) -> float:
    """Wait for the card of a request and return how many seconds it took."""
    started = time.monotonic()
    await world.twin.until(
        lambda: any(text in text_of(card) for card in world.cards(channel)), timeout=within
    )
    return time.monotonic() - started


async def test_a_thread_that_hangs_delays_no_other(opened: Replicas) -> None:
    world = opened.world
    hanging = world.twin.faults.add("chat.postMessage", "hang", channel="#team-billing")
    stuck = await world.person("greta").post("#customer-support", f"{ASKED} (stuck)")
    await world.twin.until(lambda: hanging.hits)

    for number in range(5):
        await world.person("victor").post("#customer-support", f"{ASKED} (free {number})")
    for number in range(5):
        await first_card(world, "team-billing", f"(free {number})", within=5)

    assert not any("(stuck)" in text_of(card) for card in world.cards("team-billing"))
    hanging.release()
    await world.settle()
    assert any("(stuck)" in text_of(card) for card in world.cards("team-billing"))
    assert len([m for m in world.thread("customer-support", stuck) if m.get("bot_id")]) == 1


class FullChannel(Pace):
    """The pace of a workspace in which one channel gets no more turns until it is released."""

    def __init__(self, channel: str, burst: int) -> None:
        super().__init__(0, OwnBook(time.monotonic))
        self.channel = channel
        self.left = burst
        self.free = asyncio.Event()

    async def turn(self, name: str, limit: Limit) -> float:
        if name != self.channel:
            return await super().turn(name, limit)
        self.left -= 1
        if self.left < 0:
            async with waiting():
                await self.free.wait()
        return 0.0


async def test_a_flood_of_one_channel_does_not_hold_up_the_card_of_another(opened: Replicas) -> None:
    world = opened.world
    full = FullChannel(world.twin.channel("team-billing").id, burst=4)
    paces = [bot.slack.posting.pace for bot in opened.bots]
    for bot in opened.bots:
        bot.slack.posting.pace = full
    for number in range(FLOOD):
        person = world.person(CUSTOMERS[number % len(CUSTOMERS)])
        await person.post("#customer-support", f"{ASKED} (flood {number})")
    await world.twin.until(lambda: full.left == -(FLOOD - 4), timeout=20)

    await world.person("nora").post("#it-help", "My laptop does not start any more, the screen stays black.")
    took = await first_card(world, "team-it", "the screen stays black", within=10)

    full.free.set()
    for bot, pace in zip(opened.bots, paces, strict=True):
        bot.slack.posting.pace = pace
    await world.settle()
    assert await failures(world) == []
    assert took < 3
