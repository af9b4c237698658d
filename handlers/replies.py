"""Drafts: a person approves, edits or rejects, and exactly one reply reaches the requester's thread.

The first click wins; everyone after is told who was first and when. A draft is stale once the thread has moved on,
and a stale draft is never sent. Nobody approves a reply to their own request.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from slack_bolt.async_app import AsyncApp
from sqlmodel.ext.asyncio.session import AsyncSession
from structlog.contextvars import bind_contextvars

from agents.words import DraftStatus
from handlers.board import show
from handlers.cards import modals, reply
from handlers.cards import ticket as cards
from handlers.cards.modals import entered, value_of
from handlers.cards.text import escape, when
from handlers.desk import Desk, Run
from handlers.errors import Refusal
from handlers.facts import readable
from handlers.presses import closed, is_second_press, may_answer, number, place, presser, ticket_number, who
from handlers.sending import WAITING, deliver
from storage import drafts, tickets
from storage.tables import Draft, Request, Ticket

_YES = (DraftStatus.APPROVED, DraftStatus.EDITED, DraftStatus.SENT)


def register(app: AsyncApp) -> None:
    """List what this file answers to."""
    app.action(cards.APPROVE_DRAFT)(on_approve)
    app.action(cards.EDIT_DRAFT)(on_edit)
    app.action(cards.REJECT_DRAFT)(on_reject)
    app.action(cards.REPLY_TICKET)(on_write)
    app.view(modals.SEND_EDITED)(on_edited)
    app.view(modals.SEND_WRITTEN)(on_written)
    app.view(modals.CONFIRM_REJECT)(on_rejected)
    app.action(reply.FEEDBACK)(on_feedback)


CHECKS = {modals.SEND_EDITED: modals.check_reply, modals.SEND_WRITTEN: modals.check_reply}


async def on_approve(body: dict[str, Any], action: dict[str, Any], desk: Desk, run: Run) -> None:
    """Approve & send."""
    draft_id, by = number(action.get("value")), await presser(body, desk, run)
    ticket_id = await run.commit("approve", desk, _approve, draft_id, by)
    bind_contextvars(ticket=ticket_id)
    await run.repeat("show", show, desk, ticket_id)
    await deliver(desk, run, draft_id)


async def _approve(desk: Desk, session: AsyncSession, draft_id: int, by: str) -> int:
    return await _decide(desk, session, draft_id, DraftStatus.APPROVED, by)


async def _decide(
    desk: Desk,
    session: AsyncSession,
    draft_id: int,
    status: DraftStatus,
    by: str,
    reason: str = "",
    text: str | None = None,
) -> int:
    """Decide a draft if this person may and nobody was first; return its ticket. Raises Refusal."""
    draft, ticket = await _concerning(desk, session, draft_id, by)
    if status != DraftStatus.EDITED and _said_just_now(draft, status, by, desk.now()):
        return draft.ticket_id
    await _decidable(session, draft, ticket, by)
    if not await drafts.decide(session, draft_id, status, by, desk.now(), reason=reason, text=text):
        raise Refusal("Somebody else was a moment faster. Have a look at the card.")
    ticket.touched = True
    session.add(ticket)
    tickets.note(session, ticket, f"draft {status}", by, reason, desk.now())
    if status == DraftStatus.EDITED and text is not None:
        await tickets.correct(session, ticket, "reply", text, by, "edited before sending", desk.now())
    elif status == DraftStatus.REJECTED:
        await tickets.correct(session, ticket, "reply", "", by, reason, desk.now())
    assert ticket.id is not None
    return ticket.id


async def _concerning(desk: Desk, session: AsyncSession, draft_id: int, by: str) -> tuple[Draft, Ticket]:
    """Return a draft and its ticket to somebody who has a say in them. Raises Refusal to everybody else."""
    case = await drafts.case(session, draft_id)
    if case is None:
        raise Refusal("This draft no longer exists.")
    bind_contextvars(ticket=case[0].ticket_id)
    may_answer(desk, case[1], by)
    return case


def _said_just_now(draft: Draft, status: DraftStatus, by: str, now: datetime) -> bool:
    same = draft.status in _YES if status == DraftStatus.APPROVED else draft.status == status
    return same and draft.decided_by == by and is_second_press(draft.decided_at, now)


async def _decidable(session: AsyncSession, draft: Draft, ticket: Ticket, by: str) -> None:
    """Raise Refusal, saying why, unless a draft still waits for a decision."""
    at = f" ({when(draft.decided_at)})" if draft.decided_at else ""
    if draft.status in (DraftStatus.SUPERSEDED, DraftStatus.EXPIRED):
        raise Refusal(f"This draft was replaced{at}: {escape(draft.reason)}. The card shows what is current.")
    if draft.status != DraftStatus.PROPOSED:
        verb = "rejected" if draft.status == DraftStatus.REJECTED else "approved"
        raise Refusal(f"Already {verb} by {who(draft.decided_by, by)}{at}.")
    if ticket.status not in WAITING:
        raise await closed(session, ticket, by)
    if draft.based_on_ts != ticket.moved_on_ts:
        raise Refusal("The conversation has moved on since this was drafted. A new draft is on its way.")


async def on_edit(body: dict[str, Any], action: dict[str, Any], desk: Desk, run: Run) -> None:
    """Open the draft for editing."""
    draft_id, by = number(action.get("value")), await presser(body, desk, run)
    await run.step("open", _open_edit, desk, draft_id, by, body["trigger_id"])


async def _open_edit(desk: Desk, draft_id: int, by: str, trigger_id: str) -> None:
    async with desk.db.begin() as session:
        draft, ticket = await _concerning(desk, session, draft_id, by)
        await _decidable(session, draft, ticket, by)
        asked = await _asked(desk, session, ticket)
    await desk.slack.open_modal(
        trigger_id, modals.edit_draft(draft_id, draft.text, _asker(desk, ticket), asked)
    )


def _asker(desk: Desk, ticket: Ticket) -> str:
    return desk.directory.name_of(ticket.requester)


async def _asked(desk: Desk, session: AsyncSession, ticket: Ticket) -> str:
    request = await session.get(Request, ticket.request_id)
    assert request is not None
    return readable(desk, request.wording)[:1000]


async def on_edited(body: dict[str, Any], view: dict[str, Any], desk: Desk, run: Run) -> None:
    """Send a draft in a person's own wording."""
    text, by = value_of(entered(view), "text").strip(), await presser(body, desk, run)
    try:
        draft_id = number(view.get("private_metadata"))
    except Refusal as refused:
        raise _handed_back(refused, text) from None
    ticket_id = await run.commit("approve", desk, _edited, draft_id, by, text)
    bind_contextvars(ticket=ticket_id)
    await run.repeat("show", show, desk, ticket_id)
    await deliver(desk, run, draft_id)


async def _edited(desk: Desk, session: AsyncSession, draft_id: int, by: str, text: str) -> int:
    draft = await drafts.get(session, draft_id)
    as_written = draft is not None and draft.text.strip() == text
    try:
        if as_written:
            return await _decide(desk, session, draft_id, DraftStatus.APPROVED, by)
        return await _decide(desk, session, draft_id, DraftStatus.EDITED, by, text=text)
    except Refusal as refused:
        raise _handed_back(refused, text) from None


def _handed_back(refused: Refusal, text: str) -> Refusal:
    """Return a refusal that gives somebody their words back, so that no work is lost with the window."""
    quoted = "\n".join(f">{escape(line)}" for line in text.splitlines())
    return Refusal(f"{refused} Yours was not sent:\n{quoted}")


async def on_reject(body: dict[str, Any], action: dict[str, Any], desk: Desk, run: Run) -> None:
    """Ask what is wrong with the draft."""
    draft_id, by = number(action.get("value")), await presser(body, desk, run)
    await run.step("open", _open_reject, desk, draft_id, by, body["trigger_id"])


async def _open_reject(desk: Desk, draft_id: int, by: str, trigger_id: str) -> None:
    async with desk.db.begin() as session:
        draft, ticket = await _concerning(desk, session, draft_id, by)
        await _decidable(session, draft, ticket, by)
    await desk.slack.open_modal(trigger_id, modals.reject_draft(draft_id))


async def on_rejected(body: dict[str, Any], view: dict[str, Any], desk: Desk, run: Run) -> None:
    """Take the draft off the table, with the reason."""
    values = entered(view)
    reason = dict(modals.REASONS).get(value_of(values, "reason"), "")
    reason = ". ".join(part for part in (reason, value_of(values, "more").strip()) if part)
    draft_id, by = number(view.get("private_metadata")), await presser(body, desk, run)
    ticket_id = await run.commit("reject", desk, _decide, draft_id, DraftStatus.REJECTED, by, reason)
    bind_contextvars(ticket=ticket_id)
    await run.repeat("show", show, desk, ticket_id)


async def on_write(body: dict[str, Any], action: dict[str, Any], desk: Desk, run: Run) -> None:
    """Open a window for an answer in a person's own words."""
    ticket_id, by = ticket_number(action.get("value")), await presser(body, desk, run)
    await run.step("open", _open_write, desk, ticket_id, by, body["trigger_id"])


async def _open_write(desk: Desk, ticket_id: int, by: str, trigger_id: str) -> None:
    async with desk.db.begin() as session:
        ticket = await _answerable(desk, session, ticket_id, by)
        asked = await _asked(desk, session, ticket)
    await desk.slack.open_modal(trigger_id, modals.write_reply(ticket_id, _asker(desk, ticket), asked))


async def _answerable(desk: Desk, session: AsyncSession, ticket_id: int, by: str) -> Ticket:
    ticket = await tickets.locked(session, ticket_id)
    if ticket is None:
        raise Refusal("This ticket no longer exists.")
    may_answer(desk, ticket, by)
    if ticket.status not in WAITING:
        raise await closed(session, ticket, by)
    return ticket


async def on_written(body: dict[str, Any], view: dict[str, Any], desk: Desk, run: Run) -> None:
    """Send what a person wrote themselves."""
    text, by = value_of(entered(view), "text").strip(), await presser(body, desk, run)
    try:
        ticket_id = ticket_number(view.get("private_metadata"))
    except Refusal as refused:
        raise _handed_back(refused, text) from None
    draft_id = await run.commit("write", desk, _written, ticket_id, by, text)
    await deliver(desk, run, draft_id)


async def _written(desk: Desk, session: AsyncSession, ticket_id: int, by: str, text: str) -> int:
    """Keep a person's reply as a draft that is already decided; a proposed one is superseded by it."""
    now = desk.now()
    try:
        ticket = await _answerable(desk, session, ticket_id, by)
    except Refusal as refused:
        raise _handed_back(refused, text) from None
    ticket.touched = True
    session.add(ticket)
    await drafts.supersede(session, ticket_id, "a person answered in their own words", now)
    draft = Draft(
        ticket_id=ticket_id,
        text=text,
        status=DraftStatus.EDITED,
        based_on_ts=ticket.moved_on_ts,
        engine="person",
        at=now,
        decided_by=by,
        decided_at=now,
    )
    session.add(draft)
    await session.flush()
    tickets.note(session, ticket, "answered by hand", by, "", now)
    assert draft.id is not None
    return draft.id


async def on_feedback(body: dict[str, Any], action: dict[str, Any], desk: Desk, run: Run) -> None:
    """Keep the requester's thumb, and say thank you to them alone."""
    about, _, verdict = str(action.get("value", "")).partition(":")
    ticket_id, by = (
        ticket_number(about if verdict in (reply.GOOD, reply.BAD) else ""),
        await presser(body, desk, run),
    )
    said = await run.commit("feedback", desk, _feedback, ticket_id, by, verdict == reply.GOOD)
    channel, _, thread = place(body)
    await run.step("thank", desk.slack.whisper, channel, by, said, None, thread)


async def _feedback(desk: Desk, session: AsyncSession, ticket_id: int, by: str, good: bool) -> str:
    ticket = await tickets.locked(session, ticket_id)
    if ticket is None:
        raise Refusal("This ticket no longer exists.")
    if by != ticket.requester:
        raise Refusal("Only the person who asked can say whether this helped.")
    if await tickets.thumb(session, ticket_id, by, good, desk.now()):
        tickets.note(session, ticket, "feedback", by, "helped" if good else "did not help", desk.now())
    if good:
        return "Thank you, good to know."
    return (
        "Thank you for telling us. Reply in this thread with what is missing, and a person will look at it."
    )
