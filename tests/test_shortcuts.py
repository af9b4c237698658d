"""The shortcut that makes a request of a message, used by several people at once."""

from __future__ import annotations

from sqlmodel import col, select

from storage.tables import TicketEvent
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
