"""What is stuck: questions that nobody asks while all is well, for whoever looks after the bot."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from agents.words import OPEN, DraftStatus, Status
from storage.receipts import is_open
from storage.tables import Done, Draft, Post, Receipt, Ticket


async def unfinished(session: AsyncSession, before: datetime) -> Sequence[Receipt]:
    """Return deliveries that came before this time and are neither done nor given up, oldest first."""
    return [one for one in await _deliveries(session, col(Receipt.failed) == "") if one.received_at < before]


async def failed(session: AsyncSession) -> Sequence[Receipt]:
    """Return deliveries that were given up after a bug, oldest first."""
    return await _deliveries(session, col(Receipt.failed) != "")


async def _deliveries(session: AsyncSession, *where: ColumnElement[bool]) -> Sequence[Receipt]:
    found = await session.exec(select(Receipt).where(is_open(), *where))
    return sorted(found.all(), key=lambda receipt: receipt.id or 0)


async def reopen(session: AsyncSession, receipt: Receipt) -> bool:
    """Clear the mark of a delivery that was given up, for anybody to begin; False when it had none any more.

    That it failed, and who was told so, is forgotten: it may fail again, and then they have to be told again.
    """
    result = await session.exec(
        update(Receipt)
        .where(col(Receipt.id) == receipt.id, col(Receipt.failed) != "")
        .values(failed="", kept_by="")
    )
    kept = [f"{receipt.key}:{name}" for name in ("failure", "apologise", "call for a person")]
    await session.exec(delete(Done).where(col(Done.key).in_(kept)))
    return bool(result.rowcount)


async def unanswered(session: AsyncSession, before: datetime) -> Sequence[Post]:
    """Return posts that were begun before this time and of which nobody knows whether Slack has them."""
    query = select(Post).where(col(Post.ts) == "", col(Post.at) < before).order_by(col(Post.at))
    return (await session.exec(query)).all()


async def unsent(session: AsyncSession, before: datetime) -> Sequence[tuple[Draft, Ticket]]:
    """Return drafts that a person approved before this time and that were not sent, with their tickets."""
    found = await session.exec(
        select(Draft, Ticket)
        .join(Ticket, col(Ticket.id) == col(Draft.ticket_id))
        .where(
            col(Draft.status).in_([DraftStatus.APPROVED, DraftStatus.EDITED]),
            col(Draft.decided_at) < before,
        )
        .order_by(col(Draft.decided_at))
    )
    return [(draft, ticket) for draft, ticket in found]


async def without_card(session: AsyncSession, before: datetime) -> Sequence[Ticket]:
    """Return open tickets that were opened before this time and are on no card."""
    query = select(Ticket).where(
        col(Ticket.status).in_([*OPEN, Status.NEW]), col(Ticket.card_ts) == "", col(Ticket.opened_at) < before
    )
    return (await session.exec(query.order_by(col(Ticket.id)))).all()


async def with_card(session: AsyncSession, limit: int) -> Sequence[Ticket]:
    """Return the newest open tickets that have a card."""
    query = select(Ticket).where(col(Ticket.status).in_(OPEN), col(Ticket.card_ts) != "")
    return (await session.exec(query.order_by(col(Ticket.id).desc()).limit(limit))).all()


async def home(session: AsyncSession) -> str:
    """Return the workspace's address with a slash at its end, as the tickets know it; empty if there are none."""
    found = await session.exec(
        select(Ticket.link).where(col(Ticket.link) != "").order_by(col(Ticket.id).desc()).limit(1)
    )
    before, found_it, _ = (found.first() or "").partition("archives/")
    return before if found_it else ""
