"""Deliveries that come twice, late, in the wrong order, or not at all: what people did still has its effect, once."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Literal

import pytest

from agents.words import Status
from storage.tables import Draft, Receipt, Request, Ticket
from tests.faults import answered, ask, failures
from tests.test_triage import ASKED
from tests.test_web import STRANGE
from tests.world import World, buttons_of, text_of

pytestmark = pytest.mark.slow

THANKS = "thank you so much, got it!"
_MINUTE = timedelta(minutes=1)


def pass_by(world: World, span: timedelta) -> None:
    """Let time pass, for Slack too."""
    world.clock.advance(span)
    world.twin.tick()


async def heard(world: World, ts: str) -> None:
    """Wait until a message has had its effects, whatever else is still on its way."""
    async with asyncio.timeout(10):
        while not any(one.done_at and one.body["event"].get("ts") == ts for one in await kept(world)):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def kept(world: World) -> list[Receipt]:
    """Return the deliveries that are events."""
    return [one for one in await world.rows(Receipt) if "event" in one.body]


async def test_everything_that_comes_twice_has_one_effect(world: World) -> None:
    world.twin.deliveries.add("*", "duplicate", times=0)
    asked = await answered(world)
    await world.person("greta").edit("#customer-support", asked.ts, ASKED + " It is for August.")
    await world.settle()
    await world.person("greta").post("#customer-support", "and for July, please", thread_ts=asked.ts)
    await world.settle()
    await world.person("marek").click(await asked.card(), "approve_draft")
    await world.settle()
    await world.person("marek").command("#team-billing", "/signalbox help")
    await world.settle()

    await asked.card()
    assert len(asked.lines()) == 2
    assert (await asked.ticket()).status == Status.ANSWERED
    assert len(world.person("marek").whispers("#team-billing")) == 1
    keys = [receipt.key for receipt in await world.rows(Receipt)]
    assert len(keys) == len(set(keys))
    assert await failures(world) == []


async def test_a_request_whose_edit_came_first_reads_as_edited(world: World) -> None:
    world.twin.deliveries.add("message", "reorder")
    asked = await ask(world)
    await world.person("greta").edit("#customer-support", asked.ts, ASKED + " It is for August.")
    await world.settle()

    assert "It is for August." in text_of(await asked.card())
    assert len(asked.lines()) == 1
    assert len(await world.rows(Request)) == 1


async def test_a_request_whose_deletion_came_first_bothers_nobody(world: World) -> None:
    world.twin.deliveries.add("message", "reorder")
    asked = await ask(world)
    await world.person("greta").delete("#customer-support", asked.ts)
    await world.settle()

    assert world.cards("team-billing") == []
    assert {ticket.status for ticket in await world.rows(Ticket)} <= {Status.WITHDRAWN}
    assert await failures(world) == []


async def test_a_request_whose_reply_came_first_is_drafted_with_it(world: World) -> None:
    world.twin.deliveries.add("message", "reorder")
    asked = await ask(world)
    await world.person("greta").post("#customer-support", "for our Oslo account, please", thread_ts=asked.ts)
    await world.settle()

    await asked.card()
    replied = max(m["ts"] for m in world.thread("customer-support", asked.ts) if not m.get("bot_id"))
    [draft] = await world.rows(Draft)
    assert draft.based_on_ts == replied
    assert (await asked.ticket()).moved_on_ts == replied


async def test_thanks_that_come_after_what_was_said_later_resolve_nothing(world: World) -> None:
    asked = await answered(world)
    await world.person("marek").click(await asked.card(), "approve_draft")
    await world.settle()
    held_back = world.twin.deliveries.add("message", "delay", seconds=60)
    await world.person("greta").post("#customer-support", THANKS, thread_ts=asked.ts)
    await world.twin.until(lambda: held_back.hits == 1)
    await heard(
        world, await world.person("greta").post("#customer-support", "Wait, it is the wrong month.", asked.ts)
    )
    assert (await asked.ticket()).status == Status.ROUTED

    pass_by(world, _MINUTE)
    await world.settle()

    assert (await asked.ticket()).status == Status.ROUTED
    assert "approve_draft" in buttons_of(await asked.card())


async def test_a_question_that_comes_after_later_thanks_reopens_nothing(world: World) -> None:
    asked = await answered(world)
    await world.person("marek").click(await asked.card(), "approve_draft")
    await world.settle()
    held_back = world.twin.deliveries.add("message", "delay", seconds=60)
    await world.person("greta").post("#customer-support", "Is that the right month?", thread_ts=asked.ts)
    await world.twin.until(lambda: held_back.hits == 1)
    await heard(world, await world.person("greta").post("#customer-support", THANKS, asked.ts))

    pass_by(world, _MINUTE)
    await world.settle()

    assert (await asked.ticket()).status == Status.RESOLVED


async def test_a_colleagues_answer_that_comes_after_a_later_question_answers_it_not(world: World) -> None:
    asked = await answered(world)
    held_back = world.twin.deliveries.add("message", "delay", seconds=60)
    await world.person("marek").post("#customer-support", "Sent by mail.", thread_ts=asked.ts)
    await world.twin.until(lambda: held_back.hits == 1)
    await heard(
        world, await world.person("greta").post("#customer-support", "And the one for July?", asked.ts)
    )

    pass_by(world, _MINUTE)
    await world.settle()

    ticket = await asked.ticket()
    assert ticket.status == Status.ROUTED
    assert ticket.answered_at is not None  # the promise of a first reply is kept all the same


async def test_a_request_that_is_lost_on_the_way_comes_again_and_is_handled(world: World) -> None:
    world.twin.deliveries.add("message", "lose", times=2)
    asked = await ask(world)
    for span in (timedelta(seconds=3), timedelta(seconds=3), _MINUTE):
        assert world.cards("team-billing") == []
        pass_by(world, span)
    await world.settle()

    await asked.card()
    assert len(asked.lines()) == 1


async def test_a_click_that_is_lost_can_be_pressed_again(world: World) -> None:
    asked = await answered(world)
    world.twin.deliveries.add("interactive", "lose")
    marek = world.person("marek")
    await marek.click(await asked.card(), "approve_draft")
    pass_by(world, timedelta(seconds=4))
    await world.settle()
    assert len(asked.lines()) == 1

    await marek.click(await asked.card(), "approve_draft")
    await world.settle()

    assert len(asked.lines()) == 2


@pytest.mark.parametrize("late", [timedelta(seconds=90), timedelta(days=1)], ids=["90 s", "a day"])
async def test_a_request_that_comes_late_is_handled_with_deadlines_that_can_be_kept(
    world: World, late: timedelta
) -> None:
    world.twin.deliveries.add("message", "delay", seconds=late.total_seconds())
    asked = await ask(world)
    assert world.cards("team-billing") == []
    pass_by(world, late)
    await world.settle()

    await asked.card()
    respond_by = (await asked.ticket()).respond_by
    assert respond_by is not None and respond_by > world.clock.now()
    assert len(asked.lines()) == 1


async def test_a_click_that_comes_a_day_late_acts_once_or_explains(world: World) -> None:
    asked = await answered(world)
    world.twin.deliveries.add("interactive", "delay", seconds=86_400)
    marek = world.person("marek")
    await marek.click(await asked.card(), "edit_draft")
    pass_by(world, timedelta(days=1))
    await world.settle()

    assert marek.views() == []
    told = [*marek.whispers("#team-billing"), *world.direct("marek")]
    assert "press the button again" in text_of(told[-1])
    assert await failures(world) == []


async def test_connections_that_break_in_the_middle_of_a_burst_lose_and_double_nothing(world: World) -> None:
    people = ["greta", "victor", "bruno"]
    posted = []
    for number in range(12):
        posted.append(await ask(world, f"{ASKED} ({number})", people[number % 3]))
        if number in (3, 8):
            await world.twin.cut_connections()
    await world.twin.connected(timeout=20)
    await world.settle()

    for asked in posted:
        await asked.card()
        assert len(asked.lines()) == 1
    assert len(await world.rows(Ticket)) == 12
    assert "approve_draft" in buttons_of(await posted[-1].card())


async def test_connections_that_slack_replaces_in_a_burst_lose_and_double_nothing(world: World) -> None:
    posted = []
    for number in range(6):
        posted.append(await ask(world, f"{ASKED} ({number})"))
        if number == 2:
            world.twin.refresh_connections()
    await world.twin.connected(timeout=20)
    await world.settle()

    for asked in posted:
        await asked.card()
        assert len(asked.lines()) == 1


def envelope(payload: object, **more: object) -> str:
    """Return a frame of Socket Mode."""
    return json.dumps({"type": "events_api", "envelope_id": "E0STRANGE", "payload": payload, **more})


FRAMES: tuple[tuple[str | bytes, Literal["text", "binary", "ping", "pong"]], ...] = (
    ("", "text"),
    ("nonsense", "text"),
    ("{", "text"),
    ("[1, 2]", "text"),
    ("null", "text"),
    ("{}", "text"),
    ('{"a": ' * 100_000, "text"),
    ('{"a": ' + "9" * 5000 + "}", "text"),
    ('{"type": "events_api", "envelope_id": "E0STRANGE"}', "text"),
    ('{"type": "hello"}', "text"),
    (envelope(None), "text"),
    (envelope([]), "text"),
    (envelope("a text"), "text"),
    (envelope({}), "text"),
    (envelope({"type": "new"}, type="from_the_future"), "text"),
    (envelope({"type": ["new"]}, type=["a list"], envelope_id={"an": "object"}), "text"),
    (envelope({"type": "new"}, type=None, envelope_id=None, retry_attempt=[1], retry_reason={}), "text"),
    *((envelope(strange), "text") for strange in STRANGE),
    (envelope({"type": "no number", "number": float("nan")}), "text"),
    (b"\0\xff", "binary"),
    (envelope({"type": "binary"}), "binary"),
    ("", "ping"),
    (b"\xff", "ping"),
    ("", "pong"),
    ("sdk-ping-pong:soon", "pong"),
)


async def test_frames_that_are_no_delivery_cost_no_connection_and_no_request(world: World) -> None:
    assert world.bot._socket is not None
    client = world.bot._socket.client
    before = client.current_session
    for data, kind in FRAMES * 5:
        world.twin.send_frame(data, kind)

    asked = await ask(world)
    await world.settle()

    await asked.card()
    assert client.current_session is before
    assert await client.is_connected()
    assert world.twin.connections == 1
