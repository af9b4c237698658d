"""The minute sweep: promises that were broken reach the next person while they can still be kept half-way.

A team sees the late ticket's card marked as escalated, and in its thread one post that names who is asked to step
in. The sweep also sends what was approved and never left.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from sqlmodel.ext.asyncio.session import AsyncSession
from structlog.contextvars import bind_contextvars

from agents.words import OPEN, Status
from handlers import sending
from handlers.board import show
from handlers.cards.text import section, when
from handlers.desk import Desk, Run
from handlers.errors import Refusal
from storage import drafts, tickets

_SENDING = timedelta(minutes=2)  # an approved draft that took longer than this was cut off
_AGAIN = timedelta(hours=1)  # after which one that ended with an error, or still waits, is tried again


async def sweep(desk: Desk, run: Run, slot: str) -> None:
    """Escalate what is late and start what is stuck; `slot` names the minute."""
    for ticket_id in await run.step("find late", _late, desk):
        await desk.start("escalate", f"escalate:{ticket_id}:{slot}", ticket_id)
    for draft_id in await run.step("find unsent", _unsent, desk):
        await desk.start("deliver", await run.repeat("name try", _try, desk, draft_id), draft_id)


async def _late(desk: Desk) -> list[int]:
    async with desk.db.begin() as session:
        return [ticket.id or 0 for ticket in await tickets.late(session, desk.now())]


async def _unsent(desk: Desk) -> list[int]:
    async with desk.db.begin() as session:
        return [d.id or 0 for d in await drafts.approved_but_unsent(session, desk.now() - _SENDING)]


async def _try(desk: Desk, draft_id: int) -> str:
    """Return the key of a try to send a draft: one an hour, so that an outage does not pile them up, counted from the
    approval, so that one that is approved again need not wait."""
    now = desk.now()
    async with desk.db.begin() as session:
        draft = await drafts.get(session, draft_id)
    assert draft is not None
    approved_at = draft.decided_at or now
    return f"deliver:{draft_id}:{int(approved_at.timestamp())}:{(now - approved_at) // _AGAIN}"


async def deliver(desk: Desk, run: Run, draft_id: int) -> None:
    """Send an approved draft whose sending was cut off; one that cannot be sent is a draft again on its card."""
    with suppress(Refusal):
        await sending.deliver(desk, run, draft_id)


async def escalate(desk: Desk, run: Run, ticket_id: int) -> None:
    """Mark a late ticket as escalated and call whoever comes next."""
    bind_contextvars(ticket=ticket_id)
    missed = await run.commit("escalate", desk, _escalate, ticket_id)
    if missed:
        await run.repeat("show", show, desk, ticket_id)
        await run.step("call", _call, desk, ticket_id, missed)


async def _escalate(desk: Desk, session: AsyncSession, ticket_id: int) -> str:
    """Return what was missed, "reply" or "resolution"; empty when it is no longer late."""
    now = desk.now()
    ticket = await tickets.locked(session, ticket_id)
    assert ticket is not None
    if ticket.escalated_at or ticket.status not in OPEN:
        return ""
    no_reply = ticket.answered_at is None and ticket.respond_by is not None and ticket.respond_by < now
    missed = "reply" if no_reply else "resolution"
    if not no_reply and (ticket.resolve_by is None or ticket.resolve_by >= now):
        return ""
    ticket.status, ticket.escalated_at = Status.ESCALATED, now
    session.add(ticket)
    tickets.note(session, ticket, "escalated", tickets.US, f"the {missed} is late", now)
    return missed


async def _call(desk: Desk, ticket_id: int, missed: str) -> None:
    """Name the next people in the card's thread."""
    async with desk.db.begin() as session:
        ticket = await tickets.get(session, ticket_id)
    assert ticket is not None
    queue = desk.policy.queues.get(ticket.queue, desk.policy.hold)
    people = " ".join(desk.directory.mention(handle) for handle in queue.escalate_to or queue.owners)
    due = ticket.respond_by if missed == "reply" else ticket.resolve_by
    assert due is not None
    was_due = when(due, "was due {date_short_pretty} at {time}")
    text = f":rotating_light: {people} T-{ticket_id}: the {missed} {was_due}."
    key = f"escalation:{ticket_id}:{missed}:{int(due.timestamp())}"
    blocks = [section(text)]
    await desk.slack.post(key, ticket.card_channel, f"T-{ticket_id} is late", blocks, ticket.card_ts)
