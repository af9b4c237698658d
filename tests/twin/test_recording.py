"""Record and replay: what people did is done again, and what the app does otherwise is said."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from tests.twin.bolt import Bot, bolt, card
from tests.twin.conftest import HERE
from tests.twin.forms import ask, button, modal, section
from tests.twin.test_page_api import Page
from twin.clock import SteppedClock
from twin.recording import replay, tape
from twin.recording.plain import changes, plain, words
from twin.seed import Seed
from twin.server import Twin

Json = dict[str, Any]


@asynccontextmanager
async def at_work(seed: Seed, hour: int = 9) -> AsyncIterator[tuple[Twin, Bot]]:
    """Let the small app work in a fresh workspace, with everything that differs between two runs."""
    twin = await Twin.start(seed, clock=SteppedClock(datetime(2026, 11, 23, hour, tzinfo=UTC)))
    try:
        async with bolt(twin) as bot:
            yield twin, bot
    finally:
        await twin.stop()


async def a_morning(twin: Twin, bot: Bot) -> None:
    """Let people do a bit of everything."""
    ana, ben = twin.person("ana"), twin.person("ben")
    old = twin.channel("#help").messages[0]["ts"]
    await ben.react("#help", old, "wave")
    message = await card(twin)
    await ben.react("#help", message["ts"], "eyes")
    await ana.choose(message, "pick", "green")
    await ana.click(message, "open")
    await ana.modal()
    await ana.submit({"said": "hello", "colour": "red"})
    ts = await ben.post("#help", "@signalbox are you there?")
    thread = await twin.until(lambda: twin.channel("#help").replies(ts))
    await ben.react("#help", thread[0]["ts"], "thumbsup")
    await ben.edit("#help", ts, "never mind")
    await ana.command("#help", "/signalbox queue")
    await twin.until(lambda: ana.whispers("#help"))
    home = await ana.home()
    await ana.click(home, "home_button")
    await ana.upload("#help", "a.txt", b"hello", text="look")
    await twin.idle()


async def test_an_app_that_did_not_change_does_the_same_again(seed: Seed) -> None:
    async with at_work(seed) as (twin, bot):
        twin.host.recorder.start(twin.host)
        await a_morning(twin, bot)
        twin.host.recorder.stop()
        told, heard = twin.host.recorder.text(), bot.told

    async with at_work(seed, hour=15) as (again, new):
        found = await replay.run(again.host, tape.read(told))

        assert found == {"replayed": 13, "differences": []}
        kinds = [(one.get("event") or one).get("type", "command") for one in heard]
        assert sorted((one.get("event") or one).get("type", "command") for one in new.told) == sorted(kinds)
        assert again.channel("#help").messages[0]["reactions"][0]["name"] == "wave"


async def test_what_the_app_does_otherwise_is_said(seed: Seed) -> None:
    async with at_work(seed) as (twin, bot):
        twin.host.recorder.start(twin.host)
        await a_morning(twin, bot)
        lines = [json.loads(line) for line in twin.host.recorder.text().splitlines()]
    answered = next(
        line for line in lines if line.get("app") == "chat.postMessage" and "thread_ts" in line["args"]
    )
    answered["args"]["text"] = "who is there?"
    opened = next(line for line in lines if line.get("app") == "views.open")
    liked = {"n": 900, "at": 99, "team": answered["team"], "app": "reactions.add", "made": {}}
    liked["args"] = {
        "channel": answered["args"]["channel"],
        "timestamp": answered["made"]["ts"],
        "name": "tada",
    }
    left = {
        "n": 901,
        "at": 99,
        "team": answered["team"],
        "who": "gil",
        "deed": "leave",
        "args": {"channel": "#attic"},
    }
    told = "\n".join(json.dumps(line) for line in [*(one for one in lines if one is not opened), liked, left])

    async with at_work(seed) as (again, _):
        found = (await replay.run(again.host, tape.read(told), patience=0.3))["differences"]

    assert [(one["kind"], one["method"]) for one in found] == [
        ("deed", "leave"),
        ("changed", "chat.postMessage"),
        ("missing", "reactions.add"),
        ("extra", "views.open"),
    ]
    assert found[0]["say"].startswith("901. gil: leave worked, and now is refused (channel_not_found")
    assert (found[1]["path"], found[1]["before"], found[1]["after"]) == (
        "text",
        "who is there?",
        "you called?",
    )
    assert "chat.postMessage in a thread of #help “who is there?” is otherwise" in found[1]["say"]
    assert found[2]["say"] == "900. reactions.add in #help is missing."
    assert found[3]["say"].startswith("views.open “") and found[3]["say"].endswith("is new.")


async def test_the_page_records_downloads_and_replays(seed: Seed) -> None:
    async with at_work(seed) as (twin, _), aiohttp.ClientSession() as session:
        ana, admin = Page(twin, session, "ana"), f"{twin.url}/twin/admin"
        await ana.act("post", channel="#help", text="before")
        await session.post(f"{admin}/record", json={"do": "start"})
        ts = (await ana.act("post", channel="#help", text="card please"))["ts"]
        message = await twin.until(
            lambda: next((m for m in twin.channel("#help").messages if "bot_id" in m), None)
        )
        press = {"action_id": "open_too", "block_id": "row", "type": "button", "value": "2"}
        await ana.act("action", channel="#help", ts=message["ts"], action=press)
        form = aiohttp.FormData({"as": "ana", "channel": "#help", "thread_ts": ts})
        form.add_field("file", b"\x89PNG", filename="a.png")
        await session.post(f"{twin.url}/twin/upload", data=form)
        await session.post(f"{admin}/clock", json={"advance_s": 3600})
        async with session.post(f"{admin}/record", json={"do": "stop"}) as answer:
            assert await answer.json() == {"ok": True, "recording": False, "recorded": 5}
        await ana.act("post", channel="#help", text="after")
        async with session.get(f"{admin}/record") as answer:
            assert answer.content_type == "application/x-ndjson"
            told = await answer.text()
        lines = [json.loads(line) for line in told.splitlines()]
        assert [one.get("deed") or one.get("app") or one.get("clock") for one in lines[1:]] == [
            *("post", "chat.postMessage", "action", "upload", 3600)
        ]

        async with session.post(f"{admin}/replay?speed=0", data=told) as answer:
            assert await answer.json() == {"ok": True, "replayed": 3, "differences": []}
        await session.post(f"{admin}/record", json={"do": "clear"})
        async with session.get(f"{admin}/record") as answer:
            assert await answer.text() == ""
        async with session.post(f"{admin}/replay", data=told + "oops") as answer:
            body = await answer.json()
            assert (body["error"], body["say"][:16]) == ("invalid_recording", "Line 7: not JSON")

    texts = [
        one["text"] for one in twin.channel("#help").messages if one.get("user") == twin.person("ana").id
    ]
    assert texts == ["before", "card please", "after", "card please"]


HEAD = '{"twin": 1, "workspaces": ["harbor"], "began": "2026-11-23T09:00:00+00:00"}\n'


@pytest.mark.parametrize(
    ("text", "say"),
    [
        ("", "Line 1: the recording is empty"),
        ('{"deed": "post"}', "Line 1: not the header of a recording"),
        ('{"twin": 1, "workspaces": [], "began": "now"}', "Line 1: began must be a time"),
        ('{"twin": 1, "workspaces": "harbor", "began": "2026-11-23"}', "Line 1: workspaces must be a list"),
        (HEAD + "[]", "Line 2: a line must be a JSON object"),
        (HEAD + '\n{"n": 1, "at": 0, "args": {}}', "Line 3: who is missing"),
        (HEAD + '{"n": "1", "at": 0}', "Line 2: n cannot be '1'"),
        (HEAD + '{"n": 1, "at": 0, "who": "ana", "deed": "post", "args": [1]}', "Line 2: args cannot be [1]"),
        (HEAD + '{"n": 1, "at": 0, "clock": "later"}', "Line 2: clock cannot be 'later'"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_its_line(text: str, say: str) -> None:
    with pytest.raises(tape.TapeError, match=say.replace("[", r"\[")):
        tape.read(text)


async def test_a_recording_of_another_company_is_refused(seed: Seed) -> None:
    twin = await Twin.start(seed)
    elsewhere = tape.read(HEAD.replace("harbor", "acme"))
    with pytest.raises(tape.TapeError, match="recorded in acme; this twin runs harbor"):
        await replay.run(twin.host, elsewhere)
    await twin.stop()


def test_what_differs_in_every_run_is_not_compared() -> None:
    one = "due <!date^1795424400^{time}|10:00> on 2026-11-23T09:00:00+00:00 at 9:30 AM, see http://127.0.0.1:8300/x"
    other = "due <!date^1795428888^{time}|11:14> on 2026-12-01 10:00 at 11:14, see http://127.0.0.1:41234/x"
    assert words(one) == words(other) == "due ‹time› on ‹time› at ‹time›, see ‹twin›/x"
    assert words("ticket 1042 of 3 people") == "ticket 1042 of 3 people"
    card_one = {"ts": "1.2", "blocks": [section("a"), {"type": "actions", "elements": [button("go", "7")]}]}
    card_two = {"ts": "3.4", "blocks": [section("b"), {"type": "actions", "elements": [button("go", "8")]}]}
    assert changes(plain(card_one), plain(card_two)) == [
        {"path": "blocks[0].text.text", "before": "a", "after": "b"}
    ]


async def test_a_form_with_a_file_is_filled_in_again(seed: Seed) -> None:
    twin = await Twin.start(seed)
    async with small_app(twin.api_url):
        twin.host.recorder.start(twin.host)
        ana = twin.person("ana")
        await ana.global_shortcut("new_ticket")
        await ana.modal()
        await ana.submit({"papers": await ana.attach("a.txt", b"hello")})
        await twin.until(lambda: twin.channel("#help").messages[-1]["text"] == "thank you for a.txt")
    told = twin.host.recorder.text()
    await twin.stop()

    again = await Twin.start(seed)
    async with small_app(again.api_url):
        await again.connected()
        assert await replay.run(again.host, tape.read(told)) == {"replayed": 3, "differences": []}
    assert again.channel("#help").messages[-1]["text"] == "thank you for a.txt"
    await again.stop()


@pytest.mark.process
async def test_the_exit_code_of_a_replay_says_whether_all_was_as_before(seed: Seed, tmp_path: Path) -> None:
    twin = await Twin.start(seed)
    async with small_app(twin.api_url):
        twin.host.recorder.start(twin.host)
        await twin.person("ana").post("#help", "card please")
        await twin.until(lambda: len(twin.channel("#help").messages) == 3)
    told = twin.host.recorder.text()
    await twin.stop()

    assert await replayed(told, tmp_path) == (0, ["1 deeds replayed, no differences."])
    code, said = await replayed(told.replace("A card", "A note"), tmp_path)
    assert (code, said[-1]) == (1, "1 deeds replayed, 1 difference.")
    assert "is otherwise: blocks[0].text.text was “A note” and is “A card”" in said[0]


@asynccontextmanager
async def small_app(api_url: str) -> AsyncIterator[None]:
    """Run an app that answers every post with a card."""
    app = AsyncApp(client=AsyncWebClient(token="xoxb-twin-test", base_url=api_url))

    @app.event("message")
    async def answer(event: Json, client: AsyncWebClient) -> None:
        await client.chat_postMessage(channel=event["channel"], text="card", blocks=[section("A card")])

    @app.shortcut("new_ticket")
    async def open_form(ack: Any, body: Json, client: AsyncWebClient) -> None:
        await ack()
        view = modal(ask("papers", {"type": "file_input", "action_id": "papers"}))
        await client.views_open(trigger_id=body["trigger_id"], view=view)

    @app.view("form")
    async def take(ack: Any, view: Json, client: AsyncWebClient) -> None:
        await ack()
        found = view["state"]["values"]["papers"]["papers"]["files"]
        await client.chat_postMessage(channel="#help", text=f"thank you for {found[0]['name']}")

    handler = AsyncSocketModeHandler(app, "xapp-twin-test")
    await handler.connect_async()  # type: ignore[no-untyped-call]
    yield
    await handler.close_async()  # type: ignore[no-untyped-call]


async def replayed(told: str, folder: Path) -> tuple[int, list[str]]:
    """Replay a recording as a developer does. Returns the exit code, and what was said about it."""
    file = folder / "told.jsonl"
    file.write_text(told)
    command = ("-m", "twin", "--seed", str(HERE / "workspace.toml"), "--port", "0", "--replay", str(file))
    running = await asyncio.create_subprocess_exec(sys.executable, *command, stdout=asyncio.subprocess.PIPE)
    assert running.stdout is not None
    first = (await running.stdout.readline()).decode()
    async with small_app(first.split("base URL: ")[1].rstrip(")\n")):
        said = (await running.stdout.read()).decode().splitlines()
        code = await running.wait()
    return code, [line for line in said if not line.startswith("Waiting")]
