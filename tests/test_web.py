"""Deliveries by HTTP: what Slack signed is taken once, and everybody else reads one sentence."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncApp, AsyncBoltContext
from slack_bolt.authorization import AuthorizeResult
from sqlmodel.ext.asyncio.session import AsyncSession
from structlog.testing import capture_logs

from agents.words import Status
from bot.web import LARGEST, HttpFace, take
from storage.database import Database
from storage.tables import Receipt
from tests.http_mode import HttpWorld, Sender, http_world
from tests.test_receipts import MALFORMED, keeping_in, locked
from tests.test_run import Forgetful
from tests.test_triage import ASKED, asked_anew
from tests.world import TUESDAY

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
EVENT = {"type": "event_callback", "event_id": "Ev1", "event": {"type": "message", "text": "hello"}}
FORM = "application/x-www-form-urlencoded"
# Bodies that Slack would never send, each with its content type.
NO_DELIVERIES = (
    ("application/json", b"{"),
    ("application/json", b""),
    ("application/json", b"null"),
    ("application/json", b"[1, 2]"),
    ("application/json", b'"text"'),
    ("application/json", b'{"a": NaN}'),
    ("application/json", b"[" * 100_000),
    ("application/json", b'{"a": ' * 100_000),
    ("application/json", b'{"a": ' + b"9" * 5000 + b"}"),
    ("application/json", b"\xff\xfe"),
    ("application/json", b"\0"),
    ("text/plain", b"payload=1"),
    (FORM, b""),
    (FORM, b"payload=%7B"),
    (FORM, b"payload=%5B%5D"),
    (FORM, b"payload=nonsense"),
    (FORM, b"payload=%00"),
    (FORM, b"text=hello"),
    (FORM, b"payload=%FF"),
    (FORM, b"payload=%ED%A0%80"),
    (FORM, b"&".join(b"a=1" for _ in range(300))),
    ("multipart/form-data; boundary=x", b"--x\r\n\r\n\r\n--x--"),
)
# Objects of JSON that are like nothing that Slack says.
STRANGE: tuple[dict[str, Any], ...] = (
    {},
    {"type": "event_callback"},
    {"type": "event_callback", "event": "a text"},
    {
        "type": "event_callback",
        "event_id": "Ev0STRANGE",
        "event": {"type": "message", "channel": 7, "ts": [1]},
    },
    {"type": "block_actions", "actions": "a text", "user": "U1"},
    {"type": "block_actions", "actions": [{}], "user": {"id": None}},
    {"type": "view_submission", "view": {"callback_id": "send_edited"}},
    {"type": ["message"], "event": {"type": {}}},
    {"type": "half a character", "text": "\ud83d", "event_id": "\0 \udfff"},
    {"type": "deep", "deep": json.loads("[" * 400 + "]" * 400)},
)


async def survived(sender: Sender) -> None:
    """Post everything that Slack never would, signed, and hold that nothing of it is answered with our insides."""
    for content_type, body in NO_DELIVERIES:
        assert (await sender.post(body, content_type)).status == 400
    assert (await sender.post(b'{"a": "' + b"a" * LARGEST + b'"}')).status == 413
    assert (await sender.post(b"{}", headers={"X-Slack-Signature": "v0="})).status == 401
    assert (await sender.post(b"{}", headers={"X-Slack-Signature": None})).status == 401
    large = b'{"type": "a large number", "number": 1e999, "numbers": [-1e999, 1.5]}'
    assert (await sender.post(large)).status == 200
    for said in STRANGE:
        answer = await sender.send(said)
        assert (answer.status, answer.text) == (200, "")


@dataclass
class Front:
    """An HTTP face, what got through it, and somebody who posts to it."""

    face: HttpFace
    sender: Sender
    let_in: list[dict[str, Any]] = field(default_factory=list)


def listening(let_in: list[dict[str, Any]]) -> AsyncApp:
    """Return a Bolt app that keeps what reaches it."""

    async def us() -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id="T1", bot_token="xoxb-1", bot_user_id="UBOT")

    async def keep(body: dict[str, Any], context: AsyncBoltContext) -> BoltResponse:
        if body.get("event") == {"type": "broken"}:
            raise KeyError("a secret")
        let_in.append(body)
        return BoltResponse(status=200, body="")

    app = AsyncApp(authorize=us, signing_secret="", process_before_response=True)
    app.use(keep)
    return app


@pytest.fixture
async def front() -> AsyncIterator[Front]:
    """An open HTTP face."""
    let_in: list[dict[str, Any]] = []

    def now() -> datetime:
        return TUESDAY

    face = HttpFace(take("127.0.0.1", 0), SECRET, now)
    await face.open(listening(let_in))
    async with aiohttp.ClientSession() as web:
        yield Front(face, Sender(web, face.url + "/slack/events", SECRET, now), let_in)
    await face.close()


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[HttpWorld]:
    """A wired bot that is reached by HTTP."""
    async with http_world(f"sqlite:///{tmp_path}/signalbox.sqlite") as opened:
        yield opened


def sentence(text: str) -> str:
    """Hold that an answer is one JSON sentence without anything of our insides, and return it."""
    said = json.loads(text)
    assert set(said) == {"ok", "error"} and said["ok"] is False
    for secret in ("Traceback", 'File "', "Error:", SECRET, "a secret"):
        assert secret not in text
    return str(said["error"])


def at(moved: timedelta) -> str:
    return str(int((TUESDAY + moved).timestamp()))


@pytest.mark.parametrize(
    ("headers", "word"),
    [
        ({"X-Slack-Signature": None}, "not signed"),
        ({"X-Slack-Request-Timestamp": None}, "not signed"),
        ({"X-Slack-Signature": "v0=" + "0" * 64}, "does not fit"),
        ({"X-Slack-Signature": "v0=\u00e9"}, "does not fit"),
        ({"X-Slack-Signature": "v1=abc"}, "does not fit"),
        ({"X-Slack-Request-Timestamp": at(timedelta(seconds=-301))}, "too old"),
        ({"X-Slack-Request-Timestamp": at(timedelta(seconds=301))}, "too old"),
        ({"X-Slack-Request-Timestamp": at(timedelta(seconds=-299))}, "does not fit"),
        ({"X-Slack-Request-Timestamp": "soon"}, "too old"),
        ({"X-Slack-Request-Timestamp": "9" * 5000}, "too old"),
        ({"X-Slack-Request-Timestamp": "-1"}, "too old"),
    ],
)
async def test_what_slack_did_not_sign_or_long_ago_is_refused(
    front: Front, headers: dict[str, str | None], word: str
) -> None:
    answer = await front.sender.post(json.dumps(EVENT).encode(), headers=headers)

    assert answer.status == 401
    assert word in sentence(answer.text)
    assert front.let_in == []


@pytest.mark.parametrize(("content_type", "body"), NO_DELIVERIES, ids=lambda value: repr(value)[:24])
async def test_a_signed_body_that_is_no_delivery_is_told_so(
    front: Front, content_type: str, body: bytes
) -> None:
    answer = await front.sender.post(body, content_type)

    assert answer.status == 400
    assert sentence(answer.text)
    assert front.let_in == []


async def test_what_slack_signed_is_let_in_as_it_was_said(front: Front) -> None:
    command = {"command": "/signalbox", "text": "queue mine & more", "trigger_id": "1.2"}
    click = {"type": "block_actions", "user": {"id": "U1"}, "actions": [{"value": "für €"}]}
    unheard_of = {"type": "from_the_future", "trigger_id": "3.4"}

    answers = [await front.sender.send(said) for said in (EVENT, command, click, unheard_of)]

    assert [(answer.status, answer.text) for answer in answers] == [(200, "")] * 4
    assert front.let_in == [EVENT, command, click, unheard_of]


async def test_slacks_question_for_the_address_is_answered(front: Front) -> None:
    answer = await front.sender.send({"type": "url_verification", "token": "x", "challenge": "3eZbrw1a"})

    assert answer.status == 200
    assert json.loads(answer.text) == {"challenge": "3eZbrw1a"}
    assert front.let_in == []


async def test_slacks_question_for_our_certificate_needs_no_signature_and_nothing_else_gets_in_with_it(
    front: Front,
) -> None:
    unsigned: dict[str, str | None] = {"X-Slack-Signature": None, "X-Slack-Request-Timestamp": None}

    asked = await front.sender.post(b"ssl_check=1&token=x", FORM, unsigned)
    sneaked = await front.sender.post(b"ssl_check=1&command=%2Fsignalbox", FORM, unsigned)

    assert (asked.status, asked.text) == (200, "")
    assert sneaked.status == 401
    assert front.let_in == []


async def test_everything_else_is_answered_in_one_sentence_too(
    front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    web, url = front.sender.web, front.face.url
    large = await front.sender.post(b'{"a": "' + b"a" * LARGEST + b'"}')
    broken = await front.sender.send({**EVENT, "event": {"type": "broken"}})
    with monkeypatch.context() as patch:
        patch.setattr(AsyncApp, "async_dispatch", None)  # a bug where nobody expects one
        worse = await front.sender.send(EVENT)
    async with web.get(url + "/slack/events") as wrong_method, web.post(url + "/other") as wrong_place:
        others = [(each.status, await each.text()) for each in (wrong_method, wrong_place)]
    async with web.get(url + "/healthz") as healthy:
        assert (healthy.status, await healthy.json()) == (200, {"ok": True})

    assert "4 MiB" in sentence(large.text)
    assert (large.status, broken.status, worse.status) == (413, 500, 500)
    assert broken.text == "" or sentence(broken.text)
    assert "reference" in sentence(worse.text)
    assert [status for status, _ in others] == [405, 404]
    assert "POST" in sentence(others[0][1]) and "/slack/events" in sentence(others[1][1])
    assert (await front.sender.send(EVENT)).status == 200


async def test_a_request_reaches_its_card_and_its_reply_by_http(world: HttpWorld) -> None:
    ts = await world.person("greta").post("#customer-support", ASKED)
    await world.settle()
    marek = world.person("marek")
    await marek.click(await world.card_of(), "edit_draft")
    await marek.modal()
    refused = await marek.submit({"text": " "})
    assert refused  # the window stays open and says why
    await marek.submit({"text": "Here is your invoice."})
    await world.settle()

    assert (await world.ticket()).status == Status.ANSWERED
    assert "Here is your invoice." in str(world.thread("customer-support", ts)[-1])
    assert world.twin.connections == 0
    assert not world.twin.undelivered


async def test_an_unknown_kind_of_payload_that_slack_signed_is_kept_and_answered_with_200(
    world: HttpWorld,
) -> None:
    ana = world.person("ana").id
    unknown: list[dict[str, Any]] = [
        {"type": "from_the_future", "trigger_id": "1.2", "user": {"id": ana}},
        {"type": "event_callback", "event_id": "Ev0UNKNOWN", "event": {"type": "unheard_of", "user": ana}},
        {"command": "/unheard-of", "trigger_id": "3.4", "user_id": ana},
        {"something": "else"},
    ]

    answers = [await world.sender.send(body) for body in unknown]
    await world.settle()

    assert [(answer.status, answer.text) for answer in answers] == [(200, "")] * 4
    kept = sorted(await world.rows(Receipt), key=lambda receipt: receipt.id or 0)
    assert [receipt.body for receipt in kept] == unknown
    assert [receipt.kind for receipt in kept] == ["from_the_future", "unheard_of", "command", "unknown"]
    assert all(receipt.done_at and not receipt.failed for receipt in kept)


async def test_a_payload_of_another_shape_than_slacks_is_kept_and_answered_with_200(world: HttpWorld) -> None:
    answers = [await world.sender.send(body) for body in MALFORMED]
    await world.settle()

    assert [(answer.status, answer.text) for answer in answers] == [(200, "")] * len(MALFORMED)
    kept = sorted(await world.rows(Receipt), key=lambda receipt: receipt.id or 0)
    assert [receipt.body["body"] for receipt in kept] == MALFORMED
    assert {receipt.kind for receipt in kept} == {"malformed"}
    assert all(receipt.done_at and not receipt.failed for receipt in kept)


async def test_whatever_is_posted_to_the_bot_the_next_request_has_its_card(world: HttpWorld) -> None:
    await survived(world.sender)

    await world.person("greta").post("#customer-support", ASKED)
    await world.settle()

    assert await world.card_of()


async def test_what_slack_brings_again_changes_nothing_and_what_is_played_again_is_refused(
    world: HttpWorld,
) -> None:
    await world.person("greta").post("#customer-support", ASKED)
    await world.settle()
    card = await world.card_of()
    marek = world.person("marek")
    await marek.click(card, "claim_ticket")
    await marek.command("#team-billing", "/signalbox queue")
    await world.settle()
    await marek.click(card, "approve_draft")
    await world.settle()
    first = await world.rows(Receipt)
    assert {receipt.kind for receipt in first} == {"message", "block_actions", "command"}
    posts = [call for call in world.twin.calls if call.method.startswith("chat.")]
    later = world.clock.now() + timedelta(seconds=1)
    world.sender.now = lambda: later

    menu = {"type": "block_suggestion", "user": {"id": marek.id}, "action_id": "a", "value": "search"}
    bodies = [*(receipt.body for receipt in first), menu]
    assert [(await world.sender.send(body)).status for body in bodies] == [200] * len(bodies)
    assert [(await world.sender.send(body)).status for body in bodies] == [401] * len(bodies)
    await world.settle()

    assert len(await world.rows(Receipt)) == len(first) + 1
    assert [call for call in world.twin.calls if call.method.startswith("chat.")] == posts
    assert [receipt.failed for receipt in await world.rows(Receipt) if receipt.failed] == []


@pytest.mark.parametrize("channel", ["customer-support", "general"])
async def test_what_is_played_again_to_another_replica_is_refused_there_too(
    world: HttpWorld, channel: str
) -> None:
    await world.person("greta").post("#customer-support", ASKED)
    await world.settle()
    [first] = await world.rows(Receipt)
    place = {"channel": world.twin.channel(channel).id}
    event = {**first.body, "event_id": "Ev0AGAIN", "event": {**first.body["event"], **place}}
    later = world.clock.now() + timedelta(seconds=1)
    world.sender.now = lambda: later
    assert (await world.sender.send(event)).status == 200
    await world.settle()
    assert world.bot.http is not None
    world.bot.http._heard.clear()  # nothing of it is known to a replica that did not answer it

    played = await world.sender.send(event)
    much_later = later + timedelta(seconds=60)
    world.sender.now = lambda: much_later
    brought = await world.sender.send(event)

    assert (played.status, brought.status) == (401, 200)
    assert "answered before" in sentence(played.text)
    assert len(await world.rows(Receipt)) == 2


async def test_while_the_database_is_locked_slack_is_asked_in_time_to_bring_it_again(
    world: HttpWorld,
) -> None:
    assert world.bot.http is not None
    world.bot.http.patience = 0.05
    event = {
        "type": "event_callback",
        "team_id": world.bot.desk.directory.team,
        "event_id": "Ev0LATE",
        "event": {
            "type": "message",
            "channel": world.twin.channel("customer-support").id,
            "channel_type": "channel",
            "user": world.person("greta").id,
            "text": ASKED,
            "ts": "1764000000.000100",
        },
    }
    with locked(world):
        late = await world.sender.send(event)
    world.bot.http.patience = 2.5
    later = world.clock.now() + timedelta(seconds=1)
    world.sender.now = lambda: later
    again = await world.sender.send(event)
    await world.settle()

    assert (late.status, again.status) == (503, 200)
    assert "bring it again" in sentence(late.text)
    assert len(await world.rows(Receipt)) == 1


class ForgetfulOfMany(Forgetful):
    """A database that is gone once, just when it has committed several deliveries."""

    def begin(self, *, alone: bool = False) -> AbstractAsyncContextManager[AsyncSession]:
        return Database.begin(self, alone=alone) if alone else super().begin(alone=alone)


def answers(world: HttpWorld, number: int) -> list[list[int | None]]:
    """Return what was answered to each of the last deliveries."""
    return [[attempt.status for attempt in one.attempts] for one in world.twin.ws.courier.log][-number:]


async def test_a_click_that_was_kept_although_the_database_did_not_say_so_acts_at_once(
    world: HttpWorld,
) -> None:
    await world.person("greta").post("#customer-support", ASKED)
    await world.settle()
    await world.person("marek").click(await world.card_of(), "claim_ticket")
    await world.settle()
    [made] = [one.payload for one in world.twin.ws.courier.log if one.kind == "interactive"]
    click = deepcopy(made)
    click["actions"][0] |= {"action_id": "resolve_ticket", "action_ts": "1764000000.000100"}
    later = world.clock.now() + timedelta(seconds=1)
    world.sender.now = lambda: later

    async with keeping_in(world, Forgetful):
        kept = await world.sender.send(click)
        await world.settle()
    assert world.bot.http is not None
    world.bot.http._heard.clear()  # so that only what was kept says that it is played again
    played = await world.sender.send(click)

    assert (kept.status, played.status) == (200, 401)
    assert (await world.ticket()).status == Status.RESOLVED


async def test_deliveries_that_were_kept_together_although_the_database_did_not_say_so_are_begun_at_once(
    world: HttpWorld,
) -> None:
    ana, greta, arrivals = world.person("ana"), world.person("greta"), world.bot.arrivals
    async with keeping_in(world, ForgetfulOfMany):
        with locked(world):
            await ana.post("#general", "good morning everyone")
            await world.twin.until(lambda: arrivals._keeping and not arrivals._arrived)
            await greta.post("#customer-support", asked_anew())
            await greta.post("#customer-support", asked_anew())
            await ana.post("#general", "and a good day")
            await world.twin.until(lambda: len(arrivals._arrived) == 3)
        with capture_logs() as logs:
            await world.settle()

    answers = [[attempt.status for attempt in one.attempts] for one in world.twin.ws.courier.log]
    assert answers[-4:] == [[200]] * 4
    assert len(world.cards("team-billing")) == 2
    assert len(await world.rows(Receipt)) == 4
    assert [line["deliveries"] for line in logs if line["event"] == "keeping one by one"] == [3]
