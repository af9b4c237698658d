"""The database: its schema, and the questions on which nothing may go wrong."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.exc import StatementError
from sqlmodel import SQLModel, col, select

from agents.words import DraftStatus, Status
from storage import drafts, posts, receipts, requests, tickets
from storage.database import Database
from storage.receipts import Delivery
from storage.tables import Beat, Draft, Receipt, Request, Ticket

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


async def ticket_of(db: Database, ts: str = "1.1") -> Ticket:
    async with db.begin() as session:
        request = await requests.keep(
            session, team="T1", channel="C1", ts=ts, requester="U1", text="help", files=(), now=NOW
        )
        return await tickets.open_for(session, request, NOW)


async def test_the_migrated_schema_equals_the_models(database_url: str) -> None:
    db = Database(database_url)
    await db.migrate()
    engine = db.sync_engine()
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        difference = compare_metadata(context, SQLModel.metadata)
    engine.dispose()

    await db.close()
    assert difference == []


async def test_migrating_again_and_at_once_changes_nothing(db: Database) -> None:
    await ticket_of(db)

    await asyncio.gather(*(Database(str(db.url.render_as_string(False))).migrate() for _ in range(3)))

    async with db.begin() as session:
        assert len((await session.exec(select(Ticket))).all()) == 1


def delivered(key: str, thread: str = "C1:1.1") -> Delivery:
    """A message that Slack brought."""
    return Delivery(key, "message", thread, {"a": 1})


async def test_a_delivery_is_kept_once(db: Database) -> None:
    async with db.begin() as session:
        first = await receipts.keep(session, [delivered("event:E1"), delivered("event:E1")], NOW)
    async with db.begin() as session:
        second = await receipts.keep(session, [delivered("event:E1"), delivered("event:E2")], NOW)

    assert list(first) == ["event:E1"]
    assert list(second) == ["event:E2"]


async def test_deliveries_that_are_kept_together_are_in_their_order(db: Database) -> None:
    together = [delivered(f"event:E{number}") for number in range(30)]
    async with db.begin() as session:
        ids = await receipts.keep(session, together, NOW)

    assert sorted(ids, key=lambda key: ids[key]) == [each.key for each in together]


async def test_a_delivery_waits_for_the_one_before_it_in_its_thread(db: Database) -> None:
    async with db.begin() as session:
        together = [delivered("1"), delivered("2"), delivered("3", "C1:2.2")]
        first, second, other = (await receipts.keep(session, together, NOW)).values()

    async def blocked(id: int | None) -> bool:
        async with db.begin() as session:
            receipt = await session.get(Receipt, id)
            assert receipt is not None
            return await receipts.is_blocked(session, receipt)

    assert await blocked(second)
    assert not await blocked(first)
    assert not await blocked(other)
    async with db.begin() as session:
        await receipts.finish(session, first or 0, NOW)
    assert not await blocked(second)


async def test_a_delivery_that_failed_holds_up_nobody(db: Database) -> None:
    async with db.begin() as session:
        together = [delivered("1"), delivered("2")]
        first, second = (await receipts.keep(session, together, NOW)).values()
        await receipts.fail(session, first, "abcd")

    async with db.begin() as session:
        later = await session.get(Receipt, second)
        assert later is not None
        assert not await receipts.is_blocked(session, later)
        assert [id for id, _, _ in await receipts.unfinished(session, NOW + timedelta(1), "")] == [second]


async def test_whoever_claims_gets_what_nobody_alive_sees_to_and_what_is_far_too_old(db: Database) -> None:
    async with db.begin() as session:
        session.add_all(Beat(executor=name, at=NOW) for name in ("us", "alive"))
        for number, by in enumerate(("us", "alive", "dead", "")):
            together = [delivered(f"{number}", f"C1:{number}"), delivered(f"{number}d", f"C2:{number}")]
            ids = await receipts.keep(session, together, NOW, by)
            await receipts.finish(session, ids[f"{number}d"], NOW)
        await receipts.keep(session, [delivered("old")], NOW - timedelta(hours=1), "alive")

    async with db.begin() as session:
        await receipts.claim(session, "us", NOW - timedelta(minutes=10))
        ours = await receipts.unfinished(session, NOW + timedelta(1), "us")
        theirs = await receipts.unfinished(session, NOW + timedelta(1), "alive")

    assert [key for _, key, _ in ours] == ["0", "2", "3", "old"]
    assert [key for _, key, _ in theirs] == ["1"]


async def test_of_two_who_decide_a_draft_exactly_one_is_first(db: Database) -> None:
    ticket = await ticket_of(db)
    async with db.begin() as session:
        draft = await drafts.propose(
            session, Draft(ticket_id=ticket.id or 0, text="hi", based_on_ts="1.1", engine="local", at=NOW)
        )

    async def decide(by: str) -> bool:
        async with db.begin() as session:
            return await drafts.decide(session, draft.id or 0, DraftStatus.APPROVED, by, NOW)

    won = await asyncio.gather(*(decide(f"U{n}") for n in range(5)))

    assert sum(won) == 1


async def test_a_newer_draft_takes_the_place_of_a_proposed_one(db: Database) -> None:
    ticket = await ticket_of(db)
    async with db.begin() as session:
        for text in ("one", "two"):
            await drafts.propose(
                session, Draft(ticket_id=ticket.id or 0, text=text, based_on_ts="1.1", engine="local", at=NOW)
            )

    async with db.begin() as session:
        found = (await session.exec(select(Draft).order_by(col(Draft.id)))).all()
    assert [draft.status for draft in found] == [DraftStatus.SUPERSEDED, DraftStatus.PROPOSED]


MINUTE = timedelta(minutes=1)


async def test_an_intent_to_post_is_written_once_and_knows_where_the_post_went(db: Database) -> None:
    async with db.begin() as session:
        first = await posts.intend(session, "card:1", "C1", "", "me", NOW, MINUTE)
    async with db.begin() as session:
        again = await posts.intend(session, "card:1", "C1", "", "me", NOW, MINUTE)
        await posts.done(session, "card:1", "7.7")
    async with db.begin() as session:
        out = await posts.intend(session, "card:1", "C1", "", "me", NOW, MINUTE)

    assert (first.is_first, first.is_ours, first.ts) == (True, True, "")
    assert (again.is_first, again.is_ours, again.ts, again.at) == (False, True, "", NOW)
    assert (out.is_first, out.ts) == (False, "7.7")


async def test_what_one_process_has_claimed_no_other_posts_until_the_claim_is_over(db: Database) -> None:
    async with db.begin() as session:
        await posts.intend(session, "card:1", "C1", "", "one", NOW, MINUTE)
        await posts.intend(session, "card:2", "C1", "", "one", NOW, -MINUTE)
    async with db.begin() as session:
        early = await posts.intend(session, "card:1", "C1", "", "two", NOW, MINUTE)
        over = await posts.intend(session, "card:2", "C1", "", "two", NOW, MINUTE)
    async with db.begin() as session:
        back = await posts.claim(session, "card:2", "one", NOW, MINUTE)

    assert (early.is_first, early.is_ours) == (False, False)
    assert (over.is_first, over.is_ours) == (False, True)
    assert not back.is_ours


async def test_an_intent_that_somebody_gave_up_meanwhile_is_nobodys(db: Database) -> None:
    async with db.begin() as session:
        await posts.intend(session, "card:1", "C1", "", "one", NOW, MINUTE)
        await posts.release(session, "card:1")
    async with db.begin() as session:
        gone = await posts.claim(session, "card:1", "two", NOW, MINUTE)

    assert not gone.is_ours


async def test_a_request_keeps_its_first_wording_and_shows_its_newest(db: Database) -> None:
    async with db.begin() as session:
        request = await requests.keep(
            session, team="T1", channel="C1", ts="1.1", requester="U1", text="one", files=(), now=NOW
        )
        await requests.reword(session, request, "two", NOW)
        await requests.reword(session, request, "three", NOW)

    async with db.begin() as session:
        found = await session.get(Request, request.id)
        assert found is not None
        assert found.text == "one"
        assert found.wording == "three"


async def test_load_counts_open_tickets_and_knows_who_was_last(db: Database) -> None:
    for number, (owner, status) in enumerate(
        [("ana", Status.ROUTED), ("ben", Status.RESOLVED), ("ana", Status.ANSWERED), ("cy", Status.ROUTED)]
    ):
        ticket = await ticket_of(db, f"{number}.1")
        async with db.begin() as session:
            ticket.queue, ticket.owner, ticket.status = "billing", owner, status
            session.add(ticket)

    async with db.begin() as session:
        load = (await tickets.loads(session, ["billing"]))["billing"]

    assert load.open == {"ana": 2, "cy": 1}
    assert load.last == "cy"


async def test_a_time_without_a_zone_is_refused(db: Database) -> None:
    with pytest.raises(StatementError, match="without a zone"):
        async with db.begin() as session:
            await receipts.keep(session, [delivered("1")], datetime(2026, 1, 1))
