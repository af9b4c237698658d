"""Delivery over HTTP: signatures, encodings, answers, repetitions, redirects, and how the road is chosen."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from tests.twin import forms
from tests.twin.address import Address, Heard, listening
from tests.twin.conftest import StoppedClock
from tests.twin.forms import actions, ask, button, modal, typing
from tests.twin.listener import Listener
from twin.manifest import Command
from twin.seed import Seed, SeedError
from twin.server import Twin
from twin.words import Refused


@pytest.fixture
async def app(twin: Twin) -> AsyncIterator[Address]:
    async with listening() as address:
        await twin.use_request_url(f"{address.url}/slack/events")
        yield address


def of_app(seed: Seed, **manifest: Any) -> Seed:
    changed = dataclasses.replace(seed.app.manifest, **manifest)
    return dataclasses.replace(seed, app=dataclasses.replace(seed.app, manifest=changed))


async def test_an_event_comes_signed_as_json(twin: Twin, app: Address) -> None:
    await twin.person("ana").post("#help", "größer <&")
    await twin.idle()
    [heard] = app.heard
    assert heard.headers["content-type"] == "application/json"
    assert heard.headers["user-agent"] == "Slackbot 1.0 (+https://api.slack.com/robots)"
    assert heard.retry == (None, None)
    assert heard.json["type"] == "event_callback" and "größer" in heard.json["event"]["text"]
    verifier = SignatureVerifier(twin.signing_secret)
    assert verifier.is_valid_request(heard.body, heard.headers)
    assert not verifier.is_valid_request(heard.body + b" ", heard.headers)


async def test_clicks_and_commands_come_as_forms(twin: Twin, app: Address, web: AsyncWebClient) -> None:
    await web.chat_postMessage(channel=twin.channel("#help").id, text="x", blocks=[actions(button("go"))])
    await twin.person("ana").click(twin.channel("#help").messages[-1], "go")
    await twin.person("ana").command("#help", "/signalbox one & two=3")
    await twin.idle()
    click, command = app.heard[-2:]
    assert {one.headers["content-type"] for one in (click, command)} == {"application/x-www-form-urlencoded"}
    assert click.body.startswith(b"payload=") and click.json["type"] == "block_actions"
    assert command.json["command"] == "/signalbox" and command.json["text"] == "one & two=3"
    assert command.json["response_url"].startswith(twin.url)
    verifier = SignatureVerifier(twin.signing_secret)
    assert all(verifier.is_valid_request(one.body, one.headers) for one in (click, command))


async def test_what_fails_comes_again_at_once_after_a_minute_and_after_five(
    twin: Twin, app: Address, clock: StoppedClock
) -> None:
    app.answer = lambda heard: web.Response(status=500)
    await twin.person("ana").post("#help", "hello")
    await twin.until(lambda: len(app.heard) == 2)
    for number, pause in ((3, 60), (4, 300)):
        await twin.until(lambda: twin.host.courier.log[-1].attempts[-1].outcome == "refused")
        clock.forward(seconds=pause - 1)
        twin.tick()
        assert len(app.heard) == number - 1
        clock.forward(seconds=1)
        twin.tick()
        await twin.until(lambda number=number: len(app.heard) == number)  # type: ignore[misc]
    await twin.idle()
    assert app.retries == [(None, None), ("1", "http_error"), ("2", "http_error"), ("3", "http_error")]
    assert len({one.json["event_id"] for one in app.heard}) == 1
    [record] = [one for one in twin.host.courier.log if one.name == "message"]
    assert [(one.outcome, one.status) for one in record.attempts] == [("refused", 500)] * 4
    assert [one["reason"] for one in twin.undelivered] == ["http_error"]


async def test_a_refusal_may_ask_for_no_repetition(twin: Twin, app: Address) -> None:
    app.answer = lambda heard: web.Response(status=404, headers={"X-Slack-No-Retry": "1"})
    await twin.person("ana").post("#help", "hello")
    await twin.idle()
    assert len(app.heard) == 1 and len(twin.undelivered) == 1


async def test_who_takes_longer_than_three_seconds_hears_it_again(
    twin: Twin, app: Address, clock: StoppedClock
) -> None:
    answered = asyncio.Event()

    async def late(heard: Heard) -> web.Response:
        if heard.retry[0] is None:
            await answered.wait()
        return web.Response()

    app.answer = late
    await twin.person("ana").post("#help", "hello")
    await twin.until(lambda: app.heard)
    clock.forward(seconds=3)
    twin.tick()
    await twin.idle()
    answered.set()
    assert app.retries == [(None, None), ("1", "http_timeout")]
    assert [one.outcome for one in twin.host.courier.log[-1].attempts] == ["timeout", "acked"]
    assert not twin.undelivered


async def test_an_app_that_is_down_hears_it_when_it_is_up(
    twin: Twin, app: Address, clock: StoppedClock
) -> None:
    here = twin.host.request_url
    async with listening() as gone:
        pass
    twin.host.choose_road(twin.ws.seed.app, gone.url)
    await twin.person("ana").post("#help", "hello")
    with pytest.raises(TimeoutError):
        await twin.idle(timeout=0.05)
    twin.host.choose_road(twin.ws.seed.app, here)
    clock.forward(seconds=60)
    twin.tick()
    await twin.idle()
    assert app.retries == [("2", "connection_failed")]


async def test_two_redirects_are_followed_and_a_third_is_not(twin: Twin, app: Address) -> None:
    hops = {"/slack/events": "/two", "/two": "/three", "/three": "/four"}
    end = "/three"

    def answer(heard: Heard) -> web.Response:
        if heard.path == end:
            return web.Response()
        return web.Response(status=302, headers={"Location": hops[heard.path]})

    app.answer = answer
    await twin.person("ana").post("#help", "hello")
    await twin.idle()
    assert [one.path for one in app.heard] == ["/slack/events", "/two", "/three"]
    assert SignatureVerifier(twin.signing_secret).is_valid_request(app.heard[2].body, app.heard[2].headers)
    end = "/four"
    app.heard.clear()
    await twin.person("ana").post("#help", "again")
    await twin.until(lambda: len(app.heard) == 6)
    assert app.heard[-1].retry == ("1", "too_many_redirects")


async def test_a_redirect_never_leads_off_this_machine(twin: Twin, app: Address) -> None:
    app.answer = lambda heard: web.Response(status=307, headers={"Location": "http://example.com/slack"})
    click = twin.ws.courier.send_once("interactive", {"type": "block_actions"}, wants_answer=False)
    await twin.idle()
    assert str(click.outcome.exception()) == "connection_failed"


@pytest.mark.parametrize(
    ("kind", "payload", "answer", "taken"),
    [
        ("slash_commands", {"command": "/x"}, web.Response(text="plain"), {"text": "plain"}),
        ("slash_commands", {"command": "/x"}, web.json_response({"text": "a"}), {"text": "a"}),
        ("slash_commands", {"command": "/x"}, web.Response(text='{"text": "a"}'), {"text": '{"text": "a"}'}),
        ("interactive", {"type": "view_submission"}, web.Response(), None),
        ("interactive", {"type": "view_submission"}, web.Response(text="ok"), "http_error"),
        ("interactive", {"type": "view_submission"}, web.Response(status=500), "http_error"),
        ("interactive", {"type": "block_suggestion"}, web.json_response({"options": []}), {"options": []}),
    ],
)
async def test_the_body_of_the_answer_is_the_acks_payload(
    twin: Twin, app: Address, kind: str, payload: Any, answer: web.Response, taken: object
) -> None:
    app.answer = lambda heard: answer
    parcel = twin.ws.courier.send_once(kind, payload, wants_answer=True)
    await twin.idle()
    found = parcel.outcome.exception() or parcel.outcome.result()
    assert (str(found) if isinstance(found, Exception) else found) == taken
    assert len(app.heard) == 1  # once, whatever the answer


@pytest.mark.parametrize(("status", "code"), [(500, "http_service_error"), (404, "http_client_error")])
async def test_a_person_is_told_why_a_command_failed(
    twin: Twin, app: Address, status: int, code: str
) -> None:
    app.answer = lambda heard: web.Response(status=status)
    ana = twin.person("ana")
    await ana.command("#help", "/signalbox now")
    await twin.until(lambda: ana.whispers("#help"))
    assert ana.whispers("#help")[-1]["text"] == f'/signalbox failed with the error "{code}"'


async def test_each_kind_goes_to_its_own_address(seed: Seed) -> None:
    async with listening() as address:
        twin = await Twin.start(
            of_app(
                seed,
                socket_mode=False,
                request_url=f"{address.url}/events",
                interactivity_url=f"{address.url}/actions",
                options_url=f"{address.url}/options",
                commands=(Command("/signalbox", "", "", False, f"{address.url}/command"),),
            )
        )
        assert (twin.host.request_url, twin.connections) == (f"{address.url}/events", 0)
        courier = twin.ws.courier
        await twin.person("ana").post("#help", "hello")
        for kind in ("block_actions", "block_suggestion", "view_submission"):
            courier.send_once("interactive", {"type": kind}, wants_answer=True)
        courier.send_once("slash_commands", {"command": "/signalbox"}, wants_answer=True)
        nowhere = courier.send_once("slash_commands", {"command": "/other"}, wants_answer=True)
        await twin.idle()
        said = {(one.path, one.json.get("type") or one.json["command"]) for one in address.heard}
        assert said == {
            ("/events", "event_callback"),
            ("/actions", "block_actions"),
            ("/options", "block_suggestion"),
            ("/actions", "view_submission"),
            ("/command", "/signalbox"),
        }
        assert nowhere.outcome.exception() is not None
        await twin.stop()


@pytest.mark.parametrize("way", ["text", "form", "json"])
async def test_the_challenge_may_be_echoed_in_three_ways(twin: Twin, way: str) -> None:
    async def echo(request: web.Request) -> web.Response:
        challenge = (await request.json())["challenge"]
        if way == "json":
            return web.json_response({"challenge": challenge})
        return web.Response(text=f"challenge={challenge}" if way == "form" else challenge)

    app = web.Application()
    app.router.add_post("/echo", echo)
    async with listening(app) as address:
        await twin.use_request_url(f"{address.url}/echo")
        assert twin.host.request_url == f"{address.url}/echo"
    [record] = twin.host.courier.log
    assert (record.name, record.attempts[0].outcome) == ("url_verification", "acked")


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("https://example.com/slack/events", "not on this machine"),
        ("http://127.0.0.1.example.com/", "not on this machine"),
        ("http://127.0.0.1@example.com/", "not on this machine"),
        ("ftp://127.0.0.1/", "not on this machine"),
        ("nonsense", "not on this machine"),
        ("http://127.0.0.1:1/", "could not be reached"),
        ("{here}/no", "did not respond with the value of the challenge parameter: it answered 200 'no'"),
        ("{here}/404", "it answered 404"),
    ],
)
async def test_an_address_that_cannot_be_used_is_refused(twin: Twin, url: str, says: str) -> None:
    async def no(request: web.Request) -> web.Response:
        return web.Response(text="no") if request.path == "/no" else web.Response(status=404)

    app = web.Application()
    app.router.add_post("/no", no)
    app.router.add_post("/404", no)
    async with listening(app) as address:
        with pytest.raises(Refused) as refusal:
            await twin.use_request_url(url.format(here=address.url))
    assert says in refusal.value.say
    assert twin.host.request_url == ""


async def test_a_manifest_that_points_elsewhere_says_what_to_do(seed: Seed) -> None:
    elsewhere = of_app(seed, socket_mode=False, request_url="https://example.com/slack/events")
    with pytest.raises(SeedError, match=r"not on this machine.*--request-url"):
        await Twin.start(elsewhere)
    twin = await Twin.start(elsewhere, request_url="http://127.0.0.1:1/slack/events")
    assert twin.host.request_url == "http://127.0.0.1:1/slack/events"
    await twin.stop()


async def test_socket_mode_is_off_while_there_is_a_request_url(twin: Twin) -> None:
    listener = await Listener.open(twin)
    async with listening() as address:
        await twin.use_request_url(address.url)
        await twin.until(lambda: listener.frames[-1]["type"] == "disconnect")
        assert listener.frames[-1]["reason"] == "link_disabled"
        await twin.person("ana").post("#help", "by HTTP")
        await twin.idle()
        await listener.close()
        await twin.until(lambda: twin.connections == 0)
        await twin.use_request_url("")
        back = await Listener.open(twin)
        await twin.person("ana").post("#help", "by socket")
        await twin.idle()
        assert [one.json["event"]["text"] for one in address.heard] == ["by HTTP"]
        assert [event["text"] for event in back.events] == ["by socket"]
        await back.close()


async def test_bolt_over_http_takes_part_like_over_socket_mode(twin: Twin) -> None:
    client = AsyncWebClient(token=twin.bot_token, base_url=twin.api_url)
    bolt = AsyncApp(signing_secret=twin.signing_secret, client=client)
    failing = [True]
    tries: list[str] = []

    @bolt.event("message")
    async def on_message(event: Any, say: Any, request: Any) -> None:
        if event.get("bot_id"):
            return
        menu = {"type": "external_select", "action_id": "pick", "min_query_length": 1}
        await say(text="card", blocks=[actions(button("open")), actions(menu)])

    @bolt.action("open")
    async def on_open(ack: Any, body: Any, client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=modal(ask("words", typing("said"))))

    @bolt.view("form")
    async def on_submit(ack: Any) -> None:
        await ack(response_action="errors", errors={"words": "Longer, please."})

    @bolt.options("pick")
    async def on_options(ack: Any) -> None:
        await ack(options=[forms.option("red"), forms.option("green")])

    @bolt.command("/signalbox")
    async def on_command(ack: Any, command: Any) -> None:
        await ack(f"you said {command['text']}")

    async def serve(request: web.Request) -> web.Response:
        tries.append(request.headers.get("X-Slack-Retry-Num", "0"))
        if failing and b"event_callback" in await request.read():
            failing.pop()
            return web.Response(status=500)
        answer = await bolt.async_dispatch(await to_bolt_request(request))
        return await to_aiohttp_response(answer)

    server = web.Application()
    server.router.add_post("/slack/events", serve)
    async with listening(server) as address:
        await twin.use_request_url(f"{address.url}/slack/events")
        ana = twin.person("ana")
        await ana.post("#help", "hello")
        card = await twin.until(
            lambda: next((m for m in twin.channel("#help").messages if "bot_id" in m), None)
        )
        assert tries[1:3] == ["0", "1"]
        await ana.click(card, "open")
        assert (await ana.modal())["callback_id"] == "form"
        assert await ana.submit({"said": "hi"}) == {"words": "Longer, please."}
        await ana.command("#help", "/signalbox over HTTP")
        await twin.until(lambda: any("you said over HTTP" in one["text"] for one in ana.whispers("#help")))
        assert [one["value"] for one in await ana.suggestions(card, "pick", "r")] == ["red", "green"]
        assert not twin.undelivered
