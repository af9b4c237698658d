"""A draft for a ticket that waits for an answer.

A team sees it on the card, with its citations and buttons, or one sentence that says why there is none. A requester
sees nothing of it until a person has approved it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlmodel.ext.asyncio.session import AsyncSession

from agents.autonomy import granted
from agents.replies import Drafted, draft
from agents.words import Autonomy, Facts, Status
from handlers.board import show
from handlers.desk import Desk, Run
from handlers.errors import Misplaced
from handlers.facts import conversation, gather
from storage import decisions, drafts, incidents, tickets
from storage.tables import Draft, Ticket

_NEEDS_NONE = (Status.ANSWERED, Status.RESOLVED, Status.WITHDRAWN)


@dataclass(frozen=True)
class _Written:
    """A draft that may be proposed, and what it was written from."""

    ticket: Ticket
    facts: Facts
    drafted: Drafted
    allowed: Autonomy


async def propose(desk: Desk, run: Run, ticket_id: int) -> None:
    """Draft a reply and put it on the card."""
    if await run.decide("draft", desk, _write, _keep, ticket_id):
        await run.repeat("card with draft", show, desk, ticket_id)


async def propose_beside(desk: Desk, run: Run, ticket_id: int) -> None:
    """Draft a reply for a further ticket of the same flow."""
    if await run.decide(f"draft of T-{ticket_id}", desk, _write, _keep, ticket_id):
        await run.repeat(f"card of T-{ticket_id} with draft", show, desk, ticket_id)


async def _write(desk: Desk, ticket_id: int) -> _Written | str | bool:
    """Write a draft for a ticket that waits for an answer; else return why there is none, as its card is to say it, or
    only whether the card has something new to show."""
    async with desk.db.begin() as session:
        ticket, request = await tickets.case(session, ticket_id)
        incident = await incidents.get(session, ticket.incident_id) if ticket.incident_id else None
        if await drafts.stands(session, ticket_id, ticket.moved_on_ts):
            return True  # somebody was faster, and it may have been approved since
    if incident is not None and incident.resolved_at is None:
        return False  # whoever mends it tells everybody at once
    if ticket.held or ticket.status in _NEEDS_NONE:
        return False
    channel = desk.policy.request_channels.get(desk.directory.channel_name(ticket.channel))
    category = desk.policy.categories.get(ticket.category)
    if channel is None or category is None:
        lost = "requests in its channel are no longer watched" if channel is None else "its kind is unknown"
        return f"No draft: {lost}."
    try:
        facts = await gather(desk, request, await conversation(desk, ticket))
    except Misplaced:
        return "No draft: I cannot read the requester's channel."
    engines = await desk.minds.ready()
    drafted = await draft(facts, ticket.category, channel.audience, engines, facts.requester.split()[0])
    return _Written(ticket, facts, drafted, granted(category.autonomy))


async def _keep(desk: Desk, session: AsyncSession, ticket_id: int, written: _Written | str | bool) -> bool:
    """Put a draft beside its ticket, or the reason why there is none; say whether the card has something to show."""
    match written:
        case bool():
            return written
        case str():
            row = await tickets.get(session, ticket_id)
            assert row is not None
            row.no_draft = written
            session.add(row)
            return True
        case _:
            return await _keep_draft(desk, session, written)


async def _keep_draft(desk: Desk, session: AsyncSession, written: _Written) -> bool:
    seen, facts = written.ticket, written.facts
    reply, now = written.drafted.reply, desk.now()
    for usage in written.drafted.usage:
        decisions.record(
            session,
            "reply",
            usage,
            now,
            inputs_digest=decisions.digest(facts.text, facts.thread, facts.known),
            answer={"text": reply.text, "citations": [asdict(citation) for citation in reply.citations]},
            because=reply.because,
            request_id=seen.request_id,
            ticket_id=seen.id,
        )
    row = await tickets.locked(session, seen.id or 0)
    assert row is not None and row.id is not None
    if row.status in _NEEDS_NONE or await drafts.stands(session, row.id, seen.moved_on_ts):
        return True  # somebody was faster
    if row.moved_on_ts != seen.moved_on_ts:
        return False  # the thread moved on while this was written; the newer message brings its own draft
    if not reply.text or written.allowed == Autonomy.SHADOW:
        watched = "Drafts for this category are recorded only."
        row.no_draft = watched if reply.text else reply.because
        session.add(row)
        return True
    if await drafts.was_turned_down(session, row.id, reply.text):
        row.no_draft = "No draft: the best answer found is the one that was turned down before."
        session.add(row)
        return True
    row.no_draft = ""
    session.add(row)
    made = Draft(
        ticket_id=row.id,
        text=reply.text,
        citations=[asdict(citation) for citation in reply.citations],
        based_on_ts=seen.moved_on_ts,
        engine=reply.usage.engine,
        because=reply.because,
        at=now,
    )
    await drafts.propose(session, made)
    return True
