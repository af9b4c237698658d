"""What a channel keeps at hand: pins, bookmarks, and what was reacted to."""

from __future__ import annotations

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.twin.conftest import StoppedClock
from tests.twin.listener import Listener
from tests.twin.refused import code
from twin import pins
from twin.server import Twin
from twin.words import Json


@pytest.fixture
def here(twin: Twin) -> str:
    return twin.channel("#help").id


async def test_a_pin_is_shown_listed_and_told(twin: Twin, web: AsyncWebClient, here: str) -> None:
    ana, help_ = twin.person("ana"), twin.channel("#help")
    listener = await Listener.open(twin)
    first, second = [await ana.post("#help", text) for text in ("first", "second")]
    await web.pins_add(channel=here, timestamp=first)
    message = help_.get(second)
    assert message is not None and pins.pin(twin.ws, help_, message, ana.id)
    assert not pins.pin(twin.ws, help_, message, ana.id)
    items = (await web.pins_list(channel=here))["items"]
    assert [(one["message"]["text"], one["created_by"]) for one in items] == [
        ("second", ana.id),
        ("first", twin.bot_user_id),
    ]
    assert items[0]["message"]["pinned_to"] == [here] and "permalink" in items[0]["message"]
    assert pins.pinned(twin.ws, help_) == [second, first]
    await web.pins_remove(channel=here, timestamp=second)
    await twin.idle()
    told = [one for one in listener.events if one["type"].startswith("pin_")]
    assert [(one["type"], one["pin_count"]) for one in told] == [
        ("pin_added", 1),
        ("pin_added", 2),
        ("pin_removed", 1),
    ]
    assert told[2]["has_pins"] and told[2]["pinned_info"]["pinned_by"] == ana.id
    unpinned = help_.get(second)
    assert unpinned is not None and "pinned_to" not in unpinned
    await ana.delete("#help", first)
    assert (await web.pins_list(channel=here))["items"] == []
    await listener.close()


async def test_pins_slack_refuses(twin: Twin, web: AsyncWebClient, here: str) -> None:
    ts = await twin.person("ana").post("#help", "x")
    assert await code(web.pins_remove(channel=here, timestamp=ts)) == "no_pin"
    await web.pins_add(channel=here, timestamp=ts)
    assert await code(web.pins_add(channel=here, timestamp=ts)) == "already_pinned"
    assert await code(web.pins_add(channel=here, timestamp="")) == "no_item_specified"
    assert await code(web.pins_add(channel=here, timestamp="soon")) == "bad_timestamp"
    assert await code(web.pins_add(channel=here, timestamp="1.0")) == "message_not_found"
    assert await code(web.pins_add(channel=twin.channel("#general").id, timestamp=ts)) == "not_in_channel"
    for at in range(99):
        other = await _another(twin, at)
        assert pins.pin(twin.ws, twin.channel("#help"), other, "U1")
    assert (
        await code(web.pins_add(channel=here, timestamp=await twin.person("ana").post("#help", "y")))
        == "too_many_pins"
    )


async def _another(twin: Twin, at: int) -> Json:
    ts = await twin.person("ana").post("#help", f"message {at}")
    message = twin.channel("#help").get(ts)
    assert message is not None
    return message


async def test_bookmarks_are_added_changed_and_removed(
    twin: Twin, web: AsyncWebClient, here: str, clock: StoppedClock
) -> None:
    made = await web.bookmarks_add(
        channel_id=here, title="Docs", type="link", link="https://example.com", emoji=":book:"
    )
    id = made["bookmark"]["id"]
    clock.forward(seconds=5)
    changed = (await web.bookmarks_edit(channel_id=here, bookmark_id=id, title="Manual"))["bookmark"]
    assert (changed["title"], changed["link"], changed["emoji"]) == (
        "Manual",
        "https://example.com",
        ":book:",
    )
    assert changed["date_updated"] == changed["date_created"] + 5
    assert [one["title"] for one in (await web.bookmarks_list(channel_id=here))["bookmarks"]] == ["Manual"]
    await web.bookmarks_remove(channel_id=here, bookmark_id=id)
    assert (await web.bookmarks_list(channel_id=here))["bookmarks"] == []
    assert await code(web.bookmarks_remove(channel_id=here, bookmark_id=id)) == "not_found"
    add = {"channel_id": here, "title": "x"}
    assert await code(web.bookmarks_add(**add, type="link", link="ftp://example.com")) == "invalid_link"
    assert await code(web.bookmarks_add(**add, type="dance")) == "invalid_bookmark_type"
    bad = web.bookmarks_add(**add, type="link", link="https://example.com", emoji="no emoji")
    assert await code(bad) == "invalid_emoji"


async def test_reactions_are_listed_by_person(twin: Twin, web: AsyncWebClient, here: str) -> None:
    ben = twin.person("ben")
    root = await ben.post("#help", "root")
    reply = await ben.post("#help", "reply", root)
    for ts in (root, reply):
        await web.reactions_add(channel=here, timestamp=ts, name="eyes")
    await ben.react("#help", root, "tada")
    mine = (await web.reactions_list(limit=1))["items"]
    assert [(one["channel"], one["message"]["text"]) for one in mine] == [(here, "reply")]
    theirs = (await web.reactions_list(user=ben.id))["items"]
    assert [one["message"]["text"] for one in theirs] == ["root"]
    assert (await web.emoji_list())["emoji"] == {}
