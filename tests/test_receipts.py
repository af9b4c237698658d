"""Receipts: what Slack delivered is kept before it is acknowledged, worked on once, and in order."""

from __future__ import annotations

import asyncio
import copy
import json
import random
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url
from structlog.testing import capture_logs

from agents.words import Status
from bot.deliveries import key_of, kind_of, thread_of
from storage import receipts
from storage.receipts import Delivery
from storage.tables import Receipt, Request, Ticket
from tests.flows import Straight
from tests.test_run import Forgetful
from tests.test_triage import ASKED
from tests.world import World, buttons_of, text_of
from twin.words import Json

_NOT_ACKNOWLEDGED = timedelta(seconds=4)  # Slack waits three seconds for an acknowledgement
MALFORMED: list[Json] = [
    {"type": "event_callback", "event_id": "Ev1", "event": "a text"},
    {"type": "event_callback", "event_id": "Ev2", "event": ["a"]},
    {"type": "event_callback", "event_id": "Ev3", "event": None},
    {
        "type": "event_callback",
        "event_id": "Ev4",
        "event": {"type": "message", "channel": {"id": 5}, "message": "x"},
    },
    {
        "type": "event_callback",
        "event_id": "Ev5",
        "event": {"type": "message", "channel": 5, "user": 8, "ts": 9},
    },
    {"type": "event_callback", "event_id": "Ev6", "authorizations": "x", "event": {"type": "message"}},
    {
        "type": "event_callback",
        "event_id": "Ev7",
        "event": {"type": "message", "user": {"id": 5}},
        "enterprise": 5,
    },
    {"type": "block_actions", "trigger_id": "1", "actions": "text", "user": {"id": "U1"}},
    {"type": "block_actions", "trigger_id": "2", "actions": ["text"], "user": {"id": "U1"}},
    {"type": "block_actions", "trigger_id": "3", "actions": [{"action_id": "claim_ticket"}], "user": "U1"},
    {"type": "block_actions", "trigger_id": "4", "actions": [], "user": None},
    {"type": "view_submission", "view": "text", "user": {"id": "U1"}},
    {"type": "view_submission", "view": None, "user": {"id": "U1"}},
    {"type": "view_submission", "view": {"id": 1, "callback_id": "edit_draft"}, "user": {"id": "U1"}},
    {
        "type": "view_submission",
        "view": {"id": 2, "type": "modal", "callback_id": "send_edited", "state": {}},
    },
    {"type": "dialog_submission", "state": 5, "user": 5},
    {
        "team": 5,
        "user": 6,
        "channel": 7,
        "event": 8,
        "view": 9,
        "message": 10,
        "actions": 11,
        "container": 12,
    },
]


def sql(world: World, *statements: str) -> None:
    """Do something to the database behind the bot's back."""
    engine = world.bot.db.sync_engine()
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


@contextmanager
def locked(world: World) -> Iterator[None]:
    """Keep everybody else from writing to the database."""
    path = make_url(world.database_url).database or ""
    with closing(sqlite3.connect(path, timeout=10, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        yield
        connection.execute("ROLLBACK")


@asynccontextmanager
async def keeping_in(world: World, kind: type[Forgetful]) -> AsyncIterator[None]:
    """Keep deliveries through a connection that is gone once, just when something was committed."""
    usual, db = world.bot.receipts.desk, kind(world.database_url)
    world.bot.receipts.desk = replace(usual, db=db)
    yield
    assert db.has_gone
    world.bot.receipts.desk = usual
    await db.close()


async def test_what_cannot_be_kept_is_not_acknowledged_and_comes_again(world: World) -> None:
    sql(world, "ALTER TABLE receipt RENAME TO away")
    with capture_logs() as logs:
        await world.person("greta").post("#customer-support", ASKED)
        await world.twin.until(lambda: any(line["event"] == "not acknowledged" for line in logs))
    assert not world.twin.ws.courier.is_idle

    sql(world, "ALTER TABLE away RENAME TO receipt")
    world.clock.advance(_NOT_ACKNOWLEDGED)
    world.twin.tick()
    await world.settle()

    assert len(world.cards("team-billing")) == 1
    assert len(await world.rows(Receipt)) == 1


@pytest.mark.sqlite
async def test_a_locked_database_delays_a_request_and_nothing_more(world: World) -> None:
    delivered = world.twin.ws.courier.delivered
    with locked(world):
        await world.person("greta").post("#customer-support", ASKED)
        # Slack gives up waiting, and delivers a second copy while the first still waits for the lock.
        world.clock.advance(_NOT_ACKNOWLEDGED)
        world.twin.tick()
        await asyncio.sleep(0)
        assert world.twin.ws.courier.delivered == delivered
    await world.settle()

    assert len(world.cards("team-billing")) == 1
    assert len(await world.rows(Receipt)) == 1


async def test_what_was_kept_although_the_database_did_not_say_so_is_acknowledged_and_begun(
    any_world: World,
) -> None:
    async with keeping_in(any_world, Forgetful):
        await any_world.person("greta").post("#customer-support", ASKED)
        await any_world.settle()

    assert len(any_world.cards("team-billing")) == 1
    assert len(await any_world.rows(Receipt)) == 1
    attempts = any_world.twin.ws.courier.log[-1].attempts
    assert [attempt.outcome for attempt in attempts] == ["acked"]


async def test_no_delivery_is_lost_while_slack_cannot_say_who_we_are_because_none_asks_it(
    world: World,
) -> None:
    cannot_say = world.twin.faults.add("auth.test", "error", times=0)
    ts = await world.person("greta").post("#customer-support", ASKED)
    await world.settle()
    await world.person("marek").click(await world.card_of(), "approve_draft")
    await world.person("marek").command("#team-billing", "/signalbox queue")
    await world.settle()

    assert len(world.cards("team-billing")) == 1
    assert len(world.thread("customer-support", ts)) == 2
    assert world.person("marek").whispers("#team-billing")
    # Bolt would ask with each delivery, and acknowledge one for which the answer was bad.
    assert cannot_say.hits == 0


async def test_an_unknown_kind_of_payload_is_kept_and_acknowledged(world: World) -> None:
    strange: Json = {"type": "from_the_future", "trigger_id": "1.2", "user": {"id": world.person("ana").id}}

    world.twin.ws.courier.send_once("interactive", strange, wants_answer=False)
    await world.settle()

    [receipt] = await world.rows(Receipt)
    assert (receipt.kind, receipt.body, receipt.failed) == ("from_the_future", strange, "")
    assert receipt.done_at is not None
    assert not world.twin.undelivered


async def test_a_payload_of_another_shape_than_slacks_is_kept_and_acknowledged(world: World) -> None:
    for strange in MALFORMED:
        world.twin.ws.courier.send_once("interactive", strange, wants_answer=False)
    await world.settle()

    kept = await world.rows(Receipt)
    assert not world.twin.undelivered
    assert [receipt.body for receipt in kept] == [{"type": "malformed", "body": each} for each in MALFORMED]
    assert all(receipt.done_at and not receipt.failed for receipt in kept)


async def test_a_second_copy_of_a_delivery_changes_nothing(world: World) -> None:
    await world.person("greta").post("#customer-support", ASKED)
    await world.settle()
    [receipt] = await world.rows(Receipt)

    world.twin.ws.courier.send_event(receipt.body)
    await world.settle()

    assert len(await world.rows(Receipt)) == 1
    assert len(world.cards("team-billing")) == 1


async def test_half_a_character_in_a_message_and_a_zero_lose_nothing(world: World) -> None:
    ts = await world.person("greta").post("#customer-support", f"{ASKED} \ud83d and \0 too")
    await world.settle()

    assert [receipt.failed for receipt in await world.rows(Receipt) if receipt.failed] == []
    [request] = await world.rows(Request)
    assert (request.ts, request.text) == (
        ts,
        f"{ASKED} \N{REPLACEMENT CHARACTER} and \N{REPLACEMENT CHARACTER} too",
    )
    assert await world.card_of()


async def test_a_number_that_no_database_takes_is_kept_as_none(any_world: World) -> None:
    large: Json = {"type": "from_the_future", "trigger_id": "1.2", "numbers": [1e999, -1e999, 1.5]}

    any_world.twin.ws.courier.send_once("interactive", large, wants_answer=False)
    await any_world.settle()

    [receipt] = await any_world.rows(Receipt)
    assert receipt.body == {**large, "numbers": [None, None, 1.5]}
    assert not any_world.twin.undelivered


async def test_a_bug_gives_the_person_a_reference_and_nothing_else(world: World) -> None:
    await world.person("greta").post("#customer-support", ASKED)
    await world.settle()
    card = await world.card_of()
    sql(world, "UPDATE ticket SET status = 'a-status-nobody-knows'")

    with capture_logs() as logs:
        await world.person("marek").click(card, "approve_draft")
        await world.twin.until(lambda: world.person("marek").whispers("#team-billing"))

    [failure] = [line for line in logs if line["event"] == "delivery failed"]
    [told] = world.person("marek").whispers("#team-billing")
    assert failure["reference"] in text_of(told)
    assert isinstance(failure["exc_info"], ValueError)
    for secret in ("Traceback", "ValueError", "a-status-nobody-knows", 'File "'):
        assert secret not in str(told)
    [failed] = [receipt for receipt in await world.rows(Receipt) if receipt.failed]
    assert failed.failed == failure["reference"]


async def test_after_a_bug_the_next_press_on_the_same_card_works(world: World) -> None:
    ts = await world.person("greta").post("#customer-support", ASKED)
    await world.settle()
    card = await world.card_of()
    sql(world, "UPDATE ticket SET status = 'a-status-nobody-knows'")
    await world.person("marek").click(card, "approve_draft")
    await world.settle()

    sql(world, "UPDATE ticket SET status = 'routed'")
    await world.person("marek").click(card, "approve_draft")
    await world.settle()

    assert (await world.ticket()).status == Status.ANSWERED
    assert len(world.thread("customer-support", ts)) == 2


async def test_a_bug_in_a_thread_does_not_hold_up_what_is_said_there_later(world: World) -> None:
    ts = await world.person("greta").post("#customer-support", ASKED)
    await world.settle()
    sql(world, "UPDATE ticket SET status = 'a-status-nobody-knows'")
    await world.person("greta").edit("#customer-support", ts, ASKED + " It is urgent.")
    await world.settle()
    [failed] = [receipt for receipt in await world.rows(Receipt) if receipt.failed]
    # Nobody pressed anything, so nobody would know: the people who place what is unclear are told.
    await world.twin.until(lambda: world.cards("front-desk"))
    assert failed.failed in text_of(world.cards("front-desk")[0])

    # What was posted is still being written down, which a statement on the loop would never let end.
    await asyncio.to_thread(sql, world, "UPDATE ticket SET status = 'routed'")
    await world.person("greta").delete("#customer-support", ts)
    await world.settle()

    assert (await world.ticket()).status == Status.WITHDRAWN
    assert buttons_of(await world.card_of()) == []


async def test_a_person_whom_we_cannot_tell_holds_nothing_up(world: World) -> None:
    await world.person("greta").post("#customer-support", ASKED)
    await world.settle()
    marek = world.person("marek")
    await marek.click(await world.card_of(), "edit_draft")
    await marek.modal()
    await world.person("ana").click(await world.card_of(), "approve_draft")
    await world.settle()
    world.twin.faults.add("chat.postMessage", "error", error="cannot_dm_bot", times=5)

    await marek.submit({"text": "Too late"})
    await world.settle()

    assert world.direct("marek") == []
    assert all(receipt.done_at for receipt in await world.rows(Receipt))


async def kept(world: World, like: Receipt, event_id: str, **event: Any) -> int:
    """Keep a delivery as a process did that died before it could work on it; return its id."""
    body = copy.deepcopy(like.body)
    body["event_id"] = event_id
    body["event"] |= event
    async with world.bot.db.begin() as session:
        delivery = Delivery(key_of(body), kind_of(body), thread_of(body), body)
        [id] = (await receipts.keep(session, [delivery], world.clock.now())).values()
    return id


@pytest.mark.sqlite
async def test_a_delivery_that_can_never_be_read_is_given_up_and_its_thread_goes_on(world: World) -> None:
    ts = await world.person("greta").post("#customer-support", ASKED)
    await world.settle()
    [first] = await world.rows(Receipt)
    broken = await kept(world, first, "Ev-broken")
    sql(world, f"UPDATE receipt SET body = '{{not json' WHERE id = {broken}")

    with capture_logs() as logs:
        await world.restart()
        await world.person("greta").delete("#customer-support", ts)
        await world.settle()

    assert (await world.ticket()).status == Status.WITHDRAWN
    with closing(sqlite3.connect(make_url(world.database_url).database or "")) as connection:
        [(reference,)] = connection.execute("SELECT failed FROM receipt WHERE id = ?", (broken,))
    assert [line["reference"] for line in logs if line["event"] == "flow ended"] == [reference]


async def test_a_delivery_left_by_a_dead_replica_does_not_lock_out_those_that_wait_for_it(
    world: World,
) -> None:
    ts = await world.person("greta").post("#customer-support", ASKED)
    await world.settle()
    [first] = await world.rows(Receipt)
    said = world.twin.ws.ts()
    left = await kept(
        world, first, "Ev-left", thread_ts=ts, ts=said, event_ts=said, text="and the one from August?"
    )
    await world.person("greta").delete("#customer-support", ts)
    await world.twin.idle()  # the deletion is kept, and waits for what was said before it

    await world.bot.receipts.sweep(world.clock.now() + timedelta(minutes=2))
    await world.settle()

    assert (await world.ticket()).status == Status.WITHDRAWN
    by_id = {receipt.id: receipt for receipt in await world.rows(Receipt)}
    assert by_id[left].done_at is not None
    assert all(receipt.done_at for receipt in by_id.values())


@pytest.mark.sqlite
async def test_reading_a_receipt_waits_for_the_database(world: World) -> None:
    await world.person("ana").post("#general", "hello")
    await world.settle()
    sql(world, "ALTER TABLE receipt RENAME TO away")

    with capture_logs() as logs:
        receiving = asyncio.create_task(world.bot.receipts.receive(Straight(), 1))  # type: ignore[arg-type]
        await world.twin.until(
            lambda: receiving.done() or any(line["event"] == "step waits" for line in logs)
        )
        sql(world, "ALTER TABLE away RENAME TO receipt")
        await receiving

    assert "read" in [line["step"] for line in logs if line["event"] == "step waits"]


@pytest.mark.parametrize("seed", range(3))
async def test_posted_edited_twice_and_deleted_always_ends_as_withdrawn(world: World, seed: int) -> None:
    random_ = random.Random(seed)
    customers = ["greta", "victor", "bruno"]
    written = []
    for number in range(6):
        greta = world.person(customers[number % 3])
        ts = await greta.post("#customer-support", f"{ASKED} ({number})")
        written.append((greta, ts))
        if random_.random() < 0.5:
            await world.twin.idle()  # sometimes the first word of it has arrived before the rest happens
    for person, ts in written:
        await person.edit("#customer-support", ts, f"{ASKED} First edit.")
        await person.edit("#customer-support", ts, f"{ASKED} Second edit.")
        await person.delete("#customer-support", ts)
    await world.settle()

    assert [receipt.failed for receipt in await world.rows(Receipt) if receipt.failed] == []
    requests = await world.rows(Request)
    assert len(requests) == len(written)
    assert all(request.deleted_at for request in requests)
    assert {ticket.status for ticket in await world.rows(Ticket)} <= {Status.WITHDRAWN}
    for card in world.cards("team-billing"):
        assert buttons_of(card) == []
        assert "accountant" not in str(card)


async def test_deliveries_of_one_thread_are_kept_in_the_order_in_which_they_came(world: World) -> None:
    ts = await world.person("greta").post("#customer-support", "good morning everyone")
    await world.settle()

    for number in range(12):
        await world.person("greta").edit("#customer-support", ts, f"good morning everyone {number}")
    await world.settle()

    arrived = sorted(await world.rows(Receipt), key=lambda receipt: receipt.id or 0)[1:]
    texts = [receipt.body["event"]["message"]["text"] for receipt in arrived]
    assert texts == [f"good morning everyone {number}" for number in range(12)]


MESSAGE: Json = {"type": "message", "channel": "C1", "ts": "5.1", "user": "U1", "text": "hello"}
CLICK: Json = {
    "type": "block_actions",
    "user": {"id": "U1"},
    "container": {"type": "message", "channel_id": "C1", "message_ts": "5.1"},
    "trigger_id": "9.9",
    "actions": [{"action_id": "approve_draft", "action_ts": "7.7"}],
}
VIEW: Json = {"user": {"id": "U1"}, "trigger_id": "9.9", "view": {"id": "V1", "callback_id": "send_edited"}}


def event(**fields: Any) -> Json:
    """Build a delivery of an event."""
    return {"type": "event_callback", "event_id": "Ev1", "event": {**MESSAGE, **fields}}


@pytest.mark.parametrize(
    ("body", "key", "thread"),
    [
        (event(), "event:Ev1", "C1:5.1"),
        (event(ts="6.1", thread_ts="5.1"), "event:Ev1", "C1:5.1"),
        (
            event(subtype="message_changed", ts="8.1", message={"ts": "5.1", "text": "new"}),
            "event:Ev1",
            "C1:5.1",
        ),
        (
            event(subtype="message_deleted", ts="8.1", previous_message={"ts": "5.1"}),
            "event:Ev1",
            "C1:5.1",
        ),
        (
            event(subtype="message_changed", ts="8.1", message={"ts": "6.1", "thread_ts": "5.1"}),
            "event:Ev1",
            "C1:5.1",
        ),
        (CLICK, "click:U1:7.7:approve_draft", "C1:5.1"),
        ({**CLICK, **VIEW, "container": {"type": "view"}}, "click:U1:7.7:approve_draft", "view:V1"),
        ({**VIEW, "type": "view_submission"}, "view_submission:V1", "view:V1"),
        ({**VIEW, "type": "view_closed"}, "view_closed:V1", "view:V1"),
        ({"command": "/signalbox", "trigger_id": "9.9"}, "command:9.9", "command:9.9"),
        ({"type": "message_action", "trigger_id": "9.9"}, "message_action:9.9", "message_action:9.9"),
    ],
    ids=[
        *("posted", "said in a thread", "edited", "deleted", "reply edited"),
        *("click", "click in a window", "submitted", "closed", "command", "shortcut"),
    ],
)
def test_the_key_and_the_thread_of_a_delivery(body: Json, key: str, thread: str) -> None:
    assert (key_of(body), thread_of(body)) == (key, thread)


def test_two_people_and_two_presses_have_keys_of_their_own() -> None:
    other_person = {**CLICK, "user": {"id": "U2"}}
    second_press = {**CLICK, "actions": [{"action_id": "approve_draft", "action_ts": "7.8"}]}
    assert len({key_of(body) for body in (CLICK, other_person, second_press)}) == 3


def test_slacks_own_payloads_have_keys_that_hold_and_threads_that_fit(data: Path) -> None:
    lines = [json.loads(line) for line in (data / "slack" / "payloads.jsonl").read_text().splitlines()]
    bodies = [
        line["payload"]
        for line in lines
        if not line["kind"].startswith("socket:") and line["kind"] not in ("web_response", "url_verification")
    ]
    assert len(bodies) > 80
    for body in bodies:
        assert key_of(body).partition(":")[2]
        assert kind_of(body) != "unknown"
        # What fills a menu while somebody types changes nothing, so Slack gives it no id.
        if body.get("event_id") or body.get("trigger_id") or kind_of(body).startswith("view_"):
            assert key_of(body) == key_of(copy.deepcopy(body))
    messages = [body["event"] for body in bodies if kind_of(body) == "message"]
    assert len(messages) > 20
    for body in bodies:
        said = body.get("event") or {}
        if kind_of(body) == "message" and not said.get("subtype"):
            assert thread_of(body) == f"{said['channel']}:{said.get('thread_ts') or said['ts']}"
    for body in bodies:
        if body.get("type") == "block_actions" and "message_ts" in body.get("container", {}):
            where = body["container"]
            assert thread_of(body) == f"{where['channel_id']}:{where['message_ts']}"
