"""What people see of an incident: its card in the team's channel, and the lines in its requesters' own threads.

Values in, Block Kit out. The card names every ticket with a link; one button resolves them all, after a question.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from agents.intake import shorten
from agents.words import Priority, Status
from handlers.cards.reply import REOPEN_TICKET
from handlers.cards.text import Block, actions, button, context, escape, header, link, literal, section, when
from handlers.cards.ticket import DOT

RESOLVE_INCIDENT = "resolve_incident"

_SHOWN = 30  # tickets that the card names; the rest is counted
_QUOTED = 300
_DONE = {Status.RESOLVED: "resolved", Status.WITHDRAWN: "withdrawn", Status.ANSWERED: "answered"}


@dataclass(frozen=True)
class Member:
    """One ticket of an incident."""

    id: int
    requester: str
    account: str
    tier: str
    card_link: str
    status: Status


@dataclass(frozen=True)
class IncidentCard:
    """All that the card shows. Strings called mrkdwn are ours; everything else is shown literally."""

    id: int
    title: str
    queue: str
    owner: str  # mrkdwn
    priority: Priority
    text: str  # what the first ticket says
    since: datetime
    members: tuple[Member, ...]
    resolved_at: datetime | None
    resolved_by: str  # mrkdwn; empty when the last ticket was taken out


def fallback(card: IncidentCard) -> str:
    """Return the text of the notification."""
    return f"I-{card.id} · {escape(card.title)} · {card.priority} · {_tickets(len(card.members))}"


def incident_card(card: IncidentCard) -> list[Block]:
    """Return the card's blocks."""
    blocks = [
        header(f"I-{card.id} · {card.title} · {_tickets(len(card.members))}"),
        context(_state(card)),
        literal(shorten(card.text, _QUOTED) or "(no text)", "rich_text_quote"),
    ]
    if accounts := _accounts(card.members):
        blocks.append(section(accounts))
    blocks.append(section(_list(card.members)))
    if card.resolved_at:
        by = f" by {card.resolved_by}" if card.resolved_by else ": no ticket is left in it"
        blocks.append(section(f":white_check_mark: Resolved{by} {when(card.resolved_at)}"))
        return blocks
    sure = {
        "title": {"type": "plain_text", "text": f"Resolve I-{card.id}?"},
        "text": {
            "type": "plain_text",
            "text": "Every open ticket in it is resolved, and each requester is told in their own thread.",
        },
        "confirm": {"type": "plain_text", "text": "Resolve all"},
        "deny": {"type": "plain_text", "text": "Not yet"},
    }
    row = button("Resolve all", RESOLVE_INCIDENT, str(card.id), "primary", confirm=sure)
    return [*blocks, actions(row, block_id="incident")]


def _tickets(number: int) -> str:
    return f"{number} ticket" + ("" if number == 1 else "s")


def _state(card: IncidentCard) -> str:
    parts = [f"{DOT[card.priority]} *{card.priority}*", f"*{escape(card.queue)}*"]
    if card.owner:
        parts.append(f"owner {card.owner}")
    parts.append(f"since {when(card.since)}")
    customers = len({member.account for member in card.members if member.account})
    if customers:
        parts.append(f"{customers} customer" + ("" if customers == 1 else "s"))
    return " · ".join(parts)


def _accounts(members: Sequence[Member]) -> str:
    """Return mrkdwn that names the affected accounts by their tiers; empty when there are none."""
    tiers: dict[str, dict[str, None]] = {}
    for member in members:
        if member.account:
            tiers.setdefault(member.tier, {})[member.account] = None
    return " · ".join(
        (f"*{escape(tier)}* " if tier else "") + escape(", ".join(accounts))
        for tier, accounts in tiers.items()
    )


def _list(members: Sequence[Member]) -> str:
    lines = []
    for member in members[:_SHOWN]:
        label = f"T-{member.id}"
        shown = link(member.card_link, label) if member.card_link else label
        done = f" · _{_DONE[member.status]}_" if member.status in _DONE else ""
        account = f", {escape(shorten(member.account, 40))}" if member.account else ""
        lines.append(f"{shown} {escape(shorten(member.requester, 40))}{account}{done}")
    if len(members) > _SHOWN:
        lines.append(f"and {len(members) - _SHOWN} more")
    return "\n".join(lines) or "No ticket is left in it."


def reported_line(id: int, team: str) -> tuple[str, list[Block]]:
    """Return the line for a requester who is one of several to report the same."""
    text = (
        f":inbox_tray: This is with our *{team}* team (T-{id}). "
        "You are one of several reporting this; we will tell you here when it is fixed."
    )
    return f"T-{id} is with {team}.", [context(text)]


def repeated_line(id: int, first: int, first_link: str) -> tuple[str, list[Block]]:
    """Return the line for a requester who has asked the same before, in the same words."""
    there = link(first_link, f"T-{first}") if first_link else f"T-{first}"
    text = (
        f":inbox_tray: You have asked this already, as {there}, so we answer it there. "
        f"If this is something else, reply here or press Reopen (T-{id})."
    )
    return (
        f"T-{id} says the same as T-{first}.",
        [section(text, accessory=button("Reopen", REOPEN_TICKET, str(id)))],
    )


def fixed_line(id: int, by: str) -> tuple[str, list[Block]]:
    """Return the line that tells a requester that what they and others reported is fixed."""
    text = (
        f":white_check_mark: What you and others reported is fixed, says {by} (T-{id}). "
        "If it is not, reply here or press Reopen."
    )
    return f"T-{id} is resolved.", [section(text, accessory=button("Reopen", REOPEN_TICKET, str(id)))]
