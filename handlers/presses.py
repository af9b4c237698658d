"""What every press has in common: who pressed, the number it carries, and whose word came first.

Whoever comes second is told who was first and when. Somebody who presses twice in a row is not told off: one press
counts, and the card shows it. What a button or a window carries is only ever a number to look up, so one that is
missing or made up leads to a sentence and to nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession
from structlog.contextvars import bind_contextvars

from agents.words import Status
from handlers.cards.text import escape, when
from handlers.desk import Desk, Run
from handlers.errors import Declined, Refusal
from storage import parts, tickets
from storage.tables import Ticket, TicketEvent

_TWICE = timedelta(seconds=10)  # two presses of one person within this were meant as one
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")  # no larger than what every database can look up


async def presser(body: Mapping[str, Any], desk: Desk, run: Run) -> str:
    """Return the Slack id of whoever pressed, after asking who they are today; they may be new here, or no longer be
    what they were."""
    by = str(body["user"]["id"])
    await run.repeat("meet", desk.directory.today, by, desk.now())
    return by


def number(carried: object) -> int:
    """Return the number that a button or a window carries. Raises Refusal when it is none."""
    if isinstance(carried, str) and _NUMBER.fullmatch(carried):
        return int(carried)
    raise Refusal("I cannot tell what this is about. Please open the card itself and press there.")


def ticket_number(carried: object) -> int:
    """Return the number of the ticket that a press is about, and let the log say so. Raises Refusal when it is none."""
    ticket_id = number(carried)
    bind_contextvars(ticket=ticket_id)
    return ticket_id


def place(body: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return where a button was pressed: channel, ts of its message, and of its thread if it stands in one."""
    where, message = body.get("container") or {}, body.get("message") or {}
    channel = where.get("channel_id") or (body.get("channel") or {}).get("id", "")
    thread = where.get("thread_ts") or message.get("thread_ts", "")
    return channel, where.get("message_ts") or message.get("ts", ""), thread


async def answer_command(
    desk: Desk, body: Mapping[str, Any], text: str, blocks: list[dict[str, Any]]
) -> None:
    """Answer a slash command for the eyes of whoever gave it."""
    try:
        await desk.slack.answer(body["response_url"], text, blocks)
    except Declined:
        # It works for half an hour, which an outage may outlast.
        await desk.slack.post(f"command:{body['trigger_id']}", body["user_id"], text, blocks)


def is_second_press(at: datetime | None, now: datetime) -> bool:
    """Say whether somebody who did something then and does it again now has only pressed twice."""
    return at is not None and timedelta() <= now - at <= _TWICE


async def last(session: AsyncSession, ticket_id: int, what: Collection[str]) -> TicketEvent | None:
    """Return the newest of a ticket's events that has one of these names."""
    events = await tickets.history(session, ticket_id)
    return next((event for event in reversed(events) if event.what in what), None)


async def has_just(desk: Desk, session: AsyncSession, ticket_id: int, what: str, by: str) -> bool:
    """Say whether this very person did this very thing a moment ago."""
    event = await last(session, ticket_id, {what})
    return event is not None and event.who == by and is_second_press(event.at, desk.now())


def first_was(event: TicketEvent | None, by: str) -> str:
    """Return mrkdwn that says whose word came first and when, with a space before it; empty when nobody knows."""
    if event is None:
        return ""
    return f" by {who(event.who, by)} ({when(event.at)})"


def person(id: str) -> str:
    """Return mrkdwn for a person by id, or our own name."""
    return "Signalbox" if id in ("", tickets.US) else f"<@{id}>"


def who(id: str, by: str) -> str:
    """Return mrkdwn for a person, spoken to the one who pressed."""
    return "you" if id == by else "me" if id in ("", tickets.US) else f"<@{id}>"


async def closed(session: AsyncSession, ticket: Ticket, by: str) -> Refusal:
    """Return the refusal for a press on a ticket that has ended: how it did, by whom and when."""
    assert ticket.id is not None
    if ticket.duplicate_of and (event := await last(session, ticket.id, {parts.MERGED})):
        where = f"T-{ticket.duplicate_of}{first_was(event, by)}"
        return Refusal(f"T-{ticket.id} was put together with {where}, and goes on there.")
    if ticket.status == Status.RESOLVED:
        event = await last(session, ticket.id, {"resolved"})
        return Refusal(f"T-{ticket.id} is already resolved{first_was(event, by)}.")
    if ticket.status == Status.NEW:
        return Refusal(f"T-{ticket.id} is still being sorted. Please press again in a moment.")
    event = await last(session, ticket.id, {"withdrawn", "not a request"})
    if event is None:
        return Refusal(f"T-{ticket.id} is {ticket.status}.")
    if event.what == "withdrawn":
        return Refusal(f"T-{ticket.id} was withdrawn: its request was deleted {when(event.at)}.")
    return Refusal(f"T-{ticket.id} was already marked as no request{first_was(event, by)}.")


def may_answer(desk: Desk, ticket: Ticket, by: str) -> None:
    """Raise Refusal unless this person may speak for the ticket's queue, as policy says today."""
    if by == ticket.requester:
        raise Refusal("This is your own request, so somebody else has to answer it.")
    must_be_of_its_team(desk, ticket, by, "answer this")


def must_be_of_its_team(desk: Desk, ticket: Ticket, by: str, to: str) -> None:
    """Raise Refusal unless this person owns the ticket or belongs to its queue; `to` is what only those may do."""
    handle = desk.directory.handle_of(by)
    queue = desk.policy.queues.get(ticket.queue)
    is_owner = bool(handle) and handle == ticket.owner and desk.policy.is_staff(handle)
    if is_owner or (queue is not None and queue.may_answer(handle)):
        return
    if queue is None:
        raise Refusal(
            f"The team of T-{ticket.id}, “{escape(ticket.queue)}”, no longer exists. "
            "Press Reroute to give it to another first."
        )
    people = ", ".join(desk.directory.mention(owner) for owner in queue.owners)
    raise Refusal(f"Only the people of {queue.title} can {to}: {people}.")


def may_handle(desk: Desk, by: str) -> None:
    """Raise Refusal unless this person answers requests for any queue, as policy says today."""
    if not desk.policy.is_staff(desk.directory.handle_of(by)):
        raise Refusal("Only people who answer requests can do this.")
