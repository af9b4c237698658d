"""Receipts: everything Slack delivered, kept before it was acknowledged and until its effects are done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, func
from sqlalchemy import select as select_rows
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from storage import prepared
from storage.tables import Beat, Receipt

_ROWS = prepared.table(Receipt).c
_KEEP = prepared.added_once(Receipt, "key", "id")
_KEPT = prepared.Statement(
    select_rows(
        _ROWS.id,
        _ROWS.signed,
        _ROWS.kept_by,
        and_(_ROWS.done_at.is_(None), _ROWS.failed == "").label("is_open"),
    ).where(_ROWS.key == bindparam("of_key"))
)
_EARLIER = prepared.Statement(
    select_rows(_ROWS.id)
    .where(
        _ROWS.thread == bindparam("of_thread"),
        _ROWS.id < bindparam("before"),
        _ROWS.done_at.is_(None),
        _ROWS.failed == "",
    )
    .limit(1)
)
_DONE_IN = prepared.Statement(
    select_rows(_ROWS.body)
    .where(_ROWS.thread == bindparam("of_thread"), _ROWS.done_at.is_not(None))
    .order_by(_ROWS.id)
)
_FINISH = prepared.Statement(prepared.table(Receipt).update().where(_ROWS.id == bindparam("of_id")))


@dataclass(frozen=True)
class Backlog:
    """How much was kept and is not done, since when, and how much was given up after a bug."""

    unfinished: int
    oldest: datetime | None
    failed: int

    def age(self, now: datetime) -> timedelta:
        """Return how long the oldest unfinished delivery has waited."""
        return now - self.oldest if self.oldest else timedelta(0)


@dataclass(frozen=True)
class Delivery:
    """What Slack brought: the key under which every copy of it is the same, its kind, what it is about, and itself.

    `signed` is the signature of this copy, when it came by HTTP.
    """

    key: str
    kind: str
    thread: str
    body: dict[str, Any]
    needs_work: bool = True
    signed: str = ""


@dataclass(frozen=True)
class Kept:
    """A delivery that was kept: its signature, `by` which process, and whether it is still to be worked on."""

    id: int
    signed: str
    by: str
    is_open: bool


async def keep(
    session: AsyncSession, deliveries: Sequence[Delivery], now: datetime, by: str = ""
) -> dict[str, int]:
    """Store deliveries in their order, and return the ids of those that were not stored before, by key.

    What needs no work is done. `by` is the process that sees to the rest.
    """
    values = [
        {
            "key": each.key,
            "kind": each.kind,
            "thread": each.thread,
            "body": each.body,
            "received_at": now,
            "done_at": None if each.needs_work else now,
            "failed": "",
            "kept_by": by,
            "signed": each.signed,
        }
        for each in deliveries
    ]
    if len(values) == 1 or prepared.dialect_of(session) == "sqlite":
        kept = [row for one in values for row in await prepared.rows(session, _KEEP, **one)]
        return {row.key: row.id for row in kept}
    connection = await session.connection()
    return {row.key: row.id for row in await connection.execute(_KEEP.on(connection.dialect), values)}


async def get(session: AsyncSession, id: int) -> Receipt | None:
    """Return a receipt by id."""
    return await session.get(Receipt, id)


async def kept(session: AsyncSession, key: str) -> Kept | None:
    """Return what is known of the copy of a delivery that was kept."""
    found = await prepared.rows(session, _KEPT, of_key=key)
    return Kept(*found[0]) if found else None


async def is_blocked(session: AsyncSession, receipt: Receipt) -> bool:
    """Say whether an earlier delivery of the same thread is still being worked on."""
    return bool(await prepared.rows(session, _EARLIER, of_thread=receipt.thread, before=receipt.id))


async def done_in(session: AsyncSession, thread: str) -> Sequence[dict[str, Any]]:
    """Return what was delivered in a thread and has had its effects, oldest first."""
    return [row.body for row in await prepared.rows(session, _DONE_IN, of_thread=thread)]


async def kept_in(session: AsyncSession, thread: str) -> Sequence[dict[str, Any]]:
    """Return everything that was delivered in a thread so far, oldest first."""
    found = await session.exec(
        select(col(Receipt.body)).where(col(Receipt.thread) == thread).order_by(col(Receipt.id))
    )
    return found.all()


async def finish(session: AsyncSession, id: int, now: datetime) -> None:
    """Mark the effects of a delivery as done."""
    await prepared.change(session, _FINISH, {"of_id": id, "done_at": now, "failed": ""})


async def fail(session: AsyncSession, id: int, reference: str) -> None:
    """Mark a delivery as stopped by a bug, under the reference id that the log has."""
    await session.exec(update(Receipt).where(col(Receipt.id) == id).values(failed=reference))


async def claim(session: AsyncSession, by: str, before: datetime) -> None:
    """Let this process see to what nobody alive sees to, and to whatever came before this time and is not done."""
    is_left = col(Receipt.kept_by).not_in(select(Beat.executor)) | (col(Receipt.received_at) < before)
    await session.exec(
        update(Receipt)
        .where(is_open(), col(Receipt.failed) == "", col(Receipt.kept_by) != by, is_left)
        .values(kept_by=by)
    )


async def unfinished(session: AsyncSession, before: datetime, by: str) -> Sequence[tuple[int, str, str]]:
    """Return id, key and thread of what this process sees to, came before this time and is not done, oldest first."""
    found = await session.exec(
        select(col(Receipt.id), col(Receipt.key), col(Receipt.thread), col(Receipt.received_at)).where(
            is_open(), col(Receipt.failed) == "", col(Receipt.kept_by) == by
        )
    )
    return sorted((id or 0, key, thread) for id, key, thread, at in found if at < before)


def is_open() -> ColumnElement[bool]:
    """Return the condition of a delivery that is not done.

    Every delivery has a thread, and to name it lets the database find the few open ones in an index, instead of in
    every delivery of a month with its body.
    """
    return and_(col(Receipt.thread) > "", col(Receipt.done_at).is_(None))


async def backlog(session: AsyncSession) -> Backlog:
    """Count what is not done."""
    goes_on = col(Receipt.failed) == ""
    found = await session.exec(
        select(
            func.count().filter(goes_on),
            func.min(col(Receipt.received_at)).filter(goes_on),
            func.count().filter(~goes_on),
        ).where(is_open())
    )
    unfinished, oldest, failed = found.one()
    return Backlog(unfinished, oldest, failed)
