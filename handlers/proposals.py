"""Proposals: groups of recent requests that no category fits, and the category that each could become.

People see one as an alert in the channel of those who place held requests, with its most typical requests and what the
category would have been given of late. The words of a deleted request are not shown any more.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from agents import clusters
from agents.adopted import LONGEST_EXAMPLE, Adopted, examples_of, merged
from agents.clusters import Cluster, Unknown
from agents.drift import BEFORE, WEEK, Kind
from agents.intake import LONGEST, shorten
from agents.languages import unread
from agents.policy import DriftCadence
from agents.words import Facts, Outcome, Trust
from handlers.cards import drift as cards
from handlers.cards.drift import Linked
from handlers.cards.text import escape, when
from handlers.desk import Desk
from handlers.facts import readable
from handlers.presses import person
from storage import adoptions, findings
from storage.findings import ADOPTED, Found
from storage.reviews import Adoption, Finding
from storage.tables import Request, Ticket

EXAMPLES = 5  # that a proposal shows
_PAST = WEEK * BEFORE
_COMPARED = 1000  # requests that are compared with each other, the newest ones
_REPLAYED = 400  # requests that a proposed category is tried on


async def found(desk: Desk, cadence: DriftCadence, until: datetime) -> list[Found]:
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
            request.outcome == Outcome.HELD,
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
    texts = tuple([_line(each.text) for each in members if each.held][:EXAMPLES])
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


async def drawn(desk: Desk, session: AsyncSession, finding: Finding, owner: str) -> cards.Proposal:
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
    by, at = person(finding.decided_by), when(finding.decided_at)
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
    return f"{said}\n:x: Removed by {person(adoption.ended_by)} · {when(adoption.ended_at)}."


def title_of(desk: Desk, category: str) -> str:
    """Return how people know a category."""
    known = desk.policy.categories.get(category)
    return known.title if known else category


def examples(
    desk: Desk, known: dict[int, tuple[Ticket, Request]], tickets: Sequence[int], most: int = EXAMPLES
) -> list[Linked]:
    """Return the most typical requests of a group with their words: of those that were held, and not deleted since."""
    found = []
    for id in tickets:
        ticket, request = known.get(id, (None, None))
        if ticket is None or request is None or request.deleted_at:
            continue
        if request.outcome == Outcome.HELD:
            found.append(Linked(id, ticket.link, as_example(desk, request.wording)))
    return found[:most]


def as_example(desk: Desk, wording: str) -> str:
    """Return what a request says as one line of a category's examples."""
    return _line(readable(desk, wording))


def _line(text: str) -> str:
    return shorten(" ".join(examples_of(text)), LONGEST_EXAMPLE)
