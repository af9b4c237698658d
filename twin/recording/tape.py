"""The file of a recording: one JSON object a line, a header first, then deeds of people and calls of the app.

A person who reads such a file sees who did what, when, and what the app did about it. A file that cannot be used is
refused with the number of the line. Deliberately plain: it can be cut and joined with a text editor.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from twin.words import Json

if TYPE_CHECKING:
    from twin.host import Call, Host
    from twin.workspace import Workspace

VERSION = 1
KEEP_BEFORE = 500

# Structures that SDKs send as text inside a form.
_STRUCTURES = (
    "blocks",
    "view",
    "attachments",
    "metadata",
    "files",
    "unfurls",
    "chunks",
    "prompts",
    "outputs",
)
_READING = (
    ".list",
    ".info",
    ".history",
    ".replies",
    ".members",
    ".lookup",
    ".test",
    ".get",
    ".open",
    ".search",
)
# What .open and .get look like, and yet changes what people see.
_DOING = ("views.open",)


class TapeError(ValueError):
    """A recording that cannot be used; the sentence names the line."""


@dataclass(frozen=True)
class Deed:
    """What a person did. `view` and `place` tell where, in words that hold in another run as well."""

    n: int
    at: float
    who: str
    team: str
    deed: str
    args: Json
    made: Json
    refused: str
    view: Json | None
    place: int | None


@dataclass(frozen=True)
class Did:
    """What the app did: a call that shows or changes something, and the ids it made."""

    n: int
    at: float
    team: str
    method: str
    args: Json
    made: Json


@dataclass(frozen=True)
class Step:
    """Somebody put the clock forward."""

    n: int
    at: float
    seconds: float


@dataclass(frozen=True)
class Tape:
    """A whole recording, in the order in which things began."""

    workspaces: tuple[str, ...]
    began: datetime
    before: Json
    lines: tuple[Deed | Did | Step, ...] = field(default=())


def header(host: Host, began: datetime) -> Json:
    """Say the first line."""
    spaces = [ws.seed.domain for ws in host.workspaces.values()]
    return {
        "twin": VERSION,
        "workspaces": spaces,
        "app": host.first.seed.app.name,
        "began": began.isoformat(),
        "before": before(host),
    }


def before(host: Host) -> Json:
    """Name the messages that are there, so that the same ones are found in another run; the oldest of each channel."""
    return {
        channel.id: [one["ts"] for one in channel.messages[:KEEP_BEFORE]]
        for ws in host.workspaces.values()
        for channel in ws.channels.values()
        if channel.messages
    }


def deed(ws: Workspace, user: str, name: str, args: Json) -> Json:
    """Say a deed's line, before anything came of it."""
    line: Json = {"who": ws.users[user]["name"], "team": ws.seed.id, "deed": name, "args": args}
    view = ws.views.get(str(args.get("view_id", "")))
    if view is not None:
        stack = [one["id"] for one in ws.views.stack(user)]
        depth = stack.index(view["id"]) if view["id"] in stack else 0
        line["view"] = {"type": view["type"], "callback_id": view["callback_id"], "depth": depth}
    where = args.get("action") or args
    if isinstance(where, dict) and "action_id" in where:
        blocks = view["blocks"] if view is not None else blocks_of(ws, user, str(args.get("ts", "")))
        line["place"] = place(blocks, where)
    return line


def place(blocks: list[Json], where: Json) -> int | None:
    """Count where an element stands, because ids that Slack made up are others in the next run."""
    for at, (block_id, action_id) in enumerate(elements(blocks)):
        if action_id == where["action_id"] and where.get("block_id") in (None, "", block_id):
            return at
    return None


def elements(value: Any, block_id: str = "") -> Iterator[tuple[str, str]]:
    """Walk over everything that can be pressed or filled in: the ids of its block, and its own."""
    if isinstance(value, list):
        for one in value:
            yield from elements(one, block_id)
    elif isinstance(value, dict):
        block_id = value.get("block_id", block_id)
        if "action_id" in value:
            yield block_id, value["action_id"]
        for one in value.values():
            yield from elements(one, block_id)


def pressed(ws: Workspace, where: Json, block: Json, element: Json, value: Json) -> Json:
    """Say the arguments of a press or a choice in a message or a view, as the page sends them."""
    action = {
        "block_id": block["block_id"],
        "action_id": element["action_id"],
        "type": element["type"],
        **value,
    }
    if "ts" in where:
        return {"channel": ws.homes.get(where["ts"], ""), "ts": where["ts"], "action": action}
    view = ws.views.get(where["id"]) or where
    return {"view_id": where["id"], "action": action, "state": view["state"]["values"]}


def uploaded(host: Host, said: dict[str, str], files: list[tuple[str, bytes]]) -> Json:
    """Say the arguments of an upload. Nothing is encoded while nobody records."""
    if not host.recorder.is_on:
        return {}
    kept = {key: value for key, value in said.items() if value and key not in ("as", "team")}
    data = [{"name": name, "data": base64.b64encode(content).decode()} for name, content in files]
    return {**kept, "files": data}


def call(ws: Workspace, made: Call) -> Json:
    """Say a call's line."""
    args = {key: opened(key, value) for key, value in made.args.items() if key != "client_secret"}
    answer = made.response
    message, view = answer.get("message") or {}, answer.get("view") or {}
    ids = {
        "channel": answer.get("channel"),
        "ts": answer.get("ts") or answer.get("message_ts") or message.get("ts"),
        "view": view.get("id"),
        "files": [one["id"] for one in answer.get("files", [])],
    }
    line: Json = {"team": ws.seed.id, "app": made.method, "args": args}
    if made.method == "chat.stopStream":  # how a stream was cut into pieces is nobody's concern
        line["args"] |= {key: message.get(key) for key in ("text", "blocks") if message.get(key)}
    line["made"] = {key: value for key, value in ids.items() if value}
    return line


def is_doing(made: Call) -> bool:
    """Whether a call shows or changes something, and was not refused."""
    if not made.response.get("ok") or made.method == "chat.appendStream":
        return False
    name = made.method
    return name in _DOING or not any(part in name for part in _READING)


def opened(key: str, value: Any) -> Any:
    """Read a structure that came as text."""
    if key in _STRUCTURES and isinstance(value, str) and value:
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def read(text: str) -> Tape:
    """Read a recording. Raises TapeError with the number of the line that cannot be used."""
    found: list[Deed | Did | Step] = []
    head: Json | None = None
    for number, raw in enumerate(text.splitlines(), start=1):
        if not raw.strip():
            continue
        line = _line(number, raw)
        if head is None or "twin" in line:  # a recording that was cleared on the way begins anew
            head = _head(number, line)
            found.clear()
            continue
        found.append(_entry(number, line))
    if head is None:
        raise TapeError("Line 1: the recording is empty; it begins with a header.")
    began = datetime.fromisoformat(head["began"])
    found.sort(key=lambda one: one.n)
    there = head.get("before")
    return Tape(tuple(head["workspaces"]), began, there if isinstance(there, dict) else {}, tuple(found))


def _line(number: int, raw: str) -> Json:
    try:
        line = json.loads(raw)
    except ValueError as problem:
        raise TapeError(f"Line {number}: not JSON: {problem}.") from problem
    if not isinstance(line, dict):
        raise TapeError(f"Line {number}: a line must be a JSON object.")
    return line


def _head(number: int, line: Json) -> Json:
    if line.get("twin") != VERSION:
        raise TapeError(f"Line {number}: not the header of a recording of version {VERSION}.")
    try:
        datetime.fromisoformat(str(line.get("began")))
    except ValueError as problem:
        raise TapeError(
            f"Line {number}: began must be a time such as 2026-11-23T09:00:00+00:00."
        ) from problem
    spaces = line.get("workspaces")
    if not isinstance(spaces, list) or not all(isinstance(one, str) for one in spaces):
        raise TapeError(f"Line {number}: workspaces must be a list of the domains that were open.")
    return line


def _entry(number: int, line: Json) -> Deed | Did | Step:
    n, at = _need(number, line, "n", int), float(_need(number, line, "at", int | float))
    if "clock" in line:
        return Step(n, at, float(_need(number, line, "clock", int | float)))
    args, made = _need(number, line, "args", dict), line.get("made") or {}
    if not isinstance(made, dict):
        raise TapeError(f"Line {number}: made must be a JSON object.")
    team = str(line.get("team", ""))
    if "app" in line:
        return Did(n, at, team, _need(number, line, "app", str), args, made)
    who, name = _need(number, line, "who", str), _need(number, line, "deed", str)
    refused, view, where = str(line.get("refused", "")), line.get("view"), line.get("place")
    return Deed(n, at, who, team, name, args, made, refused, view, where)


def _need(number: int, line: Json, key: str, kind: Any) -> Any:
    if key not in line:
        raise TapeError(f"Line {number}: {key} is missing.")
    if not isinstance(line[key], kind):
        raise TapeError(f"Line {number}: {key} cannot be {line[key]!r}.")
    return line[key]


def blocks_of(ws: Workspace, user: str, ts: str) -> list[Json]:
    """Return the blocks of a message, or of a whisper, as this person sees them."""
    channel = ws.channels.get(ws.homes.get(ts, ""))
    if channel is None:
        return []
    message = channel.get(ts) or next((one for one in channel.whispers(user) if one["ts"] == ts), {})
    blocks: list[Json] = message.get("blocks", [])
    return blocks
