"""What an audit came to: one post when it has ended, and decision quality in `/signalbox metrics` and on Home.

The post names no customer's words, only kinds and links, because not everybody who reads it may read every request.
"""

from __future__ import annotations

from contextlib import suppress

from sqlmodel.ext.asyncio.session import AsyncSession

from agents import audit as rules
from agents.metrics import Quality
from handlers import proposals
from handlers.cards import audit as cards
from handlers.cards.text import link
from handlers.desk import Desk
from handlers.errors import Declined, Misplaced
from handlers.presses import person
from handlers.telling import tell
from storage import audits, requests
from storage.reviews import Audit, AuditCase

_NEWEST = 4  # audits that decision quality is read from
_SECOND: dict[str, str | None] = {
    "": None,
    "sending": "Claude is being asked.",
    "asked": "It has not come yet; this post is brought up to date when it does.",
}


async def show(desk: Desk, id: int) -> None:
    """Post the result of an audit, or bring it up to date."""
    async with desk.turns.of(f"audit:{id}"):
        async with desk.db.begin() as session:
            row = await audits.get(session, id)
            if row is None or row.ended_at is None:
                return
            text, blocks = cards.result(await _outcome(desk, session, row))
        if row.ts:
            with suppress(Misplaced, Declined):
                await desk.slack.update(row.channel, row.ts, text, blocks)
            return

        async def keep(session: AsyncSession, channel: str, ts: str) -> None:
            found = await audits.get(session, id)
            assert found is not None
            found.channel, found.ts = channel, ts
            session.add(found)

        await tell(desk, f"audit result:{id}", place(desk), text, blocks, keep)


def place(desk: Desk) -> str:
    """Return where results, and samples for nobody by name, are posted."""
    named = desk.policy.audit.channel if desk.policy.audit else ""
    return desk.directory.place(named or desk.policy.hold.channel)


async def _outcome(desk: Desk, session: AsyncSession, row: Audit) -> cards.Outcome:
    found = await audits.cases(session, row.id or 0)
    tally, target = rules.tally([audits.value(each) for each in found]), desk.policy.triage.target
    names = {name for each in found for name in (each.decided, each.said, each.second)}
    return cards.Outcome(
        since=row.since,
        until=row.until,
        population=row.population,
        drawn=len(found),
        seed=row.seed,
        tally=tally,
        target=target,
        promise=rules.promise(tally.quality, target) if tally.quality else "open",
        titles={name: proposals.title_of(desk, name) for name in names},
        links={each.id or 0: await label(desk, session, each) for each in found},
        people={by: person(by) for by in tally.by},
        second="" if row.second == "came" else _SECOND.get(row.second, row.second_why),
        unanswered=row.second_why if row.second == "came" else "",
    )


async def label(desk: Desk, session: AsyncSession, row: AuditCase) -> str:
    """Return mrkdwn that leads to a case's card, or to its message where it has none."""
    ticket = (await audits.tickets_of(session, [row])).get(row.id or 0)
    if ticket is not None and ticket.card_link:
        return link(ticket.card_link, f"T-{ticket.id}")
    request = await audits.request_of(session, row)
    if request is None:
        return "a message that was deleted"
    return link(desk.slack.permalink(request.channel, requests.thread_of(request)), "this message")


async def quality(desk: Desk) -> Quality | None:
    """Return the decision quality of the last audits; None while there is none."""
    async with desk.db.begin() as session:
        return rules.quality(*await audits.verdicts(session, _NEWEST))
