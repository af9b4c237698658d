"""Clicks: whoever is first counts, the other is told who and when, and no click is lost or done twice.

A press counts as what it is when it is made: with today's rights, on today's ticket, whatever an old card, a window
that was open for an hour, or somebody's made-up number says.
"""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from agents.words import DraftStatus, Status
from handlers import health
from storage.tables import Ticket
from tests.flows import Straight
from tests.presses import card_of, draft_of, events, failures, press, send, sent, submission, ticket_at, told
from tests.test_triage import asked_anew
from tests.world import World, buttons_of, text_of
from tests.world import world as open_world
from twin.people import payloads
from twin.words import Json

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]

_LATER = timedelta(minutes=10)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def opened(module_url: str) -> AsyncIterator[World]:
    """One world for all these presses; each has a ticket of its own."""
    async with open_world(module_url) as opened:
        await health.scan(opened.bot.desk, Straight(), "monday")
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def world(opened: World) -> AsyncIterator[World]:
    """That world; afterwards no press may have ended as a bug, and no window is open."""
    yield opened
    assert await failures(opened) == []
    for user in opened.twin.ws.users:
        opened.twin.ws.views.clear(user)


@pytest_asyncio.fixture(loop_scope="module")
async def ticket(world: World) -> Ticket:
    """A ticket with a card and a draft."""
    ts = await world.person("greta").post("#customer-support", asked_anew())
    await world.settle()
    return await ticket_at(world, ts)


# Who may not approve, and what they read.
STRANGERS = [
    ("greta", "your own request"),
    ("victor", "Only the people of Billing"),
    ("oliver", "Only the people of Billing"),
]


@pytest.mark.parametrize(("handle", "said"), STRANGERS, ids=[each[0] for each in STRANGERS])
async def test_who_has_no_say_changes_nothing_by_pressing(
    world: World, ticket: Ticket, handle: str, said: str
) -> None:
    draft = await draft_of(world, ticket)
    await press(world, handle, await card_of(world, ticket), "approve_draft", draft.id)

    assert said in told(world, handle)
    assert sent(world, ticket) == []


async def test_who_may_approve_for_all_others_may_not_for_themselves(world: World) -> None:
    ts = await world.person("ana").post("#customer-support", asked_anew())
    await world.settle()
    own = await ticket_at(world, ts)
    draft = await draft_of(world, own)

    await press(world, "ana", await card_of(world, own), "approve_draft", draft.id)

    assert "This is your own request" in told(world, "ana")
    assert (await draft_of(world, own)).status == DraftStatus.PROPOSED


def changed(world: World, handle: str, **fields: object) -> Json:
    """Change what Slack says of somebody; return how it was."""
    user = world.twin.ws.users[world.person(handle).id]
    was = copy.deepcopy(user)
    user.update(fields)
    return was


def asked_about(world: World, handle: str) -> int:
    """Return how often Slack was asked who this is."""
    person = world.person(handle).id
    return sum(call.method == "users.info" and call.args["user"] == person for call in world.twin.calls)


# What an approver may have become.
FALLEN: dict[str, Json] = {
    "deactivated": {"deleted": True},
    "a guest": {"is_restricted": True},
    "of another company": {"team_id": "T0ELSEWHERE", "is_stranger": True},
    "an app": {"is_bot": True},
}


@pytest.mark.parametrize("fields", FALLEN.values(), ids=list(FALLEN))
async def test_an_approver_who_is_no_longer_one_of_us_has_no_say(
    world: World, ticket: Ticket, fields: Json
) -> None:
    draft, card = await draft_of(world, ticket), await card_of(world, ticket)
    was = changed(world, "marek", **fields)
    world.clock.advance(timedelta(minutes=1))
    try:
        for action, about in [("approve_draft", draft.id), ("claim_ticket", ticket.id)]:
            await press(world, "marek", card, action, about)
            assert "Only" in told(world, "marek")
    finally:
        world.twin.ws.users[world.person("marek").id] = was
        world.clock.advance(timedelta(minutes=1))

    assert sent(world, ticket) == []
    assert (await draft_of(world, ticket)).status == DraftStatus.PROPOSED
    assert await events(world, ticket, "claimed") == []


async def test_slack_is_asked_once_a_minute_who_somebody_is_and_not_for_each_press(
    world: World, ticket: Ticket
) -> None:
    card = await card_of(world, ticket)
    world.clock.advance(timedelta(minutes=1))
    before = asked_about(world, "marek")
    for action in ("claim_ticket", "edit_draft", "edit_draft"):
        await world.person("marek").click(card, action)
        await world.settle()
    assert asked_about(world, "marek") == before + 1

    world.clock.advance(timedelta(minutes=1))
    await world.person("marek").click(card, "edit_draft")
    await world.settle()
    assert asked_about(world, "marek") == before + 2


async def test_a_press_waits_while_slack_does_not_say_who_pressed(world: World, ticket: Ticket) -> None:
    world.clock.advance(timedelta(minutes=1))
    fault = world.twin.faults.add("users.info", "http500", times=2)

    await world.person("marek").click(await card_of(world, ticket), "claim_ticket")
    await world.settle()

    assert fault.hits == 2
    assert [event.who for event in await events(world, ticket, "claimed")] == [world.person("marek").id]


async def test_an_approver_whom_we_have_not_met_yet_may_approve(world: World, ticket: Ticket) -> None:
    draft, card = await draft_of(world, ticket), await card_of(world, ticket)
    del world.bot.desk.directory._people[world.person("marek").id]

    await press(world, "marek", card, "approve_draft", draft.id)

    assert len(sent(world, ticket)) == 1


async def test_a_card_that_shows_an_older_draft_sends_nothing(world: World, ticket: Ticket) -> None:
    old, card = await draft_of(world, ticket), await card_of(world, ticket)
    await world.person("greta").post("#customer-support", "and for August?", thread_ts=ticket.thread_ts)
    await world.settle()

    await press(world, "marek", card, "approve_draft", old.id)

    assert "was replaced" in told(world, "marek") and "<!date^" in told(world, "marek")
    assert sent(world, ticket) == []


async def test_a_window_that_was_open_for_an_hour_gives_back_the_words_it_cannot_send(
    world: World, ticket: Ticket
) -> None:
    marek = world.person("marek")
    await marek.click(await card_of(world, ticket), "edit_draft")
    await marek.modal()
    await world.person("greta").post("#customer-support", "and for August?", thread_ts=ticket.thread_ts)
    await world.settle()
    world.clock.advance(timedelta(hours=1))

    assert await marek.submit({"text": "Under Settings, my own words"}) == {}
    await world.settle()

    assert sent(world, ticket) == []
    heard = told(world, "marek")
    assert "was replaced" in heard and "Under Settings, my own words" in heard


async def test_a_window_that_is_submitted_twice_sends_once(world: World, ticket: Ticket) -> None:
    draft = await draft_of(world, ticket)
    twice = submission(world, "marek", "send_edited", {"text": "In my words"}, private_metadata=str(draft.id))
    another = copy.deepcopy(twice)
    another["view"]["id"] += "B"  # a second window, opened by a second press on the same button

    for payload in (twice, twice, another):
        send(world, payload)
    await world.settle()

    assert ["In my words" in text_of(message) for message in sent(world, ticket)] == [True]


async def test_a_card_of_a_month_ago_still_works(world: World, ticket: Ticket) -> None:
    draft, card = await draft_of(world, ticket), await card_of(world, ticket)
    world.clock.advance(timedelta(days=31))

    await press(world, "marek", card, "approve_draft", draft.id)

    assert len(sent(world, ticket)) == 1
    assert "approve_draft" not in buttons_of(await card_of(world, ticket))


async def test_a_reply_that_slack_does_not_let_in_becomes_a_draft_again(world: World, ticket: Ticket) -> None:
    draft = await draft_of(world, ticket)
    card = await card_of(world, ticket)
    world.twin.faults.add("chat.postMessage", "error", channel="#customer-support", error="not_in_channel")

    await press(world, "marek", card, "approve_draft", draft.id)

    assert "was not sent" in told(world, "marek")
    assert "approve_draft" in buttons_of(await card_of(world, ticket))
    assert sent(world, ticket) == []

    await press(world, "marek", await card_of(world, ticket), "approve_draft", draft.id)
    assert len(sent(world, ticket)) == 1
    assert (await world.ticket(ticket.id or 0)).status == Status.ANSWERED


async def test_a_card_that_was_deleted_comes_back_with_the_next_change(world: World, ticket: Ticket) -> None:
    card = await card_of(world, ticket)
    world.twin.faults.add("chat.update", "error", error="message_not_found")

    await press(world, "ana", card, "claim_ticket", ticket.id)

    again = await card_of(world, ticket)
    assert again["ts"] != card["ts"]
    assert f"<@{world.person('ana').id}>" in text_of(again)


async def test_a_message_shortcut_on_a_deleted_request_says_that_it_is_gone(
    world: World, ticket: Ticket
) -> None:
    message = next(m for m in world.channel("customer-support") if m["ts"] == ticket.thread_ts)
    await world.person("greta").delete("#customer-support", ticket.thread_ts)
    await world.settle()

    ws, channel = world.twin.ws, world.twin.channel("customer-support")
    send(world, payloads.message_shortcut(ws, world.person("ana").id, channel, message, "make_request"))
    await world.settle()

    assert "was deleted" in told(world, "ana")
    assert (await world.ticket(ticket.id or 0)).status == Status.WITHDRAWN


async def test_what_was_dismissed_by_mistake_can_be_made_a_request_again(
    world: World, ticket: Ticket
) -> None:
    await press(world, "ana", await card_of(world, ticket), "not_a_request", ticket.id)
    await world.person("ana").join("#customer-support")

    await world.person("ana").message_shortcut("#customer-support", ticket.thread_ts, "make_request")
    await world.settle()

    assert (await world.ticket(ticket.id or 0)).status == Status.REOPENED
    assert "claim_ticket" in buttons_of(await card_of(world, ticket))
