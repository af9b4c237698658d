"""Buttons on a card: each acts or explains."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from agents.intake import ThreadReply
from agents.words import Outcome, Status
from handlers import followups, lines
from handlers.desk import Desk
from storage import tickets
from storage.tables import Correction, Request, TicketEvent
from tests.test_triage import ASKED
from tests.world import World, buttons_of, text_of


@pytest.fixture
async def asked(world: World) -> str:
    """The ts of a request that has a card."""
    ts = await world.person("greta").post("#customer-support", ASKED)
    await world.settle()
    return ts


async def heard(world: World, what: str) -> None:
    """Wait until a ticket's history says so."""
    async with asyncio.timeout(10):
        while True:
            if what in [event.what for event in await world.rows(TicketEvent)]:
                return
            await asyncio.sleep(0.01)


async def test_whoever_claims_a_ticket_owns_it(world: World, asked: str) -> None:
    await world.person("ana").click(await world.card_of(), "claim_ticket")
    await world.settle()

    assert (await world.ticket()).owner == "ana"
    assert f"<@{world.person('ana').id}>" in text_of(await world.card_of())


async def test_claiming_what_was_given_to_you_anyway_shows_that_you_have_taken_it(
    world: World, asked: str
) -> None:
    owner = (await world.ticket()).owner
    before = text_of(await world.card_of())

    await world.person(owner).click(await world.card_of(), "claim_ticket")
    await world.settle()

    assert "claimed" not in before
    assert f"owner <@{world.person(owner).id}> (claimed)" in text_of(await world.card_of())


async def test_a_customer_cannot_press_the_teams_buttons(world: World, asked: str) -> None:
    await world.person("greta").join("#team-billing")
    await world.person("greta").click(await world.card_of(), "claim_ticket")
    await world.settle()

    assert (await world.ticket()).owner != "greta"
    assert "Only people who answer requests" in text_of(world.person("greta").whispers("#team-billing")[-1])


async def test_a_rerouted_ticket_moves_with_all_its_facts_and_teaches(world: World, asked: str) -> None:
    ana = world.person("ana")
    await ana.click(await world.card_of(), "reroute_ticket")
    await ana.modal()

    errors = await ana.submit(
        {"queue": "platform", "category": "bug-report", "priority": "P2", "why": "The page is broken"}
    )
    await world.settle()

    assert errors == {}
    ticket = await world.ticket()
    assert (ticket.queue, ticket.category, ticket.priority) == ("platform", "bug-report", "P2")
    [old] = world.cards("team-billing")
    assert "moved to" in text_of(old)
    assert buttons_of(old) == []
    [new] = world.cards("team-platform")
    assert ASKED in text_of(new)
    assert "Halden Outfitters" in text_of(new)
    corrections = {c.field: (c.was, c.should_be, c.why) for c in await world.rows(Correction)}
    assert corrections["queue"] == ("billing", "platform", "The page is broken")
    assert corrections["category"] == ("billing-invoice", "bug-report", "The page is broken")


async def test_rerouting_to_where_it_is_says_so(world: World, asked: str) -> None:
    ana = world.person("ana")
    await ana.click(await world.card_of(), "reroute_ticket")
    await ana.modal()

    await ana.submit({})
    await world.settle()

    assert await world.rows(Correction) == []
    assert len(world.cards("team-billing")) == 1


async def test_a_resolved_ticket_tells_the_requester_and_can_be_reopened(world: World, asked: str) -> None:
    await world.person("ana").click(await world.card_of(), "resolve_ticket")
    await world.settle()

    assert (await world.ticket()).status == Status.RESOLVED
    line = world.thread("customer-support", asked)[-1]
    assert "resolved" in text_of(line)
    assert buttons_of(await world.card_of()) == []

    await world.person("greta").click(line, "reopen_ticket")
    await world.settle()

    assert (await world.ticket()).status == Status.REOPENED
    assert "reopened" in text_of(await world.card_of())
    assert "resolve_ticket" in buttons_of(await world.card_of())


async def test_resolving_twice_tells_the_second_person(world: World, asked: str) -> None:
    card = await world.card_of()
    for handle in ("ana", "marek"):
        await world.person(handle).click(card, "resolve_ticket")
    await world.settle()

    resolved = [event for event in await world.rows(TicketEvent) if event.what == "resolved"]
    assert len(resolved) == 1
    assert "already resolved" in text_of(world.person("marek").whispers("#team-billing")[-1])
    lines = [m for m in world.thread("customer-support", asked) if "marked as resolved" in text_of(m)]
    assert len(lines) == 1


async def test_a_reply_to_a_resolved_ticket_reopens_it_with_a_draft(world: World, asked: str) -> None:
    await world.person("ana").click(await world.card_of(), "resolve_ticket")
    await world.settle()

    await world.person("greta").post("#customer-support", "Where is the one from August?", thread_ts=asked)
    await world.settle()

    assert (await world.ticket()).status == Status.REOPENED
    assert len(world.cards("team-billing")) == 1


async def test_thanks_after_an_answer_resolves(world: World, asked: str) -> None:
    await world.person("marek").click(await world.card_of(), "approve_draft")
    await world.settle()

    await world.person("greta").post("#customer-support", "Great, thank you!", thread_ts=asked)
    await world.settle()

    ticket = await world.ticket()
    assert ticket.status == Status.RESOLVED
    assert "Resolved by" in text_of(await world.card_of())


async def test_thanks_for_a_reply_that_slack_has_shown_and_not_yet_confirmed_resolves(
    world: World, asked: str
) -> None:
    slow = world.twin.faults.add("chat.postMessage", "slow", channel="#customer-support", seconds=60)
    await world.person("marek").click(await world.card_of(), "approve_draft")
    await world.twin.until(lambda: len(world.thread("customer-support", asked)) == 2)

    await world.person("greta").post("#customer-support", "Great, thank you!", thread_ts=asked)
    await heard(world, "resolved")
    world.clock.advance(timedelta(seconds=slow.seconds))
    world.twin.tick()
    await world.settle()

    ticket = await world.ticket()
    assert (ticket.status, ticket.answered_at is not None) == (Status.RESOLVED, True)
    assert "Resolved by" in text_of(await world.card_of())


async def test_thanks_that_are_heard_while_the_reply_is_noted_as_sent_resolve(
    world: World, asked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.person("marek").click(await world.card_of(), "approve_draft")
    await world.settle()
    sent = await world.ticket()
    await put(world, Status.ROUTED, None)
    is_thanks = followups._is_thanks

    async def and_meanwhile_it_is_noted(desk: Desk, said: ThreadReply) -> bool:
        await put(world, Status.ANSWERED, sent.answered_at)
        return await is_thanks(desk, said)

    monkeypatch.setattr(followups, "_is_thanks", and_meanwhile_it_is_noted)
    await world.person("greta").post("#customer-support", "Great, thank you!", thread_ts=asked)
    await world.settle()

    assert (await world.ticket()).status == Status.RESOLVED


async def put(world: World, status: Status, answered_at: datetime | None) -> None:
    """Let the ticket stand so."""
    async with world.bot.db.begin() as session:
        ticket = await tickets.locked(session, 1)
        assert ticket is not None
        ticket.status, ticket.answered_at = status, answered_at
        session.add(ticket)


async def test_a_question_about_a_reply_that_slack_has_not_yet_confirmed_is_waited_on(
    world: World, asked: str
) -> None:
    slow = world.twin.faults.add("chat.postMessage", "slow", channel="#customer-support", seconds=60)
    await world.person("marek").click(await world.card_of(), "approve_draft")
    await world.twin.until(lambda: len(world.thread("customer-support", asked)) == 2)

    await world.person("greta").post(
        "#customer-support", "And where is the one from August?", thread_ts=asked
    )
    await heard(world, "follow-up")
    world.clock.advance(timedelta(seconds=slow.seconds))
    world.twin.tick()
    await world.settle()

    assert (await world.ticket()).status == Status.ROUTED


async def test_thanks_before_an_answer_resolves_nothing(world: World, asked: str) -> None:
    await world.person("greta").post("#customer-support", "thanks!", thread_ts=asked)
    await world.settle()

    assert (await world.ticket()).status == Status.ROUTED


async def test_a_question_after_an_answer_is_waited_on_again(world: World, asked: str) -> None:
    await world.person("marek").click(await world.card_of(), "approve_draft")
    await world.settle()

    await world.person("greta").post(
        "#customer-support", "And where is the one from August?", thread_ts=asked
    )
    await world.settle()

    assert (await world.ticket()).status == Status.ROUTED


async def test_somebody_elses_remark_in_the_thread_changes_nothing(world: World, asked: str) -> None:
    await world.person("victor").post("#customer-support", "I would like to know too", thread_ts=asked)
    await world.settle()

    assert (await world.ticket()).status == Status.ROUTED
    assert "approve_draft" in buttons_of(await world.card_of())


async def test_a_held_message_can_be_no_request_at_all(world: World) -> None:
    await world.person("greta").post("#customer-support", "This is strange, can you have a look?")
    await world.settle()

    await world.person("mei").click(await world.card_of(), "not_a_request")
    await world.settle()

    [request] = await world.rows(Request)
    assert request.outcome == Outcome.NOT_A_REQUEST
    assert buttons_of(await world.card_of()) == []
    [correction] = await world.rows(Correction)
    assert (correction.field, correction.should_be) == ("is_request", "no")


async def test_whoever_is_told_first_that_it_is_resolved_is_not_told_then_when_to_expect_a_reply(
    world: World,
) -> None:
    ts = await world.person("greta").post("#customer-support", "good morning everyone")
    await world.settle()
    [request] = await world.rows(Request)
    async with world.bot.db.begin() as session:
        ticket = await tickets.open_for(session, request, world.clock.now())
        ticket.queue, ticket.status, ticket.respond_by = "billing", Status.RESOLVED, world.clock.now()
        session.add(ticket)

    await lines.show(world.bot.desk, 1)

    assert world.thread("customer-support", ts) == []


async def test_what_two_decide_of_a_ticket_at_once_is_decided_one_after_the_other(any_world: World) -> None:
    world = any_world
    await world.person("greta").post("#customer-support", ASKED)
    await world.settle()
    db = world.bot.db

    async def resolve() -> None:
        async with db.begin() as session:
            ticket = await tickets.locked(session, 1)
            assert ticket is not None
            ticket.status = Status.RESOLVED
            session.add(ticket)

    async with db.begin() as session:
        ticket = await tickets.locked(session, 1)
        assert ticket is not None
        other = asyncio.create_task(resolve())
        await asyncio.wait([other], timeout=0.5)  # it has to wait for us, however long we take
        ticket.status = Status.ANSWERED
        session.add(ticket)
    await other

    assert (await world.ticket()).status == Status.RESOLVED
