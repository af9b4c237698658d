"""Text objects, options and confirmations: what blocks and their elements share.

An app's developer meets these limits everywhere: 75 characters on a button, 150 in an option's value. Limits
are those Slack documents. Deliberately not here: rich text, which has a file of its own.
"""

from __future__ import annotations

import re
from typing import Any

from twin.blocks.checks import (
    Check,
    Problems,
    boolean,
    by_type,
    each,
    exactly_one,
    one_of,
    string,
    thing,
)

URL = string(3000)
BLOCK_ID = string(255)


def plain(most: int, least: int = 1) -> Check:
    """A plain_text object."""
    return by_type(
        {"plain_text": thing({"type": one_of("plain_text"), "text": string(most, least)}, {"emoji": boolean})}
    )


def any_text(most: int, least: int = 1) -> Check:
    """A plain_text or mrkdwn object."""
    return by_type(
        {
            "plain_text": thing(
                {"type": one_of("plain_text"), "text": string(most, least)}, {"emoji": boolean}
            ),
            "mrkdwn": thing({"type": one_of("mrkdwn"), "text": string(most, least)}, {"verbatim": boolean}),
        }
    )


def option(*, mrkdwn: bool = False, url: bool = False) -> Check:
    """One choice of a menu; radio buttons and checkboxes may format it, overflow menus may link it."""
    text = any_text(75) if mrkdwn else plain(75)
    optional: dict[str, Check] = {"description": text}
    if url:
        optional["url"] = URL
    return thing({"text": text, "value": string(150)}, optional)


OPTION = option()
OPTION_GROUP = thing({"label": plain(75), "options": each(OPTION, 100)})

CONFIRM = thing(
    {"title": plain(100), "text": any_text(300)},
    {"confirm": plain(30), "deny": plain(30), "style": one_of("primary", "danger")},
)

SLACK_FILE = thing({}, {"id": string(255), "url": URL}, exactly_one("id", "url"))

DISPATCH = thing({}, {"trigger_actions_on": each(one_of("on_enter_pressed", "on_character_entered"), 2)})

IMAGE = thing(
    {"type": one_of("image"), "alt_text": string(2000)},
    {"image_url": URL, "slack_file": SLACK_FILE},
    exactly_one("image_url", "slack_file"),
)


# The path of the block that a path lies in: "/blocks/3" in a message, "/view/blocks/3" in a view.
_BLOCK = re.compile(r".*?/blocks/\d+")


def action_id(value: Any, at: str, problems: Problems) -> None:
    """An action id, which must be unique within the block it is in."""
    string(255)(value, at, problems)
    if not isinstance(value, str):
        return
    found = _BLOCK.match(at)
    block = found.group() if found else at
    if problems.action_ids.get(f"{block} {value}"):
        problems.add(f"`action_id` must be unique within a block: {value}", at)
    problems.action_ids[f"{block} {value}"] = at


def focus(value: Any, at: str, problems: Problems) -> None:
    """`focus_on_load`, which only one element of a surface may have."""
    boolean(value, at, problems)
    if value is True:
        problems.focused.append(at)
        if len(problems.focused) == 2:
            problems.add("only one element may have `focus_on_load`", at)
