"""Pressing what is no longer there, and reading what a person sees after it.

A card on somebody's screen may be old, and what a press carries may be anything: these build such presses and say
whether the person saw something new.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from sqlmodel import col, select

from agents.policy import Policy
from storage.tables import Draft, Receipt, Ticket, TicketEvent
from tests.world import World
from twin.people import payloads
from twin.words import Json


def with_button(message: Json, action_id: str, value: str) -> Json:
    """Return a message as a screen may still show it: with this button and nothing else."""
    button = {
        "type": "button",
        "action_id": action_id,
        "text": {"type": "plain_text", "text": "Press"},
        "value": value,
    }
    return {**message, "blocks": [{"type": "actions", "block_id": "old", "elements": [button]}]}


async def press(world: World, handle: str, message: Json, action_id: str, value: object) -> None:
    """Press a button on an old message and wait for what comes of it."""
    await world.person(handle).click(with_button(message, action_id, str(value)), action_id)
    await world.settle()


def send(world: World, payload: Json) -> None:
    """Deliver an interaction as it is, whoever made it up."""
    world.twin.ws.courier.send_once("interactive", payload, wants_answer=False)


def submission(world: World, handle: str, callback_id: str, values: dict[str, str], **view: Any) -> Json:
    """Build the submission of a window that was never opened."""
    ws, by = world.twin.ws, world.person(handle).id
    state = {name: {name: {"type": "plain_text_input", "value": value}} for name, value in values.items()}
    shown: Json = {
        "id": f"V{ws.ts().replace('.', '')}",
        "type": "modal",
        "callback_id": callback_id,
        "blocks": [],
        "state": {"values": state},
        **view,
    }
    return payloads.submission(ws, by, shown)


def screen(world: World, handle: str) -> str:
    """Return everything that a person sees of our work: messages, whispers, windows that open, and Home."""
    by, ws = world.person(handle).id, world.twin.ws
    home = ws.views.home(by)
    seen: list[Any] = [home and home["blocks"], [view["id"] for view in ws.views.stack(by)]]
    for channel in ws.channels.values():
        ours = [message for message in channel.messages if message.get("bot_id")]
        for message in [*ours, *channel.whispers(by)]:
            seen.append((message["ts"], message.get("text"), message.get("blocks")))
    # Slack names the blocks anew each time, which nobody sees.
    return re.sub(r'"block_id": "[^"]*"', "", json.dumps(seen, sort_keys=True, default=str))


async def failures(world: World) -> list[str]:
    """Return what kinds of deliveries ended as bugs."""
    async with world.bot.db.begin() as session:
        return list(await session.exec(select(Receipt.kind).where(Receipt.failed != "")))


def told(world: World, handle: str) -> str:
    """Return what a person was last told for their eyes only: a whisper, or a line in our direct messages."""
    person = world.person(handle)
    heard = [one for channel in world.twin.ws.channels.values() for one in channel.whispers(person.id)]
    heard += [message for message in world.direct(handle) if message.get("bot_id")]
    return str(max(heard, key=lambda one: float(one["ts"]))["text"]) if heard else ""


def under(world: World, policy: Policy) -> None:
    """Let the bot go on under another policy, as it does after a restart."""
    world.bot.policy = policy
    world.bot.desk = world.bot.receipts.desk = replace(world.bot.desk, policy=policy)


def without_queue(policy: Policy, gone: str, heir: str = "front-desk") -> Policy:
    """Return the policy after a team was dissolved: its people and its kinds of request go to another."""
    queues = dict(policy.queues)
    old = queues.pop(gone)
    queues[heir] = queues[heir].model_copy(update={"approvers": (*queues[heir].approvers, *old.owners)})
    categories = {
        name: one.model_copy(update={"queue": heir}) if one.queue == gone else one
        for name, one in policy.categories.items()
    }
    routes = tuple(route for route in policy.routes if route.queue != gone)
    return policy.model_copy(update={"queues": queues, "categories": categories, "routes": routes})


def without_category(policy: Policy, gone: str) -> Policy:
    """Return the policy after a kind of request was given up."""
    channels = {
        name: one.model_copy(update={"categories": tuple(c for c in one.categories if c != gone)})
        for name, one in policy.request_channels.items()
    }
    categories = {name: one for name, one in policy.categories.items() if name != gone}
    return policy.model_copy(update={"categories": categories, "request_channels": channels})


def without_channel(policy: Policy, gone: str) -> Policy:
    """Return the policy after a request channel is no longer watched."""
    channels = {name: one for name, one in policy.request_channels.items() if name != gone}
    return policy.model_copy(update={"request_channels": channels})


def without_person(policy: Policy, gone: str) -> Policy:
    """Return the policy after somebody has left every team."""

    def left(people: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(handle for handle in people if handle != gone)

    queues = {
        name: one.model_copy(
            update={
                "owners": left(one.owners),
                "approvers": left(one.approvers),
                "escalate_to": left(one.escalate_to),
            }
        )
        for name, one in policy.queues.items()
    }
    routes = tuple(route for route in policy.routes if route.owner != gone)
    return policy.model_copy(update={"queues": queues, "routes": routes})


async def ticket_at(world: World, ts: str) -> Ticket:
    """Return the ticket of a request by where it was posted."""
    async with world.bot.db.begin() as session:
        return (await session.exec(select(Ticket).where(Ticket.thread_ts == ts))).one()


async def draft_of(world: World, ticket: Ticket) -> Draft:
    """Return a ticket's newest draft."""
    async with world.bot.db.begin() as session:
        newest = select(Draft).where(Draft.ticket_id == ticket.id).order_by(col(Draft.id).desc())
        found = (await session.exec(newest)).first()
    assert found is not None
    return found


async def card_of(world: World, ticket: Ticket) -> Json:
    """Return a ticket's card as it looks now."""
    return await world.card_of(ticket.id or 0)


def sent(world: World, ticket: Ticket) -> list[Json]:
    """Return what the requester was answered, after the line that says who has it."""
    thread = world.thread("customer-support", ticket.thread_ts)
    return [message for message in thread if message.get("bot_id")][1:]


async def events(world: World, ticket: Ticket, what: str) -> list[TicketEvent]:
    """Return a ticket's events of this name."""
    async with world.bot.db.begin() as session:
        found = await session.exec(
            select(TicketEvent).where(TicketEvent.ticket_id == ticket.id, TicketEvent.what == what)
        )
        return list(found)
