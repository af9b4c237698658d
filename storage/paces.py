"""When each of Slack's limits lets somebody through again, for replicas that share them. PostgreSQL only.

All times are the database's own, because the clocks of replicas may differ.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.tables import Bucket


async def take(session: AsyncSession, name: str, seconds: float) -> float:
    """Put the time at which a bucket is full again off by so many seconds; return how many seconds away it is then."""
    now, more = func.clock_timestamp(), timedelta(seconds=seconds)
    kept = (
        insert(Bucket)
        .values(name=name, full_at=now + more)
        .on_conflict_do_update(
            index_elements=["name"], set_={"full_at": func.greatest(col(Bucket.full_at), now) + more}
        )
        .returning(func.extract("epoch", col(Bucket.full_at) - now))
    )
    return float((await session.exec(kept)).scalar_one())


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
