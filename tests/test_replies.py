"""Drafts: a person says yes, and the requester reads one reply."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import col, delete, update

from agents.words import DraftStatus, Status
from handlers import sending
from storage import tickets
from storage.tables import Correction, Draft, Feedback, Ticket, TicketEvent
from tests.flows import Straight
from tests.test_triage import ASKED
from tests.world import World, buttons_of, links_of, text_of


@pytest.fixture
async def asked(world: World) -> str:
    """The ts of a request that has a draft."""
    ts = await world.person("greta").post("#customer-support", ASKED)
    await world.settle()
    return ts


async def replies(world: World, ts: str) -> list[dict[str, object]]:
    """Return what was posted in the requester's thread after the line that it was received."""
    return world.thread("customer-support", ts)[1:]


async def test_an_approved_draft_is_sent_once_with_its_sources(any_world: World) -> None:
    world = any_world
    ts = await world.person("greta").post("#customer-support", ASKED)
    await world.settle()

    await world.person("marek").click(await world.card_of(), "approve_draft")
    await world.settle()

    [reply] = await replies(world, ts)
    [draft] = await world.rows(Draft)
    assert draft.status == DraftStatus.SENT
    assert draft.text in text_of(reply)
    assert {citation["url"] for citation in draft.citations} <= links_of(reply)
    assert "Marek" in text_of(reply) or "marek" in text_of(reply)
    ticket = await world.ticket()
    assert ticket.status == Status.ANSWERED
    assert ticket.answered_at is not None
    card = await world.card_of()
    assert "Sent, approved by" in text_of(card)
    assert "approve_draft" not in buttons_of(card)


async def test_a_reply_that_two_flows_deliver_at_once_is_noted_once(any_world: World) -> None:
    world = any_world
    ts = await world.person("greta").post("#customer-support", ASKED)
    await world.settle()
    await world.person("marek").click(await world.card_of(), "approve_draft")
    await world.settle()
    async with world.bot.db.begin() as session:
        # The process that sent it died before it noted so.
        await session.exec(update(Draft).values(status=DraftStatus.APPROVED, sent_ts=""))
        await session.exec(delete(TicketEvent).where(col(TicketEvent.what) == "reply sent"))

    async with world.bot.db.begin() as session:
        await tickets.locked(session, 1)
        both = [asyncio.create_task(sending.deliver(world.bot.desk, Straight(), 1)) for _ in range(2)]
        await asyncio.sleep(0.3)
    await asyncio.gather(*both)

    assert len(await replies(world, ts)) == 1
    assert [event.what for event in await world.rows(TicketEvent)].count("reply sent") == 1


async def test_whoever_delivers_a_reply_that_was_noted_already_leaves_ticket_and_card_alone(
    world: World, asked: str
) -> None:
    marek, late = world.person("marek"), Straight()
    await marek.click(await world.card_of(), "approve_draft")
    await world.settle()
    [draft] = await world.rows(Draft)
    late.done["send"] = draft.sent_ts  # it found the reply posted, and comes to note so only now
    async with world.bot.db.begin() as session:
        await session.exec(update(Ticket).values(status=Status.REOPENED))
    calls = len(world.twin.calls)

    await sending.deliver(world.bot.desk, late, 1)

    assert (await world.ticket()).status == Status.REOPENED
    assert "chat.update" not in [call.method for call in list(world.twin.calls)[calls:]]


async def test_of_two_who_approve_at_once_one_is_first_and_the_other_is_told(
    world: World, asked: str
) -> None:
    card = await world.card_of()

    await asyncio.gather(
        world.person("marek").click(card, "approve_draft"), world.person("ana").click(card, "approve_draft")
    )
    await world.settle()

    assert len(await replies(world, asked)) == 1
    told = [*world.person("marek").whispers("#team-billing"), *world.person("ana").whispers("#team-billing")]
    [draft] = await world.rows(Draft)
    assert len(told) == 1
    assert draft.decided_by in text_of(told[0])


async def test_a_double_click_sends_one_reply_and_is_no_fault(world: World, asked: str) -> None:
    card = await world.card_of()

    for _ in range(2):
        await world.person("marek").click(card, "approve_draft")
    await world.settle()

    assert len(await replies(world, asked)) == 1
    assert world.person("marek").whispers("#team-billing") == []

    world.clock.advance(timedelta(minutes=1))
    await world.person("marek").click(card, "approve_draft")
    await world.settle()

    assert len(await replies(world, asked)) == 1
    assert "Already approved by you" in text_of(world.person("marek").whispers("#team-billing")[-1])


async def test_only_the_queues_people_may_approve(world: World, asked: str) -> None:
    await world.person("oliver").click(await world.card_of(), "approve_draft")
    await world.settle()

    ticket = await world.ticket()
    queue = world.bot.policy.queues["billing"]
    if queue.may_answer("oliver"):
        pytest.skip("policy lets this person approve")
    assert ticket.status == Status.ROUTED
    assert "Only the people of Billing" in text_of(world.person("oliver").whispers("#team-billing")[-1])


async def test_nobody_approves_a_reply_to_their_own_request(world: World) -> None:
    owner = world.bot.policy.queues["it"].owners[0]
    text = (
        "The left hinge of my laptop is broken, the screen falls back. Is there a loan machine I could have?"
    )
    ts = await world.person(owner).post("#it-help", text)
    await world.settle()

    await world.person(owner).click(await world.card_of(), "reply_ticket")
    await world.settle()

    assert "your own request" in text_of(world.person(owner).whispers("#team-it")[-1])
    assert len(world.thread("it-help", ts)) == 1


async def test_an_edited_draft_is_sent_in_the_persons_words(world: World, asked: str) -> None:
    marek = world.person("marek")
    await marek.click(await world.card_of(), "edit_draft")
    await marek.modal()

    errors = await marek.submit({"text": "Settings > Billing > Invoices. *No* <!channel> mentions."})
    await world.settle()

    assert errors == {}
    [reply] = await replies(world, asked)
    assert "*No* <!channel> mentions." in text_of(reply)
    assert "edited and sent by" in text_of(reply)
    [draft] = await world.rows(Draft)
    assert draft.original != draft.text
    [correction] = await world.rows(Correction)
    assert correction.field == "reply"


async def test_an_empty_edit_is_refused_in_the_window_and_sends_nothing(world: World, asked: str) -> None:
    marek = world.person("marek")
    await marek.click(await world.card_of(), "edit_draft")
    await marek.modal()

    errors = await marek.submit({"text": "   "})
    await world.settle()

    assert "empty reply" in errors["text"]
    assert await replies(world, asked) == []
    assert marek.views() != []


async def test_a_window_submitted_after_somebody_else_approved_sends_nothing_more(
    world: World, asked: str
) -> None:
    marek = world.person("marek")
    await marek.click(await world.card_of(), "edit_draft")
    await marek.modal()
    await world.person("ana").click(await world.card_of(), "approve_draft")
    await world.settle()

    await marek.submit({"text": "Too late"})
    await world.settle()

    assert len(await replies(world, asked)) == 1
    assert "Already approved" in text_of(world.direct("marek")[-1])


async def test_a_rejected_draft_is_not_sent_and_the_reason_is_kept(world: World, asked: str) -> None:
    marek = world.person("marek")
    await marek.click(await world.card_of(), "reject_draft")
    await marek.modal()

    await marek.submit({"reason": "incomplete", "more": "The year is missing"})
    await world.settle()

    assert await replies(world, asked) == []
    card = await world.card_of()
    assert "Rejected by" in text_of(card)
    assert "The year is missing" in text_of(card)
    [correction] = await world.rows(Correction)
    assert "The year is missing" in correction.why


async def test_a_person_answers_in_their_own_words(world: World, asked: str) -> None:
    marek = world.person("marek")
    await marek.click(await world.card_of(), "reply_ticket")
    await marek.modal()

    await marek.submit({"text": "I have sent it to you by mail."})
    await world.settle()

    [reply] = await replies(world, asked)
    assert "I have sent it to you by mail." in text_of(reply)
    first, _ = sorted(await world.rows(Draft), key=lambda draft: draft.id or 0)
    assert first.status == DraftStatus.SUPERSEDED
    assert (await world.ticket()).status == Status.ANSWERED


async def test_a_draft_is_stale_once_the_requester_wrote_more(world: World, asked: str) -> None:
    stale = await world.card_of()
    await world.person("greta").post("#customer-support", "and the one from August too?", thread_ts=asked)
    await world.settle()

    await world.person("marek").click(stale, "approve_draft")
    await world.settle()

    ours = [message for message in await replies(world, asked) if message.get("bot_id")]
    assert ours == []
    assert "was replaced" in text_of(world.person("marek").whispers("#team-billing")[-1])


async def test_a_colleagues_own_answer_takes_the_draft_back(world: World, asked: str) -> None:
    await world.person("ana").post("#customer-support", "It is under Settings > Billing.", thread_ts=asked)
    await world.settle()

    assert (await world.ticket()).status == Status.ANSWERED
    [draft] = await world.rows(Draft)
    assert draft.status == DraftStatus.SUPERSEDED
    assert "approve_draft" not in buttons_of(await world.card_of())


@pytest.mark.parametrize(("verdict", "good"), [("good", True), ("bad", False)])
async def test_the_requesters_thumb_is_kept(world: World, asked: str, verdict: str, good: bool) -> None:
    await world.person("marek").click(await world.card_of(), "approve_draft")
    await world.settle()
    [reply] = await replies(world, asked)

    await world.person("greta").click(reply, "reply_feedback", value=f"1:{verdict}")
    await world.settle()

    [feedback] = await world.rows(Feedback)
    assert feedback.good is good
    assert world.person("greta").whispers("#customer-support") != []


async def test_the_same_thumb_twice_is_written_down_once_and_another_thumb_again(
    world: World, asked: str
) -> None:
    await world.person("marek").click(await world.card_of(), "approve_draft")
    await world.settle()
    [reply] = await replies(world, asked)

    for verdict in ("good", "good", "bad"):
        await world.person("greta").click(reply, "reply_feedback", value=f"1:{verdict}")
        await world.settle()

    found = [event.why for event in await world.rows(TicketEvent) if event.what == "feedback"]
    assert found == ["helped", "did not help"]


async def test_somebody_elses_thumb_does_not_count(world: World, asked: str) -> None:
    await world.person("marek").click(await world.card_of(), "approve_draft")
    await world.settle()
    [reply] = await replies(world, asked)

    await world.person("victor").click(reply, "reply_feedback", value="1:good")
    await world.settle()

    assert await world.rows(Feedback) == []
    assert "Only the person who asked" in text_of(world.person("victor").whispers("#customer-support")[-1])
