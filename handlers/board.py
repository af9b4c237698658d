"""Cards in step with rows: whatever happened to a ticket, its card shows it.

A team sees one card per ticket. It is always drawn from the database, so drawing it again is harmless and a card
that fell behind after a crash catches up with the next change.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession
from structlog.contextvars import bound_contextvars

from agents.local.cues.ids import mentioned
from agents.local.cues.text import plain
from agents.privacy import hides, masked
from agents.words import OPEN, Outcome, Status
from handlers import grouping, splits
from handlers.cards import ticket as cards
from handlers.cards.shown import Candidate, CardDraft, CardFact, Learnt, TicketCard
from handlers.cards.text import escape, link
from handlers.desk import Desk
from handlers.errors import Misplaced
from handlers.facts import as_posted, readable
from handlers.presses import last
from storage import cards as cards_of
from storage import incidents, parts, tickets
from storage import similar as similar_rows
from storage.cards import Rows
from storage.tables import Draft, Request, Ticket

_UNSEEN = "unseen"  # what points to an incident whose card is not posted yet


async def show(desk: Desk, ticket_id: int, with_incident: bool = True) -> Ticket:
    """Post the ticket's card, or bring it up to date, and with it those of its incident and of the other parts of its
    message; return the ticket."""
    ticket, request = await _show(desk, ticket_id)
    if request.whole_id is not None:
        for other in await splits.beside(desk, ticket_id):
            await _show_again(desk, other)
    if with_incident and ticket.incident_id is not None:
        await grouping.show(desk, ticket.incident_id)
    return ticket


async def _show_again(desk: Desk, ticket_id: int) -> None:
    """Bring a card up to date, if it was posted; one that was not is somebody else's to post."""
    async with desk.db.begin() as session:
        ticket = await tickets.get(session, ticket_id)
    if ticket is not None and ticket.card_ts:
        await _show(desk, ticket_id)


async def _show(desk: Desk, ticket_id: int) -> tuple[Ticket, Request]:
    # Only meanwhile: the flow may be about another ticket, whose lines have to be found together.
    with bound_contextvars(ticket=ticket_id):
        async with desk.turns.of(f"card:{ticket_id}"):
            while True:
                async with desk.db.begin() as session:
                    rows = await cards_of.rows(session, ticket_id)
                    card = await _card(desk, session, rows)
                ticket, request = rows.ticket, rows.request
                if ticket.queue == "":
                    return ticket, request  # it was withdrawn before it was routed
                if card.incident == _UNSEEN:
                    await grouping.show(desk, ticket.incident_id or 0)
                    continue
                await _draw(desk, ticket, card)
                # Another replica may have drawn something newer while ours was on its way, which ours has replaced.
                if desk.db.is_sqlite or await _stands(desk, ticket, request, card):
                    return ticket, request
                await _leave_again(desk, ticket)


async def _draw(desk: Desk, ticket: Ticket, card: TicketCard) -> None:
    if not ticket.card_ts:
        await _post(desk, ticket, card)
    elif not await _update(desk, ticket, card) and ticket.status in OPEN:
        # Somebody deleted the card, or its channel is gone; the ticket still waits to be seen.
        await _post(desk, ticket, card, f":after:{ticket.card_ts}")


async def _stands(desk: Desk, ticket: Ticket, request: Request, card: TicketCard) -> bool:
    """Say whether rows are still as they were drawn; where the card itself is does not count."""
    of_the_card = {"card_channel", "card_ts", "card_link"}
    async with desk.db.begin() as session:
        now = await cards_of.rows(session, ticket.id or 0)
        part_now = await splits.part_of(desk, session, now.ticket, now.request)
    return (
        now.ticket.model_dump(exclude=of_the_card) == ticket.model_dump(exclude=of_the_card)
        and now.request.model_dump() == request.model_dump()
        and _learnt(desk, now) == card.learnt
        and part_now == card.part
        and (_draft(desk, now.draft) if now.draft else None) == card.draft
    )


async def _leave_again(desk: Desk, shown: Ticket) -> None:
    """Lead from a card to the new one, if another replica moved its ticket while we drew it."""
    async with desk.db.begin() as session:
        ticket = await tickets.get(session, shown.id or 0)
        moved = await last(session, shown.id or 0, {"moved"})
    if ticket is None or moved is None or not shown.card_ts or ticket.moves == shown.moves:
        return
    queue = desk.policy.queues.get(ticket.queue)
    why = moved.why.partition(f"→ {queue.title}. ")[2] if queue else ""
    text = f"by {person(desk, moved.who)}" + (f": {escape(why)}" if why else "")
    await leave(desk, shown.id or 0, shown.card_channel, shown.card_ts, text)


async def drawn(desk: Desk, ticket_id: int) -> tuple[str, list[dict[str, Any]]]:
    """Return the text and the blocks that a ticket's card should have now."""
    async with desk.db.begin() as session:
        card = await _card(desk, session, await cards_of.rows(session, ticket_id))
    return cards.fallback(card), cards.ticket_card(card)


async def _update(desk: Desk, ticket: Ticket, card: TicketCard) -> bool:
    """Draw a posted card anew; False when it cannot be reached any more."""
    text, blocks = cards.fallback(card), cards.ticket_card(card)
    try:
        return await desk.slack.update(ticket.card_channel, ticket.card_ts, text, blocks)
    except Misplaced:
        return False


async def _post(desk: Desk, ticket: Ticket, card: TicketCard, after: str = "") -> None:
    channel, key = belongs_in(desk, ticket), f"card:{ticket.id}:{ticket.moves}{after}"

    async def keep(session: AsyncSession, ts: str) -> None:
        row = await tickets.get(session, ticket.id or 0)
        assert row is not None
        row.card_channel, row.card_ts, row.card_link = channel, ts, desk.slack.permalink(channel, ts)
        session.add(row)
        tickets.note(session, row, "card posted", tickets.US, card.displaced, desk.now())

    try:
        await desk.slack.post(key, channel, cards.fallback(card), cards.ticket_card(card), then=keep)
    except Misplaced:
        # Nobody would ever see this ticket; the people who place what is unclear will.
        channel = desk.directory.place(desk.policy.hold.channel)
        card = replace(card, displaced=_unreachable(desk, ticket))
        key = f"{key}:here"
        await desk.slack.post(key, channel, cards.fallback(card), cards.ticket_card(card), then=keep)


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
    return _unreachable(desk, ticket) if elsewhere else ""


def _unreachable(desk: Desk, ticket: Ticket) -> str:
    queue = desk.policy.queues.get(ticket.queue)
    if queue is None:
        return _displaced(desk, ticket)
    return f"This belongs in #{escape(queue.channel)}, where I cannot post. Please invite me there."


async def leave(desk: Desk, ticket_id: int, channel: str, ts: str, text: str) -> None:
    """Turn a card that a ticket has left into one line that leads to the new one; `text` is mrkdwn, by whom and why."""
    async with desk.db.begin() as session:
        ticket = await tickets.get(session, ticket_id)
    assert ticket is not None
    queue = desk.policy.queues.get(ticket.queue)
    title, place = _title(desk, ticket), f"#{queue.channel}" if queue else "another team"
    text = f"moved to {link(ticket.card_link, place) if ticket.card_link else escape(place)} {text}"
    # Where the old card's channel is gone too, there is nobody left to point the way.
    with suppress(Misplaced):
        await desk.slack.update(
            channel, ts, f"T-{ticket_id}: {title}", cards.moved_card(ticket_id, title, text)
        )


def _title(desk: Desk, ticket: Ticket) -> str:
    known = desk.policy.categories.get(ticket.category)
    return known.title if known else ticket.category


def person(desk: Desk, id: str) -> str:
    """Return mrkdwn for a person by id, or our own name."""
    return "Signalbox" if id in ("", tickets.US) else f"<@{id}>"


async def _card(desk: Desk, session: AsyncSession, rows: Rows) -> TicketCard:
    ticket, request, draft, _ = rows
    assert ticket.id is not None
    candidates = [name for name in (ticket.category, ticket.runner_up) if name in desk.policy.categories]
    similar = await similar_rows.standing(session, ticket.similar)
    queue = desk.policy.queues.get(ticket.queue)
    return TicketCard(
        id=ticket.id,
        title=_title(desk, ticket),
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
        draft=_draft(desk, draft) if draft else None,
        no_draft=ticket.no_draft,
        learnt=_learnt(desk, rows),
        incident=await _incident(session, ticket),
        mentioned=mentioned(masked(plain(request.wording))),
        hides=hides(as_posted(desk, request.wording)),
        same_as=await _same_as(session, ticket),
        part=await splits.part_of(desk, session, ticket, request),
        merged_by=await _merged_by(desk, session, ticket),
    )


def _learnt(desk: Desk, rows: Rows) -> Learnt | None:
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
    return link(incident.card_link, f"I-{incident.id}") if incident.card_link else _UNSEEN


async def _same_as(session: AsyncSession, ticket: Ticket) -> str:
    """Return mrkdwn that points to the ticket that a closed one repeats; empty when it repeats none."""
    first = await tickets.get(session, ticket.duplicate_of) if ticket.duplicate_of else None
    if first is None or ticket.status != Status.RESOLVED:
        return ""
    return link(first.card_link, f"T-{first.id}") if first.card_link else f"T-{first.id}"


async def _merged_by(desk: Desk, session: AsyncSession, ticket: Ticket) -> str:
    """Return mrkdwn for whoever put a ticket together with another part of its message; empty when nobody did."""
    event = await last(session, ticket.id or 0, {parts.MERGED}) if ticket.duplicate_of else None
    return person(desk, event.who) if event else ""


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
        return f"Marked as no request by {person(desk, last.who if last else '')}."
    if ticket.status == Status.WITHDRAWN:
        return "The requester deleted their message."
    last = next((event for event in reversed(events) if event.what == "resolved"), None)
    if last is None:
        return ""
    return f":white_check_mark: Resolved by {person(desk, last.who)}" + (
        f": {escape(last.why)}" if last.why else "."
    )


def _draft(desk: Desk, draft: Draft) -> CardDraft:
    return CardDraft(
        id=draft.id or 0,
        text=draft.text,
        sources=tuple((citation["title"], citation["url"]) for citation in draft.citations),
        status=draft.status,
        decided_by=person(desk, draft.decided_by),
        decided_at=draft.decided_at,
        reason=draft.reason,
        engine=draft.engine,
    )
