"""Deleted messages: a day after their author has deleted them, their words are gone from our rows too.

Nobody sees a difference in Slack, where the words went at once. The rows stay, with who decided what and when, so that
figures stay right. Until then what was under way when the message went comes to its end.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, case, cast
from sqlmodel import col, exists, or_, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.retention import BATCH
from storage.tables import Correction, Decision, Draft, Request, RequestEdit, Ticket

_SOMETHING = "…"  # stands where it matters that there was a text


async def words(session: AsyncSession, before: datetime) -> int:
    """Forget what messages said that were deleted before this time, and what was answered to them; return how many."""
    says = or_(
        col(Request.text) != "",
        col(Request.wording) != "",
        col(Request.whole) != "",
        cast(col(Request.files), String) != "[]",
        exists().where(col(RequestEdit.request_id) == col(Request.id), col(RequestEdit.text) != ""),
    )
    found = await session.exec(
        select(Request.id)
        .where(col(Request.deleted_at) < before, says)
        .order_by(col(Request.id))
        .limit(BATCH)
    )
    ids = found.all()
    if not ids:
        return 0
    tickets = (await session.exec(select(Ticket.id).where(col(Ticket.request_id).in_(ids)))).all()
    judged = col(Decision.request_id).in_(ids) | col(Decision.ticket_id).in_(tickets)
    corrected = col(Correction.ticket_id).in_(tickets)
    for statement in (
        update(Request)
        .where(col(Request.id).in_(ids))
        .values(text="", wording="", whole="", files=[], because=""),
        update(RequestEdit).where(col(RequestEdit.request_id).in_(ids)).values(text=""),
        update(Ticket).where(col(Ticket.id).in_(tickets)).values(summary="", because=""),
        update(Draft)
        .where(col(Draft.ticket_id).in_(tickets))
        .values(
            text="",
            citations=[],
            because="",
            original=case((col(Draft.original) != "", _SOMETHING), else_=""),
        ),
        update(Decision).where(judged).values(because=""),
        update(Decision).where(judged, col(Decision.kind) == "reply").values(answer={}),
        update(Correction).where(corrected, col(Correction.field) == "reply").values(was="", should_be=""),
    ):
        await session.exec(statement)
    return len(ids)
