"""Reports of one thing become one incident, and what somebody asks twice becomes one request.

A team sees one card for the incident that is kept up to date, and a small one for each of its tickets. Every requester
has a line of their own. Whoever posts the same words again is pointed to their first request, and the second one's card
is a single line. The database is what replicas share, so what is compared is read from there.
"""

from __future__ import annotations

import asyncio
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from agents.incidents import Grouped, Report, is_same, priority_of, reporters
from agents.incidents import group as grouped
from agents.words import OPEN, Status
from handlers.cards import incident as cards
from handlers.desk import Desk
from handlers.errors import Misplaced
from handlers.facts import readable
from handlers.presses import last
from storage import incidents, tickets
from storage.incidents import JOINED, LEFT, REPEATED
from storage.tables import Incident, Request, Ticket

Others = list[tuple[Ticket, str]]


async def group(desk: Desk, ticket_id: int) -> list[int]:
    """Find what a new ticket belongs to, once; return the tickets whose cards and lines that changes, besides its own.

    A ticket that was grouped before is left as it is, and so is one that a person took out.
    """
    async with desk.db.begin() as session:
        ticket, request = await tickets.case(session, ticket_id)
        if await last(session, ticket_id, {JOINED, REPEATED}):
            return await _founders(session, ticket)
        since = desk.now() - desk.policy.incidents.window
        earlier = await incidents.earlier_of(session, ticket, since)
    if ticket.status != Status.ROUTED:
        return []
    first = next((number for number, said in earlier if is_same(said, request.wording)), None)
    if first is not None and await _repeat(desk, ticket_id, first):
        return []
    if ticket.category not in desk.policy.incident_rules().categories:
        return []
    return await _join(desk, ticket, readable(desk, request.wording))


async def _founders(session: AsyncSession, ticket: Ticket) -> list[int]:
    """Return the tickets that became an incident together with this one, which may have died before it said so."""
    event = await last(session, ticket.id or 0, {JOINED})
    if event is None or ticket.incident_id is None:
        return []
    found = []
    for member in await incidents.members(session, ticket.incident_id):
        joined = await last(session, member.id or 0, {JOINED})
        if member.id != ticket.id and joined is not None and joined.why == event.why:
            found.append(member.id or 0)
    return found


async def _repeat(desk: Desk, ticket_id: int, first: int) -> bool:
    """Close a ticket that says the same as an open one of the same person; False when that one is open no more."""
    now = desk.now()
    values = {"status": Status.RESOLVED, "resolved_at": now, "duplicate_of": first}
    async with desk.db.begin() as session:
        # Whoever withdraws it takes up its repeats after that, and would not find one that is closed later.
        goes_on = await tickets.locked(session, first)
        if goes_on is None or goes_on.status not in OPEN:
            return False
        if await tickets.change(session, ticket_id, [Status.ROUTED], values):
            ticket = await tickets.get(session, ticket_id)
            assert ticket is not None
            tickets.note(session, ticket, REPEATED, ticket.requester, f"the same words as T-{first}", now)
    return True


async def _join(desk: Desk, ticket: Ticket, said: str) -> list[int]:
    """Compare a report with the others; a report that comes in meanwhile is compared too."""
    likeness: dict[int, float] = {}
    engines = await desk.minds.ready()
    while True:
        async with desk.db.begin() as session:
            others = await _others(desk, session, ticket.id or 0)
        new = {one.id or 0: text for one, text in others if one.id not in likeness}
        if new:
            found = await asyncio.to_thread(engines.local.likeness, said, list(new.values()))
            likeness |= dict(zip(new, found, strict=True))
        async with desk.turns.of("grouping"), desk.db.begin() as session:
            await incidents.alone(session)
            # Reports come in all the time, so what was compared and what is decided on are of one look.
            others = await _others(desk, session, ticket.id or 0)
            if all(one.id in likeness for one, _ in others):
                return await _decide(desk, session, ticket.id or 0, said, others, likeness)


async def _others(desk: Desk, session: AsyncSession, ticket_id: int) -> Others:
    rules, since = desk.policy.incident_rules(), desk.now() - desk.policy.incidents.window
    found = await incidents.reports(session, sorted(rules.categories), since, ticket_id)
    return [(one, readable(desk, wording)) for one, wording in found]


async def _decide(
    desk: Desk, session: AsyncSession, ticket_id: int, said: str, found: Others, likeness: dict[int, float]
) -> list[int]:
    rules = desk.policy.incident_rules()
    ticket = await tickets.locked(session, ticket_id)
    assert ticket is not None
    if ticket.status != Status.ROUTED or ticket.incident_id is not None:
        return []
    who = reporters((one.requester, one.account_id) for one in (ticket, *(one for one, _ in found)))
    others = [_report(one, text, who) for one, text in found]
    belongs = grouped(_report(ticket, said, who), others, likeness, rules)
    if belongs is None:
        return []
    if belongs.incident_id is not None:
        running = await incidents.locked(session, belongs.incident_id)
        if running is None or running.resolved_at is not None:
            return []  # somebody resolved it a moment ago, and what is reported after that is news
    rows = {one.id or 0: one for one, _ in found} | {ticket_id: ticket}
    incident = await _incident(desk, session, belongs, rows)
    # The same reason on all that became one together, so that a process that goes on with it finds them.
    why = f"I-{incident.id}: found with T-{ticket_id}"
    joining = belongs.tickets or (ticket_id,)
    for id in joining:
        row = rows[id]
        row.incident_id = incident.id
        session.add(row)
        tickets.note(session, row, JOINED, tickets.US, why, desk.now())
    return [id for id in joining if id != ticket_id]


async def _incident(desk: Desk, session: AsyncSession, belongs: Grouped, rows: dict[int, Ticket]) -> Incident:
    if belongs.incident_id is not None:
        incident = await incidents.get(session, belongs.incident_id)
        assert incident is not None
        return incident
    # What is held lies with those who place it; the team that the others went to is the one to mend it.
    first = next((rows[id] for id in belongs.tickets if not rows[id].held), rows[belongs.tickets[0]])
    return await incidents.form(session, first, desk.now())


def _report(ticket: Ticket, text: str, who: dict[str, str]) -> Report:
    return Report(ticket.id or 0, who[ticket.requester], ticket.category, text, ticket.incident_id)


async def show(desk: Desk, incident_id: int) -> None:
    """Post the incident's card, or bring it up to date."""
    async with desk.turns.of(f"incident:{incident_id}"):
        while True:
            incident, card = await _read(desk, incident_id)
            if not incident.card_ts or not await _update(desk, incident, card):
                await _post(desk, incident, card)
            # Another replica may have drawn something newer while ours was on its way, which ours has replaced.
            if desk.db.is_sqlite or (await _read(desk, incident_id))[1] == card:
                return


async def _read(desk: Desk, incident_id: int) -> tuple[Incident, cards.IncidentCard]:
    async with desk.db.begin() as session:
        incident = await incidents.get(session, incident_id)
        assert incident is not None
        members = await incidents.members(session, incident_id)
        first = members[0] if members else await tickets.get(session, incident.first_ticket_id)
        request = await session.get(Request, first.request_id) if first else None
    return incident, _card(desk, incident, members, first, request)


def _card(
    desk: Desk, incident: Incident, members: Any, first: Ticket | None, request: Request | None
) -> cards.IncidentCard:
    open_ones = [member for member in members if member.status in OPEN]
    known = desk.policy.categories.get(first.category) if first else None
    queue = desk.policy.queues.get(incident.queue)
    who = reporters((member.requester, member.account_id) for member in members)
    owner = next((member.owner for member in open_ones if member.queue == incident.queue), "")
    is_gone = request is None or request.deleted_at is not None
    return cards.IncidentCard(
        id=incident.id or 0,
        title=known.title if known else "Incident",
        queue=queue.title if queue else incident.queue,
        owner=desk.directory.mention(owner) if owner else "",
        priority=priority_of([member.priority for member in members], len(set(who.values()))),
        text="" if is_gone or request is None else readable(desk, request.wording),
        since=min((member.opened_at for member in members), default=incident.opened_at),
        members=tuple(
            cards.Member(
                member.id or 0,
                desk.directory.name_of(member.requester),
                member.account_name,
                member.tier,
                member.card_link,
                member.status,
            )
            for member in members
        ),
        resolved_at=incident.resolved_at,
        resolved_by=f"<@{incident.resolved_by}>" if incident.resolved_by else "",
    )


async def _update(desk: Desk, incident: Incident, card: cards.IncidentCard) -> bool:
    """Draw a posted card anew; False when it cannot be reached any more and somebody still needs it."""
    text, blocks = cards.fallback(card), cards.incident_card(card)
    try:
        is_there = await desk.slack.update(incident.card_channel, incident.card_ts, text, blocks)
    except Misplaced:
        is_there = False
    return is_there or incident.resolved_at is not None


async def _post(desk: Desk, incident: Incident, card: cards.IncidentCard) -> None:
    key = f"incident:{incident.id}" + (f":after:{incident.card_ts}" if incident.card_ts else "")
    text, blocks = cards.fallback(card), cards.incident_card(card)
    queue = desk.policy.queues.get(incident.queue)
    hold = desk.policy.hold.channel
    place = queue.channel if queue else hold
    try:
        await _post_in(desk, incident, key, place, text, blocks)
    except Misplaced:
        # Nobody would ever see it; the people who place what is unclear will.
        await _post_in(desk, incident, f"{key}:here", hold, text, blocks)


async def _post_in(
    desk: Desk, incident: Incident, key: str, place: str, text: str, blocks: list[dict[str, Any]]
) -> None:
    channel = desk.directory.place(place)

    async def keep(session: AsyncSession, ts: str) -> None:
        row = await incidents.get(session, incident.id or 0)
        assert row is not None
        row.card_channel, row.card_ts, row.card_link = channel, ts, desk.slack.permalink(channel, ts)
        session.add(row)

    await desk.slack.post(key, channel, text, blocks, then=keep)


async def take_up_repeats(desk: Desk, session: AsyncSession, ticket_id: int) -> list[int]:
    """Open the next of the tickets that asked the same as one that is gone, so that nothing is lost; return it."""
    repeats = await incidents.repeats_of(session, ticket_id)
    if not repeats:
        return []
    heir, *rest = repeats
    await stands_alone(desk, session, heir, tickets.US, f"T-{ticket_id} was withdrawn")
    for other in rest:
        other.duplicate_of = heir.id
        session.add(other)
    return [heir.id or 0]


async def stands_alone(desk: Desk, session: AsyncSession, ticket: Ticket, by: str, why: str) -> None:
    """Open a ticket again that was taken for a repetition."""
    ticket.status, ticket.resolved_at, ticket.duplicate_of = Status.ROUTED, None, None
    session.add(ticket)
    tickets.note(session, ticket, "not asked twice", by, why, desk.now())


async def leave(desk: Desk, session: AsyncSession, ticket: Ticket, by: str) -> int:
    """Take a ticket out of its incident and return which that was; one that is left empty is over."""
    assert ticket.incident_id is not None
    incident = await incidents.locked(session, ticket.incident_id)
    assert incident is not None and incident.id is not None
    ticket.incident_id = None
    session.add(ticket)
    tickets.note(session, ticket, LEFT, by, f"I-{incident.id}", desk.now())
    await session.flush()
    if not await incidents.members(session, incident.id) and incident.resolved_at is None:
        incident.resolved_at = desk.now()
        session.add(incident)
    return incident.id
