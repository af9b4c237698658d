"""Channels, direct messages and groups: what people and the app change about them, and who hears of it."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.twin.listener import Listener
from twin import roster
from twin.seed import SeedPerson
from twin.server import Twin
from twin.words import Refused


async def refusal(call: Any) -> str:
    """Return the error code a Web API call is refused with."""
    with pytest.raises(SlackApiError) as problem:
        await call
    return str(problem.value.response["error"])


async def test_the_app_hears_of_a_direct_message_only_when_it_is_in(twin: Twin) -> None:
    listener = await Listener.open(twin)
    ana, ben, gil = twin.person("ana"), twin.person("ben"), twin.person("gil")
    two = await ana.dm("ben")
    assert await ben.dm("ana") == two
    await ana.post(two, "between us")
    await ben.post("@ana", "yes")  # the same conversation
    assert [one["text"] for one in twin.channel(two).messages] == ["between us", "yes"]
    group = await ana.dm("ben", "signalbox")
    await ben.post(group, "the three of us")
    await twin.idle()
    assert [(one["channel"], one["channel_type"]) for one in listener.events] == [(group, "mpim")]
    with pytest.raises(Refused, match="no channel"):
        await gil.post(two, "me too")
    await listener.close()


async def test_the_app_opens_direct_messages_and_groups(twin: Twin, web: AsyncWebClient) -> None:
    ana, ben = twin.person("ana").id, twin.person("ben").id
    assert await refusal(web.conversations_open(users=f"{ana},{ben}", prevent_creation=True)) == (
        "channel_not_found"
    )
    group = (await web.conversations_open(users=f"{ana},{ben}"))["channel"]
    assert (group["is_mpim"], group["name"]) == (True, "mpdm-signalbox--ana--ben-1")
    again = await web.conversations_open(users=f"{ben},{ana}")
    assert (again["already_open"], again["channel"]["id"]) == (True, group["id"])
    await web.conversations_close(channel=group["id"])
    assert (await web.conversations_close(channel=group["id"]))["already_closed"] is True
    await web.chat_postMessage(channel=group["id"], text="hello both")
    assert "already_closed" not in (await web.conversations_close(channel=group["id"])).data
    listed = (await web.conversations_list(types="mpim"))["channels"]
    assert [one["id"] for one in listed] == [group["id"]]
    assert await refusal(web.conversations_kick(channel=group["id"], user=ana)) == (
        "method_not_supported_for_channel_type"
    )


async def test_people_make_channels_and_bring_the_app_in(twin: Twin) -> None:
    listener = await Listener.open(twin)
    ana, ben = twin.person("ana"), twin.person("ben")
    plans = await ana.create("#plans", is_private=True)
    await ana.invite(plans, "ben", "@signalbox")
    await ana.topic(plans, "where to")
    await ana.rename(plans, "journeys")
    await ana.kick(plans, "ben")
    await ana.kick(plans, "signalbox")
    await twin.idle()
    heard = [one.get("subtype") or one["type"] for one in listener.events]
    assert heard == [
        "channel_join",
        "member_joined_channel",
        "channel_topic",
        "channel_name",
        "group_rename",
        "channel_leave",
        "member_left_channel",
        "channel_leave",
        "member_left_channel",
        "group_left",
    ]
    assert listener.events[4]["channel"]["name"] == "journeys"
    removed = [one["text"] for one in twin.channel(await ben.dm("USLACKBOT")).messages]
    assert removed == [f"You have been removed from #journeys by <@{ana.id}>"]
    assert twin.channel("#journeys").previous_names == ["plans"]
    with pytest.raises(KeyError):
        twin.channel("#plans")
    with pytest.raises(Refused, match="no channel '#journeys'"):
        await ben.post("#journeys", "hello?")
    with pytest.raises(Refused, match="already taken"):
        await ben.create("help")
    with pytest.raises(Refused, match="can’t contain spaces"):
        await ben.create("Not Like This")
    await listener.close()


async def test_the_app_changes_what_is_its_own(twin: Twin, web: AsyncWebClient) -> None:
    ana, ben, help_ = twin.person("ana"), twin.person("ben"), twin.channel("#help").id
    made = (await web.conversations_create(name="plans"))["channel"]["id"]
    assert (await web.conversations_rename(channel=made, name="plans-2"))["channel"]["previous_names"] == [
        "plans"
    ]
    assert await refusal(web.conversations_rename(channel=help_, name="mine")) == "not_authorized"
    assert await refusal(web.conversations_setTopic(channel=made, topic="x" * 251)) == "too_long"
    await web.conversations_setPurpose(channel=help_, purpose="Requests, all of them")
    assert twin.channel("#help").messages[-1]["subtype"] == "channel_purpose"
    await web.conversations_archive(channel=made)
    assert await refusal(web.conversations_archive(channel=made)) == "already_archived"
    assert await refusal(web.chat_postMessage(channel=made, text="x")) == "is_archived"
    listed = (await web.conversations_list(exclude_archived=True))["channels"]
    assert made not in {one["id"] for one in listed}
    await web.conversations_unarchive(channel=made)
    assert await refusal(web.conversations_unarchive(channel=made)) == "not_archived"
    await web.conversations_kick(channel=help_, user=ben.id)
    assert ben.id not in twin.channel("#help").members
    assert await refusal(web.conversations_kick(channel=help_, user=ben.id)) == "not_in_channel"
    assert await refusal(web.conversations_kick(channel=help_, user=twin.bot_user_id)) == "cant_kick_self"
    assert await refusal(web.conversations_mark(channel=help_, ts="yesterday")) == "invalid_timestamp"
    await web.conversations_leave(channel=help_)
    assert (await web.conversations_leave(channel=help_))["not_in_channel"] is True
    assert await refusal(web.conversations_history(channel=help_)) == "not_in_channel"
    assert ana.id in twin.channel("#help").members


async def test_an_invitation_names_what_is_wrong_with_each(twin: Twin, web: AsyncWebClient) -> None:
    here, ben, sam = twin.channel("#help").id, twin.person("ben").id, twin.person("sam").id
    with pytest.raises(SlackApiError) as problem:
        await web.conversations_invite(channel=here, users=[ben, sam])
    assert problem.value.response["errors"] == [
        {"user": ben, "ok": False, "error": "already_in_channel"},
        {"user": sam, "ok": False, "error": "cant_invite"},
    ]


async def test_mentioning_somebody_who_is_not_there_gets_a_hint(twin: Twin) -> None:
    ana = twin.person("ana")
    await ana.post("#ext-rivers", "@ben and @sam, have you seen this?")
    assert [one["text"] for one in ana.whispers("#ext-rivers")] == [
        f"You mentioned <@{twin.person('ben').id}>, but they’re not in this channel."
    ]
    assert twin.person("sam").whispers("#ext-rivers") == []


async def test_what_was_read_can_be_marked_unread_again(twin: Twin) -> None:
    ana, ben = twin.person("ana"), twin.person("ben")
    first = await ben.post("#help", "one")
    await ben.post("#help", "two")
    await ana.post("#help", "three")
    assert twin.channel("#help").unread(ana.id) == 0
    await ana.mark_unread("#help", first)
    assert twin.channel("#help").unread(ana.id) == 3


async def test_a_pin_stays_with_its_message(twin: Twin) -> None:
    ana, ben = twin.person("ana"), twin.person("ben")
    ts = await ben.post("#help", "the address is …")
    await ana.pin("#help", ts)
    with pytest.raises(Refused, match="pinned here already"):
        await ben.pin("#help", ts)
    await ben.unpin("#help", ts)
    with pytest.raises(Refused, match="not pinned"):
        await ben.unpin("#help", ts)


async def test_somebody_new_is_heard_of_and_seen_to_be_online(twin: Twin, web: AsyncWebClient) -> None:
    listener = await Listener.open(twin)
    dora = SeedPerson(
        "U0DORA0001", "dora", "Dora Diaz", "", "dora@example.com", "UTC", False, False, "T0HARBOR01", "000000"
    )
    roster.welcome(twin.ws, dora)
    await twin.person("dora").post("#general", "hello, I am new")
    await twin.idle()
    assert [one["type"] for one in listener.events] == ["team_join"]  # the app is not in #general
    assert (await web.users_getPresence(user=dora.id))["presence"] == "away"
    url = f"{twin.url}/twin/live"
    async with aiohttp.ClientSession() as session, session.ws_connect(url, params={"as": "dora"}):
        assert (await web.users_getPresence(user=dora.id))["presence"] == "active"
    bot = await web.users_getPresence(user=twin.bot_user_id)
    assert (bot["online"], bot["connection_count"]) == (True, 1)
    await listener.close()


async def test_a_changed_profile_is_seen_by_all(twin: Twin, web: AsyncWebClient) -> None:
    ana = twin.person("ana")
    await ana.change_profile(real_name="Ana Costa Lima", status_text="out", status_emoji=":palm_tree:")
    profile = (await web.users_profile_get(user=ana.id))["profile"]
    assert (profile["first_name"], profile["last_name"], profile["status_text"]) == (
        "Ana",
        "Costa Lima",
        "out",
    )
    with pytest.raises(Refused, match="email cannot be changed"):
        await ana.change_profile(email="other@example.com")
