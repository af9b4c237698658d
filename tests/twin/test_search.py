"""Full-text search: what is found, how it is narrowed down, and what stays hidden."""

from __future__ import annotations

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.twin.conftest import StoppedClock
from twin.server import Twin
from twin.words import Refused


async def test_every_word_must_be_there_and_the_newest_comes_first(twin: Twin, web: AsyncWebClient) -> None:
    ana, ben = twin.person("ana"), twin.person("ben")
    first = await ana.post("#help", "the invoice of October is wrong")
    await ben.post("#help", "which Invoice do you mean, @ana?", first)
    await web.chat_postMessage(channel=twin.channel("#help").id, text="Invoice received")
    found = [one["text"] for one in ana.search("invoice")]
    assert found[0] == "Invoice received" and len(found) == 3
    assert [one["ts"] for one in ana.search("INVOICE october")] == [first]
    assert len(ana.search('"invoice of"')) == 1 and ana.search('"of invoice"') == []
    assert len(ana.search("invoice from:@ben")) == len(ana.search("from:@ben @ana")) == 1
    assert ana.search("nothing-like-it") == [] == ana.search("")


async def test_filters_narrow_a_search_down(twin: Twin, clock: StoppedClock) -> None:
    ana, ben = twin.person("ana"), twin.person("ben")
    ts = await ana.post("#help", "see https://example.com")
    await ana.react("#help", ts, "eyes")
    await ana.upload("#team-billing", "plan.csv", b"1", text="numbers")
    clock.forward(days=2)
    await ben.post("@ana", "between us")
    assert (
        [one["ts"] for one in ana.search("has:link")]
        == [ts]
        == [one["ts"] for one in ana.search("has:reaction")]
    )
    assert [one["files"][0]["name"] for one in ana.search("has:file")] == ["plan.csv"]
    assert [one["text"] for one in ana.search("plan")] == ["numbers"]  # the file's name counts
    assert [one["text"] for one in ana.search("in:@ben")] == ["between us"]
    assert [one["text"] for one in ana.search("after:2026-11-24 from:@ben")] == ["between us"]
    assert ana.search("numbers before:2026-11-23") == [] and len(ana.search("numbers on:2026-11-23")) == 1
    with pytest.raises(Refused, match="takes a day such as"):
        ana.search("before:christmas")
    with pytest.raises(Refused, match="no conversation '#nowhere'"):
        ana.search("in:#nowhere")


async def test_nobody_finds_what_they_may_not_see(twin: Twin) -> None:
    ana = twin.person("ana")
    await ana.post("#board", "the secret word is heron")
    await ana.post(await ana.dm("ben"), "heron, I said")
    await ana.post("#ext-rivers", "no heron here")
    assert len(ana.search("heron")) == 3
    assert [one["text"] for one in twin.person("ben").search("heron")] == ["no heron here", "heron, I said"]
    assert twin.person("gil").search("heron") == []
    async with aiohttp.ClientSession() as session:
        query = {"as": "ben", "q": "heron", "limit": "1"}
        async with session.get(f"{twin.url}/twin/search", params=query) as answer:
            body = await answer.json()
    assert (body["total"], len(body["messages"])) == (2, 1)
    assert body["messages"][0]["channel"] == twin.channel("#ext-rivers").id
