"""Moving a ticket: another queue means another team, and perhaps a card in another channel.

The team it leaves sees who moved it and where to; the next one sees a card with an owner and deadlines of its own.
"""

from __future__ import annotations

from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from agents.routing import due, next_owner
from handlers.cards.text import escape
from handlers.contents import belongs_in
from handlers.desk import Desk
from handlers.presses import person
from storage import tickets
from storage.tables import Ticket


def move(
    desk: Desk, session: AsyncSession, row: Ticket, was: str, by: str, why: str
) -> tuple[str, str, str] | None:
    """Give a ticket whose queue changed a card in its new channel; return the card it leaves and its farewell."""
    session.add(row)
    if row.queue == was:
        return None
    before, after = desk.policy.queues.get(was), desk.policy.queues[row.queue]
    left_team = before.title if before else was
    tickets.note(session, row, "moved", by, f"{left_team} → {after.title}. {why}".strip(), desk.now())
    stays = before.channel == after.channel if before else row.card_channel == belongs_in(desk, row)
    if stays or not row.card_ts:
        return None
    left = row.card_channel, row.card_ts
    row.card_channel = row.card_ts = row.card_link = ""
    row.moves += 1
    return *left, f"by {person(by)}" + (f": {escape(why)}" if why else "")


def reassign(desk: Desk, row: Ticket, loads: dict[str, Any]) -> None:
    """Give a ticket in a new queue an owner and deadlines there."""
    queue, now = desk.policy.queues[row.queue], desk.now()
    row.owner = next_owner(queue, loads[row.queue], now)
    row.respond_by = due(desk.policy, row.queue, row.priority, "respond", now)
    row.resolve_by = due(desk.policy, row.queue, row.priority, "resolve", now)
