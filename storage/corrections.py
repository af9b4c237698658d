"""Corrections: what people have said of our judgements, which of it stands, and whether anything of it is new."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ScalarSelect, SQLColumnExpression, func
from sqlalchemy import select as select_rows
from sqlalchemy.orm import aliased
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from agents.learning import TEACHES
from storage import locking, prepared
from storage.tables import Correction, Post, Request, RequestEdit, Ticket

CONFLICT = "conflict:"  # how the key of a question begins; the ids of its two corrections follow
_MOST = 4000  # the newest ones


def newest_of(ticket_id: SQLColumnExpression[int | None]) -> ScalarSelect[int | None]:
    """Return the question for the id of the standing correction of a ticket that was made last and teaches."""
    said = aliased(Correction)
    return (
        select_rows(col(said.id))
        .where(
            col(said.ticket_id) == ticket_id,
            col(said.undone_at).is_(None),
            prepared.among(col(said.field), sorted(TEACHES)),
        )
        # Of what was said in one moment, the kind of work is what a person has in mind.
        .order_by(col(said.at).desc(), col(said.field))
        .limit(1)
        .scalar_subquery()
    )


async def standing(session: AsyncSession) -> list[tuple[Correction, str]]:
    """Return the corrections that may teach, oldest first, each with its request as it reads now.

    What was undone is not among them, nor what was said of a message that is deleted.
    """
    found = await session.exec(
        select(Correction, Request.wording)
        .join(Ticket, col(Ticket.id) == col(Correction.ticket_id))
        .join(Request, col(Request.id) == col(Ticket.request_id))
        .where(
            col(Correction.undone_at).is_(None),
            col(Request.deleted_at).is_(None),
            col(Correction.field).in_(TEACHES),
        )
        .order_by(col(Correction.id).desc())
        .limit(_MOST)
    )
    return list(reversed(found.all()))


async def mark(session: AsyncSession) -> tuple[int, ...]:
    """Return numbers that differ as soon as what corrections teach differs: by a new one, an undone one, a deleted
    message or a reworded one."""
    stands = col(Correction.undone_at).is_(None) & col(Request.deleted_at).is_(None)
    found = await session.exec(
        select(func.max(Correction.id), func.count().filter(stands), func.count())
        .select_from(Correction)
        .join(Ticket, col(Ticket.id) == col(Correction.ticket_id))
        .join(Request, col(Request.id) == col(Ticket.request_id))
    )
    newest, standing, all_of_them = found.one()
    if not all_of_them:
        return ()
    edits = await session.exec(select(func.max(RequestEdit.id)))
    return newest or 0, standing, all_of_them, edits.one() or 0


async def get(session: AsyncSession, id: int) -> Correction | None:
    """Return a correction as it is now, which nobody else changes before this transaction ends."""
    return await locking.locked(session, Correction, id)


def say(
    session: AsyncSession,
    ticket_id: int,
    field: str,
    was: str,
    should_be: str,
    by: str,
    why: str,
    now: datetime,
) -> None:
    """Keep what somebody says a decision should have been, whatever its ticket has become since."""
    session.add(
        Correction(ticket_id=ticket_id, field=field, was=was, should_be=should_be, by=by, why=why, at=now)
    )


async def said_at(session: AsyncSession, ticket_id: int, by: str, at: datetime) -> Correction | None:
    """Return what this person said of a ticket at this moment, the kind of work first; also when it was undone."""
    found = await session.exec(
        select(Correction)
        .where(Correction.ticket_id == ticket_id, Correction.by == by, Correction.at == at)
        .order_by(col(Correction.field))
    )
    return found.first()


async def undo(session: AsyncSession, correction: Correction, by: str, now: datetime) -> bool:
    """Let a correction, and what was said with it, teach nothing any more; False when somebody was first."""
    result = await session.exec(
        update(Correction)
        .where(
            col(Correction.ticket_id) == correction.ticket_id,
            col(Correction.by) == correction.by,
            col(Correction.at) == correction.at,
            col(Correction.field).in_(TEACHES),
            col(Correction.undone_at).is_(None),
        )
        .values(undone_at=now, undone_by=by)
    )
    return bool(result.rowcount)


async def asked_about(session: AsyncSession, ticket_id: int) -> list[tuple[int, int, Post]]:
    """Return the questions about a ticket's corrections: the ids of both corrections, and the post.

    Of one without a ts nobody knows yet whether Slack has it.
    """
    own = set(await session.exec(select(Correction.id).where(Correction.ticket_id == ticket_id)))
    found: Sequence[Post] = ()
    if own:
        found = (await session.exec(select(Post).where(col(Post.key).startswith(CONFLICT)))).all()
    asked = []
    for post in found:
        one, _, other = post.key.removeprefix(CONFLICT).partition(":")
        if {int(one), int(other)} & own:
            asked.append((int(one), int(other), post))
    return asked
