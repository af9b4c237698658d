"""The policy as values: channels, queues, categories, hours, promises and limits of one company.

People meet it as the queue a card lands in, the owner it names and the time it promises. This module holds the
shape and what a value can check by itself; reading `signalbox.toml`, and saying where in it a mistake is, belongs
to `bot/policy.py`.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from agents.hours import Hours, parse_duration
from agents.incidents import Rules
from agents.languages import taught
from agents.routing import Rule
from agents.words import Autonomy, Category, Priority

Span = Annotated[timedelta, BeforeValidator(parse_duration)]


class Value(BaseModel):
    """A frozen value that refuses keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Company(Value):
    name: str
    timezone: str
    currency: str = "USD"
    domains: tuple[str, ...] = ()


class Promise(Value):
    """How soon a first reply and a resolution are due, in business time."""

    respond: Span
    resolve: Span

    @model_validator(mode="after")
    def _in_order(self) -> Promise:
        if self.respond > self.resolve:
            raise ValueError("'respond' is longer than 'resolve'; a ticket is answered before it is resolved")
        return self


class Sla(Value):
    hours: str
    P1: Promise
    P2: Promise
    P3: Promise
    P4: Promise

    def promise(self, priority: Priority) -> Promise:
        """Return what is promised for this priority."""
        promise: Promise = getattr(self, priority.value)
        return promise


class RequestChannel(Value):
    audience: Literal["customer", "employee"]
    categories: tuple[str, ...] = Field(min_length=1)
    greeting: bool = True


class OnCall(Value):
    people: tuple[str, ...] = Field(min_length=1)
    since: date
    every: Annotated[timedelta, BeforeValidator(lambda text: parse_duration(text, day=timedelta(days=1)))]


class Queue(Value):
    title: str
    channel: str
    owners: tuple[str, ...] = Field(min_length=1)
    assign: Literal["round_robin", "least_loaded", "on_call"] = "least_loaded"
    on_call: OnCall | None = None
    sla: str
    escalate_to: tuple[str, ...] = ()
    approvers: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _rotation_is_named(self) -> Queue:
        if (self.assign == "on_call") != (self.on_call is not None):
            raise ValueError("'on_call' and assign = \"on_call\" belong together: give both or neither")
        return self

    def may_answer(self, handle: str) -> bool:
        """Say whether this person may approve, edit or reject a draft of this queue."""
        return handle in {*self.owners, *self.approvers, *self.escalate_to}


class CategoryPolicy(Value):
    title: str
    description: str
    queue: str
    priority: Priority = Priority.P3
    examples: tuple[str, ...] = Field(min_length=3)
    autonomy: Autonomy = Autonomy.SUGGEST


class TriagePolicy(Value):
    floor: float = Field(default=0.6, ge=0.0, le=1.0)
    target: float = Field(default=0.95, ge=0.5, le=0.995)
    until_proven: Literal["route", "hold"] = (
        "route"  # what is done from the floor on while the target is not proven
    )
    hold_queue: str
    chatter_examples: tuple[str, ...] = Field(min_length=10)


class AccountsSource(Value):
    kind: Literal["csv", "sql"]
    folder: str = ""
    url: str = ""

    @model_validator(mode="after")
    def _has_a_place(self) -> AccountsSource:
        if self.kind == "csv" and not self.folder:
            raise ValueError('kind = "csv" needs folder = "…"')
        if self.kind == "sql" and not self.url:
            raise ValueError('kind = "sql" needs url = "…", a database address such as "sqlite:///crm.db"')
        return self


class KnowledgeSource(Value):
    folder: str
    base_url: str = "https://help.example.com/articles/"


class Sources(Value):
    accounts: AccountsSource | None = None
    knowledge: KnowledgeSource | None = None


class Cadence(Value):
    cron: str
    timezone: str
    channel: str


class HealthCadence(Cadence):
    usage_drop: float = Field(default=0.40, gt=0.0, lt=1.0)
    window_days: int = Field(default=14, ge=7, le=90)
    failed_payments: int = Field(default=2, ge=1)


class DriftCadence(Value):
    """When to look for change, whom to tell of it, and how many requests are a new kind."""

    cron: str
    timezone: str
    channel: str = ""  # for what concerns no single team; if not given, where held requests go
    owner: str = ""  # of the hold queue, who is told; if not given, its first
    requests: int = Field(default=5, ge=3)
    people: int = Field(default=3, ge=1)


class Cadences(Value):
    morning_summary: Cadence | None = None
    drift: DriftCadence | None = None
    account_health: HealthCadence | None = None


class AuditPolicy(Value):
    """Who judges a sample of last week's decisions without seeing them, how many of them, and when."""

    people: tuple[str, ...] = ()  # handles; if not given, everybody on the staff who sees it in `channel`
    channel: str = ""  # where the result goes, and the sample if no people are named
    cases: int = Field(default=20, ge=1, le=200)
    weekday: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"] = "mon"
    hour: int = Field(default=9, ge=0, le=23)
    timezone: str = ""  # the company's, if not given
    days: int = Field(default=5, ge=1, le=7)  # how long people have
    request_channels: tuple[str, ...] = ()  # whose requests are audited; empty means all

    @model_validator(mode="after")
    def _has_auditors(self) -> AuditPolicy:
        if not self.people and not self.channel:
            raise ValueError('nobody would audit: give people = ["…"], or a channel whose staff does')
        return self

    @property
    def cron(self) -> str:
        """When a sample is drawn, as a schedule."""
        return f"0 {self.hour} * * {self.weekday}"


class Models(Value):
    triage: str = "claude-haiku-5-5"
    draft: str = "claude-sonnet-5-5"
    daily_budget_usd: float = Field(default=10.0, ge=0.0)


class Retention(Value):
    """After how many days what is done with is forgotten."""

    # Slack repeats a delivery within hours, and after a long outage within a day.
    receipts_days: int = Field(default=30, ge=3)
    decisions_days: int = Field(default=400, ge=7)
    tickets_days: int = Field(default=1100, ge=7)


class IncidentsPolicy(Value):
    """When several reports are one incident."""

    reports: int = Field(default=3, ge=1)  # other customers, or colleagues, that report it too
    window: Span = timedelta(hours=1)
    likeness: float = Field(default=0.55, gt=0.0, le=1.0)
    categories: tuple[str, ...] = ()  # empty means those whose own priority is P1


class Privacy(Value):
    """What models outside the company are told about people."""

    alias_people: bool = (
        True  # towards Claude people are `person_1`, and their addresses and numbers likewise
    )


class Policy(Value):
    """Everything a company decides about how its requests are handled."""

    company: Company
    hours: dict[str, Hours]
    slas: dict[str, Sla]
    request_channels: dict[str, RequestChannel] = Field(min_length=1)
    queues: dict[str, Queue] = Field(min_length=1)
    categories: dict[str, CategoryPolicy] = Field(min_length=2)
    routes: tuple[Rule, ...] = ()
    triage: TriagePolicy
    sources: Sources = Sources()
    cadences: Cadences = Cadences()
    audit: AuditPolicy | None = None
    models: Models = Models()
    retention: Retention = Retention()
    incidents: IncidentsPolicy = IncidentsPolicy()
    privacy: Privacy = Privacy()

    @property
    def hold(self) -> Queue:
        """The queue of those who place what is unclear."""
        return self.queues[self.triage.hold_queue]

    def category(self, name: str) -> Category:
        """Return the category of this name as the engines take it."""
        one = self.categories[name]
        channels = tuple(c for c, channel in self.request_channels.items() if name in channel.categories)
        return Category(
            name, one.title, one.description, one.examples, one.queue, one.priority, channels=channels
        )

    def categories_of(self, channel: str) -> tuple[Category, ...]:
        """Return the categories that may be chosen in a request channel, in the order policy gives them."""
        return tuple(self.category(name) for name in self.request_channels[channel].categories)

    def incident_rules(self) -> Rules:
        """Return when reports are one incident, as the rule takes it."""
        outages = frozenset(name for name, one in self.categories.items() if one.priority == Priority.P1)
        chosen = frozenset(self.incidents.categories) or outages
        return Rules(self.incidents.reports, self.incidents.likeness, chosen, outages)

    def languages(self) -> frozenset[str]:
        """Return the languages (ISO 639-1) that the local engine is taught with."""
        return taught(tuple(text for category in self.categories.values() for text in category.examples))

    def people(self) -> frozenset[str]:
        """Return every handle that policy names."""
        named: set[str] = set()
        for queue in self.queues.values():
            named |= {*queue.owners, *queue.approvers, *queue.escalate_to}
            named |= set(queue.on_call.people if queue.on_call else ())
        return frozenset(named | {rule.owner for rule in self.routes if rule.owner})

    def channels(self) -> frozenset[str]:
        """Return the name of every channel that policy reads from or posts to."""
        named = {*self.request_channels, *(queue.channel for queue in self.queues.values())}
        for cadence in (self.cadences.morning_summary, self.cadences.drift, self.cadences.account_health):
            named |= {cadence.channel} if cadence and cadence.channel else set()
        named |= {self.audit.channel} if self.audit and self.audit.channel else set()
        return frozenset(named)

    def is_staff(self, handle: str) -> bool:
        """Say whether this person answers requests for any queue."""
        return handle in self.people()
