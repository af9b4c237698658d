"""The button that shows a ticket's own team what its card hides: a card number, a key or a password.

It opens a window for whoever pressed, with the message as it stands in Slack at that moment; we keep no copy for this.
Who looked, and when, is written down in the ticket's history.
"""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncApp
from sqlmodel.ext.asyncio.session import AsyncSession

from handlers.cards import modals
from handlers.cards.ticket import SHOW_HIDDEN
from handlers.desk import Desk, Run
from handlers.errors import Misplaced, Refusal
from handlers.facts import as_posted
from handlers.presses import must_be_of_its_team, presser, ticket_number
from storage import tickets

_GONE = "The message is gone from Slack, and I keep nothing to show in its place."


def register(app: AsyncApp) -> None:
    """List what this file answers to."""
    app.action(SHOW_HIDDEN)(on_show)


async def on_show(body: dict[str, Any], action: dict[str, Any], desk: Desk, run: Run) -> None:
    """Show the request as it was posted to whoever pressed, if they are of its team."""
    ticket_id, by = ticket_number(action.get("value")), await presser(body, desk, run)
    channel, ts = await run.commit("look", desk, _look, ticket_id, by)
    await run.step("open", _open, desk, ticket_id, channel, ts, body["trigger_id"])


async def _look(desk: Desk, session: AsyncSession, ticket_id: int, by: str) -> tuple[str, str]:
    """Write down that somebody looks, and return where the message is."""
    ticket = await tickets.get(session, ticket_id)
    if ticket is None:
        raise Refusal("This ticket no longer exists.")
    must_be_of_its_team(desk, ticket, by, "see what is hidden")
    tickets.note(session, ticket, "looked at what is hidden", by, "", desk.now())
    return ticket.channel, ticket.thread_ts


async def _open(desk: Desk, ticket_id: int, channel: str, ts: str, trigger_id: str) -> None:
    try:
        message = await desk.slack.message(channel, ts)
    except Misplaced:
        raise Refusal("I can no longer read the channel that this was posted in.") from None
    if message is None or message.get("subtype") == "tombstone":  # which Slack keeps where there are replies
        raise Refusal(_GONE)
    await desk.slack.open_modal(trigger_id, modals.as_posted(ticket_id, as_posted(desk, message["text"])))
