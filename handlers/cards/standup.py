"""How the morning summary looks: headings, short lines, links to the cards; times in everybody's own zone."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from agents import standup
from agents.metrics import span
from agents.standup import AtRisk, Due, Morning
from handlers.cards.metrics import percent
from handlers.cards.text import Block, context, escape, header, link, section, when

Mention = Callable[[str], str]
_KINDS = {
    "usage_drop": "use has fallen",
    "failed_payments": "payments fail",
    "renewal_decline": "decline before renewal",
}
_TOKEN = re.compile(r"<!date\^[^|]*\|([^>]*)>|<[^|>]*\|([^>]*)>|<[^>]*>")


def summary(morning: Morning, mention: Mention) -> tuple[str, list[Block]]:
    """Return the notification text and the blocks, within the limit of words; `mention` turns a handle into mrkdwn."""
    shown: Morning | None = standup.shortened(morning)
    assert shown is not None
    text, blocks = _drawn(shown, mention)
    while words(blocks) > standup.WORDS:
        shown = standup.shorter(shown)
        if shown is None:
            break
        text, blocks = _drawn(shown, mention)
    return text, blocks


def words(blocks: Sequence[Block]) -> int:
    """Count the words a person reads; a link counts by its label and a time by its fallback."""
    texts = [
        element["text"]
        for block in blocks
        for element in [block.get("text"), *block.get("elements", [])]
        if element
    ]
    return sum(
        len(_TOKEN.sub(lambda m: m.group(1) or m.group(2) or "someone", text).split()) for text in texts
    )


def _drawn(morning: Morning, mention: Mention) -> tuple[str, list[Block]]:
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
            blocks.append(section("\n".join([title, *(_due(each, mention) for each in due), *_more(more)])))
    if not morning.overdue and not morning.due_today:
        blocks.append(section("Nothing is overdue and nothing else is due today."))
    if morning.at_risk or morning.more_at_risk:
        lines = [_at_risk(each, mention) for each in morning.at_risk]
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
        said += f"\n*Drafts waiting for a yes*: {waiting}."
    return said


def _due(each: Due, mention: Mention) -> str:
    label = f"T-{each.ticket_id}"
    shown = link(each.link, label) if each.link else label
    owner = mention(each.owner) if each.owner else "no owner"
    return f"• {shown} {escape(each.queue)}, {owner}: {each.what} {when(each.due)}"


def _at_risk(each: AtRisk, mention: Mention) -> str:
    owner = mention(each.owner) if each.owner else "no owner"
    state = f" ({each.said})" if each.said else ""
    what = _KINDS.get(each.kind, each.kind)
    return f"• *{escape(each.account)}*: {what}, {owner}, act by {when(each.act_by)}{state}"


def _more(count: int) -> list[str]:
    return [f"… and {count} more"] if count else []
