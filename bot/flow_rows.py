"""The durable engine's rows, as far as operations need them: what is stuck, what is old, what shall run anew.

Nobody in Slack sees them. The engine has no free tool for this, so its tables are read and thinned out here and
nowhere else; which columns that takes is all in this file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dbos._utils import INTERNAL_QUEUE_NAME
from sqlalchemy import ColumnElement, TableClause, column, delete, func, inspect, select, table, update
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.retention import BATCH
from storage.tables import Beat, Receipt

SCHEMA = "dbos"  # on PostgreSQL; SQLite has none
_ENDED = ("SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")
_BROKEN = ("ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")
_OF_A_RUN = ("queue_name", "owner_xid", "started_at_epoch_ms")
_PARTS = ("workflow_input", "workflow_output", "operation_outputs", "workflow_status")


@dataclass(frozen=True)
class FlowRow:
    """A flow: its key, who has it, and since when."""

    key: str
    executor: str
    since: datetime


def _table(session: AsyncSession, name: str) -> TableClause:
    schema = None if session.get_bind().dialect.name == "sqlite" else SCHEMA
    names = ("workflow_uuid", "status", "executor_id", "created_at", *_OF_A_RUN)
    return table(name, *(column(name) for name in names), schema=schema)


async def are_there(session: AsyncSession) -> bool:
    """Say whether the engine has made its tables yet."""
    schema = None if session.get_bind().dialect.name == "sqlite" else SCHEMA
    connection = await session.connection()
    return bool(
        await connection.run_sync(lambda sync: inspect(sync).has_table("workflow_status", schema=schema))
    )


async def has_step(session: AsyncSession, key: str, name: str) -> bool:
    """Say whether the engine has a checkpoint of this name of a flow."""
    schema = None if session.get_bind().dialect.name == "sqlite" else SCHEMA
    made = table("operation_outputs", column("workflow_uuid"), column("function_name"), schema=schema)
    ours = select(made.c.function_name).where(made.c.workflow_uuid == key, made.c.function_name == name)
    return (await (await session.connection()).execute(ours.limit(1))).first() is not None


async def forget_ended(session: AsyncSession, before: datetime) -> int:
    """Forget a batch of flows that were begun before this time and have ended; return how many.

    Its key keeps a flow from running twice, so one whose delivery is still open stays.
    """
    flows = _table(session, "workflow_status")
    needed = select(col(Receipt.id)).where(
        col(Receipt.key) == flows.c.workflow_uuid, col(Receipt.done_at).is_(None), col(Receipt.failed) == ""
    )
    found = await (await session.connection()).execute(
        select(flows.c.workflow_uuid)
        .where(
            flows.c.created_at < int(before.timestamp() * 1000), flows.c.status.in_(_ENDED), ~needed.exists()
        )
        .order_by(flows.c.created_at)
        .limit(BATCH)
    )
    keys = list(found.scalars())
    if keys:
        await _delete(session, keys)
    return len(keys)


async def forget(session: AsyncSession, key: str) -> bool:
    """Forget one flow that has ended, so that its key may be used again; False while it is under way."""
    flows = _table(session, "workflow_status")
    found = await (await session.connection()).execute(
        select(flows.c.status).where(flows.c.workflow_uuid == key)
    )
    status = found.scalar_one_or_none()
    if status is not None and status not in _ENDED:
        return False
    await _delete(session, [key])
    return True


async def _delete(session: AsyncSession, keys: Sequence[str]) -> None:
    for name in _PARTS:
        part = _table(session, name)
        await (await session.connection()).execute(delete(part).where(part.c.workflow_uuid.in_(keys)))


async def orphaned(session: AsyncSession, lease: timedelta) -> list[FlowRow]:
    """Return flows under way whose process has shown no sign of life for so long; meant for PostgreSQL."""
    flows = _table(session, "workflow_status")
    alive = select(col(Beat.executor)).where(col(Beat.at) > func.now() - lease)
    return await _rows(session, flows, flows.c.status == "PENDING", flows.c.executor_id.not_in(alive))


async def release(session: AsyncSession) -> set[str]:
    """Let whoever comes first go on with the flows of processes that give no sign of life, and return those processes;
    meant for PostgreSQL.

    The engine does this too, with a commit for each flow. What a process that died in a flood leaves are hundreds, and
    nobody else can begin what waits behind them. The columns are those that dbos 3.4 sets in `reenqueue_for_recovery`.
    """
    flows = _table(session, "workflow_status")
    anew = {"status": "ENQUEUED", "owner_xid": None, "started_at_epoch_ms": None}
    found = await (await session.connection()).execute(
        update(flows)
        .where(flows.c.status == "PENDING", flows.c.executor_id.not_in(select(col(Beat.executor))))
        .values(**anew, queue_name=func.coalesce(flows.c.queue_name, INTERNAL_QUEUE_NAME))
        .returning(flows.c.executor_id)
    )
    return set(found.scalars())


async def pending(session: AsyncSession) -> list[FlowRow]:
    """Return every flow that was begun and has not ended, also those that wait for somebody to go on with them."""
    flows = _table(session, "workflow_status")
    return await _rows(session, flows, flows.c.status.not_in(_ENDED))


async def broken(session: AsyncSession, since: datetime) -> list[FlowRow]:
    """Return flows that were begun after this time and ended with an error, except those of deliveries."""
    flows = _table(session, "workflow_status")
    delivered = select(col(Receipt.id)).where(col(Receipt.key) == flows.c.workflow_uuid)
    is_recent = flows.c.created_at >= int(since.timestamp() * 1000)
    return await _rows(session, flows, flows.c.status.in_(_BROKEN), is_recent, ~delivered.exists())


async def _rows(session: AsyncSession, flows: TableClause, *where: ColumnElement[bool]) -> list[FlowRow]:
    found = await (await session.connection()).execute(
        select(flows.c.workflow_uuid, flows.c.executor_id, flows.c.created_at)
        .where(*where)
        .order_by(flows.c.created_at)
    )
    return [FlowRow(key, by or "", datetime.fromtimestamp(at / 1000, UTC)) for key, by, at in found.all()]
