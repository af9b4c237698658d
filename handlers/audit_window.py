"""The window of a blind audit: one case after the other, and above it what had been decided of the one before.

It is drawn from rows each time, for one person: the next case is one that they have had no hand in, in an order of
their own, so that several people seldom look at the same one at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from agents import audit as rules
from agents.audit import GIVEN, TALK
from agents.words import OPEN
from handlers import audit_result
from handlers.cards import audit as cards
from handlers.cards.text import link, when
from handlers.confidence import NAMES
from handlers.contents import shown_text
from handlers.desk import Desk
from handlers.presses import person
from handlers.proposals import title_of
from storage import audits, corrections
from storage.reviews import Audit, AuditCase
from storage.tables import Correction, Decision, Request, Ticket

NONE = 0


@dataclass(frozen=True)
class At:
    """Where an auditor is: in which audit, at which case, and which they judged before it; 0 for none."""

    audit: int
    case: int = NONE
    before: int = NONE

    @property
    def about(self) -> str:
        """What the window keeps."""
        return f"{self.audit}:{self.case}:{self.before}"


STAYS = {
    "choose": "*Choose what it is first*, then press its priority.",
    "unknown": "That kind of request no longer exists. *Choose another.*",
}


async def window(
    desk: Desk, session: AsyncSession, at: At, by: str, note: str = "", kind: str = ""
) -> dict[str, Any]:
    """Return the window of an auditor, with the case they are at or else the next one."""
    audit = await audits.get(session, at.audit)
    assert audit is not None
    await audits.leave_out(session, await audits.deleted_since(session, at.audit))
    rows = await audits.cases(session, at.audit)
    of = {row.id or 0: row for row in rows}
    judged, previous = sum(bool(row.verdict) for row in rows), of.get(at.before)
    said = await _said(desk, audit, previous, note, by)
    row = of.get(at.case)
    is_over = audit.ended_at is not None or audit.ends_at <= desk.now()
    if row is None or row.verdict:
        row = None if is_over else await _next(session, rows, by)
    revealed = None
    if previous is not None and previous.by == by and previous.verdict == GIVEN:
        revealed = await _revealed(desk, session, previous, by)
    if row is None:
        said = f"{said}\n{_ending(desk, audit, rows, is_over)}".strip()
        return cards.window(At(at.audit, NONE, at.before).about, judged, len(rows), None, said, revealed)
    request = await audits.request_of(session, row)
    if request is None:
        # It was deleted since we looked, a moment ago.
        await audits.leave_out(session, [row])
        return await window(desk, session, at, by, note, kind)
    shown = _shown(desk, row, request, kind if at.case == row.id else "")
    about = At(at.audit, row.id or 0, at.before).about
    return cards.window(about, judged, len(rows), shown, said, revealed)


async def _next(session: AsyncSession, rows: Sequence[AuditCase], by: str) -> AuditCase | None:
    """Return the next case that this person may judge."""
    left = [row for row in rows if not row.verdict]
    hands = await audits.hands_on(session, left)
    of = {row.id or 0: row for row in left if by not in hands[row.id or 0]}
    order = rules.in_turn(by, of)
    return of[order[0]] if order else None


async def _said(desk: Desk, audit: Audit, row: AuditCase | None, note: str, by: str) -> str:
    """Return mrkdwn for why a verdict was not kept."""
    match note:
        case "first" if row is not None:
            at = f" {when(row.at)}" if row.at else ""
            return f":busts_in_silhouette: {person(row.by)} was first with that one{at}; theirs counts."
        case "gone":
            return "That message was deleted meanwhile, so it leaves the sample and does not count."
        case "own":
            return "You have had a hand in that one meanwhile, so somebody else has to judge it."
        case "ended":
            return "This audit had ended before you pressed, so your last verdict was not kept."
        case "choose" | "unknown":
            return STAYS[note]
    return ""


def _ending(desk: Desk, audit: Audit, rows: Sequence[AuditCase], is_over: bool) -> str:
    """Return mrkdwn for why there is no further case."""
    result = link(desk.slack.permalink(audit.channel, audit.ts), "the result") if audit.ts else "the result"
    if is_over:
        return f":checkered_flag: This audit has ended; {result} says what came of it."
    left = sum(not row.verdict for row in rows)
    if not left:
        return ":checkered_flag: Everything is judged. Thank you; the result is posted in a moment."
    return (
        f":checkered_flag: Nothing is left for you. {left} more are for others to judge, because you have had a hand "
        "in them."
    )


def kinds(desk: Desk, request: Request) -> list[tuple[str, str]]:
    """Return the kinds of work that a request may be, as its channel has them, each with its title."""
    channel = desk.policy.request_channels.get(desk.directory.channel_name(request.channel))
    names = channel.categories if channel else tuple(desk.policy.categories)
    return [(name, desk.policy.categories[name].title) for name in names]


def _shown(desk: Desk, row: AuditCase, request: Request, kind: str) -> cards.Shown:
    known = desk.policy.categories.get(kind)
    return cards.Shown(
        id=row.id or 0,
        text=shown_text(desk, request),
        place=f"<#{request.channel}>",
        customer=" · ".join(part for part in (row.account, row.tier) if part),
        kinds=kinds(desk, request),
        described=known.description if known else "",
    )


async def _revealed(desk: Desk, session: AsyncSession, row: AuditCase, by: str) -> cards.Revealed:
    """Return what had been decided of a case that this person has judged, and what they can do about it."""
    decision = await session.get(Decision, row.decision_id)
    ticket = (await audits.tickets_of(session, [row])).get(row.id or 0)
    taught = await _taught(session, row, ticket)
    differs = row.said != row.decided
    is_open = ticket is not None and ticket.status in OPEN and bool(ticket.queue)
    may_move = is_open and desk.policy.is_staff(desk.directory.handle_of(by))
    is_lost = differs and row.decided == TALK and not (ticket is not None and ticket.queue)
    return cards.Revealed(
        said=_kind(desk, row.said, row.said_priority),
        decided=_kind(desk, row.decided, row.decided_priority),
        agreed=not differs,
        because=decision.because if decision else "the reasons are no longer kept",
        engine=NAMES.get(row.engine, row.engine),
        label=await audit_result.label(desk, session, row),
        undo=(taught.id or 0) if taught and taught.undone_at is None else 0,
        learnt=_learnt(taught),
        reroute=(ticket.id or 0) if ticket and may_move and (differs or taught) else 0,
        make=(row.id or 0) if is_lost else 0,
    )


async def _taught(session: AsyncSession, row: AuditCase, ticket: Ticket | None) -> Correction | None:
    """Return the correction that a verdict made, if it made one."""
    if ticket is None or row.at is None:
        return None
    return await corrections.said_at(session, ticket.id or 0, row.by, row.at)


def _learnt(taught: Correction | None) -> str:
    if taught is None:
        return ""
    if taught.undone_at:
        return "Nothing is learnt from this."
    return "Messages like this are judged as you say from now on. The ticket itself was not moved."


def _kind(desk: Desk, kind: str, priority: str) -> str:
    title = cards.NO_REQUEST if kind == TALK else title_of(desk, kind)
    return f"{title}, {priority}" if priority else title
