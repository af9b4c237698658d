"""Alerts: each change of an account is brought to its owner once, and what was said about it is kept.

A signal is recorded as a decision, and so is a person's verdict on the alert; no row of an alert is ever
changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import String, cast, literal
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from agents.health import Band, Kind, Signal
from agents.words import Usage
from storage import decisions
from storage.reviews import Alert
from storage.tables import Decision, Post

ENGINE = "rules"
JUDGED = "health"
VERDICT = "health verdict"
ACKNOWLEDGED, DISMISSED = "acknowledged", "dismissed"


@dataclass(frozen=True)
class Verdict:
    """What a person said about an alert; `by` is their Slack id."""

    said: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Alerted:
    """An alert with everything its card shows."""

    id: int
    signal: Signal
    at: datetime
    verdict: Verdict | None = None


@dataclass(frozen=True)
class Claimed:
    """The alerts to post now, and the names of the accounts that did not fit, in the order of their turn."""

    ids: tuple[int, ...]
    rest: tuple[str, ...]


def post_key(id: int) -> str:
    """Return the key under which an alert's card is posted."""
    return f"alert:{id}"


async def claim(session: AsyncSession, signals: Sequence[Signal], most: int, now: datetime) -> Claimed:
    """Claim up to `most` alerts for signals that nobody was told of, the worst of `signals` (given first)
    first.

    Alerts that were claimed before and whose card never reached Slack come along, so a crash between the two
    loses none, and they count towards `most`.
    """
    waiting = await _unposted(session)
    new = [signal for signal in signals if not await _was_told(session, signal)]
    ids = list(waiting[:most])
    room = most - len(ids)
    for signal in new[:room]:
        if (id := await _insert(session, signal, now)) is not None:
            ids.append(id)
    later = [alerted.signal.account for id in waiting[most:] if (alerted := await get(session, id))]
    return Claimed(tuple(ids), (*later, *(signal.account for signal in new[room:])))


async def _unposted(session: AsyncSession) -> Sequence[int]:
    """Return alerts without a card, oldest first."""
    keys = literal("alert:") + cast(col(Alert.id), String)
    found = await session.exec(
        select(col(Alert.id))
        .outerjoin(Post, (col(Post.key) == keys) & (col(Post.ts) != ""))
        .where(col(Post.key).is_(None))
        .order_by(col(Alert.id))
    )
    return [id for id in found if id is not None]


async def _was_told(session: AsyncSession, signal: Signal) -> bool:
    """Say whether an earlier alert was about the same change."""
    found = await session.exec(
        select(Alert.window).where(Alert.account_id == signal.account_id, Alert.signal == signal.kind.value)
    )
    return any(date.fromisoformat(window.rpartition("/")[2]) >= signal.same_since for window in found)


async def _insert(session: AsyncSession, signal: Signal, now: datetime) -> int | None:
    """Add an alert with its decision; None when another process was first."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    values = {
        "account_id": signal.account_id,
        "signal": signal.kind.value,
        "window": signal.window,
        "owner": signal.owner,
        "evidence": signal.evidence,
        "act_by": signal.act_by,
        "at": now,
    }
    statement = insert(Alert).values(**values).on_conflict_do_nothing().returning(col(Alert.id))
    id: int | None = (await session.exec(statement)).scalar_one_or_none()
    if id is not None:
        shown = asdict(signal) | {
            "same_since": signal.same_since.isoformat(),
            "act_by": signal.act_by.isoformat(),
        }
        decisions.record(
            session,
            JUDGED,
            Usage(ENGINE, "", "", 0.0),
            now,
            inputs_digest=_about(id),
            answer=shown,
            because=signal.evidence,
        )
    return id


def _about(id: int) -> str:
    """Return what the decisions about one alert are found by."""
    return decisions.digest("alert", id)


async def get(session: AsyncSession, id: int) -> Alerted | None:
    """Return an alert by id, with the verdict on it if there is one."""
    found = await session.exec(
        select(Decision).where(
            col(Decision.kind).in_([JUDGED, VERDICT]), Decision.inputs_digest == _about(id)
        )
    )
    rows = {row.kind: row for row in found}
    if JUDGED not in rows:
        return None
    verdict = rows.get(VERDICT)
    return Alerted(
        id,
        _signal(rows[JUDGED].answer),
        rows[JUDGED].at,
        Verdict(verdict.answer["said"], verdict.answer["by"], verdict.at) if verdict else None,
    )


def _signal(answer: dict[str, Any]) -> Signal:
    return Signal(
        **answer
        | {
            "kind": Kind(answer["kind"]),
            "band": Band(answer["band"]),
            "same_since": date.fromisoformat(answer["same_since"]),
            "act_by": datetime.fromisoformat(answer["act_by"]),
        }
    )


async def give_verdict(session: AsyncSession, id: int, said: str, by: str, now: datetime) -> Verdict | None:
    """Keep what a person said about an alert; return the earlier verdict instead if somebody was first."""
    # Writing to the row first makes two people who press at once take turns, on every database.
    await session.exec(update(Alert).where(col(Alert.id) == id).values(owner=Alert.owner))
    alerted = await get(session, id)
    if alerted is not None and alerted.verdict is not None:
        return alerted.verdict
    decisions.record(
        session,
        VERDICT,
        Usage("person", "", "", 0.0),
        now,
        inputs_digest=_about(id),
        answer={"said": said, "by": by},
        because="",
    )
    return None


async def since(session: AsyncSession, moment: datetime) -> Sequence[Alerted]:
    """Return the alerts of this period that nobody dismissed, oldest first."""
    found = await session.exec(select(col(Alert.id)).where(col(Alert.at) >= moment).order_by(col(Alert.id)))
    alerts = [await get(session, id) for id in found if id is not None]
    return [a for a in alerts if a and not (a.verdict and a.verdict.said == DISMISSED)]
