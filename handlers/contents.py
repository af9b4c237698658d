"""What a ticket's card says, read from rows: whoever draws it, and whenever, it says the same.

A team sees whose request it is, what is known of it, who has it until when, and the draft. A card that cannot be with
its team says why.
"""

from __future__ import annotations

from sqlmodel.ext.asyncio.session import AsyncSession

from agents.local.cues.ids import mentioned
from agents.local.cues.text import plain
from agents.privacy import hides, masked
from agents.words import OPEN, Outcome, Status
from handlers import splits
from handlers.cards import ticket as cards
from handlers.cards.shown import Candidate, CardDraft, CardFact, Learnt, TicketCard
from handlers.cards.text import escape, link
from handlers.desk import Desk
from handlers.facts import as_posted, readable
from handlers.presses import last, person
from storage import incidents, parts, tickets
from storage import similar as similar_rows
from storage.cards import Rows
from storage.tables import Draft, Request, Ticket

UNSEEN = "unseen"  # what points to an incident whose card is not posted yet


async def card_of(desk: Desk, session: AsyncSession, rows: Rows) -> TicketCard:
    """Return what a ticket's card says now."""
    ticket, request, draft, _ = rows
    assert ticket.id is not None
    candidates = [name for name in (ticket.category, ticket.runner_up) if name in desk.policy.categories]
    similar = await similar_rows.standing(session, ticket.similar)
    queue = desk.policy.queues.get(ticket.queue)
    return TicketCard(
        id=ticket.id,
        title=title(desk, ticket),
        status=ticket.status,
        held=ticket.held,
        priority=ticket.priority,
        queue=queue.title if queue else ticket.queue,
        owner=desk.directory.mention(ticket.owner) if ticket.owner else "",
        claimed=ticket.touched and await _is_claimed(session, ticket.id),
        requester=desk.directory.name_of(ticket.requester),
        account=" · ".join(part for part in (ticket.account_name, ticket.tier) if part),
        link=ticket.link,
        channel=desk.directory.channel_name(ticket.channel),
        text=shown_text(desk, request),
        summary=ticket.summary,
        edited=(request.whole or request.wording) != request.text,
        because=ticket.because,
        engine=ticket.engine,
        confidence=ticket.confidence,
        note=ticket.note,
        respond_by=ticket.respond_by,
        resolve_by=ticket.resolve_by,
        answered_at=ticket.answered_at,
        resolved_at=ticket.resolved_at,
        closing=await _closing(desk, session, ticket, request),
        now=desk.now(),
        displaced=_displaced(desk, ticket),
        facts=tuple(CardFact(f["name"], f["value"], f["source"]) for f in ticket.facts),
        missing=tuple(ticket.missing),
        similar=cards.similar_links([(row.id or 0, row.summary, row.link) for row in similar]),
        candidates=tuple(_candidate(desk, c) for c in candidates),
        draft=draft_of(draft) if draft else None,
        no_draft=ticket.no_draft,
        learnt=learnt(desk, rows),
        incident=await _incident(session, ticket),
        mentioned=mentioned(masked(plain(request.wording))),
        hides=hides(as_posted(desk, request.wording)),
        same_as=await _same_as(session, ticket),
        part=await splits.part_of(desk, session, ticket, request),
        merged_by=await _merged_by(desk, session, ticket),
    )


def title(desk: Desk, ticket: Ticket) -> str:
    """Return what kind of request a ticket is, in words."""
    known = desk.policy.categories.get(ticket.category)
    return known.title if known else ticket.category


def belongs_in(desk: Desk, ticket: Ticket) -> str:
    """Return the id of the channel where a ticket's card belongs; of one whose queue policy lost, where it is."""
    queue = desk.policy.queues.get(ticket.queue)
    if queue is None:
        return ticket.card_channel or desk.directory.place(desk.policy.hold.channel)
    return desk.directory.place(queue.channel)


def _displaced(desk: Desk, ticket: Ticket) -> str:
    """Return why a card is not with the team it should be with; empty when it is."""
    if ticket.status not in OPEN:
        return ""
    if ticket.queue not in desk.policy.queues:
        return f"Its team, “{escape(ticket.queue)}”, no longer exists. Press Reroute to give it to another."
    elsewhere = ticket.card_channel and ticket.card_channel != belongs_in(desk, ticket)
    return unreachable(desk, ticket) if elsewhere else ""


def unreachable(desk: Desk, ticket: Ticket) -> str:
    """Return what the people who see a card instead of its team are asked to do."""
    queue = desk.policy.queues.get(ticket.queue)
    if queue is None:
        return _displaced(desk, ticket)
    return f"This belongs in #{escape(queue.channel)}, where I cannot post. Please invite me there."


def learnt(desk: Desk, rows: Rows) -> Learnt | None:
    """Return what a standing correction of this ticket teaches, unless its message is gone."""
    row = None if rows.request.deleted_at else rows.correction
    if row is None or row.id is None:
        return None
    what = f"are {row.should_be}"
    if row.field == "is_request":
        what = "are no request" if row.should_be == "no" else "are requests"
    elif row.field != "priority":
        known = desk.policy.categories.get(row.should_be)
        if known is None:
            return None
        what = f"are “{known.title}” and go to {desk.policy.queues[known.queue].title}"
    return Learnt(row.id, desk.directory.name_of(row.by), what)


async def _incident(session: AsyncSession, ticket: Ticket) -> str:
    """Return mrkdwn that points to the open incident of a ticket; empty when there is none."""
    incident = await incidents.get(session, ticket.incident_id) if ticket.incident_id else None
    if incident is None or incident.resolved_at is not None:
        return ""
    return link(incident.card_link, f"I-{incident.id}") if incident.card_link else UNSEEN


async def _same_as(session: AsyncSession, ticket: Ticket) -> str:
    """Return mrkdwn that points to the ticket that a closed one repeats; empty when it repeats none."""
    first = await tickets.get(session, ticket.duplicate_of) if ticket.duplicate_of else None
    if first is None or ticket.status != Status.RESOLVED:
        return ""
    return link(first.card_link, f"T-{first.id}") if first.card_link else f"T-{first.id}"


async def _merged_by(desk: Desk, session: AsyncSession, ticket: Ticket) -> str:
    """Return mrkdwn for whoever put a ticket together with another part of its message; empty when nobody did."""
    event = await last(session, ticket.id or 0, {parts.MERGED}) if ticket.duplicate_of else None
    return person(event.who) if event else ""


async def _is_claimed(session: AsyncSession, ticket_id: int) -> bool:
    given = await last(session, ticket_id, {"claimed", "moved", "rerouted"})
    return given is not None and given.what == "claimed"


def _candidate(desk: Desk, name: str) -> Candidate:
    category = desk.policy.categories[name]
    return Candidate(name, category.title, desk.policy.queues[category.queue].title)


def shown_text(desk: Desk, request: Request) -> str:
    """Return a request as a card shows it: its words and its files, with what must not travel hidden."""
    text = readable(desk, request.wording)
    files = ", ".join(map(masked, request.files))
    return f"{text}\n[files: {files}]".strip() if files else text


async def _closing(desk: Desk, session: AsyncSession, ticket: Ticket, request: Request) -> str:
    """Return the line that says how a ticket ended."""
    if ticket.status not in (Status.RESOLVED, Status.WITHDRAWN):
        return ""
    events = await tickets.history(session, ticket.id or 0)
    if request.outcome == Outcome.NOT_A_REQUEST:
        last = next((event for event in reversed(events) if event.what == "not a request"), None)
        return f"Marked as no request by {person(last.who if last else '')}."
    if ticket.status == Status.WITHDRAWN:
        return "The requester deleted their message."
    last = next((event for event in reversed(events) if event.what == "resolved"), None)
    if last is None:
        return ""
    return f":white_check_mark: Resolved by {person(last.who)}" + (
        f": {escape(last.why)}" if last.why else "."
    )


def draft_of(draft: Draft) -> CardDraft:
    """Return a draft as a card shows it."""
    return CardDraft(
        id=draft.id or 0,
        text=draft.text,
        sources=tuple((citation["title"], citation["url"]) for citation in draft.citations),
        status=draft.status,
        decided_by=person(draft.decided_by),
        decided_at=draft.decided_at,
        reason=draft.reason,
        engine=draft.engine,
    )
