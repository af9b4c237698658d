"""Posts to a person: told once, also when Slack swallowed the answer to the first try."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlmodel import update
from sqlmodel.ext.asyncio.session import AsyncSession

from handlers.errors import Unavailable
from handlers.slack import Slack
from handlers.turns import Turns
from storage import posts
from storage.tables import Post
from tests.world import World

_LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


async def test_a_post_to_a_person_whose_answer_was_lost_is_found_again(world: World) -> None:
    ana = world.person("ana").id
    world.twin.faults.add("chat.postMessage", "drop_answer")
    with pytest.raises(Unavailable):
        await world.bot.slack.post("tell:1", ana, "Somebody else was faster.")

    await world.bot.slack.post("tell:1", ana, "Marek was faster.")

    assert [message["text"] for message in world.direct("ana")] == ["Marek was faster."]


async def test_a_post_that_is_found_again_says_what_is_true_by_now(world: World) -> None:
    billing = world.twin.channel("team-billing").id
    world.twin.faults.add("chat.postMessage", "drop_answer")
    with pytest.raises(Unavailable):
        await world.bot.slack.post("card:9:0", billing, "T-9 is open.")

    await world.bot.slack.post("card:9:0", billing, "T-9 is resolved.")

    assert [message["text"] for message in world.channel("team-billing")] == ["T-9 is resolved."]


async def test_a_post_to_a_person_that_never_reached_slack_is_made(world: World) -> None:
    ana = world.person("ana").id
    world.twin.faults.add("chat.postMessage", "http500")
    with pytest.raises(Unavailable):
        await world.bot.slack.post("tell:1", ana, "Somebody else was faster.")

    await world.bot.slack.post("tell:1", ana, "Somebody else was faster.")

    assert [message["text"] for message in world.direct("ana")] == ["Somebody else was faster."]


@pytest.mark.parametrize("fault", ["http500", "drop_answer"])
async def test_a_post_in_a_thread_whose_first_message_is_gone_is_made_once(world: World, fault: str) -> None:
    here = world.twin.channel("customer-support").id
    ts = await world.person("ana").post("#customer-support", "Good morning everybody!")
    await world.settle()
    await world.person("ana").delete("#customer-support", ts)
    world.twin.faults.add("chat.postMessage", fault)  # type: ignore[arg-type]
    with pytest.raises(Unavailable):
        await world.bot.slack.post("line:9", here, "Billing has this.", None, ts)

    await world.bot.slack.post("line:9", here, "Billing has this.", None, ts)

    assert [message["text"] for message in world.cards("customer-support")] == ["Billing has this."]


async def test_whoever_looked_for_a_post_for_so_long_that_another_makes_it_does_not_make_it_too(
    world: World,
) -> None:
    ana, say = world.person("ana").id, partial(world.bot.slack.post, "tell:1")
    world.twin.faults.add("chat.postMessage", "http500")
    with pytest.raises(Unavailable):
        await say(ana, "Somebody else was faster.")
    slow = world.twin.faults.add("conversations.history", "hang")
    looking = asyncio.create_task(say(ana, "Somebody else was faster."))
    await world.twin.until(lambda: slow.hits == 1)

    async with world.bot.db.begin() as session:
        # As when its claim has run out, by our clock or by the database's.
        await session.exec(update(Post).values(claimed_until=_LONG_AGO))
        intent = await posts.claim(session, "tell:1", "another", world.clock.now(), timedelta(seconds=12))
    assert intent.is_ours
    slow.release()

    with pytest.raises(Unavailable, match="another process"):
        await looking
    assert world.direct("ana") == []


class Stalled:
    """A way to Slack whose process stands still for a while once Slack has answered."""

    def __init__(self, door: Slack) -> None:
        self.door = door
        self.is_out, self.goes_on = asyncio.Event(), asyncio.Event()
        self.seek, self.renew = door.seek, door.renew

    async def send(self, message: dict[str, Any]) -> str:
        ts = await self.door.send(message)
        self.is_out.set()
        await self.goes_on.wait()
        return ts


async def test_a_post_that_another_process_noted_meanwhile_is_noted_once(world: World) -> None:
    posting, noted = world.bot.slack.posting, list[str]()
    door = Stalled(world.bot.slack)
    message: dict[str, Any] = {"channel": world.person("ana").id, "text": "Somebody else was faster."}
    message |= {"blocks": None, "metadata": {"event_type": "signalbox", "event_payload": {"key": "tell:1"}}}

    async def note(session: AsyncSession, ts: str) -> None:
        noted.append(ts)

    stalled = asyncio.create_task(replace(posting, door=door).post("tell:1", message, note))
    await door.is_out.wait()
    async with world.bot.db.begin() as session:
        await session.exec(update(Post).values(claimed_until=_LONG_AGO))
    ts = await replace(posting, name="another", turns=Turns()).post("tell:1", message, note)
    door.goes_on.set()

    assert await stalled == ts
    assert noted == [ts]
    assert len(world.direct("ana")) == 1


async def test_a_process_that_was_replaced_while_it_waited_for_its_turn_draws_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = world.twin.channel("team-billing").id
    ts = await world.bot.slack.post("card:9:0", here, "T-9 is resolved.")
    is_replaced = False

    async def turn(*_: Any) -> float:
        nonlocal is_replaced
        is_replaced = True
        return 10.0

    def may_post() -> None:
        if is_replaced:
            raise Unavailable("no heartbeat for too long")

    monkeypatch.setattr(world.bot.slack.pace, "turn", turn)
    monkeypatch.setattr(world.bot.slack, "may_post", may_post)
    with pytest.raises(Unavailable, match="no heartbeat"):
        await world.bot.slack.update(here, ts, "T-9 is open.", None)

    assert [message["text"] for message in world.channel("team-billing")] == ["T-9 is resolved."]
