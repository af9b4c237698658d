"""Places: work takes turns, and whoever waits holds up nobody."""

from __future__ import annotations

import asyncio

import pytest

from bot.places import Places, waiting
from handlers.turns import Turns


async def test_no_more_work_at_once_than_there_are_places() -> None:
    places, at_work, most = Places(2, 100), 0, 0

    async def work() -> None:
        nonlocal at_work, most
        async with places.taken(0):
            at_work += 1
            most = max(most, at_work)
            await asyncio.sleep(0)
            at_work -= 1

    await asyncio.gather(*(work() for _ in range(10)))

    assert most == 2


async def test_whoever_waits_gives_up_the_place_and_takes_it_again() -> None:
    places, waits = Places(1, 100), asyncio.Event()
    said: list[str] = []

    async def slow() -> None:
        async with places.taken(0):
            async with waiting():
                await waits.wait()
            said.append("slow")

    async def quick() -> None:
        async with places.taken(0):
            said.append("quick")
            waits.set()

    await asyncio.wait_for(asyncio.gather(slow(), quick()), 1)

    assert said == ["quick", "slow"]


async def test_waits_that_overlap_neither_lose_a_place_nor_gain_one() -> None:
    places = Places(1, 100)
    first, second = asyncio.Event(), asyncio.Event()

    async def wait_for(event: asyncio.Event) -> None:
        async with waiting():
            await event.wait()

    async with places.taken(0):
        both = asyncio.gather(wait_for(first), wait_for(second))
        await asyncio.sleep(0)
        first.set()
        await asyncio.sleep(0)
        second.set()
        await both

    at_work = 0

    async def work() -> None:
        nonlocal at_work
        async with places.taken(0):
            at_work += 1
            assert at_work == 1
            await asyncio.sleep(0)
            at_work -= 1

    await asyncio.wait_for(asyncio.gather(work(), work()), 1)


async def test_whoever_waits_again_while_another_part_of_its_work_comes_back_holds_no_place() -> None:
    places, slack, model, done = Places(1, 100), asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def wait_for(event: asyncio.Event) -> None:
        async with waiting():
            await event.wait()

    async def request() -> None:
        async with places.taken(0):
            await asyncio.gather(wait_for(slack), again())

    async def again() -> None:
        await slack.wait()
        await wait_for(model)  # the other part is at the door by now

    async def other() -> None:
        async with places.taken(1):
            slack.set()
            for _ in range(10):
                await asyncio.sleep(0)

    async def later() -> None:
        async with places.taken(2):
            done.set()

    together = asyncio.gather(request(), other(), later())
    async with asyncio.timeout(1):
        await done.wait()  # while the first still waits
    model.set()
    await together


async def test_work_that_is_cut_off_in_a_wait_gives_its_place_back_once() -> None:
    places = Places(1, 100)

    async def stuck() -> None:
        async with places.taken(0), waiting():
            await asyncio.Event().wait()

    for _ in range(3):
        task = asyncio.create_task(stuck())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    async with asyncio.timeout(1), places.taken(0):
        assert places.is_full  # there is one place, and not one more for each that was cut off


async def test_those_who_wait_for_a_turn_leave_a_place_for_the_one_who_has_it() -> None:
    places, turns, slack = Places(1, 100), Turns(waiting), asyncio.Event()
    said: list[str] = []

    async def draws(name: str) -> None:
        async with places.taken(0), turns.of("card"):
            async with waiting():
                await slack.wait()
            said.append(name)

    drawing = asyncio.gather(draws("first"), draws("second"))
    await asyncio.sleep(0)
    slack.set()
    await asyncio.wait_for(drawing, 1)

    assert said == ["first", "second"]


async def test_whoever_came_earlier_goes_first_whenever_it_was_taken_up() -> None:
    places, said = Places(1, 100), list[int]()

    async def work(order: int) -> None:
        async with places.taken(order):
            said.append(order)
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as together:
        for order in (5, 7, 9, 2, 8, 3):
            together.create_task(work(order))

    assert said == [5, 2, 3, 7, 8, 9]


async def test_one_who_gives_up_waiting_takes_no_place_along() -> None:
    places, waits = Places(1, 100), asyncio.Event()

    async def hold() -> None:
        async with places.taken(1):
            await waits.wait()

    async def work(order: int) -> None:
        async with places.taken(order):
            pass

    holder = asyncio.create_task(hold())
    await asyncio.sleep(0)
    impatient, at_the_door = (asyncio.create_task(work(order)) for order in (2, 3))
    await asyncio.sleep(0)
    impatient.cancel()
    waits.set()
    await holder  # lets in the one who is next, who is cut off before it can begin
    at_the_door.cancel()
    await asyncio.gather(impatient, at_the_door, return_exceptions=True)

    await asyncio.wait_for(work(4), 1)


async def test_what_had_begun_elsewhere_takes_a_place_even_when_no_more_may_begin() -> None:
    places, waits, said = Places(1, 1), asyncio.Event(), list[str]()

    async def waiter() -> None:
        async with places.taken(2):
            async with waiting():
                await waits.wait()
            said.append("waiter")

    async def taken_over() -> None:
        async with places.held(1), places.held(1):  # and no second one, should it hold one
            said.append("taken over")
            waits.set()

    await asyncio.wait_for(asyncio.gather(waiter(), taken_over()), 1)

    assert said == ["taken over", "waiter"]


async def test_what_a_delivery_set_off_takes_no_place_after_its_end() -> None:
    places, ended = Places(1, 100), asyncio.Event()

    async def goes_on_after_it() -> None:
        async with waiting():
            await ended.wait()

    async with places.taken(1):
        later = asyncio.create_task(goes_on_after_it())
        await asyncio.sleep(0)
    ended.set()
    await later
    assert not places.is_full


async def test_what_a_delivery_set_off_and_comes_back_while_it_ends_keeps_no_place() -> None:
    places, waited, ends, gives = Places(1, 100), asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def goes_on_after_it() -> None:
        async with waiting():
            await waited.wait()

    async def delivery() -> asyncio.Task[None]:
        async with places.taken(1):
            later = asyncio.create_task(goes_on_after_it())
            await ends.wait()
        return later

    async def other() -> None:
        async with places.taken(2):
            await gives.wait()

    first = asyncio.create_task(delivery())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    second = asyncio.create_task(other())  # has the place that was given up for the wait
    await asyncio.sleep(0)
    waited.set()
    await asyncio.sleep(0)  # it stands at the door again
    ends.set()
    later = await first
    gives.set()
    await asyncio.gather(second, later)

    assert not places.is_full
