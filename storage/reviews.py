"""The rows of what looks back or ahead: backtests, alerts, findings of the weekly look, adopted categories, audits."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.columns import moment, perhaps


class Backtest(SQLModel, table=True):
    """A change that was replayed over past requests, and what came of it."""

    __tablename__ = "backtest"
    id: int | None = Field(default=None, primary_key=True)
    kind: str  # policy, prompt, model
    before: str  # fingerprints
    after: str = Field(index=True)
    replayed: int
    changed: int
    better: int  # by corrections and by what was left as it was, together
    worse: int
    dollars: float
    by: str  # who ran it, as their machine calls them
    at: datetime = Field(sa_column=moment(index=True))


class Alert(SQLModel, table=True):
    """A signal that was brought to an owner."""

    __tablename__ = "alert"
    __table_args__ = (UniqueConstraint("account_id", "signal", "window"),)
    id: int | None = Field(default=None, primary_key=True)
    account_id: str
    signal: str
    window: str  # the period it stands for, so that one decline alerts once
    owner: str
    evidence: str = Field(sa_column=Column(Text, nullable=False))
    act_by: datetime = Field(sa_column=moment())
    at: datetime = Field(sa_column=moment(index=True))


class Finding(SQLModel, table=True):
    """A change in what comes in or in how well it is judged, which somebody is told of once."""

    __tablename__ = "finding"
    __table_args__ = (UniqueConstraint("kind", "about", "until"),)
    id: int | None = Field(default=None, primary_key=True)
    kind: str  # mix, failing, calibration, cluster
    about: str  # a category, an engine, or the first ticket of a group
    until: datetime = Field(sa_column=moment())  # the end of the week that it was found in
    queue: str  # whose channel it is told in
    evidence: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    at: datetime = Field(sa_column=moment(index=True))
    verdict: str = ""  # of a proposed category: "adopted" or "not now"
    decided_by: str = ""
    decided_at: datetime | None = Field(default=None, sa_column=perhaps())
    channel: str = ""
    ts: str = ""


class Adoption(SQLModel, table=True):
    """A category that a person adopted with a button."""

    __tablename__ = "adoption"
    id: int | None = Field(default=None, primary_key=True)
    finding_id: int = Field(foreign_key="finding.id", unique=True)
    name: str
    standing: str | None = Field(default=None, unique=True)  # its name, for as long as it is judged by
    title: str
    description: str = Field(sa_column=Column(Text, nullable=False))
    queue: str
    channels: list[str] = Field(sa_column=Column(JSON, nullable=False))
    examples: list[str] = Field(sa_column=Column(JSON, nullable=False))
    by: str
    at: datetime = Field(sa_column=moment())
    ended_by: str = ""  # a Slack id, or "policy" when the file took over
    ended_at: datetime | None = Field(default=None, sa_column=perhaps())


class Audit(SQLModel, table=True):
    """A blind sample of the decisions of a week, and what came of it."""

    __tablename__ = "audit"
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)  # the slot or the command that it was drawn for
    by: str = ""  # a Slack id; empty when it was drawn by the clock
    since: datetime = Field(sa_column=moment())
    until: datetime = Field(sa_column=moment())
    population: int  # decisions that it was drawn from
    seed: int  # with which the same decisions give the same sample
    at: datetime = Field(sa_column=moment(index=True))
    ends_at: datetime = Field(sa_column=moment())
    ended_at: datetime | None = Field(default=None, sa_column=perhaps())
    channel: str = ""  # of the result
    ts: str = ""
    second: str = ""  # where the second opinion stands: "", sending, asked, came, none
    second_why: str = ""  # why there is none, in words for the result
    batch: str = ""  # Claude's id of what was asked


class AuditCase(SQLModel, table=True):
    """One decision of a sample, and what a person said of it without knowing it. "talk" stands for no request."""

    __tablename__ = "audit_case"
    id: int | None = Field(default=None, primary_key=True)
    audit_id: int = Field(foreign_key="audit.id", index=True)
    request_id: int | None = Field(default=None, foreign_key="request.id", unique=True)
    ticket_id: int | None = Field(default=None, foreign_key="ticket.id", index=True)
    decision_id: int = Field(index=True)
    engine: str
    decided: str  # a category, or "talk"
    decided_priority: str = ""
    account: str = ""
    tier: str = ""
    verdict: str = ""  # given, cannot tell, gone
    said: str = ""
    said_priority: str = ""
    by: str = ""
    at: datetime | None = Field(default=None, sa_column=perhaps())
    second: str = ""  # what the second opinion says it is
