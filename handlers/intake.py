"""Request channels: a person posts, sees 👀 within a second, and a card appears where the right team looks.

Bots, joins, greetings and side talk become nothing. An edit or a deletion reaches the ticket it belongs to, and a
reply in a request's thread returns to its ticket. Whatever was taken for chatter by mistake can be made a request
with the message shortcut "Make this a request".
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict
from typing import Any

from slack_bolt.async_app import AsyncApp
from sqlmodel.ext.asyncio.session import AsyncSession
from structlog.contextvars import bind_contextvars

from agents.intake import Deleted, Edited, NewMessage, NotOurs, ThreadReply, read
from agents.words import Outcome, Status
from handlers import adoption, drafting, followups, forgetting, grouping, learning, lines, splits, triage
from handlers.board import show
from handlers.cards.text import link
from handlers.desk import Desk, Run
from handlers.errors import Declined, Misplaced, Refusal
from handlers.facts import readable
from storage import drafts, parts, receipts, requests, tickets
from storage.parts import Rows
from storage.tables import Request

MAKE_REQUEST = "make_request"
_OVERTAKEN = 0  # what stands for a ticket when an edit came too late to change any


def register(app: AsyncApp) -> None:
    """List what this file answers to."""
    app.event("message")(on_message)
    app.event("app_mention")(on_mention)
    app.shortcut(MAKE_REQUEST)(on_make_request)


def concerns(desk: Desk, body: dict[str, Any]) -> bool:
    """Say whether a delivery is more than talk in a channel that is not watched, which is most of what Slack sends."""
    event = body.get("event") or {}
    if body.get("type") != "event_callback" or event.get("type") != "message" or _is_direct(event):
        return True
    return _is_watched(desk, str(event.get("channel"))) and not isinstance(
        read(event, desk.slack.bot_user), NotOurs
    )


def _is_direct(event: dict[str, Any]) -> bool:
    # Not every Slack says what kind of channel it is, but the ids of direct messages are told by their first letter.
    return event.get("channel_type") == "im" or str(event.get("channel", "")).startswith("D")


async def on_message(event: dict[str, Any], body: dict[str, Any], desk: Desk, run: Run) -> None:
    """Take in whatever happened in a channel."""
    arrival = read(event, desk.slack.bot_user)
    if _is_direct(event):
        if isinstance(arrival, NewMessage | ThreadReply):
            await run.step("answer in the app's own channel", _explain, desk, arrival.channel, arrival.ts)
        return
    if isinstance(arrival, NotOurs) or not _is_watched(desk, arrival.channel):
        return
    match arrival:
        case NewMessage():
            request = await run.repeat("keep", keep, desk, body.get("team_id", ""), arrival)
            await triage.handle(desk, run, request)
        case ThreadReply():
            await followups.handle(desk, run, arrival)
        case Edited():
            at = str(event.get("event_ts") or event.get("ts", ""))
            await _edit(desk, run, body.get("team_id", ""), arrival, at)
        case Deleted():
            await _withdraw(desk, run, arrival)


def _is_watched(desk: Desk, channel: str) -> bool:
    return desk.directory.channel_name(channel) in desk.policy.request_channels


async def keep(desk: Desk, team: str, message: NewMessage) -> Request:
    """Store a posted message and return its request."""
    await desk.directory.person(message.person)
    async with desk.db.begin(alone=True) as session:
        return await requests.keep(
            session,
            team=team,
            channel=message.channel,
            ts=message.ts,
            requester=message.person,
            text=message.text,
            files=message.files,
            now=desk.now(),
        )


async def on_make_request(shortcut: dict[str, Any], desk: Desk, run: Run) -> None:
    """Make a request of a message that was taken for chatter."""
    message, channel = shortcut["message"], shortcut["channel"]["id"]
    if not _is_watched(desk, channel):
        raise Refusal(f"Requests live in {_places(desk)}. Please post it in one of them.")
    arrival = read({**message, "channel": channel}, desk.slack.bot_user)
    if not isinstance(arrival, NewMessage):
        raise Refusal("Only a message that a person posted in the channel itself can become a request.")
    request = await run.repeat("keep", keep, desk, shortcut["team"]["id"], arrival)
    if request.deleted_at:
        raise Refusal("That message was deleted, so there is nothing to work on.")
    by = shortcut["user"]["id"]
    ticket_id = await triage.handle(desk, run, request, insisted_by=by)
    if ticket_id is None:
        raise Refusal("There is nothing in that message to work on.")
    await learning.after_correction(desk, run, ticket_id)
    await run.step("confirm", _confirm, desk, ticket_id, channel, by)


async def _confirm(desk: Desk, ticket_id: int, channel: str, by: str) -> None:
    async with desk.db.begin() as session:
        ticket = await tickets.get(session, ticket_id)
    assert ticket is not None
    label = f"T-{ticket_id}"
    shown = link(ticket.card_link, label) if ticket.card_link else label
    await desk.slack.whisper(channel, by, f"It is a request: {shown} ({ticket.status}).")


async def _edit(desk: Desk, run: Run, team: str, edited: Edited, at: str) -> None:
    """Carry a wording given `at` this ts to its ticket; chatter that was edited into a request becomes one."""
    if edited.thread_ts and edited.thread_ts != edited.ts:
        return  # a reply was reworded; the request itself did not change
    ticket_id = await run.commit("reword", desk, _reword, asdict(edited), edited.person, at)
    if ticket_id == _OVERTAKEN:
        return
    if ticket_id is None:
        # Chatter until now, or posted while nobody listened.
        message = NewMessage(edited.channel, edited.ts, edited.person, edited.text, edited.files)
        request = await run.repeat("keep", keep, desk, team, message)
        await triage.handle(desk, run, request)
        return
    bind_contextvars(ticket=ticket_id)
    await learning.after_correction(desk, run, ticket_id)
    if others := await run.repeat("parts", splits.beside, desk, ticket_id):
        for part in (ticket_id, *others):
            await run.repeat(f"show {part}", show, desk, part)
        return
    await triage.judge_again(desk, run, ticket_id)


async def _reword(desk: Desk, session: AsyncSession, edited: dict[str, Any], by: str, at: str) -> int | None:
    """Keep the wording (the fields of an Edited) and take back a draft that answered the old one; return the ticket.

    A message that was taken apart is not taken apart anew: its parts keep their words, and their cards show the edit.
    Slack promises no order: of a message that has a newer wording, or is gone, an older one is only written down.
    """
    request = await requests.find(session, edited["channel"], edited["ts"])
    if await _is_overtaken(desk, session, edited["channel"], edited["ts"], at):
        if request is not None:
            await requests.reword(session, request, edited["text"], desk.now(), is_newest=False)
        return _OVERTAKEN
    if request is None:
        return None
    rows = parts.standing(await parts.in_thread(session, edited["channel"], edited["ts"]))
    if any(said.whole_id is not None for _, said in rows):
        return await _reword_parts(desk, session, rows, edited["text"], by)
    ticket, request = rows[0] if rows else (None, request)
    await requests.reword(session, request, edited["text"], desk.now())
    if ticket is None or request.outcome == Outcome.NOT_A_REQUEST:
        return None
    assert ticket.id is not None
    tickets.note(session, ticket, "reworded", by, "", desk.now())
    if ticket.duplicate_of is not None and ticket.status == Status.RESOLVED:
        await grouping.stands_alone(desk, session, ticket, by, "it was reworded")
    await drafts.supersede(session, ticket.id, "the request was edited", desk.now())
    return ticket.id


async def _reword_parts(desk: Desk, session: AsyncSession, rows: Rows, text: str, by: str) -> int:
    """Keep a new wording with each part; where a part's own words are gone from it, so is its draft."""
    now = desk.now()
    for ticket, request in rows:
        assert ticket.id is not None
        if request.whole_id is None:
            await requests.reword(session, request, text, now)
        else:
            await requests.reword_whole(session, request, text, now)
        tickets.note(session, ticket, "reworded", by, "", now)
        if readable(desk, request.wording) in readable(desk, text):
            continue
        if await drafts.supersede(session, ticket.id, "the request was edited", now):
            ticket.no_draft = "No draft: the message was edited since, so please read it before you answer."
            session.add(ticket)
    return rows[0][0].id or 0


async def _is_overtaken(desk: Desk, session: AsyncSession, channel: str, ts: str, at: str) -> bool:
    """Say whether a later change of this message was delivered already."""
    for body in await receipts.kept_in(session, f"{channel}:{ts}"):
        event = body.get("event") or {}
        if str(event.get("event_ts", "")) > at:
            match read(event, desk.slack.bot_user):
                case Edited(ts=changed) | Deleted(ts=changed) if changed == ts:
                    return True
    return False


async def _withdraw(desk: Desk, run: Run, deleted: Deleted) -> None:
    """Close the ticket of a deleted request; what it said is no longer shown."""
    ticket_id = await run.commit("withdraw", desk, _withdrawn, deleted.channel, deleted.ts)
    if ticket_id is not None:
        bind_contextvars(ticket=ticket_id)
        await learning.after_correction(desk, run, ticket_id)
        await adoption.after_deletion(desk, run, ticket_id)
        await forgetting.after_deletion(desk, run, ticket_id)
        await run.repeat("show", show, desk, ticket_id)
        for heir in await run.commit("take up repeats", desk, grouping.take_up_repeats, ticket_id):
            await run.repeat("show heir", show, desk, heir)
            await run.repeat("line of heir", lines.renew, desk, heir)
            await drafting.propose_beside(desk, run, heir)
        for part in await run.repeat("parts", _others_of, desk, deleted, ticket_id):
            await _withdraw_beside(desk, run, part)


async def _withdraw_beside(desk: Desk, run: Run, ticket_id: int) -> None:
    """Show that another ticket of a deleted message is closed, and take up what repeats it."""
    await learning.after_correction(desk, run, ticket_id)
    await adoption.after_deletion(desk, run, ticket_id)
    await forgetting.after_deletion(desk, run, ticket_id)
    await run.repeat(f"show T-{ticket_id}", show, desk, ticket_id)
    for heir in await run.commit(
        f"take up repeats of T-{ticket_id}", desk, grouping.take_up_repeats, ticket_id
    ):
        await run.repeat("show heir", show, desk, heir)
        await run.repeat("line of heir", lines.renew, desk, heir)
        await drafting.propose_beside(desk, run, heir)


async def _others_of(desk: Desk, deleted: Deleted, ticket_id: int) -> list[int]:
    async with desk.db.begin() as session:
        rows = await parts.in_thread(session, deleted.channel, deleted.ts)
    return [ticket.id or 0 for ticket, _ in rows if ticket.id != ticket_id]


async def _withdrawn(desk: Desk, session: AsyncSession, channel: str, ts: str) -> int | None:
    """Close every ticket of a message that is gone; return the first."""
    now, request = desk.now(), await requests.find(session, channel, ts)
    if request is None:
        return None
    request.deleted_at = now
    session.add(request)
    rows = await parts.in_thread(session, channel, ts)
    for ticket, said in rows:
        assert ticket.id is not None
        said.deleted_at, ticket.status = now, Status.WITHDRAWN
        session.add(said)
        session.add(ticket)
        tickets.note(session, ticket, "withdrawn", ticket.requester, "the message was deleted", now)
        await drafts.supersede(session, ticket.id, "the request was withdrawn", now)
    return rows[0][0].id if rows else None


async def on_mention(event: dict[str, Any], desk: Desk, run: Run) -> None:
    """Say where requests belong, when somebody calls us anywhere else."""
    channel, person = event.get("channel", ""), event.get("user", "")
    if event.get("bot_id") or not channel or not person or _is_watched(desk, channel):
        return
    await run.step("point the way", _point_the_way, desk, channel, person)


async def _point_the_way(desk: Desk, channel: str, person: str) -> None:
    # Where we cannot speak, or they cannot hear, a word of advice is no reason to call for help.
    with suppress(Misplaced, Declined):
        await desk.slack.whisper(channel, person, _where_to_ask(desk))


async def _explain(desk: Desk, channel: str, ts: str) -> None:
    with suppress(Misplaced, Declined):
        await desk.slack.post(f"explain:{channel}:{ts}", channel, _where_to_ask(desk))


def _where_to_ask(desk: Desk) -> str:
    return f"I look after requests in {_places(desk)}. Post there and the right team will see it at once."


def _places(desk: Desk) -> str:
    """Return mrkdwn that names the request channels."""
    places = (desk.directory.channel_id(name) for name in desk.policy.request_channels)
    return ", ".join(f"<#{id}>" for id in places if id)
