"""How App Home looks: for staff what waits for them, for everybody else their own requests and how to ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agents.intake import shorten
from agents.metrics import Figures, span
from agents.words import Priority, Status
from handlers.cards.metrics import fielded, hours, percent, promised, quality
from handlers.cards.text import DIVIDER, Block, button, context, escape, header, link, section, when

REFRESH_HOME = "refresh_home"
OPEN_LINK = "open_link"

_TITLE = 100


@dataclass(frozen=True)
class Item:
    """A ticket in a list; `link` may be empty while its card is not posted yet."""

    id: int
    link: str
    title: str
    priority: Priority
    status: Status
    due: datetime | None
    what: str  # "reply" or "resolve"


@dataclass(frozen=True)
class Channel:
    """A request channel and what may be asked there."""

    id: str
    topics: Sequence[str]


def staff(
    name: str, queue: Sequence[Item], more: int, waiting: Sequence[Item], week: Figures, now: datetime
) -> dict[str, Any]:
    """Return the Home of somebody who answers requests."""
    blocks = [_greeting(name), _tools(now), DIVIDER, section("*Your queue*")]
    nothing = "Nothing else is waiting for you." if waiting else "Nothing is waiting for you."
    blocks += [_item(item, now, "queue") for item in queue] or [section(nothing)]
    if more:
        blocks.append(context(f"… and {more} more. See all with `/signalbox queue mine`."))
    blocks += [DIVIDER, section("*Waiting for your approval*")]
    blocks += [_item(item, now, "waiting") for item in waiting] or [section("No draft is waiting.")]
    blocks += [DIVIDER, section("*This week*"), *_week(week)]
    return {"type": "home", "blocks": blocks}


def guest(name: str, asked: Sequence[Item], channels: Sequence[Channel], now: datetime) -> dict[str, Any]:
    """Return the Home of somebody who asks."""
    blocks = [_greeting(name), _tools(now), DIVIDER, section("*Your open requests*")]
    blocks += [_request(item, now) for item in asked] or [section("You have no open requests.")]
    blocks += [
        DIVIDER,
        section("*How to ask*\nPost one message in a channel below; the answer comes in its thread."),
    ]
    for channel in channels:
        topics = ", ".join(escape(topic) for topic in channel.topics)
        blocks.append(section(f"<#{channel.id}>\n{topics}"))
    blocks.append(context("Signalbox is a bot. It sorts requests and drafts replies; people decide."))
    return {"type": "home", "blocks": blocks}


def _greeting(name: str) -> Block:
    return header(f"Hello, {(name.split() or ['you'])[0]}")


def _tools(now: datetime) -> Block:
    refresh = button("Refresh", REFRESH_HOME, "")
    return section(when(now, "Updated {date_short_pretty} at {time}"), accessory=refresh)


def _item(item: Item, now: datetime, part: str) -> Block:
    due = ""
    if item.due:
        promise = promised(item.what, item.due, now)
        due = f"\n{':rotating_light: ' if item.due < now else ''}{promise[0].upper()}{promise[1:]}"
    mark = ":rotating_light: *escalated* " if item.status is Status.ESCALATED else ""
    text = f"*T-{item.id}* · *{item.priority}* · {mark}{escape(shorten(item.title, _TITLE))}{due}"
    if not item.link:
        return section(text)
    action = f"{OPEN_LINK}:{part}:{item.id}"
    return section(text, accessory=button("Open card", action, str(item.id), url=item.link))


_STATES = {
    Status.NEW: "being sorted",
    Status.ROUTED: "with the team",
    Status.ANSWERED: "answered",
    Status.ESCALATED: "with the team, escalated",
    Status.REOPENED: "reopened",
}


def _request(item: Item, now: datetime) -> Block:
    label = f"T-{item.id}"
    shown = link(item.link, label) if item.link else label
    waits = item.status in (Status.ROUTED, Status.ESCALATED) and item.due is not None
    due = f" · {promised('first reply', item.due, now)}" if waits and item.due else ""
    return section(f"{shown} · {escape(shorten(item.title, _TITLE))}\n{_STATES.get(item.status, '')}{due}")


def _week(week: Figures) -> list[Block]:
    if not week.volume:
        return [section("No requests in the last seven days.")]
    fields = (
        ("Requests", f"{week.volume} ({week.open} open)"),
        ("First reply", f"{span(week.frt.median)} median" if week.frt else "nobody was answered yet"),
        ("Replies in time", percent(week.respond_kept)),
        ("Resolved without touch", percent(week.untouched)),
        ("Decision quality", quality(week.quality)),
        ("Hours recaptured", hours(week.hours)),
    )
    return [fielded(fields), context("All of the team, last seven days. Assumptions: `/signalbox metrics`.")]
