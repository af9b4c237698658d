"""When each of Slack's limits lets somebody through again, for replicas that share them. PostgreSQL only.

All times are the database's own, because the clocks of replicas may differ.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Interval, bindparam, func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from storage import prepared
from storage.tables import Bucket

_NOW, _MORE = func.clock_timestamp(), bindparam("more", type_=Interval())
_TAKE = prepared.Statement(
    insert(prepared.table(Bucket))
    .values(name=bindparam("of_name"), full_at=_NOW + _MORE)
    .on_conflict_do_update(
        index_elements=["name"], set_={"full_at": func.greatest(col(Bucket.full_at), _NOW) + _MORE}
    )
    .returning(func.extract("epoch", col(Bucket.full_at) - _NOW).label("away"))
)


async def take(session: AsyncSession, name: str, seconds: float) -> float:
    """Put the time at which a bucket is full again off by so many seconds; return how many seconds away it is then."""
    [row] = await prepared.rows(session, _TAKE, of_name=name, more=timedelta(seconds=seconds))
    return float(row.away)


async def fill(session: AsyncSession, name: str, seconds: float) -> None:
    """Put that time off until it is at least so many seconds away."""
    until = func.clock_timestamp() + timedelta(seconds=seconds)
    await session.exec(
        insert(Bucket)
        .values(name=name, full_at=until)
        .on_conflict_do_update(
            index_elements=["name"], set_={"full_at": func.greatest(col(Bucket.full_at), until)}
        )
    )
