"""How a change looks: what was counted, against what, and what to do; and a proposed category with its buttons.

Values in, Block Kit out. Requests are quoted literally, and only in the channel of the people who place them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agents.drift import BEFORE, HELD, Calibration, Failing, Shift
from agents.intake import shorten
from handlers.cards.text import Block, actions, button, context, escape, header, link, literal, section

ADOPT_CATEGORY = "adopt_category"
NOT_NOW = "not_now"
REMOVE_CATEGORY = "remove_category"

_LINKED = 20
_QUOTED = 200
_BACKTEST = "`signalbox backtest --change policy --policy new.toml`"


@dataclass(frozen=True)
class Linked:
    """A ticket, and the address of its request if there is one."""

    id: int
    link: str
    text: str = ""  # empty where it may not be shown, or is gone


@dataclass(frozen=True)
class Replay:
    """How many of the last weeks' requests a category would get: of those that were held, and from others by title."""

    asked: int
    there: int
    held: int
    elsewhere: Mapping[str, int]


@dataclass(frozen=True)
class Proposal:
    """A group of requests and the category that it could become; `place` and `owner` are mrkdwn."""

    id: int
    title: str
    queue: str
    place: str
    owner: str
    words: Sequence[str]
    people: int
    members: Sequence[Linked]
    examples: Sequence[Linked]
    placed: Mapping[str, int]
    replay: Replay
    closing: str = ""  # mrkdwn, once somebody has decided
    removable: bool = False


def per_hundred(count: int, whole: int) -> str:
    """Return a share for people, "2 in 100"."""
    if not count:
        return f"none of {whole}"
    share = 100 * count / whole
    return "fewer than 1 in 100" if share < 1 else f"{share:.0f} in 100"


def failing(
    one: Failing, title: str, owner: str, target: float, moved: Sequence[Linked]
) -> tuple[str, list[Block]]:
    """Return the alert that a category starts to fail; `owner` is mrkdwn."""
    text = f"{title}: more of it goes astray"
    before = "; there is nothing before to compare it with"
    if one.routed_before:
        before = f"; before it was {per_hundred(one.moved_before, one.routed_before)}"
    said = (
        f":warning: {owner} Of {one.routed} requests judged “{escape(title)}” last week {one.moved} were moved"
        f"{before}. At most {100 * (1 - target):.0f} in 100 are promised."
    )
    todo = (
        "*What to do*\nLook at the moved ones. If they have something in common, say so in the description of their "
        f"category in the policy file, or give it examples of it; {_BACKTEST} shows what that changes. "
        "Meanwhile the nightly fit holds more of what is unsure."
    )
    return escape(text), [header(text), section(said), section(f"*Moved*\n{_links(moved)}"), section(todo)]


def calibration(one: Calibration, name: str, owner: str, moved: Sequence[Linked]) -> tuple[str, list[Block]]:
    """Return the alert that an engine is surer than it should be; `name` is how people know it."""
    text = f"{name} is surer than it should be"
    said = (
        f":warning: {owner} {name} was {one.sure:.0%} sure on average of {one.routed} requests that it routed last "
        f"week; {one.right} of them ({one.right / one.routed:.0%}) stayed where they were put."
    )
    todo = (
        "*What to do*\nNothing at once: the nightly fit learns from the corrections. If it goes on, raise `floor` "
        f"under `[triage]`; {_BACKTEST.replace('policy new.toml', 'floor 0.7')} shows what would be held."
    )
    return text, [header(text), section(said), section(f"*Moved*\n{_links(moved)}"), section(todo)]


def mix(found: Sequence[Shift], titles: Mapping[str, str], owner: str) -> tuple[str, list[Block]]:
    """Return the alert that other things are asked than before; `titles` are the categories' by name."""
    text = "What people ask has changed"
    lines = [
        f"• *{escape(titles.get(one.category, one.category)) if one.category != HELD else 'Held for a person'}*: "
        f"{one.count} of {one.whole} last week; before it was {per_hundred(one.count_before, one.whole_before)}"
        for one in found
    ]
    todo = (
        "*What to do*\nIf you know why (a release, a campaign, a season), nothing. Otherwise read some of them: a new "
        "kind of request often hides in an old category, or among what is held."
    )
    said = f":bar_chart: {owner} Last week against the {BEFORE} weeks before:"
    return text, [header(text), section(said), section("\n".join(lines)), section(todo)]


def proposal(one: Proposal) -> tuple[str, list[Block]]:
    """Return the alert that a group of requests found no category, with the one it could become."""
    text = f"A new kind of request? {one.title}"
    said = (
        f":mag: {one.owner} {len(one.members)} requests of {one.people} people in the last {BEFORE} weeks found no "
        "category that fits, and they ask for much the same."
    )
    if one.words:
        said += f" Words they share: {', '.join(escape(word) for word in one.words)}."
    blocks = [header(text), section(said)]
    for example in one.examples:
        blocks.append(context(_label(example)))
        blocks.append(literal(shorten(example.text, _QUOTED), "rich_text_quote"))
    listed = f"*All of them*\n{_links(one.members)}"
    if one.placed:
        where = ", ".join(f"{count} in {escape(title)}" for title, count in one.placed.items())
        listed += f"\nPeople have placed {sum(one.placed.values())} of them: {where}."
    blocks.append(section(listed))
    blocks.append(
        section(
            f"*Proposed*: the category “{escape(one.title)}” with {escape(one.queue)}, for requests in {one.place}. "
            f"{replayed(one.replay)}"
        )
    )
    if one.closing:
        remove = button("Remove", REMOVE_CATEGORY, str(one.id), "danger", _CONFIRM_REMOVE)
        blocks.append(section(one.closing, **({"accessory": remove} if one.removable else {})))
        return escape(text), blocks
    blocks.append(section(_TODO))
    blocks.append(
        actions(
            button("Adopt", ADOPT_CATEGORY, str(one.id), "primary"),
            button("Not now", NOT_NOW, str(one.id)),
            block_id="proposal",
        )
    )
    return escape(text), blocks


_TODO = (
    "*What to do*\nIf these belong together and one team answers them, adopt the category: you can change its name, "
    "team and examples first, and remove it again. Otherwise “Not now”: the same requests are not proposed twice."
)
_CONFIRM_REMOVE = {
    "title": {"type": "plain_text", "text": "Remove this category?"},
    "text": {"type": "plain_text", "text": "New requests are no longer put there. Its tickets stay."},
    "confirm": {"type": "plain_text", "text": "Remove"},
    "deny": {"type": "plain_text", "text": "Keep"},
    "style": "danger",
}


def replayed(one: Replay) -> str:
    """Return mrkdwn that says what a category would get of the last weeks' requests."""
    if not one.there:
        return f"None of the last {one.asked} requests would go there by itself."
    parts = [f"{one.held} that were held"] if one.held else []
    parts += [f"{count} from {escape(title)}" for title, count in one.elsewhere.items()]
    return f"Of the last {one.asked} requests {one.there} would go there: {', '.join(parts)}."


def snippet(title: str, toml: str) -> tuple[str, list[Block]]:
    """Return the lines for the policy file, as a reply below the alert."""
    text = (
        f"“{escape(title)}” is judged by within seconds. To keep it for good, write it into the policy file:"
    )
    after = "Once the file has it, the file is right, and what was adopted here ends by itself."
    return text, [section(text), literal(toml, "rich_text_preformatted"), context(after)]


def _label(one: Linked) -> str:
    return link(one.link, f"T-{one.id}") if one.link else f"T-{one.id}"


def _links(found: Sequence[Linked]) -> str:
    more = f" and {len(found) - _LINKED} more" if len(found) > _LINKED else ""
    return ", ".join(_label(one) for one in found[:_LINKED]) + more
