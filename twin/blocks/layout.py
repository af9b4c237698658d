"""Layout blocks: what each kind needs, its limits, and on which surfaces it may stand.

People see the blocks; an app's developer sees why one was refused. Phased features of Slack (charts, data
tables) are accepted here as documented, so an app must still be ready for a workspace that refuses them. A `file`
block is refused, as Slack only shows such blocks and takes none. Deliberately not checked: that a video's address is
one of the app's unfurl domains.
"""

from __future__ import annotations

from typing import Any

from twin.blocks.charts import CELL, CHART, plain_header, same_width
from twin.blocks.checks import (
    Check,
    Problems,
    at_least_one,
    boolean,
    by_type,
    each,
    integer,
    one_of,
    rules,
    string,
    thing,
)
from twin.blocks.elements import BUTTON, IN_ACTIONS, IN_CONTEXT, IN_CONTEXT_ACTIONS, IN_INPUT, IN_SECTION
from twin.blocks.richtext import RICH_TEXT
from twin.blocks.texts import BLOCK_ID, IMAGE, SLACK_FILE, URL, any_text, plain


def _block(
    kind: str, required: dict[str, Check], optional: dict[str, Check], rule: Check | None = None
) -> Check:
    return thing({"type": one_of(kind), **required}, {"block_id": BLOCK_ID, **optional}, rule)


def _image_source(value: Any, at: str, problems: Problems) -> None:
    if (value.get("image_url") is None) == (value.get("slack_file") is None):
        problems.add("must define either `image_url` or `slack_file`", at)


def _one_icon(value: Any, at: str, problems: Problems) -> None:
    if value.get("icon") is not None and value.get("slack_icon") is not None:
        problems.add("must define only one of `icon`, `slack_icon`", at)


def _no_divider_when_collapsible(value: Any, at: str, problems: Problems) -> None:
    if value.get("is_collapsible") is True and value.get("has_header_divider") is True:
        problems.add("`has_header_divider` cannot be used with `is_collapsible`", at)


_URL_SOURCE = thing({"type": one_of("url"), "url": URL, "text": string(3000)}, {"icon_url": URL})

_TASK_CARD = _block(
    "task_card",
    {"task_id": string(255), "title": string(255)},
    {
        "status": one_of("pending", "in_progress", "complete", "error"),
        "details": RICH_TEXT,
        "output": RICH_TEXT,
        "sources": each(_URL_SOURCE, 100, 0),
    },
)
_CARD = _block(
    "card",
    {},
    {
        "hero_image": IMAGE,
        "icon": IMAGE,
        "title": any_text(150),
        "subtitle": any_text(150),
        "body": any_text(200),
        "actions": each(by_type({"button": BUTTON}), 3),
        "slack_icon": thing({"type": one_of("icon"), "name": string(255)}),
    },
    rules(at_least_one("hero_image", "title", "actions", "body"), _one_icon),
)

_MESSAGE = ("message",)
_MODAL = ("modal",)
_NOT_IN_MODALS = ("message", "home")
_ALL = ("message", "modal", "home")

SIMPLE: dict[str, tuple[tuple[str, ...], Check]] = {
    "section": (
        _ALL,
        _block(
            "section",
            {},
            {
                "text": any_text(3000),
                "fields": each(any_text(2000), 10),
                "accessory": IN_SECTION,
                "expand": boolean,
            },
            at_least_one("text", "fields"),
        ),
    ),
    "header": (_ALL, _block("header", {"text": plain(150)}, {"level": integer(1, 4)})),
    "divider": (_ALL, _block("divider", {}, {})),
    "image": (
        _ALL,
        _block(
            "image",
            {"alt_text": string(2000)},
            {"image_url": URL, "slack_file": SLACK_FILE, "title": plain(2000)},
            _image_source,
        ),
    ),
    "actions": (_ALL, _block("actions", {"elements": each(IN_ACTIONS, 25)}, {})),
    "context": (_ALL, _block("context", {"elements": each(IN_CONTEXT, 10)}, {})),
    "rich_text": (_ALL, RICH_TEXT),
    "input": (
        _ALL,
        _block(
            "input",
            {"label": plain(2000), "element": IN_INPUT},
            {"hint": plain(2000), "optional": boolean, "dispatch_action": boolean},
        ),
    ),
    "context_actions": (
        _MESSAGE,
        _block("context_actions", {"elements": each(IN_CONTEXT_ACTIONS, 5)}, {}),
    ),
    "markdown": (_MESSAGE, _block("markdown", {"text": string(12_000)}, {})),
    "table": (
        _MESSAGE,
        _block(
            "table",
            {"rows": each(each(CELL, 20), 100)},
            {
                "column_settings": each(
                    thing({}, {"align": one_of("left", "center", "right"), "is_wrapped": boolean}), 20, 0
                )
            },
        ),
    ),
    "data_table": (
        _NOT_IN_MODALS,
        _block(
            "data_table",
            {"rows": each(each(CELL, 20), 101, 2), "caption": string(3000)},
            {"page_size": integer(1, 100), "row_header_column_index": integer(0, 19)},
            rules(same_width, plain_header),
        ),
    ),
    "data_visualization": (
        _NOT_IN_MODALS,
        _block(
            "data_visualization",
            {
                "title": string(50),
                "chart": CHART,
            },
            {},
        ),
    ),
    "task_card": (_MESSAGE, _TASK_CARD),
    "plan": (_MESSAGE, _block("plan", {"title": string(255)}, {"tasks": each(_TASK_CARD, 50, 0)})),
    "alert": (
        _MODAL,
        _block(
            "alert",
            {"text": any_text(200)},
            {"level": one_of("default", "info", "warning", "error", "success")},
        ),
    ),
    "card": (_ALL, _CARD),
    "carousel": (_NOT_IN_MODALS, _block("carousel", {"elements": each(by_type({"card": _CARD}), 10)}, {})),
    "video": (
        _ALL,
        _block(
            "video",
            {"alt_text": string(2000), "title": plain(199), "thumbnail_url": URL, "video_url": URL},
            {
                "title_url": URL,
                "description": plain(200),
                "provider_icon_url": URL,
                "provider_name": string(255),
                "author_name": string(49),
            },
        ),
    ),
}


def block(value: Any, at: str, problems: Problems) -> None:
    """Check one block where it stands."""
    kinds = {kind: check for kind, (surfaces, check) in BLOCKS.items() if problems.surface in surfaces}
    by_type(kinds)(value, at, problems)


# What may stand in a container; no block that holds blocks itself.
_CHILDREN = (
    "actions",
    "context",
    "divider",
    "header",
    "image",
    "input",
    "rich_text",
    "section",
    "table",
    "video",
)


def _child(value: Any, at: str, problems: Problems) -> None:
    kinds = {kind: SIMPLE[kind] for kind in _CHILDREN}
    by_type({kind: check for kind, (surfaces, check) in kinds.items() if problems.surface in surfaces})(
        value, at, problems
    )


_CONTAINER = _block(
    "container",
    {"child_blocks": each(_child, 10)},
    {
        "title": plain(150),
        "rich_text_title": RICH_TEXT,
        "subtitle": any_text(150),
        "width": one_of("narrow", "standard", "wide", "full"),
        "icon": IMAGE,
        "is_collapsible": boolean,
        "default_collapsed": boolean,
        "has_header_divider": boolean,
    },
    rules(at_least_one("title", "rich_text_title"), _no_divider_when_collapsible),
)

BLOCKS: dict[str, tuple[tuple[str, ...], Check]] = {**SIMPLE, "container": (_NOT_IN_MODALS, _CONTAINER)}
