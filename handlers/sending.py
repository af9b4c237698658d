"""Sending: what a person approved reaches the requester's thread once, whoever approved it and whenever that was.

A reply that Slack does not let into the requester's channel becomes a draft again, so that no words are lost.
"""

from __future__ import annotations

from sqlmodel.ext.asyncio.session import AsyncSession
from structlog.contextvars import bind_contextvars

from agents.words import DraftStatus, SimilarTicket, Status
from handlers.board import show
from handlers.cards import reply
from handlers.desk import Desk, Run
from handlers.errors import Misplaced, Refusal
from handlers.facts import readable
from handlers.splits import about
from storage import drafts, tickets
from storage.tables import Draft, Request

WAITING = (Status.ROUTED, Status.ANSWERED, Status.ESCALATED, Status.REOPENED)
_DECIDED = (DraftStatus.APPROVED, DraftStatus.EDITED)  # and not sent yet


async def deliver(desk: Desk, run: Run, draft_id: int) -> None:
    """Send an approved draft, once, and show that it was sent. Raises Refusal when Slack does not let us."""
    try:
        sent = await run.step("send", _send, desk, draft_id)
    except Refusal:
        await run.repeat("show again", _show_again, desk, draft_id)
        raise
    if sent is None:
        return
    if ticket_id := await run.decide("sent", desk, _remember, _sent, draft_id, sent):
        bind_contextvars(ticket=ticket_id)
        await run.repeat("show sent", show, desk, ticket_id)


async def _send(desk: Desk, draft_id: int) -> str | None:
    """Post the reply in the requester's thread and return its ts; None when it may no longer be sent."""
    async with desk.db.begin() as session:
        draft = await drafts.get(session, draft_id)
        assert draft is not None
        bind_contextvars(ticket=draft.ticket_id)
        ticket = await tickets.get(session, draft.ticket_id)
        assert ticket is not None
        if draft.status == DraftStatus.PROPOSED:
            raise _not_sent(draft)  # it was taken back, by a process that died before it could say so
        if draft.status not in _DECIDED:
            return None
        if ticket.status == Status.WITHDRAWN:
            draft.status, draft.reason = DraftStatus.SUPERSEDED, "the request was withdrawn"
            session.add(draft)
            return None
        part = await about(desk, session, ticket)
    by = desk.directory.name_of(draft.decided_by)
    sources = [(citation["title"], citation["url"]) for citation in draft.citations]
    text, blocks = reply.reply(draft.ticket_id, draft.text, sources, by, _written_by(draft), part)
    try:
        return await desk.slack.post(f"reply:{draft_id}", ticket.channel, text, blocks, ticket.thread_ts)
    except Misplaced:
        if not await _take_back(desk, draft_id):
            return None
        raise _not_sent(draft) from None


def _not_sent(draft: Draft) -> Refusal:
    return Refusal(
        f"The reply to T-{draft.ticket_id} was not sent: I cannot post in the requester's channel. "
        "It is a draft again. Please invite me there and approve it once more."
    )


async def _take_back(desk: Desk, draft_id: int) -> bool:
    """Make a reply that could not be posted a draft again, in the words that were approved; say whether it is one."""
    async with desk.db.begin() as session:
        case = await drafts.case(session, draft_id)
        assert case is not None
        draft, ticket = case
        # Another flow may have taken it back before, or have posted it after all.
        if draft.status in _DECIDED:
            tickets.note(session, ticket, "reply not sent", tickets.US, "no way into the channel", desk.now())
            draft.status, draft.decided_by, draft.decided_at = DraftStatus.PROPOSED, "", None
            session.add(draft)
        return draft.status == DraftStatus.PROPOSED


async def _show_again(desk: Desk, draft_id: int) -> None:
    async with desk.db.begin() as session:
        draft = await drafts.get(session, draft_id)
    assert draft is not None
    await show(desk, draft.ticket_id)


def _written_by(draft: Draft) -> reply.Written:
    if draft.engine == "person":
        return reply.Written.BY_HAND
    return reply.Written.EDITED if draft.status == DraftStatus.EDITED else reply.Written.DRAFTED


async def _remember(desk: Desk, draft_id: int, ts: str) -> None:
    """Let similar requests know how this one was answered, which is true before it is noted."""
    async with desk.db.begin() as session:
        draft = await drafts.get(session, draft_id)
        assert draft is not None
        ticket = await tickets.get(session, draft.ticket_id)
        assert ticket is not None and ticket.id is not None
        request = await session.get(Request, ticket.request_id)
        assert request is not None
    engines = await desk.minds.ready()
    engines.local.remember(
        SimilarTicket(ticket.id, readable(desk, request.wording), ticket.category, draft.text, 1.0)
    )


async def _sent(desk: Desk, session: AsyncSession, draft_id: int, ts: str, _: None) -> int:
    """Note that the requester has the reply, which stops the clock, and return the ticket; 0 when it was noted."""
    now = desk.now()
    # The requester's thanks may resolve it at this very moment, and that has to stand; another flow may note the same,
    # because this one took long, and then it also shows it.
    case = await drafts.case(session, draft_id)
    assert case is not None
    draft, ticket = case
    assert ticket.id is not None
    if draft.status == DraftStatus.SENT:
        return 0
    draft.status, draft.sent_ts = DraftStatus.SENT, ts
    session.add(draft)
    tickets.note(session, ticket, "reply sent", draft.decided_by, "", now)
    ticket.answered_at = ticket.answered_at or now
    # What the requester wrote after they read it still waits for an answer.
    if ticket.status in WAITING and ticket.moved_on_ts < ts:
        ticket.status = Status.ANSWERED
    session.add(ticket)
    return ticket.id
