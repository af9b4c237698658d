"""The agent's pane with a real Bolt app: threads, status, prompts, sessions, the stop button, search for a person."""

from __future__ import annotations

from typing import Any

import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp, AsyncAssistant
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.twin.agents import as_agent
from tests.twin.conftest import StoppedClock
from tests.twin.listener import Listener
from twin.people import show
from twin.seed import Seed
from twin.server import Twin
from twin.words import Json, Refused


def panes(twin: Twin, who: str) -> list[Json]:
    """Return the conversations with the agent on somebody's screen."""
    shown: list[Json] = show.state(twin.ws, twin.person(who).id)["assistant"]
    return shown


async def refusal(call: Any) -> str:
    """Return the error code a Web API call is refused with."""
    with pytest.raises(SlackApiError) as problem:
        await call
    return str(problem.value.response["error"])


async def test_bolts_assistant_middleware_works_as_it_is(seed: Seed) -> None:
    twin = await Twin.start(as_agent(seed, "assistant_view"))
    app = AsyncApp(
        signing_secret=twin.signing_secret, client=AsyncWebClient(token=twin.bot_token, base_url=twin.api_url)
    )
    assistant = AsyncAssistant()
    seen: list[Json] = []

    @assistant.thread_started
    async def on_started(say: Any, set_suggested_prompts: Any, get_thread_context: Any) -> None:
        context = await get_thread_context()
        seen.append(dict(context or {}))
        await say("How can I help?")
        await set_suggested_prompts(prompts=["Say hello", {"title": "Rest", "message": "take a rest"}])

    @assistant.user_message
    async def on_message(say: Any, set_status: Any, set_title: Any, get_thread_context: Any) -> None:
        await set_title("Greetings")
        await set_status("is thinking…", loading_messages=["Waking up", "Getting there"])
        context = await get_thread_context()
        seen.append(dict(context or {}))
        await say("Hello!")

    app.use(assistant)
    handler = AsyncSocketModeHandler(app, twin.app_token)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    await twin.connected()
    ana = twin.person("ana")
    root = await ana.open_agent("#help")
    greeted = await twin.until(lambda: panes(twin, "ana")[0]["prompts"])
    assert [one["message"] for one in greeted] == ["Say hello", "take a rest"]
    await ana.look_at("#general")
    await twin.idle()
    await ana.post("@signalbox", "hello", root)
    thread = await twin.until(lambda: len(t := twin.dm("ana").thread(root)) == 4 and t)
    assert [one["text"] for one in thread] == ["New Assistant Thread", "How can I help?", "hello", "Hello!"]
    shown = panes(twin, "ana")[0]
    assert (shown["title"], shown["status"], shown["thread_ts"]) == ("Greetings", "", root)
    assert thread[0]["assistant_app_thread"]["title"] == "Greetings"
    methods = [one.method for one in twin.calls]
    assert methods.index("assistant.threads.setStatus") < len(methods) - 1  # and the post took it away
    assert [one["channel_id"] for one in seen] == [twin.channel("#help").id, twin.channel("#general").id]
    await ana.post("@signalbox", "without opening the pane")
    assert len(await twin.until(lambda: len(p := panes(twin, "ana")) == 2 and p)) == 2
    assert panes(twin, "ben") == []
    await twin.idle()
    await handler.close_async()  # type: ignore[no-untyped-call]
    await twin.stop()


async def test_a_status_goes_away_by_itself(seed: Seed, clock: StoppedClock) -> None:
    twin = await Twin.start(as_agent(seed, "agent_view"), clock=clock)
    web = AsyncWebClient(token=twin.bot_token, base_url=twin.api_url)
    ts = await twin.person("ben").post("#help", "@signalbox hello")
    here = twin.channel("#help").id
    await web.assistant_threads_setStatus(channel_id=here, thread_ts=ts, status="is thinking…")
    assert [one["status"] for one in panes(twin, "ana")] == [
        "is thinking…"
    ]  # whoever sees the channel sees it
    clock.forward(seconds=121)
    twin.tick()
    assert [one["status"] for one in panes(twin, "ana")] == [""]
    assert await refusal(
        web.assistant_threads_setStatus(channel_id=here, thread_ts="1.000001", status="x")
    ) == ("invalid_thread_ts")
    many = [{"title": "t", "message": "m"}] * 5
    assert await refusal(web.assistant_threads_setSuggestedPrompts(channel_id=here, prompts=many)) == (
        "invalid_arguments"
    )
    await twin.stop()


async def test_an_agent_view_hears_what_a_person_looks_at(seed: Seed) -> None:
    twin = await Twin.start(as_agent(seed, "agent_view"))
    listener, web = await Listener.open(twin), AsyncWebClient(token=twin.bot_token, base_url=twin.api_url)
    ana = twin.person("ana")
    assert await ana.open_agent("#help") == ""
    await ana.look_at("#general")
    await ana.post("@signalbox", "what is this about?")
    await twin.idle()
    opened, changed, asked = listener.events
    places = [
        one["entities"][0]["value"] for one in (opened["context"], changed["context"], asked["app_context"])
    ]
    assert places == [twin.channel("#help").id, twin.channel("#general").id, twin.channel("#general").id]
    assert (opened["type"], opened["tab"]) == ("app_home_opened", "messages")
    assert asked["assistant_thread"]["action_token"]
    dm, prompts = twin.dm("ana").id, [{"title": "Rest", "message": "take a rest"}]
    in_thread = {"channel_id": dm, "thread_ts": asked["ts"], "prompts": prompts}
    await web.assistant_threads_setSuggestedPrompts(**in_thread)  # documented to do nothing here
    assert panes(twin, "ana") == []
    await web.assistant_threads_setSuggestedPrompts(channel_id=dm, title="Try", prompts=prompts)
    assert [(one["thread_ts"], one["prompts"]) for one in panes(twin, "ana")] == [("", prompts)]
    await listener.close()
    await twin.stop()


async def test_a_person_can_stop_a_session(seed: Seed) -> None:
    twin = await Twin.start(as_agent(seed, "agent_view"))
    listener, web = await Listener.open(twin), AsyncWebClient(token=twin.bot_token, base_url=twin.api_url)
    ana, dm = twin.person("ana"), twin.dm("ana").id
    ts = await ana.post("@signalbox", "write me a long story")
    where = {"channel_id": dm, "thread_ts": ts}
    with pytest.raises(Refused, match="not at work"):
        await ana.stop_agent("@signalbox", ts)
    begun = await web.agents_sessions_setStatus(status="processing", title="A story", **where)
    assert (begun["agent_status"], begun["title"], "warning" in begun.data) == (
        "processing",
        "A story",
        False,
    )
    streamed = await web.chat_startStream(channel=dm, thread_ts=ts, markdown_text="Once upon")
    assert [(one["can_stop"], one["status"]) for one in panes(twin, "ana")] == [(True, "is working…")]
    await ana.stop_agent("@signalbox", ts)
    await twin.idle()
    stopped = listener.events[-1]
    assert (stopped["user"], stopped["thread_ts"]) == (ana.id, ts)
    assert stopped["streaming_message_ts"] == [streamed["ts"]]
    assert panes(twin, "ana")[0]["session"] == "processing"  # until the app says otherwise
    await web.agents_sessions_setStatus(status="active", **where)
    await web.agents_sessions_rename(title="No story", **where)
    shown = panes(twin, "ana")[0]
    assert (shown["session"], shown["title"], shown["can_stop"]) == ("active", "No story", False)
    assert await refusal(web.agents_sessions_setStatus(status="asleep", **where)) == "invalid_arguments"
    await listener.close()
    await twin.stop()


async def test_without_the_event_there_is_no_stop_button(seed: Seed, twin: Twin, web: AsyncWebClient) -> None:
    agent = await Twin.start(as_agent(seed, "agent_view", but=("agent_session_stopped",)))
    its = AsyncWebClient(token=agent.bot_token, base_url=agent.api_url)
    ts = await agent.person("ana").post("@signalbox", "hello")
    where = {"channel_id": agent.dm("ana").id, "thread_ts": ts}
    answer = await its.agents_sessions_setStatus(status="processing", **where)
    assert answer["warning"] == "missing_agent_session_stopped_event_subscription"
    assert panes(agent, "ana")[0]["can_stop"] is False
    await agent.stop()
    ts = await twin.person("ana").post("@signalbox", "hello")  # an app that is no agent
    where = {"channel_id": twin.dm("ana").id, "thread_ts": ts}
    assert await refusal(web.agents_sessions_setStatus(status="active", **where)) == "access_denied"
    with pytest.raises(Refused, match="has no pane"):
        await twin.person("ana").open_agent()


async def test_the_app_searches_with_the_eyes_of_whoever_asked(seed: Seed, clock: StoppedClock) -> None:
    twin = await Twin.start(as_agent(seed, "agent_view", but=("search:read.im",)), clock=clock)
    listener, web = await Listener.open(twin), AsyncWebClient(token=twin.bot_token, base_url=twin.api_url)
    ana, ben = twin.person("ana"), twin.person("ben")
    await ana.post("#board", "the budget for herons is secret")
    await ana.post("#ext-rivers", "herons are public")
    await web.chat_postMessage(channel=twin.channel("#help").id, text="herons, says the bot")
    for person in (ana, ben):
        await person.post("#help", "@signalbox what about it?")
    await twin.idle()
    mentions = [one for one in listener.events if one["type"] == "app_mention"]
    tokens = {one["user"]: one["assistant_thread"]["action_token"] for one in mentions}

    async def found(who: str, **more: Any) -> list[str]:
        everywhere = ["public_channel", "private_channel"]
        body = {"query": "herons", "action_token": tokens[who], "channel_types": everywhere, **more}
        answer = await web.api_call("assistant.search.context", json=body)
        return [one["content"] for one in answer["results"]["messages"]]

    assert await found(ana.id) == ["herons are public", "the budget for herons is secret"]
    assert await found(ben.id) == ["herons are public"]
    assert await found(ana.id, channel_types="public_channel", include_bots=True) == [
        "herons, says the bot",
        "herons are public",
    ]
    asked = await found(ana.id, query="Which budget for kingfishers?")
    assert asked[0] == "the budget for herons is secret"
    assert await refusal(found(ana.id, channel_types="im")) == "missing_scope"
    assert await refusal(found(ana.id, action_token="1.2.x")) == "invalid_action_token"
    clock.forward(minutes=20)
    assert await refusal(found(ana.id)) == "invalid_action_token"
    await listener.close()
    await twin.stop()
