"""The shortcut that makes a request of a message, used by several people at once."""

from __future__ import annotations

import asyncio

from sqlmodel import col, select

from storage import tickets
from storage.tables import Request, TicketEvent
from tests.world import World


async def test_three_people_who_insist_at_once_make_one_request_of_a_message(any_world: World) -> None:
    world = any_world
    ts = await world.person("greta").post("#customer-support", "good morning everyone")
    await world.settle()

    for _ in range(3):
        await world.person("greta").message_shortcut("#customer-support", ts, "make_request")
    await world.settle()

    async with world.bot.db.begin() as session:
        events = list(await session.exec(select(TicketEvent.what).order_by(col(TicketEvent.id))))
    assert events in (
        ["opened", "made a request", "held", "card posted"],
        ["opened", "made a request", "routed", "card posted"],
    )
    assert len(world.thread("customer-support", ts)) == 1


async def test_of_two_who_open_the_ticket_of_one_message_at_once_both_have_the_same_one(
    any_world: World,
) -> None:
    world = any_world
    await world.person("greta").post("#customer-support", "good morning everyone")
    await world.settle()
    [request] = await world.rows(Request)
    db, now = world.bot.db, world.clock.now()

    async def second() -> int | None:
        async with db.begin() as session:
            return (await tickets.open_for(session, request, now)).id

    async with db.begin() as session:
        first = (await tickets.open_for(session, request, now)).id
        waiting = asyncio.create_task(second())
        await asyncio.wait([waiting], timeout=0.5)  # it waits for this one, or goes wrong at once

    assert await waiting == first
    assert [event.what for event in await world.rows(TicketEvent)] == ["opened"]
