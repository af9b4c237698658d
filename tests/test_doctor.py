"""The doctor: what is stuck is named with its age and a link, and a requeued delivery has its effects exactly once."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import col, select, update

from agents.words import DraftStatus, Status
from bot.cards_behind import behind
from bot.doctor import CannotLook, Doctor, Finding
from storage.database import Database
from storage.tables import Draft, Post, Receipt, Ticket, TicketEvent
from tests.process import host
from tests.test_triage import ASKED
from tests.world import World, of_the_engine, text_of

pytestmark = pytest.mark.slow

_WHILE = timedelta(minutes=10)


async def look(
    world: World, requeue: str = "", fixes: bool = False, cards: bool = False
) -> tuple[bool, list[Finding]]:
    """Let the doctor look at the world's database over a connection of its own."""
    db, found = Database(world.database_url), list[Finding]()
    compare = partial(behind, world.bot.settings, world.bot.policy, db, world.clock.now, fixes)
    try:
        doctor = Doctor(db, world.clock.now(), compare if cards else None, requeue, fixes)
        return await doctor.examine(found.append), found
    finally:
        await db.close()


async def said(world: World) -> str:
    """Return what the doctor says about the world, or the empty string when nothing is wrong."""
    is_fine, found = await look(world)
    assert is_fine == (not found)
    return "\n".join(f"{one.sentence} {one.link} {one.remedy}" for one in found)


async def execute(world: World, statement: str) -> None:
    """Do something to the database behind the bot's back."""
    async with world.bot.db.begin() as session:
        await (await session.connection()).execute(text(statement))


async def break_(world: World, table: str, what: str = "INSERT") -> None:
    """Let a change of this table fail as a bug of ours does, until it is mended."""
    if world.bot.db.is_sqlite:
        trigger = f"CREATE TRIGGER bug BEFORE {what} ON {table} BEGIN SELECT RAISE(ABORT, 'a bug'); END"
        await execute(world, trigger)
        return
    body = "BEGIN RAISE EXCEPTION 'a bug' USING ERRCODE = 'check_violation'; END"
    await execute(world, f"CREATE FUNCTION bug() RETURNS trigger LANGUAGE plpgsql AS $${body}$$")
    await execute(world, f"CREATE TRIGGER bug BEFORE {what} ON {table} EXECUTE FUNCTION bug()")


async def mend(world: World, table: str) -> None:
    """Take the cause away."""
    await execute(world, "DROP TRIGGER bug" + ("" if world.bot.db.is_sqlite else f" ON {table}"))


async def sweep(world: World) -> None:
    """Let two minutes pass, and what is overdue be begun."""
    world.clock.advance(timedelta(minutes=2))
    slot = world.clock.now().isoformat()
    await world.bot.engine.perform("sweep", f"sweep:{slot}", slot)
    await world.settle()


async def ask(world: World) -> str:
    """Let a customer ask, and wait until that had its effects; return the message's ts."""
    ts = await world.person("greta").post("#customer-support", ASKED)
    await world.settle()
    return ts


async def failures(world: World) -> list[Receipt]:
    """Return the deliveries that were given up, once their flows have ended."""
    await world.settle()
    await quiet(world)
    return [receipt for receipt in await world.rows(Receipt) if receipt.failed]


async def quiet(world: World) -> None:
    """Wait until no flow is under way."""
    flows = of_the_engine(world.bot.db, "workflow_status")
    pending = f"SELECT count(*) FROM {flows} WHERE status = 'PENDING'"

    async def is_quiet() -> bool:
        async with world.bot.db.begin() as session:
            return bool((await (await session.connection()).execute(text(pending))).scalar_one() == 0)

    while not await is_quiet():
        await world.twin.idle()


def alone(world: World) -> list[dict[str, object]]:
    """Return the team's cards; whatever else is said in its channel is none."""
    return [card for card in world.cards("team-billing") if str(card["text"]).startswith("T-")]


async def test_of_a_bot_that_works_nothing_is_said(any_world: World) -> None:
    await ask(any_world)
    await quiet(any_world)
    any_world.clock.advance(_WHILE)

    assert await look(any_world, cards=True) == (True, [])


@pytest.mark.parametrize("table", ["ticket_event", "decision", "draft"])
async def test_a_delivery_requeued_after_its_cause_is_gone_ends_with_exactly_one_card(
    any_world: World, table: str
) -> None:
    world = any_world
    await break_(world, table)
    ts = await ask(world)
    [failed] = await failures(world)
    world.clock.advance(_WHILE)
    is_fine, [found] = await look(world)
    assert not is_fine
    assert f"came 10 min ago was given up after a bug, reference {failed.failed}" in found.sentence
    assert f"--requeue {failed.failed}" in found.remedy

    await mend(world, table)
    is_fine, [found] = await look(world, requeue=failed.failed)
    assert is_fine and found.is_fixed and "within a minute" in found.remedy
    await sweep(world)
    await sweep(world)

    assert await failures(world) == []
    [card] = alone(world)
    assert "approve_draft" in str(card)
    assert len(world.thread("customer-support", ts)) == 1
    assert len(await world.rows(Ticket)) == 1
    assert await said(world) == ""


async def test_a_requeued_click_goes_on_after_what_it_had_committed(any_world: World) -> None:
    world = any_world
    ts = await ask(world)
    await break_(world, "draft", "UPDATE OF sent_ts")
    await world.person("marek").click(await world.card_of(), "approve_draft")
    [failed] = await failures(world)

    await mend(world, "draft")
    assert (await look(world, requeue="all"))[0]
    await sweep(world)

    assert await failures(world) == []
    assert (await world.ticket()).status == Status.ANSWERED
    assert len(world.thread("customer-support", ts)) == 2
    assert failed.kind == "block_actions"
    events = [event.what for event in await world.rows(TicketEvent)]
    assert (events.count("draft approved"), events.count("reply sent")) == (1, 1)


async def test_what_fails_again_gets_a_new_reference_is_told_again_and_can_be_requeued_again(
    world: World,
) -> None:
    await break_(world, "ticket_event")
    await ask(world)
    [first] = await failures(world)
    assert (await look(world, requeue=str(first.id)))[0]
    await sweep(world)

    [second] = await failures(world)
    assert second.failed != first.failed
    told = [text_of(message) for message in world.cards("front-desk")]
    assert [first.failed in told[0], second.failed in told[1]] == [True, True]

    await mend(world, "ticket_event")
    assert (await look(world, fixes=True))[0]
    await sweep(world)
    assert len(alone(world)) == 1


async def test_a_delivery_is_requeued_while_the_bot_is_stopped_and_runs_when_it_starts(world: World) -> None:
    await break_(world, "decision")
    await ask(world)
    [failed] = await failures(world)
    await mend(world, "decision")
    await world.bot.stop()

    is_fine, [found] = await look(world, requeue=failed.failed)
    assert is_fine and "when the bot starts" in found.remedy

    await world.restart()
    await world.settle()
    assert len(alone(world)) == 1


async def test_a_delivery_that_is_still_being_given_up_is_left_alone(world: World) -> None:
    await break_(world, "decision")
    await ask(world)
    [failed] = await failures(world)
    flows = of_the_engine(world.bot.db, "workflow_status")
    await execute(world, f"UPDATE {flows} SET status = 'PENDING' WHERE workflow_uuid = '{failed.key}'")

    is_fine, [found] = await look(world, requeue=failed.failed)

    assert not is_fine and "still being given up" in found.remedy
    assert [receipt.failed for receipt in await world.rows(Receipt)] == [failed.failed]


async def test_a_reference_that_nobody_knows_is_said_to_be_so(world: World) -> None:
    with pytest.raises(CannotLook, match="'abcd1234'"):
        await look(world, requeue="abcd1234")


async def test_without_a_database_none_is_made(tmp_path: Path, world: World) -> None:
    missing = tmp_path / "nowhere.sqlite"
    db = Database(f"sqlite:///{missing}")

    with pytest.raises(CannotLook, match="has the bot ever run"):
        await Doctor(db, world.clock.now()).examine(print)

    assert not missing.exists()


async def test_a_database_without_tables_is_named(tmp_path: Path, world: World) -> None:
    (tmp_path / "empty.sqlite").touch()
    db = Database(f"sqlite:///{tmp_path}/empty.sqlite")

    with pytest.raises(CannotLook, match="started on it once"):
        await Doctor(db, world.clock.now()).examine(print)
    await db.close()


@pytest.fixture
async def stuck(any_world: World) -> World:
    """A world with a ticket, ten minutes later."""
    await ask(any_world)
    await quiet(any_world)
    any_world.clock.advance(_WHILE)
    return any_world


async def test_a_delivery_that_nobody_finishes_is_found(stuck: World) -> None:
    ticket = await stuck.ticket()
    then = stuck.clock.now() - timedelta(hours=3)
    async with stuck.bot.db.begin() as session:
        thread = f"{ticket.channel}:{ticket.thread_ts}"
        session.add(Receipt(key="event:E1", kind="message", thread=thread, body={}, received_at=then))

    report = await said(stuck)

    assert "(message, number 2) came 3 h ago and is not done" in report
    assert ticket.link in report
    await execute(stuck, "UPDATE receipt SET done_at = received_at")


async def test_a_post_of_which_nobody_knows_whether_it_arrived_is_found(stuck: World) -> None:
    then = stuck.clock.now() - _WHILE
    async with stuck.bot.db.begin() as session:
        session.add(Post(key="line:9", channel="C1", thread_ts="", at=then, claimed_until=then))

    assert "A post (line) was begun 10 min ago" in await said(stuck)


async def test_an_approved_reply_that_did_not_leave_is_found(stuck: World) -> None:
    values = {"status": DraftStatus.APPROVED, "decided_at": stuck.clock.now() - _WHILE}
    async with stuck.bot.db.begin() as session:
        await session.exec(update(Draft).values(**values))

    report = await said(stuck)

    assert "The reply to T-1 was approved 10 min ago and was not sent" in report
    assert (await stuck.ticket()).link in report


async def test_a_ticket_on_no_card_is_found(stuck: World) -> None:
    async with stuck.bot.db.begin() as session:
        await session.exec(update(Ticket).values(card_ts=""))

    assert "T-1 was opened 10 min ago and is on no card" in await said(stuck)


async def test_a_flow_whose_process_is_gone_is_found(stuck: World) -> None:
    flows = of_the_engine(stuck.bot.db, "workflow_status")
    await execute(stuck, f"UPDATE {flows} SET status = 'PENDING', executor_id = 'somebody-dead'")
    if stuck.bot.db.is_sqlite:
        # On SQLite there is one process; while it runs, every flow is its own.
        assert await said(stuck) == ""
        await stuck.bot.stop()

    report = await said(stuck)

    assert "A flow (event) was begun" in report
    assert ("The bot is not running" if stuck.bot.db.is_sqlite else "Its process is gone") in report
    if stuck.bot.db.is_sqlite:
        await stuck.restart()


async def test_a_scheduled_flow_that_broke_is_found_and_forgotten_by_fixing(world: World) -> None:
    slot = "2026-11-24T09:00:00+00:00"
    await world.bot.engine.perform("sweep", f"sweep:{slot}", slot)
    world.clock.at = world.clock.at.replace(year=2020)  # the engine reads the machine's clock, not ours
    await execute(world, f"UPDATE {of_the_engine(world.bot.db, 'workflow_status')} SET status = 'ERROR'")

    assert "A scheduled flow (sweep) ended with an error" in await said(world)

    assert (await look(world, fixes=True))[0]
    assert await said(world) == ""


async def test_a_card_that_fell_behind_its_ticket_is_found_and_drawn_again(stuck: World) -> None:
    async with stuck.bot.db.begin() as session:
        await session.exec(update(Draft).values(status=DraftStatus.SUPERSEDED))
    is_fine, [found] = await look(stuck, cards=True)
    assert not is_fine
    assert "The card of T-1 does not show what the ticket is now" in found.sentence
    assert found.link == (await stuck.ticket()).card_link

    assert (await look(stuck, cards=True, fixes=True))[0]

    assert "approve_draft" not in str(await stuck.card_of())
    assert await look(stuck, cards=True) == (True, [])


async def test_a_card_that_somebody_deleted_is_found(world: World) -> None:
    await ask(world)
    ticket = await world.ticket()
    await world.bot.web.chat_delete(channel=ticket.card_channel, ts=ticket.card_ts)

    _, [found] = await look(world, cards=True)

    assert "The card of T-1 is not in its channel any more" in found.sentence


async def test_without_slack_the_rest_is_looked_at_all_the_same(world: World) -> None:
    await ask(world)
    world.twin.faults.add("auth.test", "http500", times=10)

    _, [found] = await look(world, cards=True)

    assert "Slack does not answer" in found.sentence


@pytest.mark.process
async def test_the_command_ends_with_one_while_something_is_wrong_and_a_running_bot_takes_what_is_requeued(
    tmp_path: Path,
) -> None:
    url = f"sqlite:///{tmp_path}/signalbox.sqlite"
    async with host(tmp_path / "bot", url) as hosted:
        await hosted.start()
        async with hosted.db.begin() as session:
            # What the clock brings is spared, because the hour of day may bring it or not.
            bug = """CREATE TRIGGER bug BEFORE INSERT ON decision WHEN NEW.kind = 'triage'
                BEGIN SELECT RAISE(ABORT, 'a bug'); END"""
            await (await session.connection()).execute(text(bug))
        await hosted.twin.person("greta").post("#customer-support", ASKED)
        await hosted.settle()
        async with hosted.db.begin() as session:
            [reference] = (await session.exec(select(Receipt.failed).where(col(Receipt.failed) != ""))).all()
            await (await session.connection()).execute(text("DROP TRIGGER bug"))

        wrong = await hosted.launcher.run("doctor")
        assert (wrong.code, reference in wrong.out) == (1, True), wrong.err
        requeued = await hosted.launcher.run("doctor", "--requeue", reference)
        assert (requeued.code, "within a minute" in requeued.out) == (0, True), requeued.out
        async with hosted.db.begin() as session:
            # As if a minute had passed.
            await (await session.connection()).execute(
                text("UPDATE receipt SET received_at = datetime(received_at, '-2 minutes')")
            )
        await hosted.twin.until(lambda: hosted.twin.channel("team-billing").messages, timeout=75)
        await hosted.settle()

        assert len(hosted.twin.channel("team-billing").messages) == 1
        fine = await hosted.launcher.run("doctor")
        assert (fine.code, "Nothing is stuck." in fine.out) == (0, True), fine.out + fine.err
