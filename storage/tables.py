"""The rows Signalbox remembers.

Nobody sees a row in Slack, but everything seen there can be rebuilt from these. Times are aware UTC. Ids of people
and channels are Slack's. A message's text is kept in `request`, `request_edit` and the receipts only.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from agents.words import DraftStatus, Outcome, Priority, Sentiment, Status
from storage.columns import Name, moment, perhaps


class Receipt(SQLModel, table=True):
    """Something Slack delivered, committed before it was acknowledged. `id` is the order of arrival."""

    __tablename__ = "receipt"
    __table_args__ = (Index("ix_receipt_thread_done_at", "thread", "done_at"),)
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    kind: str
    thread: str  # channel and thread it concerns: effects within it follow this order
    body: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    received_at: datetime = Field(sa_column=moment(index=True))
    done_at: datetime | None = Field(default=None, sa_column=perhaps())
    failed: str = ""  # reference id of the bug that stopped it
    kept_by: str = Field(default="", sa_column_kwargs={"server_default": ""})  # the process that sees to it
    signed: str = Field(default="", sa_column_kwargs={"server_default": ""})  # by HTTP, Slack's signature


class Request(SQLModel, table=True):
    """What a person posted in a request channel, as it was first seen; one row for each part of what was split."""

    __tablename__ = "request"
    __table_args__ = (UniqueConstraint("channel", "ts"),)
    id: int | None = Field(default=None, primary_key=True)
    team: str
    channel: str
    ts: str
    requester: str
    text: str = Field(sa_column=Column(Text, nullable=False))  # as it was posted
    wording: str = Field(sa_column=Column(Text, nullable=False))  # as it reads now; of a part, its own words
    files: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    posted_at: datetime = Field(sa_column=moment(index=True))
    outcome: Outcome | None = Field(default=None, sa_column=Column(Name(Outcome), nullable=True))
    because: str = ""
    deleted_at: datetime | None = Field(default=None, sa_column=perhaps())
    whole_id: int | None = Field(default=None, index=True)  # of a part: the row of its message's first part
    # Of a part: its whole message, as it reads now.
    whole: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))


class RequestEdit(SQLModel, table=True):
    """A later wording of a request."""

    __tablename__ = "request_edit"
    id: int | None = Field(default=None, primary_key=True)
    request_id: int = Field(foreign_key="request.id", index=True)
    text: str = Field(sa_column=Column(Text, nullable=False))
    at: datetime = Field(sa_column=moment())


class Ticket(SQLModel, table=True):
    """Our record of a request: where it stands, who answers for it, and by when."""

    __tablename__ = "ticket"
    __table_args__ = (Index("ix_ticket_status_respond_by", "status", "respond_by"),)
    id: int | None = Field(default=None, primary_key=True)
    request_id: int = Field(foreign_key="request.id", unique=True)
    channel: str = Field(index=True)
    thread_ts: str
    requester: str
    account_id: str = ""
    account_name: str = ""
    tier: str = ""
    category: str = ""
    runner_up: str = ""
    priority: Priority = Field(default=Priority.P3, sa_column=Column(Name(Priority), nullable=False))
    sentiment: Sentiment = Field(default=Sentiment.NEUTRAL, sa_column=Column(Name(Sentiment), nullable=False))
    language: str = "und"
    confidence: float = 0.0
    summary: str = Field(default="", sa_column=Column(Text, nullable=False))
    because: str = Field(default="", sa_column=Column(Text, nullable=False))
    facts: list[dict[str, str]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    engine: str = ""  # who judged: "claude" or "local"
    note: str = ""  # what was degraded, in words for the card
    missing: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    similar: list[int] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    no_draft: str = ""  # why there is no draft, in words for the card
    queue: str = Field(default="", index=True)
    owner: str = Field(default="", index=True)  # handle
    held: bool = False
    status: Status = Field(default=Status.NEW, sa_column=Column(Name(Status), nullable=False))
    respond_by: datetime | None = Field(default=None, sa_column=perhaps())
    resolve_by: datetime | None = Field(default=None, sa_column=perhaps())
    opened_at: datetime = Field(sa_column=moment(index=True))
    routed_at: datetime | None = Field(default=None, sa_column=perhaps())
    answered_at: datetime | None = Field(default=None, sa_column=perhaps())  # first substantive reply
    resolved_at: datetime | None = Field(default=None, sa_column=perhaps())  # last resolution
    escalated_at: datetime | None = Field(default=None, sa_column=perhaps())
    touched: bool = False  # a person clicked or wrote, so it was not resolved without touch
    moved_on_ts: str = ""  # the newest message of the requester's thread
    moves: int = 0
    link: str = ""  # address of the request
    card_channel: str = ""
    card_ts: str = ""
    card_link: str = ""
    incident_id: int | None = Field(default=None, index=True)  # the incident that it reports
    duplicate_of: int | None = None  # the ticket that asks the same in the same words


class Incident(SQLModel, table=True):
    """One thing that several tickets report."""

    __tablename__ = "incident"
    id: int | None = Field(default=None, primary_key=True)
    first_ticket_id: int = Field(unique=True)
    queue: str
    opened_at: datetime = Field(sa_column=moment(index=True))
    resolved_at: datetime | None = Field(default=None, sa_column=perhaps())
    resolved_by: str = ""
    card_channel: str = ""
    card_ts: str = ""
    card_link: str = ""


class TicketEvent(SQLModel, table=True):
    """One change of a ticket: who, what, when, why."""

    __tablename__ = "ticket_event"
    id: int | None = Field(default=None, primary_key=True)
    ticket_id: int = Field(foreign_key="ticket.id", index=True)
    what: str
    who: str  # a Slack id, or "signalbox"
    why: str = Field(default="", sa_column=Column(Text, nullable=False))
    at: datetime = Field(sa_column=moment(index=True))


class Draft(SQLModel, table=True):
    """A proposed reply."""

    __tablename__ = "draft"
    id: int | None = Field(default=None, primary_key=True)
    ticket_id: int = Field(foreign_key="ticket.id", index=True)
    text: str = Field(sa_column=Column(Text, nullable=False))
    citations: list[dict[str, str]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    status: DraftStatus = Field(
        default=DraftStatus.PROPOSED, sa_column=Column(Name(DraftStatus), nullable=False, index=True)
    )
    based_on_ts: str  # the newest message of the thread when it was written
    engine: str
    because: str = Field(default="", sa_column=Column(Text, nullable=False))
    at: datetime = Field(sa_column=moment())
    decided_by: str = ""
    decided_at: datetime | None = Field(default=None, sa_column=perhaps())
    reason: str = Field(default="", sa_column=Column(Text, nullable=False))
    original: str = Field(default="", sa_column=Column(Text, nullable=False))  # before a person's edit
    sent_ts: str = ""


class Decision(SQLModel, table=True):
    """Any recorded judgement, with all that is needed to ask later why it was made and what it cost."""

    __tablename__ = "decision"
    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(index=True)  # triage, reply, health …
    request_id: int | None = Field(default=None, foreign_key="request.id", index=True)
    ticket_id: int | None = Field(default=None, foreign_key="ticket.id", index=True)
    inputs_digest: str
    answer: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    because: str = Field(default="", sa_column=Column(Text, nullable=False))
    engine: str
    model: str
    prompt: str = ""  # fingerprint
    tokens_in: int = 0
    tokens_out: int = 0
    dollars: float = 0.0
    milliseconds: float = 0.0
    at: datetime = Field(sa_column=moment(index=True))


class Correction(SQLModel, table=True):
    """What a judgement should have been, said by a person."""

    __tablename__ = "correction"
    id: int | None = Field(default=None, primary_key=True)
    ticket_id: int = Field(foreign_key="ticket.id", index=True)
    field: str  # queue, category, placed, priority, is_request, reply
    was: str = Field(sa_column=Column(Text, nullable=False))
    should_be: str = Field(sa_column=Column(Text, nullable=False))
    by: str
    why: str = Field(default="", sa_column=Column(Text, nullable=False))
    at: datetime = Field(sa_column=moment(index=True))
    undone_at: datetime | None = Field(default=None, sa_column=perhaps())  # it teaches nothing any more
    undone_by: str = Field(default="", sa_column_kwargs={"server_default": ""})


class Feedback(SQLModel, table=True):
    """The requester's thumb on a reply. The last press counts."""

    __tablename__ = "feedback"
    __table_args__ = (UniqueConstraint("ticket_id", "person"),)
    id: int | None = Field(default=None, primary_key=True)
    ticket_id: int = Field(foreign_key="ticket.id")
    person: str
    good: bool
    at: datetime = Field(sa_column=moment(index=True))


class Post(SQLModel, table=True):
    """The intent to post one message, written before the call, so that it is never posted twice."""

    __tablename__ = "post"
    key: str = Field(primary_key=True)
    channel: str
    thread_ts: str = ""
    ts: str = ""  # empty while nobody knows whether Slack has it
    at: datetime = Field(sa_column=moment(index=True))
    claimed_by: str = ""  # the process that may post it, and until when nobody else may
    claimed_until: datetime = Field(sa_column=moment())


class Done(SQLModel, table=True):
    """A change of rows that was made for one step of one flow, committed together with that change."""

    __tablename__ = "done"
    key: str = Field(primary_key=True)
    result: Any = Field(default=None, sa_column=Column(JSON, nullable=True))
    at: datetime = Field(sa_column=moment(index=True))


class Beat(SQLModel, table=True):
    """A process that is alive."""

    __tablename__ = "beat"
    executor: str = Field(primary_key=True)
    at: datetime = Field(sa_column=moment())


class Bucket(SQLModel, table=True):
    """When one of Slack's limits is as if nothing had been done yet; replicas share it."""

    __tablename__ = "bucket"
    name: str = Field(primary_key=True)
    full_at: datetime = Field(sa_column=moment())
