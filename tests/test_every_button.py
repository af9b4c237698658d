"""No button does nothing: whatever is pressed, in whatever state its ticket is, acts or explains.

What there is to press is read from the bot itself, so that a new button cannot be forgotten here.
"""

from __future__ import annotations

import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
import pytest_asyncio
from sqlmodel import select

from agents.words import Status
from handlers import health
from storage.tables import Draft, Ticket
from tests.flows import Straight
from tests.presses import failures, press, screen, send, submission, under, with_button, without_queue
from tests.test_triage import ASKED
from tests.world import World, policy
from tests.world import world as open_world
from twin.people import payloads
from twin.words import Json

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]

_VAGUE = "This is strange, can you have a look?"
Name = tuple[str, str]


@dataclass
class Case:
    """A ticket with the card, the lines, the message and the draft that may still be on somebody's screen."""

    world: World
    number: int
    message: Json
    line: Json
    card: Json
    draft: int

    @property
    def ts(self) -> str:
        """Where its thread is."""
        return str(self.message["ts"])


Deed = Callable[[Case], Awaitable[None]]


class Index:
    """Takes what a handler registers, and remembers which function answers to what."""

    def __init__(self) -> None:
        self.names: dict[Callable[..., Any], Name] = {}

    def __getattr__(self, kind: str) -> Callable[..., Any]:
        def answers_to(what: str | re.Pattern[str]) -> Callable[..., Any]:
            name = what.pattern if isinstance(what, re.Pattern) else what

            def keep(function: Callable[..., Any]) -> None:
                self.names[function] = (kind, name)

            return keep

        return answers_to


def registered(world: World) -> set[Name]:
    """Return everything that the running bot answers to when a person presses, submits or types it."""
    listening = {listener.ack_function for listener in world.bot.receipts.app._async_listeners}
    index = Index()
    for module in {function.__module__ for function in listening}:
        sys.modules[module].register(index)
    assert set(index.names) == listening
    return {name for name in index.names.values() if name[0] != "event"}


async def asked(world: World, number: int) -> list[Case]:
    """Let somebody ask this often, and return the tickets that it became."""
    posted = [
        # Not the same words twice, which would be one request.
        await world.person("greta").post("#customer-support", f"{ASKED} ({n})")
        for n in range(number)
    ]
    await world.settle()
    async with world.bot.db.begin() as session:
        rows = (await session.exec(select(Ticket, Draft).join(Draft))).all()
    channel = {message["ts"]: message for message in world.channel("customer-support")}
    cards = {message["ts"]: message for message in world.cards("team-billing")}
    return [
        Case(
            world,
            ticket.id or 0,
            dict(channel[ticket.thread_ts]),
            world.thread("customer-support", ticket.thread_ts)[0],
            dict(cards[ticket.card_ts]),
            draft.id or 0,
        )
        for ticket, draft in rows
        if ticket.thread_ts in posted
    ]


async def _answered(case: Case) -> None:
    await case.world.person("marek").click(case.card, "approve_draft")


async def _resolved(case: Case) -> None:
    await case.world.person("marek").click(case.card, "resolve_ticket")


async def _withdrawn(case: Case) -> None:
    await case.world.person("greta").delete("#customer-support", case.ts)


async def _dismissed(case: Case) -> None:
    await case.world.person("marek").click(
        with_button(case.card, "not_a_request", str(case.number)), "not_a_request"
    )


async def _held(case: Case) -> None:
    await case.world.person("greta").edit("#customer-support", case.ts, _VAGUE)


async def _nothing(case: Case) -> None:
    pass


# How a ticket gets there, and where it is then.
ADOPTED = {"title": "Claims", "description": "", "queue": "platform", "examples": "one\ntwo\nthree"}
STATES: dict[str, tuple[Deed, Status]] = {
    "new": (_nothing, Status.ROUTED),
    "answered": (_answered, Status.ANSWERED),
    "held": (_held, Status.ROUTED),
    "policy changed": (_nothing, Status.ROUTED),
    "resolved": (_resolved, Status.RESOLVED),
    "withdrawn": (_withdrawn, Status.WITHDRAWN),
    "no request": (_dismissed, Status.WITHDRAWN),
}


def _on_card(action_id: str, value: Callable[[Case], object]) -> Deed:
    async def deed(case: Case) -> None:
        await press(case.world, "ana", case.card, action_id, value(case))

    return deed


def _in_thread(action_id: str, value: Callable[[Case], object]) -> Deed:
    async def deed(case: Case) -> None:
        await press(case.world, "greta", case.line, action_id, value(case))

    return deed


def _on_alert(action_id: str) -> Deed:
    async def deed(case: Case) -> None:
        await press(case.world, "ana", case.world.cards("customer-health")[0], action_id, 1)

    return deed


async def _refresh(case: Case) -> None:
    ana = case.world.person("ana")
    home = case.world.twin.ws.views.home(ana.id)
    assert home is not None
    await ana.click(home, "refresh_home")


async def _command(case: Case) -> None:
    await case.world.person("ana").command("#team-billing", "/signalbox queue billing")


async def _shortcut(case: Case) -> None:
    ws, channel = case.world.twin.ws, case.world.twin.channel("customer-support")
    by = case.world.person("ana").id
    send(case.world, payloads.message_shortcut(ws, by, channel, case.message, "make_request"))


def _submit(callback_id: str, about: Callable[[Case], object], **values: str) -> Deed:
    """Return the submission of a window that was opened before the ticket came to where it is."""

    async def deed(case: Case) -> None:
        metadata = str(about(case))
        send(case.world, submission(case.world, "ana", callback_id, values, private_metadata=metadata))

    return deed


DEEDS: dict[Name, Deed] = {
    ("action", "approve_draft"): _on_card("approve_draft", lambda case: case.draft),
    ("action", "edit_draft"): _on_card("edit_draft", lambda case: case.draft),
    ("action", "reject_draft"): _on_card("reject_draft", lambda case: case.draft),
    ("action", "reply_ticket"): _on_card("reply_ticket", lambda case: case.number),
    ("action", "claim_ticket"): _on_card("claim_ticket", lambda case: case.number),
    ("action", "reroute_ticket"): _on_card("reroute_ticket", lambda case: case.number),
    ("action", "resolve_ticket"): _on_card("resolve_ticket", lambda case: case.number),
    ("action", "leave_incident"): _on_card("leave_incident", lambda case: case.number),
    ("action", "not_asked_twice"): _on_card("not_asked_twice", lambda case: case.number),
    ("action", "not_separate"): _on_card("not_separate", lambda case: case.number),
    ("action", "not_a_request"): _on_card("not_a_request", lambda case: case.number),
    ("action", "show_hidden"): _on_card("show_hidden", lambda case: case.number),
    ("action", "^take_candidate:"): _on_card("take_candidate:0", lambda case: f"{case.number}:how-to"),
    ("action", "reply_feedback"): _in_thread("reply_feedback", lambda case: f"{case.number}:good"),
    ("action", "reopen_ticket"): _in_thread("reopen_ticket", lambda case: case.number),
    ("view", "send_edited"): _submit("send_edited", lambda case: case.draft, text="In Settings."),
    ("view", "send_written"): _submit("send_written", lambda case: case.number, text="I have mailed it."),
    ("view", "confirm_reject"): _submit("confirm_reject", lambda case: case.draft, reason="tone"),
    ("view", "confirm_reroute"): _submit(
        "confirm_reroute",
        lambda case: f"{case.number}:billing/billing-invoice/P3",
        queue="platform",
        category="bug-report",
        priority="P2",
    ),
    ("shortcut", "make_request"): _shortcut,
}
# What is not about a ticket.
ELSEWHERE: dict[Name, Deed] = {
    ("action", "ack_alert"): _on_alert("ack_alert"),
    ("action", "dismiss_alert"): _on_alert("dismiss_alert"),
    ("action", "resolve_incident"): _on_card("resolve_incident", lambda case: 1),
    ("action", "refresh_home"): _refresh,
    ("action", "undo_correction"): _on_card("undo_correction", lambda _: 999),
    ("action", "^keep_correction:"): _on_card("keep_correction:0", lambda _: "998:999"),
    ("action", "^open_link:"): _on_card("open_link:queue:1", lambda case: case.number),
    ("action", "adopt_category"): _on_card("adopt_category", lambda _: 1),
    ("action", "not_now"): _on_card("not_now", lambda _: 1),
    ("action", "remove_category"): _on_card("remove_category", lambda _: 1),
    # What an audit's own window holds; its buttons are pressed in test_audit.py.
    ("action", "begin_audit"): _on_card("begin_audit", lambda _: 1),
    ("action", "audit_kind"): _on_card("audit_kind", lambda _: 1),
    ("action", "^audit_priority:"): _on_card("audit_priority:P2", lambda _: 1),
    ("action", "audit_no_request"): _on_card("audit_no_request", lambda _: 1),
    ("action", "audit_cannot_tell"): _on_card("audit_cannot_tell", lambda _: 1),
    ("action", "audit_undo"): _on_card("audit_undo", lambda _: 1),
    ("action", "audit_make_request"): _on_card("audit_make_request", lambda _: 1),
    ("view", "confirm_adopt"): _submit("confirm_adopt", lambda _: 1, **ADOPTED),
    ("command", "/signalbox"): _command,
}
ACTS_IN_SLACK = {("action", "^open_link:")}  # its link has opened by itself
PRESSES = [*product(DEEDS, STATES), *product(ELSEWHERE, ("new", "policy changed"))]
_HARMLESS = (
    "edit_draft",
    "reject_draft",
    "reply_ticket",
    "reroute_ticket",
    "reply_feedback",
    "show_hidden",
    # A ticket that is in no incident, repeats nothing and is no part; those that are, are in test_incidents.py and
    # test_parts.py.
    "leave_incident",
    "not_asked_twice",
    "not_separate",
)
Stage = dict[tuple[Name, str], Case]


@pytest.fixture
def _policy(world: World, state: str) -> Iterator[None]:
    """Let the policy be the one of the state, for one press."""
    if state == "policy changed":
        under(world, without_queue(policy(), "billing"))
    yield
    under(world, policy())
    for user in world.twin.ws.users:
        world.twin.ws.views.clear(user)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(module_url: str) -> AsyncIterator[World]:
    """One world for all of it."""
    async with open_world(module_url) as opened:
        await opened.person("ana").join("#customer-support")
        await opened.person("ana").home()
        await health.scan(opened.bot.desk, Straight(), "monday")
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(world: World) -> Stage:
    """A ticket for each press, brought to its state; presses that change nothing share one."""
    alone = [(name, state) for name, state in PRESSES if name in DEEDS and _changes(name, state)]
    shared = {state: n for n, state in enumerate(STATES)}
    cases = await asked(world, len(shared) + len(alone))
    states = [*STATES, *(state for _, state in alone)]
    for case, state in zip(cases, states, strict=True):
        await STATES[state][0](case)
    await world.settle()
    own = dict(zip(alone, cases[len(shared) :], strict=True))
    return {(name, state): own.get((name, state), cases[shared[state]]) for name, state in PRESSES}


def _changes(name: Name, state: str) -> bool:
    """Say whether a press may change its ticket."""
    if state in ("resolved", "withdrawn", "no request"):
        return name[1] in ("reopen_ticket", "make_request")
    return name[1] not in _HARMLESS


async def test_everything_the_bot_answers_to_is_pressed_here(world: World) -> None:
    assert registered(world) == {*DEEDS, *ELSEWHERE}


@pytest.mark.usefixtures("_policy")
@pytest.mark.parametrize(
    ("name", "state"), PRESSES, ids=lambda each: each if isinstance(each, str) else each[1]
)
async def test_whoever_presses_sees_something_new(world: World, stage: Stage, name: Name, state: str) -> None:
    case = stage[name, state]
    ticket = await world.ticket(case.number)
    assert (ticket.status, ticket.held) == (STATES[state][1], state == "held")
    await world.later(timedelta(minutes=10))
    who = "greta" if name[1] in ("reply_feedback", "reopen_ticket") else "ana"
    before, failed = screen(world, who), await failures(world)

    await {**DEEDS, **ELSEWHERE}[name](case)
    await world.settle()

    assert await failures(world) == failed
    assert screen(world, who) != before or name in ACTS_IN_SLACK
