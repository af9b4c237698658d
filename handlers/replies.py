"""Drafts: a person approves, edits or rejects, and exactly one reply reaches the requester's thread.

The first click wins; everyone after is told who was first. A draft is stale once the thread has moved on, and a
stale draft is never sent. Nobody approves a reply to their own request.
"""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncApp
from sqlmodel.ext.asyncio.session import AsyncSession

from agents.words import DraftStatus, SimilarTicket, Status
from handlers.board import show
from handlers.cards import modals, reply
from handlers.cards import ticket as cards
from handlers.cards.modals import value_of
from handlers.cards.text import escape
from handlers.desk import Desk, Run
from handlers.errors import Refusal
from handlers.facts import readable
from storage import drafts, tickets
from storage.tables import Draft, Request, Ticket

_WAITING = (Status.ROUTED, Status.ANSWERED, Status.ESCALATED, Status.REOPENED)


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
    ticket_id = await run.commit("approve", desk, _approve, int(action["value"]), body["user"]["id"])
    await run.repeat("show", show, desk, ticket_id)
    await deliver(desk, run, int(action["value"]))


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
    _, ticket = await _decidable(desk, session, draft_id, by)
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


async def _decidable(desk: Desk, session: AsyncSession, draft_id: int, by: str) -> tuple[Draft, Ticket]:
    """Return a draft that this person may decide now, and its ticket. Raises Refusal saying why not."""
    draft = await drafts.get(session, draft_id)
    ticket = await tickets.get(session, draft.ticket_id) if draft else None
    if draft is None or ticket is None:
        raise Refusal("This draft no longer exists.")
    may_answer(desk, ticket, by)
    if draft.status == DraftStatus.SUPERSEDED:
        raise Refusal(f"This draft was replaced: {draft.reason}. The card shows what is current.")
    if draft.status != DraftStatus.PROPOSED:
        verb = "rejected" if draft.status == DraftStatus.REJECTED else "approved"
        who = "you" if draft.decided_by == by else f"<@{draft.decided_by}>"
        raise Refusal(f"Already {verb} by {who}.")
    if ticket.status not in _WAITING:
        raise Refusal(f"T-{ticket.id} is {ticket.status}; there is nobody waiting for this reply.")
    if draft.based_on_ts != ticket.moved_on_ts:
        raise Refusal("The conversation has moved on since this was drafted. A new draft is on its way.")
    return draft, ticket


def may_answer(desk: Desk, ticket: Ticket, by: str) -> None:
    """Raise Refusal unless this person may speak for the ticket's queue."""
    if by == ticket.requester:
        raise Refusal("This is your own request, so somebody else has to answer it.")
    handle = desk.directory.handle_of(by)
    queue = desk.policy.queues[ticket.queue]
    if handle != ticket.owner and not queue.may_answer(handle):
        who = ", ".join(desk.directory.mention(owner) for owner in queue.owners)
        raise Refusal(f"Only the people of {queue.title} can answer this: {who}.")


async def deliver(desk: Desk, run: Run, draft_id: int) -> None:
    """Send an approved draft, once, and show that it was sent."""
    sent = await run.step("send", _send, desk, draft_id)
    if sent is None:
        return
    ticket_id = await run.step("sent", _sent, desk, draft_id, sent)
    await run.repeat("show sent", show, desk, ticket_id)


async def _send(desk: Desk, draft_id: int) -> str | None:
    """Post the reply in the requester's thread and return its ts; None when it may no longer be sent."""
    async with desk.db.begin() as session:
        draft = await drafts.get(session, draft_id)
        assert draft is not None
        ticket = await tickets.get(session, draft.ticket_id)
        assert ticket is not None
        if draft.status not in (DraftStatus.APPROVED, DraftStatus.EDITED):
            return None
        if ticket.status == Status.WITHDRAWN:
            draft.status, draft.reason = DraftStatus.SUPERSEDED, "the request was withdrawn"
            session.add(draft)
            return None
    by = desk.directory.name_of(draft.decided_by)
    sources = [(citation["title"], citation["url"]) for citation in draft.citations]
    text, blocks = reply.reply(draft.ticket_id, draft.text, sources, by, _written_by(draft))
    return await desk.slack.post(f"reply:{draft_id}", ticket.channel, text, blocks, ticket.thread_ts)


def _written_by(draft: Draft) -> reply.Written:
    if draft.engine == "person":
        return reply.Written.BY_HAND
    return reply.Written.EDITED if draft.status == DraftStatus.EDITED else reply.Written.DRAFTED


async def _sent(desk: Desk, draft_id: int, ts: str) -> int:
    """Write down that the requester has the reply; the first one stops the clock."""
    now = desk.now()
    async with desk.db.begin() as session:
        draft = await drafts.get(session, draft_id)
        assert draft is not None
        ticket = await tickets.get(session, draft.ticket_id)
        assert ticket is not None and ticket.id is not None
        if draft.status != DraftStatus.SENT:
            draft.status, draft.sent_ts = DraftStatus.SENT, ts
            session.add(draft)
            tickets.note(session, ticket, "reply sent", draft.decided_by, "", now)
        ticket.answered_at = ticket.answered_at or now
        if ticket.status in _WAITING:
            ticket.status = Status.ANSWERED
        session.add(ticket)
        request = await session.get(Request, ticket.request_id)
        assert request is not None
    engines = await desk.minds.ready()
    engines.local.remember(
        SimilarTicket(ticket.id, readable(desk, request.wording), ticket.category, draft.text, 1.0)
    )
    return ticket.id


async def on_edit(body: dict[str, Any], action: dict[str, Any], desk: Desk, run: Run) -> None:
    """Open the draft for editing."""
    by, trigger = body["user"]["id"], body["trigger_id"]
    await run.step("open", _open_edit, desk, int(action["value"]), by, trigger)


async def _open_edit(desk: Desk, draft_id: int, by: str, trigger_id: str) -> None:
    async with desk.db.begin() as session:
        draft, ticket = await _decidable(desk, session, draft_id, by)
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
    draft_id, text = int(view["private_metadata"]), value_of(view["state"]["values"], "text")
    ticket_id = await run.commit("approve", desk, _edited, draft_id, body["user"]["id"], text.strip())
    await run.repeat("show", show, desk, ticket_id)
    await deliver(desk, run, draft_id)


async def _edited(desk: Desk, session: AsyncSession, draft_id: int, by: str, text: str) -> int:
    draft = await drafts.get(session, draft_id)
    if draft is not None and draft.text.strip() == text:
        return await _decide(desk, session, draft_id, DraftStatus.APPROVED, by)
    try:
        return await _decide(desk, session, draft_id, DraftStatus.EDITED, by, text=text)
    except Refusal as refused:
        raise _handed_back(refused, text) from None


def _handed_back(refused: Refusal, text: str) -> Refusal:
    """Return a refusal that gives somebody their words back, so that no work is lost with the window."""
    quoted = "\n".join(f">{escape(line)}" for line in text.splitlines())
    return Refusal(f"{refused} Yours was not sent:\n{quoted}")


async def on_reject(body: dict[str, Any], action: dict[str, Any], desk: Desk, run: Run) -> None:
    """Ask what is wrong with the draft."""
    by, trigger = body["user"]["id"], body["trigger_id"]
    await run.step("open", _open_reject, desk, int(action["value"]), by, trigger)


async def _open_reject(desk: Desk, draft_id: int, by: str, trigger_id: str) -> None:
    async with desk.db.begin() as session:
        await _decidable(desk, session, draft_id, by)
    await desk.slack.open_modal(trigger_id, modals.reject_draft(draft_id))


async def on_rejected(body: dict[str, Any], view: dict[str, Any], desk: Desk, run: Run) -> None:
    """Take the draft off the table, with the reason."""
    values = view["state"]["values"]
    reason = dict(modals.REASONS).get(value_of(values, "reason"), "")
    reason = ". ".join(part for part in (reason, value_of(values, "more").strip()) if part)
    draft_id, by = int(view["private_metadata"]), body["user"]["id"]
    ticket_id = await run.commit("reject", desk, _decide, draft_id, DraftStatus.REJECTED, by, reason)
    await run.repeat("show", show, desk, ticket_id)


async def on_write(body: dict[str, Any], action: dict[str, Any], desk: Desk, run: Run) -> None:
    """Open a window for an answer in a person's own words."""
    by, trigger = body["user"]["id"], body["trigger_id"]
    await run.step("open", _open_write, desk, int(action["value"]), by, trigger)


async def _open_write(desk: Desk, ticket_id: int, by: str, trigger_id: str) -> None:
    async with desk.db.begin() as session:
        ticket = await _answerable(desk, session, ticket_id, by)
        asked = await _asked(desk, session, ticket)
    await desk.slack.open_modal(trigger_id, modals.write_reply(ticket_id, _asker(desk, ticket), asked))


async def _answerable(desk: Desk, session: AsyncSession, ticket_id: int, by: str) -> Ticket:
    ticket = await tickets.get(session, ticket_id)
    if ticket is None:
        raise Refusal("This ticket no longer exists.")
    may_answer(desk, ticket, by)
    if ticket.status not in _WAITING:
        raise Refusal(f"T-{ticket_id} is {ticket.status}; there is nobody waiting for a reply.")
    return ticket


async def on_written(body: dict[str, Any], view: dict[str, Any], desk: Desk, run: Run) -> None:
    """Send what a person wrote themselves."""
    ticket_id, by = int(view["private_metadata"]), body["user"]["id"]
    text = value_of(view["state"]["values"], "text").strip()
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
    number, verdict = action["value"].split(":")
    by, channel = body["user"]["id"], body["channel"]["id"]
    said = await run.commit("feedback", desk, _feedback, int(number), by, verdict == reply.GOOD)
    thread = body["message"].get("thread_ts", "")
    await run.step("thank", desk.slack.whisper, channel, by, said, None, thread)


async def _feedback(desk: Desk, session: AsyncSession, ticket_id: int, by: str, good: bool) -> str:
    ticket = await tickets.get(session, ticket_id)
    if ticket is None:
        raise Refusal("This ticket no longer exists.")
    if by != ticket.requester:
        raise Refusal("Only the person who asked can say whether this helped.")
    await tickets.thumb(session, ticket_id, by, good, desk.now())
    tickets.note(session, ticket, "feedback", by, "helped" if good else "did not help", desk.now())
    if good:
        return "Thank you, good to know."
    return (
        "Thank you for telling us. Reply in this thread with what is missing, and a person will look at it."
    )
