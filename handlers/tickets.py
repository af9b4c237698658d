"""Buttons on a card: claim it, reroute it, say what a held one is, resolve it, reopen it.

Each press acts or explains. Who may do so is checked when the button is pressed, against today's policy; whoever
comes second is told who was first and when.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from slack_bolt.async_app import AsyncApp
from sqlmodel.ext.asyncio.session import AsyncSession

from agents.learning import PLACED
from agents.routing import due
from agents.words import OPEN, Outcome, Priority, Status
from handlers import drafting, learning, moving
from handlers.board import leave, show
from handlers.cards import modals, reply
from handlers.cards import ticket as cards
from handlers.cards.modals import as_placed, entered, value_of
from handlers.cards.text import escape, when
from handlers.desk import Desk, Run
from handlers.errors import Misplaced, Refusal
from handlers.presses import closed, first_was, has_just, last, may_handle, place, presser, ticket_number, who
from handlers.splits import about
from storage import drafts, tickets
from storage.tables import Request, Ticket, TicketEvent

Left = tuple[str, str, str] | None

_PLACED = ("rerouted", "judged again", "routed", "held")
_AT_ONCE = timedelta(minutes=1)  # a claim within this of somebody else's was not meant to take it from them


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
    ticket = await tickets.locked(session, ticket_id)
    if ticket is None:
        raise Refusal("This ticket no longer exists.")
    may_handle(desk, by)
    if ticket.status not in OPEN:
        raise await closed(session, ticket, by)
    return ticket


async def on_claim(body: dict[str, Any], action: dict[str, Any], desk: Desk, run: Run) -> None:
    """Make whoever pressed the owner."""
    ticket_id, by = ticket_number(action.get("value")), await presser(body, desk, run)
    await run.commit("claim", desk, _claim, ticket_id, by)
    await run.repeat("show", show, desk, ticket_id)


async def _claim(desk: Desk, session: AsyncSession, ticket_id: int, by: str) -> None:
    ticket = await _handled(desk, session, ticket_id, by)
    handle = desk.directory.handle_of(by)
    if await has_just(desk, session, ticket_id, "claimed", by):
        return
    claimed = await last(session, ticket_id, {"claimed", "moved"})
    if claimed is not None and claimed.what == "claimed":
        at = when(claimed.at)
        if ticket.owner == handle:
            raise Refusal(f"T-{ticket_id} is yours already ({at}).")
        if claimed.who != by and desk.now() - claimed.at <= _AT_ONCE:
            raise Refusal(
                f"T-{ticket_id} was just claimed by {who(claimed.who, by)} ({at}). "
                "To take it over, press Claim again in a minute."
            )
    ticket.owner, ticket.touched = handle, True
    session.add(ticket)
    tickets.note(session, ticket, "claimed", by, "", desk.now())


async def on_reroute(body: dict[str, Any], action: dict[str, Any], desk: Desk, run: Run) -> None:
    """Ask where the ticket should go."""
    ticket_id, by = ticket_number(action.get("value")), await presser(body, desk, run)
    await run.step("open", _open_reroute, desk, ticket_id, by, body["trigger_id"])


async def _open_reroute(desk: Desk, ticket_id: int, by: str, trigger_id: str) -> None:
    async with desk.db.begin() as session:
        ticket = await _handled(desk, session, ticket_id, by)
    channel = desk.policy.request_channels.get(desk.directory.channel_name(ticket.channel))
    categories = desk.policy.categories
    view = modals.reroute(
        ticket_id,
        [(name, queue.title) for name, queue in desk.policy.queues.items()],
        # Of a channel that is no longer watched nobody says what may be asked there.
        [(name, categories[name].title) for name in (channel.categories if channel else categories)],
        ticket.queue,
        ticket.category,
        ticket.priority,
    )
    await desk.slack.open_modal(trigger_id, view)


async def on_rerouted(body: dict[str, Any], view: dict[str, Any], desk: Desk, run: Run) -> None:
    """Move the ticket and keep what its judgement should have been."""
    about, _, seen = str(view.get("private_metadata", "")).partition(":")
    ticket_id, by = ticket_number(about), await presser(body, desk, run)
    fields = {name: value_of(entered(view), name) for name in ("queue", "category", "priority", "why")}
    left = await run.commit("reroute", desk, _reroute, ticket_id, by, fields, seen)
    await _after_move(desk, run, ticket_id, left)


async def _after_move(desk: Desk, run: Run, ticket_id: int, left: Left) -> None:
    await learning.after_correction(desk, run, ticket_id)
    await run.repeat("show", show, desk, ticket_id)
    if left:
        await run.step("leave", leave, desk, ticket_id, *left)
    await drafting.propose(desk, run, ticket_id)


async def _reroute(
    desk: Desk, session: AsyncSession, ticket_id: int, by: str, fields: dict[str, str], seen: str
) -> Left:
    ticket = await _handled(desk, session, ticket_id, by)
    if seen and seen != as_placed(ticket.queue, ticket.category, ticket.priority):
        moved = await last(session, ticket_id, _PLACED)
        queue = desk.policy.queues.get(ticket.queue)
        place = f"with {escape(queue.title)} now" if queue else "elsewhere now"
        raise Refusal(
            f"T-{ticket_id} is {place}: it was placed{first_was(moved, by)} while your window was open. "
            "Nothing was changed; open Reroute again if it still has to move."
        )
    return await _correct(desk, session, ticket, by, fields)


async def _correct(
    desk: Desk, session: AsyncSession, ticket: Ticket, by: str, fields: dict[str, str]
) -> Left:
    """Put a person's judgement in place of ours, and keep every difference as a correction."""
    assert ticket.id is not None
    if fields["queue"] not in desk.policy.queues or fields["category"] not in desk.policy.categories:
        raise Refusal("That team or kind of request no longer exists. Open Reroute again and pick another.")
    if fields["priority"] not in list(Priority):
        raise Refusal("That is no priority. Open Reroute again and pick one.")
    was, now = ticket.queue, desk.now()
    changed = [
        name for name in ("queue", "category", "priority") if fields[name] != str(getattr(ticket, name))
    ]
    if not changed and not ticket.held:
        raise Refusal(f"T-{ticket.id} stays as it is: nothing was changed.")
    for name in changed:
        await tickets.correct(session, ticket, name, fields[name], by, fields["why"], now)
    if ticket.held and "category" not in changed:
        # Whoever places a held ticket where it was guessed to belong has said so all the same.
        await tickets.correct(session, ticket, PLACED, ticket.category, by, fields["why"], now)
    ticket.queue, ticket.category = fields["queue"], fields["category"]
    ticket.priority = Priority(fields["priority"])
    ticket.held, ticket.touched = False, True
    moving.reassign(desk, ticket, await tickets.loads(session, list(desk.policy.queues)))
    title, team = desk.policy.categories[ticket.category].title, desk.policy.queues[ticket.queue].title
    why = f" {fields['why']}" if fields["why"] else ""
    ticket.because = f"{desk.directory.name_of(by)} placed it: {title}, with {team}.{why}"
    ticket.engine, ticket.note = "person", ""
    if "category" in changed:
        await drafts.supersede(session, ticket.id, drafts.PLACED_ELSEWHERE, now)
    tickets.note(session, ticket, "rerouted", by, fields["why"], now)
    return moving.move(desk, session, ticket, was, by, fields["why"])


async def on_candidate(body: dict[str, Any], action: dict[str, Any], desk: Desk, run: Run) -> None:
    """Take one of the two candidates of a held ticket."""
    about, _, category = str(action.get("value", "")).partition(":")
    ticket_id, by = ticket_number(about), await presser(body, desk, run)
    is_new, left = await run.commit("place", desk, _place, ticket_id, by, category)
    if is_new:
        await _after_move(desk, run, ticket_id, left)


async def _place(
    desk: Desk, session: AsyncSession, ticket_id: int, by: str, category: str
) -> tuple[bool, Left]:
    """Place a held ticket; return whether that is news, and the card it left."""
    ticket = await _handled(desk, session, ticket_id, by)
    if not ticket.held:
        if await has_just(desk, session, ticket_id, "rerouted", by):
            return False, None
        placed = await last(session, ticket_id, _PLACED)
        raise Refusal(f"T-{ticket_id} was placed already{first_was(placed, by)}.")
    if category not in desk.policy.categories:
        raise Refusal("Policy no longer has this category. Use Reroute instead.")
    fields = {
        "queue": desk.policy.categories[category].queue,
        "category": category,
        "priority": ticket.priority.value,
        "why": "",
    }
    return True, await _correct(desk, session, ticket, by, fields)


async def on_not_a_request(body: dict[str, Any], action: dict[str, Any], desk: Desk, run: Run) -> None:
    """Close a ticket that should never have been one."""
    ticket_id, by = ticket_number(action.get("value")), await presser(body, desk, run)
    await run.commit("dismiss", desk, _dismiss, ticket_id, by)
    await learning.after_correction(desk, run, ticket_id)
    await run.repeat("show", show, desk, ticket_id)


async def _dismiss(desk: Desk, session: AsyncSession, ticket_id: int, by: str) -> None:
    now = desk.now()
    if await has_just(desk, session, ticket_id, "not a request", by):
        return
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
    ticket_id, by = ticket_number(action.get("value")), await presser(body, desk, run)
    await run.commit("resolve", desk, resolve, ticket_id, by, "")
    await run.repeat("show", show, desk, ticket_id)
    await run.step("tell", _tell_resolved, desk, ticket_id, by)


async def resolve(desk: Desk, session: AsyncSession, ticket_id: int, by: str, why: str) -> None:
    """Resolve an open ticket. Raises Refusal when somebody did already, or this person may not."""
    now = desk.now()
    ticket = await tickets.locked(session, ticket_id)
    if ticket is None:
        raise Refusal("This ticket no longer exists.")
    if by != ticket.requester:
        may_handle(desk, by)
    if ticket.status == Status.RESOLVED and await has_just(desk, session, ticket_id, "resolved", by):
        return
    values = {"status": Status.RESOLVED, "resolved_at": now, "touched": True}
    if not await tickets.change(session, ticket_id, OPEN, values):
        raise await closed(session, ticket, by)
    await drafts.supersede(session, ticket_id, "the ticket was resolved", now)
    tickets.note(session, ticket, "resolved", by, why, now)


async def _tell_resolved(desk: Desk, ticket_id: int, by: str) -> None:
    async with desk.db.begin() as session:
        ticket = await tickets.get(session, ticket_id)
        assert ticket is not None
        times = sum(event.what == "resolved" for event in await tickets.history(session, ticket_id))
        part = await about(desk, session, ticket)
    text, blocks = reply.resolved_line(ticket_id, escape(desk.directory.name_of(by)), part)
    try:
        await desk.slack.post(f"resolved:{ticket_id}:{times}", ticket.channel, text, blocks, ticket.thread_ts)
    except Misplaced:
        raise Refusal(
            f"T-{ticket_id} is resolved, but its requester does not know: I cannot post in their channel."
        ) from None


async def on_reopen(body: dict[str, Any], action: dict[str, Any], desk: Desk, run: Run) -> None:
    """Take up a resolved ticket again."""
    ticket_id, by = ticket_number(action.get("value")), await presser(body, desk, run)
    if not await run.commit("reopen", desk, reopen, ticket_id, by, ""):
        return
    await run.repeat("show", show, desk, ticket_id)
    channel, ts, thread = place(body)
    text, blocks = reply.reopened_line(ticket_id, escape(desk.directory.name_of(by)))
    await run.step("mark the line", desk.slack.update, channel, ts, text, blocks)
    said = f"T-{ticket_id} is open again. Tell us here what is still missing."
    await run.step("confirm", desk.slack.whisper, channel, by, said, None, thread)
    await drafting.propose(desk, run, ticket_id)


async def reopen(desk: Desk, session: AsyncSession, ticket_id: int, by: str, why: str) -> bool:
    """Reopen a resolved ticket with new deadlines; False when this person did so a moment ago.

    Raises Refusal when it is open already, or may not be opened by them.
    """
    now = desk.now()
    ticket = await tickets.locked(session, ticket_id)
    if ticket is None:
        raise Refusal("This ticket no longer exists.")
    if by != ticket.requester and not desk.policy.is_staff(desk.directory.handle_of(by)):
        raise Refusal("Only the person who asked, or the team, can reopen this.")
    if ticket.status == Status.WITHDRAWN:
        raise await closed(session, ticket, by)
    if ticket.status != Status.RESOLVED:
        if await has_just(desk, session, ticket_id, "reopened", by):
            return False
        event = await last(session, ticket_id, {"reopened"})
        raise Refusal(f"T-{ticket_id} is open already: {_reopened(event, by)}nothing is left to do here.")
    ticket.status, ticket.resolved_at, ticket.escalated_at = Status.REOPENED, None, None
    ticket.duplicate_of = None  # who says it is not done has asked for something else
    queue = ticket.queue if ticket.queue in desk.policy.queues else desk.policy.triage.hold_queue
    ticket.resolve_by = due(desk.policy, queue, ticket.priority, "resolve", now)
    session.add(ticket)
    tickets.note(session, ticket, "reopened", by, why, now)
    return True


def _reopened(event: TicketEvent | None, by: str) -> str:
    return f"it was reopened{first_was(event, by)}, so " if event else ""
