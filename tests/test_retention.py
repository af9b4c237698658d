"""Retention: the database stops growing, and what may still be needed stays."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text
from sqlmodel import SQLModel, select, update
from structlog.testing import capture_logs

from agents.policy import Policy, Retention
from agents.words import Status
from bot import flow_rows, tidying
from handlers import lines
from storage import retention
from storage.tables import Decision, Done, Draft, Post, Receipt, Request, Ticket, TicketEvent
from tests.flows import Straight
from tests.test_receipts import sql
from tests.test_triage import ASKED, asked_anew
from tests.world import TUESDAY, World, of_the_engine, policy

pytestmark = pytest.mark.slow

_DAY = timedelta(days=1)
_A_DAY = 30  # deliveries in the simulated month, each with what a request leaves behind


def short(**days: int) -> Policy:
    """Return the demo company's policy with a short memory."""
    return policy().model_copy(update={"retention": Retention(**days)})


async def tidied(world: World, chosen: Policy | None = None) -> None:
    """Let the nightly job run now."""
    if chosen:
        await world.restart(policy=chosen)
    await tidying.tidy(world.bot.desk, Straight(), world.clock.now().isoformat())


async def count(world: World, table: str) -> int:
    """Count the rows of a table, ours or the engine's."""
    async with world.bot.db.begin() as session:
        connection = await session.connection()
        found = await connection.execute(text(f"SELECT count(*) FROM {table}"))
        return int(found.scalar_one())


def flows_of(world: World) -> str:
    """Return the name of the engine's table of flows."""
    return of_the_engine(world.bot.db, "workflow_status")


def a_days_rows(day: datetime) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the rows that a day of requests leaves behind, oldest first, as statement and values."""
    for number in range(_A_DAY):
        at = day + timedelta(minutes=number * 40)
        moment, millis = (
            at.replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds"),
            int(at.timestamp() * 1000),
        )
        key = f"event:Ev{millis}"
        body = json.dumps({"event": {"text": "I cannot find my invoice. " * 60}})
        yield (
            "INSERT INTO receipt (key, kind, thread, body, received_at, done_at, failed) "
            "VALUES (:key, 'message', :key, :body, :at, :at, '')",
            {"key": key, "body": body, "at": moment},
        )
        yield (
            "INSERT INTO workflow_status (workflow_uuid, status, name, created_at, updated_at, completed_at, priority) "
            "VALUES (:key, 'SUCCESS', 'flow', :ms, :ms, :ms, 0)",
            {"key": key, "ms": millis},
        )
        for table, value in (("workflow_input", "inputs"), ("workflow_output", "output")):
            yield (
                f"INSERT INTO {table} (workflow_uuid, {value}, retention_timestamp) VALUES (:key, :value, :ms)",
                {"key": key, "value": "x" * 120, "ms": millis},
            )
        for step in range(1, 4):
            yield (
                "INSERT INTO operation_outputs "
                "(workflow_uuid, function_id, function_name, output, retention_timestamp) "
                "VALUES (:key, :step, 'step', :value, :ms)",
                {"key": key, "step": step, "value": "x" * 400, "ms": millis},
            )
        for name in ("card", "line"):
            yield (
                "INSERT INTO post (key, channel, thread_ts, ts, at, claimed_by, claimed_until) "
                "VALUES (:key, 'C1', '', '1.1', :at, 'local', :at)",
                {"key": f"{name}:{millis}", "at": moment},
            )
        yield (
            "INSERT INTO done (key, result, at) VALUES (:key, 'null', :at)",
            {"key": f"{key}:approve", "at": moment},
        )


def add(connection: Connection, day: datetime) -> None:
    """Add a day's rows, and the same number of tickets with all that belongs to one."""
    for statement, values in a_days_rows(day):
        connection.execute(text(statement), values)
    for number in range(_A_DAY):
        at = day + timedelta(minutes=number * 10)
        made = connection.execute(
            SQLModel.metadata.tables["request"].insert().returning(text("id")),
            Request(
                team="T1", channel="C1", ts=f"{at.timestamp():.6f}", requester="U1", text="help " * 80,
                wording="help " * 80, posted_at=at,
            ).model_dump(exclude={"id"}),
        ).scalar_one()  # fmt: skip
        ticket = connection.execute(
            SQLModel.metadata.tables["ticket"].insert().returning(text("id")),
            Ticket(
                request_id=made, channel="C1", thread_ts=f"{at.timestamp():.6f}", requester="U1", queue="billing",
                status=Status.RESOLVED, opened_at=at, resolved_at=at, summary="help " * 20,
            ).model_dump(exclude={"id"}),
        ).scalar_one()  # fmt: skip
        rows: list[SQLModel] = [
            TicketEvent(ticket_id=ticket, what=what, who="signalbox", at=at) for what in ("opened", "routed")
        ]
        rows.append(Draft(ticket_id=ticket, text="Look. " * 60, based_on_ts="1.1", engine="local", at=at))
        rows.append(
            Decision(
                kind="triage", request_id=made, ticket_id=ticket, inputs_digest="d", answer={"category": "billing"},
                because="It says invoice. " * 5, engine="local", model="m", at=at,
            )
        )  # fmt: skip
        for row in rows:
            table = SQLModel.metadata.tables[str(row.__tablename__)]
            connection.execute(table.insert(), row.model_dump(exclude={"id"}))


def size(world: World) -> int:
    """Return the bytes of the database with its write-ahead log."""
    path = Path(str(world.bot.db.url.database))
    return sum(path.with_name(path.name + end).stat().st_size for end in ("", "-wal"))


@pytest.mark.sqlite
async def test_the_size_after_two_months_is_that_after_one(world: World) -> None:
    await world.restart(policy=short(receipts_days=7, decisions_days=14, tickets_days=21))
    engine, sizes = world.bot.db.sync_engine(), dict[int, int]()
    with closing(engine.connect()) as connection:
        for day in range(1, 61):
            add(connection, world.clock.now())
            connection.commit()
            world.clock.advance(_DAY)
            await tidied(world)
            sizes[day] = size(world)
    engine.dispose()

    assert sizes[30] > 3 * sizes[1]  # or there would have been nothing to forget
    assert sizes[60] < 1.1 * sizes[30]
    assert _A_DAY * 7 <= await count(world, "receipt") <= _A_DAY * 8
    assert _A_DAY * 21 <= await count(world, "ticket") <= _A_DAY * 22
    for table in ("workflow_status", "workflow_input", "workflow_output"):
        assert await count(world, table) <= _A_DAY * 9
    assert await count(world, "operation_outputs") <= _A_DAY * 9 * 3


async def test_a_delivery_that_comes_again_within_retention_changes_nothing(any_world: World) -> None:
    world = any_world
    ts = await world.person("greta").post("#customer-support", ASKED)
    await world.settle()
    [receipt] = await world.rows(Receipt)
    flows = await count(world, flows_of(world))
    world.clock.advance(29 * _DAY)

    await tidied(world)

    assert len(await world.rows(Receipt)) == 1
    assert await count(world, flows_of(world)) == flows
    body = dict(receipt.body)
    world.twin.ws.courier.send_once("events_api", body, wants_answer=False)
    await world.settle()
    assert len(await world.rows(Receipt)) == 1
    assert len(world.cards("team-billing")) == 1
    assert len(world.thread("customer-support", ts)) == 1


async def test_what_is_old_is_forgotten_and_the_ticket_works_on(any_world: World) -> None:
    world = any_world
    ts = await world.person("greta").post("#customer-support", ASKED)
    await world.settle()
    await world.person("marek").click(await world.card_of(), "edit_draft")
    await world.settle()
    world.clock.advance(40 * _DAY)

    await tidied(world)

    assert len(await world.rows(Receipt)) == 1  # the newest, so that its number is not given away again
    assert [post.key for post in await world.rows(Post)] == ["line:1"]  # drawn anew when the ticket moves
    assert await world.rows(Done) == []
    await world.person("marek").click(await world.card_of(), "approve_draft")
    await world.settle()
    assert (await world.ticket()).status == Status.ANSWERED
    assert len(world.cards("team-billing")) == 1
    assert len([m for m in world.thread("customer-support", ts) if m.get("bot_id")]) == 2


async def test_the_line_of_a_ticket_stays_one_line_however_old_it_is(any_world: World) -> None:
    world = any_world
    ts = await world.person("greta").post("#customer-support", ASKED)
    await world.settle()
    world.clock.advance(40 * _DAY)
    await tidied(world)
    await lines.renew(world.bot.desk, 1)
    assert len(world.thread("customer-support", ts)) == 1

    async with world.bot.db.begin() as session:
        await session.exec(update(Ticket).values(status=Status.RESOLVED, resolved_at=world.clock.now()))
    world.clock.advance(40 * _DAY)
    await tidied(world)
    async with world.bot.db.begin() as session:
        await session.exec(update(Ticket).values(status=Status.ROUTED, resolved_at=None))
    await lines.renew(world.bot.desk, 1)

    assert len(world.thread("customer-support", ts)) == 1


async def test_the_line_of_a_ticket_is_forgotten_with_its_ticket(any_world: World) -> None:
    world = any_world
    for number in range(2):
        await world.person("greta").post("#customer-support", f"{ASKED} ({number})")
        await world.settle()
    async with world.bot.db.begin() as session:
        await session.exec(update(Ticket).values(status=Status.RESOLVED, resolved_at=world.clock.now()))
    world.clock.advance(40 * _DAY)
    few = short(receipts_days=7, decisions_days=14, tickets_days=21)

    await tidied(world, few)
    await tidied(world, few)

    assert [ticket.id for ticket in await world.rows(Ticket)] == [2]  # the newest, for its number
    assert [post.key for post in await world.rows(Post)] == ["line:2"]


async def test_what_an_open_delivery_may_need_stays_however_old_it_is(any_world: World) -> None:
    world = any_world
    at = world.clock.now()
    async with world.bot.db.begin() as session:
        session.add(Receipt(key="event:old", kind="message", thread="C1:1.1", body={}, received_at=at))
        session.add(Done(key="event:old:approve", result=1, at=at))
        session.add(Post(key="card:9:0", channel="C1", at=at, claimed_until=at))
        session.add(
            Receipt(key="event:new", kind="message", thread="C1:2.1", body={}, received_at=at, done_at=at)
        )
        await (await session.connection()).execute(
            text(
                f"INSERT INTO {flows_of(world)} (workflow_uuid, status, name, created_at, updated_at, priority) "
                "VALUES ('event:old', 'SUCCESS', 'flow', 1, 1, 0), ('event:older', 'SUCCESS', 'flow', 1, 1, 0), "
                "('event:under-way', 'PENDING', 'flow', 1, 1, 0)"
            )
        )
    world.clock.advance(90 * _DAY)

    await tidied(world)

    assert {receipt.key for receipt in await world.rows(Receipt)} == {"event:old", "event:new"}
    assert len(await world.rows(Done)) == len(await world.rows(Post)) == 1
    async with world.bot.db.begin() as session:
        assert await flow_rows.are_there(session)
        left = await (await session.connection()).execute(
            text(f"SELECT workflow_uuid FROM {flows_of(world)} WHERE created_at = 1 ORDER BY 1")
        )
        assert list(left.scalars()) == ["event:old", "event:under-way"]
        await (await session.connection()).execute(
            text(f"DELETE FROM {flows_of(world)} WHERE created_at = 1")
        )
        await (await session.connection()).execute(text("UPDATE receipt SET done_at = received_at"))


async def test_open_tickets_stay_and_closed_ones_go_with_all_that_is_about_them(any_world: World) -> None:
    world = any_world
    for who in ("greta", "victor", "greta"):
        await world.person(who).post("#customer-support", asked_anew())
        await world.settle()
    async with world.bot.db.begin() as session:
        for number, status in ((1, Status.RESOLVED), (3, Status.WITHDRAWN)):
            ticket = await session.get(Ticket, number)
            assert ticket is not None
            ticket.status, ticket.resolved_at = status, world.clock.now()
            session.add(ticket)
    world.clock.advance(30 * _DAY)

    await tidied(world, short(receipts_days=7, decisions_days=60, tickets_days=14))

    # The third is closed too, and stays because it is the newest.
    assert {ticket.id for ticket in await world.rows(Ticket)} == {2, 3}
    assert {event.ticket_id for event in await world.rows(TicketEvent)} == {2, 3}
    assert {draft.ticket_id for draft in await world.rows(Draft)} == {2, 3}
    judged = [decision for decision in await world.rows(Decision) if decision.ticket_id is None]
    assert len(judged) == 2 and all(decision.request_id is None for decision in judged)


async def test_talk_is_forgotten_with_age_and_tickets_are_not(world: World) -> None:
    at = world.clock.now()
    await world.person("greta").post("#customer-support", ASKED)
    await world.settle()
    async with world.bot.db.begin() as session:
        for number in range(3):
            session.add(
                Request(
                    team="T1", channel="C1", ts=f"{number}.1", requester="U1", text="thanks", wording="thanks",
                    posted_at=at,
                )
            )  # fmt: skip
    world.clock.advance(20 * _DAY)

    await tidied(world, short(receipts_days=7, decisions_days=14, tickets_days=14))

    async with world.bot.db.begin() as session:
        assert list(await session.exec(select(Request.id))) == [1, 4]


@pytest.mark.sqlite  # on which a table that is gone is an outage; PostgreSQL calls it a mistake of ours
async def test_a_night_waits_for_the_database_from_its_first_look_on(world: World) -> None:
    sql(world, "ALTER TABLE receipt RENAME TO away")

    with capture_logs() as logs:
        tidying_up = asyncio.create_task(tidying.tidy(world.bot.desk, Straight(), "night"))
        await world.twin.until(
            lambda: tidying_up.done() or any(line["event"] == "step waits" for line in logs)
        )
        sql(world, "ALTER TABLE away RENAME TO receipt")
        await tidying_up

    assert {line["step"] for line in logs if line["event"] == "step waits"} == {"see what is needed"}


async def test_the_job_is_begun_once_a_night(world: World) -> None:
    await world.bot.schedule.tick(TUESDAY)
    await world.bot.schedule.tick(TUESDAY + timedelta(hours=1))
    await world.bot.schedule.tick(TUESDAY + _DAY)

    async with world.bot.db.begin() as session:
        found = await (await session.connection()).execute(
            text(f"SELECT workflow_uuid FROM {flows_of(world)} WHERE workflow_uuid LIKE 'tidy:%' ORDER BY 1")
        )
        nights = [key.removeprefix("tidy:")[:16] for key in found.scalars()]
    assert nights == ["2026-11-24T02:10", "2026-11-25T02:10"]  # ten past three in Berlin


def test_every_table_that_refers_to_a_ticket_or_a_request_is_forgotten_with_it() -> None:
    source = Path(retention.__file__).read_text(encoding="utf-8")

    referring = {
        mapper.class_.__name__
        for mapper in Ticket._sa_registry.mappers
        for key in mapper.local_table.foreign_keys
        if key.column.table.name in ("ticket", "request")
    }

    assert {"Draft", "Decision", "RequestEdit"} <= referring
    assert [name for name in sorted(referring) if name not in source] == []


@pytest.mark.parametrize("days", [{"receipts_days": 2}, {"decisions_days": 0}, {"tickets_days": 1}])
def test_a_memory_too_short_to_be_safe_is_refused(days: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="greater than or equal to"):
        Retention(**days)
