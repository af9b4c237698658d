"""Restarts: what was asked, clicked or promised before a process ended happens after it, once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import text
from sqlmodel import select
from structlog.testing import capture_logs

from agents.words import DraftStatus, Status
from bot.places import Places
from handlers import drafting, replies, sending, sla, triage
from handlers import tickets as ticket_presses
from handlers.desk import Desk
from storage import drafts, requests, tickets
from storage.reviews import Alert
from storage.tables import Draft, Receipt, Request, Ticket, TicketEvent
from tests.flows import Crash, Straight
from tests.process import Host, host
from tests.replicas import replicas
from tests.test_drift_kill import dead, dies_at
from tests.test_receipts import sql
from tests.test_triage import ASKED, asked_anew
from tests.world import World, buttons_of, mentions_of, of_the_engine, text_of

pytestmark = pytest.mark.slow

T = TypeVar("T")
HOW_TO = "How can I add a second warehouse address?"
_LATE = timedelta(hours=5)  # later than the promise of a P3 request that came at nine
_CUT_OFF = timedelta(minutes=3)  # later than an approved draft may take to be sent
_MANY = 60  # requests, more than a process works on at once


@pytest.fixture
async def asked(world: World) -> str:
    """The ts of a request that has a draft."""
    ts = await world.person("greta").post("#customer-support", ASKED)
    await world.settle()
    return ts


async def quiet(world: World) -> None:
    """Wait until no flow is under way, of deliveries or of the schedule."""
    async with asyncio.timeout(20):
        while True:
            async with world.bot.db.begin() as session:
                connection = await session.connection()
                flows = of_the_engine(world.bot.db, "workflow_status")
                found = await connection.execute(
                    text(f"SELECT count(*) FROM {flows} WHERE status IN ('PENDING', 'ENQUEUED')")
                )
                if found.scalar_one() == 0:
                    return
            await asyncio.sleep(0.01)


async def minutes(world: World, number: int = 1) -> None:
    """Let minutes pass, each with its tick, and wait for what they begin."""
    for _ in range(number):
        world.clock.advance(timedelta(minutes=1))
        await world.bot.schedule.tick(world.clock.now())
        await quiet(world)


def ours(world: World, ts: str) -> list[dict[str, Any]]:
    """Return what the bot posted in a requester's thread after its first line."""
    return [message for message in world.thread("customer-support", ts) if message.get("bot_id")][1:]


async def escalations(world: World, number: int = 1) -> list[dict[str, Any]]:
    """Return what was posted in the thread of a ticket's card."""
    ticket = await world.ticket(number)
    return world.thread(world.bot.desk.directory.channel_name(ticket.card_channel), ticket.card_ts)


async def one_card(host: Host, ts: str) -> dict[str, Any]:
    """Return the card of a request. Raises AssertionError unless there is exactly one, and one line."""
    async with host.db.begin() as session:
        [request] = (await session.exec(select(Request).where(Request.ts == ts))).all()
        [ticket] = (await session.exec(select(Ticket).where(Ticket.request_id == request.id))).all()
    name = f"T-{ticket.id} "
    cards = [m for m in host.twin.channel("team-billing").messages if m.get("text", "").startswith(name)]
    lines = [m for m in host.twin.channel("customer-support").thread(ts) if m["ts"] != ts]
    assert (len(cards), len(lines)) == (1, 1)
    return dict(cards[0])


@pytest.mark.process
async def test_what_was_acknowledged_before_a_crash_or_posted_after_it_is_handled_at_the_next_start(
    tmp_path: Path,
) -> None:
    async with host(tmp_path / "bot", f"sqlite:///{tmp_path}/signalbox.sqlite") as hosted:
        await hosted.start()
        # The engines take a second to load, so this one is kept and acknowledged and waits for them.
        kept = await hosted.twin.person("greta").post("#customer-support", ASKED)
        await hosted.twin.until(lambda: hosted.twin.ws.courier.delivered == 1)
        await hosted.kill()
        while_down = await hosted.twin.person("victor").post("#customer-support", ASKED)

        await hosted.start()
        await hosted.settle()

        for ts in (kept, while_down):
            await one_card(hosted, ts)
            [seen] = [m for m in hosted.twin.channel("customer-support").messages if m["ts"] == ts]
            assert [reaction["name"] for reaction in seen["reactions"]] == ["eyes"]


async def test_a_click_on_a_card_from_before_a_restart_works(world: World, asked: str) -> None:
    card = await world.card_of()
    await world.restart()

    await world.person("marek").click(card, "approve_draft")
    await world.settle()

    assert len(ours(world, asked)) == 1
    assert (await world.ticket()).status == Status.ANSWERED


async def test_a_window_that_was_open_during_a_restart_can_be_sent(world: World, asked: str) -> None:
    marek = world.person("marek")
    await marek.click(await world.card_of(), "edit_draft")
    await marek.modal()
    await world.restart()

    assert await marek.submit({"text": "It is under Settings."}) == {}
    await world.settle()

    assert ["It is under Settings." in text_of(message) for message in ours(world, asked)] == [True]


async def test_a_restart_repeats_nothing(world: World, asked: str) -> None:
    calls = len(world.twin.calls)
    await world.restart()
    await world.settle()
    await quiet(world)

    since = [call.method for call in list(world.twin.calls)[calls:]]
    assert not {"chat.postMessage", "chat.update", "chat.postEphemeral", "reactions.add"} & set(since)


async def approved_and_cut_off(world: World) -> None:
    """Approve the draft in a process that dies before it can send it."""
    [draft] = await world.rows(Draft)
    body = {"user": {"id": world.person("marek").id}}
    run = Straight(dies_after="approve")
    with pytest.raises(Crash):
        await replies.on_approve(body, {"value": str(draft.id)}, world.bot.desk, run)


async def test_a_draft_that_is_written_again_after_a_crash_is_the_same_draft(
    world: World, asked: str
) -> None:
    run = Straight(dies_after="draft")
    async with world.bot.db.begin() as session:
        await drafts.supersede(session, 1, "the requester wrote more", world.clock.now())
    with pytest.raises(Crash):
        await drafting.propose(world.bot.desk, run, 1)

    await drafting.propose(world.bot.desk, run, 1)

    found = [draft.status for draft in await world.rows(Draft)]
    assert found == [DraftStatus.SUPERSEDED, DraftStatus.PROPOSED]
    assert "approve_draft" in buttons_of(await world.card_of())


async def test_a_draft_that_the_thread_overtook_while_it_was_written_does_not_hide_the_newer_one(
    world: World, asked: str
) -> None:
    class Slow(Straight):
        async def decide(self, name: str, desk: Desk, think: Any, keep: Any, *args: Any) -> Any:
            async def slowly(*args: Any) -> Any:
                thought = await think(*args)
                await world.person("greta").post(
                    "#customer-support", "It is about all users.", thread_ts=asked
                )
                await world.settle()
                return thought

            return await super().decide(name, desk, slowly, keep, *args)

    async with world.bot.db.begin() as session:
        await drafts.supersede(session, 1, "somebody moved it", world.clock.now())
    await drafting.propose(world.bot.desk, Slow(), 1)
    await world.person("marek").click(await world.card_of(), "claim_ticket")  # which draws the card anew
    await world.settle()

    assert "approve_draft" in buttons_of(await world.card_of())
    [*_, newest] = await world.rows(Draft)
    assert newest.status == DraftStatus.PROPOSED


async def test_a_draft_that_was_approved_before_a_crash_is_not_written_again_after_it(
    world: World, asked: str
) -> None:
    await approved_and_cut_off(world)
    await drafting.propose(world.bot.desk, Straight(), 1)  # the flow that wrote it had not noted that it did
    thanks = "thank you so much, got it!"
    await world.person("greta").post("#customer-support", thanks, thread_ts=asked)
    await world.settle()

    assert [draft.status for draft in await world.rows(Draft)] == [DraftStatus.APPROVED]
    assert (await world.ticket()).status == Status.RESOLVED


async def test_what_was_answered_before_a_crash_gets_no_draft_after_it(world: World, asked: str) -> None:
    await world.person("marek").click(await world.card_of(), "approve_draft")
    await world.settle()

    await drafting.propose(world.bot.desk, Straight(), 1)

    assert [draft.status for draft in await world.rows(Draft)] == [DraftStatus.SENT]


@pytest.mark.parametrize("after", ["judge", "judge again", "card", "leave"])
async def test_an_edit_to_another_team_that_is_cut_off_leaves_one_card_and_one_line_in_the_history(
    world: World, asked: str, after: str
) -> None:
    desk, run = world.bot.desk, Straight(dies_after=after)
    async with desk.db.begin() as session:
        await requests.reword(session, (await tickets.case(session, 1))[1], HOW_TO, world.clock.now())
    with pytest.raises(Crash):
        await triage.judge_again(desk, run, 1)

    await triage.judge_again(desk, run, 1)

    assert [event.what for event in await world.rows(TicketEvent)].count("judged again") == 1
    [left], [card] = world.cards("team-billing"), world.cards("front-desk")
    assert "moved to" in text_of(left) and buttons_of(left) == []
    assert "approve_draft" in buttons_of(card)


async def test_whoever_decides_while_a_reworded_request_is_judged_keeps_their_word(
    world: World, asked: str
) -> None:
    class Meanwhile(Straight):
        async def repeat(self, name: str, do: Callable[..., Awaitable[T]], *args: Any) -> T:
            result = await super().repeat(name, do, *args)
            if name == "judge":
                await world.person("ana").click(await world.card_of(), "claim_ticket")
                await world.settle()
            return result

    desk = world.bot.desk
    async with desk.db.begin() as session:
        await requests.reword(session, (await tickets.case(session, 1))[1], HOW_TO, world.clock.now())
    await triage.judge_again(desk, Meanwhile(), 1)

    ticket = await world.ticket()
    assert (ticket.queue, ticket.owner) == ("billing", "ana")


async def test_an_approved_draft_that_was_not_sent_is_sent_by_the_sweep_once(
    world: World, asked: str
) -> None:
    await approved_and_cut_off(world)
    await world.restart()
    await minutes(world)
    assert ours(world, asked) == []  # it may still be under way

    world.clock.advance(_CUT_OFF)
    await minutes(world, 3)

    assert len(ours(world, asked)) == 1
    [draft] = await world.rows(Draft)
    assert draft.status == DraftStatus.SENT
    assert "Sent, approved by" in text_of(await world.card_of())


@pytest.mark.parametrize("after", ["send", "sent"])
async def test_a_reply_whose_process_died_before_its_card_said_so_is_shown_as_sent(
    world: World, asked: str, after: str
) -> None:
    [draft] = await world.rows(Draft)
    run, body = Straight(dies_after=after), {"user": {"id": world.person("marek").id}}
    with pytest.raises(Crash):
        await replies.on_approve(body, {"value": str(draft.id)}, world.bot.desk, run)

    await sending.deliver(world.bot.desk, run, draft.id or 0)

    assert len(ours(world, asked)) == 1
    assert [event.what for event in await world.rows(TicketEvent)].count("reply sent") == 1
    assert "Sent, approved by" in text_of(await world.card_of())


async def test_an_approved_draft_of_a_request_that_was_deleted_is_never_sent(
    world: World, asked: str
) -> None:
    await approved_and_cut_off(world)
    await world.person("greta").delete("#customer-support", asked)
    await world.settle()

    world.clock.advance(_CUT_OFF)
    await minutes(world, 2)

    assert ours(world, asked) == []
    [draft] = await world.rows(Draft)
    assert draft.status == DraftStatus.SUPERSEDED


async def test_a_reply_that_slack_is_slow_to_take_is_not_sent_again_by_the_sweep(
    world: World, asked: str
) -> None:
    slow = world.twin.faults.add("chat.postMessage", "hang")
    await world.person("marek").click(await world.card_of(), "approve_draft")
    await world.twin.until(lambda: slow.hits == 1)

    world.clock.advance(_CUT_OFF)
    await world.bot.schedule.tick(world.clock.now())
    # Whoever would send a second one does so while the first is still on its way.
    with suppress(TimeoutError):
        await world.twin.until(lambda: ours(world, asked), timeout=1.5)
    slow.release()
    await world.settle()
    await quiet(world)

    assert len(ours(world, asked)) == 1


async def test_a_broken_promise_is_escalated_once_to_whoever_comes_next(world: World, asked: str) -> None:
    world.clock.advance(_LATE)
    await minutes(world)

    [call] = await escalations(world)
    escalate_to = world.bot.policy.queues["billing"].escalate_to
    assert mentions_of(call) == {world.bot.desk.directory.id_of(handle) for handle in escalate_to}
    assert (await world.ticket()).status == Status.ESCALATED
    assert "scalated" in text_of(await world.card_of())

    await minutes(world, 3)
    await world.restart()
    await minutes(world, 2)

    assert len(await escalations(world)) == 1


async def test_the_same_minute_ticked_twice_escalates_once(world: World, asked: str) -> None:
    world.clock.advance(_LATE)
    for _ in range(2):
        await world.bot.schedule.tick(world.clock.now())
    await world.restart()
    await world.bot.schedule.tick(world.clock.now())
    await quiet(world)

    assert len(await escalations(world)) == 1


async def test_a_promise_that_is_not_due_yet_is_left_alone(world: World, asked: str) -> None:
    due = (await world.ticket()).respond_by
    assert due is not None
    world.clock.advance(due - world.clock.now() - timedelta(minutes=2))
    await minutes(world)

    assert await escalations(world) == []


async def test_a_request_that_was_answered_is_not_escalated(world: World, asked: str) -> None:
    await world.person("marek").click(await world.card_of(), "approve_draft")
    await world.settle()

    world.clock.advance(_LATE)
    await minutes(world, 2)

    assert await escalations(world) == []
    assert (await world.ticket()).status == Status.ANSWERED


async def test_an_escalated_request_can_still_be_answered(world: World, asked: str) -> None:
    world.clock.advance(_LATE)
    await minutes(world)

    await world.person("ana").click(await world.card_of(), "approve_draft")
    await world.settle()
    await minutes(world, 2)

    assert len(ours(world, asked)) == 1
    assert (await world.ticket()).status == Status.ANSWERED
    assert len(await escalations(world)) == 1


async def test_what_is_resolved_while_it_is_escalated_stays_resolved(world: World, asked: str) -> None:
    world.clock.advance(_LATE)
    desk, ana = world.bot.desk, world.person("ana").id

    async def resolves() -> None:
        async with desk.db.begin() as session:
            await ticket_presses.resolve(desk, session, 1, ana, "it is done")

    async with desk.db.begin() as session:
        await sla._escalate(desk, session, 1)
        resolving = asyncio.create_task(resolves())
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(resolving), 0.3)
    await resolving

    assert (await world.ticket()).status == Status.RESOLVED


async def test_an_escalation_that_was_cut_off_still_calls_somebody(world: World, asked: str) -> None:
    world.clock.advance(_LATE)
    run = Straight(dies_after="escalate")
    with pytest.raises(Crash):
        await sla.escalate(world.bot.desk, run, 1)

    await sla.escalate(world.bot.desk, run, 1)

    assert len(await escalations(world)) == 1


async def test_a_reply_in_a_persons_own_words_that_was_cut_off_is_sent_once(world: World, asked: str) -> None:
    by = world.person("marek").id
    view = {
        "private_metadata": "1",
        "state": {"values": {"text": {"text": {"type": "plain_text_input", "value": "By mail, just now."}}}},
    }
    run = Straight(dies_after="write")
    with pytest.raises(Crash):
        await replies.on_written({"user": {"id": by}}, view, world.bot.desk, run)

    await replies.on_written({"user": {"id": by}}, view, world.bot.desk, run)
    world.clock.advance(_CUT_OFF)
    await minutes(world, 2)

    assert len(ours(world, asked)) == 1


async def test_the_morning_summary_of_a_day_is_posted_once_whoever_ticks(world: World) -> None:
    for _ in range(2):
        await world.bot.schedule.tick(world.clock.now())
    await quiet(world)
    assert len(world.cards("ops-morning")) == 1  # half past eight in Berlin, caught up at ten

    await world.restart()
    await minutes(world, 2)
    assert len(world.cards("ops-morning")) == 1

    world.clock.advance(timedelta(days=1))
    await minutes(world, 2)
    assert len(world.cards("ops-morning")) == 2


async def test_accounts_are_scanned_once_a_day_whoever_ticks(world: World) -> None:
    for _ in range(2):
        await world.bot.schedule.tick(world.clock.now())
    await quiet(world)
    posted = len(world.cards("customer-health"))
    alerts = len(await world.rows(Alert))
    assert posted >= alerts > 0

    await world.restart()
    await minutes(world, 2)

    assert len(world.cards("customer-health")) == posted
    assert len(await world.rows(Alert)) == alerts


async def test_a_morning_that_is_long_past_is_not_caught_up(world: World) -> None:
    world.clock.advance(timedelta(hours=8))
    await minutes(world)

    assert world.cards("ops-morning") == []


async def test_the_buttons_of_a_card_that_a_crash_left_behind_come_back_with_the_next_change(
    world: World, asked: str
) -> None:
    await approved_and_cut_off(world)
    assert "approve_draft" in buttons_of(await world.card_of())

    world.clock.advance(_CUT_OFF)
    await minutes(world)

    assert "approve_draft" not in buttons_of(await world.card_of())


async def test_far_more_than_a_process_works_on_at_once_goes_on_after_a_restart(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.receipts._AT_WORK", 1)
    hanging = world.twin.faults.add("chat.postMessage", "hang", channel="#team-billing", times=0)
    for _ in range(_MANY):
        await world.person("greta").post("#customer-support", asked_anew())
    await world.twin.until(lambda: hanging.hits == _MANY, timeout=20)
    world.bot.engine.patience = 0

    world.twin.faults.clear()
    await world.restart()
    await world.settle()
    await quiet(world)

    assert len(world.cards("team-billing")) == _MANY


async def test_whoever_waits_for_what_is_done_elsewhere_leaves_a_place_for_it(world: World) -> None:
    hanging = world.twin.faults.add("chat.postMessage", "hang")
    await world.person("greta").post("#customer-support", ASKED)
    await world.twin.until(lambda: hanging.hits == 1)
    [receipt] = await world.rows(Receipt)
    places = Places(1, 1)

    async def waits() -> None:
        async with places.taken(0):
            await world.bot.engine.perform("receive", receipt.key, receipt.id)

    waiting = asyncio.create_task(waits())
    await asyncio.sleep(0)
    assert places.is_full
    async with asyncio.timeout(5), places.held(1):
        hanging.release()
    await waiting


@asynccontextmanager
async def cut_off_at_its_end(world: World) -> AsyncIterator[None]:
    """Let the process die when all that is done here had its effects and nobody has noted yet that it is done; what
    this block does afterwards happens before the next one starts."""
    # Nobody can note it as long as there is something to do with it that cannot be done.
    sql(world, "CREATE TRIGGER no_end BEFORE UPDATE ON receipt BEGIN INSERT INTO nowhere VALUES (1); END")
    async with replicas(world, 1) as alone:
        with capture_logs() as logs:
            yield
            await world.twin.until(lambda: any(line.get("step") == "finish" for line in logs))
        await alone.die(world.bot)
        sql(world, "DROP TRIGGER no_end")
        await alone.join()
        await world.settle()


@pytest.mark.sqlite
async def test_who_was_refused_before_a_crash_is_neither_let_in_nor_told_again_after_it(
    world: World, asked: str
) -> None:
    ana, marek = world.person("ana"), world.person("marek")
    await ana.click(await world.card_of(), "claim_ticket")
    await world.settle()

    async with cut_off_at_its_end(world):
        await marek.click(await world.card_of(), "claim_ticket")
        await world.twin.until(lambda: marek.whispers("#team-billing"))
        world.clock.advance(timedelta(minutes=2))

    assert (await world.ticket()).owner == "ana"
    [told] = marek.whispers("#team-billing")
    assert "just claimed" in text_of(told)
    assert [event.who for event in await world.rows(TicketEvent) if event.what == "claimed"] == [ana.id]


@pytest.mark.sqlite
async def test_what_was_refused_before_a_crash_is_not_done_after_it_although_it_could_be(
    world: World, asked: str
) -> None:
    ana, marek, card = world.person("ana"), world.person("marek"), await world.card_of()
    await ana.click(card, "resolve_ticket")
    await world.settle()

    async with cut_off_at_its_end(world):
        await marek.click(card, "resolve_ticket")
        await world.twin.until(lambda: marek.whispers("#team-billing"))
        desk, greta = world.bot.desk, world.person("greta").id
        async with desk.db.begin() as session:
            assert await ticket_presses.reopen(desk, session, 1, greta, "")

    assert [receipt.failed for receipt in await world.rows(Receipt) if receipt.failed] == []
    assert (await world.ticket()).status == Status.REOPENED
    assert len(marek.whispers("#team-billing")) == 1
    assert len(ours(world, asked)) == 1


@pytest.mark.process
async def test_what_was_given_up_before_a_crash_stays_so_after_it_although_its_cause_is_gone(
    tmp_path: Path,
) -> None:
    async with host(tmp_path / "bot", f"sqlite:///{tmp_path}/signalbox.sqlite") as hosted:
        await dies_at(hosted, "bot.apologies.tell: response_url: before")
        ts = await hosted.twin.person("greta").post("#customer-support", ASKED)
        await hosted.settle()
        card, marek = await one_card(hosted, ts), hosted.twin.person("marek")
        await _becomes(hosted, "a-status-nobody-knows")
        await marek.click(card, "approve_draft")
        await dead(hosted)

        await _becomes(hosted, "routed")
        hosted.launcher.env = {**hosted.launcher.env, "SIGNALBOX_DIE_AT": ""}
        await hosted.start()
        await hosted.twin.until(lambda: marek.whispers("#team-billing"))
        await hosted.settle()

        [told] = marek.whispers("#team-billing")
        async with hosted.db.begin() as session:
            [failed] = [each for each in await session.exec(select(Receipt.failed)) if each]
            [draft] = await session.exec(select(Draft.status))
        assert f"reference {failed}" in text_of(told)
        assert draft == DraftStatus.PROPOSED


async def _becomes(hosted: Host, status: str) -> None:
    """Write a status into every ticket, past all that checks it."""
    async with hosted.db.begin() as session:
        await (await session.connection()).execute(
            text("UPDATE ticket SET status = :status"), {"status": status}
        )
