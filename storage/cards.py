"""What a ticket's card is drawn from, asked of the database in one question; every request asks it twice or more."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, func
from sqlalchemy import select as select_rows
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage import corrections, prepared
from storage.tables import Correction, Draft, Request, Ticket

_OLDER = aliased(Draft)
_NEWEST_DRAFT = (
    select_rows(func.max(_OLDER.id)).where(col(_OLDER.ticket_id) == col(Ticket.id)).scalar_subquery()
)
_ROWS = prepared.Statement(
    select(Ticket, Request, Draft, Correction)
    .join(Request, col(Request.id) == col(Ticket.request_id))
    .outerjoin(Draft, col(Draft.id) == _NEWEST_DRAFT)
    .outerjoin(Correction, col(Correction.id) == corrections.newest_of(col(Ticket.id)))
    .where(col(Ticket.id) == bindparam("of_id"))
)


class Rows(NamedTuple):
    """A ticket, its request, its newest draft, and the newest correction of it that stands and teaches."""

    ticket: Ticket
    request: Request
    draft: Draft | None
    correction: Correction | None


async def rows(session: AsyncSession, ticket_id: int) -> Rows:
    """Return what the card of a ticket that exists is drawn from."""
    [found] = await prepared.objects(session, _ROWS, of_id=ticket_id)
    return Rows(*found)
