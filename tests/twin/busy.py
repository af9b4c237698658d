"""One busy hour in the workspace: people and the app do everything once, and everything the twin sends is kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from tests.twin import forms
from tests.twin.busy_chat import busy_chat
from tests.twin.busy_installs import busy_installs
from tests.twin.busy_people import busy_agents, busy_people
from tests.twin.conftest import HERE
from tests.twin.listener import Listener
from twin.people import deeds
from twin.server import Twin
from twin.words import Json


@dataclass
class Seen:
    """What one busy hour in the workspace made the twin send."""

    envelopes: list[Json] = field(default_factory=list)
    answers: list[tuple[str, Json]] = field(default_factory=list)


async def busy_hour() -> Seen:
    """Let people and the app do everything once, and keep what the twin sent."""
    twin = await Twin.start(HERE / "workspace.toml")
    listener = await Listener.open(twin)
    seen = Seen()
    web = AsyncWebClient(token=twin.bot_token, base_url=twin.api_url)

    async def call(method: str, **arguments: Any) -> Json:
        body = (await web.api_call(method, json=arguments)).data
        assert isinstance(body, dict)
        seen.answers.append((method, body))
        return body

    await _talk(twin)
    await _post_and_press(twin, call, listener)
    await _fill_forms(twin, call, listener)
    await _look_around(twin, call)
    await _share_files(twin, call)
    await busy_chat(twin, call)
    await busy_people(twin, call)
    await busy_installs(twin, call)
    await twin.idle()
    seen.envelopes = listener.envelopes
    await listener.close()
    await twin.stop()
    await busy_agents(seen.envelopes, seen.answers)
    return seen


async def _talk(twin: Twin) -> None:
    ana, ben, sam = twin.person("ana"), twin.person("ben"), twin.person("sam")
    typed = (
        "hello @signalbox @ben #help @billing @here https://example.com a@example.com :eyes: *b* `c` ~d~ _e_"
    )
    ts = await ana.post("#help", f"{typed}\n> said\n• one\n• two\n1. first\n```x = 1```")
    reply = await ben.post("#help", "a reply", ts)
    await ben.post("#help", "for all", ts, broadcast=True)
    await ana.edit("#help", ts, "edited")
    await ben.react("#help", ts, "eyes")
    await ben.unreact("#help", ts, "eyes")
    await ben.delete("#help", reply)
    await ana.delete("#help", ts)
    await ana.upload("#help", "a.png", b"123", text="see")
    await sam.post("#ext-rivers", "I am from elsewhere")
    await ana.post("@signalbox", "just us")
    await ben.post("#team-billing", "among us")
    await ben.leave("#help")
    await ben.join("#help")


async def _post_and_press(twin: Twin, call: Any, listener: Listener) -> None:
    ana, channel = twin.person("ana"), twin.channel("#help")
    up = {"text": forms.plain("Good"), "value": "up"}
    feedback = {"type": "feedback_buttons", "action_id": "fb", "positive_button": up, "negative_button": up}
    blocks = [
        forms.section(accessory={"type": "overflow", "action_id": "more", "options": [forms.option("x")]}),
        forms.actions(
            forms.button("go", style="primary"),
            forms.select("pick", "x", "y"),
            {"type": "users_select", "action_id": "who"},
            {"type": "datepicker", "action_id": "day"},
        ),
        {"type": "context_actions", "elements": [feedback]},
    ]
    metadata = {"event_type": "card", "event_payload": {"key": 1}}
    root = await call("chat.postMessage", channel=channel.id, text="t", blocks=blocks, metadata=metadata)
    reply = await call("chat.postMessage", channel=channel.id, text="below", thread_ts=root["ts"])
    await call("chat.postEphemeral", channel=channel.id, user=ana.id, text="psst", blocks=blocks)
    await call("chat.update", channel=channel.id, ts=reply["ts"], text="changed")
    await call("chat.getPermalink", channel=channel.id, message_ts=reply["ts"])
    await call("reactions.add", channel=channel.id, timestamp=root["ts"], name="tada")
    await call("reactions.get", channel=channel.id, timestamp=root["ts"])
    await call("reactions.remove", channel=channel.id, timestamp=root["ts"], name="tada")
    await call("conversations.replies", channel=channel.id, ts=root["ts"])
    message = channel.messages[-1]
    await ana.click(message, "go")
    await ana.click(message, "fb")
    await ana.choose(message, "pick", "y")
    await ana.choose(message, "who", "ben")
    await ana.choose(message, "more", "x")
    await ana.choose(message, "day", "2026-11-23")
    await ana.click(ana.whispers("#help")[0], "go")
    await ana.message_shortcut("#help", root["ts"], "make_ticket")
    await ana.global_shortcut("new_ticket")
    listener.answer = {"response_type": "in_channel", "text": "for all to see"}
    await ana.command("#help", "/signalbox x")
    await twin.idle()
    listener.answer = None
    await call("chat.delete", channel=channel.id, ts=reply["ts"])


async def _fill_forms(twin: Twin, call: Any, listener: Listener) -> None:
    ana = twin.person("ana")
    external = {"type": "external_select", "action_id": "ext", "min_query_length": 0}
    where = {"type": "conversations_select", "action_id": "where", "response_url_enabled": True}
    view = forms.modal(
        forms.ask("name", forms.typing("said")),
        forms.ask("place", where, optional=True),
        forms.section(accessory=external),
        close=forms.plain("Cancel"),
        notify_on_close=True,
    )
    opened = await call("views.open", trigger_id=_trigger(listener), view=view)
    listener.answer = {"options": [forms.option("x")]}
    await ana.suggestions(opened["view"], "ext", "q")
    listener.answer = None
    await ana.choose(ana.views()[-1], "ext", "x")
    await twin.idle()
    pushed = await call("views.push", trigger_id=_trigger(listener), view=view)
    await call("views.update", view_id=pushed["view"]["id"], view=view, hash=pushed["view"]["hash"])
    await ana.close()
    assert await ana.submit({"said": "x", "where": "#help"}) == {}
    deeds.open_home(twin.ws, ana.id)
    await call(
        "views.publish", user_id=ana.id, view=forms.home(forms.section(), forms.actions(forms.button("b")))
    )
    deeds.open_home(twin.ws, ana.id)


def _trigger(listener: Listener) -> str:
    pressed = [one["payload"] for one in listener.envelopes if one["payload"].get("type") == "block_actions"]
    return str(pressed[-1]["trigger_id"])


async def _look_around(twin: Twin, call: Any) -> None:
    ana, sam = twin.person("ana"), twin.person("sam")
    here = twin.channel("#help").id
    await call("api.test", foo="bar")
    await call("conversations.list", types="public_channel,private_channel,im")
    for method in ("auth.test", "team.info", "bots.info", "users.list", "users.conversations"):
        await call(method)
    for method in ("conversations.info", "conversations.history", "conversations.members"):
        await call(method, channel=here)
    await call("conversations.history", channel=twin.dm("ana").id, limit=1)
    for user in (ana.id, sam.id, twin.bot_user_id):
        await call("users.info", user=user)
    await call("users.lookupByEmail", email="ana@harbor.example.com")
    await call("users.profile.get", user=ana.id)
    await call("usergroups.list", include_users=True, include_count=True)
    await call("usergroups.users.list", usergroup=next(iter(twin.ws.usergroups)))
    for _ in range(2):
        await call("conversations.join", channel=twin.channel("#general").id)
    await call("conversations.open", users=ana.id, return_im=True)
    await call("conversations.open", users=ana.id)
    made = await call("conversations.create", name="new-one")
    await call("conversations.invite", channel=made["channel"]["id"], users=ana.id)
    await call("apps.connections.open", token=twin.app_token)


async def _share_files(twin: Twin, call: Any) -> None:
    here = twin.channel("#help").id
    slot = await call("files.getUploadURLExternal", filename="r.csv", length=3)
    async with aiohttp.ClientSession() as session, session.post(slot["upload_url"], data=b"a,b") as sent:
        assert sent.status == 200
    files = [{"id": slot["file_id"], "title": "Report"}]
    await call("files.completeUploadExternal", files=files, channel_id=here, initial_comment="hey")
    await call("files.info", file=slot["file_id"])
    await call("files.list")
    await call("files.delete", file=slot["file_id"])
