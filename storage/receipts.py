"""Receipts: everything Slack delivered, kept before it was acknowledged and until its effects are done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.tables import Receipt


async def keep(
    session: AsyncSession, key: str, kind: str, thread: str, body: dict[str, Any], now: datetime
) -> int | None:
    """Store a delivery and return its id; None when this key was stored before."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    values = {
        "key": key,
        "kind": kind,
        "thread": thread,
        "body": body,
        "received_at": now,
        "failed": "",
    }
    statement = insert(Receipt).values(**values).on_conflict_do_nothing().returning(col(Receipt.id))
    found: int | None = (await session.exec(statement)).scalar_one_or_none()
    return found


async def get(session: AsyncSession, id: int) -> Receipt | None:
    """Return a receipt by id."""
    return await session.get(Receipt, id)


async def is_blocked(session: AsyncSession, receipt: Receipt) -> bool:
    """Say whether an earlier delivery of the same thread is still being worked on."""
    earlier = (
        select(func.count())
        .select_from(Receipt)
        .where(
            col(Receipt.thread) == receipt.thread,
            col(Receipt.id) < receipt.id,
            col(Receipt.done_at).is_(None),
            col(Receipt.failed) == "",
        )
    )
    return bool((await session.exec(earlier)).one())


async def finish(session: AsyncSession, id: int, now: datetime) -> None:
    """Mark the effects of a delivery as done."""
    await session.exec(update(Receipt).where(col(Receipt.id) == id).values(done_at=now, failed=""))


async def fail(session: AsyncSession, id: int, reference: str) -> None:
    """Mark a delivery as stopped by a bug, under the reference id that the log has."""
    await session.exec(update(Receipt).where(col(Receipt.id) == id).values(failed=reference))


async def unfinished(session: AsyncSession, before: datetime) -> Sequence[tuple[int, str, str]]:
    """Return id, key and thread of every delivery received before this time that is not done, oldest first."""
    found = await session.exec(
        select(col(Receipt.id), col(Receipt.key), col(Receipt.thread))
        .where(
            col(Receipt.done_at).is_(None),
            col(Receipt.failed) == "",
            col(Receipt.received_at) < before,
        )
        .order_by(col(Receipt.id))
    )
    return [(id or 0, key, thread) for id, key, thread in found]
