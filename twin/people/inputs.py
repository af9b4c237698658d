"""What goes into inputs beyond a plain choice: uploaded files, formatted text, dates; and when typing tells the app.

A person sees Slack's client stop them: too many files, a kind of file the input does not take, a day that is none.
"""

from __future__ import annotations

import re

from twin import compose, shares
from twin.files import File
from twin.words import Json, Refused
from twin.workspace import Workspace

_TYPED = ("plain_text_input", "email_text_input", "url_text_input", "number_input", "rich_text_input")
_FORMS = {
    "datepicker": (r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", "a day such as 2026-11-23"),
    "timepicker": (r"([01]\d|2[0-3]):[0-5]\d", "a time such as 16:30"),
}
MAX_FILES = 10


def keep_files(ws: Workspace, user: str, files: list[tuple[str, bytes]]) -> list[File]:
    """Store files somebody puts into a form, given as names and bytes; no message shows them."""
    kept = []
    for name, data in files:
        file = ws.files.new(name, user, int(ws.now().timestamp()))
        ws.files.fill(file, data)
        file.is_complete = True
        kept.append(file)
    return kept


def file_objects(ws: Workspace, element: Json, chosen: object) -> list[Json]:
    """Return the whole file objects for files given by id. Raises Refused when the input does not take them."""
    given = chosen if isinstance(chosen, (list, tuple)) else [chosen]
    files = [ws.files.get(str(one["id"] if isinstance(one, dict) else one)) for one in given]
    most, kinds = element.get("max_files", MAX_FILES), [one.lower() for one in element.get("filetypes", [])]
    if len(files) > most:
        raise Refused("too_many_files", f"You can upload up to {most} file{'s' if most > 1 else ''}.")
    found: list[Json] = []
    for file in files:
        if file is None:
            raise Refused("file_not_found", "That file is not there any more.")
        ending = file.name.rpartition(".")[2].lower()
        if kinds and ending not in kinds and file.filetype not in kinds:
            raise Refused(
                "filetype_not_allowed", f"{file.name} is not of a supported type: {', '.join(kinds)}."
            )
        found.append(shares.describe(ws, file))
    return found


def rich_text(ws: Workspace, value: object) -> object:
    """Return formatted text as Slack keeps it in an input; plain words are formatted as typed."""
    if not isinstance(value, str):
        return value
    blocks = compose.typed(ws, value, ws.ts()).get("blocks")
    return {"type": "rich_text", "elements": blocks[0]["elements"]} if blocks else None


def checked(element: Json, value: object) -> object:
    """Return a picked date or time. Raises Refused when it is none."""
    form = _FORMS.get(element["type"])
    if form is not None and not re.fullmatch(form[0], str(value)):
        raise Refused("invalid_value", f"{element.get('action_id')} takes {form[1]}, not {value!r}.")
    return value


def dispatches(block: Json, element: Json, trigger: str) -> bool:
    """Whether a change of this element tells the app at once; `trigger` is `enter` or `character` for typed text."""
    if block["type"] != "input":
        return True
    if not block.get("dispatch_action", False):
        return False
    if element["type"] not in _TYPED:
        return True
    on = (element.get("dispatch_action_config") or {}).get("trigger_actions_on") or ["on_enter_pressed"]
    wanted = {"character": "on_character_entered", "enter": "on_enter_pressed"}[trigger]
    return wanted in on


def hand_over(ws: Workspace, values: Json) -> None:
    """Let the app have the files of a form that is sent."""
    for fields in values.values():
        for entry in fields.values():
            for one in entry.get("files") or []:
                if (file := ws.files.get(one["id"])) is not None:
                    file.is_submitted = True
