"""Buttons on a card: claim it, reroute it, say what a held one is, resolve it, reopen it.

Each press acts or explains. Who may do so is checked when the button is pressed, against today's policy.
"""

from __future__ import annotations

import re
from typing import Any

from slack_bolt.async_app import AsyncApp
from sqlmodel.ext.asyncio.session import AsyncSession

from agents.routing import due
from agents.words import OPEN, Outcome, Priority, Status
from handlers import triage
from handlers.board import leave, show
from handlers.cards import modals, reply
from handlers.cards import ticket as cards
from handlers.cards.modals import value_of
from handlers.cards.text import escape
from handlers.desk import Desk, Run
from handlers.errors import Refusal
from storage import drafts, tickets
from storage.tables import Request, Ticket

Left = tuple[str, str, str] | None


def register(app: AsyncApp) -> None:
    """List what this file answers to."""
    app.action(cards.CLAIM_TICKET)(on_claim)
    app.action(cards.REROUTE_TICKET)(on_reroute)
    app.view(modals.CONFIRM_REROUTE)(on_rerouted)
    app.action(re.compile(f"^{cards.TAKE_CANDIDATE}:"))(on_candidate)
    app.action(cards.NOT_A_REQUEST)(on_not_a_request)
    app.action(cards.RESOLVE_TICKET)(on_resolve)
    app.action(reply.REOPEN_TICKET)(on_reopen)


async def _handled(desk: Desk, session: AsyncSession, ticket_id: int, by: str) -> Ticket:
    """Return an open ticket that this person may handle. Raises Refusal saying why not."""
    ticket = await tickets.get(session, ticket_id)
    if ticket is None:
        raise Refusal("This ticket no longer exists.")
    if not desk.policy.is_staff(desk.directory.handle_of(by)):
        raise Refusal("Only people who answer requests can do this.")
    if ticket.status not in OPEN:
        raise Refusal(f"T-{ticket_id} is already {ticket.status}.")
    return ticket


async def on_claim(body: dict[str, Any], action: dict[str, Any], desk: Desk, run: Run) -> None:
    """Make whoever pressed the owner."""
    ticket_id = int(action["value"])
    await run.commit("claim", desk, _claim, ticket_id, body["user"]["id"])
    await run.repeat("show", show, desk, ticket_id)


async def _claim(desk: Desk, session: AsyncSession, ticket_id: int, by: str) -> None:
    ticket = await _handled(desk, session, ticket_id, by)
    handle = desk.directory.handle_of(by)
    if ticket.owner == handle and any(e.what == "claimed" for e in await tickets.history(session, ticket_id)):
        raise Refusal(f"T-{ticket_id} is yours already.")
    ticket.owner, ticket.touched = handle, True
    session.add(ticket)
    tickets.note(session, ticket, "claimed", by, "", desk.now())


async def on_reroute(body: dict[str, Any], action: dict[str, Any], desk: Desk, run: Run) -> None:
    """Ask where the ticket should go."""
    by, trigger = body["user"]["id"], body["trigger_id"]
    await run.step("open", _open_reroute, desk, int(action["value"]), by, trigger)


async def _open_reroute(desk: Desk, ticket_id: int, by: str, trigger_id: str) -> None:
    async with desk.db.begin() as session:
        ticket = await _handled(desk, session, ticket_id, by)
    channel = desk.directory.channel_name(ticket.channel)
    view = modals.reroute(
        ticket_id,
        [(name, queue.title) for name, queue in desk.policy.queues.items()],
        [(category.name, category.title) for category in desk.policy.categories_of(channel)],
        ticket.queue,
        ticket.category,
        ticket.priority,
    )
    await desk.slack.open_modal(trigger_id, view)


async def on_rerouted(body: dict[str, Any], view: dict[str, Any], desk: Desk, run: Run) -> None:
    """Move the ticket and keep what its judgement should have been."""
    values = view["state"]["values"]
    ticket_id, by = int(view["private_metadata"]), body["user"]["id"]
    fields = {name: value_of(values, name) for name in ("queue", "category", "priority", "why")}
    left = await run.commit("reroute", desk, _reroute, ticket_id, by, fields)
    await _after_move(desk, run, ticket_id, left)


async def _after_move(desk: Desk, run: Run, ticket_id: int, left: Left) -> None:
    await run.repeat("show", show, desk, ticket_id)
    if left:
        await run.step("leave", leave, desk, ticket_id, *left)
    await triage.propose(desk, run, ticket_id)


async def _reroute(
    desk: Desk, session: AsyncSession, ticket_id: int, by: str, fields: dict[str, str]
) -> Left:
    ticket = await _handled(desk, session, ticket_id, by)
    return await _correct(desk, session, ticket, by, fields)


async def _correct(
    desk: Desk, session: AsyncSession, ticket: Ticket, by: str, fields: dict[str, str]
) -> Left:
    """Put a person's judgement in place of ours, and keep every difference as a correction."""
    assert ticket.id is not None
    was, now = ticket.queue, desk.now()
    changed = [
        name for name in ("queue", "category", "priority") if fields[name] != str(getattr(ticket, name))
    ]
    if not changed and not ticket.held:
        raise Refusal(f"T-{ticket.id} stays as it is: nothing was changed.")
    for name in changed:
        await tickets.correct(session, ticket, name, fields[name], by, fields["why"], now)
    ticket.queue, ticket.category = fields["queue"], fields["category"]
    ticket.priority = Priority(fields["priority"])
    ticket.held, ticket.touched = False, True
    triage.reassign(desk, ticket, await tickets.loads(session, list(desk.policy.queues)))
    title, team = desk.policy.categories[ticket.category].title, desk.policy.queues[ticket.queue].title
    why = f" {fields['why']}" if fields["why"] else ""
    ticket.because = f"{desk.directory.name_of(by)} placed it: {title}, with {team}.{why}"
    ticket.engine, ticket.note = "person", ""
    if "category" in changed:
        await drafts.supersede(session, ticket.id, drafts.PLACED_ELSEWHERE, now)
    tickets.note(session, ticket, "rerouted", by, fields["why"], now)
    return triage.move(desk, session, ticket, was, by, fields["why"])


async def on_candidate(body: dict[str, Any], action: dict[str, Any], desk: Desk, run: Run) -> None:
    """Take one of the two candidates of a held ticket."""
    number, category = action["value"].split(":", 1)
    ticket_id, by = int(number), body["user"]["id"]
    left = await run.commit("place", desk, _place, ticket_id, by, category)
    await _after_move(desk, run, ticket_id, left)


async def _place(desk: Desk, session: AsyncSession, ticket_id: int, by: str, category: str) -> Left:
    ticket = await _handled(desk, session, ticket_id, by)
    if not ticket.held:
        raise Refusal(f"T-{ticket_id} was placed already.")
    if category not in desk.policy.categories:
        raise Refusal("Policy no longer has this category. Use Reroute instead.")
    fields = {
        "queue": desk.policy.categories[category].queue,
        "category": category,
        "priority": ticket.priority.value,
        "why": "",
    }
    return await _correct(desk, session, ticket, by, fields)


async def on_not_a_request(body: dict[str, Any], action: dict[str, Any], desk: Desk, run: Run) -> None:
    """Close a ticket that should never have been one."""
    ticket_id = int(action["value"])
    await run.commit("dismiss", desk, _dismiss, ticket_id, body["user"]["id"])
    await run.repeat("show", show, desk, ticket_id)


async def _dismiss(desk: Desk, session: AsyncSession, ticket_id: int, by: str) -> None:
    now = desk.now()
    ticket = await _handled(desk, session, ticket_id, by)
    request = await session.get(Request, ticket.request_id)
    assert request is not None
    await tickets.correct(session, ticket, "is_request", "no", by, "", now)
    request.outcome, request.because = Outcome.NOT_A_REQUEST, "a person said so"
    ticket.status, ticket.touched = Status.WITHDRAWN, True
    session.add(request)
    session.add(ticket)
    tickets.note(session, ticket, "not a request", by, "", now)
    await drafts.supersede(session, ticket_id, "it was not a request", now)


async def on_resolve(body: dict[str, Any], action: dict[str, Any], desk: Desk, run: Run) -> None:
    """Mark the ticket as done and tell the requester how to reopen it."""
    ticket_id, by = int(action["value"]), body["user"]["id"]
    await run.commit("resolve", desk, resolve, ticket_id, by, "")
    await run.repeat("show", show, desk, ticket_id)
    await run.step("tell", _tell_resolved, desk, ticket_id, by)


async def resolve(desk: Desk, session: AsyncSession, ticket_id: int, by: str, why: str) -> None:
    """Resolve an open ticket. Raises Refusal when somebody did already, or this person may not."""
    now = desk.now()
    ticket = await tickets.get(session, ticket_id)
    if ticket is None:
        raise Refusal("This ticket no longer exists.")
    if by != ticket.requester:
        await _handled(desk, session, ticket_id, by)
    values = {"status": Status.RESOLVED, "resolved_at": now, "touched": True}
    if not await tickets.change(session, ticket_id, OPEN, values):
        raise Refusal(f"T-{ticket_id} is already {ticket.status}.")
    await drafts.supersede(session, ticket_id, "the ticket was resolved", now)
    tickets.note(session, ticket, "resolved", by, why, now)


async def _tell_resolved(desk: Desk, ticket_id: int, by: str) -> None:
    async with desk.db.begin() as session:
        ticket = await tickets.get(session, ticket_id)
        assert ticket is not None
        times = sum(event.what == "resolved" for event in await tickets.history(session, ticket_id))
    text, blocks = reply.resolved_line(ticket_id, escape(desk.directory.name_of(by)))
    await desk.slack.post(f"resolved:{ticket_id}:{times}", ticket.channel, text, blocks, ticket.thread_ts)


async def on_reopen(body: dict[str, Any], action: dict[str, Any], desk: Desk, run: Run) -> None:
    """Take up a resolved ticket again."""
    ticket_id, by = int(action["value"]), body["user"]["id"]
    await run.commit("reopen", desk, reopen, ticket_id, by, "")
    await run.repeat("show", show, desk, ticket_id)
    channel, message = body["channel"]["id"], body["message"]
    text, blocks = reply.reopened_line(ticket_id, escape(desk.directory.name_of(by)))
    await run.step("mark the line", desk.slack.update, channel, message["ts"], text, blocks)
    said = f"T-{ticket_id} is open again. Tell us here what is still missing."
    await run.step("confirm", desk.slack.whisper, channel, by, said, None, message.get("thread_ts", ""))
    await triage.propose(desk, run, ticket_id)


async def reopen(desk: Desk, session: AsyncSession, ticket_id: int, by: str, why: str) -> None:
    """Reopen a resolved ticket with new deadlines. Raises Refusal when it is open already."""
    now = desk.now()
    ticket = await tickets.get(session, ticket_id)
    if ticket is None:
        raise Refusal("This ticket no longer exists.")
    if by != ticket.requester and not desk.policy.is_staff(desk.directory.handle_of(by)):
        raise Refusal("Only the person who asked, or the team, can reopen this.")
    if ticket.status != Status.RESOLVED:
        raise Refusal(f"T-{ticket_id} is {ticket.status}; there is nothing to reopen.")
    ticket.status, ticket.resolved_at, ticket.escalated_at = Status.REOPENED, None, None
    ticket.resolve_by = due(desk.policy, ticket.queue, ticket.priority, "resolve", now)
    session.add(ticket)
    tickets.note(session, ticket, "reopened", by, why, now)
