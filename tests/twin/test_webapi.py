"""The Web API as the SDK calls it: answers, refusals, pages and limits."""

from __future__ import annotations

import dataclasses
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.twin.conftest import StoppedClock
from tests.twin.forms import actions, button, section
from twin.seed import Seed
from twin.server import Twin

Json = dict[str, Any]


async def refusal(call: Any) -> Json:
    """Await a call that must be refused, and return Slack's answer."""
    with pytest.raises(SlackApiError) as problem:
        await call
    answer = problem.value.response.data
    assert isinstance(answer, dict) and answer["ok"] is False
    return answer


async def code(call: Any) -> str:
    return str((await refusal(call))["error"])


@pytest.fixture
def here(twin: Twin) -> str:
    return twin.channel("#help").id


async def test_the_token_decides_who_may_call(twin: Twin) -> None:
    nobody = AsyncWebClient(base_url=twin.api_url)
    assert await code(nobody.auth_test()) == "not_authed"
    assert await code(nobody.auth_test(token="xoxb-other")) == "invalid_auth"
    assert await code(nobody.auth_test(token=twin.app_token)) == "not_allowed_token_type"
    assert await code(nobody.apps_connections_open(app_token=twin.bot_token)) == "not_allowed_token_type"
    me = await nobody.auth_test(token=twin.bot_token)
    assert (me["user_id"], me["bot_id"]) == (twin.bot_user_id, twin.bot_id)
    assert (await nobody.api_test())["ok"]


async def test_an_unknown_method_is_named(web: AsyncWebClient) -> None:
    answer = await refusal(web.api_call("chat.whisper"))
    assert (answer["error"], answer["req_method"]) == ("unknown_method", "chat.whisper")


async def test_arguments_may_come_by_query_form_or_json(twin: Twin, here: str) -> None:
    form = {"channel": here, "text": "hi", "blocks": '[{"type":"divider"}]', "token": twin.bot_token}
    head = {"Authorization": f"Bearer {twin.bot_token}"}
    url = f"{twin.api_url}chat.postMessage"
    async with aiohttp.ClientSession() as session:
        for sent in (
            session.get(url, params=form),
            session.post(url, data=form),
            session.post(url, json={**form, "blocks": [{"type": "divider"}]}, headers=head),
        ):
            async with sent as answer:
                body = await answer.json()
                assert body["ok"] and body["message"]["blocks"][0]["type"] == "divider"
        async with session.post(url, data=b"{", headers={"Content-Type": "application/json"}) as answer:
            assert (await answer.json())["error"] == "invalid_json"


async def test_a_missing_scope_is_named_with_what_is_there(seed: Seed) -> None:
    manifest = dataclasses.replace(seed.app.manifest, scopes=("channels:read",), events=frozenset())
    poor = dataclasses.replace(seed, app=dataclasses.replace(seed.app, manifest=manifest))
    twin = await Twin.start(poor)
    web = AsyncWebClient(token=twin.bot_token, base_url=twin.api_url)
    here = twin.channel("#help").id
    answer = await refusal(web.chat_postMessage(channel=here, text="hi"))
    assert (answer["error"], answer["needed"], answer["provided"]) == (
        "missing_scope",
        "chat:write",
        "channels:read",
    )
    assert (await refusal(web.conversations_history(channel=here)))["needed"] == "channels:history"
    assert (await refusal(web.conversations_list(types="im")))["needed"] == "im:read"
    assert (await web.conversations_info(channel=here))["ok"]
    await twin.stop()


async def test_the_bot_posts_where_it_is_and_nowhere_else(twin: Twin, web: AsyncWebClient) -> None:
    general, board = twin.channel("#general").id, twin.channel("#board").id
    assert await code(web.chat_postMessage(channel=general, text="hi")) == "not_in_channel"
    assert await code(web.chat_postMessage(channel=board, text="hi")) == "channel_not_found"
    assert await code(web.chat_postMessage(channel="C0NOWHERE", text="hi")) == "channel_not_found"
    assert await code(web.conversations_history(channel=board)) == "channel_not_found"
    assert await code(web.conversations_history(channel=general)) == "not_in_channel"
    await web.conversations_join(channel=general)
    assert (await web.chat_postMessage(channel="#general", text="hi"))["channel"] == general
    twin.channel("#general").is_archived = True
    assert await code(web.chat_postMessage(channel=general, text="hi")) == "is_archived"


async def test_a_message_to_a_persons_id_goes_to_the_direct_conversation(
    twin: Twin, web: AsyncWebClient
) -> None:
    ana = twin.person("ana")
    answer = await web.chat_postMessage(channel=ana.id, text="hi")
    assert answer["channel"] == twin.dm("ana").id
    assert [one["text"] for one in twin.dm("ana").messages] == ["hi"]


async def test_text_is_stored_as_slack_stores_it(twin: Twin, web: AsyncWebClient, here: str) -> None:
    answer = await web.chat_postMessage(channel=here, text="a < b & <@U123> &amp;")
    message = answer["message"]
    assert message["text"] == "a &lt; b &amp; <@U123> &amp;"
    assert message["blocks"][0]["type"] == "rich_text"
    assert (message["bot_id"], message["user"], message["app_id"]) == (
        twin.bot_id,
        twin.bot_user_id,
        "A0SIGNAL01",
    )
    long = await web.chat_postMessage(channel=here, text="x" * 40_001)
    assert len(long["message"]["text"]) == 40_000


@pytest.mark.filterwarnings("ignore:The top-level `text` argument is missing")
async def test_what_cannot_be_posted_is_refused(web: AsyncWebClient, here: str) -> None:
    assert await code(web.chat_postMessage(channel=here, text="")) == "no_text"
    answer = await refusal(web.chat_postMessage(channel=here, text="x", blocks=[{"type": "section"}]))
    assert answer["error"] == "invalid_blocks"
    assert answer["errors"] == ["must define either `text` or `fields` [json-pointer:/blocks/0]"]
    assert answer["response_metadata"]["messages"] == [f"[ERROR] {answer['errors'][0]}"]
    assert (
        await code(web.api_call("chat.postMessage", json={"channel": here, "blocks": "[{"}))
        == "invalid_blocks_format"
    )
    markdown = [{"type": "markdown", "text": "x" * 7000}] * 2
    assert await code(web.chat_postMessage(channel=here, text="x", blocks=markdown)) == "msg_blocks_too_long"
    bad = {"event_type": "x"}
    assert await code(web.chat_postMessage(channel=here, text="x", metadata=bad)) == "invalid_metadata_schema"
    assert await code(web.api_call("chat.postMessage", json={"text": "x"})) == "invalid_arguments"


async def test_metadata_is_kept_and_shown_only_when_asked_for(
    twin: Twin, web: AsyncWebClient, here: str
) -> None:
    metadata = {"event_type": "card", "event_payload": {"key": "k1"}}
    posted = await web.chat_postMessage(channel=here, text="x", metadata=metadata)
    reply = await web.chat_postMessage(channel=here, text="y", thread_ts=posted["ts"], metadata=metadata)
    plain = await web.conversations_history(channel=here, limit=1)
    full = await web.conversations_history(channel=here, limit=1, include_all_metadata=True)
    assert "metadata" not in plain["messages"][0]
    assert full["messages"][0]["metadata"] == metadata
    await web.chat_update(channel=here, ts=reply["ts"], text="z")
    thread = await web.conversations_replies(channel=here, ts=posted["ts"], include_all_metadata=True)
    assert [one["metadata"] for one in thread["messages"]] == [metadata, metadata]


async def test_an_update_replaces_what_it_names(twin: Twin, web: AsyncWebClient, here: str) -> None:
    ts = (await web.chat_postMessage(channel=here, text="one", blocks=[actions(button("go"))]))["ts"]
    await web.chat_update(channel=here, ts=ts, blocks=[section("two")], text="two")
    shown = twin.channel("#help").get(ts)
    assert shown is not None and shown["blocks"][0]["type"] == "section" and "edited" not in shown
    await web.chat_update(channel=here, ts=ts, text="three")
    shown = twin.channel("#help").get(ts)
    assert (
        shown is not None
        and shown["blocks"][0]["type"] == "rich_text"
        and shown["edited"]["user"] == twin.bot_id
    )
    assert await code(web.chat_update(channel=here, ts="1.000001", text="x")) == "message_not_found"
    assert await code(web.chat_update(channel=here, ts=ts, text="x" * 4001)) == "msg_too_long"
    assert await code(web.chat_update(channel="#help", ts=ts, text="x")) == "channel_not_found"
    other = await twin.person("ana").post("#help", "mine")
    assert await code(web.chat_update(channel=here, ts=other, text="x")) == "cant_update_message"
    assert await code(web.chat_delete(channel=here, ts=other)) == "cant_delete_message"


async def test_deleting_a_root_with_replies_leaves_a_tombstone(
    twin: Twin, web: AsyncWebClient, here: str
) -> None:
    root = (await web.chat_postMessage(channel=here, text="root"))["ts"]
    reply = (await web.chat_postMessage(channel=here, text="reply", thread_ts=root))["ts"]
    await web.chat_delete(channel=here, ts=root)
    left = twin.channel("#help").thread(root)
    assert [(one.get("subtype"), one["text"]) for one in left] == [
        ("tombstone", "This message was deleted."),
        (None, "reply"),
    ]
    assert await code(web.chat_delete(channel=here, ts=root)) == "message_not_found"
    await web.chat_delete(channel=here, ts=reply)
    assert twin.channel("#help").thread(root) == []
    assert await code(web.conversations_replies(channel=here, ts=root)) == "thread_not_found"


async def test_replies_are_counted_on_the_root_and_stay_out_of_the_channel(
    twin: Twin, web: AsyncWebClient, here: str
) -> None:
    root = await twin.person("ana").post("#help", "root")
    first = await web.chat_postMessage(channel=here, text="one", thread_ts=root)
    await web.chat_postMessage(channel=here, text="two", thread_ts=first["ts"], reply_broadcast=True)
    top = (await web.conversations_history(channel=here))["messages"]
    assert [one["text"] for one in top] == ["two", "root", "Good morning"]
    assert (top[1]["reply_count"], top[1]["reply_users"]) == (2, [twin.bot_user_id])
    assert (top[0]["subtype"], top[0]["thread_ts"]) == ("thread_broadcast", root)
    thread = (await web.conversations_replies(channel=here, ts=root))["messages"]
    assert [one["text"] for one in thread] == ["root", "one", "two"]
    assert thread[1]["parent_user_id"] == twin.person("ana").id


async def test_a_reply_to_a_root_that_is_gone_appears_in_the_channel(
    twin: Twin, web: AsyncWebClient, here: str
) -> None:
    ana = twin.person("ana")
    root = await ana.post("#help", "root")
    await ana.delete("#help", root)
    answer = await web.chat_postMessage(channel=here, text="late", thread_ts=root)
    assert "thread_ts" not in answer["message"]
    assert twin.channel("#help").messages[-1]["text"] == "late"


async def test_history_comes_in_pages_newest_first(twin: Twin, web: AsyncWebClient, here: str) -> None:
    stamps = [await twin.person("ana").post("#help", f"m{at}") for at in range(5)]
    seen, cursor = [], None
    while True:
        part = await web.conversations_history(channel=here, limit=2, cursor=cursor)
        seen += [one["text"] for one in part["messages"]]
        if not part["has_more"]:
            break
        cursor = part["response_metadata"]["next_cursor"]
    assert seen == ["m4", "m3", "m2", "m1", "m0", "Good morning"]
    between = await web.conversations_history(channel=here, oldest=stamps[1], latest=stamps[3])
    assert [one["text"] for one in between["messages"]] == ["m2"]
    inclusive = await web.conversations_history(
        channel=here, oldest=stamps[1], latest=stamps[3], inclusive=True
    )
    assert [one["text"] for one in inclusive["messages"]] == ["m3", "m2", "m1"]
    assert await code(web.conversations_history(channel=here, cursor="x")) == "invalid_cursor"
    assert await code(web.conversations_history(channel=here, oldest="x")) == "invalid_ts_oldest"


async def test_threads_and_lists_come_in_pages_too(twin: Twin, web: AsyncWebClient, here: str) -> None:
    root = await twin.person("ana").post("#help", "root")
    for at in range(3):
        await twin.person("ana").post("#help", f"r{at}", root)
    first = await web.conversations_replies(channel=here, ts=root, limit=2)
    rest = await web.conversations_replies(
        channel=here, ts=root, limit=2, cursor=first["response_metadata"]["next_cursor"]
    )
    assert [one["text"] for one in first["messages"]] == ["root", "r0", "r1"]
    assert [one["text"] for one in rest["messages"]] == ["root", "r2"]
    names: list[str] = []
    async for part in await web.conversations_list(limit=1, types="public_channel,private_channel"):
        names += [one["name"] for one in part["channels"]]
    assert names == ["general", "help", "team-billing", "ext-rivers"]  # never a private channel it is not in
    people: list[str] = []
    async for part in await web.users_list(limit=2):
        people += [one["name"] for one in part["members"]]
    assert people == ["signalbox", "ana", "ben", "gil", "sam", "slackbot"]


async def test_people_are_found_by_id_and_address(twin: Twin, web: AsyncWebClient) -> None:
    found = (await web.users_lookupByEmail(email="BEN@harbor.example.com"))["user"]
    assert found["id"] == twin.person("ben").id
    assert await code(web.users_lookupByEmail(email="no@example.com")) == "users_not_found"
    assert await code(web.users_info(user="U0")) == "user_not_found"
    sam = (await web.users_info(user=twin.person("sam").id))["user"]
    assert (sam["is_stranger"], sam["team_id"]) == (False, "T0RIVERS01")  # they share a channel with the app
    gil = (await web.users_info(user=twin.person("gil").id))["user"]
    assert gil["is_restricted"] and not gil["is_bot"]
    groups = (await web.usergroups_list(include_users=True))["usergroups"]
    assert [(one["handle"], one["users"]) for one in groups] == [("billing", [twin.person("ben").id])]


async def test_addresses_are_hidden_without_their_scope(seed: Seed) -> None:
    scopes = tuple(one for one in seed.app.manifest.scopes if one != "users:read.email")
    manifest = dataclasses.replace(seed.app.manifest, scopes=scopes)
    twin = await Twin.start(dataclasses.replace(seed, app=dataclasses.replace(seed.app, manifest=manifest)))
    web = AsyncWebClient(token=twin.bot_token, base_url=twin.api_url)
    shown = (await web.users_info(user=twin.person("ana").id))["user"]
    assert "email" not in shown["profile"]
    assert await code(web.users_lookupByEmail(email="ana@harbor.example.com")) == "missing_scope"
    await twin.stop()


async def test_reactions_follow_slacks_rules(twin: Twin, web: AsyncWebClient, here: str) -> None:
    ts = await twin.person("ana").post("#help", "hello")
    await web.reactions_add(channel=here, timestamp=ts, name="eyes")
    assert await code(web.reactions_add(channel=here, timestamp=ts, name="eyes")) == "already_reacted"
    assert await code(web.reactions_add(channel=here, timestamp=ts, name="Eyes!")) == "invalid_name"
    assert (
        await code(web.reactions_add(channel=here, timestamp="1.000001", name="eyes")) == "message_not_found"
    )
    got = (await web.reactions_get(channel=here, timestamp=ts))["message"]["reactions"]
    assert got == [{"name": "eyes", "users": [twin.bot_user_id], "count": 1}]
    await web.reactions_remove(channel=here, timestamp=ts, name="eyes")
    assert await code(web.reactions_remove(channel=here, timestamp=ts, name="eyes")) == "no_reaction"


async def test_whispers_reach_members_only(twin: Twin, web: AsyncWebClient, here: str) -> None:
    ana, sam = twin.person("ana"), twin.person("sam")
    await web.chat_postEphemeral(channel=here, user=ana.id, text="psst")
    assert [one["text"] for one in ana.whispers("#help")] == ["psst"]
    assert twin.person("ben").whispers("#help") == []
    assert twin.channel("#help").messages[-1]["text"] == "Good morning"
    assert await code(web.chat_postEphemeral(channel=here, user=sam.id, text="psst")) == "user_not_in_channel"


async def test_files_keep_their_bytes(twin: Twin, web: AsyncWebClient, here: str) -> None:
    root = await twin.person("ana").post("#help", "root")
    done = await web.files_upload_v2(
        channel=here, content="a,b\n1,2\n", filename="report.csv", title="Report", thread_ts=root
    )
    message = twin.channel("#help").thread(root)[-1]
    shown = message["files"][0]
    assert (shown["name"], shown["title"], shown["size"]) == ("report.csv", "Report", 8)
    async with aiohttp.ClientSession() as session:
        head = {"Authorization": f"Bearer {twin.bot_token}"}
        async with session.get(shown["url_private"], headers=head) as answer:
            assert await answer.read() == b"a,b\n1,2\n"
        async with session.get(shown["url_private"], allow_redirects=False) as answer:
            assert answer.status == 302  # as Slack sends strangers to its login page
    listed = (await web.files_list(channel=here))["files"]
    assert [one["id"] for one in listed] == [done["file"]["id"]]
    await web.files_delete(file=done["file"]["id"])
    assert await code(web.files_info(file=done["file"]["id"])) == "file_not_found"
    assert len(twin.channel("#help").thread(root)) == 1


async def test_permalinks_name_the_thread(twin: Twin, web: AsyncWebClient, here: str) -> None:
    root = (await web.chat_postMessage(channel=here, text="root"))["ts"]
    reply = (await web.chat_postMessage(channel=here, text="reply", thread_ts=root))["ts"]
    link = (await web.chat_getPermalink(channel=here, message_ts=reply))["permalink"]
    assert link == (
        f"https://harbor.slack.com/archives/{here}/p{reply.replace('.', '')}?thread_ts={root}&cid={here}"
    )


async def test_timestamps_are_unique_and_increase_while_the_clock_stands(
    twin: Twin, clock: StoppedClock
) -> None:
    ana = twin.person("ana")
    stamps = [await ana.post("#help", "x") for _ in range(50)]
    assert stamps == sorted(set(stamps))
    clock.forward(seconds=10)
    assert (await ana.post("#help", "x")).startswith(str(int(clock.now().timestamp())))


async def test_calls_are_recorded_without_tokens(twin: Twin, web: AsyncWebClient, here: str) -> None:
    await web.chat_postMessage(channel=here, text="hi", token=twin.bot_token)
    call = twin.calls[-1]
    assert (call.method, call.args["text"], call.response["ok"]) == ("chat.postMessage", "hi", True)
    assert "token" not in call.args
