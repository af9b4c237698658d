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
from handlers.cards.text import Block, context, escape, header, link, literal, mrkdwn, section, when

_LINES_PER_SECTION = 8
_NOUNS = {"resolve": "resolution", "act": "action"}
_WIDTH = 20  # characters of a name in a table, so that its numbers still fit a phone's width


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


def figures(
    found: Figures, period: str, titles: Mapping[str, str], relied_on: Sequence[str] = ()
) -> tuple[str, list[Block]]:
    """Return the figures of a period; `titles` are the categories' titles by name, `relied_on` says from which
    confidence on each engine is."""
    text = f"Figures, {period}"
    if not found.volume:
        return text, [
            header(text),
            section(f"No requests came in ({period}), so there is nothing to measure."),
        ]
    fields = (
        ("Requests", f"{found.volume}, of which {found.open} open"),
        ("By priority", _priorities(found.by_priority)),
        ("First reply", _spread(found.frt, "nobody was answered yet")),
        ("Resolution", _spread(found.ttr, "nothing was resolved yet")),
        ("Replies in time", _counted(found.respond_kept)),
        ("Resolutions in time", _counted(found.resolve_kept)),
        ("Resolved without touch", _counted(found.untouched)),
        ("Drafts approved", _approvals(found.approvals)),
        ("Decision quality", quality(found.quality)),
        ("Hours recaptured", hours(found.hours)),
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
    if relied_on:
        blocks.append(context("\n".join(relied_on)))
    return text, blocks


def fielded(fields: Sequence[tuple[str, str]]) -> Block:
    """Return up to ten short facts in two columns; values are ours, not text from outside."""
    shown = [mrkdwn(f"*{name}*\n{value}") for name, value in fields[:10]]
    return {"type": "section", "fields": shown}


def _priorities(counts: Mapping[Priority, int]) -> str:
    return " · ".join(f"{priority}: {count}" for priority, count in counts.items() if count)


def hours(found: float) -> str:
    """Return hours won or, with a minus sign, lost: "+0.2 h"."""
    return f"{round(found, 1) + 0.0:+.1f} h".replace("-", "\u2212")


def promised(verb: str, due: datetime, now: datetime) -> str:
    """Return mrkdwn for a promise: "reply by tomorrow at 9:00 AM", or "reply was due …" once that is past.

    The preposition stands inside the token, because Slack begins a token with a capital: "by Today".
    """
    if due < now:
        return f"{_NOUNS.get(verb, verb)} {when(due, 'was due {date_short_pretty} at {time}')}"
    return f"{verb} {when(due, 'by {date_short_pretty} at {time}')}"


def _spread(found: Spread | None, none: str) -> str:
    return f"{span(found.median)} median, {span(found.p90)} p90" if found else none


def _approvals(found: Approvals) -> str:
    if not found.approved.whole:
        return "none decided yet"
    how = f"{found.unedited} as written, {found.edited} edited, {found.rejected} rejected"
    return f"{percent(found.approved)}: {how}"


def quality(found: Quality | None) -> str:
    """Return the decision quality with its deviation and interval, or that there were too few audits or none."""
    if found is None:
        return "no audits yet"
    how = f"by {_audits(found.audits)}" if found.audits else "by what was left as it was; nobody audited"
    if not found.is_telling:
        return f"{found.agreed} of {found.audited} agreed; too few to say more\n{how}"
    return (
        f"{found.rate:.0%} ({found.agreed} of {found.audited})\n"
        f"deviation {found.deviation:.1%}, 95% interval {1 - found.high:.1%} to {1 - found.low:.1%}\n{how}"
    )


def _audits(count: int) -> str:
    return "the last blind audit" if count == 1 else f"the last {count} blind audits"


def _table(shares: Mapping[str, Share], titles: Mapping[str, str]) -> str:
    rows = [f"{'Category':<{_WIDTH}} {'Share':>5} {'Tickets':>7}"]
    for name, share in list(shares.items())[:20]:
        title = shorten(titles.get(name, name or "none"), _WIDTH)
        rows.append(f"{title:<{_WIDTH}} {percent(share):>5} {f'{share.part}/{share.whole}':>7}")
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
    parts = [link(line.link, label) if line.link else label, f"*{line.priority}*"]
    if line.title:
        parts.append(escape(shorten(line.title, 80)))
    parts.append(line.owner or "_no owner_")
    if line.due:
        late = ":rotating_light: " if line.due < now else ""
        parts.append(late + promised(line.what, line.due, now))
    return " · ".join(parts)


def help(hint: str, queue: str) -> tuple[str, list[Block]]:
    """Return what staff may ask and where else to look, with a hint first if there is one; `queue` is an example."""
    blocks = [section(escape(hint))] if hint else []
    said = (
        "*What you can ask*\n"
        f"• `/signalbox queue` – what is open in your queues; `queue {queue}` for one queue, `queue mine` for "
        "your own tickets\n"
        "• `/signalbox metrics` – the last seven days; `metrics 30d` or `metrics today` for other periods\n"
        "• `/signalbox summary` – the morning summary as of now\n"
        "• `/signalbox health` – accounts that are slipping away\n"
        "• `/signalbox audit` – the blind audit that is open, if you audit; `audit now` draws a sample at once\n"
        "Only you see the answers."
    )
    elsewhere = (
        "*Where else to look*\n"
        "• The app's *Home* tab – your tickets and the drafts that wait for your approval\n"
        "• The shortcut *Make this a request*, in the menu of any message – for a request that was taken for chatter"
    )
    return hint or "What you can ask", [*blocks, section(said), section(elsewhere)]


def how_to_ask(channels: Sequence[str]) -> tuple[str, list[Block]]:
    """Return what others are told: where their requests are, and in which channels (by id) they may ask."""
    text = "Your requests are on the app's Home tab."
    if channels:
        *others, last = (f"<#{channel}>" for channel in channels)
        text += f" To ask, post in {', '.join(others)}{' or ' if others else ''}{last}."
    return text, [section(text)]
