"""The admin API: what passed between app and twin, what goes wrong on purpose, the clock, and what Inspect finds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.twin.bolt import Bot, bolt, card
from tests.twin.listener import Listener
from twin.clock import SteppedClock
from twin.ledger import Ledger
from twin.seed import Seed
from twin.server import Twin

Json = dict[str, Any]
START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class Admin:
    """What the workshop on the page asks."""

    def __init__(self, twin: Twin, session: aiohttp.ClientSession) -> None:
        self._url, self._session = f"{twin.url}/twin/admin/", session

    async def get(self, path: str, **query: str) -> Json:
        async with self._session.get(self._url + path, params=query) as answer:
            body: Json = await answer.json()
            return body

    async def post(self, path: str, **body: Any) -> Json:
        async with self._session.post(self._url + path, json=body) as answer:
            said: Json = await answer.json()
            return said

    async def about(self, **query: str) -> list[str]:
        """Name what Inspect shows: methods and events, oldest first."""
        rows = (await self.get("about", **query))["rows"]
        assert [row["n"] for row in rows] == sorted(row["n"] for row in rows)
        return [row.get("method") or row["name"] for row in rows]


@pytest.fixture
async def twin(seed: Seed) -> AsyncIterator[Twin]:
    running = await Twin.start(seed, clock=SteppedClock(START, running=False))
    yield running
    await running.stop()


@pytest.fixture
async def bot(twin: Twin) -> AsyncIterator[Bot]:
    async with bolt(twin) as running:
        yield running


@pytest.fixture
async def admin(twin: Twin) -> AsyncIterator[Admin]:
    async with aiohttp.ClientSession() as session:
        yield Admin(twin, session)


async def test_faults_are_set_counted_and_cleared(twin: Twin, web: AsyncWebClient, admin: Admin) -> None:
    set_ = (await admin.post("faults", method="auth.test", kind="error", error="fatal_error", times=0))[
        "fault"
    ]
    await admin.post("faults", method="*", kind="ratelimit", channel="#help", retry_after=7)
    lost = (await admin.post("deliveries", event="message", kind="lose"))["delivery"]
    for _ in range(2):
        assert (await web.api_call("api.test")).get("ok")
        with pytest.raises(Exception, match="fatal_error"):
            await web.auth_test()

    state = await admin.get("state")

    assert [(one["method"], one["kind"], one["hits"], one["times"]) for one in state["faults"]] == [
        ("auth.test", "error", 2, 0),
        ("*", "ratelimit", 0, 1),
    ]
    assert state["faults"][1]["channel"] == twin.channel("#help").id
    assert [one["id"] for one in state["deliveries"]] == [lost["id"]]
    assert (await admin.post("faults/clear", id=set_["id"]))["ok"]
    assert (await admin.post("faults/clear", id=set_["id"]))["error"] == "fault_not_found"
    assert (await admin.post("deliveries/clear"))["ok"]
    assert (await web.auth_test())["ok"]
    assert len((await admin.get("state"))["faults"]) == 1
    assert (await admin.get("state"))["deliveries"] == []


@pytest.mark.parametrize(
    ("path", "body", "say"),
    [
        ("faults", {"method": "*", "kind": "explode"}, "kind must be ratelimit, error"),
        (
            "faults",
            {"method": "*", "kind": "error", "time": 1},
            "time means nothing here; known: method, kind",
        ),
        ("faults", {"kind": "error", "times": -1}, "times must be at least 0"),
        ("faults", {"kind": "error", "times": 1.5}, "times must be a whole number"),
        ("faults", {"kind": "error", "method": 7}, "method must be text"),
        ("faults/release", {"id": "F99"}, "no fault 'F99'"),
        ("deliveries", {"event": "message"}, "kind is missing"),
        ("limits", {"enabled": "yes"}, "enabled must be true or false"),
        ("connections", {"do": "burn"}, "do must be refresh, cut, close"),
        ("clock", {"to": "tomorrow"}, "to must be a time such as"),
        ("clock", {"to": "2026-11-23T10:00:00"}, "must say its zone"),
        ("clock", {"to": "2026-11-23T08:00:00Z"}, "cannot go back"),
        ("clock", {"advance_s": "60"}, "advance_s must be a number"),
        ("request_url", {"url": "http://example.com/slack/events"}, "this machine"),
        ("record", {"do": "sing"}, "do must be start, stop, clear"),
    ],
)
async def test_what_makes_no_sense_is_refused_in_a_sentence(
    admin: Admin, path: str, body: Json, say: str
) -> None:
    answer = await admin.post(path, **body)

    assert not answer["ok"] and say in answer["say"]


async def test_the_traffic_goes_on_where_the_last_look_ended(
    twin: Twin, web: AsyncWebClient, admin: Admin
) -> None:
    listener = await Listener.open(twin)
    listener.acks = False
    await web.chat_postMessage(channel="#help", text="one")
    await twin.person("ana").post("#help", "two")
    await twin.until(lambda: len(listener.events) == 2)
    first = await admin.get("traffic", limit="2")
    rest = await admin.get("traffic", since=str(first["next"]))

    rows = first["rows"] + rest["rows"]
    assert {row["way"] for row in rows} == {"call", "delivery"}
    posted = next(row for row in rows if row.get("method") == "chat.postMessage")
    assert (posted["args"]["text"], posted["status"], posted["response"]["ok"]) == ("one", 200, True)
    heard = [row for row in rows if row["way"] == "delivery"]
    assert [(row["name"], row["attempts"][0]["outcome"]) for row in heard] == [("message", "waiting")] * 2
    assert (await admin.get("traffic", since=str(rest["next"])))["rows"] == []

    await listener.ack(listener.envelopes[1])
    await twin.until(lambda: twin.ws.courier.delivered)
    later = (await admin.get("traffic", since=str(rest["next"])))["rows"]

    assert [(row["n"], row["attempts"][0]["outcome"]) for row in later] == [(heard[1]["n"], "acked")]
    await listener.close()


async def test_inspect_shows_who_made_changed_and_named_a_message(twin: Twin, bot: Bot, admin: Admin) -> None:
    ana, here = twin.person("ana"), twin.channel("#help").id
    message = await card(twin)
    await bot.web.chat_update(channel=here, ts=message["ts"], text="new", blocks=message["blocks"])
    await bot.web.reactions_add(channel=here, timestamp=message["ts"], name="eyes")
    await bot.web.chat_postMessage(channel=here, text="below", thread_ts=message["ts"])
    await ana.click(message, "open_too", value="2")
    await twin.idle()
    hook = bot.last("block_actions")["response_url"]
    async with aiohttp.ClientSession() as session:
        await session.post(hook, json={"text": "beside", "response_type": "in_channel"})
    beside = twin.channel("#help").messages[-1]

    assert await admin.about(channel=here, ts=message["ts"]) == [
        *("chat.postMessage", "message"),
        *("chat.update", "message.message_changed"),
        *("reactions.add", "reaction_added"),
        *("chat.postMessage", "message"),
        "block_actions",
    ]
    assert await admin.about(channel=here, ts=beside["ts"]) == [
        *("block_actions", "response_url", "message.bot_message")
    ]


async def test_inspect_leads_from_a_modal_to_the_click_and_from_an_answer_to_its_command(
    twin: Twin, bot: Bot, admin: Admin
) -> None:
    ana, here = twin.person("ana"), twin.channel("#help").id
    message = await card(twin)
    await ana.click(message, "open")
    view = await ana.modal()
    await ana.submit({"said": "hi"})
    await ana.command("#help", "/signalbox queue")
    whisper = await twin.until(lambda: next(iter(ana.whispers("#help")), None))

    assert await admin.about(view=view["id"]) == ["block_actions", "views.open", "view_submission"]
    assert await admin.about(channel=here, ts=whisper["ts"]) == ["/signalbox"]


async def test_inspect_shows_how_a_file_came_and_the_whole_thread_if_asked(
    twin: Twin, web: AsyncWebClient, admin: Admin
) -> None:
    ben, here = twin.person("ben"), twin.channel("#help").id
    root = await ben.post("#help", "root")
    await web.files_upload_v2(channel=here, thread_ts=root, filename="a.txt", content="hello")
    reply = twin.channel("#help").replies(root)[0]["ts"]
    await web.reactions_add(channel=here, timestamp=reply, name="eyes")

    upload = ["files.getUploadURLExternal", "file_upload", "files.completeUploadExternal"]
    liked = ["reactions.add", "reaction_added"]

    assert await admin.about(channel=here, ts=reply) == [*upload, "file_shared", "message.file_share", *liked]
    assert await admin.about(channel=here, ts=root) == ["message", upload[-1], "message.file_share"]
    whole = await admin.about(channel=here, ts=root, thread="1")
    assert whole == ["message", *upload, "file_shared", "message.file_share", *liked]
    assert (await admin.get("about", channel=here))["error"] == "invalid_arguments"


async def test_the_clock_is_stepped_set_stopped_and_started(twin: Twin, admin: Admin) -> None:
    assert (await admin.get("state"))["clock"]["now"] == START.isoformat()
    assert (await admin.post("clock", advance_s=90))["now"] == "2026-11-23T09:01:30+00:00"
    assert (await admin.post("clock", to="2026-11-24T10:00:00+01:00"))["now"] == "2026-11-24T09:00:00+00:00"
    assert (await admin.post("clock", running=True))["ok"]
    running = (await admin.get("state"))["clock"]
    assert running["is_running"] and running["now"] > "2026-11-24T09:00:00"
    assert (await admin.post("clock", running=False))["ok"]
    stopped = (await admin.get("state"))["clock"]["now"]
    assert (await admin.get("state"))["clock"]["now"] == stopped


async def test_connections_and_limits_are_in_its_hand(twin: Twin, admin: Admin) -> None:
    first, second = await Listener.open(twin), await Listener.open(twin)
    state = await admin.get("state")
    assert (state["road"], state["request_url"], state["connections"]) == ("socket", "", 2)
    assert (await admin.post("limits", enabled=True))["ok"] and twin.limits.enabled

    await admin.post("connections", do="refresh")
    await twin.until(lambda: first.frames[-1]["type"] == "disconnect")
    await admin.post("connections", do="cut")
    await twin.until(lambda: (twin.connections, first.ws.closed, second.ws.closed) == (0, True, True))
    third = await Listener.open(twin)
    await admin.post("connections", do="close")
    await twin.until(lambda: twin.connections == 0 and third.ws.closed)

    for listener in (first, second, third):
        await listener.close()


async def test_a_ledger_forgets_its_oldest_rows_by_number_and_by_weight() -> None:
    class Row:
        def __init__(self, size: int) -> None:
            self.size = size

    kept: Ledger[Row] = Ledger(3, 100)
    kept.extend(Row(10) for _ in range(5))
    assert (len(kept), kept.size) == (3, 30)
    kept.append(Row(85))
    assert [row.size for row in kept] == [10, 85]
    kept.append(Row(101))
    assert (len(kept), kept.size) == (0, 0)
