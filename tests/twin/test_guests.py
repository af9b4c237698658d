"""Guests and people of other companies: what they see, what they may do, and how the app can tell them apart."""

from __future__ import annotations

from dataclasses import replace

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.twin.bolt import Bot
from tests.twin.forms import actions, button
from twin.people import show
from twin.seed import Seed
from twin.server import Twin
from twin.words import Json, Refused


def names(twin: Twin, who: str) -> tuple[set[str], set[str]]:
    """Return the channels and the people on somebody's screen."""
    state: Json = show.state(twin.ws, twin.person(who).id)
    people = {one["name"] for one in state["users"] if not one["is_bot"]}
    return {one["name"] for one in state["channels"] if not one["is_im"]}, people


async def test_a_guest_sees_the_channels_they_were_invited_to(twin: Twin) -> None:
    gil = twin.person("gil")
    channels, _ = names(twin, "gil")
    assert channels == {"general", "help"}
    assert "ext-rivers" in names(twin, "ben")[0]
    with pytest.raises(Refused, match="no channel '#ext-rivers'"):
        await gil.join("#ext-rivers")
    with pytest.raises(Refused, match="Guests"):
        await gil.create("mine")
    with pytest.raises(Refused, match="cannot add people"):
        await gil.invite("#help", "sam")


async def test_a_stranger_meets_only_those_they_share_a_channel_with(seed: Seed) -> None:
    alone = [
        replace(one, members=("ana", "ben", "gil")) if one.name == "general" else one for one in seed.channels
    ]
    twin = await Twin.start(replace(seed, channels=tuple(alone)))
    sam = twin.person("sam")
    assert names(twin, "sam") == ({"ext-rivers"}, {"ana", "sam"})
    await sam.dm("ana")
    with pytest.raises(Refused, match="nobody called 'ben'"):
        await sam.dm("ben")
    await twin.stop()


async def test_a_single_channel_guest_stays_in_one_channel(seed: Seed) -> None:
    people = [replace(one, is_single=one.handle == "gil") for one in seed.people]
    channels = [
        replace(one, members=("ana", "ben")) if one.name == "general" else one for one in seed.channels
    ]
    twin = await Twin.start(replace(seed, people=tuple(people), channels=tuple(channels)))
    web = AsyncWebClient(token=twin.bot_token, base_url=twin.api_url)
    gil = (await web.users_info(user=twin.person("gil").id))["user"]
    assert (gil["is_restricted"], gil["is_ultra_restricted"]) == (True, True)
    with pytest.raises(SlackApiError, match="ura_max_channels"):
        await web.conversations_invite(channel=twin.channel("#team-billing").id, users=gil["id"])
    with pytest.raises(Refused, match="one channel only"):
        await twin.person("ana").invite("#team-billing", "gil")
    await twin.stop()


async def test_the_app_learns_little_of_a_stranger_it_shares_nothing_with(
    twin: Twin, web: AsyncWebClient
) -> None:
    sam = twin.person("sam").id
    known = (await web.users_info(user=sam))["user"]
    assert (known["is_stranger"], known["profile"]["email"]) == (False, "sam@rivers.example.net")
    await web.conversations_leave(channel=twin.channel("#ext-rivers").id)
    unknown = (await web.users_info(user=sam))["user"]
    assert (unknown["is_stranger"], "email" in unknown["profile"], "tz" in unknown) == (True, False, False)
    with pytest.raises(SlackApiError, match="users_not_found"):
        await web.users_lookupByEmail(email="sam@rivers.example.net")


async def test_a_shared_channel_says_so(twin: Twin, bot: Bot) -> None:
    here = twin.channel("#ext-rivers").id
    info = (await bot.web.conversations_info(channel=here))["channel"]
    assert (info["is_ext_shared"], info["connected_team_ids"]) == (True, ["T0RIVERS01"])
    assert info["conversation_host_id"] == "T0HARBOR01"
    await bot.web.chat_postMessage(channel=here, text="x", blocks=[actions(button("open_too"))])
    await twin.person("sam").click(twin.channel("#ext-rivers").messages[-1], "open_too")
    await twin.idle()
    pressed = bot.last("block_actions")
    assert (pressed["user"]["team_id"], pressed["team"]["id"]) == ("T0RIVERS01", "T0HARBOR01")


async def test_inviting_a_stranger_shares_the_channel(twin: Twin, bot: Bot) -> None:
    assert not twin.ws.is_shared(twin.channel("#help"))
    await twin.person("ana").invite("#help", "sam")
    await twin.idle()
    shared = [one["event"] for one in bot.told if one.get("event", {}).get("type") == "channel_shared"]
    assert [one["connected_team_id"] for one in shared] == ["T0RIVERS01"]
    await twin.person("sam").post("#help", "thank you for having me")
