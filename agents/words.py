"""The vocabulary: the words every other part of Signalbox uses, as enums and frozen values.

Nobody sees this module in Slack, but every word a person reads there comes from it. It holds no behaviour
beyond what a value can say about itself, and it imports nothing of ours.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Priority(StrEnum):
    """How urgent a ticket is. P1 is an outage or a risk to money or safety; P4 can wait for a quiet day."""

    P1 = "P1"
    P2 = "P2"
    P3 = "P3"
    P4 = "P4"


class Sentiment(StrEnum):
    """How the requester sounds."""

    ANGRY = "angry"
    WORRIED = "worried"
    NEUTRAL = "neutral"
    PLEASED = "pleased"


class Trust(StrEnum):
    """What we may assume of the person who asked, decided from Slack's own fields and never from text."""

    MEMBER = "member"
    GUEST = "guest"
    STRANGER = "stranger"  # from another company, through Slack Connect


class Outcome(StrEnum):
    """What became of a posted message. Every message reaches exactly one of these."""

    ROUTED = "routed"
    HELD = "held"  # a person decides where it goes
    NOT_A_REQUEST = "not_a_request"


class Status(StrEnum):
    """Where a ticket stands."""

    NEW = "new"
    ROUTED = "routed"
    ANSWERED = "answered"
    RESOLVED = "resolved"
    ESCALATED = "escalated"
    WITHDRAWN = "withdrawn"
    REOPENED = "reopened"


OPEN = (Status.NEW, Status.ROUTED, Status.ANSWERED, Status.ESCALATED, Status.REOPENED)


class DraftStatus(StrEnum):
    """Where a proposed reply stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    EDITED = "edited"  # approved with a person's own words
    REJECTED = "rejected"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"
    SENT = "sent"


class Autonomy(StrEnum):
    """How far Signalbox may go by itself for one category, action and tier."""

    SHADOW = "shadow"
    SUGGEST = "suggest"
    ACT = "act"


class Certainty(StrEnum):
    """How sure an engine says it is, in words, because models rate their guesses too high in numbers."""

    CLEAR = "clear"
    LIKELY = "likely"
    UNSURE = "unsure"


@dataclass(frozen=True)
class Category:
    """A kind of work, described in policy."""

    name: str
    title: str
    description: str
    examples: tuple[str, ...]
    queue: str
    priority: Priority
    channels: tuple[str, ...] = ()  # request channels it belongs to; empty means all


@dataclass(frozen=True)
class Example:
    """A message of which it is known what it is: from policy, or from a correction by the team.

    An empty category says only whether it was a request.
    """

    text: str
    category: str
    is_request: bool = True


@dataclass(frozen=True)
class Fact:
    """One thing we know, with where it came from and when that was true."""

    name: str
    value: str
    source: str
    as_of: datetime


@dataclass(frozen=True)
class Missing:
    """A source that could not be asked, named so that nobody takes silence for good news."""

    source: str
    why: str


@dataclass(frozen=True)
class Account:
    """A customer organisation."""

    id: str
    name: str
    tier: str
    segment: str
    owner: str


@dataclass(frozen=True)
class SimilarTicket:
    """A past ticket that asked much the same, and what was answered."""

    ticket_id: int
    text: str
    category: str
    reply: str
    score: float


@dataclass(frozen=True)
class Facts:
    """Everything gathered for one decision."""

    text: str
    channel: str
    requester: str
    trust: Trust
    now: datetime
    account: Account | None = None
    known: tuple[Fact, ...] = ()
    missing: tuple[Missing, ...] = ()
    thread: tuple[str, ...] = ()
    similar: tuple[SimilarTicket, ...] = ()
    files: tuple[str, ...] = ()
    people: tuple[
        str, ...
    ] = ()  # names that have an alias towards Claude, the requester's first; none: no aliases


@dataclass(frozen=True)
class Opinion:
    """One engine's judgement of one message, before code combines and checks it.

    `confidence` is calibrated: of all opinions with 0.9, about nine in ten should prove right. `fit` says how
    much the message looks like anything the engine has been taught (1) or like nothing it knows (0).
    """

    is_request: bool
    category: str
    runner_up: str | None
    priority: Priority
    sentiment: Sentiment
    language: str  # ISO 639-1, "und" when it cannot be told
    confidence: float
    fit: float
    certainty: Certainty
    summary: str
    because: str
    parts: tuple[str, ...] = ()  # where it hears several requests, the words of each


@dataclass(frozen=True)
class Usage:
    """What an answer cost: who gave it, how long it took, and how many tokens and dollars it used."""

    engine: str
    model: str
    prompt: str  # fingerprint of the prompt file; empty for the local engine
    milliseconds: float
    tokens_in: int = 0
    tokens_out: int = 0
    dollars: float = 0.0


@dataclass(frozen=True)
class Signals:
    """What speaks for a choice of category and what against it, kept so that their weights can be fitted later."""

    engine: str  # whose choice it is
    certainty: Certainty
    alone: float  # the probability that this certainty is worth by itself, before anything else is heard
    second: (
        float  # the other engine's confidence: above 0 in the same category, below 0 in another, 0 for none
    )
    alike: int  # same-meaning past messages that had this category
    unlike: int  # same-meaning past messages that had another


@dataclass(frozen=True)
class Triage:
    """The judgement a ticket is routed by."""

    is_request: bool
    category: str
    runner_up: str | None
    priority: Priority
    sentiment: Sentiment
    language: str
    confidence: float
    summary: str
    because: str
    engine: str  # whose words `because` and `summary` are
    note: str = ""  # why a better engine did not answer, in words for a card
    usage: tuple[Usage, ...] = ()
    signals: Signals | None = None  # what the confidence was made of; None where a person has to look anyway
    basis: str = ""  # fingerprint of the model, prompt and categories it was judged by
    threshold: float = 0.0  # below this confidence a person decides, as past decisions have shown
    parts: tuple[str, ...] = ()  # as Claude named them, and not checked yet
    fit: float = 1.0  # how much it looks like anything that the local engine has been taught


@dataclass(frozen=True)
class Article:
    """A page of the knowledge base, split into sections."""

    id: str
    title: str
    url: str
    updated: str
    audience: str  # "customer", "employee" or "all": who may be shown it
    sections: tuple[Section, ...]
    categories: tuple[str, ...] = ()  # kinds of request it was written for; empty means any


@dataclass(frozen=True)
class Section:
    """One headed part of an article, in plain text; steps are lines."""

    heading: str
    text: str


@dataclass(frozen=True)
class Passage:
    """A piece of an article that was found for a question. `score` is between 0 and 1."""

    article: str
    title: str
    url: str
    heading: str
    text: str
    score: float


@dataclass(frozen=True)
class Citation:
    """Where a sentence of a reply comes from."""

    article: str
    title: str
    url: str
    quote: str


@dataclass(frozen=True)
class Reply:
    """A proposed answer: plain text in paragraphs, with its citations. Empty text means there is none."""

    text: str
    citations: tuple[Citation, ...]
    grounded: bool
    because: str
    usage: Usage


@dataclass(frozen=True)
class Route:
    """Where a ticket goes, who answers for it, and by when; decided by rules only."""

    queue: str
    owner: str | None
    priority: Priority
    respond_by: datetime
    resolve_by: datetime
    held: bool
    because: str
    rules: tuple[str, ...] = field(default=())
