"""Adopted categories: which of them are judged by, who adopted them, and how they end."""

from __future__ import annotations

from collections.abc import Set
from datetime import datetime

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from agents.adopted import Adopted
from storage.reviews import Adoption, Finding

POLICY = "policy"  # who has ended an adoption, when it was the policy file


def value(row: Adoption) -> Adopted:
    """Return an adoption as the rules take it."""
    return Adopted(
        row.id or 0,
        row.name,
        row.title,
        row.description,
        row.queue,
        tuple(row.channels),
        tuple(row.examples),
        row.by,
        row.at,
    )


async def standing(session: AsyncSession) -> tuple[Adopted, ...]:
    """Return the categories that are judged by beside those of policy, oldest first."""
    rows = await session.exec(
        select(Adoption).where(col(Adoption.standing).is_not(None)).order_by(col(Adoption.id))
    )
    return tuple(value(row) for row in rows)


async def of_finding(session: AsyncSession, finding_id: int) -> Adoption | None:
    """Return what a proposal became, if it was adopted."""
    rows = await session.exec(
        select(Adoption).where(Adoption.finding_id == finding_id).execution_options(populate_existing=True)
    )
    return rows.first()


async def adopt(session: AsyncSession, finding_id: int, one: Adopted) -> int | None:
    """Keep a category; None when one of that name stands already."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    made = (
        insert(Adoption)
        .values(
            finding_id=finding_id,
            name=one.name,
            standing=one.name,
            title=one.title,
            description=one.description,
            queue=one.queue,
            channels=list(one.channels),
            examples=list(one.examples),
            by=one.by,
            at=one.at,
            ended_by="",
        )
        .on_conflict_do_nothing()
        .returning(col(Adoption.id))
    )
    id: int | None = (await session.exec(made)).scalar_one_or_none()
    return id


async def end(session: AsyncSession, id: int, by: str, now: datetime) -> bool:
    """Let a category no longer be judged by; False when somebody was first."""
    result = await session.exec(
        update(Adoption)
        .where(col(Adoption.id) == id, col(Adoption.standing).is_not(None))
        .values(standing=None, ended_by=by, ended_at=now)
    )
    return bool(result.rowcount)


async def since_when(session: AsyncSession) -> dict[int, datetime]:
    """Return since when the tickets of a proposal belong to a category that stands.

    What people said before of where they belong was said when there was no such category.
    """
    rows = await session.exec(
        select(col(Finding.evidence), col(Adoption.at))
        .join(Adoption, col(Adoption.finding_id) == col(Finding.id))
        .where(col(Adoption.standing).is_not(None))
    )
    return {ticket_id: at for evidence, at in rows for ticket_id in evidence["tickets"]}


async def without(session: AsyncSession, texts: Set[str]) -> None:
    """Take texts out of the examples of every category."""
    for row in await session.exec(select(Adoption)):
        if not texts.isdisjoint(row.examples):
            row.examples = [one for one in row.examples if one not in texts]
            session.add(row)
