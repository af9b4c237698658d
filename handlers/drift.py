"""Drift: once a week, what has changed in what people ask and in how well it is judged.

An alert for each finding, once, in the channel of the team that it concerns, with its owner mentioned: a category that
starts to fail, an engine that is surer than it should be, a shift in what is asked, and a group of requests that no
category fits. Where nothing has changed, nothing is posted. A customer's words are quoted only where held requests are
shown anyway; other teams get links.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from typing import Any

import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from agents import drift
from agents.drift import BEFORE, QUIET, WEEK, Calibration, Failing, Kind, Shift
from handlers import proposals
from handlers.cards import drift as cards
from handlers.cards.drift import Linked
from handlers.confidence import NAMES
from handlers.desk import Desk, Run
from handlers.errors import Declined, Misplaced
from handlers.telling import tell
from storage import findings
from storage.findings import Found
from storage.reviews import Finding

log = structlog.get_logger("signalbox.drift")


async def check(desk: Desk, run: Run, slot: str) -> None:
    """Look at the week that ends with this slot, and tell of each change once."""
    if desk.policy.cadences.drift is None:
        return
    found = await run.step("look", _look, desk, slot)
    for id in await run.commit("keep", desk, _keep, found, slot):
        await run.repeat(f"finding {id}", show, desk, id)


async def _look(desk: Desk, slot: str) -> list[dict[str, Any]]:
    """Return what has changed, as JSON; nothing is written down yet."""
    cadence, until = desk.policy.cadences.drift, datetime.fromisoformat(slot)
    assert cadence is not None
    async with desk.db.begin() as session:
        judged = await findings.judged(session, until - WEEK * (1 + BEFORE), until)
        told = await findings.told_since(session, until - QUIET)
    last, before = drift.weeks(judged, until)
    hold = desk.policy.triage.hold_queue
    found = [
        Found(Kind.FAILING, one.category, _queue_of(desk, one.category), asdict(one))
        for one in drift.failing(last, before, desk.policy.triage.target, told[Kind.FAILING])
    ]
    found += [
        Found(Kind.CALIBRATION, one.engine, hold, asdict(one))
        for one in drift.overconfident(last, told[Kind.CALIBRATION])
    ]
    if shifts := drift.shifts(last, before, told[Kind.MIX]):
        found.append(Found(Kind.MIX, "", hold, {"shifts": [asdict(one) for one in shifts]}))
    found += await proposals.found(desk, cadence, until)
    log.info("looked for change", judged=len(last), before=len(before), found=len(found))
    return [asdict(one) | {"kind": one.kind.value} for one in found]


def _queue_of(desk: Desk, category: str) -> str:
    known = desk.policy.categories.get(category)
    return known.queue if known else desk.policy.triage.hold_queue


async def _keep(desk: Desk, session: AsyncSession, found: list[dict[str, Any]], slot: str) -> list[int]:
    until = datetime.fromisoformat(slot)
    seen = [Found(**one | {"kind": Kind(one["kind"])}) for one in found]
    await findings.alone(session)
    told, tickets = await findings.told_since(session, until - QUIET), await findings.told_of(session)
    # The next look may have seen the same meanwhile, while this one was cut off.
    new = [one for one in seen if not _is_told(one, told, tickets)]
    await findings.keep(session, new, until, desk.now())
    return await findings.of_week(session, until)


def _is_told(one: Found, told: Mapping[Kind, Set[str]], tickets: Set[int]) -> bool:
    """Say whether somebody was told of this; each request counts for one proposal only."""
    match one.kind:
        case Kind.CLUSTER:
            return not tickets.isdisjoint(one.evidence["tickets"])
        case Kind.MIX:
            return {shift["category"] for shift in one.evidence["shifts"]} <= told[Kind.MIX]
        case _:
            return one.about in told[one.kind]


async def show(desk: Desk, id: int) -> None:
    """Post a finding in its team's channel, or bring it up to date."""
    async with desk.turns.of(f"finding:{id}"):
        async with desk.db.begin() as session:
            finding = await findings.get(session, id)
            if finding is None:
                return
            text, blocks = await _drawn(desk, session, finding)
        if finding.ts:
            with suppress(Misplaced, Declined):
                await desk.slack.update(finding.channel, finding.ts, text, blocks)
            return

        async def keep(session: AsyncSession, channel: str, ts: str) -> None:
            row = await findings.get(session, id)
            assert row is not None
            row.channel, row.ts = channel, ts
            session.add(row)

        await tell(desk, findings.post_key(id), _channel(desk, finding), text, blocks, keep)


def _channel(desk: Desk, finding: Finding) -> str:
    """Return the id of the channel that a finding is told in."""
    cadence = desk.policy.cadences.drift
    name = desk.policy.queues.get(finding.queue, desk.policy.hold).channel
    if cadence and cadence.channel and finding.kind in (Kind.MIX, Kind.CALIBRATION):
        name = cadence.channel
    return desk.directory.place(name)


def _owner(desk: Desk, queue: str) -> str:
    """Return mrkdwn for whoever is told."""
    cadence, hold = desk.policy.cadences.drift, desk.policy.triage.hold_queue
    queue = queue if queue in desk.policy.queues else hold
    chosen = cadence.owner if cadence and queue == hold else ""
    return desk.directory.mention(chosen or desk.policy.queues[queue].owners[0])


async def _drawn(desk: Desk, session: AsyncSession, finding: Finding) -> tuple[str, list[dict[str, Any]]]:
    evidence, owner = finding.evidence, _owner(desk, finding.queue)
    match Kind(finding.kind):
        case Kind.FAILING:
            one = Failing(**evidence | {"tickets": tuple(evidence["tickets"])})
            moved = await _linked(session, one.tickets)
            title, target = proposals.title_of(desk, one.category), desk.policy.triage.target
            return cards.failing(one, title, owner, target, moved)
        case Kind.CALIBRATION:
            engine = Calibration(**evidence | {"tickets": tuple(evidence["tickets"])})
            moved = await _linked(session, engine.tickets)
            return cards.calibration(engine, NAMES.get(engine.engine, engine.engine), owner, moved)
        case Kind.MIX:
            titles = {name: kind.title for name, kind in desk.policy.categories.items()}
            return cards.mix([Shift(**each) for each in evidence["shifts"]], titles, owner)
        case Kind.CLUSTER:
            return cards.proposal(await proposals.drawn(desk, session, finding, owner))


async def _linked(session: AsyncSession, tickets: Sequence[int]) -> list[Linked]:
    known = await findings.quoted(session, tickets)
    return [Linked(id, known[id][0].link) for id in tickets if id in known]
