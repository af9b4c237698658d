"""Past tickets that were answered, for finding ones that ask much the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Text, cast
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from agents.words import DraftStatus, SimilarTicket
from storage.tables import Draft, Request, Ticket, TicketEvent

_MOST = 2000  # the newest ones; older answers are likelier to be out of date


async def answered(
    session: AsyncSession, readable: Callable[[str], str], since: datetime | None = None
) -> list[SimilarTicket]:
    """Return answered tickets with their replies, oldest first; only those that were answered `since`, if it is given.

    `readable` turns Slack's markup into text.
    """
    query = (
        select(Ticket, Request, Draft)
        .join(Request, col(Request.id) == col(Ticket.request_id))
        .join(Draft, col(Draft.ticket_id) == col(Ticket.id))
        .where(col(Draft.status) == DraftStatus.SENT, col(Request.deleted_at).is_(None))
        .order_by(col(Draft.id).desc())
        .limit(_MOST)
    )
    if since:
        # Asked for first, because this is asked every few seconds, and mostly there are none.
        lately = select(TicketEvent.ticket_id).where(
            TicketEvent.what == "reply sent", col(TicketEvent.at) > since
        )
        if not (ids := (await session.exec(lately)).all()):
            return []
        query = query.where(col(Ticket.id).in_(ids))
    found = await session.exec(query)
    newest = {
        ticket.id or 0: SimilarTicket(
            ticket.id or 0, readable(request.wording), ticket.category, draft.text, 1.0
        )
        for ticket, request, draft in reversed(found.all())
    }
    return list(newest.values())


async def standing(session: AsyncSession, ids: Sequence[int]) -> list[Ticket]:
    """Return those of these tickets that are kept and whose message is not deleted, in the order given."""
    if not ids:
        return []
    found = await session.exec(
        select(Ticket)
        .join(Request, col(Request.id) == col(Ticket.request_id))
        .where(col(Ticket.id).in_(ids), col(Request.deleted_at).is_(None))
    )
    known = {ticket.id: ticket for ticket in found}
    return [known[id] for id in ids if id in known]


async def naming(session: AsyncSession, ticket_id: int) -> list[int]:
    """Return the tickets on whose posted cards this one is named as similar."""
    found = await session.exec(
        select(col(Ticket.id), col(Ticket.similar)).where(
            col(Ticket.card_ts) != "", cast(col(Ticket.similar), Text).contains(str(ticket_id))
        )
    )
    return [id for id, named in found if id is not None and ticket_id in named]
