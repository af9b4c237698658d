"""Adopting a proposed category: a person puts it into words, and every replica judges by it within seconds.

Only the owners of the hold queue decide, and the first of them does; whoever comes second is told who was first. Below
the alert stand the lines for the policy file, and Remove takes the category away again. Once the policy file has a
category of the same name, what was adopted ends by itself.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from slack_bolt.async_app import AsyncApp
from sqlmodel.ext.asyncio.session import AsyncSession

from agents import adopted
from agents.adopted import Adopted
from agents.drift import Kind
from agents.policy import Policy
from handlers import drift, proposals
from handlers.cards import drift as cards
from handlers.cards import modals
from handlers.cards.modals import entered, value_of
from handlers.cards.text import escape, when
from handlers.desk import Desk, Run
from handlers.errors import Declined, Misplaced, Refusal
from handlers.presses import is_second_press, number, person, presser, who
from storage import adoptions, findings, requests
from storage.findings import ADOPTED, NOT_NOW
from storage.reviews import Adoption, Finding
from storage.tables import Post, Request, Ticket

_FIELDS = ("title", "description", "queue", "examples")


def register(app: AsyncApp) -> None:
    """List what this file answers to."""
    app.action(cards.ADOPT_CATEGORY)(on_adopt)
    app.view(modals.CONFIRM_ADOPT)(on_adopted)
    app.action(cards.NOT_NOW)(on_not_now)
    app.action(cards.REMOVE_CATEGORY)(on_remove)


def wrong(policy: Policy, values: dict[str, Any]) -> dict[str, str]:
    """Return what is wrong with a submitted category, by field; its window stays open then."""
    return adopted.problems(policy, *(value_of(values, name) for name in _FIELDS))


async def on_adopt(body: dict[str, Any], action: dict[str, Any], desk: Desk, run: Run) -> None:
    """Ask how the category should be worded."""
    id, by = number(action.get("value")), await presser(body, desk, run)
    await run.step("open", _open, desk, id, by, body["trigger_id"])


async def _open(desk: Desk, id: int, by: str, trigger_id: str) -> None:
    async with desk.db.begin() as session:
        finding = await _proposal(desk, session, id, by)
        if finding.verdict:
            raise await _decided(session, finding, by)
        shown = await proposals.drawn(desk, session, finding, "")
    evidence = finding.evidence
    queues = [(name, queue.title) for name, queue in desk.policy.queues.items()]
    view = modals.adopt_category(
        id,
        evidence["title"],
        evidence["description"],
        queues,
        evidence["queue"],
        [one.text for one in shown.examples],
        shown.place,
        cards.replayed(shown.replay),
    )
    await desk.slack.open_modal(trigger_id, view)


async def on_adopted(body: dict[str, Any], view: dict[str, Any], desk: Desk, run: Run) -> None:
    """Let the category be judged by, and say how it gets into the policy file."""
    id, by = number(view.get("private_metadata")), await presser(body, desk, run)
    fields = [value_of(entered(view), name) for name in _FIELDS]
    await run.commit("adopt", desk, _adopt, id, by, fields)
    await run.repeat("show", drift.show, desk, id)
    await run.repeat("tell", _tell, desk, id)


async def _adopt(desk: Desk, session: AsyncSession, id: int, by: str, fields: list[str]) -> None:
    """Keep the category. Raises Refusal for whoever may not decide, or was not first."""
    finding = await _proposal(desk, session, id, by)
    title, description, queue, lines = (field.strip() for field in fields)
    if _has_just(desk, finding, ADOPTED, by):
        return
    if finding.verdict:
        raise await _decided(session, finding, by)
    for sentence in adopted.problems(desk.policy, title, description, queue, lines).values():
        raise Refusal(f"{sentence} Nothing was adopted; press Adopt again.")
    if not await findings.decide(session, id, ADOPTED, by, desk.now()):
        raise await _decided(session, await _proposal(desk, session, id, by), by)
    kind = Adopted(
        id=0,
        name=adopted.name_of(title),
        title=title,
        description=description,
        queue=queue,
        channels=tuple(finding.evidence["channels"]),
        examples=adopted.examples_of(lines),
        by=by,
        at=desk.now(),
    )
    if await adoptions.adopt(session, id, kind) is None:
        raise Refusal(f"“{escape(title)}” was adopted a moment ago. Nothing was adopted twice.")


async def _tell(desk: Desk, id: int) -> None:
    """Post the lines for the policy file below the alert."""
    async with desk.db.begin() as session:
        finding, row = await findings.get(session, id), await adoptions.of_finding(session, id)
    if finding is None or row is None or not finding.ts:
        return
    kind = adoptions.value(row)
    text, blocks = cards.snippet(kind.title, adopted.as_toml(kind))
    with suppress(Misplaced, Declined):
        await desk.slack.post(_snippet_key(id), finding.channel, text, blocks, finding.ts)


def _snippet_key(id: int) -> str:
    return f"adopted:{id}"


async def on_not_now(body: dict[str, Any], action: dict[str, Any], desk: Desk, run: Run) -> None:
    """Leave everything as it is."""
    id, by = number(action.get("value")), await presser(body, desk, run)
    await run.commit("not now", desk, _not_now, id, by)
    await run.repeat("show", drift.show, desk, id)


async def _not_now(desk: Desk, session: AsyncSession, id: int, by: str) -> None:
    finding = await _proposal(desk, session, id, by)
    if _has_just(desk, finding, NOT_NOW, by):
        return
    if finding.verdict or not await findings.decide(session, id, NOT_NOW, by, desk.now()):
        raise await _decided(session, await _proposal(desk, session, id, by), by)


async def on_remove(body: dict[str, Any], action: dict[str, Any], desk: Desk, run: Run) -> None:
    """Let the category no longer be judged by."""
    id, by = number(action.get("value")), await presser(body, desk, run)
    await run.commit("remove", desk, _remove, id, by)
    await run.repeat("show", drift.show, desk, id)


async def _remove(desk: Desk, session: AsyncSession, id: int, by: str) -> None:
    await _proposal(desk, session, id, by)
    row = await adoptions.of_finding(session, id)
    if row is None:
        raise Refusal("This was never adopted, so there is nothing to remove.")
    if row.standing and await adoptions.end(session, row.id or 0, by, desk.now()):
        return
    row = await adoptions.of_finding(session, id)
    assert row is not None
    if row.ended_by == by and is_second_press(row.ended_at, desk.now()):
        return
    at = f" ({when(row.ended_at)})" if row.ended_at else ""
    if row.ended_by == adoptions.POLICY:
        raise Refusal(f"The policy file has “{escape(row.title)}” since{at}; it has to be removed there.")
    raise Refusal(f"“{escape(row.title)}” was removed already by {who(row.ended_by, by)}{at}.")


async def _proposal(desk: Desk, session: AsyncSession, id: int, by: str) -> Finding:
    """Return a proposal that this person may decide about, as policy says today. Raises Refusal."""
    finding = await findings.get(session, id)
    if finding is None or finding.kind != Kind.CLUSTER:
        raise Refusal("This proposal is no longer kept.")
    handle, hold = desk.directory.handle_of(by), desk.policy.hold
    if not handle or handle not in hold.owners:
        people = ", ".join(desk.directory.mention(owner) for owner in hold.owners)
        raise Refusal(f"Only the owners of {hold.title} can decide this: {people}.")
    return finding


def _has_just(desk: Desk, finding: Finding, verdict: str, by: str) -> bool:
    same = (finding.verdict, finding.decided_by) == (verdict, by)
    return same and is_second_press(finding.decided_at, desk.now())


async def _decided(session: AsyncSession, finding: Finding, by: str) -> Refusal:
    at = f" ({when(finding.decided_at)})" if finding.decided_at else ""
    name = who(finding.decided_by, by)
    row = await adoptions.of_finding(session, finding.id or 0)
    if row is None:
        return Refusal(f"“Not now” was said already by {name}{at}. These requests are not proposed again.")
    return Refusal(f"This was already adopted by {name} as “{escape(row.title)}”{at}.")


async def retire(desk: Desk, run: Run, adoption_id: int) -> None:
    """End what was adopted, because the policy file has a category of that name now."""
    finding_id = await run.commit("retire", desk, _retire, adoption_id)
    await run.repeat("show", drift.show, desk, finding_id)


async def _retire(desk: Desk, session: AsyncSession, adoption_id: int) -> int:
    row = await session.get(Adoption, adoption_id)
    assert row is not None
    await adoptions.end(session, adoption_id, adoptions.POLICY, desk.now())
    return row.finding_id


async def after_deletion(desk: Desk, run: Run, ticket_id: int) -> None:
    """Quote a deleted request in no proposal and no example any more."""
    for id in await run.repeat("proposals", _forget, desk, ticket_id):
        await run.repeat(f"finding {id}", drift.show, desk, id)
        await run.repeat(f"snippet {id}", _tell_again, desk, id)


async def _forget(desk: Desk, ticket_id: int) -> list[int]:
    async with desk.db.begin() as session:
        found = await findings.quoting(session, ticket_id)
        if found:
            request = await session.get(Request, (await session.get_one(Ticket, ticket_id)).request_id)
            assert request is not None
            # It may have been reworded since it became an example.
            said = await requests.wordings(session, request)
            await adoptions.without(session, {proposals.as_example(desk, text) for text in said})
        return found


async def _tell_again(desk: Desk, id: int) -> None:
    """Bring the posted lines for the policy file up to date."""
    async with desk.db.begin() as session:
        post, row = await session.get(Post, _snippet_key(id)), await adoptions.of_finding(session, id)
    if post is None or not post.ts or row is None:
        return
    kind = adoptions.value(row)
    text, blocks = cards.snippet(kind.title, adopted.as_toml(kind))
    with suppress(Misplaced, Declined):
        await desk.slack.update(post.channel, post.ts, text, blocks)


async def lines(desk: Desk) -> list[str]:
    """Return mrkdwn for each category that stands by a button and not by the policy file."""
    async with desk.db.begin() as session:
        standing = await adoptions.standing(session)
    return [
        f"“{escape(one.title)}” was adopted by {person(one.by)} {when(one.at)} "
        "and is not in the policy file yet."
        for one in standing
    ]
