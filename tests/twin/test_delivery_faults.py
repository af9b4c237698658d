"""What goes wrong on the way to the app, the record of deliveries, and a clock that is stepped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.twin.conftest import StoppedClock
from tests.twin.forms import actions, button
from tests.twin.listener import Listener
from twin.clock import Alarms, SteppedClock
from twin.delivery import Parcel
from twin.parcels import Record
from twin.seed import Seed
from twin.server import Twin
from twin.words import Refused

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
async def listener(twin: Twin) -> AsyncIterator[Listener]:
    opened = await Listener.open(twin)
    yield opened
    await opened.close()


@pytest.fixture
async def stepped(seed: Seed) -> AsyncIterator[Twin]:
    running = await Twin.start(seed, clock=SteppedClock(START, running=False))
    yield running
    await running.stop()


def texts(listener: Listener) -> list[str]:
    return [event["text"] for event in listener.events if event["type"] == "message"]


async def test_a_duplicate_is_the_same_event_in_another_envelope(twin: Twin, listener: Listener) -> None:
    fault = twin.deliveries.add("message", "duplicate")
    for text in ("one", "two"):
        await twin.person("ana").post("#help", text)
    await twin.idle()
    assert texts(listener) == ["one", "one", "two"]
    first, second = listener.envelopes[:2]
    assert first["payload"] == second["payload"]
    assert first["envelope_id"] != second["envelope_id"] and second["retry_attempt"] == 0
    assert fault.hits == 1


async def test_what_is_reordered_comes_after_the_next(twin: Twin, listener: Listener) -> None:
    twin.deliveries.add("message", "reorder")
    await twin.person("ana").post("#help", "one")
    assert not twin.host.courier.is_idle
    await twin.person("ana").post("#help", "two")
    await twin.person("ana").post("#help", "three")
    await twin.idle()
    assert texts(listener) == ["two", "one", "three"]


async def test_what_is_reordered_comes_alone_when_nothing_follows(
    twin: Twin, listener: Listener, clock: StoppedClock
) -> None:
    twin.deliveries.add("message", "reorder")
    await twin.person("ana").post("#help", "one")
    clock.forward(seconds=10)
    twin.tick()
    await twin.idle()
    assert texts(listener) == ["one"]


async def test_a_delay_is_measured_on_the_twins_clock(
    twin: Twin, listener: Listener, clock: StoppedClock
) -> None:
    twin.deliveries.add("message", "delay", seconds=90)
    for text in ("one", "two"):
        await twin.person("ana").post("#help", text)
    await twin.until(lambda: texts(listener) == ["two"])
    clock.forward(seconds=89)
    twin.tick()
    assert texts(listener) == ["two"]
    clock.forward(seconds=1)
    twin.tick()
    await twin.idle()
    assert texts(listener) == ["two", "one"]


async def test_what_is_lost_comes_again_as_slack_repeats_it(
    twin: Twin, listener: Listener, clock: StoppedClock
) -> None:
    twin.deliveries.add("message", "lose", times=2)
    await twin.person("ana").post("#help", "one")
    for seconds in (3, 3, 60):
        assert listener.events == []
        clock.forward(seconds=seconds)
        twin.tick()
    await twin.idle()
    [envelope] = listener.envelopes
    assert (envelope["retry_attempt"], envelope["retry_reason"]) == (2, "timeout")
    assert [one.outcome for one in twin.host.courier.log[-1].attempts] == ["lost", "lost", "acked"]


async def test_faults_hit_what_they_name_until_they_are_cleared(twin: Twin, listener: Listener) -> None:
    ana = twin.person("ana")
    lasting = twin.deliveries.add("reaction_added", "duplicate", times=0)
    held = twin.deliveries.add("message", "delay", seconds=600)
    ts = await ana.post("#help", "one")
    for name in ("eyes", "tada"):
        await ana.react("#help", ts, name)
    await twin.until(lambda: len(listener.events) == 4)
    assert [event["reaction"] for event in listener.events] == ["eyes", "eyes", "tada", "tada"]
    assert twin.deliveries.clear(lasting.id) and not twin.deliveries.clear(lasting.id)
    await ana.react("#help", ts, "wave")
    assert [one.id for one in twin.deliveries] == [held.id]
    twin.deliveries.clear()
    await twin.idle()
    assert [event["type"] for event in listener.events[4:]] == ["reaction_added", "message"]


async def test_a_click_that_is_delayed_fails_for_the_person_and_comes_all_the_same(
    twin: Twin, web: AsyncWebClient, listener: Listener, clock: StoppedClock
) -> None:
    await web.chat_postMessage(channel=twin.channel("#help").id, text="x", blocks=[actions(button("go"))])
    twin.deliveries.add("interactive", "delay", seconds=5)
    await twin.person("ana").click(twin.channel("#help").messages[-1], "go")
    clock.forward(seconds=3)
    twin.tick()
    assert [one["reason"] for one in twin.undelivered] == ["timeout"]
    clock.forward(seconds=2)
    twin.tick()
    await twin.idle()
    assert listener.envelopes[-1]["type"] == "interactive"
    assert len(twin.undelivered) == 1


async def test_the_record_says_what_was_sent_and_what_came_of_it(
    twin: Twin, listener: Listener, clock: StoppedClock
) -> None:
    listener.answer = {"text": "hello"}
    await twin.person("ana").command("#help", "/signalbox now")
    await twin.idle()
    [command] = twin.host.courier.log
    assert (command.kind, command.name, command.at) == ("slash_commands", "/signalbox", clock.now())
    assert command.id == listener.envelopes[-1]["envelope_id"]
    assert command.payload == listener.envelopes[-1]["payload"]
    [attempt] = command.attempts
    assert (attempt.outcome, attempt.answer, attempt.reason) == ("acked", {"text": "hello"}, "")
    assert attempt.ms is not None and attempt.ms > 0
    seen = twin.host.courier.changed
    assert command.n < command.changed <= seen
    listener.acks = False
    await twin.person("ana").post("#help", "hello")
    await twin.until(lambda: len(listener.envelopes) == 2)
    event = twin.host.courier.log[-1]
    assert event.attempts[-1].outcome == "waiting" and event.changed > seen
    clock.forward(seconds=3)
    twin.tick()
    assert [(one.reason, one.outcome) for one in event.attempts] == [("", "timeout"), ("timeout", "waiting")]
    assert twin.host.next_number() > event.changed == twin.host.courier.changed


async def test_the_record_is_bounded_in_size() -> None:
    record = Record(count(1).__next__, most_characters=10_000)
    for _ in range(100):
        parcel = record.open(Parcel("interactive", {"type": "x" * 1_000}, True, False), START)
        record.end(parcel, "acked", START, {"text": "y" * 1_000})
    assert 3 <= len(record) <= 5
    assert [one.n for one in record] == sorted(one.n for one in record)


async def test_a_slow_call_is_done_at_once_and_answered_late(
    twin: Twin, web: AsyncWebClient, clock: StoppedClock
) -> None:
    fault = twin.faults.add("chat.postMessage", "slow", seconds=30, times=0)
    call = asyncio.create_task(web.chat_postMessage(channel=twin.channel("#help").id, text="one"))
    await twin.until(lambda: twin.channel("#help").messages[-1]["text"] == "one")
    clock.forward(seconds=29)
    twin.tick()
    assert not call.done() and fault.hits == 1
    clock.forward(seconds=1)
    twin.tick()
    assert (await call)["ok"]
    assert twin.faults.get(fault.id) is fault and twin.faults.clear(fault.id)
    assert (await web.chat_postMessage(channel=twin.channel("#help").id, text="two"))["ok"]


def test_a_stepped_clock_goes_forward_only() -> None:
    clock = SteppedClock(START, running=False)
    clock.advance(90)
    assert clock.now() == START + timedelta(seconds=90)
    with pytest.raises(Refused, match="2026-11-23 09:01:30 UTC and cannot go back"):
        clock.set(START)
    with pytest.raises(Refused, match="No clock can show"):
        clock.advance(1e18)
    clock.run()
    assert clock.now() >= START + timedelta(seconds=90) and clock.is_running
    clock.advance(3600)
    clock.freeze()
    assert clock.now() == clock.now() >= START + timedelta(seconds=3690)


def test_a_stepped_clock_starts_with_real_time() -> None:
    before = datetime.now(UTC)
    clock = SteppedClock()
    assert before <= clock.now() <= datetime.now(UTC)
    clock.set(clock.now() + timedelta(days=1))
    assert timedelta(hours=23) < clock.ahead < timedelta(hours=25)


async def test_time_goes_from_alarm_to_alarm(stepped: Twin) -> None:
    rung: list[float] = []
    alarms: Alarms = stepped.host.alarms

    def ring() -> None:
        rung.append((stepped.host.clock.now() - START).total_seconds())
        if len(rung) == 1:
            alarms.set(300, ring)

    alarms.set(400, ring)
    alarms.set(60, ring)
    alarms.set(601, ring)
    await stepped.advance(600)
    assert rung == [60, 360, 400]
    assert stepped.host.clock.now() == START + timedelta(seconds=600)
    with pytest.raises(Refused):
        await stepped.advance(-1)


async def test_an_app_can_acknowledge_while_time_is_stepped(stepped: Twin) -> None:
    stepped.deliveries.add("message", "lose", times=2)
    listener = await Listener.open(stepped)
    await stepped.person("ana").post("#help", "hello")
    await stepped.advance(3600)
    [envelope] = listener.envelopes
    assert envelope["retry_attempt"] == 2
    attempts = stepped.host.courier.log[-1].attempts
    assert [(one.at - START).total_seconds() for one in attempts] == [0, 3, 66]
    await stepped.idle()
    await listener.close()


async def test_a_clock_of_ones_own_is_moved_by_oneself(twin: Twin) -> None:
    with pytest.raises(TypeError, match="tick"):
        await twin.advance(1)
