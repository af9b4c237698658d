"""Past tickets that were answered, for finding ones that ask much the same."""

from __future__ import annotations

from collections.abc import Callable

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from agents.words import DraftStatus, SimilarTicket
from storage.tables import Draft, Request, Ticket

_MOST = 2000  # the newest ones; older answers are likelier to be out of date


async def answered(session: AsyncSession, readable: Callable[[str], str]) -> list[SimilarTicket]:
    """Return answered tickets with their replies, oldest first. `readable` turns Slack's markup into text."""
    found = await session.exec(
        select(Ticket, Request, Draft)
        .join(Request, col(Request.id) == col(Ticket.request_id))
        .join(Draft, col(Draft.ticket_id) == col(Ticket.id))
        .where(col(Draft.status) == DraftStatus.SENT, col(Request.deleted_at).is_(None))
        .order_by(col(Draft.id).desc())
        .limit(_MOST)
    )
    newest = {
        ticket.id or 0: SimilarTicket(
            ticket.id or 0, readable(request.wording), ticket.category, draft.text, 1.0
        )
        for ticket, request, draft in reversed(found.all())
    }
    return list(newest.values())
