"""Previews an app gives for links to its own domains."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.twin.forms import actions, button, section
from tests.twin.listener import Listener
from tests.twin.refused import code
from twin import links
from twin.server import Twin
from twin.words import Json

ONE = "https://links.example.com/1?a=1&b=2"
DEEP = "https://docs.links.example.com/x"


@pytest.fixture
async def told(twin: Twin) -> Any:
    listener = await Listener.open(twin)
    yield listener
    await listener.close()


async def shared(twin: Twin, told: Listener) -> Json:
    await twin.idle()
    return next(one for one in reversed(told.events) if one["type"] == "link_shared")


async def test_a_posted_link_reaches_the_app_and_gets_a_card(
    twin: Twin, web: AsyncWebClient, told: Listener
) -> None:
    ana, help_ = twin.person("ana"), twin.channel("#help")
    ts = await ana.post("#help", f"see {ONE} and {DEEP} and https://example.org, {ONE}")
    event = await shared(twin, told)
    assert event["links"] == [
        {"domain": "links.example.com", "url": ONE},
        {"domain": "links.example.com", "url": DEEP},
    ]
    assert (event["user"], event["channel"], event["message_ts"]) == (ana.id, help_.id, ts)
    assert (event["source"], event["is_bot_user_member"]) == ("conversations_history", True)
    card = {"blocks": [section("One"), actions(button("open"))]}
    await web.chat_unfurl(unfurl_id=event["unfurl_id"], source=event["source"], unfurls={ONE: card})
    await web.chat_unfurl(channel=help_.id, ts=ts, unfurls={DEEP: {"title": "Deep"}})
    await web.chat_unfurl(channel=help_.id, ts=ts, unfurls={ONE: {"title": "One again"}})
    message = help_.get(ts)
    assert message is not None
    cards = message["attachments"]
    assert [(one["id"], one["from_url"], one["title"], one["is_app_unfurl"]) for one in cards] == [
        (1, DEEP, "Deep", True),
        (2, ONE, "One again", True),
    ]
    await twin.idle()
    assert told.events[-1]["subtype"] == "message_changed" and "edited" not in message


async def test_the_app_hears_of_links_where_it_is_not_and_in_edits(twin: Twin, told: Listener) -> None:
    ana = twin.person("ana")
    await ana.post("#board", ONE)
    event = await shared(twin, told)
    assert (event["channel"], event["is_bot_user_member"]) == (twin.channel("#board").id, False)
    ts = await ana.post("#help", f"{ONE} is")
    await ana.edit("#help", ts, f"{ONE} was, {DEEP} is")
    assert [one["url"] for one in (await shared(twin, told))["links"]] == [DEEP]


async def test_the_apps_own_links_and_other_domains_are_not_told(
    twin: Twin, web: AsyncWebClient, told: Listener
) -> None:
    here = twin.channel("#help").id
    mine = await web.chat_postMessage(channel=here, text=f"mine <{ONE}>")
    await twin.person("ana").post("#help", "https://example.org and https://notlinks.example.com")
    await twin.idle()
    assert not [one for one in told.events if one["type"] == "link_shared"]
    refused = web.chat_unfurl(channel=here, ts=mine["ts"], unfurls={ONE: {"title": "x"}})
    assert await code(refused) == "cannot_unfurl_url"


async def test_a_link_that_is_being_typed_brings_its_card_along(
    twin: Twin, web: AsyncWebClient, told: Listener
) -> None:
    ana = twin.person("ana")
    id = links.typed(twin.ws, ana.id, f"look: {ONE}")
    event = await shared(twin, told)
    assert (event["source"], event["channel"], event["unfurl_id"]) == ("composer", "COMPOSER", id)
    await web.chat_unfurl(unfurl_id=id, source="composer", unfurls={ONE: {"title": "Early"}})
    ts = await ana.post("#help", f"look: {ONE}")
    message = twin.channel("#help").get(ts)
    assert message is not None and message["attachments"][0]["title"] == "Early"


async def test_somebody_is_asked_to_connect(twin: Twin, web: AsyncWebClient) -> None:
    ana, here = twin.person("ana"), twin.channel("#help").id
    ts = await ana.post("#help", ONE)
    await web.chat_unfurl(
        channel=here, ts=ts, user_auth_required=True, user_auth_url="https://example.com/connect"
    )
    assert "https://example.com/connect" in ana.whispers("#help")[-1]["text"]
    await web.chat_unfurl(channel=here, ts=ts, user_auth_message="Please connect")
    assert ana.whispers("#help")[-1]["text"] == "Please connect"


async def test_a_work_object_becomes_a_card(twin: Twin, web: AsyncWebClient) -> None:
    here = twin.channel("#help").id
    ts = await twin.person("ana").post("#help", ONE)
    entity: Json = {
        "entity_type": "slack#/entities/task",
        "url": "https://links.example.com/1",
        "app_unfurl_url": ONE,
        "external_ref": {"id": "1"},
        "entity_payload": {
            "attributes": {"title": {"text": "Fix it"}, "product_name": "Tracker"},
            "fields": {
                "status": {"value": "open"},
                "assignee": {"type": "slack#/types/user", "user": {"user_id": "U1"}},
            },
            "custom_fields": [{"key": "k", "label": "Kind", "type": "string", "value": "bug"}],
            "display_order": ["k", "status"],
        },
    }
    await web.chat_unfurl(channel=here, ts=ts, metadata={"entities": [entity]})
    message = twin.channel("#help").get(ts)
    assert message is not None
    card = message["attachments"][0]
    assert (card["title"], card["footer"], card["from_url"]) == ("Fix it", "Tracker", ONE)
    assert [(one["title"], one["value"]) for one in card["fields"]] == [
        ("Kind", "bug"),
        ("Status", "open"),
        ("Assignee", "<@U1>"),
    ]
    posted = await web.chat_postMessage(channel=here, text="made", metadata={"entities": [entity]})
    assert posted["message"]["attachments"][0]["title"] == "Fix it"
    bad = {"entities": [{**entity, "external_ref": {}}]}
    assert await code(web.chat_unfurl(channel=here, ts=ts, metadata=bad)) == "invalid_metadata_schema"


async def test_what_slack_refuses(twin: Twin, web: AsyncWebClient) -> None:
    here = twin.channel("#help").id
    ts = await twin.person("ana").post("#help", ONE)
    card = {ONE: {"title": "x"}}
    unfurl = web.chat_unfurl
    assert await code(unfurl(channel=here, ts=ts)) == "missing_unfurls"
    assert await code(unfurl(channel=here, unfurls=card)) == "missing_ts"
    assert await code(unfurl(ts=ts, unfurls=card)) == "missing_channel"
    assert await code(unfurl(source="composer", unfurls=card)) == "missing_unfurl_id"
    assert await code(unfurl(unfurl_id="x", unfurls=card)) == "missing_source"
    assert await code(unfurl(unfurl_id="x", source="elsewhere", unfurls=card)) == "invalid_source"
    assert await code(unfurl(unfurl_id="x", source="composer", unfurls=card)) == "invalid_unfurl_id"
    assert await code(unfurl(channel="C0NO", ts=ts, unfurls=card)) == "cannot_find_channel"
    assert await code(unfurl(channel=here, ts="1.0", unfurls=card)) == "cannot_find_message"
    assert await code(unfurl(channel=here, ts=ts, unfurls={DEEP: {}})) == "cannot_unfurl_message"
    assert await code(unfurl(channel=here, ts=ts, unfurls={"https://example.org": {}})) == "cannot_unfurl_url"
    broken = {"channel": here, "ts": ts, "unfurls": "{"}
    assert await code(web.api_call("chat.unfurl", json=broken)) == "invalid_unfurls_format"
