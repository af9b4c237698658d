"""Drafts: proposed replies, and whose word on them came first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam
from sqlalchemy import select as select_rows
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from agents.words import DraftStatus
from storage import locking, prepared
from storage.tables import Draft, Ticket

PLACED_ELSEWHERE = "the ticket was placed elsewhere"
REPLACED = "a newer draft replaced it"
_NEWEST = prepared.Statement(
    select(Draft)
    .where(col(Draft.ticket_id) == bindparam("of_ticket"))
    .order_by(col(Draft.id).desc())
    .limit(1)
)
_TURNED_DOWN = prepared.Statement(
    select_rows(col(Draft.id))
    .where(
        col(Draft.ticket_id) == bindparam("of_ticket"),
        col(Draft.text) == bindparam("these"),
        (col(Draft.status) == DraftStatus.REJECTED) | (col(Draft.reason) == PLACED_ELSEWHERE),
    )
    .limit(1)
)
_SUPERSEDE = prepared.Statement(
    prepared.table(Draft)
    .update()
    .where(
        prepared.table(Draft).c.ticket_id == bindparam("of_ticket"),
        prepared.table(Draft).c.status == DraftStatus.PROPOSED,
    )
)


async def propose(session: AsyncSession, draft: Draft) -> Draft:
    """Add a draft for a ticket; an older one that is still proposed is superseded by it."""
    await supersede(session, draft.ticket_id, REPLACED, draft.at)
    session.add(draft)
    await session.flush()
    return draft


async def stands(session: AsyncSession, ticket_id: int, based_on_ts: str) -> bool:
    """Say whether a draft in answer to the thread as it was at this ts waits for a person, or is on its way."""
    last = await newest(session, ticket_id)
    if last is None or last.based_on_ts != based_on_ts:
        return False
    return last.status in (DraftStatus.PROPOSED, DraftStatus.APPROVED, DraftStatus.EDITED)


async def supersede(session: AsyncSession, ticket_id: int, why: str, now: datetime) -> bool:
    """Take back the proposed draft of a ticket, if there is one; say whether there was."""
    values = {"status": DraftStatus.SUPERSEDED, "reason": why, "decided_at": now}
    return bool(await prepared.change(session, _SUPERSEDE, {"of_ticket": ticket_id, **values}))


async def decide(
    session: AsyncSession,
    id: int,
    status: DraftStatus,
    by: str,
    now: datetime,
    *,
    reason: str = "",
    text: str | None = None,
) -> bool:
    """Decide a proposed draft; False when somebody was first. `text` replaces the words of an edited draft."""
    values: dict[str, object] = {"status": status, "decided_by": by, "decided_at": now, "reason": reason}
    if text is not None:
        values |= {"text": text, "original": Draft.text}
    result = await session.exec(
        update(Draft).where(col(Draft.id) == id, col(Draft.status) == DraftStatus.PROPOSED).values(**values)
    )
    return bool(result.rowcount)


async def get(session: AsyncSession, id: int) -> Draft | None:
    """Return a draft by id."""
    return await session.get(Draft, id)


async def case(session: AsyncSession, id: int) -> tuple[Draft, Ticket] | None:
    """Return a draft and its ticket as they are now; nobody else changes them before this transaction ends."""
    await locking.hold(session, Draft, id)
    found = await session.exec(
        select(Draft, Ticket)
        .join(Ticket, col(Ticket.id) == col(Draft.ticket_id))
        .where(Draft.id == id)
        .with_for_update(key_share=True)
    )
    row = found.first()
    return (row[0], row[1]) if row else None


async def newest(session: AsyncSession, ticket_id: int) -> Draft | None:
    """Return the latest draft of a ticket."""
    found = await prepared.objects(session, _NEWEST, of_ticket=ticket_id)
    return found[0] if found else None


async def was_turned_down(session: AsyncSession, ticket_id: int, text: str) -> bool:
    """Say whether people have already refused these very words for this ticket, or moved it away from them."""
    return bool(await prepared.rows(session, _TURNED_DOWN, of_ticket=ticket_id, these=text))


async def proposed(session: AsyncSession, queues: Sequence[str]) -> Sequence[tuple[Draft, Ticket]]:
    """Return the drafts of these queues that wait for a person, most pressing first."""
    found = await session.exec(
        select(Draft, Ticket)
        .join(Ticket, col(Ticket.id) == col(Draft.ticket_id))
        .where(col(Draft.status) == DraftStatus.PROPOSED, col(Ticket.queue).in_(queues))
        .order_by(col(Ticket.respond_by))
        .limit(50)
    )
    return [(draft, ticket) for draft, ticket in found]


async def approved_but_unsent(session: AsyncSession, before: datetime) -> Sequence[Draft]:
    """Return drafts that a person approved before this time and whose sending did not finish."""
    found = await session.exec(
        select(Draft).where(
            col(Draft.status).in_([DraftStatus.APPROVED, DraftStatus.EDITED]),
            col(Draft.decided_at) < before,
        )
    )
    return found.all()
