"""Everything chat.postMessage, chat.update and their relatives take, and what they refuse."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.twin.forms import section
from tests.twin.listener import Listener
from tests.twin.refused import code, refusal
from twin.seed import Seed
from twin.server import Twin
from twin.words import Json

pytestmark = pytest.mark.filterwarnings("ignore:The top-level `text` argument is missing")


@pytest.fixture
def here(twin: Twin) -> str:
    return twin.channel("#help").id


def elements(message: Json) -> list[Json]:
    found: list[Json] = message["blocks"][0]["elements"][0]["elements"]
    return found


async def test_markdown_text_is_posted_as_blocks(web: AsyncWebClient, here: str) -> None:
    post = web.chat_postMessage
    message = (await post(channel=here, markdown_text="# Hi\n**bold** <@U123>"))["message"]
    assert message["text"] == "*Hi*\n*bold* <@U123>"
    assert [block["type"] for block in message["blocks"]] == ["header", "rich_text"]
    assert await code(post(channel=here, markdown_text="x", text="x")) == "markdown_text_conflict"
    assert await code(post(channel=here, markdown_text="x", blocks=[section()])) == "markdown_text_conflict"
    assert await code(post(channel=here, markdown_text="x" * 12_001)) == "msg_too_long"


async def test_marks_and_names_mean_what_the_call_says(twin: Twin, web: AsyncWebClient, here: str) -> None:
    text = "*so* @billing #help @ben https://example.com"
    post = web.chat_postMessage
    plain = (await post(channel=here, text=text, mrkdwn=False))["message"]
    assert plain["text"] == text and elements(plain)[0] == {
        "type": "text",
        "text": "*so* @billing #help @ben ",
    }
    assert elements(plain)[1] == {"type": "link", "url": "https://example.com"}
    linked = (await post(channel=here, text=text, link_names=True))["message"]
    group = next(iter(twin.ws.usergroups))
    assert linked["text"] == f"*so* <!subteam^{group}> <#{here}> @ben https://example.com"
    assert elements(linked)[0]["style"] == {"bold": True}
    full = (await post(channel=here, text=text, parse="full"))["message"]
    assert elements(full)[0] == {"type": "text", "text": "*so* "}
    assert {one["type"] for one in elements(full)} == {"text", "usergroup", "channel", "link"}
    default = (await post(channel=here, text=text))["message"]
    assert default["text"] == text


async def test_a_repeated_client_msg_id_makes_no_second_message(
    twin: Twin, web: AsyncWebClient, here: str
) -> None:
    key: Any = {"client_msg_id": "0f8fad5b-d9cb-469f-a165-70867728950e"}
    first, second = [await web.chat_postMessage(channel=here, text="once", **key) for _ in range(2)]
    assert first["ts"] == second["ts"]
    assert [one["text"] for one in twin.channel("#help").messages].count("once") == 1
    other = twin.channel("#team-billing").id
    assert await code(web.chat_postMessage(channel=other, text="x", **key)) == "duplicate_channel_not_found"
    await web.chat_delete(channel=here, ts=first["ts"])
    assert await code(web.chat_postMessage(channel=here, text="x", **key)) == "duplicate_message_not_found"


async def test_attachments_and_metadata_are_checked(web: AsyncWebClient, here: str) -> None:
    post = web.chat_postMessage
    card = {"text": "hi", "blocks": [section()]}
    message = (await post(channel=here, text="x", attachments=[card]))["message"]
    assert (message["attachments"][0]["id"], message["attachments"][0]["fallback"]) == (
        1,
        "[no preview available]",
    )
    assert message["attachments"][0]["blocks"][0]["block_id"]
    assert await code(post(channel=here, text="x", attachments=[{}] * 101)) == "too_many_attachments"
    bad = await refusal(post(channel=here, text="x", attachments=[{}, {"blocks": [{"type": "dance"}]}]))
    assert bad["error"] == "invalid_attachments"
    assert "/attachments/1/blocks/0/type" in bad["response_metadata"]["messages"][0]
    for metadata, error in (
        ({"event_type": "x"}, "invalid_metadata_schema"),
        ({"event_type": "x", "event_payload": {"long": "x" * 16_000}}, "metadata_too_large"),
        ({"entities": []}, "invalid_metadata_format"),
        ("{", "invalid_metadata_format"),
    ):
        call: Json = {"channel": here, "text": "x", "metadata": metadata}
        assert await code(web.api_call("chat.postMessage", json=call)) == error


async def test_threads_that_cannot_be(twin: Twin, web: AsyncWebClient, here: str) -> None:
    post = web.chat_postMessage
    assert await code(post(channel=here, text="x", thread_ts="yesterday")) == "invalid_thread_ts"
    await twin.person("ben").leave("#help")
    await twin.person("ben").join("#help")
    joined = twin.channel("#help").messages[-1]
    assert joined["subtype"] == "channel_join"
    assert await code(post(channel=here, text="x", thread_ts=joined["ts"])) == "cannot_reply_to_message"


async def test_a_reply_is_shown_in_the_channel_later(twin: Twin, web: AsyncWebClient, here: str) -> None:
    post, help_ = web.chat_postMessage, twin.channel("#help")
    root = (await post(channel=here, text="root"))["ts"]
    reply = (await post(channel=here, text="reply", thread_ts=root))["ts"]
    where = {"channel": here, "ts": reply, "reply_broadcast": True}
    assert await code(web.chat_update(**where, text="new")) == "no_dual_broadcast_content_update"
    answer = await web.api_call("chat.update", json=where)
    assert answer["message"]["subtype"] == "thread_broadcast"
    assert [one["ts"] for one in help_.messages[-2:]] == [root, reply] and len(help_.replies(root)) == 1
    assert await code(web.api_call("chat.update", json=where)) == "cant_broadcast_message"


async def test_an_update_keeps_and_takes_away(web: AsyncWebClient, here: str) -> None:
    metadata = {"event_type": "x", "event_payload": {}}
    card: Any = {"text": "card"}
    said = await web.chat_postMessage(channel=here, text="x", attachments=[card], metadata=metadata)
    where = {"channel": here, "ts": said["ts"]}
    kept = (await web.chat_update(**where, text="y"))["message"]
    assert kept["attachments"][0]["text"] == "card" and kept["metadata"]["event_type"] == "x"
    bare = (await web.chat_update(**where, text="y", attachments=[], metadata={}))["message"]
    assert "attachments" not in bare and "metadata" not in bare
    written = (await web.chat_update(**where, markdown_text="**z**"))["message"]
    assert written["text"] == "*z*"
    assert await code(web.chat_update(**where, text="x" * 4001)) == "msg_too_long"


async def test_whispers_slack_refuses(twin: Twin, web: AsyncWebClient, here: str) -> None:
    whisper, ana = web.chat_postEphemeral, twin.person("ana").id
    assert (await whisper(channel="#help", user=ana, text="psst"))["ok"]
    assert await code(whisper(channel=here, user=twin.person("sam").id, text="x")) == "user_not_in_channel"
    assert await code(whisper(channel=twin.channel("#general").id, user=ana, text="x")) == "not_in_channel"
    assert await code(whisper(channel=here, user=ana, text="x" * 40_001)) == "msg_too_long"
    assert await code(whisper(channel=here, user=ana)) == "no_text"
    twin.channel("#help").is_archived = True
    assert await code(whisper(channel=here, user=ana, text="x")) == "is_archived"


async def test_a_me_message_is_one(twin: Twin, web: AsyncWebClient, here: str) -> None:
    listener = await Listener.open(twin)
    answer = await web.chat_meMessage(channel=here, text="waves")
    message = twin.channel("#help").get(answer["ts"])
    assert message is not None and (message["subtype"], message["text"]) == ("me_message", "waves")
    await twin.idle()
    assert listener.events[-1]["subtype"] == "me_message"
    assert await code(web.chat_meMessage(channel=here, text="")) == "no_text"
    await listener.close()


async def test_an_app_without_a_messages_tab_cannot_write_there(seed: Seed) -> None:
    manifest = dataclasses.replace(seed.app.manifest, messages_tab=False)
    twin = await Twin.start(dataclasses.replace(seed, app=dataclasses.replace(seed.app, manifest=manifest)))
    web = AsyncWebClient(token=twin.bot_token, base_url=twin.api_url)
    assert (
        await code(web.chat_postMessage(channel=twin.person("ana").id, text="x")) == "messages_tab_disabled"
    )
    await twin.stop()
