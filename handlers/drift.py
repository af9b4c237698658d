"""Drift: once a week, what has changed in what people ask and in how well it is judged.

An alert for each finding, once, in the channel of the team that it concerns, with its owner mentioned: a category that
starts to fail, an engine that is surer than it should be, a shift in what is asked, and a group of requests that no
category fits. Where nothing has changed, nothing is posted. A customer's words are quoted only where held requests are
shown anyway; other teams get links.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from typing import Any

import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from agents import clusters, drift
from agents.adopted import LONGEST_EXAMPLE, Adopted, examples_of, merged
from agents.clusters import Cluster, Unknown
from agents.drift import BEFORE, QUIET, WEEK, Calibration, Failing, Kind, Shift
from agents.intake import LONGEST, shorten
from agents.languages import unread
from agents.policy import DriftCadence
from agents.words import Facts, Outcome, Trust
from handlers import board
from handlers.cards import drift as cards
from handlers.cards.drift import Linked
from handlers.cards.text import escape, when
from handlers.confidence import NAMES
from handlers.desk import Desk, Run
from handlers.errors import Declined, Misplaced
from handlers.facts import readable
from storage import adoptions, findings
from storage.findings import ADOPTED, Found
from storage.tables import Adoption, Finding, Request, Ticket

log = structlog.get_logger("signalbox.drift")

EXAMPLES = 5  # that a proposal shows
_PAST = WEEK * BEFORE
_COMPARED = 1000  # held requests that are compared with each other, the newest ones
_REPLAYED = 400  # requests that a proposed category is tried on


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
    found += await _proposals(desk, cadence, until)
    log.info("looked for change", judged=len(last), before=len(before), found=len(found))
    return [asdict(one) for one in found]


def _queue_of(desk: Desk, category: str) -> str:
    known = desk.policy.categories.get(category)
    return known.queue if known else desk.policy.triage.hold_queue


async def _proposals(desk: Desk, cadence: DriftCadence, until: datetime) -> list[Found]:
    """Return groups of recent requests that found no category."""
    async with desk.db.begin() as session:
        rows = await findings.strange(session, until - _PAST, until, clusters.STRANGE, _COMPARED)
    # What the model cannot read is alike only in that.
    known = desk.policy.languages()
    unknown = [
        Unknown(
            ticket.id or 0,
            shorten(readable(desk, request.wording), LONGEST),
            ticket.requester,
            desk.directory.channel_name(ticket.channel),
            placed,
        )
        for ticket, request, placed in rows
        if not unread(ticket.language, "local", known) and request.wording.strip()
    ]
    if len(unknown) < cadence.requests:
        return []
    local = (await desk.minds.ready()).local
    others = [text for kind in desk.policy.categories.values() for text in kind.examples]
    others += desk.policy.triage.chatter_examples

    def grouped() -> list[Cluster]:
        vectors = local.vectors([each.text for each in unknown])
        return clusters.clusters(unknown, vectors, others, cadence.requests, cadence.people)

    queues = {ticket.id or 0: ticket.queue for ticket, _, placed in rows if placed}
    return [await _proposed(desk, one, queues, until) for one in await asyncio.to_thread(grouped)]


async def _proposed(desk: Desk, one: Cluster, queues: dict[int, str], until: datetime) -> Found:
    """Return the finding of a group, with what its category would have been given of late."""
    members = one.members
    placed = Counter(each.placed for each in members if each.placed)
    went = Counter(queues[each.ticket_id] for each in members if each.ticket_id in queues)
    hold = desk.policy.triage.hold_queue
    queue = next((name for name, _ in went.most_common(1) if name in desk.policy.queues), hold)
    channels = tuple(sorted({each.channel for each in members} & set(desk.policy.request_channels)))
    words = ", ".join(one.words) or one.title.lower()
    evidence: dict[str, Any] = {
        "title": one.title,
        "words": list(one.words),
        "description": f"Requests about {words}.",
        "queue": queue,
        "channels": list(channels),
        "tickets": [each.ticket_id for each in members],
        "people": len({each.requester for each in members}),
        "placed": dict(placed.most_common()),
    }
    texts = tuple(_line(each.text) for each in members[:EXAMPLES])
    kind = Adopted(
        0, "?", one.title, evidence["description"], queue, channels, texts, "", until
    )  # no category can be called so
    evidence["replay"] = await _replay(desk, kind, until)
    return Found(Kind.CLUSTER, str(min(evidence["tickets"])), hold, evidence)


async def _replay(desk: Desk, kind: Adopted, until: datetime) -> dict[str, Any]:
    """Return which of the last weeks' requests would be routed to this category, if there were one."""
    policy = merged(desk.policy, [kind])
    async with desk.db.begin() as session:
        rows = await findings.asked(session, until - _PAST, until, _REPLAYED)
    local = (await desk.minds.ready()).local

    def tried() -> list[tuple[Ticket, Request]]:
        trial = local.tried_among([policy.category(name) for name in policy.categories])
        there = []
        for ticket, request in rows:
            channel = desk.directory.channel_name(ticket.channel)
            if channel not in kind.channels:
                continue
            text = shorten(readable(desk, request.wording), LONGEST)
            facts = Facts(text, channel, "", Trust.MEMBER, until, files=tuple(request.files))
            opinion = trial.opinion(facts, policy.categories_of(channel))
            if opinion.category == kind.name and opinion.confidence >= policy.triage.floor:
                there.append((ticket, request))
        return there

    there = await asyncio.to_thread(tried)
    held = sum(request.outcome == Outcome.HELD for _, request in there)
    elsewhere = Counter(ticket.category for ticket, request in there if request.outcome != Outcome.HELD)
    return {
        "asked": len(rows),
        "there": len(there),
        "held": held,
        "elsewhere": dict(elsewhere.most_common()),
    }


async def _keep(desk: Desk, session: AsyncSession, found: list[dict[str, Any]], slot: str) -> list[int]:
    until = datetime.fromisoformat(slot)
    kept = [Found(**one | {"kind": Kind(one["kind"])}) for one in found]
    await findings.keep(session, kept, until, desk.now())
    return await findings.of_week(session, until)


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
        channel = _channel(desk, finding)

        async def keep(session: AsyncSession, ts: str) -> None:
            row = await findings.get(session, id)
            assert row is not None
            row.channel, row.ts = channel, ts
            session.add(row)

        try:
            await desk.slack.post(findings.post_key(id), channel, text, blocks, then=keep)
        except (Misplaced, Declined) as wrong:
            log.error("a finding could not be told", finding=id, channel=channel, error=str(wrong))


def _channel(desk: Desk, finding: Finding) -> str:
    """Return the id of the channel that a finding is told in."""
    cadence, queues = desk.policy.cadences.drift, desk.policy.queues
    queue = queues.get(finding.queue) or queues[desk.policy.triage.hold_queue]
    name = queue.channel
    if cadence and cadence.channel and finding.kind in (Kind.MIX, Kind.CALIBRATION):
        name = cadence.channel
    return desk.directory.channel_id(name) or name


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
            known = await findings.quoted(session, one.tickets)
            moved = [Linked(id, known[id][0].link) for id in one.tickets if id in known]
            title, target = title_of(desk, one.category), desk.policy.triage.target
            return cards.failing(one, title, owner, target, moved)
        case Kind.CALIBRATION:
            engine = Calibration(**evidence)
            return cards.calibration(engine, NAMES.get(engine.engine, engine.engine), owner)
        case Kind.MIX:
            titles = {name: kind.title for name, kind in desk.policy.categories.items()}
            return cards.mix([Shift(**each) for each in evidence["shifts"]], titles, owner)
        case Kind.CLUSTER:
            return cards.proposal(await _proposal(desk, session, finding, owner))


async def _proposal(desk: Desk, session: AsyncSession, finding: Finding, owner: str) -> cards.Proposal:
    evidence = finding.evidence
    known = await findings.quoted(session, evidence["tickets"])
    members = [Linked(id, known[id][0].link) for id in evidence["tickets"] if id in known]
    adoption = await adoptions.of_finding(session, finding.id or 0)
    replay = evidence["replay"]
    elsewhere = {title_of(desk, name): count for name, count in replay["elsewhere"].items()}
    ids = (desk.directory.channel_id(name) for name in evidence["channels"])
    queue = desk.policy.queues.get(evidence["queue"])
    return cards.Proposal(
        id=finding.id or 0,
        title=evidence["title"],
        queue=queue.title if queue else evidence["queue"],
        place=" and ".join(f"<#{id}>" for id in ids if id) or "no channel that is watched",
        owner=owner,
        words=evidence["words"],
        people=evidence["people"],
        members=members,
        examples=examples(desk, known, evidence["tickets"]),
        placed={title_of(desk, name): count for name, count in evidence["placed"].items()},
        replay=cards.Replay(replay["asked"], replay["there"], replay["held"], elsewhere),
        closing=_closing(desk, finding, adoption),
        removable=adoption is not None and adoption.standing is not None,
    )


def _closing(desk: Desk, finding: Finding, adoption: Adoption | None) -> str:
    if not finding.verdict or finding.decided_at is None:
        return ""
    by, at = board.person(desk, finding.decided_by), when(finding.decided_at)
    if finding.verdict != ADOPTED or adoption is None:
        return f":zzz: Not now, said {by} · {at}. These requests are not proposed again."
    queue = desk.policy.queues.get(adoption.queue)
    said = (
        f":white_check_mark: Adopted by {by} · {at} as “{escape(adoption.title)}”, with "
        f"{escape(queue.title if queue else adoption.queue)}. Its drafts are recorded only, until the policy file "
        "says more."
    )
    if adoption.ended_at is None:
        return said
    if adoption.ended_by == adoptions.POLICY:
        return f"{said}\n:page_facing_up: Since {when(adoption.ended_at)} the policy file has it."
    return f"{said}\n:x: Removed by {board.person(desk, adoption.ended_by)} · {when(adoption.ended_at)}."


def title_of(desk: Desk, category: str) -> str:
    """Return how people know a category."""
    known = desk.policy.categories.get(category)
    return known.title if known else category


def examples(
    desk: Desk, known: dict[int, tuple[Ticket, Request]], tickets: Sequence[int], most: int = EXAMPLES
) -> list[Linked]:
    """Return the most typical requests of a group with their words, without those that were deleted."""
    found = []
    for id in tickets:
        ticket, request = known.get(id, (None, None))
        if ticket is not None and request is not None and not request.deleted_at:
            found.append(Linked(id, ticket.link, as_example(desk, request)))
    return found[:most]


def as_example(desk: Desk, request: Request) -> str:
    """Return a request as one line of a category's examples."""
    return _line(readable(desk, request.wording))


def _line(text: str) -> str:
    return shorten(" ".join(examples_of(text)), LONGEST_EXAMPLE)
