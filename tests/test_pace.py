"""Pacing: a burst goes out at once, and the rest no faster than Slack permits."""

from __future__ import annotations

import asyncio

from bot.pace import Pace


async def test_a_burst_is_let_through_and_the_next_one_waits() -> None:
    pace = Pace(rate=1.0, burst=3, monotonic=lambda: 100.0)

    for _ in range(3):
        await asyncio.wait_for(pace.turn("C1"), 0.05)
    fourth = asyncio.create_task(pace.turn("C1"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    assert not fourth.done()
    await asyncio.wait_for(pace.turn("C2"), 0.05)  # another channel has turns of its own
    fourth.cancel()


async def test_turns_come_back_with_time() -> None:
    clock = [100.0]
    pace = Pace(rate=1.0, burst=1, monotonic=lambda: clock[0])

    await pace.turn("C1")
    clock[0] += 1.0

    await asyncio.wait_for(pace.turn("C1"), 0.05)


async def test_no_rate_means_no_pacing() -> None:
    pace = Pace(rate=0.0, burst=1, monotonic=lambda: 100.0)

    for _ in range(100):
        await asyncio.wait_for(pace.turn("C1"), 0.05)


async def test_a_channel_that_slack_wants_left_alone_is_left_alone() -> None:
    clock = [100.0]
    pace = Pace(rate=1.0, burst=3, monotonic=lambda: clock[0])

    pace.hold("C1", 30)
    waits = asyncio.create_task(pace.turn("C1"))
    await asyncio.sleep(0)

    assert not waits.done()
    assert await asyncio.wait_for(pace.turn("C2"), 0.05) == 0
    waits.cancel()
    clock[0] += 40
    assert await asyncio.wait_for(pace.turn("C1"), 0.05) == 0
