"""Verdicts: an auditor judges one case after the other in a window, not knowing what was decided.

A press on a priority keeps the verdict and brings the next case; above it stands what had been decided of the last one
and why. A verdict that differs is a correction, which teaches at once and can be undone. It moves no ticket: an open
one has Reroute, and talk that was a request "Make it a request". An auditor never judges what they have had a hand in.
Of two on one case the first counts, and the other is told.
"""

from __future__ import annotations

import re
from typing import Any

from slack_bolt.async_app import AsyncApp
from sqlmodel.ext.asyncio.session import AsyncSession
from structlog.contextvars import bind_contextvars

from agents.audit import GIVEN, TALK, UNTOLD
from agents.words import Priority, Status
from handlers import board, learning, triage
from handlers.audit import must_be_auditor
from handlers.audit_window import NONE, STAYS, At, kinds, window
from handlers.cards import audit as cards
from handlers.desk import Desk, Run
from handlers.errors import Refusal
from handlers.presses import number, presser
from storage import audits, corrections, tickets
from storage.reviews import AuditCase
from storage.tables import Request, Ticket


def register(app: AsyncApp) -> None:
    """List what this file answers to."""
    app.action(cards.BEGIN_AUDIT)(on_begin)
    app.action(cards.AUDIT_KIND)(on_kind)
    app.action(re.compile(f"^{cards.AUDIT_PRIORITY}:"))(on_priority)
    app.action(cards.AUDIT_NO_REQUEST)(on_no_request)
    app.action(cards.AUDIT_CANNOT_TELL)(on_cannot_tell)
    app.action(cards.AUDIT_UNDO)(on_undo)
    app.action(cards.AUDIT_MAKE)(on_make)


def _at(body: dict[str, Any]) -> tuple[str, str, At]:
    """Return the id and the hash of the window that was pressed in, and where in the audit it is. Raises Refusal."""
    view = body.get("view") or {}
    found = re.fullmatch(r"([1-9]\d{0,8}):(\d{1,9}):(\d{1,9})", str(view.get("private_metadata", "")))
    if not found or not view.get("id"):
        raise Refusal("I cannot tell which audit this is about. Please press Begin on its message again.")
    return str(view["id"]), str(view.get("hash", "")), At(*map(int, found.groups()))


def _chosen(body: dict[str, Any], case_id: int) -> str:
    """Return the kind that is chosen for a case; empty when none is."""
    values = ((body.get("view") or {}).get("state") or {}).get("values") or {}
    element = (values.get(f"kind:{case_id}") or {}).get(cards.AUDIT_KIND) or {}
    return str((element.get("selected_option") or {}).get("value", ""))


async def on_begin(body: dict[str, Any], action: dict[str, Any], desk: Desk, run: Run) -> None:
    """Open the window with the first case that is left for whoever pressed."""
    id, by = number(action.get("value")), await presser(body, desk, run)
    await run.step("open", _open, desk, id, by, body["trigger_id"])


async def _open(desk: Desk, id: int, by: str, trigger_id: str) -> None:
    must_be_auditor(desk, by)
    async with desk.db.begin() as session:
        if await audits.get(session, id) is None:
            raise Refusal("This audit is no longer kept.")
        view = await window(desk, session, At(id), by)
    await desk.slack.open_modal(trigger_id, view)


async def on_kind(body: dict[str, Any], desk: Desk, run: Run) -> None:
    """Show what policy says of the kind that was chosen, so that everybody means the same by it."""
    view_id, hash, at = _at(body)
    by, kind = await presser(body, desk, run), _chosen(body, at.case)
    await run.step("describe", _redraw, desk, view_id, at, by, "", kind, hash)


async def on_priority(body: dict[str, Any], action: dict[str, Any], desk: Desk, run: Run) -> None:
    """Keep a verdict: the kind that was chosen, and the priority that was pressed."""
    priority = str(action.get("action_id", "")).rpartition(":")[2]
    kind = _chosen(body, number(action.get("value")))
    await _judge(body, action, desk, run, GIVEN, kind, priority)


async def on_no_request(body: dict[str, Any], action: dict[str, Any], desk: Desk, run: Run) -> None:
    """Keep the verdict that nobody is asked for anything."""
    await _judge(body, action, desk, run, GIVEN, TALK, "")


async def on_cannot_tell(body: dict[str, Any], action: dict[str, Any], desk: Desk, run: Run) -> None:
    """Keep that this person cannot say what it is."""
    await _judge(body, action, desk, run, UNTOLD, "", "")


async def _judge(
    body: dict[str, Any], action: dict[str, Any], desk: Desk, run: Run, verdict: str, kind: str, priority: str
) -> None:
    view_id, _, at = _at(body)
    case_id, by = number(action.get("value")), await presser(body, desk, run)
    note, taught = await run.commit("verdict", desk, _give, case_id, by, verdict, kind, priority)
    # Without a verdict the same case stays, unless somebody else was first or it is gone.
    stays = At(at.audit, case_id, at.before) if note in STAYS else At(at.audit, NONE, case_id)
    await run.step("next", _redraw, desk, view_id, stays, by, note, kind, "")
    if taught:
        bind_contextvars(ticket=taught)
        await learning.after_correction(desk, run, taught)
        await run.repeat("show", board.show, desk, taught)
    if not note and await run.step("left", _left, desk, at.audit) == 0:
        await desk.start("audit end", f"audit end:{at.audit}", at.audit)


async def _left(desk: Desk, id: int) -> int:
    async with desk.db.begin() as session:
        return sum(not row.verdict for row in await audits.cases(session, id))


async def _give(
    desk: Desk, session: AsyncSession, case_id: int, by: str, verdict: str, kind: str, priority: str
) -> tuple[str, int]:
    """Keep a verdict; return why it was not kept (empty if it was), and the ticket that it teaches by."""
    must_be_auditor(desk, by)
    row = await audits.locked(session, case_id)
    if row is None:
        raise Refusal("This audit is no longer kept.")
    audit = await audits.get(session, row.audit_id)
    assert audit is not None
    if row.verdict:
        return ("again" if row.by == by else "first" if row.by else "gone"), NONE
    if audit.ended_at or audit.ends_at <= desk.now():
        return "ended", NONE
    request = await audits.request_of(session, row)
    if request is None:
        await audits.leave_out(session, [row])
        return "gone", NONE
    if by in (await audits.hands_on(session, [row]))[case_id]:
        return "own", NONE
    if verdict == GIVEN and kind != TALK:
        if not kind or priority not in list(Priority):
            return "choose", NONE
        if kind not in dict(kinds(desk, request)):
            return "unknown", NONE
    row.verdict, row.said, row.said_priority, row.by, row.at = verdict, kind, priority, by, desk.now()
    session.add(row)
    return "", await _teach(desk, session, row, request) if verdict == GIVEN else NONE


async def _teach(desk: Desk, session: AsyncSession, row: AuditCase, request: Request) -> int:
    """Keep each difference as a correction; return the ticket it is about, or 0 where there is none."""
    now = row.at  # by which the window finds what a verdict taught
    assert now is not None
    said: list[tuple[str, str, str]] = []
    if TALK in (row.said, row.decided) and row.said != row.decided:
        asks = row.said != TALK
        said.append(("is_request", "no" if asks else "yes", "yes" if asks else "no"))
    if row.said not in (TALK, row.decided):
        said.append(("category", "" if row.decided == TALK else row.decided, row.said))
    usual = desk.policy.categories[row.said].priority.value if row.said != TALK else ""
    if row.said_priority and row.said_priority != (row.decided_priority or usual):
        said.append(("priority", row.decided_priority, row.said_priority))
    if not said:
        return NONE
    ticket = await _ticket(desk, session, row, request)
    assert ticket.id is not None
    for field, was, should_be in said:
        corrections.say(session, ticket.id, field, was, should_be, row.by, "said in a blind audit", now)
    tickets.note(session, ticket, "audited", row.by, "it was judged otherwise", now)
    return ticket.id


async def _ticket(desk: Desk, session: AsyncSession, row: AuditCase, request: Request) -> Ticket:
    """Return the ticket of a case. What was taken for talk gets one that is withdrawn and in no queue: nobody sees it,
    and it is there to learn from and to be made a request of."""
    before = await audits.ticket_of(session, request)
    if before is None:
        id = await tickets.open_once(session, request, desk.now(), request.ts)
        before = await tickets.get(session, id)
        assert before is not None
        before.status = Status.WITHDRAWN
        session.add(before)
    row.ticket_id = before.id
    session.add(row)
    return before


async def on_undo(body: dict[str, Any], action: dict[str, Any], desk: Desk, run: Run) -> None:
    """Let what was learnt from a verdict be forgotten; the verdict itself stands."""
    view_id, _, at = _at(body)
    id, by = number(action.get("value")), await presser(body, desk, run)
    await learning.undo(desk, run, id, by)
    await run.step("redraw", _redraw, desk, view_id, at, by, "", _chosen(body, at.case), "")


async def on_make(body: dict[str, Any], action: dict[str, Any], desk: Desk, run: Run) -> None:
    """Make a request of what was taken for talk, as the shortcut in the menu of its message does."""
    view_id, _, at = _at(body)
    case_id, by = number(action.get("value")), await presser(body, desk, run)
    request = await run.repeat("read", _talk, desk, case_id, by)
    ticket_id = await triage.handle(desk, run, request, insisted_by=by)
    if ticket_id is not None:
        await learning.after_correction(desk, run, ticket_id)
    await run.step("redraw", _redraw, desk, view_id, at, by, "", _chosen(body, at.case), "")


async def _talk(desk: Desk, case_id: int, by: str) -> Request:
    must_be_auditor(desk, by)
    async with desk.db.begin() as session:
        row = await session.get(AuditCase, case_id)
        request = await audits.request_of(session, row) if row else None
    if row is None or not row.verdict:
        raise Refusal("Say first what it is; then it can be made a request.")
    if request is None:
        raise Refusal("That message was deleted, so there is nothing to work on.")
    # What it is was said a moment ago, perhaps to another replica.
    await learning.learn(desk)
    return request


async def _redraw(desk: Desk, view_id: str, at: At, by: str, note: str, kind: str, hash: str) -> None:
    """Bring an auditor's window up to date; it may have been closed meanwhile."""
    async with desk.db.begin() as session:
        view = await window(desk, session, at, by, note, kind)
    await desk.slack.update_modal(view_id, view, hash)
