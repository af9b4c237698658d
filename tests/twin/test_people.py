"""What people write, type and are refused, and what a real Bolt app hears of it."""

from __future__ import annotations

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.twin.bolt import Bot, only_ack
from tests.twin.conftest import StoppedClock
from twin.server import Twin
from twin.words import Refused


async def test_a_mention_is_answered_in_the_thread(twin: Twin, bot: Bot) -> None:
    ts = await twin.person("ben").post("#help", "@signalbox are you there?")
    thread = await twin.until(lambda: len(t := twin.channel("#help").thread(ts)) > 1 and t)
    assert [one["text"] for one in thread] == [f"<@{twin.bot_user_id}> are you there?", "you called?"]
    heard = [one["event"]["type"] for one in bot.told if one.get("type") == "event_callback"]
    assert heard == ["message", "app_mention"]


async def test_a_command_is_answered_with_its_acknowledgement(twin: Twin, bot: Bot) -> None:
    ana = twin.person("ana")
    await ana.command("#help", "/signalbox metrics @ben")
    whispers = await twin.until(lambda: ana.whispers("#help"))
    assert whispers[0]["text"] == "you said metrics @ben"
    told = bot.last("command")
    assert (told["command"], told["text"], told["channel_name"]) == ("/signalbox", "metrics @ben", "help")
    with pytest.raises(Refused, match="/other is not a valid command"):
        await ana.command("#help", "/other thing")


async def test_a_command_nobody_answers_fails_in_front_of_the_person(twin: Twin, clock: StoppedClock) -> None:
    ana, ben = twin.person("ana"), twin.person("ben")
    await ana.command("#help", "/signalbox metrics")
    clock.forward(seconds=3)
    twin.tick()
    whispers = await twin.until(lambda: ana.whispers("#help"))
    assert whispers[0]["text"] == '/signalbox failed with the error "operation_timeout"'
    assert "bot_id" not in whispers[0]
    assert ben.whispers("#help") == []


async def test_a_commands_text_may_ask_for_ids(twin: Twin, bot: Bot) -> None:
    ana = twin.person("ana")
    bot.app.command("/escaped")(only_ack)
    await ana.command("#help", "/escaped @ben in #help at 9")
    await twin.idle()
    here = twin.channel("#help").id
    assert bot.last("command")["text"] == f"<@{twin.person('ben').id}|ben> in <#{here}|help> at 9"


async def test_shortcuts_carry_the_message(twin: Twin, bot: Bot) -> None:
    ana = twin.person("ana")
    ts = await ana.post("#help", "make me a ticket")
    await ana.message_shortcut("#help", ts, "make_ticket")
    await ana.global_shortcut("new_ticket")
    await twin.idle()
    assert bot.last("message_action")["message"]["text"] == "make me a ticket"
    assert bot.last("shortcut")["callback_id"] == "new_ticket"
    with pytest.raises(Refused, match="no message shortcut"):
        await ana.message_shortcut("#help", ts, "new_ticket")


async def test_edits_deletes_and_reactions_reach_the_app(twin: Twin, bot: Bot) -> None:
    ana, ben = twin.person("ana"), twin.person("ben")
    ts = await ana.post("#help", "frist")
    await ana.edit("#help", ts, "first")
    await ben.react("#help", ts, "eyes")
    await ana.delete("#help", ts)
    await twin.idle()
    told = [one["event"] for one in bot.told if one.get("type") == "event_callback"]
    assert [one.get("subtype", one["type"]) for one in told] == [
        "message",
        "message_changed",
        "reaction_added",
        "message_deleted",
    ]
    assert (told[1]["previous_message"]["text"], told[1]["message"]["text"]) == ("frist", "first")
    assert (told[2]["item"]["ts"], told[2]["item_user"]) == (ts, ana.id)
    assert (told[3]["deleted_ts"], told[3]["hidden"]) == (ts, True)


async def test_a_stranger_is_marked_as_one(twin: Twin, bot: Bot) -> None:
    await twin.person("sam").post("#ext-rivers", "hello from outside")
    await twin.idle()
    told = bot.last("event_callback")
    assert told["is_ext_shared_channel"] is True
    event = told["event"]
    assert {event["team"], event["user_team"], event["source_team"]} == {"T0RIVERS01"}
    assert event["user_profile"]["real_name"] == "Sam Rivers"


async def test_people_are_refused_what_slack_would_refuse_them(twin: Twin) -> None:
    ana, ben, sam = twin.person("ana"), twin.person("ben"), twin.person("sam")
    ts = await ana.post("#help", "mine")
    with pytest.raises(Refused, match="no channel '#help'"):
        await sam.post("#help", "hi")
    with pytest.raises(Refused, match="ben has not joined #ext-rivers"):
        await ben.post("#ext-rivers", "hi")
    with pytest.raises(Refused, match="no channel '#board'"):
        await ben.post("#board", "hi")
    with pytest.raises(Refused, match="only edit their own"):
        await ben.edit("#help", ts, "yours")
    with pytest.raises(Refused, match="Only admins"):
        await ben.delete("#help", ts)
    with pytest.raises(Refused, match="needs some text"):
        await ana.post("#help", "  ")
    with pytest.raises(Refused, match="not the name of an emoji"):
        await ana.react("#help", ts, "no such")
    await ana.react("#help", ts, "eyes")
    with pytest.raises(Refused, match="there already"):
        await ana.react("#help", ts, "eyes")
    with pytest.raises(Refused, match="Nobody called 'zoe'"):
        twin.person("zoe")
    with pytest.raises(KeyError, match="no channel '#nowhere', only: general"):
        twin.channel("#nowhere")


async def test_an_admin_may_delete_what_others_wrote(twin: Twin) -> None:
    ts = await twin.person("ben").post("#help", "oops")
    await twin.person("ana").delete("#help", ts)
    assert twin.channel("#help").get(ts) is None


async def test_waiting_in_vain_tells_what_happened(twin: Twin, web: AsyncWebClient) -> None:
    await web.auth_test()
    with pytest.raises(TimeoutError, match=r"not so after 0.05 s(.|\n)*1\. auth\.test"):
        await twin.until(lambda: False, timeout=0.05)
