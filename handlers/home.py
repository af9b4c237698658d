"""App Home: what waits for you, in one place.

Staff see their tickets with the most pressing first, drafts they may approve, and the week in numbers.
Everybody else sees their own open requests and how to ask. It is drawn anew each time it is opened or
refreshed, and it decides nothing: its buttons lead to the cards.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from slack_bolt.async_app import AsyncApp

from handlers import metrics
from handlers.cards import home as cards
from handlers.desk import Desk, Run
from handlers.directory import Person
from storage import drafts, numbers, tickets
from storage.tables import Ticket

_QUEUE = 10
_WAITING = 5
_ASKED = 15
_WEEK = timedelta(days=7)


def register(app: AsyncApp) -> None:
    """List what this file answers to."""
    app.event("app_home_opened")(on_opened)
    app.action(cards.REFRESH_HOME)(on_refresh)
    app.action(re.compile(f"^{cards.OPEN_LINK}:"))(on_link)


async def on_opened(event: dict[str, Any], desk: Desk, run: Run) -> None:
    """Draw the Home of whoever opened it."""
    if event.get("tab") == "home":
        await run.repeat("publish", _publish, desk, event["user"])


async def on_refresh(body: dict[str, Any], desk: Desk, run: Run) -> None:
    """Draw it again."""
    await run.repeat("publish", _publish, desk, body["user"]["id"])


async def on_link(body: dict[str, Any]) -> None:
    """Do nothing: Slack tells us of a press on a link, and the link has opened already."""


async def _publish(desk: Desk, user: str) -> None:
    person = await desk.directory.today(user, desk.now())
    if not person.handle:
        return  # Slack does not know them, so there is nobody's Home to draw
    is_staff = desk.policy.is_staff(person.authority)
    view = await (_staff(desk, person) if is_staff else _guest(desk, person))
    await desk.slack.publish_home(user, view)


async def _staff(desk: Desk, person: Person) -> dict[str, Any]:
    now = desk.now()
    mine = [name for name, queue in desk.policy.queues.items() if queue.may_answer(person.handle)]
    async with desk.db.begin() as session:
        owned = await tickets.open_ones(session, owner=person.handle)
        proposed = await drafts.proposed(session, mine) if mine else []
    # Nobody approves an answer to themselves, so such a draft does not wait for them.
    waiting = [ticket for _, ticket in proposed if ticket.requester != person.id]
    shown = waiting[:_WAITING]
    listed = {ticket.id for ticket in shown}
    queue = [ticket for ticket in owned if ticket.id not in listed]
    week = await metrics.figures(desk, now - _WEEK, now)
    return cards.staff(
        person.name,
        [_item(desk, ticket, ticket.card_link) for ticket in queue[:_QUEUE]],
        max(0, len(queue) - _QUEUE),
        [_item(desk, ticket, ticket.card_link) for ticket in shown],
        week,
        now,
    )


async def _guest(desk: Desk, person: Person) -> dict[str, Any]:
    async with desk.db.begin() as session:
        asked = await numbers.asked_by(session, person.id, _ASKED)
    items = [_item(desk, ticket, ticket.link) for ticket in asked]
    return cards.guest(person.name, items, _channels(desk, person), desk.now())


def _channels(desk: Desk, person: Person) -> list[cards.Channel]:
    """Return the channels a person may ask in, with what may be asked there."""
    return [
        cards.Channel(id, [category.title for category in desk.policy.categories_of(name)])
        for name, id in metrics.may_ask_in(desk, person).items()
    ]


def _item(desk: Desk, ticket: Ticket, link: str) -> cards.Item:
    category = desk.policy.categories.get(ticket.category)
    waits = ticket.answered_at is None and ticket.respond_by is not None
    return cards.Item(
        id=ticket.id or 0,
        link=link,
        title=ticket.summary or (category.title if category else "Request"),
        priority=ticket.priority,
        status=ticket.status,
        due=numbers.next_due(ticket),
        what="reply" if waits else "resolve",
    )
