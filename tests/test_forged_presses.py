"""Presses that carry made-up numbers: they change nothing, and whoever made them reads a sentence."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from agents.words import DraftStatus
from handlers import health
from storage.tables import Ticket, TicketEvent
from tests.flows import Straight
from tests.presses import draft_of, failures, send, sent, submission, ticket_at, told
from tests.test_triage import asked_anew
from tests.world import World
from tests.world import world as open_world
from twin.words import Json

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]

_LATER = timedelta(minutes=10)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def opened(module_url: str) -> AsyncIterator[World]:
    """One world for all these presses; each has a ticket of its own."""
    async with open_world(module_url) as opened:
        await health.scan(opened.bot.desk, Straight(), "monday")
        await opened.person("greta").post("#customer-support", asked_anew())
        await opened.settle()
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


FORGED: list[object] = ["", "0", "-1", "nonsense", "1; DROP TABLE ticket", "999999999", "9" * 30, "1.5", "٣"]
BUTTONS = [
    "approve_draft",
    "edit_draft",
    "reject_draft",
    "reply_ticket",
    "claim_ticket",
    "reroute_ticket",
    "resolve_ticket",
    "not_a_request",
    "not_separate",
    "reopen_ticket",
    "take_candidate:0",
    "reply_feedback",
    "ack_alert",
    "dismiss_alert",
    "adopt_category",
    "not_now",
    "remove_category",
]


@pytest.mark.parametrize("action", BUTTONS)
async def test_a_button_with_a_made_up_number_does_nothing_and_says_so(world: World, action: str) -> None:
    card = world.cards("team-billing")[0]
    before = await world.rows(TicketEvent)
    calls = len(world.twin.ws.host.posts)
    for value in FORGED:
        await world.person("ana").click(_forged(card, action, value), action)
    await world.settle()

    assert len(world.twin.ws.host.posts) - calls >= len(FORGED)  # each was answered
    assert len(await world.rows(TicketEvent)) == len(before)
    assert world.person("ana").views() == []


def _forged(card: Json, action: str, value: object) -> Json:
    button: Json = {"type": "button", "action_id": action, "text": {"type": "plain_text", "text": "Press"}}
    if value:
        button["value"] = str(value)
    return {**card, "blocks": [{"type": "actions", "block_id": "forged", "elements": [button]}]}


WINDOWS: dict[str, dict[str, str]] = {
    "send_edited": {"text": "Words of mine"},
    "send_written": {"text": "Words of mine"},
    "confirm_reject": {"reason": "tone"},
    "confirm_reroute": {"queue": "platform", "category": "bug-report", "priority": "P2"},
    "confirm_adopt": {"title": "Claims", "description": "", "queue": "platform", "examples": "a\nb\nc"},
}


@pytest.mark.parametrize("callback_id", WINDOWS)
async def test_a_window_with_a_made_up_number_does_nothing_and_says_so(
    world: World, callback_id: str
) -> None:
    before = await world.rows(TicketEvent)
    for value in [*FORGED, None]:
        heard = len(world.direct("ana"))
        forged = submission(world, "ana", callback_id, WINDOWS[callback_id], private_metadata=value)
        if value is None:
            del forged["view"]["private_metadata"]
        send(world, forged)
        await world.settle()
        assert len(world.direct("ana")) == heard + 1
        if "text" in WINDOWS[callback_id]:
            assert "Words of mine" in told(world, "ana")

    assert len(await world.rows(TicketEvent)) == len(before)


async def test_a_window_about_a_ticket_of_another_team_is_refused(world: World, ticket: Ticket) -> None:
    draft = await draft_of(world, ticket)
    for callback_id, about in [
        ("send_edited", draft.id),
        ("send_written", ticket.id),
        ("confirm_reject", draft.id),
    ]:
        values = WINDOWS[callback_id]
        send(world, submission(world, "samuel", callback_id, values, private_metadata=str(about)))
        await world.settle()
        assert "Only the people of Billing" in told(world, "samuel")

    assert sent(world, ticket) == []
    assert (await draft_of(world, ticket)).status == DraftStatus.PROPOSED


@pytest.mark.parametrize(
    "wrong", [{"queue": "nowhere"}, {"category": "nothing"}, {"priority": "P0"}, {"queue": ""}]
)
async def test_a_ticket_cannot_be_moved_to_where_nothing_is(
    world: World, ticket: Ticket, wrong: dict[str, str]
) -> None:
    values = {**WINDOWS["confirm_reroute"], **wrong}
    send(world, submission(world, "ana", "confirm_reroute", values, private_metadata=str(ticket.id)))
    await world.settle()

    assert "Open Reroute again" in told(world, "ana")
    assert (await world.ticket(ticket.id or 0)).queue == "billing"


async def test_a_press_without_any_place_is_answered_all_the_same(world: World, ticket: Ticket) -> None:
    bare: dict[str, Any] = {
        "type": "block_actions",
        "user": {"id": world.person("oliver").id},
        "trigger_id": "1.2",
        "actions": [{"action_id": "approve_draft", "action_ts": "9.9", "value": "1", "type": "button"}],
    }
    send(world, bare)
    await world.settle()

    assert "Only the people of Billing" in told(world, "oliver") or "own request" in told(world, "oliver")
