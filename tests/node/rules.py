"""Slack's rules for blocks that its types do not say: how many, where, and what has to be unique.

Each rule returns sentences; an empty list means that Slack would take it. What a workspace of ours thinks of blocks is
not asked here: this is a second opinion on the same payloads, by Slack's Python models and by a few rules of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block

Json = dict[str, Any]

MOST_IN_MESSAGE, MOST_IN_VIEW = 50, 100
MOST_TABLES = 1
ONLY_MESSAGES = {
    *("card", "carousel", "container", "context_actions", "data_table", "data_visualization", "file"),
    *("markdown", "plan", "table", "task_card"),
}
# Interactive elements, which say what was done by their action_id.
NAMED = {
    *("button", "checkboxes", "datepicker", "datetimepicker", "feedback_buttons", "icon_button", "overflow"),
    *("plain_text_input", "radio_buttons", "timepicker"),
    *(f"{what}_select" for what in ("static", "external", "users", "conversations", "channels")),
    *(f"multi_{what}_select" for what in ("static", "external", "users", "conversations", "channels")),
}
# Slack's models know no classes for these yet.
UNMODELLED = {"data_table", "data_visualization"}


def of_blocks(blocks: list[Json], surface: str) -> list[str]:
    """Return what is wrong with the blocks of a surface: `message`, `modal` or `home`."""
    most = MOST_IN_MESSAGE if surface == "message" else MOST_IN_VIEW
    found = [f"{len(blocks)} blocks, at most {most} are allowed"] if len(blocks) > most else []
    kinds = [block.get("type") for block in blocks]
    if kinds.count("table") > MOST_TABLES:
        found.append(f"{kinds.count('table')} tables, at most {MOST_TABLES} is allowed")
    if surface != "message":
        found += [f"a {kind} block belongs in messages only" for kind in kinds if kind in ONLY_MESSAGES]
    ids = [block["block_id"] for block in blocks if block.get("block_id")]
    found += [f"the block_id {one} stands twice" for one in _doubled(ids)]
    for block in blocks:
        actions = [element["action_id"] for element in _elements(block) if element.get("action_id")]
        found += [f"the action_id {one} stands twice in one block" for one in _doubled(actions)]
    return found + [problem for block in blocks for problem in of_models(block)]


def of_view(view: Json) -> list[str]:
    """Return what is wrong with a modal or a Home."""
    kind, blocks = str(view.get("type")), view.get("blocks") or []
    found = of_blocks(blocks, kind)
    has_input = any(block.get("type") == "input" for block in blocks)
    if kind == "modal" and has_input and not view.get("submit"):
        found.append("a modal with an input needs a submit button")
    for name in ("title", "submit", "close"):
        if len((view.get(name) or {}).get("text", "")) > 24:
            found.append(f"its {name} is longer than 24 characters")
    return found


def of_models(block: Json) -> list[str]:
    """Return what Slack's Python models think of a block: they have to give back exactly what they were given."""
    if block.get("type") in UNMODELLED:
        return []
    try:
        read = Block.parse(block)
        if read is None:
            return [f"Slack's models know no {block.get('type')} block"]
        back = read.to_dict()
    except SlackObjectFormationError as wrong:
        return [f"{block.get('type')}: {wrong}"]
    except (TypeError, ValueError, AttributeError) as wrong:
        return [f"{block.get('type')}: Slack's models cannot read it ({wrong})"]
    return list(_different(block, back, f"/{block.get('type')}"))


def _different(ours: Any, theirs: Any, at: str) -> Iterator[str]:
    """Yield where a value came back changed."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in ours.keys() | theirs.keys():
            yield from _different(ours.get(key), theirs.get(key), f"{at}/{key}")
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for n, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            yield from _different(one, other, f"{at}/{n}")
    elif ours != theirs:
        yield f"Slack's models read {at} as {theirs!r}"


def _elements(block: Json) -> Iterator[Json]:
    """Yield the interactive elements of a block."""
    for one in [block.get("accessory"), block.get("element"), *(block.get("elements") or [])]:
        if isinstance(one, dict) and one.get("type") in NAMED:
            yield one


def _doubled(names: list[str]) -> list[str]:
    return sorted({name for name in names if names.count(name) > 1})
