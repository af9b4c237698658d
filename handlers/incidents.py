"""Buttons of an incident: resolve all of it, take a ticket out of it, say that a request was not asked twice.

Whoever resolves an incident resolves every open ticket in it, and each requester hears of it once, in their own thread.
A ticket that is taken out gets its full card back, with a draft, and is never put into an incident again by itself.
"""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncApp
from sqlmodel.ext.asyncio.session import AsyncSession
from structlog.contextvars import bound_contextvars

from agents.words import OPEN, Status
from handlers import drafting, grouping, lines
from handlers.board import show
from handlers.cards import incident as cards
from handlers.cards import ticket as ticket_cards
from handlers.cards.text import escape, when
from handlers.desk import Desk, Run
from handlers.errors import Misplaced, Refusal
from handlers.presses import (
    closed,
    first_was,
    has_just,
    is_second_press,
    last,
    may_handle,
    number,
    presser,
    ticket_number,
    who,
)
from storage import drafts, incidents, tickets
from storage.incidents import LEFT


def register(app: AsyncApp) -> None:
    """List what this file answers to."""
    app.action(cards.RESOLVE_INCIDENT)(on_resolve)
    app.action(ticket_cards.LEAVE_INCIDENT)(on_leave)
    app.action(ticket_cards.NOT_ASKED_TWICE)(on_not_asked_twice)


async def on_resolve(body: dict[str, Any], action: dict[str, Any], desk: Desk, run: Run) -> None:
    """Resolve every ticket of an incident and tell each requester."""
    incident_id, by = number(action.get("value")), await presser(body, desk, run)
    resolved = await run.commit("resolve incident", desk, _resolve, incident_id, by)
    await run.repeat("show incident", grouping.show, desk, incident_id)
    deaf = []
    for ticket_id in resolved:
        with bound_contextvars(ticket=ticket_id):
            if not await run.repeat(f"tell {ticket_id}", _tell, desk, ticket_id, by):
                deaf.append(f"T-{ticket_id}")
            await run.repeat(f"show {ticket_id}", show, desk, ticket_id, False)
    if deaf:
        raise Refusal(
            f"I-{incident_id} is resolved, but the requesters of {', '.join(deaf)} do not know: "
            "I cannot post in their channels."
        )


async def _resolve(desk: Desk, session: AsyncSession, incident_id: int, by: str) -> list[int]:
    """Return the tickets that this resolved; none when the same person has only pressed twice."""
    now, resolved = desk.now(), []
    may_handle(desk, by)
    if not await incidents.resolve(session, incident_id, by, now):
        incident = await incidents.get(session, incident_id)
        if incident is None or incident.resolved_at is None:
            raise Refusal("This incident no longer exists.")
        if incident.resolved_by == by and is_second_press(incident.resolved_at, now):
            return []
        first = f" by {who(incident.resolved_by, by)}" if incident.resolved_by else ""
        raise Refusal(f"I-{incident_id} is already resolved{first} ({when(incident.resolved_at)}).")
    values = {"status": Status.RESOLVED, "resolved_at": now, "touched": True}
    for ticket in await incidents.members(session, incident_id):
        assert ticket.id is not None
        if await tickets.change(session, ticket.id, OPEN, values):
            await drafts.supersede(session, ticket.id, "the ticket was resolved", now)
            tickets.note(session, ticket, "resolved", by, f"with I-{incident_id}", now)
            resolved.append(ticket.id)
    return resolved


async def _tell(desk: Desk, ticket_id: int, by: str) -> bool:
    """Tell a requester that what they reported is fixed; False when they cannot be reached."""
    async with desk.db.begin() as session:
        ticket = await tickets.get(session, ticket_id)
        assert ticket is not None
        times = sum(event.what == "resolved" for event in await tickets.history(session, ticket_id))
    text, blocks = cards.fixed_line(ticket_id, escape(desk.directory.name_of(by)))
    try:
        await desk.slack.post(f"resolved:{ticket_id}:{times}", ticket.channel, text, blocks, ticket.thread_ts)
    except Misplaced:
        return False
    return True


async def on_leave(body: dict[str, Any], action: dict[str, Any], desk: Desk, run: Run) -> None:
    """Take a ticket out of its incident."""
    ticket_id, by = ticket_number(action.get("value")), await presser(body, desk, run)
    incident_id = await run.commit("leave incident", desk, _leave, ticket_id, by)
    if incident_id is None:
        return
    await run.repeat("show incident", grouping.show, desk, incident_id)
    await _alone(desk, run, ticket_id)


async def _alone(desk: Desk, run: Run, ticket_id: int) -> None:
    """Give a ticket its full card, its own line and a draft."""
    await run.repeat("show", show, desk, ticket_id)
    await run.repeat("line", lines.renew, desk, ticket_id)
    await drafting.propose(desk, run, ticket_id)


async def _leave(desk: Desk, session: AsyncSession, ticket_id: int, by: str) -> int | None:
    """Return the incident that was left; None when the same person has only pressed twice."""
    ticket = await tickets.locked(session, ticket_id)
    if ticket is None:
        raise Refusal("This ticket no longer exists.")
    may_handle(desk, by)
    if ticket.status not in OPEN:
        raise await closed(session, ticket, by)
    if ticket.incident_id is None:
        if await has_just(desk, session, ticket_id, LEFT, by):
            return None
        event = await last(session, ticket_id, {LEFT})
        if event is None:
            raise Refusal(f"T-{ticket_id} is not part of an incident.")
        raise Refusal(f"T-{ticket_id} was already taken out of its incident{first_was(event, by)}.")
    return await grouping.leave(desk, session, ticket, by)


async def on_not_asked_twice(body: dict[str, Any], action: dict[str, Any], desk: Desk, run: Run) -> None:
    """Take a request for itself that was taken for a repetition."""
    ticket_id, by = ticket_number(action.get("value")), await presser(body, desk, run)
    if await run.commit("not asked twice", desk, _not_asked_twice, ticket_id, by):
        await _alone(desk, run, ticket_id)


async def _not_asked_twice(desk: Desk, session: AsyncSession, ticket_id: int, by: str) -> bool:
    ticket = await tickets.locked(session, ticket_id)
    if ticket is None:
        raise Refusal("This ticket no longer exists.")
    may_handle(desk, by)
    if ticket.duplicate_of is None or ticket.status != Status.RESOLVED:
        if await has_just(desk, session, ticket_id, "not asked twice", by):
            return False
        event = await last(session, ticket_id, {"not asked twice", "reopened"})
        if event is None:
            raise Refusal(f"T-{ticket_id} was not taken for a repetition.")
        raise Refusal(f"T-{ticket_id} was already taken up for itself{first_was(event, by)}.")
    await grouping.stands_alone(desk, session, ticket, by, "")
    return True
