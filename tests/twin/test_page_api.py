"""The people API over HTTP: what the page sees and does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.twin.forms import actions, ask, button, modal, select, typing
from tests.twin.listener import Listener
from twin.server import Twin

Json = dict[str, Any]


class Page:
    """What a browser does, for one person."""

    def __init__(self, twin: Twin, session: aiohttp.ClientSession, who: str) -> None:
        self.twin, self.session, self.who = twin, session, who

    async def get(self, path: str, **query: str) -> Json:
        async with self.session.get(f"{self.twin.url}{path}", params={"as": self.who, **query}) as answer:
            body: Json = await answer.json()
            return body

    async def act(self, deed: str, **more: Any) -> Json:
        body = {"as": self.who, "deed": deed, **more}
        async with self.session.post(f"{self.twin.url}/twin/act", json=body) as answer:
            found: Json = await answer.json()
            return found


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def ana(twin: Twin, session: aiohttp.ClientSession) -> Page:
    return Page(twin, session, "ana")


@pytest.fixture
def ben(twin: Twin, session: aiohttp.ClientSession) -> Page:
    return Page(twin, session, "ben")


async def test_the_state_shows_what_a_person_may_see(twin: Twin, ana: Page, ben: Page) -> None:
    state = await ana.get("/twin/state")
    assert state["workspace"] == {
        "id": "T0HARBOR01",
        "name": "Harbor",
        "domain": "harbor",
        "enterprise": None,
    }
    assert (state["me"]["name"], state["app"]["bot_user_id"]) == ("ana", twin.bot_user_id)
    names = {one["name"] for one in state["channels"] if not one["is_im"]}
    assert names == {"general", "help", "team-billing", "board", "ext-rivers"}
    assert [one["user"] for one in state["channels"] if one["is_im"]] == [twin.bot_user_id]
    assert "board" not in {one["name"] for one in (await ben.get("/twin/state"))["channels"]}
    assert state["commands"][0] == {
        "command": "/signalbox",
        "description": "Talk to Signalbox",
        "usage_hint": "[metrics|queue]",
    }
    assert (state["home"], state["views"]) == (None, [])
    assert (await Page(twin, ana.session, "zoe").get("/twin/state"))["error"] == "user_not_found"
    assert (await Page(twin, ana.session, "").get("/twin/state"))["me"][
        "name"
    ] == "ana"  # the first of the seed


async def test_messages_come_in_pages_with_whispers_among_them(
    twin: Twin, web: AsyncWebClient, ana: Page, ben: Page
) -> None:
    here = twin.channel("#help").id
    for at in range(5):
        await ana.act("post", channel="#help", text=f"m{at}")
    await web.chat_postEphemeral(channel=here, user=twin.person("ana").id, text="psst")
    newest = await ana.get("/twin/messages", channel=here, limit="2")
    assert [one["text"] for one in newest["messages"]] == ["m3", "m4", "psst"]
    assert newest["has_more"] and newest["messages"][-1]["is_ephemeral"]
    older = await ana.get("/twin/messages", channel=here, before=newest["messages"][0]["ts"])
    assert [one["text"] for one in older["messages"]] == ["Good morning", "m0", "m1", "m2"]
    assert not older["has_more"]
    others = await ben.get("/twin/messages", channel="help")
    assert "psst" not in {one["text"] for one in others["messages"]}
    assert (await ben.get("/twin/messages", channel="board"))["error"] == "channel_not_found"


async def test_deeds_do_what_they_say(twin: Twin, ana: Page, ben: Page) -> None:
    posted = await ana.act("post", channel="#help", text="root")
    ts = posted["ts"]
    await ben.act("post", channel="#help", text="reply", thread_ts=ts, broadcast=True)
    assert (await ana.act("edit", channel="#help", ts=ts, text="edited"))["ok"]
    assert (await ben.act("react", channel="#help", ts=ts, name="eyes"))["ok"]
    thread = (await ana.get("/twin/thread", channel="#help", ts=ts))["messages"]
    assert [one["text"] for one in thread] == ["edited", "reply"]
    assert thread[0]["reactions"][0]["count"] == 1
    assert (await ben.act("unreact", channel="#help", ts=ts, name="eyes"))["ok"]
    assert (await ben.act("delete", channel="#help", ts=ts))["error"] == "cant_delete_message"
    assert (await ben.act("join", channel="ext-rivers"))["ok"]
    assert twin.person("ben").id in twin.channel("#ext-rivers").members
    assert (await ben.act("leave", channel="ext-rivers"))["ok"]
    assert twin.person("ben").id not in twin.channel("#ext-rivers").members
    assert (await ben.act("fly"))["error"] == "unknown_deed"
    assert (await ben.act("post", channel="#help"))["say"] == "text is missing."


async def test_unread_counts_go_down_when_a_channel_is_read(twin: Twin, ana: Page, ben: Page) -> None:
    async def unread(page: Page) -> int:
        state = await page.get("/twin/state")
        return next(int(one["unread"]) for one in state["channels"] if one["name"] == "help")

    await ben.act("read", channel="#help")
    await ana.act("post", channel="#help", text="one")
    assert (await unread(ana), await unread(ben)) == (0, 1)
    await ben.act("read", channel="#help")
    assert await unread(ben) == 0


async def test_changes_are_pushed_to_those_who_may_see_them(
    twin: Twin, web: AsyncWebClient, ana: Page, ben: Page
) -> None:
    here = twin.channel("#help").id
    seen: list[Json] = []
    async with ben.session.ws_connect(f"{twin.url}/twin/live", params={"as": "ben"}) as live:
        await twin.until(lambda: twin.ws.watchers)
        ts = (await ana.act("post", channel="#help", text="hello"))["ts"]
        await ana.act("post", channel="board", text="not for ben")
        await ana.act("react", channel="#help", ts=ts, name="eyes")
        await web.chat_postEphemeral(channel=here, user=twin.person("ana").id, text="not for ben")
        await web.chat_postEphemeral(channel=here, user=twin.person("ben").id, text="for ben")
        await ana.act("delete", channel="#help", ts=ts)
        await ben.act("read", channel="#help")
        await ben.act("join", channel="ext-rivers")
        while not seen or seen[-1]["type"] != "channel":
            seen.append(await asyncio.wait_for(live.receive_json(), 5))
    assert [one["type"] for one in seen] == [
        "message",
        "message_changed",
        "message",
        "message_deleted",
        "read",
        "message",
        "channel",
    ]
    assert (seen[2]["message"]["text"], seen[2]["message"]["is_ephemeral"]) == ("for ben", True)
    assert seen[-1]["channel"]["is_member"] is True
    await twin.until(lambda: not twin.ws.watchers)


async def test_a_press_waits_for_the_apps_answer(twin: Twin, web: AsyncWebClient, ana: Page) -> None:
    listener = await Listener.open(twin)
    here = twin.channel("#help").id
    blocks = [actions(button("go", "7"), select("pick", "x", "y"), block_id="row")]
    ts = (await web.chat_postMessage(channel=here, text="x", blocks=blocks))["ts"]
    press = {"block_id": "row", "action_id": "go", "type": "button", "value": "7"}
    assert (await ana.act("action", channel=here, ts=ts, action=press)) == {"ok": True}
    picked = {
        "block_id": "row",
        "action_id": "pick",
        "type": "static_select",
        "selected_option": {"value": "y"},
    }
    assert (await ana.act("action", channel=here, ts=ts, action=picked)) == {"ok": True}
    told = [one["payload"]["actions"][0] for one in listener.envelopes if one["type"] == "interactive"]
    assert (told[0]["value"], told[1]["selected_option"]["value"]) == ("7", "y")
    assert told[1]["selected_option"]["text"]["text"] == "Y"
    gone = {**press, "action_id": "nothing"}
    assert (await ana.act("action", channel=here, ts=ts, action=gone))["error"] == "action_not_found"
    await listener.close()


async def test_a_modal_is_pushed_filled_and_submitted(twin: Twin, web: AsyncWebClient, ana: Page) -> None:
    listener = await Listener.open(twin)
    await ana.act("global_shortcut", callback_id="new_ticket")
    trigger = listener.envelopes[-1]["payload"]["trigger_id"]
    external = {"type": "external_select", "action_id": "ext"}
    view = modal(ask("words", typing("said")), ask("ext", external, optional=True))
    async with ana.session.ws_connect(f"{twin.url}/twin/live", params={"as": "ana"}) as live:
        await twin.until(lambda: twin.ws.watchers)
        await web.views_open(trigger_id=trigger, view=view)
        pushed = await asyncio.wait_for(live.receive_json(), 5)
    assert pushed["type"] == "views" and len(pushed["stack"]) == 1
    view_id = pushed["stack"][0]["id"]
    listener.answer = {"options": [{"text": {"type": "plain_text", "text": "x"}, "value": "x"}]}
    offered = await ana.act("options", view_id=view_id, block_id="ext", action_id="ext", value="que")
    assert [one["value"] for one in offered["options"]] == ["x"]
    empty = await ana.act("submit", view_id=view_id, values={})
    assert empty["errors"] == {"words": "Please complete this required field."}
    values = {"words": {"said": {"type": "plain_text_input", "value": "hello"}}}
    listener.answer = {"response_action": "errors", "errors": {"words": "No."}}
    refused = await ana.act("submit", view_id=view_id, values=values)
    assert (refused["response_action"], refused["errors"]) == ("errors", {"words": "No."})
    listener.answer = None
    assert await ana.act("submit", view_id=view_id, values=values) == {"ok": True}
    assert (await ana.get("/twin/state"))["views"] == []
    assert (await ana.act("close", view_id=view_id))["error"] == "view_not_found"
    await listener.close()


async def test_files_are_uploaded_and_shown(twin: Twin, ana: Page) -> None:
    form = aiohttp.FormData({"as": "ana", "channel": "#help", "text": "look"})
    form.add_field("file", b"\x89PNG", filename="a.png", content_type="image/png")
    async with ana.session.post(f"{twin.url}/twin/upload", data=form) as answer:
        ts = (await answer.json())["ts"]
    message = twin.channel("#help").get(ts)
    assert message is not None and message["subtype"] == "file_share"
    url = message["files"][0]["url_private"]
    async with ana.session.get(url, params={"as": "ana"}) as answer:
        assert (await answer.read(), answer.content_type) == (b"\x89PNG", "image/png")


async def test_calls_and_readiness_can_be_watched(twin: Twin, web: AsyncWebClient, ana: Page) -> None:
    assert (await ana.get("/twin/ready"))["connections"] == 0
    await web.auth_test()
    calls = await ana.get("/twin/calls", since="0")
    assert [(one["n"], one["method"]) for one in calls["calls"]] == [(1, "auth.test")]
    assert (await ana.get("/twin/calls", since=str(calls["next"])))["calls"] == []


async def test_foreign_web_pages_are_refused(twin: Twin, session: aiohttp.ClientSession) -> None:
    body = {"as": "ana", "deed": "post", "channel": "#help", "text": "from afar"}
    for head in ({"Origin": "https://example.com"}, {"Host": "example.com"}):
        async with session.post(f"{twin.url}/twin/act", json=body, headers=head) as answer:
            assert answer.status == 403
    async with session.post(f"{twin.url}/twin/act", json=body, headers={"Origin": twin.url}) as answer:
        assert (await answer.json())["ok"]


async def test_the_front_page_is_the_bundle_or_says_how_to_make_it(
    twin: Twin, session: aiohttp.ClientSession
) -> None:
    async with session.get(f"{twin.url}/") as answer:
        text = await answer.text()
        assert answer.status == 200
        assert "make page" in text or "<html" in text.lower()
    async with session.get(f"{twin.url}/nothing.js") as answer:
        assert answer.status == 404
