"""Buttons, menus and response_urls, with a real Bolt app: what a click sends, and who may click."""

from __future__ import annotations

import asyncio

import pytest
from slack_sdk.webhook.async_client import AsyncWebhookClient

from tests.twin.bolt import Bot, card
from tests.twin.conftest import StoppedClock
from tests.twin.forms import actions, button, section
from twin.server import Twin
from twin.words import Refused


async def test_choices_arrive_with_their_values_and_stay(twin: Twin, bot: Bot) -> None:
    ana, message = twin.person("ana"), await card(twin)
    await ana.choose(message, "pick", "green")
    await ana.choose(message, "more", "B")  # by its text
    await ana.choose(message, "who", "ben")
    await twin.idle()
    told = [one for one in bot.told if one.get("type") == "block_actions"]
    assert [one["actions"][0].get("selected_option", {}).get("value") for one in told] == ["green", "b", None]
    assert told[2]["actions"][0]["selected_user"] == twin.person("ben").id
    picked = told[2]["state"]["values"]
    assert [next(iter(one.values()))["type"] for one in picked.values()] == ["static_select", "users_select"]
    assert told[0]["message"]["ts"] == message["ts"]
    with pytest.raises(Refused, match="has no option 'blue', only: red, green"):
        await ana.choose(message, "pick", "blue")


async def test_what_is_not_on_the_screen_cannot_be_pressed(twin: Twin, bot: Bot) -> None:
    ana, message = twin.person("ana"), await card(twin)
    with pytest.raises(Refused, match=r"no nothing here, only: .*open"):
        await ana.click(message, "nothing")
    with pytest.raises(Refused, match="is a static_select, not a button"):
        await ana.click(message, "pick")
    with pytest.raises(Refused, match="That button is not shown to ana"):
        await ana.click(message, "secret")
    with pytest.raises(Refused, match="no open with the value '9'"):
        await ana.click(message, "open", value="9")
    whisper = {**message, "is_ephemeral": True}
    with pytest.raises(Refused, match="not shown to ana"):
        await ana.click(whisper, "open")


async def test_only_members_can_press_what_stands_in_a_private_channel(twin: Twin, bot: Bot) -> None:
    there = twin.channel("#team-billing")
    await bot.web.chat_postMessage(channel=there.id, text="x", blocks=[actions(button("open_too"))])
    await twin.person("ben").click(there.messages[-1], "open_too")
    with pytest.raises(Refused, match="gil cannot see this conversation"):
        await twin.person("gil").click(there.messages[-1], "open_too")
    await twin.idle()
    assert bot.last("block_actions")["channel"]["name"] == "privategroup"


async def test_two_clicks_at_once_both_arrive_with_their_own_triggers(twin: Twin, bot: Bot) -> None:
    ana, ben, message = twin.person("ana"), twin.person("ben"), await card(twin)
    await asyncio.gather(ana.click(message, "open_too"), ben.click(message, "open_too"))
    await twin.idle()
    told = [one for one in bot.told if one.get("type") == "block_actions"]
    assert {one["user"]["id"] for one in told} == {ana.id, ben.id}
    assert len({one["trigger_id"] for one in told}) == 2


async def test_a_stale_screen_sends_what_it_showed(twin: Twin, bot: Bot) -> None:
    ana, stale = twin.person("ana"), await card(twin)
    await bot.web.chat_update(
        channel=twin.channel("#help").id, ts=stale["ts"], text="done", blocks=[section("done")]
    )
    current = twin.channel("#help").get(stale["ts"])
    assert current is not None
    with pytest.raises(Refused, match="no open_too here"):
        await ana.click(current, "open_too")
    await ana.click(stale, "open_too")
    await bot.web.chat_delete(channel=twin.channel("#help").id, ts=stale["ts"])
    await ana.click(stale, "open_too")
    await twin.idle()
    told = [one for one in bot.told if one.get("type") == "block_actions"]
    assert [one["message"]["text"] for one in told] == ["card", "card"]


async def test_a_response_url_works_five_times(twin: Twin, bot: Bot) -> None:
    ana, message = twin.person("ana"), await card(twin)
    await ana.click(message, "open_too")
    await twin.idle()
    hook = AsyncWebhookClient(bot.last("block_actions")["response_url"])
    await hook.send(text="only you")
    assert [one["text"] for one in ana.whispers("#help")] == ["only you"]
    await hook.send(text="everybody", response_type="in_channel")
    assert twin.channel("#help").messages[-1]["subtype"] == "bot_message"
    await hook.send(text="changed", replace_original=True)
    changed = twin.channel("#help").get(message["ts"])
    assert changed is not None and changed["text"] == "changed"
    bad = await hook.send(text="x", blocks=[{"type": "section"}])
    assert bad.status_code == 400 and "invalid_blocks" in bad.body
    await hook.send_dict({"delete_original": True})
    assert twin.channel("#help").get(message["ts"]) is None
    used = await hook.send(text="once more")
    assert (used.status_code, "used_url" in used.body) == (404, True)


async def test_a_response_url_works_for_half_an_hour(twin: Twin, bot: Bot, clock: StoppedClock) -> None:
    ana, message = twin.person("ana"), await card(twin)
    await ana.click(message, "open_too")
    await twin.idle()
    hook = AsyncWebhookClient(bot.last("block_actions")["response_url"])
    clock.forward(minutes=29)
    assert (await hook.send(text="still")).status_code == 200
    clock.forward(minutes=2)
    assert "expired_url" in (await hook.send(text="too late")).body


async def test_a_response_url_can_be_made_to_refuse(twin: Twin, bot: Bot) -> None:
    ana, message = twin.person("ana"), await card(twin)
    await ana.click(message, "open_too")
    await twin.idle()
    hook = AsyncWebhookClient(bot.last("block_actions")["response_url"])
    twin.faults.add("*", "error", times=0)  # which means what has a token
    twin.faults.add("response_url", "error", channel="#help", error="expired_url")
    refused = await hook.send(text="for nobody")
    assert (refused.status_code, "expired_url" in refused.body) == (404, True)
    assert (await hook.send(text="once more")).status_code == 200
    assert [one["text"] for one in ana.whispers("#help")] == ["once more"]


async def test_a_click_on_a_whisper_can_replace_it(twin: Twin, bot: Bot) -> None:
    ana = twin.person("ana")
    here = twin.channel("#help").id
    await bot.web.chat_postEphemeral(
        channel=here, user=ana.id, text="psst", blocks=[actions(button("open_too"))]
    )
    await ana.click(ana.whispers("#help")[0], "open_too")
    await twin.idle()
    told = bot.last("block_actions")
    assert told["container"]["is_ephemeral"] is True and "message" not in told
    hook = AsyncWebhookClient(told["response_url"])
    await hook.send(text="thanks", replace_original=True)
    assert [one["text"] for one in ana.whispers("#help")] == ["thanks"]
    await hook.send_dict({"delete_original": True})
    assert ana.whispers("#help") == []
