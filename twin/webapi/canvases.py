"""canvases.* and conversations.canvases.create: documents the app writes.

People find them among the files, and a channel's own one in its tab. Each call of canvases.edit makes one change, as
in Slack. Deliberately not done: the restrictions of free teams, and asking people's access before they read.
"""

from __future__ import annotations

from typing import Any

from twin import events
from twin.canvases import MAX_CHARACTERS, Canvas
from twin.files import File
from twin.webapi.calling import Args, Method, joined_channel
from twin.words import Json, SlackError, invalid_arguments
from twin.workspace import Workspace

KINDS = ("any_header", "h1", "h2", "h3")
LEVELS = ("read", "write", "owner")


def create(ws: Workspace, args: Args) -> Json:
    channel = joined_channel(ws, args, "channel_id") if args.text("channel_id") else None
    canvas = _make(ws, args, channel.id if channel is not None else "")
    return {"ok": True, "canvas_id": canvas.file}


def create_in_channel(ws: Workspace, args: Args) -> Json:
    channel = joined_channel(ws, args, "channel_id")
    if any(one.channel == channel.id and ws.files.get(one.file) for one in ws.canvases.values()):
        raise SlackError("channel_canvas_already_exists")
    return {"ok": True, "canvas_id": _make(ws, args, channel.id).file}


def edit(ws: Workspace, args: Args) -> Json:
    canvas, file = _canvas(ws, args)
    changes: Any = args.structure("changes", "invalid_arguments")
    if not isinstance(changes, list) or len(changes) != 1 or not isinstance(changes[0], dict):
        raise invalid_arguments("must provide exactly one change [json-pointer:/changes]")
    _change(canvas, file, changes[0])
    _store(ws, canvas, file)
    event = {"type": "file_change", "file_id": file.id, "file": {"id": file.id}, "event_ts": ws.ts()}
    events.to_app(ws, event)
    return {"ok": True}


def delete(ws: Workspace, args: Args) -> Json:
    canvas, file = _canvas(ws, args)
    ws.files.drop(file.id)
    del ws.canvases[canvas.file]
    event = {
        "type": "file_deleted",
        "file_id": file.id,
        "channel_ids": list(file.shares),
        "event_ts": ws.ts(),
    }
    events.to_app(ws, event)
    return {"ok": True}


def look_up(ws: Workspace, args: Args) -> Json:
    canvas, _ = _canvas(ws, args)
    criteria: Any = args.structure("criteria", "invalid_arguments")
    if not isinstance(criteria, dict) or not (criteria.get("section_types") or criteria.get("contains_text")):
        raise invalid_arguments("must provide section_types or contains_text [json-pointer:/criteria]")
    kinds = criteria.get("section_types") or []
    if not isinstance(kinds, list) or len(kinds) > 3 or not all(kind in KINDS for kind in kinds):
        raise invalid_arguments("must be a valid enum value [json-pointer:/criteria/section_types]")
    found = canvas.look_up(kinds, str(criteria.get("contains_text") or ""))
    return {"ok": True, "sections": [{"id": one.id} for one in found]}


def set_access(ws: Workspace, args: Args) -> Json:
    canvas, _ = _canvas(ws, args)
    level = args.need("access_level")
    if level not in LEVELS:
        raise invalid_arguments("must be a valid enum value [json-pointer:/access_level]")
    canvas.access |= dict.fromkeys(_whom(ws, args), level)
    return {"ok": True}


def delete_access(ws: Workspace, args: Args) -> Json:
    canvas, _ = _canvas(ws, args)
    for one in _whom(ws, args):
        canvas.access.pop(one, None)
    return {"ok": True}


def _make(ws: Workspace, args: Args, channel: str) -> Canvas:
    title = args.text("title") or "Untitled"
    text = _document(args.structure("document_content", "invalid_arguments"))
    file = ws.files.new(title, ws.bot, int(ws.now().timestamp()), title=title)
    file.is_canvas = file.is_complete = True
    if channel:
        file.shares[channel] = []
    canvas = Canvas(file.id, channel, access={ws.bot: "owner"})
    canvas.insert(0, text)
    ws.canvases[file.id] = canvas
    _store(ws, canvas, file)
    return canvas


def _store(ws: Workspace, canvas: Canvas, file: File) -> None:
    if len(canvas.markdown) > MAX_CHARACTERS:
        raise SlackError("canvas_editing_failed")
    ws.files.fill(file, canvas.markdown.encode())


def _change(canvas: Canvas, file: File, change: Json) -> None:
    kind = change.get("operation")
    if kind == "rename":
        file.title = file.name = _document(change.get("title_content")).strip() or file.title
        return
    at = 0
    if kind in ("insert_before", "insert_after", "delete") or (
        kind == "replace" and change.get("section_id")
    ):
        found = canvas.find(str(change.get("section_id", "")))
        if found is None:
            raise SlackError("canvas_editing_failed", detail="section not found")
        at = found
    if kind == "delete":
        del canvas.sections[at]
        return
    text = _document(change.get("document_content"), needed=True)
    if kind == "replace":
        if change.get("section_id"):
            del canvas.sections[at]
        else:
            canvas.sections.clear()
    elif kind == "insert_after":
        at += 1
    elif kind == "insert_at_end":
        at = len(canvas.sections)
    elif kind not in ("insert_before", "insert_at_start"):
        raise invalid_arguments("must be a valid enum value [json-pointer:/changes/0/operation]")
    canvas.insert(at, text)


def _document(value: Any, *, needed: bool = False) -> str:
    if value is None and not needed:
        return ""
    text = value.get("markdown") if isinstance(value, dict) and value.get("type") == "markdown" else None
    if not isinstance(text, str):
        raise invalid_arguments("must provide markdown [json-pointer:/document_content]")
    return text


def _canvas(ws: Workspace, args: Args) -> tuple[Canvas, File]:
    id = args.need("canvas_id")
    canvas, file = ws.canvases.get(id), ws.files.get(id)
    if canvas is None or file is None:
        raise SlackError("canvas_not_found")
    return canvas, file


def _whom(ws: Workspace, args: Args) -> list[str]:
    channels, users = args.names("channel_ids"), args.names("user_ids")
    if bool(channels) == bool(users):
        raise SlackError("invalid_parameters")
    if not all(one in ws.channels for one in channels):
        raise SlackError("channel_not_found")
    if not all(one in ws.users for one in users):
        raise SlackError("user_not_found")
    return channels or users


METHODS = {
    "canvases.create": Method(create, ("canvases:write",), per_minute=20),
    "canvases.edit": Method(edit, ("canvases:write",)),
    "canvases.delete": Method(delete, ("canvases:write",)),
    "canvases.sections.lookup": Method(look_up, ("canvases:read",)),
    "canvases.access.set": Method(set_access, ("canvases:write",)),
    "canvases.access.delete": Method(delete_access, ("canvases:write",)),
    "conversations.canvases.create": Method(create_in_channel, ("canvases:write",), per_minute=20),
}
