"""The card a team sees: what was asked, by whom, why it is here, by when, and what may be done about it.

Values in, Block Kit out. A card shows buttons only while pressing them means something.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from agents.intake import shorten
from agents.words import DraftStatus, Priority, Status
from handlers.cards import parts
from handlers.cards.learning import learnt
from handlers.cards.shown import TicketCard
from handlers.cards.text import (
    DIVIDER,
    Block,
    actions,
    button,
    context,
    escape,
    header,
    link,
    literal,
    section,
    when,
)

APPROVE_DRAFT = "approve_draft"
EDIT_DRAFT = "edit_draft"
REJECT_DRAFT = "reject_draft"
CLAIM_TICKET = "claim_ticket"
REROUTE_TICKET = "reroute_ticket"
RESOLVE_TICKET = "resolve_ticket"
REPLY_TICKET = "reply_ticket"
TAKE_CANDIDATE = "take_candidate"
SHOW_HIDDEN = "show_hidden"
NOT_A_REQUEST = "not_a_request"
LEAVE_INCIDENT = "leave_incident"
NOT_ASKED_TWICE = "not_asked_twice"

DOT = {
    Priority.P1: ":red_circle:",
    Priority.P2: ":large_orange_circle:",
    Priority.P3: ":large_yellow_circle:",
    Priority.P4: ":white_circle:",
}
_QUOTED = 1500
_LONG = 400  # characters from which a request is also summed up
_DRAFTED = 2800
_REJECTED = 300
_REPORTED = 200
_SHORT = 40  # characters of a fact that shares its line with others


def fallback(card: TicketCard) -> str:
    """Return the text of the notification."""
    if card.status == Status.WITHDRAWN:
        return f"T-{card.id} · withdrawn"
    return f"T-{card.id} · {escape(card.title)} · {card.priority} · {escape(shorten(card.text, 120))}"


def ticket_card(card: TicketCard) -> list[Block]:
    """Return the card's blocks."""
    if card.status == Status.WITHDRAWN:
        return [header(f"T-{card.id} · withdrawn"), context(card.closing), *_learnt(card)]
    if card.same_as:
        return _repetition(card)
    if card.incident and _is_open(card):
        return _report(card)
    blocks = [header(_heading(card)), context(_state(card)), section(_who(card))]
    if card.part:
        blocks += parts.above(card.part)
    if card.displaced:
        blocks.insert(1, context(f":warning: {card.displaced}"))
    if len(card.text) > _LONG and card.summary:
        blocks.append(section(f"*In short* {escape(card.summary)}"))
    blocks.append(literal(shorten(card.text, _QUOTED) or "(no text)", "rich_text_quote"))
    if card.hides:
        blocks.append(actions(_hidden(card), block_id="hidden"))
    if card.part:
        blocks += parts.below(card.part)
    if card.mentioned and _is_open(card):
        # Literal, because Slack would make links of addresses.
        blocks.append(literal(f"Mentioned: {' · '.join(card.mentioned)}"))
    blocks += _facts(card)
    blocks.append(context(_why(card)))
    blocks += _learnt(card)
    if card.closing:
        blocks.append(section(card.closing))
    blocks += _draft(card)
    blocks += _buttons(card)
    return blocks


def _repetition(card: TicketCard) -> list[Block]:
    """Return the line that is left of a request that was asked before, or of a part that is no longer apart."""
    if card.merged_by:
        text = f"T-{card.id} · {_who(card)}: put together with {card.same_as} by {card.merged_by}, and goes on there."
        return [context(text)]
    text = f"T-{card.id} · {_who(card)}: the same words as {card.same_as}, so it is answered there."
    row = actions(button("Not the same", NOT_ASKED_TWICE, str(card.id)), block_id="repetition")
    return [context(text), row]


def _report(card: TicketCard) -> list[Block]:
    """Return the small card of one ticket of an incident."""
    id = str(card.id)
    row = actions(
        button("Write reply", REPLY_TICKET, id),
        button("Not part of this", LEAVE_INCIDENT, id),
        button("Resolve", RESOLVE_TICKET, id),
        *([_hidden(card)] if card.hides else []),
        block_id="report",
    )
    text = f"*T-{card.id}* · part of *{card.incident}* · {_who(card)}"
    quoted = literal(shorten(card.text, _REPORTED) or "(no text)", "rich_text_quote")
    which = [context(parts.which(card.part))] if card.part else []
    return [section(text), context(_state(card)), *which, quoted, row]


def _hidden(card: TicketCard) -> Block:
    return button("Show what is hidden", SHOW_HIDDEN, str(card.id))


def moved_card(id: int, title: str, text: str) -> list[Block]:
    """Return what stays behind when a ticket went to another channel; `text` is mrkdwn."""
    return [context(f"T-{id} · {escape(title)}: {text}")]


def _heading(card: TicketCard) -> str:
    kind = "Where does this belong?" if card.held and _is_open(card) else card.title
    return f"T-{card.id} · {kind}"


def _is_open(card: TicketCard) -> bool:
    return card.status not in (Status.RESOLVED, Status.WITHDRAWN)


def _state(card: TicketCard) -> str:
    parts = [f"{DOT[card.priority]} *{card.priority}*", f"*{escape(card.queue)}*"]
    if card.owner:
        parts.append(f"owner {card.owner}" + (" (claimed)" if card.claimed else ""))
    match card.status:
        case Status.RESOLVED if card.resolved_at:
            parts.append(f":white_check_mark: resolved {when(card.resolved_at)}")
        case Status.ESCALATED:
            parts.append(":rotating_light: *escalated*")
        case Status.REOPENED:
            parts.append(":leftwards_arrow_with_hook: *reopened*")
    if _is_open(card):
        if card.answered_at is None and card.respond_by:
            parts.append(_due("reply", card.respond_by, card.now))
        elif card.resolve_by:
            parts.append(f"answered · {_due('resolve', card.resolve_by, card.now)}")
    return " · ".join(parts)


def _due(what: str, at: datetime, now: datetime) -> str:
    if at < now:
        return f"*{what} {when(at, 'was due {date_short_pretty} at {time}')}*"
    return f"{what} *{when(at, 'by {date_short_pretty} at {time}')}*"


def _who(card: TicketCard) -> str:
    who = f"*{escape(card.requester)}*" + (f" ({escape(card.account)})" if card.account else "")
    where = f"#{escape(card.channel)}"
    edited = " · _edited since_" if card.edited else ""
    return f"{who} in {link(card.link, where) if card.link else where}{edited}"


def _facts(card: TicketCard) -> list[Block]:
    blocks: list[Block] = []
    if card.facts:
        # In running text, because ten fields side by side would push the draft off the screen.
        said = [
            (f"*{escape(f.name)}* {escape(shorten(f.value, 200))}", len(f.value)) for f in card.facts[:12]
        ]
        short = " · ".join(text for text, length in said if length <= _SHORT)
        blocks.append(
            section("\n".join([short, *(text for text, length in said if length > _SHORT)]).strip())
        )
    notes = []
    if card.similar:
        notes.append(
            "Similar: "
            + " · ".join(link(url, label) if url else escape(label) for label, url in card.similar)
        )
    if card.facts:
        sources = dict.fromkeys(fact.source.removesuffix(".csv") for fact in card.facts)
        notes.append("From " + escape(", ".join(sources)))
    notes += [f":warning: {escape(missing)}" for missing in card.missing]
    if notes:
        blocks.append(context(*notes))
    return blocks


def _why(card: TicketCard) -> str:
    if card.engine == "person":
        return f"*Why* {escape(card.because)}"
    by = {"claude": "Claude", "local": "the local model"}.get(card.engine, card.engine)
    # Nothing that was learnt is certain, so no rounding makes it look so.
    sure = f"{min(card.confidence, 0.99):.0%} sure"
    tail = (
        f" _{escape(by)[:1].upper()}{escape(by)[1:]} says so._"
        if card.held
        else f" _{sure}, says {escape(by)}._"
    )
    said = f"*Why* {escape(card.because)}{tail}"
    return said + (f"\n:warning: {escape(card.note)}" if card.note else "")


def _learnt(card: TicketCard) -> list[Block]:
    if card.learnt is None or card.status == Status.RESOLVED:
        return []
    return [learnt(card.learnt.id, card.learnt.name, card.learnt.what)]


def _draft(card: TicketCard) -> list[Block]:
    draft = card.draft
    if draft is None or draft.status in (DraftStatus.SUPERSEDED, DraftStatus.EXPIRED):
        return [context(f"_{escape(card.no_draft)}_")] if card.no_draft and _is_open(card) else []
    sources = " · ".join(link(url, title) for title, url in draft.sources)
    rejected = draft.status == DraftStatus.REJECTED
    head = {DraftStatus.PROPOSED: "*Draft reply*", DraftStatus.REJECTED: "*Rejected draft*"}.get(
        draft.status, "*Reply*"
    )
    shown = shorten(draft.text, _REJECTED if rejected else _DRAFTED)
    blocks: list[Block] = [DIVIDER, section(head), literal(shown, "rich_text_quote")]
    if sources:
        blocks.append(context(f"Sources: {sources}"))
    at = f" {when(draft.decided_at)}" if draft.decided_at else ""
    match draft.status:
        case DraftStatus.APPROVED | DraftStatus.EDITED:
            blocks.append(context(f":hourglass_flowing_sand: Approved by {draft.decided_by}{at}; sending …"))
        case DraftStatus.SENT:
            how = "Sent by" if draft.engine == "person" else "Sent, approved by"
            blocks.append(context(f":white_check_mark: {how} {draft.decided_by}{at}"))
        case DraftStatus.REJECTED:
            why = f": {escape(draft.reason)}" if draft.reason else ""
            blocks.append(context(f":no_entry_sign: Rejected by {draft.decided_by}{at}{why}"))
    return blocks


def _buttons(card: TicketCard) -> list[Block]:
    if not _is_open(card):
        return []
    id, rows = str(card.id), []
    if card.held and card.candidates:
        choices = [
            button(
                f"{candidate.title} → {candidate.team}", f"{TAKE_CANDIDATE}:{n}", f"{id}:{candidate.category}"
            )
            for n, candidate in enumerate(card.candidates)
        ]
        rows.append(context("Pick one, or press Reroute for anything else:"))
        rows.append(actions(*choices, button("Not a request", NOT_A_REQUEST, id), block_id="candidates"))
    if card.draft and card.draft.status == DraftStatus.PROPOSED:
        value = str(card.draft.id)
        rows.append(
            actions(
                button("Approve & send", APPROVE_DRAFT, value, "primary"),
                button("Edit", EDIT_DRAFT, value),
                button("Reject", REJECT_DRAFT, value, "danger"),
                block_id="draft",
            )
        )
    rows.append(
        actions(
            button("Claim", CLAIM_TICKET, id),
            button("Write reply", REPLY_TICKET, id),
            button("Reroute", REROUTE_TICKET, id),
            button("Resolve", RESOLVE_TICKET, id),
            *([parts.not_separate(card.id)] if card.part else []),
            block_id="ticket",
        )
    )
    return rows


def similar_links(found: Sequence[tuple[int, str, str]]) -> tuple[tuple[str, str], ...]:
    """Return what the card says of similar tickets, from (number, summary, address)."""
    return tuple((f"T-{number} {shorten(summary, 60)}", url) for number, summary, url in found[:3])
