"""Learning from corrections: the next message of the same meaning goes where a person has put the last one.

The card says "Learnt from Ana: messages like this go to Billing." with Undo, which forgets the lesson at once and
leaves the ticket where it is. When two people have said different things of nearly the same words, the owner of the
queue is asked which stands, and until then neither teaches.
"""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from typing import Any

from slack_bolt.async_app import AsyncApp
from sqlmodel.ext.asyncio.session import AsyncSession
from structlog.contextvars import bind_contextvars

from agents import learning as rules
from agents.intake import LONGEST, shorten
from agents.learning import KINDS, Lesson, Near, Said
from handlers import board
from handlers.cards import learning as cards
from handlers.cards.text import when
from handlers.contents import belongs_in
from handlers.desk import Desk, Run
from handlers.errors import Declined, Misplaced, Refusal
from handlers.facts import readable
from handlers.presses import is_second_press, number, person, presser, who
from storage import adoptions, corrections, tickets
from storage.tables import Correction, Ticket


def register(app: AsyncApp) -> None:
    """List what this file answers to."""
    app.action(cards.UNDO_CORRECTION)(on_undo)
    app.action(re.compile(f"^{cards.KEEP_CORRECTION}:"))(on_keep)


async def lessons(desk: Desk) -> list[Lesson]:
    """Return what people's standing corrections teach, read from the database."""
    async with desk.db.begin() as session:
        found = await corrections.standing(session)
        adopted = await adoptions.since_when(session)
    said = [
        Said(
            row.id or 0,
            row.ticket_id,
            row.field,
            row.should_be,
            row.by,
            desk.directory.name_of(row.by),
            shorten(readable(desk, wording), LONGEST),
            row.at,
        )
        for row, wording in found
        # Where a request belongs was said before there was the category that was made for it.
        if not (row.field in KINDS and row.ticket_id in adopted and row.at < adopted[row.ticket_id])
    ]
    return rules.lessons(said, list(desk.policy.categories))


async def learn(desk: Desk) -> list[Near]:
    """Let the engine of this process know what corrections teach now; return those that contradict each other."""
    engines = await desk.minds.ready()
    # One at a time, so that what was read earlier is never learnt later.
    async with desk.turns.of("learning"):
        return await asyncio.to_thread(engines.local.learn, await lessons(desk))


async def after_correction(desk: Desk, run: Run, ticket_id: int) -> None:
    """Take in what was said of a ticket, or is no longer said, and ask about what contradicts it."""
    await run.repeat("learn", _learn, desk, ticket_id)


async def _learn(desk: Desk, ticket_id: int) -> None:
    for pair in await learn(desk):
        if ticket_id in (pair.one.ticket_id, pair.other.ticket_id):
            await _ask(desk, pair.one.id, pair.other.id)
    await _draw_questions(desk, ticket_id)


async def _ask(desk: Desk, one: int, other: int) -> None:
    """Ask the owner of the queue that the newer correction speaks for; a question is asked once."""
    async with desk.db.begin() as session:
        newer = await corrections.get(session, other)
        assert newer is not None
        ticket = await tickets.get(session, newer.ticket_id)
        assert ticket is not None
        text, blocks = await _question(desk, session, one, other)
    with suppress(Misplaced, Declined):
        key = f"{corrections.CONFLICT}{one}:{other}"
        await desk.slack.post(key, belongs_in(desk, ticket), text, blocks)


async def _question(
    desk: Desk, session: AsyncSession, one: int, other: int
) -> tuple[str, list[dict[str, Any]]]:
    """Return a question as it stands: open with both texts, or settled without them."""
    sides, owners = [], []
    for id in (one, other):
        row = await corrections.get(session, id)
        if row is None:
            return cards.settled("What it was about is no longer kept.")
        ticket, request = await tickets.case(session, row.ticket_id)
        label = f"T-{row.ticket_id}"
        if request.deleted_at:
            return cards.settled(f"The message of {label} was deleted, so the other correction stands.")
        if row.undone_at:
            by = person(row.undone_by)
            return cards.settled(f"What was said of {label} no longer teaches: {by} {when(row.undone_at)}.")
        name = desk.directory.name_of(row.by)
        text = readable(desk, request.wording)
        sides.append(cards.Side(id, row.ticket_id, ticket.card_link, _verdict(desk, row), name, text))
        queue = desk.policy.queues.get(ticket.queue)
        owners.append(ticket.owner or (queue.owners[0] if queue else ""))
    mention = desk.directory.mention(owners[-1]) if owners[-1] else ""
    return cards.question(mention, sides)


def _verdict(desk: Desk, row: Correction) -> str:
    if row.field == "is_request":
        return "No request" if row.should_be == "no" else "A request"
    if row.field == "priority":
        return row.should_be
    known = desk.policy.categories.get(row.should_be)
    return known.title if known else row.should_be


async def _draw_questions(desk: Desk, ticket_id: int) -> None:
    """Bring the questions about a ticket's corrections up to date."""
    async with desk.db.begin() as session:
        asked = await corrections.asked_about(session, ticket_id)
        drawn = [(post, *await _question(desk, session, one, other)) for one, other, post in asked]
    for post, text, blocks in drawn:
        with suppress(Misplaced, Declined):
            # Whoever posted it may have died before they knew, and somebody has pressed on it since.
            ts = post.ts or await desk.slack.post(post.key, post.channel, text, blocks)
            await desk.slack.update(post.channel, ts, text, blocks)


async def on_undo(body: dict[str, Any], action: dict[str, Any], desk: Desk, run: Run) -> None:
    """Let a correction teach nothing any more."""
    await undo(desk, run, number(action.get("value")), await presser(body, desk, run))


async def undo(desk: Desk, run: Run, id: int, by: str) -> None:
    """Let a correction teach nothing any more. Raises Refusal when this person may not, or somebody was first."""
    ticket_id = await run.commit("undo", desk, _undo, id, by)
    bind_contextvars(ticket=ticket_id)
    await after_correction(desk, run, ticket_id)
    await run.repeat("show", board.show, desk, ticket_id)


async def _undo(desk: Desk, session: AsyncSession, id: int, by: str) -> int:
    row = await _correction(session, id)
    ticket = await tickets.get(session, row.ticket_id)
    assert ticket is not None
    if by != row.by and not _may_decide(desk, ticket, by):
        raise Refusal("Only whoever made this correction, and the people of the queue, can undo it.")
    if not await corrections.undo(session, row, by, desk.now()):
        if row.undone_by == by and is_second_press(row.undone_at, desk.now()):
            return row.ticket_id
        raise _undone(row, by)
    tickets.note(session, ticket, "correction undone", by, "", desk.now())
    return row.ticket_id


async def on_keep(body: dict[str, Any], action: dict[str, Any], desk: Desk, run: Run) -> None:
    """Let one of two corrections stand and undo the other."""
    kept, _, dropped = str(action.get("value", "")).partition(":")
    ids, by = (number(kept), number(dropped)), await presser(body, desk, run)
    ticket_ids = await run.commit("keep", desk, _keep, *ids, by)
    bind_contextvars(ticket=ticket_ids[1])
    await after_correction(desk, run, ticket_ids[1])
    await run.repeat("show", board.show, desk, ticket_ids[1])


async def _keep(desk: Desk, session: AsyncSession, kept: int, dropped: int, by: str) -> list[int]:
    # In the order of their numbers, so that two who choose differently do not wait for each other.
    rows = {id: await _correction(session, id) for id in sorted((kept, dropped))}
    of = {id: await tickets.get(session, row.ticket_id) for id, row in rows.items()}
    if not any(ticket is not None and _may_decide(desk, ticket, by) for ticket in of.values()):
        raise Refusal("Only the people of the two queues can choose which of these stands.")
    both = [rows[kept].ticket_id, rows[dropped].ticket_id]
    if rows[dropped].undone_by == by and is_second_press(rows[dropped].undone_at, desk.now()):
        return both
    for row in rows.values():
        if row.undone_at:
            raise _undone(row, by)
    await corrections.undo(session, rows[dropped], by, desk.now())
    lost = of[dropped]
    assert lost is not None
    why = f"what was said of T-{both[0]} stands"
    tickets.note(session, lost, "correction undone", by, why, desk.now())
    return both


async def _correction(session: AsyncSession, id: int) -> Correction:
    row = await corrections.get(session, id)
    if row is None:
        raise Refusal("This correction is no longer kept, so it teaches nothing.")
    return row


def _may_decide(desk: Desk, ticket: Ticket, by: str) -> bool:
    """Say whether somebody answers for the ticket's queue, or places what is unclear, as policy says today."""
    handle, hold = desk.directory.handle_of(by), desk.policy.hold
    return desk.policy.queues.get(ticket.queue, hold).may_answer(handle) or hold.may_answer(handle)


def _undone(row: Correction, by: str) -> Refusal:
    at = f" ({when(row.undone_at)})" if row.undone_at else ""
    return Refusal(
        f"What was said of T-{row.ticket_id} was undone already by {who(row.undone_by, by)}{at}. "
        "The ticket itself stays where it is."
    )
