"""What a ticket's card shows, as values; `ticket.py` makes blocks of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from agents.words import DraftStatus, Priority, Status
from handlers.cards import parts


@dataclass(frozen=True)
class CardFact:
    """Something known of whoever asks, and where it is from."""

    name: str
    value: str
    source: str


@dataclass(frozen=True)
class Candidate:
    """A category a held ticket may belong to."""

    category: str
    title: str
    team: str


@dataclass(frozen=True)
class CardDraft:
    """A reply that waits for a person, or what became of it."""

    id: int
    text: str
    sources: tuple[tuple[str, str], ...]  # title, url
    status: DraftStatus
    decided_by: str  # mrkdwn
    decided_at: datetime | None
    reason: str
    engine: str


@dataclass(frozen=True)
class Learnt:
    """What a correction of this ticket teaches."""

    id: int
    name: str
    what: str  # as in "messages like this go to Billing"


@dataclass(frozen=True)
class TicketCard:
    """All that a card shows. Strings called mrkdwn are ours; everything else is shown literally."""

    id: int
    title: str
    status: Status
    held: bool
    priority: Priority
    queue: str
    owner: str  # mrkdwn
    claimed: bool  # by the owner; False when the owner was only given it
    requester: str
    account: str
    link: str  # address of the request
    channel: str
    text: str
    summary: str
    edited: bool
    because: str
    engine: str
    confidence: float
    note: str
    respond_by: datetime | None
    resolve_by: datetime | None
    answered_at: datetime | None
    resolved_at: datetime | None
    closing: str  # mrkdwn: how it ended
    now: datetime
    displaced: str = ""  # mrkdwn: why the card is not where it belongs
    facts: tuple[CardFact, ...] = ()
    missing: tuple[str, ...] = ()
    similar: tuple[tuple[str, str], ...] = ()  # label, url
    candidates: tuple[Candidate, ...] = ()
    draft: CardDraft | None = None
    no_draft: str = ""
    learnt: Learnt | None = None
    incident: str = ""  # mrkdwn: the open incident that it is part of
    mentioned: tuple[str, ...] = ()  # numbers, amounts, addresses and dates that the request names
    hides: bool = False  # something secret that the request says
    same_as: str = ""  # mrkdwn: the ticket that it repeats, which is where it is answered
    part: parts.Part | None = None  # of a message that is several requests
    merged_by: str = ""  # mrkdwn: who put it together with `same_as`, of which it was a part
