"""Two replicas that draw one card: whoever is slower does not leave an older picture behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from agents.words import Status
from handlers.board import show
from handlers.turns import Turns
from storage import tickets
from tests import postgres
from tests.test_triage import asked_anew
from tests.world import World, buttons_of
from tests.world import world as open_world


@pytest.fixture
async def shared(postgres_server: str) -> AsyncIterator[World]:
    """A wired bot on a database that others may share."""
    with postgres.database(postgres_server) as address:
        async with open_world(address) as opened:
            yield opened


async def test_a_replica_that_is_slow_to_draw_does_not_bring_an_older_card_back(shared: World) -> None:
    await shared.person("greta").post("#customer-support", asked_anew())
    await shared.settle()
    desk = shared.bot.desk
    another = replace(desk, turns=Turns())  # as another process has its own
    slow = shared.twin.faults.add("chat.update", "hang")
    drawing = asyncio.create_task(show(desk, 1))
    await shared.twin.until(lambda: slow.hits == 1)

    async with shared.bot.db.begin() as session:
        assert await tickets.change(session, 1, [Status.ROUTED], {"status": Status.WITHDRAWN})
    await show(another, 1)
    slow.release()
    await drawing

    assert buttons_of(await shared.card_of()) == []
