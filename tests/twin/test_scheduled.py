"""Messages that are posted later, when the twin's clock gets there."""

from __future__ import annotations

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.twin.conftest import StoppedClock
from tests.twin.forms import section
from tests.twin.listener import Listener
from tests.twin.refused import code
from twin.server import Twin

DAY = 24 * 3600


@pytest.fixture
def here(twin: Twin) -> str:
    return twin.channel("#help").id


@pytest.fixture
def now(clock: StoppedClock) -> int:
    return int(clock.now().timestamp())


async def test_a_message_appears_when_its_time_has_come(
    twin: Twin, web: AsyncWebClient, here: str, clock: StoppedClock, now: int
) -> None:
    root = (await web.chat_postMessage(channel=here, text="root"))["ts"]
    listener = await Listener.open(twin)
    answer = await web.chat_scheduleMessage(
        channel=here, post_at=now + 600, text="later", blocks=[section("Later")], thread_ts=root
    )
    assert (answer["channel"], answer["post_at"]) == (here, now + 600)
    assert answer["message"]["type"] == "delayed_message" and answer["message"]["text"] == "later"
    clock.forward(seconds=599)
    twin.tick()
    assert twin.channel("#help").replies(root) == []
    clock.forward(seconds=1)
    twin.tick()
    reply = twin.channel("#help").replies(root)[0]
    assert (reply["text"], reply["blocks"][0]["text"]["text"]) == ("later", "Later")
    assert float(reply["ts"]) >= now + 600
    await twin.until(lambda: any(one.get("ts") == reply["ts"] for one in listener.events))
    assert (await web.chat_scheduledMessages_list())["scheduled_messages"] == []
    await listener.close()


async def test_they_are_listed_in_order_and_can_be_called_off(
    twin: Twin, web: AsyncWebClient, here: str, clock: StoppedClock, now: int
) -> None:
    ids = [
        (await web.chat_scheduleMessage(channel=here, post_at=str(now + at), text=f"at {at}"))[
            "scheduled_message_id"
        ]
        for at in (900, 300, 600)
    ]
    listed = await web.chat_scheduledMessages_list(channel=here, limit=2)
    assert [one["text"] for one in listed["scheduled_messages"]] == ["at 300", "at 600"]
    rest = await web.chat_scheduledMessages_list(cursor=listed["response_metadata"]["next_cursor"], limit=2)
    assert [one["id"] for one in rest["scheduled_messages"]] == [ids[0]]
    some = await web.chat_scheduledMessages_list(oldest=str(now + 400), latest=str(now + 700))
    assert [one["text"] for one in some["scheduled_messages"]] == ["at 600"]
    gone = {"channel": here, "scheduled_message_id": ids[2]}
    assert (await web.chat_deleteScheduledMessage(**gone))["ok"]
    assert await code(web.chat_deleteScheduledMessage(**gone)) == "invalid_scheduled_message_id"
    clock.forward(seconds=250)  # less than a minute before its time
    soon = {"channel": here, "scheduled_message_id": ids[1]}
    assert await code(web.chat_deleteScheduledMessage(**soon)) == "invalid_scheduled_message_id"
    clock.forward(seconds=1000)
    twin.tick()
    assert [one["text"] for one in twin.channel("#help").messages[-2:]] == ["at 300", "at 900"]


async def test_the_time_must_be_ahead_and_not_too_far(web: AsyncWebClient, here: str, now: int) -> None:
    async def refused(post_at: object) -> str:
        return await code(
            web.api_call("chat.scheduleMessage", json={"channel": here, "post_at": post_at, "text": "x"})
        )

    assert await refused(now - 1) == "time_in_past"
    assert await refused(now + 121 * DAY) == "time_too_far"
    assert await refused("tomorrow") == "invalid_time"
    assert await code(web.chat_scheduledMessages_list(channel="C0NO")) == "invalid_channel"
    where = {"channel": here, "post_at": now + 60, "markdown_text": "x", "text": "x"}
    assert await code(web.api_call("chat.scheduleMessage", json=where)) == "markdown_text_conflict"


async def test_thirty_messages_fit_in_five_minutes_of_a_channel(
    twin: Twin, web: AsyncWebClient, here: str, now: int
) -> None:
    start = now - now % 300 + 600
    for at in range(29):
        twin.ws.schedule.add(here, start + at, now, "x")
    assert (await web.chat_scheduleMessage(channel=here, post_at=start + 30, text="x"))["ok"]
    assert (
        await code(web.chat_scheduleMessage(channel=here, post_at=start + 31, text="x"))
        == "restricted_too_many"
    )
    assert (await web.chat_scheduleMessage(channel=here, post_at=start + 300, text="x"))["ok"]


async def test_a_message_for_a_channel_that_was_archived_is_not_posted(
    twin: Twin, web: AsyncWebClient, here: str, clock: StoppedClock, now: int
) -> None:
    await web.chat_scheduleMessage(channel=here, post_at=now + 100, text="never")
    twin.channel("#help").is_archived = True
    clock.forward(seconds=100)
    twin.tick()
    assert "never" not in [one["text"] for one in twin.channel("#help").messages]
