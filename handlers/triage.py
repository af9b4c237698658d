"""A request becomes a ticket: facts, judgement, route, card, a line for the requester.

A team sees one card within a second or two; the requester sees 👀 and then who has it and by when. What is below
the floor goes to people who place it, with both candidates on the card. A message that is several requests becomes a
ticket for each, with a card of its own, and one line for its requester.
"""

from __future__ import annotations

import asyncio
from typing import Any

import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from agents import confidence, intake, learning
from agents.intake import Deleted, ThreadReply, shorten
from agents.languages import may_ask
from agents.local.cues.mentions import largest_amount
from agents.routing import route
from agents.triage import Heard, judge, parts_of, recognise
from agents.words import Facts, Outcome, Route, Status, Triage, Usage
from handlers import drafting, grouping, lines, moving
from handlers.board import leave, show
from handlers.confidence import experience
from handlers.desk import Desk, Run
from handlers.facts import escape_markup, gather, read
from handlers.presses import last
from storage import decisions, parts, receipts, requests, tickets
from storage.tables import Request, Ticket

SEEN = "eyes"


async def handle(desk: Desk, run: Run, request: Request, insisted_by: str = "") -> int | None:
    """Take a stored request to its card and draft; return its ticket, or None when it is not a request.

    `insisted_by` is the person who says that it is one, whatever the engines think.
    """
    ticket_id = await run.decide("open", desk, _hear, _open, request, insisted_by)
    if ticket_id is None:
        return None
    structlog.contextvars.bind_contextvars(ticket=ticket_id, request=request.id)

    async def seen() -> None:
        await run.repeat("eyes", desk.slack.react, request.channel, request.ts, SEEN)

    # In a flood the eyes wait for Slack's limit, and no card waits for them.
    eyes = asyncio.create_task(seen())
    try:
        own = await run.repeat("triage", _triage, desk, ticket_id)
        changed: list[int] = []
        for part in own:
            changed += await run.repeat("group", grouping.group, desk, part)
        for part in own:
            await run.repeat("card and line", _announce, desk, part)
        for other in changed:
            await run.repeat(f"card of {other}", show, desk, other, False)
            await run.repeat(f"line of {other}", lines.renew, desk, other)
        await drafting.propose(desk, run, ticket_id)
        for part in own:
            if part != ticket_id:
                await drafting.propose_beside(desk, run, part)
        await eyes
    finally:
        eyes.cancel()
    return ticket_id


async def _hear(desk: Desk, request: Request, insisted_by: str) -> tuple[Facts, Heard] | None:
    """Return what a message is and says; None when that was settled before."""
    if request.outcome in (Outcome.ROUTED, Outcome.HELD):
        return None
    facts = await read(desk, request)
    return facts, await recognise(facts, desk.policy.categories_of(facts.channel), await desk.minds.ready())


async def _open(
    desk: Desk,
    session: AsyncSession,
    request: Request,
    insisted_by: str,
    told: tuple[Facts, Heard] | None,
) -> int | None:
    """Decide whether this is a request at all, and open its ticket if it is."""
    if told is None:
        return await tickets.open_once(session, request, desk.now(), request.ts)
    facts, heard = told
    is_gone, moved_on_ts = await _overtaken(desk, session, request)
    if is_gone:
        request.deleted_at, request.outcome = desk.now(), Outcome.NOT_A_REQUEST
        request.because = "it was deleted before it reached us"
        await session.merge(request)
        return None
    # Whoever insists is right, and a file without a word is shown to somebody for a reason.
    is_request = heard.is_request or bool(insisted_by) or (bool(facts.files) and not facts.text)
    if all(usage.engine == "local" for usage in heard.usage):
        is_request = is_request or may_ask(facts.text, desk.policy.languages())
    if not is_request:
        await requests.settle(session, request.id or 0, Outcome.NOT_A_REQUEST, heard.because)
        _record(desk, session, facts, heard.usage, request, heard.because, {"is_request": False})
        return None
    ticket_id = await tickets.open_once(session, request, desk.now(), max(request.ts, moved_on_ts))
    if not moved_on_ts and not insisted_by:
        return ticket_id
    ticket = await tickets.get(session, ticket_id)
    assert ticket is not None
    ticket.moved_on_ts = max(ticket.moved_on_ts, moved_on_ts)
    session.add(ticket)
    if insisted_by:
        if ticket.status == Status.WITHDRAWN and not request.deleted_at:
            ticket.status = Status.REOPENED if ticket.queue else Status.NEW
            session.add(ticket)
            outcome = Outcome.HELD if ticket.held else Outcome.ROUTED
            await requests.settle(session, request.id or 0, outcome, "a person said so")
        if not any(e.what == "made a request" for e in await tickets.history(session, ticket.id or 0)):
            tickets.note(session, ticket, "made a request", insisted_by, "", desk.now())
            await tickets.correct(session, ticket, "is_request", "yes", insisted_by, "", desk.now())
    return ticket_id


async def _overtaken(desk: Desk, session: AsyncSession, request: Request) -> tuple[bool, str]:
    """Say whether the deletion of a message reached us before the message, and return the ts of the last reply
    that did; Slack promises no order."""
    is_gone, last = False, ""
    for body in await receipts.done_in(session, f"{request.channel}:{request.ts}"):
        match intake.read(body.get("event") or {}, desk.slack.bot_user):
            case Deleted(ts=request.ts):
                is_gone = True
            case ThreadReply(ts=ts):
                last = max(last, ts)
    return is_gone, last


def _record(
    desk: Desk,
    session: AsyncSession,
    facts: Facts,
    usages: tuple[Usage, ...],
    request: Request,
    because: str,
    answer: dict[str, Any],
    ticket_id: int | None = None,
) -> None:
    """Keep the judgement with its price and a digest of what it saw."""
    for usage in usages:
        decisions.record(
            session,
            "triage",
            usage,
            desk.now(),
            inputs_digest=decisions.digest(facts.text, facts.channel, facts.account, facts.known),
            answer=answer,
            because=because,
            request_id=request.id,
            ticket_id=ticket_id,
        )


async def _triage(desk: Desk, ticket_id: int) -> list[int]:
    """Gather, judge and route; a ticket that was routed before is left as it is. Return the tickets of all parts."""
    async with desk.db.begin() as session:
        ticket, request = await tickets.case(session, ticket_id)
    if request.whole_id is None and ticket.status == Status.NEW:
        facts, triage = await _judge(desk, request)
        if not await _split(desk, ticket_id, request, facts, triage):
            await _settle(desk, ticket_id, request, facts, triage)
            return [ticket_id]
    async with desk.db.begin() as session:
        _, request = await tickets.case(session, ticket_id)
        if request.whole_id is None:
            return [ticket_id]
        rows = parts.standing(await parts.of(session, request.whole_id))
    for part, said in rows:
        if part.status == Status.NEW:
            await _settle(desk, part.id or 0, said, *await _judge(desk, said))
    return [part.id or 0 for part, _ in rows]


async def _split(desk: Desk, ticket_id: int, request: Request, facts: Facts, triage: Triage) -> bool:
    """Open a ticket for each part of a message that is several requests; say whether it is."""
    words = await parts_of(facts, desk.policy.categories_of(facts.channel), triage, await desk.minds.ready())
    if not words:
        return False
    async with desk.db.begin() as session:
        # What is kept reads as it did here, whatever Slack would make of its characters.
        if await parts.split(session, ticket_id, [escape_markup(said) for said in words], desk.now()):
            for usage in triage.usage:
                decisions.record(
                    session,
                    "split",
                    usage,
                    desk.now(),
                    inputs_digest=decisions.digest(facts.text, facts.channel),
                    answer={"parts": len(words)},
                    because="Each part asks for something else.",
                    request_id=request.id,
                    ticket_id=ticket_id,
                )
    return True


async def _settle(desk: Desk, ticket_id: int, request: Request, facts: Facts, triage: Triage) -> None:
    """Route a new ticket by its judgement, unless its message was taken apart meanwhile."""
    async with desk.db.begin() as session:
        routed = {"status": Status.ROUTED, "routed_at": desk.now()}
        if not await tickets.change(session, ticket_id, [Status.NEW], routed):
            return  # another flow of the same message was faster
        row, now = await tickets.case(session, ticket_id)
        if now.whole_id != request.whole_id:
            row.status, row.routed_at = Status.NEW, None  # whoever took it apart goes on with its parts
            session.add(row)
            return
        chosen = await _route(desk, session, triage, facts)
        row.link = desk.slack.permalink(row.channel, row.thread_ts)
        _write(desk, row, facts, triage, chosen)
        session.add(row)
        outcome = Outcome.HELD if chosen.held else Outcome.ROUTED
        await requests.settle(session, row.request_id, outcome, chosen.because)
        tickets.note(session, row, str(outcome), tickets.US, chosen.because, desk.now())
        answer = _answer(triage, chosen)
        _record(desk, session, facts, triage.usage, request, triage.because, answer, ticket_id)


async def _judge(desk: Desk, request: Request) -> tuple[Facts, Triage]:
    facts = await gather(desk, request)
    engines, categories = await desk.minds.ready(), desk.policy.categories_of(facts.channel)
    recalled = await asyncio.to_thread(engines.local.recall, facts.text)
    allowed = [category.name for category in categories]
    examples, known = learning.examples(recalled, allowed), await experience(desk)
    judged = await judge(facts, categories, examples, engines, known)
    return facts, learning.explained(judged, learning.deciding(recalled, allowed))


async def _route(desk: Desk, session: AsyncSession, triage: Triage, facts: Facts) -> Route:
    loads = await tickets.loads(session, list(desk.policy.queues))
    amount = largest_amount(facts.text)
    return route(triage, facts, desk.policy, loads, amount, desk.now())


def _write(desk: Desk, row: Ticket, facts: Facts, triage: Triage, chosen: Route) -> None:
    """Put a judgement and its route on a ticket."""
    row.account_id = facts.account.id if facts.account else ""
    row.account_name = facts.account.name if facts.account else ""
    row.tier = facts.account.tier if facts.account else ""
    row.facts = [{"name": f.name, "value": f.value, "source": f.source} for f in facts.known]
    row.missing = [f"{missing.source}: {missing.why}" for missing in facts.missing]
    row.similar = [similar.ticket_id for similar in facts.similar if similar.ticket_id != row.id]
    row.category, row.runner_up = triage.category, triage.runner_up or ""
    row.priority, row.sentiment = chosen.priority, triage.sentiment
    row.language, row.confidence = triage.language, triage.confidence
    row.summary = shorten(triage.summary or facts.text, 160)
    row.because = " ".join(part for part in (triage.because, chosen.because) if part)
    row.engine, row.note = triage.engine, triage.note
    row.queue, row.owner, row.held = chosen.queue, chosen.owner or "", chosen.held
    row.respond_by, row.resolve_by = chosen.respond_by, chosen.resolve_by


def _answer(triage: Triage, chosen: Route) -> dict[str, Any]:
    return {
        "category": triage.category,
        "runner_up": triage.runner_up,
        "priority": chosen.priority.value,
        "judged": triage.priority.value,  # before rules and holding changed it, so that they can be replayed
        "sentiment": triage.sentiment.value,
        "confidence": round(triage.confidence, 4),
        "fit": round(triage.fit, 4),
        "queue": chosen.queue,
        "held": chosen.held,
        "rules": list(chosen.rules),
        # What the confidence was made of, so that its weights can be fitted once the truth is known.
        "signals": confidence.as_json(triage.signals) if triage.signals else None,
        "basis": triage.basis,
    }


async def _announce(desk: Desk, ticket_id: int) -> None:
    """Show the team its card, and tell the requester who has it."""
    await show(desk, ticket_id)
    await lines.show(desk, ticket_id)


async def judge_again(desk: Desk, run: Run, ticket_id: int) -> None:
    """Judge a reworded request; what a person has decided about it stands."""
    judged = await run.repeat("judge", _judged_again, desk, ticket_id)
    left = await run.commit("judge again", desk, _judge_again, ticket_id, judged)
    await run.repeat("card", show, desk, ticket_id)
    if left:
        await run.step("leave", leave, desk, ticket_id, *left)
    await drafting.propose(desk, run, ticket_id)


async def _judged_again(desk: Desk, ticket_id: int) -> tuple[Facts, Triage] | None:
    """Return what is to be thought of the new wording; None when that is of no use, or was written down already."""
    async with desk.db.begin() as session:
        ticket, request = await tickets.case(session, ticket_id)
        before = await last(session, ticket_id, {"reworded", "judged again"})
    is_done = before is not None and before.what == "judged again"
    is_of_no_use = is_done or request.whole_id is not None or _is_decided(ticket)
    return None if is_of_no_use else await _judge(desk, request)


def _is_decided(ticket: Ticket) -> bool:
    return ticket.touched or ticket.status not in (Status.NEW, Status.ROUTED)


async def _judge_again(
    desk: Desk, session: AsyncSession, ticket_id: int, judged: tuple[Facts, Triage] | None
) -> tuple[str, str, str] | None:
    """Return the card that was left behind, if the ticket went to another channel."""
    row = await tickets.locked(session, ticket_id)
    # A person may have been faster than the judgement.
    if judged is None or row is None or _is_decided(row):
        return None
    facts, triage = judged
    _, request = await tickets.case(session, ticket_id)
    chosen = await _route(desk, session, triage, facts)
    was = row.queue
    _write(desk, row, facts, triage, chosen)
    outcome = Outcome.HELD if chosen.held else Outcome.ROUTED
    await requests.settle(session, row.request_id, outcome, chosen.because)
    tickets.note(session, row, "judged again", tickets.US, chosen.because, desk.now())
    answer = _answer(triage, chosen)
    _record(desk, session, facts, triage.usage, request, triage.because, answer, ticket_id)
    return moving.move(desk, session, row, was, tickets.US, "the request was edited")
