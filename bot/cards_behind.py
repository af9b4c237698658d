"""Cards that fell behind their tickets: what Slack shows is compared with what the rows say.

People see a card whose buttons do nothing for them any more, or none at all; whoever looks after the bot is told which.
Compared are the card's line and its buttons, because times on a card that nobody touched are allowed to grow old.
"""

from __future__ import annotations

import html
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from agents.policy import Policy
from bot.minds import LoadingMinds
from bot.pace import OwnBook, Pace
from bot.settings import Settings
from handlers import board
from handlers.desk import Desk
from handlers.directory import Directory
from handlers.errors import Declined, Misplaced, Unavailable
from handlers.posting import CALL_SECONDS
from handlers.slack import Slack
from handlers.turns import Turns
from storage import stuck
from storage.database import Database
from storage.tables import Ticket

_MOST = 100  # the newest open tickets; Slack permits about fifty questions a minute


class Compared(Enum):
    """What came of comparing a card."""

    OLD = "old"
    GONE = "gone"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Behind:
    """A ticket whose card is not as it should be."""

    ticket: Ticket
    compared: Compared
    is_redrawn: bool = False


async def behind(
    settings: Settings, policy: Policy, db: Database, now: Callable[[], datetime], fixes: bool
) -> AsyncIterator[Behind]:
    """Yield every open ticket whose card is behind, drawing it anew if that is wanted."""
    async with db.begin() as session:
        tickets = await stuck.with_card(session, _MOST)
    if not tickets:
        return
    web = client(settings)
    ticket = tickets[0]
    try:
        desk = await quiet_desk(settings, policy, db, now, web, "doctor")
        for ticket in tickets:
            compared = await _compare(desk, ticket)
            if compared is None:
                continue
            if fixes:
                await board.show(desk, ticket.id or 0)
            yield Behind(ticket, compared, fixes)
    except (SlackApiError, Declined, Unavailable, aiohttp.ClientError, TimeoutError):
        yield Behind(ticket, Compared.UNKNOWN)


def client(settings: Settings) -> AsyncWebClient:
    """Return a client that posts nothing twice by itself."""
    return AsyncWebClient(
        token=settings.slack_bot_token,
        base_url=settings.slack_api_url,
        timeout=CALL_SECONDS,
        retry_handlers=[],
    )


async def quiet_desk(
    settings: Settings,
    policy: Policy,
    db: Database,
    now: Callable[[], datetime],
    web: AsyncWebClient,
    name: str,
) -> Desk:
    """Return a desk from which messages can be read and drawn, and no flow begun; `name` is who works at it."""
    me = await web.auth_test()
    pace = Pace(settings.posts_per_second, OwnBook(time.monotonic))
    slack = Slack(web, db, now, pace, lambda: None, name)
    slack.bot_user, slack.home = me["user_id"], me["url"]
    directory = Directory(slack, me["team_id"])
    await directory.load()

    async def start(flow: str, key: str, *args: Any) -> None:
        raise AssertionError(f"{flow} cannot be begun from here")

    return Desk(
        slack=slack,
        minds=LoadingMinds(),
        db=db,
        now=now,
        policy=policy,
        directory=directory,
        start=start,
        turns=Turns(),
    )


async def _compare(desk: Desk, ticket: Ticket) -> Compared | None:
    try:
        shown = await desk.slack.message(ticket.card_channel, ticket.card_ts)
    except Misplaced:
        return Compared.GONE
    if shown is None:
        return Compared.GONE
    text, blocks = await board.drawn(desk, ticket.id or 0)
    is_same = html.unescape(shown.get("text", "")) == html.unescape(text)
    return None if is_same and _buttons(shown.get("blocks", [])) == _buttons(blocks) else Compared.OLD


def _buttons(blocks: list[dict[str, Any]]) -> set[tuple[str, str]]:
    return {
        (element.get("action_id", ""), element.get("value", ""))
        for block in blocks
        for element in block.get("elements", [])
        if isinstance(element, dict) and element.get("type") == "button"
    }
