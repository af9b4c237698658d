"""The morning summary: one post at the start of the working day, and the same for whoever asks in between.

People see what happened since the last working day and what needs somebody today. It is one post for each
slot of its cadence, whatever restarts. One that was held up by an outage says when it was due, and one that is hours
late is not posted at all; nobody is messaged directly.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from agents import metrics, standup
from agents.policy import Policy
from handlers.cards import standup as cards
from handlers.desk import Desk, Run
from handlers.errors import Misplaced
from storage import alerts, numbers
from storage.alerts import Alerted
from storage.tables import Ticket

log = structlog.get_logger("signalbox.standup")

_ALERTS = timedelta(days=7)
_READ = 100  # due tickets that are read; the summary names a few and counts the rest


async def morning(desk: Desk, run: Run, slot: str) -> None:
    """Post the morning summary; `slot` is the time it was due, in ISO 8601."""
    if desk.policy.cadences.morning_summary is not None:
        await run.step("post", _post, desk, slot)


async def _post(desk: Desk, slot: str) -> None:
    cadence = desk.policy.cadences.morning_summary
    assert cadence is not None
    # Asked at every try: whoever waits for Slack until noon has nothing to say about the morning.
    due, now = datetime.fromisoformat(slot), desk.now()
    if now - due > standup.GRACE:
        log.warning("morning summary left out", slot=slot)
        return
    channel = desk.directory.channel_id(cadence.channel)
    if channel is None:
        raise Misplaced(f"there is no channel #{cadence.channel} that we can see")
    text, blocks = await composed(desk)
    if now - due > standup.LATE:
        blocks = [*blocks, cards.late(due)]
    await desk.slack.post(f"morning:{slot}", channel, text, blocks)


async def composed(desk: Desk) -> tuple[str, list[dict[str, Any]]]:
    """Return the summary as of now: notification text and blocks."""
    now = desk.now()
    return cards.summary(await _gather(desk, now), desk.directory.mention, now)


async def _gather(desk: Desk, now: datetime) -> standup.Morning:
    zone = _zone(desk.policy)
    since, until = standup.period(now, zone)
    async with desk.db.begin() as session:
        tickets = await numbers.ticket_figures(session, since, until)
        resolved = await numbers.resolved_between(session, since, until)
        backlog = await numbers.backlog(session)
        due = await numbers.due_before(session, standup.end_of_day(now, zone), _READ)
        recent = await alerts.since(session, now - _ALERTS)
    found = metrics.figures(tickets, [], now)
    overdue, due_today = standup.split([_due(desk.policy, ticket) for ticket in due], now)
    return standup.Morning(
        since=since,
        until=until,
        opened=found.volume,
        resolved=resolved,
        frt=found.frt,
        in_time=found.respond_kept,
        open=_by_title(desk.policy, backlog.open),
        overdue=overdue,
        due_today=due_today,
        drafts=_by_title(desk.policy, backlog.drafts),
        at_risk=tuple(_at_risk(alerted) for alerted in recent),
    )


def _zone(policy: Policy) -> ZoneInfo:
    cadence = policy.cadences.morning_summary
    return ZoneInfo(cadence.timezone if cadence else policy.company.timezone)


def _by_title(policy: Policy, counts: dict[str, int]) -> tuple[tuple[str, int], ...]:
    """Return counts by queue title, the most first; a queue that policy no longer has keeps its name."""
    titled = [(policy.queues[q].title if q in policy.queues else q, n) for q, n in counts.items()]
    return tuple(sorted(titled, key=lambda each: (-each[1], each[0])))


def _due(policy: Policy, ticket: Ticket) -> standup.Due:
    due = numbers.next_due(ticket)
    assert due is not None
    queue = policy.queues.get(ticket.queue)
    return standup.Due(
        ticket_id=ticket.id or 0,
        link=ticket.card_link,
        queue=queue.title if queue else ticket.queue,
        owner=ticket.owner,
        due=due,
        what="reply" if ticket.answered_at is None and ticket.respond_by else "resolve",
    )


def _at_risk(alerted: Alerted) -> standup.AtRisk:
    signal = alerted.signal
    said = alerted.verdict.said if alerted.verdict else ""
    return standup.AtRisk(signal.account, signal.owner, signal.kind, signal.act_by, said)
