"""Whole messages and views: how many blocks, unique ids, one table, inputs that can be submitted.

An app's developer gets every problem at once, as Slack answers it. The functions return sentences; an empty
list means Slack would take it.
"""

from __future__ import annotations

import json
from typing import Any

from twin.blocks import layout
from twin.blocks.checks import Check, Problems, boolean, each, one_of, string, thing
from twin.blocks.texts import plain
from twin.words import Json

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
VIEW_BYTES = 250_000
MARKDOWN_TOTAL = 12_000

_AT_MOST = {"table": 1, "data_visualization": 2}
TABLE_CHARACTERS = 10_000

_COMMON: dict[str, Check] = {
    "private_metadata": string(3000, 0),
    "callback_id": string(255, 0),
    "external_id": string(255, 0),
}
_MODAL = thing(
    {"type": one_of("modal"), "title": plain(24), "blocks": each(layout.block, VIEW_BLOCKS, 0)},
    {
        **_COMMON,
        "close": plain(24),
        "submit": plain(24),
        "clear_on_close": boolean,
        "notify_on_close": boolean,
        "submit_disabled": boolean,
    },
)
_HOME = thing({"type": one_of("home"), "blocks": each(layout.block, VIEW_BLOCKS, 0)}, _COMMON)


def problems_of_message(blocks: Any) -> list[str]:
    """Say what Slack would refuse in the blocks of a message."""
    problems = Problems("message")
    each(layout.block, MESSAGE_BLOCKS, 0)(blocks, "/blocks", problems)
    if isinstance(blocks, list):
        _as_a_whole([one for one in blocks if isinstance(one, dict)], "/blocks", problems)
    return problems.found


def is_too_long(blocks: list[Json]) -> bool:
    """Whether Slack would answer msg_blocks_too_long.

    Its documented limit on all markdown blocks together.
    """
    return sum(len(one["text"]) for one in blocks if one["type"] == "markdown") > MARKDOWN_TOTAL


def problems_of_view(view: Any) -> list[str]:
    """Say what Slack would refuse in a modal or a Home."""
    if not isinstance(view, dict):
        return ["must provide an object [json-pointer:/view]"]
    kind = view.get("type")
    if kind not in ("modal", "home"):
        say = "missing required field: type [json-pointer:/view]" if kind is None else ""
        return [say or f"unsupported type: {kind} [json-pointer:/view/type]"]
    problems = Problems(str(kind))
    (_MODAL if kind == "modal" else _HOME)(view, "/view", problems)
    blocks = view.get("blocks")
    if not isinstance(blocks, list):
        return problems.found
    known = [one for one in blocks if isinstance(one, dict)]
    _as_a_whole(known, "/view/blocks", problems)
    has_input = any(one.get("type") == "input" for one in known)
    if kind == "modal" and has_input and view.get("submit") is None:
        problems.add("missing required field: submit (a modal with input blocks needs it)", "/view")
    return problems.found


def is_view_too_large(view: Json) -> bool:
    """Whether Slack would answer view_too_large."""
    return len(json.dumps(view)) > VIEW_BYTES


def _as_a_whole(blocks: list[Json], at: str, problems: Problems) -> None:
    seen: set[str] = set()
    for index, one in enumerate(blocks):
        block_id = one.get("block_id")
        if isinstance(block_id, str) and block_id in seen:
            problems.add(f"`block_id` must be unique: {block_id}", f"{at}/{index}/block_id")
        seen.add(str(block_id))
    tables = [one.get("rows") for one in blocks if one.get("type") in ("table", "data_table")]
    if sum(_characters(rows) for rows in tables) > TABLE_CHARACTERS:
        problems.add(f"the cells of all tables must be less than {TABLE_CHARACTERS + 1} characters", at)
    for kind, most in _AT_MOST.items():
        if sum(one.get("type") == kind for one in blocks) > most:
            problems.add(f"no more than {most} {kind} blocks allowed", at)


def _characters(value: Any) -> int:
    """Count the text in the cells of a table, formatted or not."""
    if isinstance(value, list):
        return sum(_characters(one) for one in value)
    if not isinstance(value, dict):
        return 0
    text = value.get("text")
    return (len(text) if isinstance(text, str) else 0) + _characters(value.get("elements"))
