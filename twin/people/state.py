"""What stands in menus and inputs: reading, filling and checking the values of a view or a message.

A person sees their choice stay where they made it, and a red line under an input they forgot. The shapes are
those of `state.values` in Slack's payloads. Deliberately pure: nothing here knows the workspace.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from twin.words import Json

# The key of the chosen or typed value, by element type. Elements that keep no value are not here.
VALUE_KEYS = {
    "static_select": "selected_option",
    "external_select": "selected_option",
    "users_select": "selected_user",
    "conversations_select": "selected_conversation",
    "channels_select": "selected_channel",
    "multi_static_select": "selected_options",
    "multi_external_select": "selected_options",
    "multi_users_select": "selected_users",
    "multi_conversations_select": "selected_conversations",
    "multi_channels_select": "selected_channels",
    "radio_buttons": "selected_option",
    "checkboxes": "selected_options",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "plain_text_input": "value",
    "email_text_input": "value",
    "url_text_input": "value",
    "number_input": "value",
    "rich_text_input": "rich_text_value",
    "file_input": "files",
}
_INITIAL = {key: key.replace("selected_", "initial_") for key in VALUE_KEYS.values()}
_INITIAL |= {"value": "initial_value", "rich_text_value": "initial_value", "files": "initial_files"}


def elements(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Walk over every element with the block it stands in."""
    for block in blocks:
        for key in ("element", "accessory"):
            if isinstance(block.get(key), dict):
                yield block, block[key]
        if block["type"] in ("actions", "context_actions"):
            for element in block["elements"]:
                yield block, element
        if block["type"] == "card":
            for element in block.get("actions", []):
                yield block, element
        yield from elements(block.get("child_blocks", []))
        if block["type"] == "carousel":
            yield from elements(block["elements"])


def values(blocks: list[Json], known: Json) -> Json:
    """Return `state.values`.

    What is known, and the initial value of everything else (None where there is none).
    """
    state: Json = {}
    for block, element in elements(blocks):
        key = VALUE_KEYS.get(element["type"])
        if key is None:
            continue
        block_id, action_id = block["block_id"], element["action_id"]
        entry = known.get(block_id, {}).get(action_id)
        empty: list[Json] | None = [] if key.endswith("s") else None
        if entry is None:
            entry = {"type": element["type"], key: element.get(_INITIAL[key], empty)}
        state.setdefault(block_id, {})[action_id] = entry
    return state


def with_value(state: Json, block_id: str, action_id: str, entry: Json) -> Json:
    """Return `state.values` with one entry changed."""
    return {**state, block_id: {**state.get(block_id, {}), action_id: entry}}


def complaints(blocks: list[Json], state: Json) -> dict[str, str]:
    """Say, by block id, what Slack's own client would complain about before sending a modal."""
    found: dict[str, str] = {}
    for block in blocks:
        if block["type"] != "input":
            continue
        element = block["element"]
        key = VALUE_KEYS[element["type"]]
        value = state.get(block["block_id"], {}).get(element["action_id"], {}).get(key)
        if is_empty(value):
            if not block.get("optional", False):
                found[block["block_id"]] = "Please complete this required field."
        elif say := _complaint(element, value):
            found[block["block_id"]] = say
    return found


def _complaint(element: Json, value: object) -> str:
    kind = element["type"]
    if kind == "plain_text_input":
        length = len(str(value))
        if length < element.get("min_length", 0):
            return f"Must be at least {element['min_length']} characters."
        if length > element.get("max_length", 3000):
            return f"Must be at most {element.get('max_length', 3000)} characters."
    if kind == "number_input":
        return _number_complaint(element, str(value))
    if kind == "email_text_input" and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", str(value)):
        return "Please enter a valid email address."
    if kind == "url_text_input" and not re.fullmatch(r"https?://\S+", str(value)):
        return "Please enter a valid URL."
    most = element.get("max_selected_items")
    if most is not None and isinstance(value, list) and len(value) > most:
        return f"Please choose at most {most}."
    return ""


def _number_complaint(element: Json, value: str) -> str:
    try:
        number = float(value)
    except ValueError:
        return "Please enter a number."
    if not element.get("is_decimal_allowed", False) and not number.is_integer():
        return "Please enter a whole number."
    if "min_value" in element and number < float(element["min_value"]):
        return f"Please enter at least {element['min_value']}."
    if "max_value" in element and number > float(element["max_value"]):
        return f"Please enter at most {element['max_value']}."
    return ""


def is_touched(values: Json) -> bool:
    """Whether anything at all was filled in."""
    return any(
        not is_empty(value)
        for fields in values.values()
        for entry in fields.values()
        for key, value in entry.items()
        if key != "type"
    )


def is_empty(value: object) -> bool:
    """Whether an input counts as not filled in; formatted text without any words does too."""
    if isinstance(value, dict) and value.get("type") == "rich_text":
        return not _words(value)
    return value in (None, "", [])


def _words(part: Json) -> bool:
    if part.get("type") in ("user", "channel", "usergroup", "broadcast", "emoji", "link", "date"):
        return True
    if str(part.get("text", "")).strip():
        return True
    return any(_words(one) for one in part.get("elements", []))
