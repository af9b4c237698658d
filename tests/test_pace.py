"""Pacing: a burst goes out at once, and the rest no faster than Slack permits, however many replicas there are."""

from __future__ import annotations

import asyncio
import inspect
import re

import pytest

from bot.pace import OwnBook, Pace, SharedBook
from handlers import limits
from handlers.limits import Limit
from handlers.slack import Slack
from storage.database import Database

_SLOW = Limit(3, 0.01)


async def waits(pace: Pace, name: str, limit: Limit = _SLOW) -> bool:
    """Say whether a turn has to be waited for."""
    try:
        await asyncio.wait_for(pace.turn(name, limit), 0.5)
    except TimeoutError:
        return True
    return False


async def test_a_burst_is_let_through_and_the_next_one_waits() -> None:
    pace = Pace(1.0, OwnBook(lambda: 100.0))

    assert [await waits(pace, "C1") for _ in range(4)] == [False, False, False, True]
    assert not await waits(pace, "C2")  # another channel has turns of its own


async def test_turns_come_back_with_time() -> None:
    clock = [100.0]
    pace = Pace(1.0, OwnBook(lambda: clock[0]))
    for _ in range(3):
        await pace.turn("C1", _SLOW)

    clock[0] += 100.0

    assert not await waits(pace, "C1")
    assert await waits(pace, "C1")


async def test_no_rate_means_no_pacing() -> None:
    pace = Pace(0.0, OwnBook(lambda: 100.0))

    for _ in range(100):
        assert await pace.turn("C1", _SLOW) == 0


async def test_a_channel_that_slack_wants_left_alone_is_left_alone() -> None:
    clock = [100.0]
    pace = Pace(1.0, OwnBook(lambda: clock[0]))

    await pace.hold("C1", _SLOW, 30)

    assert await waits(pace, "C1")
    assert not await waits(pace, "C2")
    clock[0] += 240
    assert not await waits(pace, "C1")


@pytest.fixture
async def shared(database_url: str) -> Database:
    """A database that replicas share."""
    db = Database(database_url)
    await db.migrate()
    return db


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_replicas_share_the_turns_of_a_limit(shared: Database) -> None:
    first, second = Pace(1.0, SharedBook(shared)), Pace(1.0, SharedBook(shared))

    turns = [await waits(pace, "C1") for pace in (first, second, first, second)]

    assert turns == [False, False, False, True]
    assert not await waits(second, "C2")
    await shared.close()


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_what_slack_wants_left_alone_every_replica_leaves_alone(shared: Database) -> None:
    first, second = Pace(1.0, SharedBook(shared)), Pace(1.0, SharedBook(shared))

    await first.hold("reactions_add", _SLOW, 30)

    assert await waits(second, "reactions_add")
    await shared.close()


def test_every_call_we_make_has_a_limit_except_the_one_that_cannot_wait() -> None:
    called = set(re.findall(r"_(?:call|pages|once)\(\s*self\.web\.(\w+)", inspect.getsource(Slack)))
    called |= {"conversations_history", "conversations_replies"}  # by `look`

    assert called - limits.METHODS.keys() == {
        "views_open",
        "chat_postMessage",
    }  # a post has its channel's limit
