"""Every kind of input and button from a person's side: what is sent, what stays, what Slack's client refuses."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.twin.bolt import Bot, card, only_ack
from tests.twin.forms import ask, modal, option, plain, section, typing
from twin.server import Twin
from twin.words import Json, Refused


async def opened(twin: Twin, bot: Bot, *blocks: Json, **more: Any) -> Json:
    """Let the app open a modal for ana."""
    ana = twin.person("ana")
    await ana.click(await card(twin), "open_too")
    await twin.idle()
    view = modal(*blocks, **more)
    await bot.web.views_open(trigger_id=bot.last("block_actions")["trigger_id"], view=view)
    return await ana.modal()


async def test_files_go_into_a_form_and_to_the_app(twin: Twin, bot: Bot) -> None:
    field = {"type": "file_input", "action_id": "doc", "filetypes": ["csv"], "max_files": 1}
    view = await opened(twin, bot, ask("doc", field))
    ana = twin.person("ana")
    kept = await ana.attach("plan.csv", b"a,b")
    with pytest.raises(Refused, match=r"other\.png is not of a supported type: csv"):
        await ana.submit({"doc": [await ana.attach("other.png", b"x")]})
    with pytest.raises(Refused, match="up to 1 file"):
        await ana.submit({"doc": [kept, kept]})
    form = aiohttp.FormData({"as": "ana", "view_id": view["id"], "block_id": "doc", "action_id": "doc"})
    form.add_field("file", b"1,2", filename="more.csv")
    async with aiohttp.ClientSession() as session, session.post(f"{twin.url}/twin/upload", data=form) as sent:
        stored = (await sent.json())["file"]
    assert await ana.submit({"doc": [stored["id"]]}) == {}
    files = bot.last("view_submission")["view"]["state"]["values"]["doc"]["doc"]["files"]
    assert [(one["name"], one["size"]) for one in files] == [("more.csv", 3)]
    info = await bot.web.files_info(file=files[0]["id"])
    assert info["file"]["mimetype"] == "text/csv"


async def test_every_input_sends_its_own_kind_of_value(twin: Twin, bot: Bot) -> None:
    fields: dict[str, tuple[Json, object, Json]] = {
        "rich": ({"type": "rich_text_input"}, "*bold* words", {}),
        "number": ({"type": "number_input", "is_decimal_allowed": False}, "7", {"value": "7"}),
        "mail": ({"type": "email_text_input"}, "ana@example.com", {"value": "ana@example.com"}),
        "link": ({"type": "url_text_input"}, "https://example.com", {"value": "https://example.com"}),
        "day": ({"type": "datepicker"}, "2026-12-01", {"selected_date": "2026-12-01"}),
        "time": ({"type": "timepicker"}, "16:30", {"selected_time": "16:30"}),
        "moment": ({"type": "datetimepicker"}, 1_800_000_000, {"selected_date_time": 1_800_000_000}),
        "box": ({"type": "checkboxes", "options": [option("a"), option("b")]}, ["a", "b"], {}),
        "radio": ({"type": "radio_buttons", "options": [option("a")]}, "a", {}),
        "where": ({"type": "multi_channels_select"}, ["#help"], {}),
        "whom": ({"type": "multi_users_select", "max_selected_items": 2}, ["ben", "gil"], {}),
    }
    blocks = [ask(name, {**element, "action_id": name}) for name, (element, _, _) in fields.items()]
    await opened(twin, bot, *blocks)
    ana = twin.person("ana")
    values = {name: value for name, (_, value, _) in fields.items()}
    assert await ana.submit({**values, "number": "7.5", "mail": "ana@", "link": "example"}) == {
        "number": "Please enter a whole number.",
        "mail": "Please enter a valid email address.",
        "link": "Please enter a valid URL.",
    }
    for name, wrong in (("day", "2026-13-01"), ("time", "25:00"), ("whom", ["ana", "ben", "gil"])):
        with pytest.raises(Refused, match=r"takes a|at most 2"):
            await ana.submit({**values, name: wrong})
    assert (await ana.submit({**values, "rich": "  "})) == {"rich": "Please complete this required field."}
    assert await ana.submit(values) == {}
    sent = bot.last("view_submission")["view"]["state"]["values"]
    for name, (element, _, entry) in fields.items():
        assert sent[name][name]["type"] == element["type"]
        assert entry.items() <= sent[name][name].items()
    rich = sent["rich"]["rich"]["rich_text_value"]["elements"][0]["elements"]
    assert [one["text"] for one in rich] == ["bold", " words"]
    assert [one["value"] for one in sent["box"]["box"]["selected_options"]] == ["a", "b"]
    assert sent["where"]["where"]["selected_channels"] == [twin.channel("#help").id]


async def test_typing_tells_the_app_when_the_input_says_so(twin: Twin, bot: Bot) -> None:
    for name in ("each", "enter"):
        bot.app.action(name)(only_ack)
    each = typing("each", dispatch_action_config={"trigger_actions_on": ["on_character_entered"]})
    view = await opened(
        twin,
        bot,
        ask("each", each, dispatch_action=True),
        ask("enter", typing("enter"), dispatch_action=True),
        ask("never", typing("never")),
    )
    ana = twin.person("ana")
    before = len(bot.told)
    await ana.type(view, "never", "x", enter=True)
    await ana.type(view, "each", "ab")
    await ana.type(view, "each", "abc", enter=True)
    await ana.type(view, "enter", "abc")
    await ana.type(view, "enter", "abcd", enter=True)
    await twin.idle()
    told = [one["actions"][0] for one in bot.told[before:]]
    assert [(one["action_id"], one["value"]) for one in told] == [("each", "ab"), ("enter", "abcd")]
    assert ana.views()[0]["state"]["values"]["never"]["never"]["value"] == "x"


async def test_a_modal_may_take_its_whole_stack_along(twin: Twin, bot: Bot) -> None:
    bot.app.view_closed("second")(only_ack)
    await opened(twin, bot, ask("words", typing("words"), optional=True), notify_on_close=True)
    ana = twin.person("ana")
    second = modal(section(), callback_id="second", clear_on_close=True, notify_on_close=True)
    bot.submission = {"response_action": "push", "view": second}
    await ana.submit()
    assert len(ana.views()) == 2
    await ana.close()
    assert ana.views() == []
    await twin.idle()
    closed = [one for one in bot.told if one.get("type") == "view_closed"]
    assert [(one["view"]["callback_id"], one["is_cleared"]) for one in closed] == [
        ("second", True),
        ("form", True),
    ]


async def test_a_disabled_submit_waits_for_an_input(twin: Twin, bot: Bot) -> None:
    await opened(twin, bot, ask("words", typing("words"), optional=True), submit_disabled=True)
    ana = twin.person("ana")
    with pytest.raises(Refused, match="at least one input"):
        await ana.submit()
    assert await ana.submit({"words": "x"}) == {}


async def test_buttons_of_agents_send_what_was_pressed(twin: Twin, bot: Bot, web: AsyncWebClient) -> None:
    for name in ("rate", "erase", "tags"):
        bot.app.action(name)(only_ack)
    sides = {side: {"text": plain(side), "value": side} for side in ("good", "bad")}
    rate = {
        "type": "feedback_buttons",
        "action_id": "rate",
        "positive_button": sides["good"],
        "negative_button": sides["bad"],
    }
    erase = {
        "type": "icon_button",
        "action_id": "erase",
        "icon": "trash",
        "text": plain("Erase"),
        "value": "7",
    }
    confirm = {
        "title": plain("Sure?"),
        "text": plain("It is gone then."),
        "confirm": plain("Yes"),
        "deny": plain("No"),
    }
    tags = {
        "type": "multi_static_select",
        "action_id": "tags",
        "options": [option("a"), option("b")],
        "max_selected_items": 1,
    }
    blocks = [
        {"type": "context_actions", "elements": [rate, {**erase, "confirm": confirm}]},
        section(accessory=tags),
    ]
    await web.chat_postMessage(channel=twin.channel("#help").id, text="x", blocks=blocks)
    ana, message = twin.person("ana"), twin.channel("#help").messages[-1]
    await ana.click(message, "rate", value="bad")
    await ana.click(message, "erase")
    with pytest.raises(Refused, match="at most 1"):
        await ana.choose(message, "tags", ["a", "b"])
    await ana.choose(message, "tags", ["b"])
    await twin.idle()
    told = [one["actions"][0] for one in bot.told if one.get("type") == "block_actions"]
    assert [one.get("value") for one in told[:2]] == ["bad", "7"]
    assert [one["value"] for one in told[2]["selected_options"]] == ["b"]
