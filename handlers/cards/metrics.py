"""How figures and queues look: fields that stay readable on a phone, and no charts.

Only the person who asked sees them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from agents.intake import shorten
from agents.metrics import Approvals, Figures, Quality, Share, Spread, span
from agents.words import Priority
from handlers.cards.text import Block, context, escape, header, link, literal, section, when

_LINES_PER_SECTION = 8
_WIDTH = 22  # characters of a name in a table, so that its numbers still fit a phone's width


@dataclass(frozen=True)
class QueueLine:
    """A ticket in a list. `owner` is mrkdwn; `title` is empty for those who may not see what it is about."""

    id: int
    link: str
    priority: Priority
    title: str
    owner: str
    status: str
    due: datetime | None
    what: str  # "reply" or "resolve"


def percent(share: Share) -> str:
    """Return a share for people, or that there is nothing to go by."""
    return "no data yet" if share.ratio is None else f"{share.ratio:.0%}"


def _counted(share: Share) -> str:
    return percent(share) + (f" ({share.part} of {share.whole})" if share.whole else "")


def figures(found: Figures, period: str, titles: Mapping[str, str]) -> tuple[str, list[Block]]:
    """Return the figures of a period; `titles` are the categories' titles by name."""
    text = f"Figures, {period}"
    if not found.volume:
        return text, [
            header(text),
            section(f"No requests came in ({period}), so there is nothing to measure."),
        ]
    fields = (
        ("Requests", f"{found.volume}, of which {found.open} open"),
        ("By priority", " · ".join(f"{priority} {count}" for priority, count in found.by_priority.items())),
        ("First reply", _spread(found.frt, "nobody was answered yet")),
        ("Resolution", _spread(found.ttr, "nothing was resolved yet")),
        ("Replies in time", _counted(found.respond_kept)),
        ("Resolutions in time", _counted(found.resolve_kept)),
        ("Resolved without touch", _counted(found.untouched)),
        ("Drafts approved", _approvals(found.approvals)),
        ("Decision quality", quality(found.quality)),
        ("Hours recaptured", f"{found.hours:+.1f}".replace("-", "\u2212")),
    )
    blocks = [header(text), fielded(fields)]
    if found.escalation:
        blocks.append(section("*Needed a person, by category*"))
        blocks.append(literal(_table(found.escalation, titles), "rich_text_preformatted"))
    blocks.append(
        context(
            "First reply and resolution count from the request, in calendar time; p90 means that nine of ten "
            f"were no slower. Hours recaptured: {found.assumptions.sentence()}."
        )
    )
    return text, blocks


def fielded(fields: Sequence[tuple[str, str]]) -> Block:
    """Return up to ten short facts in two columns; values are ours, not text from outside."""
    shown = [{"type": "mrkdwn", "text": f"*{name}*\n{value}"} for name, value in fields[:10]]
    return {"type": "section", "fields": shown}


def _spread(found: Spread | None, none: str) -> str:
    return f"{span(found.median)} median, {span(found.p90)} p90" if found else none


def _approvals(found: Approvals) -> str:
    if not found.approved.whole:
        return "none decided yet"
    how = f"{found.unedited} as written, {found.edited} edited, {found.rejected} rejected"
    return f"{percent(found.approved)}: {how}"


def quality(found: Quality | None) -> str:
    """Return the decision quality with its deviation and interval, or that there were no audits."""
    if found is None:
        return "no audits yet"
    return (
        f"{found.rate:.0%} ({found.agreed} of {found.audited})\n"
        f"deviation {found.deviation:.1%}, 95 % interval {1 - found.high:.1%} to {1 - found.low:.1%}"
    )


def _table(shares: Mapping[str, Share], titles: Mapping[str, str]) -> str:
    rows = []
    for name, share in list(shares.items())[:20]:
        title = shorten(titles.get(name, name or "none"), _WIDTH)
        rows.append(f"{title:<{_WIDTH}} {percent(share):>4} {share.part:>3}/{share.whole}")
    return "\n".join(rows)


def queue(title: str, lines: Sequence[QueueLine], more: int, now: datetime) -> tuple[str, list[Block]]:
    """Return open tickets, in the order given."""
    if not lines:
        text = f"{title}: nothing is open."
        return text, [section(escape(text))]
    shown = [_line(line, now) for line in lines]
    groups = [shown[n : n + _LINES_PER_SECTION] for n in range(0, len(shown), _LINES_PER_SECTION)]
    blocks = [header(title), *(section("\n".join(group)) for group in groups)]
    if more:
        blocks.append(context(f"… and {more} more"))
    return f"{title}: {len(lines) + more} open", blocks


def _line(line: QueueLine, now: datetime) -> str:
    label = f"T-{line.id}"
    parts = [f"{link(line.link, label) if line.link else label} *{line.priority}*"]
    if line.title:
        parts.append(escape(shorten(line.title, 80)))
    parts.append(line.owner or "_no owner_")
    if line.due:
        late = ":rotating_light: " if line.due < now else ""
        parts.append(f"{late}{line.what} by {when(line.due)}")
    return " · ".join(parts)


HELP = (
    "*What you can ask*\n"
    "• `/signalbox queue` what is open in your queues, `queue NAME` for one, `queue mine` for your own "
    "tickets\n"
    "• `/signalbox metrics` the last seven days, `metrics 30d` or `metrics today`\n"
    "• `/signalbox summary` this morning's summary as of now\n"
    "• `/signalbox health` accounts that are slipping away\n"
    "Only you see the answers."
)


def help(hint: str) -> tuple[str, list[Block]]:
    """Return what the command understands, with a hint first if there is one."""
    blocks = [section(escape(hint))] if hint else []
    return hint or "What you can ask", [*blocks, section(HELP)]
