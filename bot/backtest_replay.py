"""Replaying past requests: what was known then is put together from rows, judged, and routed by rules.

Nobody is asked about customers or knowledge again, and the time of a request is the time of its message, so the same
rows give the same result. What is deliberately not brought back: earlier answers to similar questions, and examples
from corrections; a judge who has seen what was corrected afterwards would look better than it is.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from agents import backtest
from agents.backtest import Outcome, Replayed
from agents.claude_answers import Answer
from agents.engines import Engines, Local, Remote
from agents.intake import LONGEST, shorten
from agents.local.cues.mentions import largest_amount
from agents.policy import Policy
from agents.routing import route
from agents.triage import judge
from agents.words import (
    Account,
    Category,
    Example,
    Fact,
    Facts,
    Missing,
    Opinion,
    Passage,
    Priority,
    Reply,
    Sentiment,
    Status,
    Triage,
)
from handlers.desk import Desk
from handlers.facts import readable
from storage import decisions
from storage.backtests import KIND, Case
from storage.database import Database
from storage.tables import Ticket

AT_ONCE = 4  # questions to Claude; a running bot wants its share
_SHORT = 80  # characters of a request that are shown
_SETTLED = (Status.ANSWERED, Status.RESOLVED)


@dataclass(frozen=True)
class Asked:
    """A past request as it was asked, and where it stands."""

    case: Case
    facts: Facts


@dataclass
class Sorted:
    """What can be replayed, and how many were left out for which reason."""

    asked: list[Asked] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


async def gathered(
    desk: Desk,
    cases: Sequence[Case],
    corrections: dict[int, dict[str, str]],
    policies: Sequence[Policy],
    routing: Sequence[Policy],
) -> Sorted:
    """Return the requests that can be replayed under all of these policies.

    Those of `routing` route what was judged then, so they have to know the category of it.
    """
    made = Sorted()
    for case in cases:
        facts = await facts_of(desk, case)
        if why := _unfit(case, facts, corrections.get(case.ticket.id or 0, {}), policies, routing):
            made.left_out[why] += 1
        else:
            made.asked.append(Asked(case, facts))
    return made


def _unfit(
    case: Case,
    facts: Facts,
    said: dict[str, str],
    policies: Sequence[Policy],
    routing: Sequence[Policy],
) -> str:
    """Return why a request cannot be replayed; empty when it can."""
    if case.request.deleted_at:
        return "their message was deleted"
    if said.get("is_request") == "no":
        return "a person said that they were no requests"
    if any(facts.channel not in policy.request_channels for policy in policies):
        return "their channel is not watched, or I cannot see it"
    if any(case.answer["category"] not in policy.categories for policy in routing):
        return "policy does not have their category"
    return ""


async def facts_of(desk: Desk, case: Case) -> Facts:
    """Return what was known of a request when it was judged, as far as it was kept."""
    request, ticket, at = case.request, case.ticket, case.request.posted_at
    person = await desk.directory.person(request.requester)
    return Facts(
        text=shorten(readable(desk, request.wording), LONGEST),
        channel=desk.directory.channel_name(request.channel),
        requester=person.name,
        trust=person.trust,
        now=at,
        account=_account(ticket),
        known=tuple(Fact(fact["name"], fact["value"], fact["source"], at) for fact in ticket.facts),
        missing=tuple(Missing(*_halves(each)) for each in ticket.missing),
        files=tuple(request.files),
    )


def _account(ticket: Ticket) -> Account | None:
    if not ticket.account_id:
        return None
    plan = next((fact["value"] for fact in ticket.facts if fact["name"] == "Plan"), "")
    # The segment is kept as part of a fact only: "pro, mid-market".
    segment = plan.removeprefix(f"{ticket.tier}, ") if plan.startswith(f"{ticket.tier}, ") else ""
    return Account(ticket.account_id, ticket.account_name, ticket.tier, segment, "")


def _halves(missing: str) -> tuple[str, str]:
    source, _, why = missing.partition(": ")
    return source, why


def kept(case: Case) -> Triage:
    """Return the judgement that was made then, before rules."""
    answer, ticket = case.answer, case.ticket
    return Triage(
        is_request=True,
        category=answer["category"],
        runner_up=answer.get("runner_up"),
        priority=Priority(answer.get("judged") or answer["priority"]),
        sentiment=Sentiment(answer["sentiment"]),
        language=ticket.language,
        confidence=float(answer["confidence"]),
        summary="",
        because="",
        engine="claude" if case.judge else "local",
    )


def routed(triage: Triage, facts: Facts, policy: Policy) -> Outcome:
    """Return where this policy sends a request that was judged so."""
    chosen = route(triage, facts, policy, {}, largest_amount(facts.text), facts.now)
    return Outcome(chosen.queue, triage.category, chosen.priority, chosen.held)


def compared(asked: Asked, before: Outcome, after: Outcome, said: dict[str, str]) -> Replayed:
    """Return a request with both outcomes and with what would have been right."""
    ticket = asked.case.ticket
    stands = Outcome(ticket.queue, ticket.category, ticket.priority, ticket.held)
    # An escalated or reopened ticket is no proof that it was well where it was.
    was_left = ticket.status in _SETTLED and ticket.escalated_at is None
    truth = backtest.truth(stands, said, was_left)
    text = shorten(" ".join(asked.facts.text.split()), _SHORT)
    return Replayed(ticket.id or 0, text, before, after, truth, ticket.link)


async def by_local(local: Local, asked: Sequence[Asked], policy: Policy) -> list[Triage]:
    """Let the local engine judge all of these by itself."""
    engines = Engines(local)
    return [await judge(each.facts, policy.categories_of(each.facts.channel), (), engines) for each in asked]


@dataclass
class Paying:
    """Claude during a replay: every answer is paid for from the day's budget, and the budget's end ends the replay."""

    engine: Remote
    db: Database
    now: Callable[[], datetime]
    calls: int = 0
    dollars: float = 0.0
    over_budget: str = ""  # in words, once it is used up

    async def opinion(
        self, facts: Facts, categories: Sequence[Category], examples: Sequence[Example]
    ) -> Answer[Opinion]:
        """Ask, and write down what it cost."""
        answer = await self.engine.opinion(facts, categories, examples)
        if answer.why and answer.why.kind == "over_budget":
            self.over_budget = answer.why.detail
        if answer.usage:
            self.calls += 1
            self.dollars += answer.usage.dollars
            async with self.db.begin() as session:
                decisions.record(
                    session,
                    KIND,
                    answer.usage,
                    self.now(),
                    inputs_digest=decisions.digest(facts.text, facts.channel, facts.account, facts.known),
                    answer={},
                    because="asked by a backtest",
                )
        return answer

    async def reply(self, facts: Facts, passages: Sequence[Passage]) -> Answer[Reply]:
        """Refuse: nothing is drafted in a replay."""
        raise AssertionError("a replay drafts nothing")


async def by_claude(
    local: Local, claude: Paying, asked: Sequence[Asked], policy: Policy
) -> list[Triage | None]:
    """Ask Claude about all of these, a few at a time, with the local engine's second opinion as in earnest.

    A request is None when Claude did not answer, or the budget was used up before its turn.
    """
    engines, room = Engines(local, claude), asyncio.Semaphore(AT_ONCE)

    async def one(each: Asked) -> Triage | None:
        async with room:
            if claude.over_budget:
                return None
            categories = policy.categories_of(each.facts.channel)
            judged = await judge(each.facts, categories, (), engines)
            return judged if judged.engine != "local" else None

    waiting: list[Awaitable[Triage | None]] = [one(each) for each in asked]
    return list(await asyncio.gather(*waiting))
