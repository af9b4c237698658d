"""Text that appears while the app still writes it."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from slack_sdk.models.messages.chunk import MarkdownTextChunk, TaskUpdateChunk
from slack_sdk.web.async_client import AsyncWebClient

from tests.twin.conftest import StoppedClock
from tests.twin.forms import actions, button, section
from tests.twin.listener import Listener
from tests.twin.refused import code
from twin.seed import Seed
from twin.server import Twin
from twin.webapi import streams
from twin.words import Json
from twin.workspace import Watcher


@pytest.fixture
async def thread(twin: Twin) -> Json:
    """Where ana asked something, and who is to be answered."""
    ana = twin.person("ana")
    ts = await ana.post("#help", "tell me")
    return {
        "channel": twin.channel("#help").id,
        "thread_ts": ts,
        "recipient_user_id": ana.id,
        "recipient_team_id": twin.ws.seed.id,
    }


def said(twin: Twin, answer: Any) -> Json:
    message = twin.channel("#help").get(answer["ts"])
    assert message is not None
    return message


async def test_the_sdks_helper_streams_a_message_that_grows(
    twin: Twin, web: AsyncWebClient, thread: Json
) -> None:
    stream = await web.chat_stream(**thread, buffer_size=4)
    await stream.append(markdown_text="Hello ")
    first = said(twin, {"ts": stream.ts})
    assert (first["text"], first["streaming_state"], first["thread_ts"]) == (
        "Hello",
        "in_progress",
        thread["thread_ts"],
    )
    await stream.append(markdown_text="**wor")
    assert said(twin, {"ts": stream.ts})["text"] == "Hello **wor"
    done = await stream.stop(markdown_text="ld**", blocks=[actions(button("thumbs"))])
    message = said(twin, done)
    assert (message["text"], message["streaming_state"]) == ("Hello *world*", "completed")
    assert [block["type"] for block in message["blocks"]] == ["rich_text", "actions"]
    assert message["blocks"][0]["elements"][0]["elements"][1] == {
        "type": "text",
        "text": "world",
        "style": {"bold": True},
    }
    assert done["message"]["streaming_state"] == "completed" and "edited" not in message


async def test_people_watch_it_grow_and_the_app_hears_of_start_and_end(
    twin: Twin, web: AsyncWebClient, thread: Json
) -> None:
    seen: list[Json] = []
    listener = await Listener.open(twin)
    twin.ws.watchers.append(watcher := Watcher(twin.person("ben").id, seen.append))
    begun = await web.chat_startStream(**thread)
    for piece in ("one ", "two"):
        await web.chat_appendStream(channel=begun["channel"], ts=begun["ts"], markdown_text=piece)
    await web.chat_stopStream(channel=begun["channel"], ts=begun["ts"])
    await twin.idle()
    twin.ws.watchers.remove(watcher)
    texts = [one["message"]["text"] for one in seen if one.get("message", {}).get("ts") == begun["ts"]]
    assert texts == ["", "one", "one two", "one two"]
    told = [one for one in listener.events if begun["ts"] in (one["ts"], one.get("message", {}).get("ts"))]
    assert [(one.get("subtype"), one.get("streaming_state")) for one in told] == [
        (None, "in_progress"),
        ("message_changed", None),
    ]
    assert told[1]["message"]["streaming_state"] == "completed"
    await listener.close()


async def test_tasks_are_cards_and_a_plan_gathers_them(twin: Twin, web: AsyncWebClient, thread: Json) -> None:
    def task(id: str, status: str, **more: Any) -> TaskUpdateChunk:
        return TaskUpdateChunk(id=id, title=f"Task {id}", status=status, **more)

    for display, kinds in (
        ("timeline", ["rich_text", "task_card", "rich_text", "task_card"]),
        ("plan", ["rich_text", "plan", "rich_text"]),
    ):
        begun = await web.chat_startStream(
            **thread, task_display_mode=display, chunks=[MarkdownTextChunk(text="a")]
        )
        where = {"channel": begun["channel"], "ts": begun["ts"]}
        source = {"type": "url", "url": "https://example.com", "text": "Example"}
        await web.chat_appendStream(
            **where, chunks=[task("1", "in_progress", details="so ", sources=[source])]
        )
        await web.chat_appendStream(**where, chunks=[MarkdownTextChunk(text="b"), task("2", "pending")])
        await web.chat_appendStream(
            **where,
            chunks=[task("1", "complete", details="far"), {"type": "plan_update", "title": "The plan"}],
        )
        blocks = said(twin, begun)["blocks"]
        assert [block["type"] for block in blocks] == kinds
        cards = [blocks[1]] if display == "timeline" else blocks[1]["tasks"]
        assert (cards[0]["status"], cards[0]["sources"]) == ("complete", [source])
        assert cards[0]["details"]["elements"][0]["elements"][0]["text"] == "so far"
        if display == "plan":
            assert (blocks[1]["title"], len(cards)) == ("The plan", 2)


async def test_a_stream_ends_after_five_minutes_and_may_then_be_updated(
    twin: Twin, web: AsyncWebClient, thread: Json, clock: StoppedClock
) -> None:
    begun = await web.chat_startStream(**thread, markdown_text="so far")
    where = {"channel": begun["channel"], "ts": begun["ts"]}
    assert await code(web.chat_update(**where, text="no")) == "streaming_state_conflict"
    clock.forward(seconds=299)
    twin.tick()
    await web.chat_appendStream(**where, markdown_text=" so good")
    clock.forward(seconds=2)
    twin.tick()
    assert said(twin, begun)["streaming_state"] == "completed"
    assert await code(web.chat_appendStream(**where, markdown_text="x")) == "message_not_in_streaming_state"
    assert await code(web.chat_stopStream(**where)) == "message_not_in_streaming_state"
    assert (await web.chat_update(**where, text="the rest"))["text"] == "the rest"


async def test_a_person_who_stops_it_is_obeyed(twin: Twin, web: AsyncWebClient, thread: Json) -> None:
    begun = await web.chat_startStream(**thread, markdown_text="blah")
    assert streams.end_streams(twin.ws, twin.channel("#help"), thread["thread_ts"]) == [begun["ts"]]
    where = {"channel": begun["channel"], "ts": begun["ts"]}
    assert await code(web.chat_appendStream(**where, markdown_text="x")) == "stopped_by_user"
    assert said(twin, begun)["streaming_state"] == "completed"


async def test_the_end_may_set_the_agents_session(seed: Seed) -> None:
    manifest = dataclasses.replace(seed.app.manifest, agent="agent_view")
    twin = await Twin.start(dataclasses.replace(seed, app=dataclasses.replace(seed.app, manifest=manifest)))
    web = AsyncWebClient(token=twin.bot_token, base_url=twin.api_url)
    asked = await twin.person("ana").post("@signalbox", "tell me")
    where = {"channel_id": twin.dm("ana").id, "thread_ts": asked}
    await web.api_call("agents.sessions.setStatus", json={**where, "status": "processing"})
    stream = await web.chat_stream(channel=where["channel_id"], thread_ts=asked)
    await stream.append(markdown_text="done")
    assert await code(stream.stop(session_status="asleep")) == "invalid_arguments"
    await stream.stop(session_status="closed")
    assert twin.ws.panes.threads[where["channel_id"], asked].session == "closed"
    await twin.stop()


async def test_what_slack_refuses(twin: Twin, web: AsyncWebClient, thread: Json) -> None:
    def without(name: str) -> Json:
        return {key: value for key, value in thread.items() if key != name}

    start = web.chat_startStream
    assert await code(start(**without("recipient_user_id"))) == "missing_recipient_user_id"
    assert await code(start(**without("recipient_team_id"))) == "missing_recipient_team_id"
    assert await code(start(**{**thread, "recipient_user_id": "U0NOBODY"})) == "user_not_found"
    assert await code(start(**{**thread, "thread_ts": ""})) == "invalid_arguments"
    assert await code(start(**thread, markdown_text="x" * 12_001)) == "msg_too_long"
    assert (
        await code(start(**thread, chunks=[{"type": "markdown_text", "text": "x" * 12_001}]))
        == "msg_too_long"
    )
    assert await code(start(**thread, task_display_mode="pile")) == "invalid_arguments"
    bad: list[Json] = [
        {"type": "dance"},
        {"type": "task_update", "id": "1", "title": "t", "status": "done"},
        {"type": "plan_update", "title": "x" * 257},
    ]
    for chunk in bad:
        assert await code(start(**thread, chunks=[chunk])) == "invalid_chunks"
    assert (
        await code(start(**thread, chunks=[{"type": "blocks", "blocks": [section()] * 51}]))
        == "invalid_blocks"
    )
    begun = await start(**thread, markdown_text="x")
    where = {"channel": begun["channel"], "ts": begun["ts"]}
    assert await code(web.chat_appendStream(**where)) == "no_text"
    mixed = [MarkdownTextChunk(text="y")]
    assert await code(web.chat_appendStream(**where, chunks=mixed)) == "streaming_mode_mismatch"
    theirs = {"channel": begun["channel"], "ts": thread["thread_ts"], "markdown_text": "x"}
    assert await code(web.chat_appendStream(**theirs)) == "message_not_owned_by_app"
    assert await code(web.chat_appendStream(**{**theirs, "ts": "1.0"})) == "message_not_found"
    direct = await twin.person("ana").post("@signalbox", "hi")
    assert (await start(channel=twin.dm("ana").id, thread_ts=direct, markdown_text="hello"))["ok"]
