"""Routing by rules: which queue, which owner, and by when.

People see it as the team channel a card appears in, the person it names and the two deadlines. The model's
judgement is an input here and never the decision: rules come from policy, first match wins, and the reason of the
rule that matched is printed on the card.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any

import cel
from pydantic import GetCoreSchemaHandler
from pydantic_core import core_schema

from agents.languages import unread
from agents.words import Facts, Priority, Route, Triage

if TYPE_CHECKING:
    from agents.policy import Policy, Queue, TriagePolicy

# What a rule may speak of, with a value of the right type to try it on.
NAMES: Mapping[str, Any] = {
    "category": "",
    "priority": "P3",
    "sentiment": "neutral",
    "tier": "",
    "segment": "",
    "amount": 0.0,
    "trust": "member",
    "channel": "",
    "hour_open": True,
    "customer": "",
}
_KEYS = ("name", "when", "queue", "priority", "owner", "because")


@dataclass(frozen=True)
class Rule:
    """One `[[routes]]` entry of policy: when its expression holds, its queue (and owner) are taken."""

    name: str
    when: str
    because: str
    queue: str | None = None
    priority: Priority | None = None
    owner: str | None = None
    program: cel.Program = field(default=None, repr=False, compare=False)  # type: ignore[assignment]

    @classmethod
    def parse(cls, table: Any) -> Rule:
        """Build a rule from its table and try it once, so that a typo is found at start. Raises ValueError."""
        if isinstance(table, Rule):
            return table
        if unknown := set(table) - set(_KEYS):
            raise ValueError(f"unknown key {sorted(unknown)[0]!r}; known are {', '.join(_KEYS)}")
        for key in ("name", "when", "because"):
            if not table.get(key):
                raise ValueError(f"a route needs {key!r}")
        if not table.get("queue") and not table.get("priority") and not table.get("owner"):
            raise ValueError("a route that changes nothing: give it a queue, a priority or an owner")
        try:
            program = cel.compile(table["when"])
        except ValueError as wrong:
            raise ValueError(f"'when' cannot be read: {wrong}") from None
        if strange := sorted(set(program.variables()) - set(NAMES)):
            raise ValueError(f"'when' speaks of {strange[0]!r}, which is not one of {', '.join(NAMES)}")
        try:
            answer = program.execute(dict(NAMES))
        except (RuntimeError, TypeError, ValueError) as wrong:
            raise ValueError(f"'when' cannot be worked out: {wrong}") from None
        if not isinstance(answer, bool):
            raise ValueError(f"'when' must be true or false, but gives {answer!r}")
        try:
            priority = Priority(table["priority"]) if table.get("priority") else None
        except ValueError:
            raise ValueError(f"{table['priority']!r} is not a priority; they are P1 to P4") from None
        return cls(
            table["name"],
            table["when"],
            table["because"],
            table.get("queue"),
            priority,
            table.get("owner"),
            program,
        )

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(cls.parse)

    def holds(self, names: Mapping[str, Any]) -> bool:
        """Say whether the expression is true of these names (the keys of NAMES)."""
        return bool(self.program.execute(dict(names)))


@dataclass(frozen=True)
class Load:
    """How busy a queue's people are: open tickets by handle, and who was given the last one."""

    open: Mapping[str, int]
    last: str | None = None


def route(
    triage: Triage, facts: Facts, policy: Policy, loads: Mapping[str, Load], amount: float, now: datetime
) -> Route:
    """Decide queue, owner and deadlines of a ticket.

    `loads` holds a Load for every queue by name, `amount` is the largest sum of money in the text (0.0 if none).
    A judgement below the floor, or below what past decisions have shown to be safe, or of a language that whoever
    judged cannot read, is held: it goes to the hold queue, whose people see both candidates.
    """
    category = policy.categories[triage.category]
    queue, priority, owner, because, rules = category.queue, triage.priority, None, "", []
    hours = policy.hours[policy.slas[policy.queues[queue].sla].hours]
    names = {
        "category": triage.category,
        "priority": triage.priority.value,
        "sentiment": triage.sentiment.value,
        "tier": facts.account.tier if facts.account else "",
        "segment": facts.account.segment if facts.account else "",
        "amount": float(amount),
        "trust": facts.trust.value,
        "channel": facts.channel,
        "hour_open": hours.open_at(now),
        "customer": facts.account.name if facts.account else "",
    }
    strange = unread(triage.language, triage.engine, policy.languages())
    held = bool(strange) or is_unsure(triage, policy.triage.floor)
    if held:
        queue = policy.triage.hold_queue
        # What it is about is a guess, and so is an urgency that follows from that: nobody is woken for a guess.
        priority = max(priority, Priority.P2)
        because = f"Held for a person: {strange or _why_held(triage, policy.triage) + '.'}"
    elif rule := next((rule for rule in policy.routes if rule.holds(names)), None):
        queue, owner, because = rule.queue or queue, rule.owner, rule.because
        # A rule may make a ticket more urgent than the judgement did, never less.
        priority = min(priority, rule.priority or priority)
        rules.append(rule.name)
    else:
        because = f"{category.title} goes to {policy.queues[queue].title}."
    chosen = policy.queues[queue]
    return Route(
        queue=queue,
        owner=owner or next_owner(chosen, loads.get(queue, Load({})), now),
        priority=priority,
        respond_by=due(policy, queue, priority, "respond", now),
        resolve_by=due(policy, queue, priority, "resolve", now),
        held=held,
        because=because,
        rules=tuple(rules),
    )


def is_unsure(triage: Triage, floor: float) -> bool:
    """Say whether a judgement is less sure than policy's floor, or than past decisions ask for."""
    return triage.confidence < max(floor, triage.threshold)


def _why_held(triage: Triage, rules: TriagePolicy) -> str:
    floor = rules.floor
    if triage.threshold > 1.0 and rules.until_proven == "hold":
        return f"its judgements have not proven yet that {rules.target:.0%} of them are right"
    if triage.threshold > 1.0:
        return "too many judgements like this one were corrected lately"
    if triage.threshold > floor:
        return f"{triage.confidence:.0%} sure, below the {triage.threshold:.0%} that past corrections ask for"
    return f"{triage.confidence:.0%} sure, below the floor of {floor:.0%}"


def due(policy: Policy, queue: str, priority: Priority, what: str, since: datetime) -> datetime:
    """Return when the first reply ("respond") or the resolution ("resolve") is due, in the queue's own hours."""
    sla = policy.slas[policy.queues[queue].sla]
    return policy.hours[sla.hours].add(since, getattr(sla.promise(priority), what))


def next_owner(queue: Queue, load: Load, now: datetime) -> str:
    """Return the handle of the person who gets the next ticket of this queue."""
    if queue.assign == "on_call" and queue.on_call:
        start = datetime.combine(queue.on_call.since, time.min, UTC)
        turn = (now - start) // queue.on_call.every
        return queue.on_call.people[turn % len(queue.on_call.people)]
    if queue.assign == "round_robin":
        after = queue.owners.index(load.last) + 1 if load.last in queue.owners else 0
        return queue.owners[after % len(queue.owners)]
    # Ties go to whoever policy names first, so that two replicas choose alike.
    return min(queue.owners, key=lambda handle: load.open.get(handle, 0))
