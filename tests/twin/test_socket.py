"""Socket Mode: delivery, acknowledgement, repetition, and connections that come and go."""

from __future__ import annotations

import dataclasses
import json

import aiohttp
import pytest
from aiohttp import WSMsgType
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from tests.twin.conftest import StoppedClock
from tests.twin.forms import actions, button
from tests.twin.listener import Listener
from twin.clock import SteppedClock
from twin.seed import Seed
from twin.server import Twin


def texts(listener: Listener) -> list[str]:
    return [event.get("text", "") for event in listener.events if event["type"] == "message"]


async def test_an_event_arrives_once_when_it_is_acknowledged(twin: Twin, clock: StoppedClock) -> None:
    listener = await Listener.open(twin)
    assert listener.frames[0]["type"] == "hello"
    assert listener.frames[0]["connection_info"] == {"app_id": "A0SIGNAL01"}
    await twin.person("ana").post("#help", "hello")
    await twin.idle()
    clock.forward(minutes=10)
    twin.tick()
    await twin.idle()
    assert texts(listener) == ["hello"]
    envelope = listener.envelopes[0]
    assert (envelope["type"], envelope["retry_attempt"], envelope["retry_reason"]) == ("events_api", 0, "")
    await listener.close()


async def test_an_unacknowledged_event_comes_again_at_once_after_a_minute_and_after_five(
    twin: Twin, clock: StoppedClock
) -> None:
    listener = await Listener.open(twin)
    listener.acks = False

    async def arrive(number: int) -> None:
        await twin.until(lambda: len(listener.envelopes) == number)

    await twin.person("ana").post("#help", "hello")
    await arrive(1)
    for arrived, pause in ((2, 0), (3, 60), (4, 300)):
        clock.forward(seconds=3)
        twin.tick()  # the deadline for the acknowledgement
        if pause:
            clock.forward(seconds=pause - 1)
            twin.tick()
            assert len(listener.envelopes) == arrived - 1
            clock.forward(seconds=1)
            twin.tick()
        await arrive(arrived)
    clock.forward(seconds=3)
    twin.tick()
    assert [one["retry_attempt"] for one in listener.envelopes] == [0, 1, 2, 3]
    assert {one["retry_reason"] for one in listener.envelopes[1:]} == {"timeout"}
    assert len({one["envelope_id"] for one in listener.envelopes}) == 4
    assert len({one["payload"]["event_id"] for one in listener.envelopes}) == 1
    assert [one["reason"] for one in twin.undelivered] == ["timeout"]
    await twin.idle()
    await listener.close()


async def test_a_late_acknowledgement_does_not_stop_the_repetition(twin: Twin, clock: StoppedClock) -> None:
    listener = await Listener.open(twin)
    listener.acks = False
    await twin.person("ana").post("#help", "hello")
    await twin.until(lambda: listener.envelopes)
    clock.forward(seconds=3)
    twin.tick()
    await listener.ack(listener.envelopes[0])
    await twin.until(lambda: len(listener.envelopes) == 2)
    await listener.ack(listener.envelopes[1])
    await twin.idle()
    assert not twin.undelivered
    await listener.close()


async def test_what_a_lost_connection_carried_goes_over_the_next(twin: Twin) -> None:
    first = await Listener.open(twin)
    first.acks = False
    await twin.person("ana").post("#help", "hello")
    await twin.until(lambda: first.envelopes)
    await twin.cut_connections()
    await twin.until(lambda: twin.connections == 0)
    second = await Listener.open(twin)
    await twin.idle()
    assert [(one["retry_attempt"], one["retry_reason"]) for one in second.envelopes] == [
        (1, "connection_failed")
    ]
    await first.close()
    await second.close()


async def test_events_wait_for_a_connection(twin: Twin) -> None:
    for at in range(3):
        await twin.person("ana").post("#help", f"m{at}")
    listener = await Listener.open(twin)
    await twin.idle()
    assert texts(listener) == ["m0", "m1", "m2"]
    await listener.close()


async def test_connections_share_the_load_in_turn(twin: Twin) -> None:
    listeners = [await Listener.open(twin) for _ in range(3)]
    assert [one.frames[0]["num_connections"] for one in listeners] == [1, 2, 3]
    for at in range(9):
        await twin.person("ana").post("#help", f"m{at}")
    await twin.idle()
    assert [len(one.envelopes) for one in listeners] == [3, 3, 3]
    assert sorted(text for one in listeners for text in texts(one)) == [f"m{at}" for at in range(9)]
    for one in listeners:
        await one.close()


async def test_a_click_is_tried_once_and_then_recorded(
    twin: Twin, web: AsyncWebClient, clock: StoppedClock
) -> None:
    listener = await Listener.open(twin)
    listener.acks = False
    await web.chat_postMessage(channel=twin.channel("#help").id, text="x", blocks=[actions(button("go"))])
    await twin.until(lambda: listener.envelopes)
    await listener.ack(listener.envelopes[0])
    await twin.person("ana").click(twin.channel("#help").messages[-1], "go")
    await twin.until(lambda: len(listener.envelopes) == 2)
    assert "retry_attempt" not in listener.envelopes[1]
    for _ in range(4):
        clock.forward(minutes=10)
        twin.tick()
    await twin.idle()
    assert len(listener.envelopes) == 2
    assert [(one["type"], one["reason"]) for one in twin.undelivered] == [("interactive", "timeout")]
    await listener.close()


async def test_the_app_hears_only_of_what_it_is_in_and_subscribed_to(twin: Twin) -> None:
    listener = await Listener.open(twin)
    ana = twin.person("ana")
    await ana.post("#general", "the bot is not here")
    await ana.post("#board", "nor here")
    ts = await ana.post("#help", "but here")
    await ana.react("#help", ts, "eyes")
    await twin.idle()
    assert [event["type"] for event in listener.events] == ["message", "reaction_added"]
    await listener.close()


async def test_what_the_manifest_does_not_subscribe_to_never_comes(seed: Seed) -> None:
    manifest = dataclasses.replace(seed.app.manifest, events=frozenset(("message.groups",)))
    twin = await Twin.start(dataclasses.replace(seed, app=dataclasses.replace(seed.app, manifest=manifest)))
    listener = await Listener.open(twin)
    ts = await twin.person("ana").post("#help", "@signalbox public")
    await twin.person("ben").react("#help", ts, "eyes")
    await twin.person("ana").post("#team-billing", "private")
    await twin.idle()
    assert texts(listener) == ["private"] and len(listener.envelopes) == 1
    await listener.close()
    await twin.stop()


async def test_a_ticket_opens_one_connection(twin: Twin, web: AsyncWebClient) -> None:
    opened = await web.apps_connections_open(app_token=twin.app_token)
    listener = await Listener.open(twin)
    session = listener.session
    async with session.ws_connect(str(opened["url"])):
        pass
    async with session.get(str(opened["url"]).replace("ws", "http", 1)) as answer:
        assert answer.status == 403
    await listener.close()


@pytest.fixture
def heard() -> list[str]:
    return []


async def _client(twin: Twin, heard: list[str]) -> SocketModeClient:
    """Connect the SDK's own client, which replaces its connection when it is asked to."""
    web = AsyncWebClient(token=twin.bot_token, base_url=twin.api_url)
    client = SocketModeClient(app_token=twin.app_token, web_client=web, ping_interval=0.1)

    async def listen(client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        heard.append(request.payload["event"]["text"])
        await client.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id))

    client.socket_mode_request_listeners.append(listen)
    await client.connect()  # type: ignore[no-untyped-call]
    await twin.connected()
    return client


async def test_the_sdks_client_replaces_a_connection_it_is_asked_to_leave(
    twin: Twin, heard: list[str]
) -> None:
    client = await _client(twin, heard)
    before = client.current_session
    twin.refresh_connections()
    await twin.person("ana").post("#help", "meanwhile")
    await twin.until(lambda: heard == ["meanwhile"])
    assert client.current_session is not before
    await client.close()  # type: ignore[no-untyped-call]


async def test_idle_waits_for_a_client_that_is_replacing_its_connection(twin: Twin, heard: list[str]) -> None:
    client = await _client(twin, heard)
    twin.refresh_connections("warning")
    await twin.idle()
    assert [call.method for call in twin.calls].count("apps.connections.open") == 2 and twin.ws.road.is_open()
    await client.close()  # type: ignore[no-untyped-call]


async def test_idle_does_not_wait_for_long_for_an_app_that_stays(twin: Twin) -> None:
    listener = await Listener.open(twin)
    twin.refresh_connections("warning")
    await twin.idle()
    assert twin.connections == 1
    await listener.close()


async def test_the_sdks_client_comes_back_after_a_cut(twin: Twin, heard: list[str]) -> None:
    client = await _client(twin, heard)
    await twin.cut_connections()
    await twin.until(lambda: twin.connections == 0)
    await twin.person("ana").post("#help", "meanwhile")
    await twin.until(lambda: heard == ["meanwhile"])
    await client.close()  # type: ignore[no-untyped-call]


async def test_a_connection_is_warned_refreshed_and_ended(twin: Twin, clock: StoppedClock) -> None:
    listener = await Listener.open(twin)
    assert listener.frames[0]["debug_info"]["approximate_connection_time"] == 18060

    async def pass_by(seconds: float, frames: int) -> None:
        clock.forward(seconds=seconds)
        twin.tick()
        await twin.until(lambda: len(listener.frames) == frames)

    await pass_by(18049, 1)
    await pass_by(1, 2)
    await twin.person("ana").post("#help", "waits a moment for the next connection")
    assert len(listener.frames) == 2 and twin.host.courier.waiting == 1
    await pass_by(2, 3)  # nobody came
    await pass_by(8, 4)
    assert [one.get("reason") for one in listener.frames if one["type"] == "disconnect"] == [
        "warning",
        "refresh_requested",
    ]
    clock.forward(seconds=30)
    twin.tick()
    await twin.until(lambda: twin.connections == 0)
    await listener.close()


async def test_debug_reconnects_makes_connections_short_lived(twin: Twin, clock: StoppedClock) -> None:
    listener = await Listener.open(twin, "&debug_reconnects=true")
    assert listener.frames[0]["debug_info"]["approximate_connection_time"] == 360
    clock.forward(seconds=350)
    twin.tick()
    await twin.until(lambda: listener.frames[-1].get("reason") == "warning")
    await listener.close()


async def test_an_eleventh_connection_is_turned_away(twin: Twin, web: AsyncWebClient) -> None:
    twin.host.road.turned_away_seconds = 0
    listeners = [await Listener.open(twin) for _ in range(10)]
    opened = await web.apps_connections_open(app_token=twin.app_token)
    async with listeners[0].session.ws_connect(str(opened["url"])) as eleventh:
        said = await eleventh.receive_json()
        assert (said["type"], said["reason"]) == ("disconnect", "too_many_websockets")
        assert (await eleventh.receive()).type.name == "CLOSE"
    assert twin.connections == 10
    for one in listeners:
        await one.close()


async def test_an_acknowledgement_counts_over_whichever_connection(twin: Twin, clock: StoppedClock) -> None:
    first, second = await Listener.open(twin), await Listener.open(twin)
    first.acks = second.acks = False
    await twin.person("ana").post("#help", "hello")
    await twin.until(lambda: first.envelopes)
    await second.ack(first.envelopes[0])
    await twin.idle()
    await first.close()
    await twin.until(lambda: twin.connections == 1)
    assert second.envelopes == [] and twin.host.courier.delivered == 1
    await second.close()


async def test_what_a_replaced_connection_carried_may_be_acknowledged_over_the_new_one(twin: Twin) -> None:
    old = await Listener.open(twin)
    old.acks = False
    await twin.person("ana").post("#help", "hello")
    await twin.until(lambda: old.envelopes)
    twin.refresh_connections()
    await old.close()
    await twin.until(lambda: twin.connections == 0)
    new = await Listener.open(twin)
    await new.ack(old.envelopes[0])
    await twin.idle()
    assert new.envelopes == [] and not twin.undelivered
    await new.close()


async def test_a_repetition_goes_over_another_connection_at_once_when_its_own_dies(
    twin: Twin, clock: StoppedClock
) -> None:
    first = await Listener.open(twin)
    first.acks = False
    await twin.person("ana").post("#help", "hello")
    await twin.until(lambda: first.envelopes)
    clock.forward(seconds=3)
    twin.tick()
    await twin.until(lambda: len(first.envelopes) == 2)
    second = await Listener.open(twin)
    await first.close()
    await twin.idle()
    assert [(one["retry_attempt"], one["retry_reason"]) for one in second.envelopes] == [
        (2, "connection_failed")
    ]
    await second.close()


async def test_the_twin_pings(twin: Twin) -> None:
    twin.host.road.ping_seconds = 0.01
    opened = await AsyncWebClient(base_url=twin.api_url).apps_connections_open(app_token=twin.app_token)
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(str(opened["url"]), autoping=False) as ws:
            kinds = [(await ws.receive()).type.name for _ in range(3)]
    assert kinds == ["TEXT", "PING", "PING"]


async def test_a_frame_is_sent_as_it_is_to_every_connection_and_is_no_delivery(
    twin: Twin, web: AsyncWebClient
) -> None:
    opened = [await web.apps_connections_open(app_token=twin.app_token) for _ in range(2)]
    sent = (
        ("{", "text", WSMsgType.TEXT),
        (b"\0\xff", "binary", WSMsgType.BINARY),
        (b"", "ping", WSMsgType.PING),
        ("half", "pong", WSMsgType.PONG),
    )
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(str(opened[0]["url"]), autoping=False) as one,
        session.ws_connect(str(opened[1]["url"]), autoping=False) as other,
    ):
        await twin.connected(2)
        for data, kind, _ in sent:
            twin.send_frame(data, kind)  # type: ignore[arg-type]
        for ws in (one, other):
            heard = [await ws.receive() for _ in range(5)]
            assert json.loads(heard[0].data)["type"] == "hello"
            assert [frame.type for frame in heard[1:]] == [kind for _, _, kind in sent]
            assert [frame.data for frame in heard[1:]] == ["{", b"\0\xff", b"", b"half"]
        await twin.idle()
        assert not twin.host.courier.log and not twin.undelivered


async def test_the_sdks_client_keeps_up_while_days_are_stepped(seed: Seed, heard: list[str]) -> None:
    twin = await Twin.start(seed, clock=SteppedClock(running=False))
    client = await _client(twin, heard)
    for day in range(3):
        await twin.advance(24 * 3600)
        await twin.person("ana").post("#help", f"day {day}")
    await twin.until(lambda: len(heard) == 3)
    await twin.idle()
    assert heard == ["day 0", "day 1", "day 2"]
    opened = [one.at for one in twin.calls if one.method == "apps.connections.open"]
    assert len(opened) > 12 and twin.connections == 1 and not twin.undelivered
    await client.close()  # type: ignore[no-untyped-call]
    await twin.stop()
