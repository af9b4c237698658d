"""How the morning summary looks: headings, short lines, links to the cards; times in everybody's own zone."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime

from agents import standup
from agents.metrics import span
from agents.standup import AtRisk, Due, Morning
from handlers.cards.health import TITLES
from handlers.cards.metrics import percent, promised
from handlers.cards.text import Block, context, escape, header, link, section, when

Mention = Callable[[str], str]
_TOKEN = re.compile(r"<!date\^\d+\^([^|>]*)\|[^>]*>|<[^|>]*\|([^>]*)>|<[^>]*>")


def summary(morning: Morning, mention: Mention, now: datetime) -> tuple[str, list[Block]]:
    """Return the notification text and the blocks, within the limit of words; `mention` turns a handle into mrkdwn."""
    shown: Morning | None = standup.shortened(morning)
    assert shown is not None
    text, blocks = _drawn(shown, mention, now)
    while words(blocks) > standup.WORDS:
        shown = standup.shorter(shown)
        if shown is None:
            break
        text, blocks = _drawn(shown, mention, now)
    return text, blocks


def late(due: datetime) -> Block:
    """Return the line under a summary that did not come when it was due."""
    return context(f":hourglass: Late: this {when(due, 'was due {date_short_pretty} at {time}')}.")


def words(blocks: Sequence[Block]) -> int:
    """Count the words a person reads; a link counts by its label, a time by the longest it may become."""
    texts = [
        element["text"]
        for block in blocks
        for element in [block.get("text"), *block.get("elements", [])]
        if element
    ]
    return sum(len(_TOKEN.sub(_read, text).split()) for text in texts)


def _read(token: re.Match[str]) -> str:
    time, label = token.groups()
    if time:
        return time.replace("{date_short_pretty}", "Nov 24, 2026").replace("{time}", "8:21 PM")
    return label or "someone"


def _drawn(morning: Morning, mention: Mention, now: datetime) -> tuple[str, list[Block]]:
    name = standup.name_of(morning.since, morning.until)
    blocks = [header(f"Good morning: {morning.until:%A}, {morning.until.day} {morning.until:%B}")]
    if morning.is_quiet:
        text = f"{name}: nothing happened, and nothing is open. Have a good day."
        return text, [*blocks, section(text)]
    text = _yesterday(morning, name)
    blocks.append(section(text))
    blocks.append(section(_open(morning)))
    for title, due, more in (
        (":rotating_light: *Overdue*", morning.overdue, morning.more_overdue),
        (":hourglass_flowing_sand: *Due today*", morning.due_today, morning.more_due_today),
    ):
        if due or more:
            blocks.append(
                section("\n".join([title, *(_due(each, mention, now) for each in due), *_more(more)]))
            )
    if not morning.overdue and not morning.due_today:
        blocks.append(section("Nothing is overdue and nothing else is due today."))
    if morning.at_risk or morning.more_at_risk:
        lines = [_at_risk(each, mention, now) for each in morning.at_risk]
        blocks.append(
            section("\n".join([":warning: *Accounts at risk*", *lines, *_more(morning.more_at_risk)]))
        )
    blocks.append(context("From Signalbox's own records. More: `/signalbox metrics`, `/signalbox queue`."))
    return re.sub(r"\*", "", text), blocks


def _yesterday(morning: Morning, name: str) -> str:
    if not morning.opened and not morning.resolved:
        return f"*{name}*: no new requests, and none was resolved."
    parts = [f"{morning.opened} new", f"{morning.resolved} resolved"]
    if morning.frt:
        parts.append(f"first reply after {span(morning.frt.median)} (median)")
    if morning.in_time.whole:
        parts.append(f"{percent(morning.in_time)} of replies in time")
    return f"*{name}*: {', '.join(parts)}."


def _open(morning: Morning) -> str:
    if not morning.open:
        return "*Open*: nothing."
    said = f"*Open*: {', '.join(f'{escape(title)} {count}' for title, count in morning.open)}."
    if morning.drafts:
        waiting = ", ".join(f"{escape(title)} {count}" for title, count in morning.drafts)
        said += f"\n*Drafts waiting for approval*: {waiting}."
    return said


def _due(each: Due, mention: Mention, now: datetime) -> str:
    label = f"T-{each.ticket_id}"
    shown = link(each.link, label) if each.link else label
    owner = mention(each.owner) if each.owner else "no owner"
    return f"• {shown} {escape(each.queue)}, {owner}: {promised(each.what, each.due, now)}"


def _at_risk(each: AtRisk, mention: Mention, now: datetime) -> str:
    owner = mention(each.owner) if each.owner else "no owner"
    state = f" ({each.said})" if each.said else ""
    deadline = promised("act", each.act_by, now)
    return f"• *{escape(each.account)}*: {TITLES[each.kind]}, {owner}, {deadline}{state}"


def _more(count: int) -> list[str]:
    return [f"… and {count} more"] if count else []
