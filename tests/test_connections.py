"""Connections: whoever waits for one is next, and nobody takes one along."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy.exc import TimeoutError as NoConnection

from storage.database import Database
from storage.session import Session
from storage.tables import Ticket

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


async def all_in_use(db: Database) -> list[Session]:
    """Open sessions until the next one has to wait."""
    held: list[Session] = []
    while True:
        session = db.begin()
        assert isinstance(session, Session)
        try:
            async with asyncio.timeout(0.5 if held else 5.0):
                await session.get(Ticket, 1)
        except TimeoutError:
            await session.close()
            return held
        held.append(session)


async def ends(session: Session) -> None:
    """End a session as a block does."""
    await session.__aexit__(None, None, None)


async def ask(db: Database) -> None:
    """Ask the database something."""
    async with db.begin() as session:
        await session.get(Ticket, 1)


async def test_whoever_waits_for_a_connection_comes_before_those_who_come_later(db: Database) -> None:
    held, order = await all_in_use(db), list[str]()

    async def asks(name: str) -> None:
        await ask(db)
        order.append(name)

    waits = [asyncio.create_task(asks(name)) for name in ("first", "second")]
    await asyncio.sleep(0.05)
    await ends(held.pop())
    for _ in range(5):
        await asks("later")
    await asyncio.gather(*waits)

    assert order == ["first", "second", *["later"] * 5]
    await asyncio.gather(*map(ends, held))


async def test_those_who_give_up_waiting_for_a_connection_take_none_along(db: Database) -> None:
    held = await all_in_use(db)
    many = len(held)
    at_the_door, impatient = (asyncio.create_task(ask(db)) for _ in range(2))
    await asyncio.sleep(0.05)
    impatient.cancel()
    await ends(held.pop())  # gives its connection to the one who is cut off before it can begin
    at_the_door.cancel()
    await asyncio.gather(at_the_door, impatient, return_exceptions=True)
    await asyncio.gather(*map(ends, held))

    again = await all_in_use(db)
    assert len(again) == many
    await asyncio.gather(*map(ends, again))


async def test_work_that_failed_leaves_the_room_of_its_connection_to_whoever_waits(db: Database) -> None:
    held = await all_in_use(db)
    waits = asyncio.create_task(ask(db))
    await asyncio.sleep(0.05)
    await held.pop().__aexit__(RuntimeError, RuntimeError(), None)

    async with asyncio.timeout(5):
        await waits
    await asyncio.gather(*map(ends, held))


async def test_whoever_waits_too_long_for_a_connection_is_told_so(either_url: str) -> None:
    db = Database(either_url)
    held = await all_in_use(db)
    db.connections._patience = 0.05

    with pytest.raises(NoConnection, match=r"no connection to the database in 0.05"):
        await ask(db)

    await asyncio.gather(*map(ends, held))
    await ask(db)
    await db.close()
