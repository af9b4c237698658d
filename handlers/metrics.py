"""`/signalbox`: figures, queues, the summary and account health for whoever asks; only they see the answer.

Staff may ask for everything. What a ticket is about is shown only to people of its queue, because some queues
are confidential; everybody else on the staff sees number, owner and deadline. Others are told where to ask, and
are offered no command that would refuse them.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from slack_bolt.async_app import AsyncApp

from agents import metrics
from agents.policy import Policy
from agents.words import Trust
from handlers import adoption, audit, audit_result, confidence, health, standup
from handlers.cards import metrics as cards
from handlers.desk import Desk, Run
from handlers.directory import Person
from handlers.errors import Refusal
from handlers.presses import answer_command
from storage import numbers, tickets
from storage.tables import Ticket

COMMAND = "/signalbox"
_WORDS = ("metrics", "queue", "summary", "health", "audit", "help")
_PERIODS = {"7d": "last 7 days", "30d": "last 30 days", "today": "today"}
_SHOWN = 20

Answer = tuple[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Asked:
    """What somebody wants to know: one of the command's words and what it is about, or a hint for help."""

    word: str
    about: str = ""
    hint: str = ""


def register(app: AsyncApp) -> None:
    """List what this file answers to."""
    app.command(COMMAND)(on_command)


async def on_command(body: dict[str, Any], desk: Desk, run: Run) -> None:
    """Answer the command, for the eyes of whoever gave it."""
    asked = understood(body.get("text", ""), desk.policy)
    if asked.word == "audit":
        await audit.on_command(body, desk, run, asked.about)
        return
    await run.step("answer", _answer, desk, asked, body)


def understood(text: str, policy: Policy) -> Asked:
    """Return what a command's text asks for; what is not understood becomes help with a "did you mean"."""
    word, _, rest = text.strip().lower().partition(" ")
    about = rest.strip().lstrip("#")
    match word:
        case "" | "help":
            return Asked("help")
        case "metrics":
            if about in ("", *_PERIODS):
                return Asked("metrics", about or "7d")
            return Asked("help", hint=_hint(f"metrics {about}", [f"metrics {p}" for p in _PERIODS]))
        case "queue":
            name = _queue_named(about, policy)
            if name is not None:
                return Asked("queue", name)
            return Asked(
                "help", hint=_hint(f"queue {about}", [f"queue {q}" for q in ("mine", *policy.queues)])
            )
        case "summary" | "health":
            return Asked(word)
        case "audit":
            if about in ("", "now"):
                return Asked(word, about)
            return Asked("help", hint=_hint(f"audit {about}", ["audit now"]))
        case _:
            return Asked("help", hint=_hint(word, _WORDS))


def _queue_named(about: str, policy: Policy) -> str | None:
    if about in ("", "mine", *policy.queues):
        return about
    return next((name for name, queue in policy.queues.items() if queue.title.lower() == about), None)


def _hint(said: str, known: tuple[str, ...] | list[str]) -> str:
    close = difflib.get_close_matches(said, known, 1, cutoff=0.5)
    return f"I do not know “{said[:60]}”." + (f" Did you mean “{close[0]}”?" if close else "")


async def _answer(desk: Desk, asked: Asked, body: dict[str, Any]) -> None:
    by = body["user_id"]
    person = await desk.directory.today(by, desk.now())
    if desk.policy.is_staff(person.authority):
        text, blocks = await _answered(desk, asked, person.authority)
    elif asked.word == "help":
        text, blocks = cards.how_to_ask(list(may_ask_in(desk, person).values()))
    else:
        raise Refusal(
            "Only people who answer requests can see this. Your own requests are on the app's Home tab."
        )
    await answer_command(desk, body, text, blocks)


def may_ask_in(desk: Desk, person: Person) -> dict[str, str]:
    """Return the ids of the request channels a person may ask in, by name; employees' are for employees only."""
    employee = _is_employee(desk.policy, person)
    found = {}
    for name, channel in desk.policy.request_channels.items():
        id = desk.directory.channel_id(name)
        if id and (employee or channel.audience == "customer"):
            found[name] = id
    return found


def _is_employee(policy: Policy, person: Person) -> bool:
    # Customers can be full members of the workspace, and then only their address tells them from employees.
    domains = {domain.lower() for domain in policy.company.domains}
    domain = person.email.strip().lower().rpartition("@")[2]
    return person.trust is Trust.MEMBER and (not domains or domain in domains)


async def _answered(desk: Desk, asked: Asked, handle: str) -> Answer:
    match asked.word:
        case "metrics":
            return await _figures(desk, asked.about)
        case "queue":
            return await _queue(desk, asked.about, handle)
        case "summary":
            return await standup.composed(desk)
        case "health":
            return await health.listed(desk)
        case _:
            return cards.help(asked.hint, next(iter(desk.policy.queues)))


async def _figures(desk: Desk, period: str) -> Answer:
    now = desk.now()
    found = await figures(desk, _since(period, now, desk.policy.company.timezone), now)
    titles = {name: category.title for name, category in desk.policy.categories.items()}
    said = [*await confidence.lines(desk), *await adoption.lines(desk)]
    return cards.figures(found, _PERIODS[period], titles, said)


def _since(period: str, now: datetime, timezone: str) -> datetime:
    if period == "today":
        return datetime.combine(now.astimezone(ZoneInfo(timezone)).date(), time.min, ZoneInfo(timezone))
    return now - timedelta(days=int(period.removesuffix("d")))


async def figures(desk: Desk, since: datetime, now: datetime) -> metrics.Figures:
    """Return the figures from a time until now; decision quality is that of the last audits, if there are any."""
    until = now + timedelta(seconds=1)  # what happened this very moment counts too
    async with desk.db.begin() as session:
        found = await numbers.ticket_figures(session, since, until)
        drafts = await numbers.draft_figures(session, since, until)
    figures = metrics.figures(found, drafts, now)
    return replace(figures, quality=await audit_result.quality(desk) or figures.quality)


async def _queue(desk: Desk, name: str, handle: str) -> Answer:
    policy, now = desk.policy, desk.now()
    mine = [queue for queue, rules in policy.queues.items() if rules.may_answer(handle)]
    async with desk.db.begin() as session:
        if name == "mine":
            found, title = await tickets.open_ones(session, owner=handle), "Your tickets"
        elif name:
            found, title = await tickets.open_ones(session, [name]), policy.queues[name].title
        else:
            found, title = (await tickets.open_ones(session, mine) if mine else []), "Your queues"
    lines = [_line(desk, ticket, handle) for ticket in found[:_SHOWN]]
    return cards.queue(title, lines, len(found) - len(lines), now)


def _line(desk: Desk, ticket: Ticket, handle: str) -> cards.QueueLine:
    queue = desk.policy.queues.get(ticket.queue)
    may_read = ticket.owner == handle or (queue is not None and queue.may_answer(handle))
    category = desk.policy.categories.get(ticket.category)
    waits = ticket.answered_at is None and ticket.respond_by is not None
    return cards.QueueLine(
        id=ticket.id or 0,
        link=ticket.card_link,
        priority=ticket.priority,
        title=(ticket.summary or (category.title if category else "")) if may_read else "",
        owner=desk.directory.mention(ticket.owner) if ticket.owner else "",
        status=ticket.status,
        due=numbers.next_due(ticket),
        what="reply" if waits else "resolve",
    )
