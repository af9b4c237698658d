"""The second opinion of an audit: Claude judges the same cases in one batch, at half the price, knowing no more.

It is no verdict, and nobody sees it before the verdicts are in. In the result people read how often it agreed with
them, and which decisions it disagrees with although the auditor did not: those are worth a second look. An audit never
waits for it: when it is refused, late or lost, the result says so.

A batch is sent once. That it will be is written down before; whoever comes after a process that died in between does
not send it again, because nobody knows whether it was taken and paid for.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from agents import learning
from agents.audit import TALK
from agents.claude_answers import Answer, Why
from agents.claude_batches import Question
from agents.words import Account, Category, Opinion, Usage
from handlers import audit_result
from handlers.desk import Desk, Run
from handlers.facts import read as words_of
from storage import audits, decisions
from storage.reviews import AuditCase

log = structlog.get_logger("signalbox.audit")

_PATIENCE = timedelta(hours=26)  # the service takes a day at most
_LOST = "The process that asked Claude was cut off, and nobody knows whether Claude was asked. It is not asked again."
_LATE = "Claude did not answer within a day."


async def ask(desk: Desk, run: Run, id: int) -> None:
    """Send the cases of a sample to Claude, once."""
    sent = await run.step("send", _send, desk, id)
    if sent is not None:
        await run.commit("book", desk, _book, id, sent)
        # Everything may have been judged before it was known whether Claude was asked.
        await run.repeat("result", audit_result.show, desk, id)


async def _send(desk: Desk, id: int) -> dict[str, Any] | None:
    """Return the batch, or why there is none, with the most that it can cost; None where nobody is to be asked."""
    engines = await desk.minds.ready()
    if engines.remote is None:
        return None
    if engines.batches is None:
        return _sent(_nobody("Claude takes no batches through a cloud."))
    questions = await _questions(desk, id)
    async with desk.db.begin() as session:
        is_first = await audits.intend(session, id)
    if not is_first:
        return _sent(_nobody(_LOST))
    if not questions:
        return _sent(_nobody("There was nothing to ask about."))
    return _sent(await engines.batches.submit(questions))


def _nobody(why: str) -> Answer[str]:
    return Answer(None, Why("unavailable", why), None)


def _sent(answer: Answer[str]) -> dict[str, Any]:
    usage = answer.usage
    spent = {"model": usage.model, "prompt": usage.prompt, "dollars": usage.dollars} if usage else None
    return {"batch": answer.value or "", "why": answer.why.detail if answer.why else "", "usage": spent}


async def _questions(desk: Desk, id: int) -> list[Question]:
    engines = await desk.minds.ready()
    async with desk.db.begin() as session:
        rows = [(row, await audits.request_of(session, row)) for row in await audits.cases(session, id)]
    found = []
    for row, request in rows:
        among = _among(desk, request.channel) if request else ()
        if request is None or not among:
            continue
        facts = await words_of(desk, request)
        if row.account:
            facts = replace(facts, account=Account("", row.account, row.tier, "", ""))
        recalled = await asyncio.to_thread(engines.local.recall, facts.text)
        # What people have said of this very request would give the answer away.
        others = [one for one in recalled if one.lesson.ticket_id != row.ticket_id]
        examples = learning.examples(others, [category.name for category in among])
        found.append(Question(f"case-{row.id}", facts, among, examples))
    return found


def _among(desk: Desk, channel: str) -> tuple[Category, ...]:
    name = desk.directory.channel_name(channel)
    return desk.policy.categories_of(name) if name in desk.policy.request_channels else ()


async def _book(desk: Desk, session: AsyncSession, id: int, sent: dict[str, Any]) -> None:
    """Keep the batch's id, and book the most that it can cost until its answers tell what it did cost."""
    state = "asked" if sent["batch"] else "none"
    if not await audits.opinion_is(session, id, state, sent["why"], sent["batch"], among=("", "sending")):
        return
    if sent["usage"]:
        usage = Usage("claude", sent["usage"]["model"], sent["usage"]["prompt"], 0.0)
        decisions.record(
            session,
            "audit",
            replace(usage, dollars=sent["usage"]["dollars"]),
            desk.now(),
            inputs_digest=audits.booked_as(id),
            answer={"audit": id, "batch": sent["batch"]},
            because="The second opinion of a blind audit; the most that it can cost.",
        )
    log.info("second opinion", audit=id, state=state, why=sent["why"])


async def read(desk: Desk, run: Run, id: int) -> None:
    """Look whether Claude's answers have come, keep them, and bring the result up to date."""
    # Once, because whoever goes on after a death finds them kept, and has still to say so.
    told = await run.step("look", _look, desk, id)
    if told is None:
        return
    if await run.commit("keep", desk, _keep, id, told):
        await run.repeat("discard", _discard, desk, told["batch"])
    await run.repeat("result", audit_result.show, desk, id)


async def _look(desk: Desk, id: int) -> dict[str, Any] | None:
    """Return what Claude said, or why it never will; None while it is still to be waited for."""
    engines = await desk.minds.ready()
    async with desk.db.begin() as session:
        audit = await audits.get(session, id)
        rows = await audits.cases(session, id)
        requests = {row.id: await audits.request_of(session, row) for row in rows}
    if audit is None or audit.second != "asked":
        return None
    told: dict[str, Any] = {"batch": audit.batch, "why": "", "said": {}}
    if engines.batches is None:
        return told | {"why": "There is no key for Claude any more."}
    everything = [desk.policy.category(name) for name in desk.policy.categories]
    among = {
        f"case-{row.id}": (_among(desk, request.channel) if (request := requests[row.id]) else ())
        or everything
        for row in rows
    }
    answer = await engines.batches.collect(audit.batch, among)
    if answer.value is not None:
        return told | _told(rows, answer.value)
    why = answer.why
    if why is not None and why.kind == "invalid":
        return told | {"why": why.detail}
    if desk.now() - audit.at > _PATIENCE:
        return told | {"why": _LATE if why is None or why.kind == "pending" else why.detail}
    return None


def _told(rows: Sequence[AuditCase], answers: Mapping[str, Answer[Opinion]]) -> dict[str, Any]:
    said: dict[str, str] = {}
    whys: Counter[str] = Counter()
    spent = [0.0, 0, 0]
    for row in rows:
        answer = answers[f"case-{row.id}"]
        if answer.usage:
            spent[0] += answer.usage.dollars
            spent[1] += answer.usage.tokens_in
            spent[2] += answer.usage.tokens_out
        if answer.value is not None:
            said[str(row.id)] = answer.value.category if answer.value.is_request else TALK
        elif answer.why is not None:
            whys[answer.why.detail] += 1
    why = " ".join(f"{count} without an answer: {text}" for text, count in whys.most_common(3))
    return {"said": said, "why": why, "spent": spent}


async def _keep(desk: Desk, session: AsyncSession, id: int, told: dict[str, Any]) -> bool:
    """Keep what Claude said and what it cost; say whether there is anything to have deleted."""
    state = "came" if told["said"] else "none"
    if not await audits.opinion_is(session, id, state, told["why"], told["batch"], among=("asked",)):
        return False
    for case_id, kind in told["said"].items():
        await audits.second(session, int(case_id), kind)
    if "spent" in told:
        await audits.spent(session, id, *told["spent"])
    return "spent" in told


async def _discard(desk: Desk, batch: str) -> None:
    """Have the batch deleted with all that it says, once that was kept; the service does so by itself in a month."""
    engines = await desk.minds.ready()
    if engines.batches is None or not await engines.batches.discard(batch):
        log.warning("a batch could not be deleted", batch=batch)
