"""The line under a request: who has it and by when, in the requester's own thread.

A requester sees one line for each message, which changes when their request turns out to belong to an incident, to be
asked twice, or to be several. Nothing is said where the channel's policy wants no greeting.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from agents.words import Status
from handlers.cards import incident as cards
from handlers.cards.parts import split_line
from handlers.cards.reply import received_line
from handlers.cards.text import escape
from handlers.desk import Desk
from handlers.errors import Misplaced
from handlers.splits import went
from storage import parts, tickets


@dataclass(frozen=True)
class _Line:
    """What a requester is told in their thread, and where; the key is one for the whole message."""

    key: str
    channel: str
    thread_ts: str
    text: str
    blocks: list[dict[str, Any]]


async def show(desk: Desk, ticket_id: int) -> None:
    """Tell the requester who has their request, once; a line that is there stays as it is."""
    found = await _line(desk, ticket_id)
    if found is not None:
        # Where we may no longer speak, the team can still see what was asked.
        with suppress(Misplaced):
            await _post(desk, found)


async def renew(desk: Desk, ticket_id: int) -> None:
    """Bring the requester's line up to date; one that was never posted is posted now."""
    while (found := await _line(desk, ticket_id)) is not None:
        with suppress(Misplaced):
            ts = await _post(desk, found)
            await desk.slack.update(found.channel, ts, found.text, found.blocks)
        # Another flow may have drawn something newer while ours was on its way, which ours has replaced.
        if await _line(desk, ticket_id) == found:
            return


async def _post(desk: Desk, line: _Line) -> str:
    return await desk.slack.post(line.key, line.channel, line.text, line.blocks, line.thread_ts)


async def _line(desk: Desk, ticket_id: int) -> _Line | None:
    async with desk.db.begin() as session:
        ticket, request = await tickets.case(session, ticket_id)
        first = await tickets.get(session, ticket.duplicate_of) if ticket.duplicate_of else None
        rows = await parts.in_thread(session, ticket.channel, ticket.thread_ts)
        split = await went(desk, session, request.whole_id) if request.whole_id is not None else []
    if split is None:
        return None  # whichever part is sorted last speaks for all of them
    channel = desk.policy.request_channels.get(desk.directory.channel_name(ticket.channel))
    queue = desk.policy.queues.get(ticket.queue)
    # Where there are no greetings, whoever asks twice has to hear of it all the same.
    is_silent = channel is None or not (channel.greeting or first or split)
    if is_silent or queue is None or ticket.status == Status.WITHDRAWN or ticket.respond_by is None:
        return None
    if ticket.status == Status.RESOLVED and first is None:
        return None  # somebody was faster than this line, and the requester has heard so
    team = escape(queue.title)
    if len(split) > 1:
        said = split_line(split)
    elif first is not None and ticket.status == Status.RESOLVED:
        said = cards.repeated_line(ticket_id, first.id or 0, first.link)
    elif ticket.incident_id is not None:
        said = cards.reported_line(ticket_id, team)
    else:
        said = received_line(ticket_id, team, ticket.respond_by, ticket.held)
    return _Line(f"line:{rows[0][0].id}", ticket.channel, ticket.thread_ts, *said)
