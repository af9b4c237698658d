"""The blind audit: once a week people judge a sample of what was decided without a person, and not seeing what it was.

Each auditor gets a message with Begin (or a channel does, where one cannot be written to), and `/signalbox audit now`
draws a sample at once. When everything is judged or the time is over, one post says how good the decisions were, what
was wrong, and who audited. What an auditor sees and says of one case is in `audit_verdicts.py`, what Claude says of it
in `audit_opinion.py`.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from agents import audit as rules
from agents.policy import AuditPolicy
from agents.words import Account
from handlers import audit_result
from handlers.cards import audit as cards
from handlers.cards.text import link, when
from handlers.desk import Desk, Run
from handlers.errors import Declined, Misplaced, Refusal
from handlers.presses import answer_command
from handlers.telling import tell
from sources.accounts import SourceUnavailable
from storage import audits, posts
from storage.reviews import Audit, AuditCase

log = structlog.get_logger("signalbox.audit")

_WEEK = timedelta(days=7)
_LOOKS = 5  # minutes between two looks for a second opinion
_PATIENCE = 2.0  # seconds for each customer; a case without one beats a late sample


def must_be_auditor(desk: Desk, by: str) -> AuditPolicy:
    """Return how is audited. Raises Refusal unless this person audits, as policy says today."""
    chosen, handle = desk.policy.audit, desk.directory.handle_of(by)
    if chosen is None:
        raise Refusal("Nobody audits here: the policy has no [audit].")
    if handle not in chosen.people if chosen.people else not desk.policy.is_staff(handle):
        people = ", ".join(map(desk.directory.mention, chosen.people)) or "people who answer requests"
        raise Refusal(f"Only those who audit can do this: {people}.")
    return chosen


async def on_command(body: dict[str, Any], desk: Desk, run: Run, about: str) -> None:
    """Show an auditor the open audit, or draw one now."""
    by = str(body["user_id"])
    await run.repeat("meet", desk.directory.today, by, desk.now())
    must_be_auditor(desk, by)
    if about == "now":
        await draw(desk, run, f"now:{body['trigger_id']}", "", by)
    await run.step("answer", _answer, desk, body)


async def _answer(desk: Desk, body: dict[str, Any]) -> None:
    async with desk.db.begin() as session:
        opened = await audits.open_ones(session)
        if not opened:
            raise Refusal("No audit is open. `/signalbox audit now` draws a sample of the last seven days.")
        text, blocks = cards.invitation(await _invitation(desk, session, opened[-1], body["user_id"]))
    await answer_command(desk, body, text, blocks)


async def weekly(desk: Desk, run: Run, slot: str) -> None:
    """Draw the sample of the week that ends with this slot, after ending what is still open."""
    if desk.policy.audit is None:
        return
    for id in await run.step("look", _open_ones, desk):
        await end(desk, run, id)
    await draw(desk, run, slot, slot, "")


async def _open_ones(desk: Desk) -> list[int]:
    async with desk.db.begin() as session:
        return [row.id or 0 for row in await audits.open_ones(session)]


async def draw(desk: Desk, run: Run, key: str, slot: str, by: str) -> None:
    """Draw a sample of the seven days before a slot, or before now, and ask for verdicts. Raises Refusal for a person
    when there is nothing to draw, or one is open."""
    id = await run.commit("draw", desk, _draw, key, slot, by)
    if not id:
        return
    await run.repeat("accounts", _look_up, desk, id)
    await run.repeat("invite", _invite, desk, id)
    await desk.start("audit opinion", f"audit opinion:{id}", id)


async def _draw(desk: Desk, session: AsyncSession, key: str, slot: str, by: str) -> int:
    chosen, now = desk.policy.audit, desk.now()
    assert chosen is not None
    await audits.alone(session)
    if by and (opened := await audits.open_ones(session)):
        open_until = when(opened[-1].ends_at, "until {date_short_pretty} at {time}")
        raise Refusal(f"An audit is open already, {open_until}. `/signalbox audit` shows it.")
    until = datetime.fromisoformat(slot) if slot else now + timedelta(seconds=1)
    names = chosen.request_channels or tuple(desk.policy.request_channels)
    channels = [id for name in names if (id := desk.directory.channel_id(name))]
    made = {one.request_id: one for one in await audits.decided(session, until - _WEEK, until, channels)}
    seed = rules.seed_of(key)
    sample = rules.drawn(made, seed, chosen.cases)
    log.info("audit drawn", population=len(made), cases=len(sample))
    if not sample:
        if by:
            raise Refusal(
                "There is nothing to audit: in the last seven days nothing was decided without a person that was not "
                "audited already."
            )
        return 0
    row = Audit(
        key=key,
        by=by,
        since=until - _WEEK,
        until=until,
        population=len(made),
        seed=seed,
        at=now,
        ends_at=now + timedelta(days=chosen.days),
    )
    session.add(row)
    await session.flush()
    assert row.id is not None
    for one in (made[id] for id in sample):
        session.add(
            AuditCase(
                audit_id=row.id,
                request_id=one.request_id,
                ticket_id=one.ticket_id,
                decision_id=one.decision_id,
                engine=one.engine,
                decided=one.decided,
                decided_priority=one.priority,
            )
        )
        # In the order in which they were drawn.
        await session.flush()
    return row.id


async def _look_up(desk: Desk, id: int) -> None:
    """Note each case's customer. A ticket has one and talk has none, so that asking for all of them tells nothing."""
    async with desk.db.begin() as session:
        rows = await audits.cases(session, id)
        requests = {row.id: await audits.request_of(session, row) for row in rows}
    for row in rows:
        if request := requests[row.id]:
            account = await _account(desk, request.requester)
            row.account, row.tier = (account.name, account.tier) if account else ("", "")
    async with desk.db.begin() as session:
        for row in rows:
            await audits.note_customer(session, row)


async def _account(desk: Desk, requester: str) -> Account | None:
    person = await desk.directory.person(requester)
    if desk.accounts is None or not person.email:
        return None
    with suppress(TimeoutError, SourceUnavailable):
        async with asyncio.timeout(_PATIENCE):
            return await desk.accounts.account_of(person.email)
    return None


async def _invite(desk: Desk, id: int) -> None:
    """Ask each auditor, or their channel, to judge a sample."""
    chosen = desk.policy.audit
    people = chosen.people if chosen else ()
    alone = [(handle, at) for handle in people if (at := await _alone_with(desk, handle))]
    for handle, (by, channel) in alone:
        await _ask(desk, id, handle, by, channel)
    if len(alone) < len(people) or not people:
        await _ask(desk, id, "", "", audit_result.place(desk))


async def _alone_with(desk: Desk, handle: str) -> tuple[str, str] | None:
    """Return an auditor's id and our conversation with them; None where there is none."""
    by = desk.directory.id_of(handle)
    if by is None:
        log.error("an auditor is not in the workspace", handle=handle)
        return None
    try:
        return by, await desk.slack.direct(by)
    except (Misplaced, Declined) as wrong:
        log.error("an auditor cannot be written to", handle=handle, error=str(wrong))
        return None


async def _ask(desk: Desk, id: int, handle: str, by: str, channel: str) -> None:
    async with desk.db.begin() as session:
        row = await audits.get(session, id)
        assert row is not None
        text, blocks = cards.invitation(await _invitation(desk, session, row, by))
    await tell(desk, _invited(id, handle), channel, text, blocks)


def _invited(id: int, handle: str) -> str:
    return f"audit:{id}:{handle}"


async def _invitation(desk: Desk, session: AsyncSession, row: Audit, by: str) -> cards.Invitation:
    chosen = desk.policy.audit
    people = [desk.directory.mention(handle) for handle in (chosen.people if chosen else ())]
    others = [mention for mention in people if mention != f"<@{by}>"]
    closing = ""
    if row.ended_at:
        result = link(desk.slack.permalink(row.channel, row.ts), "The result") if row.ts else "The result"
        closing = f":checkered_flag: Ended {when(row.ended_at)}. {result} is posted."
    return cards.Invitation(
        id=row.id or 0,
        drawn=len(await audits.cases(session, row.id or 0)),
        population=row.population,
        since=row.since,
        until=row.until,
        ends_at=row.ends_at,
        auditors="" if by else ", ".join(people),
        others=", ".join(others) if by else "",
        closing=closing,
    )


async def sweep(desk: Desk, run: Run, slot: str) -> None:
    """End what is over, and now and then look whether a second opinion has come; each in a flow of its own."""
    over, asked = await run.step("audits", _due, desk)
    for id in over:
        await desk.start("audit end", f"audit end:{id}", id)
    if datetime.fromisoformat(slot).minute % _LOOKS == 0:
        for id in asked:
            await desk.start("audit answers", f"audit answers:{id}:{slot}", id)


async def _due(desk: Desk) -> tuple[list[int], list[int]]:
    async with desk.db.begin() as session:
        opened, asked = await audits.open_ones(session), await audits.asked(session)
    return [row.id or 0 for row in opened if row.ends_at <= desk.now()], list(asked)


async def end(desk: Desk, run: Run, id: int) -> None:
    """Take no more verdicts, and post what came of it."""
    await run.commit(f"end {id}", desk, _end, id)
    await run.repeat(f"result {id}", audit_result.show, desk, id)
    await run.repeat(f"invitations {id}", _close_invitations, desk, id)


async def _end(desk: Desk, session: AsyncSession, id: int) -> None:
    await audits.leave_out(session, await audits.deleted_since(session, id))
    await audits.end(session, id, desk.now())


async def _close_invitations(desk: Desk, id: int) -> None:
    async with desk.db.begin() as session:
        row = await audits.get(session, id)
        assert row is not None
        sent = await posts.beginning(session, _invited(id, ""))
        text, blocks = cards.invitation(await _invitation(desk, session, row, ""))
    for post in sent:
        if post.ts:
            with suppress(Misplaced, Declined):
                await desk.slack.update(post.channel, post.ts, text, blocks)
