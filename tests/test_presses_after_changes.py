"""Presses after a restart or a change of policy: an old card still acts or explains, once.

The bot is really stopped and started again, as an operator does who has changed the policy.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from agents.policy import Policy
from agents.words import DraftStatus, Status
from bot.deliveries import key_of, kind_of, thread_of
from storage import receipts
from storage.receipts import Delivery
from storage.tables import Ticket
from tests.presses import (
    card_of,
    draft_of,
    failures,
    press,
    send,
    sent,
    submission,
    ticket_at,
    told,
    with_button,
    without_category,
    without_channel,
    without_person,
    without_queue,
)
from tests.test_triage import asked_anew
from tests.world import World, buttons_of, policy, text_of
from tests.world import world as open_world
from twin.people import payloads
from twin.words import Json

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def opened(module_url: str) -> AsyncIterator[World]:
    """One world, whose bot comes and goes."""
    async with open_world(module_url) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def world(opened: World) -> AsyncIterator[World]:
    """That world under the policy it began with; afterwards no press may have ended as a bug."""
    if opened.bot.policy is not policy():
        await opened.restart(policy=policy())
    yield opened
    assert await failures(opened) == []
    await opened.unlearn()
    for user in opened.twin.ws.users:
        opened.twin.ws.views.clear(user)


@pytest_asyncio.fixture(loop_scope="module")
async def ticket(world: World) -> Ticket:
    """A ticket with a card and a draft."""
    ts = await world.person("greta").post("#customer-support", asked_anew())
    await world.settle()
    return await ticket_at(world, ts)


async def acknowledged(world: World, handle: str, card: Json, action: str, value: object) -> None:
    """Keep a click as a process did that was stopped before the click had any effect."""
    ws, by = world.twin.ws, world.person(handle).id
    channel, message = world.twin.channel("team-billing"), with_button(card, action, str(value))
    [block] = message["blocks"]
    clicked = [payloads.action(ws, block, block["elements"][0], {})]
    body = payloads.on_message(ws, by, channel, message, clicked, {})
    async with world.bot.db.begin() as session:
        delivery = Delivery(key_of(body), kind_of(body), thread_of(body), body)
        assert await receipts.keep(session, [delivery], world.clock.now())


async def test_a_click_between_its_acknowledgement_and_its_effect_outlives_a_restart(
    world: World, ticket: Ticket
) -> None:
    draft, card = await draft_of(world, ticket), await card_of(world, ticket)
    await acknowledged(world, "marek", card, "approve_draft", draft.id)

    for _ in range(2):
        await world.restart()
        await world.settle()

    assert len(sent(world, ticket)) == 1
    assert (await world.ticket(ticket.id or 0)).status == Status.ANSWERED


async def test_a_click_for_a_window_that_waited_too_long_asks_for_another(
    world: World, ticket: Ticket
) -> None:
    draft, card = await draft_of(world, ticket), await card_of(world, ticket)
    await acknowledged(world, "marek", card, "edit_draft", draft.id)
    world.clock.advance(timedelta(minutes=1))
    await world.restart()
    await world.settle()

    assert "press the button again" in told(world, "marek")
    await press(world, "marek", card, "edit_draft", draft.id)
    assert len(world.person("marek").views()) == 1


async def test_a_click_while_nobody_is_connected_fails_before_the_person_and_works_when_pressed_again(
    world: World, ticket: Ticket
) -> None:
    draft, card = await draft_of(world, ticket), await card_of(world, ticket)
    failed = len(world.twin.undelivered)
    await world.bot.stop()
    await world.person("marek").click(card, "approve_draft")
    world.clock.advance(timedelta(seconds=4))
    world.twin.tick()
    assert [each["type"] for each in list(world.twin.undelivered)[failed:]] == ["interactive"]
    await world.restart()
    await world.settle()
    assert sent(world, ticket) == []

    await press(world, "marek", card, "approve_draft", draft.id)

    assert len(sent(world, ticket)) == 1


async def test_a_window_from_before_a_restart_moves_a_ticket_after_it(world: World, ticket: Ticket) -> None:
    ana = world.person("ana")
    await ana.click(await card_of(world, ticket), "reroute_ticket")
    await ana.modal()
    await world.restart()

    assert await ana.submit({"queue": "platform", "category": "bug-report"}) == {}
    await world.settle()

    assert (await world.ticket(ticket.id or 0)).queue == "platform"


async def test_a_ticket_whose_team_is_gone_is_explained_and_can_be_given_to_another(
    world: World, ticket: Ticket
) -> None:
    draft, card = await draft_of(world, ticket), await card_of(world, ticket)
    await world.restart(policy=without_person(without_queue(policy(), "billing"), ticket.owner))

    await press(world, "mei", card, "approve_draft", draft.id)
    assert "The team of T-" in told(world, "mei") and "Press Reroute" in told(world, "mei")
    assert sent(world, ticket) == []

    await press(world, "mei", card, "claim_ticket", ticket.id)
    shown = await card_of(world, ticket)
    assert "no longer exists. Press Reroute" in text_of(shown)

    await world.person("mei").click(shown, "reroute_ticket")
    await world.person("mei").modal()
    errors = await world.person("mei").submit({"queue": "front-desk", "category": "billing-invoice"})
    await world.settle()
    assert errors == {}
    moved = await card_of(world, ticket)
    assert moved["ts"] in [each["ts"] for each in world.cards("front-desk")]
    assert "no longer exists" not in text_of(moved)
    old = next(each for each in world.cards("team-billing") if each["ts"] == card["ts"])
    assert "moved to" in text_of(old) and buttons_of(old) == []


async def test_an_owner_whose_team_is_gone_may_still_answer_while_they_answer_for_any(
    world: World, ticket: Ticket
) -> None:
    draft, card = await draft_of(world, ticket), await card_of(world, ticket)
    await world.restart(policy=without_queue(policy(), "billing"))

    await press(world, ticket.owner, card, "approve_draft", draft.id)

    assert len(sent(world, ticket)) == 1


async def test_a_resolved_ticket_whose_team_is_gone_can_be_reopened(world: World, ticket: Ticket) -> None:
    await press(world, "ana", await card_of(world, ticket), "resolve_ticket", ticket.id)
    line = world.thread("customer-support", ticket.thread_ts)[-1]
    await world.restart(policy=without_queue(policy(), "billing"))

    await press(world, "greta", line, "reopen_ticket", ticket.id)

    assert (await world.ticket(ticket.id or 0)).status == Status.REOPENED
    assert "no longer exists" in text_of(await card_of(world, ticket))


# What a kind of request, or a channel, that was given up still lets people do.
LOST = {
    "kind of request": (without_category(policy(), "billing-invoice"), "its kind is unknown"),
    "channel": (without_channel(policy(), "customer-support"), "no longer watched"),
}


@pytest.mark.parametrize(("changed", "why"), LOST.values(), ids=list(LOST))
async def test_an_old_ticket_of_what_was_given_up_can_be_answered_moved_and_closed(
    world: World, ticket: Ticket, changed: Policy, why: str
) -> None:
    draft, card = await draft_of(world, ticket), await card_of(world, ticket)
    await world.restart(policy=changed)

    await press(world, "marek", card, "approve_draft", draft.id)
    assert len(sent(world, ticket)) == 1
    await press(world, "ana", card, "resolve_ticket", ticket.id)
    line = world.thread("customer-support", ticket.thread_ts)[-1]
    await press(world, "greta", line, "reopen_ticket", ticket.id)
    assert (await world.ticket(ticket.id or 0)).no_draft.startswith("No draft: ")
    assert why in (await world.ticket(ticket.id or 0)).no_draft
    await world.person("ana").click(await card_of(world, ticket), "reroute_ticket")
    await world.person("ana").modal()
    assert await world.person("ana").submit({"queue": "platform", "category": "bug-report"}) == {}
    await world.settle()
    assert (await world.ticket(ticket.id or 0)).queue == "platform"


async def test_a_candidate_that_policy_lost_is_explained(world: World) -> None:
    ts = await world.person("greta").post("#customer-support", "This is strange, can you have a look?")
    await world.settle()
    held = await ticket_at(world, ts)
    card = await card_of(world, held)
    await world.restart(policy=without_category(policy(), held.category))

    await press(world, "mei", card, "take_candidate:0", f"{held.id}:{held.category}")

    assert "no longer has this category" in told(world, "mei")
    assert (await world.ticket(held.id or 0)).held


async def test_an_approver_who_left_every_team_has_no_say_also_not_as_owner(
    world: World, ticket: Ticket
) -> None:
    draft, card = await draft_of(world, ticket), await card_of(world, ticket)
    await press(world, "marek", card, "claim_ticket", ticket.id)
    await world.restart(policy=without_person(policy(), "marek"))

    await press(world, "marek", card, "approve_draft", draft.id)
    assert "Only the people of Billing" in told(world, "marek")
    send(world, submission(world, "marek", "send_written", {"text": "Mine"}, private_metadata=str(ticket.id)))
    await world.settle()
    assert "Only the people of Billing" in told(world, "marek") and "Mine" in told(world, "marek")

    assert sent(world, ticket) == []
    assert (await draft_of(world, ticket)).status == DraftStatus.PROPOSED


async def test_a_window_whose_choices_policy_lost_is_explained(world: World, ticket: Ticket) -> None:
    ana = world.person("ana")
    await ana.click(await card_of(world, ticket), "reroute_ticket")
    await ana.modal()
    await world.restart(policy=without_category(policy(), "bug-report"))

    assert await ana.submit({"queue": "platform", "category": "bug-report"}) == {}
    await world.settle()

    assert "no longer exists. Open Reroute again" in told(world, "ana")
    assert (await world.ticket(ticket.id or 0)).queue == "billing"
