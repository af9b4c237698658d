"""A session's short way and SQLAlchemy's own are one: the same values, objects, errors and transaction."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import bindparam
from sqlalchemy import select as select_rows
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import SQLModel, col, delete, select

from agents.words import DraftStatus, Outcome, Priority, Sentiment, Status
from storage import prepared, tickets
from storage.database import Database
from storage.tables import Decision, Done, Draft, Feedback, Post, Receipt, Request, Ticket, TicketEvent

NOW = datetime(2026, 11, 24, 9, 0, 0, 123456, tzinfo=UTC)
ELSEWHERE = NOW.astimezone(timezone(timedelta(hours=-7)))
TEXT = 'ünïcode, "quotes", 100 % of it\n:colons and %(percent)s'


def request(ts: str, **more: Any) -> Request:
    """A message that somebody posted."""
    values = {"team": "T", "channel": "C", "ts": ts, "requester": "U", "text": TEXT, "wording": ""}
    return Request(**{**values, "posted_at": NOW, **more})


def ticket_of(id: int, **more: Any) -> Ticket:
    """The ticket of the request that has the same number."""
    values = {"id": id, "request_id": id, "channel": "C", "thread_ts": f"1.{id}", "requester": "U"}
    return Ticket(**{**values, "opened_at": NOW, **more})


def cases() -> list[SQLModel]:
    """Two requests and their tickets, with columns that are empty in one and filled in the other."""
    words = {"priority": Priority.P1, "sentiment": Sentiment.ANGRY, "status": Status.REOPENED}
    numbers = {"confidence": 0.1 + 0.2, "held": True, "moves": 3, "similar": [1, 2], "incident_id": 7}
    return [
        request("1.1", id=1),
        request("1.2", id=2, files=["a", TEXT], outcome=Outcome.HELD, deleted_at=ELSEWHERE),
        ticket_of(1),
        ticket_of(2, respond_by=ELSEWHERE, facts=[{"name": TEXT}], **words, **numbers),
    ]


def rows() -> list[SQLModel]:
    """A row of every kind that a request makes, which together have every type of column."""
    return [
        Receipt(key="k", kind="message", thread="t", body={"a": [1, None, TEXT]}, received_at=ELSEWHERE),
        *cases(),
        TicketEvent(ticket_id=1, what="opened", who="U", at=NOW),
        Draft(ticket_id=1, text=TEXT, status=DraftStatus.EDITED, based_on_ts="1.1", engine="local", at=NOW),
        Decision(kind="triage", inputs_digest="", answer={}, engine="", model="", dollars=0.25, at=NOW),
        Feedback(ticket_id=1, person="U", good=False, at=NOW),
        Post(key="card:1", channel="C", at=NOW, claimed_until=ELSEWHERE),
        Done(key="nothing", result=None, at=NOW),
        Done(key="something", result=[True, {"a": 1.5}], at=NOW),
    ]


def told(row: Any) -> dict[str, Any]:
    """What a row holds, with the type of each value."""
    return {name: (type(value), value) for name, value in row.model_dump().items() if name != "id"}


async def as_the_driver_has_it(db: Database, model: type[SQLModel]) -> list[Any]:
    """What is in a table, without anything that a model's types make of it."""
    async with db.begin() as session:
        found = await (await session.connection()).exec_driver_sql(
            f"SELECT * FROM {prepared.table(model).name} ORDER BY 1"
        )
        return [tuple(row) for row in found]


async def test_a_row_is_written_and_read_the_short_way_as_sqlalchemy_does_it(db: Database) -> None:
    written: list[dict[type[SQLModel], list[Any]]] = []
    for is_short in (True, False):
        models = dict.fromkeys(type(row) for row in rows())
        async with db.begin() as session:
            for row in rows():
                if not is_short:
                    await session.connection()  # which is asked of SQLAlchemy's own session
                session.add(row)
                await session.flush()
        written.append({model: await as_the_driver_has_it(db, model) for model in models})
        for model in models:
            async with db.begin() as session:
                short = await prepared.objects(session, prepared.Statement(select(model)))
                named = await prepared.rows(session, prepared.Statement(select_rows(prepared.table(model))))
            async with db.begin() as session:
                own = (await session.exec(select(model))).all()
            assert [told(row) for row in short] == [told(row) for row in own] != []
            assert [row._asdict() for row in named] == [row.model_dump() for row in own]
        async with db.begin() as session:
            for model in reversed(models):
                await session.exec(delete(model))

    def without_ids(found: dict[type[SQLModel], list[Any]]) -> dict[str, list[Any]]:
        return {
            model.__name__: [row if model in (Post, Done, Ticket, Request) else row[1:] for row in rows]
            for model, rows in found.items()
        }

    assert without_ids(written[0]) == without_ids(written[1])


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(st.characters(codec="utf-8", exclude_characters="\0")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab"), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    result=_JSON,
    at=st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.timezones()),
    key=st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30),
)
async def test_whatever_is_written_reads_the_same_both_ways(
    db: Database, result: Any, at: datetime, key: str
) -> None:
    async with db.begin() as session:
        await session.exec(delete(Done))
        await session.flush()
    async with db.begin() as session:
        session.add(Done(key=key, result=result, at=at))
    async with db.begin() as session:
        short = await session.get(Done, key)
    async with db.begin() as session:
        own = (await session.exec(select(Done))).one()

    assert short is not None
    assert told(short) == told(own)
    assert (short.result, short.at) == (result, at.astimezone(UTC))


async def add_two(db: Database) -> None:
    """Write two requests and their tickets."""
    async with db.begin() as session:
        for row in cases():
            session.add(row)
            await session.flush()


@pytest.mark.parametrize("is_short", [True, False])
async def test_what_is_changed_on_a_row_that_was_read_is_written(db: Database, is_short: bool) -> None:
    await add_two(db)
    async with db.begin() as session:
        ticket, said = await tickets.case(session, 1)
        ticket.status, ticket.facts, said.wording = Status.ROUTED, [{"name": "a"}], "other"
        if not is_short:
            assert (await session.exec(select(Ticket).where(Ticket.id == 1))).one() is ticket
    async with db.begin() as session:
        again, said = await tickets.case(session, 1)

    assert again is not ticket
    assert (again.status, again.facts, said.wording) == (Status.ROUTED, [{"name": "a"}], "other")
    assert again.model_dump() == ticket.model_dump()


async def test_a_change_is_seen_by_what_is_asked_after_it(db: Database) -> None:
    await add_two(db)
    async with db.begin() as session:
        ticket = await session.get(Ticket, 1)
        assert ticket is not None
        ticket.owner = "greta"
        tickets.note(session, ticket, "claimed", "U", "", NOW)
        asked = prepared.Statement(select_rows(col(Ticket.id)).where(col(Ticket.owner) == bindparam("by")))
        assert [row.id for row in await prepared.rows(session, asked, by="greta")] == [1]
        assert [event.what for event in await tickets.history(session, 1)] == ["claimed"]


async def test_a_row_is_one_object_until_it_is_locked_or_asked_for_anew(db: Database) -> None:
    await add_two(db)
    async with db.begin() as session:
        ticket, _ = await tickets.case(session, 1)
        assert await tickets.get(session, 1) is ticket
        await tickets.change(session, 1, [Status.NEW, Status.ROUTED], {"status": Status.RESOLVED})
        assert (await tickets.case(session, 1))[0].status == Status.NEW
        assert await tickets.locked(session, 1) is ticket
        assert ticket.status == Status.RESOLVED


async def add_one_twice(db: Database) -> None:
    async with db.begin() as session:
        ticket, _ = await tickets.case(session, 1)
        ticket.owner = "greta"
        session.add(request("1.1", text="secret"))


async def add_one_without_a_zone(db: Database) -> None:
    async with db.begin() as session:
        ticket, _ = await tickets.case(session, 1)
        ticket.owner = "greta"
        tickets.note(session, ticket, "opened", "secret", "", NOW.replace(tzinfo=None))


async def change_one_that_is_gone(db: Database) -> None:
    async with db.begin() as session:
        ticket, _ = await tickets.case(session, 1)
        await prepared.change(session, prepared.Statement(prepared.table(Ticket).delete()), {})
        ticket.owner = "greta"


async def leave_in_the_middle(db: Database) -> None:
    async with db.begin() as session:
        await tickets.change(session, 1, [Status.NEW], {"owner": "greta"})
        raise RuntimeError


@pytest.mark.parametrize(
    ("fail", "kind"),
    [
        (add_one_twice, IntegrityError),
        (add_one_without_a_zone, StatementError),
        (change_one_that_is_gone, StaleDataError),
        (leave_in_the_middle, RuntimeError),
    ],
)
async def test_what_failed_leaves_nothing_and_says_nothing_of_what_people_wrote(
    db: Database, fail: Any, kind: type[Exception]
) -> None:
    await add_two(db)

    with pytest.raises(kind) as failed:
        await fail(db)

    assert "secret" not in str(failed.value)
    async with db.begin() as session:
        assert [row.owner for row in (await session.exec(select(Ticket))).all()] == ["", ""]
        assert (await session.exec(select(TicketEvent))).all() == []


async def test_a_session_hands_its_connection_on_to_the_next(db: Database) -> None:
    async with db.begin() as first:
        await first.get(Ticket, 1)
        used = connection_of(first)
    async with db.begin() as second:
        await second.get(Ticket, 1)
        assert connection_of(second) is used


async def test_what_a_session_left_undone_is_not_handed_on(db: Database) -> None:
    broken = db.begin()
    session = await broken.__aenter__()
    session.add(Done(key="k", at=NOW))
    await session.flush()
    used = connection_of(session)
    await broken.__aexit__(RuntimeError, RuntimeError(), None)

    assert used.closed
    async with db.begin() as after:
        assert await after.get(Done, "k") is None


async def test_a_connection_that_was_idle_is_looked_after_before_it_is_used(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with db.begin() as first:
        await first.get(Ticket, 1)
        used = connection_of(first)
    monkeypatch.setattr("storage.connections.IDLE_SECONDS", 0.0)
    async with db.begin() as second:
        await second.get(Ticket, 1)
        assert used.closed
        assert connection_of(second) is not used


async def test_a_change_that_has_to_wait_for_another_holds_up_nobody_else(db: Database) -> None:
    async def change(key: str) -> None:
        async with db.begin() as session:
            session.add(Done(key=key, at=NOW))

    async with db.begin() as first:
        first.add(Done(key="waited for", at=NOW))
        await first.flush()
        waits = asyncio.create_task(change("waits"))
        for _ in range(5):
            async with asyncio.timeout(5), db.begin() as other:
                assert await other.get(Ticket, 1) is None  # meanwhile others look at rows
        async with asyncio.timeout(5):
            await asyncio.sleep(0.03)  # and the change is tried again many times
        assert not (db.is_sqlite and waits.done())  # it lets one write at a time
    async with asyncio.timeout(5):
        await waits

    async with db.begin() as after:
        kept = (await after.exec(select(Done.key).order_by(Done.key))).all()
    assert kept == ["waited for", "waits"]


def connection_of(session: Any) -> Any:
    """The connection that a session uses by now."""
    assert session._connection is not None
    return session._connection
