"""How a blind audit looks: the invitation, the window that shows one case after the other, and the result.

Values in, Block Kit out. A case shows what was asked and by what kind of customer, literally, and nothing of what was
decided; that comes with the next case, once the verdict is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agents.audit import TALK, Tally
from agents.intake import shorten
from agents.metrics import Quality
from agents.words import Priority
from handlers.cards.text import (
    DIVIDER,
    Block,
    actions,
    button,
    context,
    escape,
    header,
    literal,
    option,
    section,
    when,
)
from handlers.cards.ticket import REROUTE_TICKET

BEGIN_AUDIT = "begin_audit"
AUDIT_KIND = "audit_kind"
AUDIT_PRIORITY = "audit_priority"
AUDIT_NO_REQUEST = "audit_no_request"
AUDIT_CANNOT_TELL = "audit_cannot_tell"
AUDIT_MAKE = "audit_make_request"
AUDIT_UNDO = "audit_undo"

NO_REQUEST = "No request"
_CHOICES = 100  # as many as a menu may have
_LONGEST = 3000  # characters of a request that are shown
_LISTED = 25
_WIDTH = 18  # characters of a kind in the table, so that it fits a phone
_URGENCY = (
    "P1: an outage, or security or money at risk now · P2: somebody cannot work, or a deadline is near · "
    "P3: ordinary work · P4: it can wait"
)


@dataclass(frozen=True)
class Invitation:
    """A sample that waits to be judged; `others` is mrkdwn for who else judges it, `closing` for how it ended.

    Where a channel reads it, `auditors` says who judge it.
    """

    id: int
    drawn: int
    population: int
    since: datetime
    until: datetime
    ends_at: datetime
    others: str = ""
    auditors: str = ""
    closing: str = ""


@dataclass(frozen=True)
class Shown:
    """A case as its auditor sees it; `place` is mrkdwn. `described` says what policy puts under the chosen kind."""

    id: int
    text: str
    place: str
    customer: str
    kinds: Sequence[tuple[str, str]]
    described: str = ""


@dataclass(frozen=True)
class Revealed:
    """What had been decided, once the verdict is kept. `label` is mrkdwn that leads there; `undo`, `reroute` and `make`
    are numbers for buttons, 0 for none."""

    said: str
    decided: str
    agreed: bool
    because: str
    engine: str
    label: str
    undo: int = 0
    learnt: str = ""
    reroute: int = 0
    make: int = 0


@dataclass(frozen=True)
class Outcome:
    """What an audit came to. `links` are mrkdwn by case, `titles` the kinds by name, `people` mrkdwn by Slack id."""

    since: datetime
    until: datetime
    population: int
    drawn: int
    seed: int
    tally: Tally
    target: float
    promise: str
    titles: Mapping[str, str]
    links: Mapping[int, str]
    people: Mapping[str, str]
    # Why there is no second opinion, or that it has not come yet; None where nobody asks for one.
    second: str | None
    unanswered: str = ""  # of one that came, what it lacks


def invitation(one: Invitation) -> tuple[str, list[Block]]:
    """Return the message that asks somebody to judge a sample."""
    text = f"Blind audit: {_decisions(one.drawn)} to judge"
    said = (
        f":mag: *{one.drawn} of {_decisions(one.population)}* that were made without a person "
        f"{_span(one.since, one.until)}, drawn by chance. You see what was asked and not what was "
        "decided; each takes about half a minute."
    )
    why = (
        "Your verdicts say how good the decisions are, and where you differ, Signalbox learns as from a correction on "
        "a card. Talk that was taken for no request is among them, because what is lost there nobody sees."
    )
    blocks = [header(text), section(said), context(why)]
    if one.closing:
        return text, [*blocks, section(one.closing)]
    until = f"Open {when(one.ends_at, 'until {date_short_pretty} at {time}')}."
    if one.others:
        until += f" {one.others} got the same sample: each case counts once, for whoever is first."
    if one.auditors:
        until += f" Judged by {one.auditors}: each case counts once, for whoever is first."
    begin = button("Begin", BEGIN_AUDIT, str(one.id), "primary")
    return text, [*blocks, context(until), actions(begin, block_id="audit")]


def _span(since: datetime, until: datetime) -> str:
    # The words stand inside, because Slack begins a date with a capital: "to Today".
    return f"{when(since, 'from {date_short_pretty}')} {when(until, 'to {date_short_pretty}')}"


def _decisions(count: int) -> str:
    return f"{count} decision{'' if count == 1 else 's'}"


def window(
    about: str, judged: int, whole: int, case: Shown | None, note: str, before: Revealed | None
) -> dict[str, Any]:
    """Return the window with one case, and above it what had been decided of the one before.

    `about` is kept for the next press, `note` is mrkdwn; without a case the note says why there is none.
    """
    blocks = [*_before(before), *([section(note)] if note else [])]
    if blocks and case:
        blocks.append(DIVIDER)
    if case:
        blocks += _case(case)
    left = f"{judged} of {whole} judged"
    return {
        "type": "modal",
        "private_metadata": about,
        "title": {"type": "plain_text", "text": "Blind audit"},
        "close": {"type": "plain_text", "text": "Close"},
        "blocks": [*blocks, context(f"{left}. You can close this and go on later." if case else f"{left}.")],
    }


def _case(case: Shown) -> list[Block]:
    # Named after the case, because a window that goes on to the next keeps what was chosen in fields of the same name.
    kinds: Block = {
        "type": "static_select",
        "action_id": AUDIT_KIND,
        "placeholder": {"type": "plain_text", "text": "Choose"},
        "options": [option(title, name) for name, title in case.kinds[:_CHOICES]],
    }
    ranks = [button(each.value, f"{AUDIT_PRIORITY}:{each.value}", str(case.id)) for each in Priority]
    return [
        context(" · ".join(part for part in (case.place, escape(case.customer)) if part)),
        literal(shorten(case.text, _LONGEST) or "(no words)", "rich_text_quote"),
        section("*What is it?*", block_id=f"kind:{case.id}", accessory=kinds),
        *([context(escape(case.described))] if case.described else []),
        section("*How urgent is it?* This keeps your verdict and brings the next case."),
        actions(*ranks, block_id=f"rank:{case.id}"),
        context(_URGENCY),
        actions(
            button("Not a request", AUDIT_NO_REQUEST, str(case.id)),
            button("Cannot tell", AUDIT_CANNOT_TELL, str(case.id)),
            block_id=f"else:{case.id}",
        ),
    ]


def _before(one: Revealed | None) -> list[Block]:
    if one is None:
        return []
    if one.said == one.decided:
        said = f":white_check_mark: *As it was decided:* {escape(one.decided)} ({one.label})"
    else:
        sign = ":white_check_mark: *The same kind:*" if one.agreed else ":left_right_arrow: *You differ:*"
        said = f"{sign} you said {escape(one.said)}; it was decided: {escape(one.decided)} ({one.label})"
    blocks = [section(said), context(f"{escape(one.engine)}: {escape(shorten(one.because, 400))}")]
    if one.learnt:
        blocks.append(context(f":bulb: {escape(one.learnt)}"))
    buttons = []
    if one.reroute:
        buttons.append(button("Reroute", REROUTE_TICKET, str(one.reroute)))
    if one.make:
        buttons.append(button("Make it a request", AUDIT_MAKE, str(one.make)))
    if one.undo:
        buttons.append(button("Do not learn from this", AUDIT_UNDO, str(one.undo)))
    return [*blocks, *([actions(*buttons, block_id="before")] if buttons else [])]


def result(one: Outcome) -> tuple[str, list[Block]]:
    """Return the post that says what an audit came to."""
    tally, found = one.tally, one.tally.quality
    span = _span(one.since, one.until)
    if found is None:
        text = "Blind audit: nothing was judged"
        said = f"Of {_decisions(one.drawn)} made without a person {span} none was judged, so nothing is known of them."
        return text, [header(text), section(said), context(_how(one))]
    text = f"Blind audit: {found.agreed} of {_decisions(found.audited)} right"
    said = (
        f"*Decision quality {found.rate:.0%}* of what was decided without a person {span}: "
        f"{found.agreed} of {found.audited} verdicts agree (95% interval {found.low:.0%} to {found.high:.0%}).\n"
        f"*Deviation {found.deviation:.1%}* (95% interval {1 - found.high:.1%} to {1 - found.low:.1%}). "
        f"At most {1 - one.target:.1%} is promised. {_PROMISES[one.promise]}"
    )
    blocks = [header(text), section(said), literal(_table(one), "rich_text_preformatted")]
    if tally.wrong:
        lines = [
            f"• {one.links[case.id]}: {_title(one, case.decided)} → *{_title(one, case.said)}*"
            for case in tally.wrong[:_LISTED]
        ]
        more = len(tally.wrong) - len(lines)
        blocks.append(section("\n".join(["*Wrong*", *lines, *([f"… and {more} more"] if more > 0 else [])])))
    if one.second is not None:
        blocks.append(section(f"*Second opinion*\n{one.second or _seconded(one)}"))
    return text, [*blocks, context(_how(one))]


_PROMISES = {
    "kept": "With 95% certainty the promise is kept.",
    "missed": ":warning: With 95% certainty the promise is missed: look at the wrong ones, and see whether their "
    "categories need clearer descriptions or examples.",
    "open": "So few verdicts show neither that the promise is kept nor that it is missed.",
}


def _title(one: Outcome, name: str) -> str:
    return escape(NO_REQUEST if name == TALK else one.titles.get(name, name))


def _table(one: Outcome) -> str:
    rows = [f"{'Decided':<{_WIDTH}} {'Right':>5} {'95%':>7}"]
    for name, found in list(one.tally.by_category.items())[:_LISTED]:
        title = shorten(NO_REQUEST if name == TALK else one.titles.get(name, name), _WIDTH)
        rows.append(f"{title:<{_WIDTH}} {f'{found.agreed}/{found.audited}':>5} {_range(found):>7}")
    return "\n".join(rows)


def _range(found: Quality) -> str:
    return f"{100 * found.low:.0f}–{found.high:.0%}"


def _seconded(one: Outcome) -> str:
    tally = one.tally
    said = (
        f"Claude judged the same cases without knowing more, and agreed with the auditors in {tally.seconded.part} of "
        f"{tally.seconded.whole}."
    )
    said = f"{said} {escape(one.unanswered)}".strip()
    if not tally.doubtful:
        return f"{said} Of what an auditor agreed with it doubts nothing."
    cases = ", ".join(
        f"{one.links[case.id]} ({_title(one, case.second)}?)" for case in tally.doubtful[:_LISTED]
    )
    return f"{said} It disagreed with {len(tally.doubtful)} that the auditor agreed with, worth a second look: {cases}."


def _how(one: Outcome) -> str:
    tally = one.tally
    parts = [f"{one.drawn} of {_decisions(one.population)} drawn by chance (seed {one.seed})"]
    if tally.by:
        parts.append("judged by " + ", ".join(f"{one.people[by]} {count}" for by, count in tally.by.items()))
    if tally.priority.whole:
        parts.append(f"priority as decided in {tally.priority.part} of {tally.priority.whole}")
    parts += [f"{tally.untold} could not be told"] if tally.untold else []
    parts += [f"{tally.gone} deleted meanwhile"] if tally.gone else []
    parts += [f"{tally.left} not judged in time"] if tally.left else []
    return " · ".join(parts)
