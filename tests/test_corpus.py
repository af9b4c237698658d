"""Slack's own payloads, brought to the bot on both roads: each is answered in time, and none leaves a bug behind.

The samples are of other workspaces and other apps, so nothing of them may have an effect here.
"""

from __future__ import annotations

import asyncio
import copy
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from storage.tables import Receipt, Request
from tests.http_mode import HttpWorld, http_world
from tests.test_triage import ASKED, asked_anew
from tests.world import World
from twin.words import Json

pytestmark = pytest.mark.slow

IN_TIME = 3.0  # seconds that Slack waits for an answer
_EVENTS = ("event_callback", "url_verification", "app_rate_limited")


@dataclass(frozen=True)
class Sample:
    """One payload of the corpus. `frame` is what only a websocket carries, as it is."""

    name: str
    kind: str  # events_api, interactive, slash_commands or frame
    payload: Json


def corpus(data: Path) -> list[Sample]:
    """Return every payload that was captured, and every delivery of which the shape was published."""
    folder = data / "slack"
    return [*_captured(folder / "payloads.jsonl"), *_shapes(folder / "shapes.jsonl")]


def _captured(file: Path) -> Iterator[Sample]:
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines()):
        row = json.loads(line)
        kind, payload, name = row["kind"], row["payload"], f"{row['source']} {row['id']}"
        if kind in ("socket:hello", "socket:disconnect", "socket:None"):
            yield Sample(name, "frame", payload)
            continue
        body = payload["payload"] if kind.startswith("socket:") else payload
        yield _sample(name, body, number)


def _shapes(file: Path) -> Iterator[Sample]:
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1000):
        row = json.loads(line)
        if row["sample"].startswith(("events/", "app-backend/")):
            yield _sample(row["sample"], row["json"], number)


def _sample(name: str, body: Json, number: int) -> Sample:
    if "command" in body:
        kind = "slash_commands"
    else:
        kind = "events_api" if "event" in body or body.get("type") in _EVENTS else "interactive"
    return Sample(name, kind, _with_ids_of_its_own(body, number))


def _with_ids_of_its_own(body: Json, number: int) -> Json:
    """Return a payload that is no second copy of another: the samples share their ids, deliveries never do."""
    own = copy.deepcopy(body)
    for key in ("event_id", "trigger_id"):
        if key in own:
            own[key] = f"{own[key]}.{number}"
    if isinstance(own.get("view"), dict):
        own["view"]["id"] = f"V{number}"
    for action in own.get("actions", []):
        if "action_ts" in action:
            action["action_ts"] = f"{number}.{number:06}"
    return own


@pytest.fixture
async def by_http(empty_url: str) -> AsyncIterator[HttpWorld]:
    """A wired bot that is reached by HTTP."""
    async with http_world(empty_url) as opened:
        yield opened


async def unharmed(world: World, calls: int) -> None:
    """Hold that nothing came of what was brought, and that the bot does its work as before."""
    await world.settle()
    failed = {receipt.kind: receipt.body for receipt in await world.rows(Receipt) if receipt.failed}
    assert failed == {}
    assert await world.rows(Request) == []
    done = {call.method for call in list(world.twin.calls)[calls:] if call.response["ok"]}
    assert done <= {"auth.test", "users.info", "apps.connections.open"}
    await world.person("greta").post("#customer-support", asked_anew())
    await world.settle()
    assert len(world.cards("team-billing")) == 1


async def test_every_payload_is_answered_by_http(by_http: HttpWorld, data: Path) -> None:
    samples, calls, wrong = corpus(data), len(by_http.twin.calls), list[str]()

    for sample in samples:
        answer = await by_http.sender.send(sample.payload)
        if answer.status != 200 or answer.seconds > IN_TIME:
            wrong.append(f"{sample.name}: {answer}")

    assert len(samples) == 136 + 105
    assert wrong == []
    await unharmed(by_http, calls)


async def test_every_payload_is_acknowledged_over_socket_mode(world: World, data: Path) -> None:
    samples, calls, wrong = corpus(data), len(world.twin.calls), list[str]()

    for sample in samples:
        try:
            async with asyncio.timeout(IN_TIME):
                await _over_the_socket(world, sample)
        except TimeoutError:
            wrong.append(sample.name)

    assert wrong == []
    await unharmed(world, calls)


async def _over_the_socket(world: World, sample: Sample) -> None:
    courier = world.twin.ws.courier
    if sample.kind == "frame":
        await _say(world, sample.payload)
        return
    if sample.kind == "events_api":
        await courier.send_event(sample.payload).outcome
        return
    await courier.send_once(sample.kind, sample.payload, wants_answer=True).outcome


async def _say(world: World, frame: Json) -> None:
    """Say a frame that is no delivery, as only the server at the other end of the websocket can."""
    lines = world.twin.ws.road._lines
    [line] = lines
    line.say(frame)
    if frame.get("type") == "disconnect":
        await world.twin.until(lambda: line not in lines and world.twin.connections == 1)


async def test_events_that_look_like_ours_leave_no_bug_behind_either(by_http: HttpWorld, data: Path) -> None:
    ours = {
        "channel": by_http.twin.channel("customer-support").id,
        "user": by_http.person("greta").id,
        "team": by_http.bot.desk.directory.team,
    }
    events = [_moved(sample.payload, ours) for sample in corpus(data) if sample.kind == "events_api"]

    answers = [await by_http.sender.send(event) for event in events]
    await by_http.settle()

    assert {answer.status for answer in answers} == {200}
    assert [receipt.body for receipt in await by_http.rows(Receipt) if receipt.failed] == []
    requests = await by_http.rows(Request)
    assert requests
    assert all(request.outcome for request in requests)


def _moved(said: Any, ours: dict[str, str], key: str = "") -> Any:
    """Return an event as if it had happened to one of our people in one of our channels; blanks are filled."""
    if isinstance(said, dict):
        return {name: _moved(value, ours, name) for name, value in said.items()}
    if isinstance(said, list):
        return [_moved(value, ours, key) for value in said]
    if not isinstance(said, str):
        return said
    if key == "text":
        return said or ASKED
    if key in ("ts", "thread_ts", "event_ts", "deleted_ts"):
        return said or "1764000000.000001"
    return ours.get(key.removesuffix("_id"), said)
