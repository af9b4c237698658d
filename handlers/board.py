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

from agents.words import OPEN
from handlers import grouping, splits
from handlers.cards import ticket as cards
from handlers.cards.shown import TicketCard
from handlers.cards.text import escape, link
from handlers.contents import UNSEEN, belongs_in, card_of, draft_of, learnt, title, unreachable
from handlers.desk import RESUMED, Desk
from handlers.errors import Misplaced
from handlers.presses import last, person
from storage import cards as cards_of
from storage import posts, tickets
from storage.tables import Request, Ticket


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
                    card = await card_of(desk, session, rows)
                ticket, request = rows.ticket, rows.request
                if ticket.queue == "":
                    return ticket, request  # it was withdrawn before it was routed
                if card.incident == UNSEEN:
                    await grouping.show(desk, ticket.incident_id or 0)
                    continue
                await _draw(desk, ticket, card)
                # Another replica may have drawn something newer while ours was on its way, which ours has replaced.
                is_done = desk.db.is_sqlite or await _stands(desk, ticket, request, card)
                if not is_done or (RESUMED.get() and ticket.moves):
                    await _leave_again(desk, ticket)
                if is_done:
                    return ticket, request


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
        and learnt(desk, now) == card.learnt
        and part_now == card.part
        and (draft_of(now.draft) if now.draft else None) == card.draft
    )


async def _leave_again(desk: Desk, shown: Ticket) -> None:
    """Lead from the cards that a ticket has left to the new one, if another replica moved it while we drew it.

    Whoever goes on for a process that died cannot know what that had drawn, and looks after all of them.
    """
    async with desk.db.begin() as session:
        ticket = await tickets.get(session, shown.id or 0)
        moved = await last(session, shown.id or 0, {"moved"})
        left = await posts.beginning(session, f"card:{shown.id}:")
    if ticket is None or moved is None or (ticket.moves == shown.moves and not RESUMED.get()):
        return
    if not ticket.card_ts:
        return  # whoever moved it has yet to post the new card, and leads there after that
    queue = desk.policy.queues.get(ticket.queue)
    why = moved.why.partition(f"→ {queue.title}. ")[2] if queue else ""
    text = f"by {person(moved.who)}" + (f": {escape(why)}" if why else "")
    for card in left:
        if card.ts not in ("", ticket.card_ts):
            await leave(desk, shown.id or 0, card.channel, card.ts, text)


async def drawn(desk: Desk, ticket_id: int) -> tuple[str, list[dict[str, Any]]]:
    """Return the text and the blocks that a ticket's card should have now."""
    async with desk.db.begin() as session:
        card = await card_of(desk, session, await cards_of.rows(session, ticket_id))
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
        card = replace(card, displaced=unreachable(desk, ticket))
        key = f"{key}:here"
        await desk.slack.post(key, channel, cards.fallback(card), cards.ticket_card(card), then=keep)


async def leave(desk: Desk, ticket_id: int, channel: str, ts: str, text: str) -> None:
    """Turn a card that a ticket has left into one line that leads to the new one; `text` is mrkdwn, by whom and why."""
    async with desk.db.begin() as session:
        ticket = await tickets.get(session, ticket_id)
    assert ticket is not None
    queue = desk.policy.queues.get(ticket.queue)
    kind, place = title(desk, ticket), f"#{queue.channel}" if queue else "another team"
    text = f"moved to {link(ticket.card_link, place) if ticket.card_link else escape(place)} {text}"
    # Where the old card's channel is gone too, there is nobody left to point the way.
    with suppress(Misplaced):
        await desk.slack.update(
            channel, ts, f"T-{ticket_id}: {kind}", cards.moved_card(ticket_id, kind, text)
        )
