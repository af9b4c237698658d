"""The busy hour's people and conversations: channels come and go, profiles change, agents work, steps run."""

from __future__ import annotations

from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from tests.twin import forms
from tests.twin.agents import as_agent
from tests.twin.conftest import HERE
from tests.twin.listener import Listener
from twin import roster
from twin.seed import SeedPerson, load
from twin.server import Twin
from twin.words import Json


async def busy_people(twin: Twin, call: Any) -> None:
    """Let people and the app change everything about conversations, and run a workflow step."""
    await _change_channels(twin, call)
    await _talk_directly(twin, call)
    await _be_people(twin, call)
    await _run_steps(twin, call)


async def busy_agents(envelopes: list[Json], answers: list[tuple[str, Json]]) -> None:
    """Do what only agents can do, in two workspaces of their own; keep what was sent."""
    for kind in ("assistant_view", "agent_view"):
        twin = await Twin.start(as_agent(load(HERE / "workspace.toml"), kind))
        listener = await Listener.open(twin)
        web = AsyncWebClient(token=twin.bot_token, base_url=twin.api_url)

        async def call(method: str, web: AsyncWebClient = web, **arguments: Any) -> Json:
            body = (await web.api_call(method, json=arguments)).data
            assert isinstance(body, dict)
            answers.append((method, body))
            return body

        await _ask_agent(twin, call, listener, kind)
        await twin.idle()
        envelopes += listener.envelopes
        await listener.close()
        await twin.stop()


async def _change_channels(twin: Twin, call: Any) -> None:
    ana, ben = twin.person("ana"), twin.person("ben")
    for is_private, name in ((False, "plans"), (True, "secret-plans")):
        made = (await call("conversations.create", name=name, is_private=is_private))["channel"]["id"]
        await call("conversations.invite", channel=made, users=f"{ana.id},{ben.id}")
        await call("conversations.setTopic", channel=made, topic="where to")
        await call("conversations.setPurpose", channel=made, purpose="to go there")
        await call("conversations.rename", channel=made, name=f"{name}-2")
        ts = await ana.post(made, "so")
        await call("conversations.mark", channel=made, ts=ts)
        await call("conversations.archive", channel=made)
        await call("conversations.unarchive", channel=made)
        await call("conversations.kick", channel=made, user=ben.id)
        await call("conversations.leave", channel=made)
    await call("conversations.leave", channel=twin.channel("#plans-2").id)
    await ana.invite("#plans-2", "signalbox")
    await ana.invite("#plans-2", "sam")
    await ana.kick("#plans-2", "signalbox")


async def _talk_directly(twin: Twin, call: Any) -> None:
    ana, ben = twin.person("ana"), twin.person("ben")
    group = await ana.dm("ben", "signalbox")
    await ben.post(group, "the three of us")
    await ana.post(await ana.dm("ben"), "the two of us")
    await call("conversations.open", users=f"{ana.id},{ben.id}", return_im=True)
    await call("conversations.info", channel=group)
    await call("conversations.list", types="mpim,im")
    for _ in range(2):
        await call("conversations.close", channel=group)


async def _be_people(twin: Twin, call: Any) -> None:
    await twin.person("ana").change_profile(title="Head of support", status_text="away", status_emoji=":tea:")
    dora = SeedPerson(
        "U0DORA0001", "dora", "Dora Diaz", "", "dora@example.com", "UTC", False, False, "T0HARBOR01", ""
    )
    roster.welcome(twin.ws, dora)
    await call("users.getPresence", user=twin.person("ana").id)
    await call("users.getPresence")
    await call("users.info", user=dora.id)
    await call("users.info", user=twin.person("sam").id)


async def _run_steps(twin: Twin, call: Any) -> None:
    ana = twin.person("ana")
    first, second = await ana.run_function("reverse", word="abc"), await ana.run_function("reverse", word="x")
    run = twin.ws.executions.get(first)
    assert run is not None
    here = twin.channel("#help").id
    web = AsyncWebClient(token=run.token, base_url=twin.api_url)
    posted = await web.chat_postMessage(
        channel=here, text="turn?", blocks=[forms.actions(forms.button("turn"))]
    )
    message = twin.channel("#help").get(str(posted["ts"]))
    assert message is not None
    await ana.click(message, "turn")
    await twin.idle()
    await call("functions.completeSuccess", function_execution_id=first, outputs={"turned": "cba"})
    await call("functions.completeError", function_execution_id=second, error="no mirror")


async def _ask_agent(twin: Twin, call: Any, listener: Listener, kind: str) -> None:
    ana = twin.person("ana")
    root = await ana.open_agent("#help")
    await ana.look_at("#general")
    asked = await ana.post("@signalbox", "where is the report?", root or None)
    await ana.upload("#help", "report.csv", b"a,b", text="the report")
    await ana.post("#help", "@signalbox what about the report?")
    dm = twin.dm("ana").id
    where = {"channel_id": dm, "thread_ts": root or asked}
    prompts = [{"title": "Help", "message": "help me"}]
    top = {"channel_id": dm} if kind == "agent_view" else where
    await call("assistant.threads.setSuggestedPrompts", title="Try", prompts=prompts, **top)
    await call("assistant.threads.setStatus", status="is thinking…", loading_messages=["one", "two"], **where)
    await call("assistant.threads.setTitle", title="The report", **where)
    await twin.idle()
    token = next(
        one["assistant_thread"]["action_token"]
        for one in listener.events
        if "assistant_thread" in one and "action_token" in one["assistant_thread"]
    )
    await call(
        "assistant.search.context",
        query="report",
        action_token=token,
        content_types=["messages", "files", "channels", "users"],
        channel_types=["public_channel", "im"],
        include_context_messages=True,
        include_message_blocks=True,
    )
    await call("assistant.search.info")
    if kind == "agent_view":
        await call("agents.sessions.setStatus", status="processing", title="The report", **where)
        await ana.stop_agent("@signalbox", asked)
        await call("agents.sessions.setStatus", status="active", **where)
        await call("agents.sessions.rename", title="Reports", **where)
    await call("chat.postMessage", channel=dm, text="here", thread_ts=root or asked)
