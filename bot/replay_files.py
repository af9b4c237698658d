"""The files that a replay reads: CSV, JSONL, a day of a Slack export, or the folder of one.

Whoever gives a file that cannot be used reads its name, the line and what is wrong with it.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

_LABELS = ("category", "label", "intent")
# What an export says of the workspace beside its days.
_NO_DAYS = {
    *("users.json", "channels.json", "groups.json", "dms.json", "mpims.json", "integration_logs.json"),
    *("canvases.json", "lists.json", "org_users.json", "file_conversations.json"),
}


class ReplayError(Exception):
    """The file cannot be replayed; the message says what to do."""


@dataclass(frozen=True)
class Line:
    text: str
    label: str = ""
    person: str = ""


def read(file: Path) -> list[Line]:
    """Return the messages of a CSV, JSONL or Slack export. Raises ReplayError naming file and line."""
    if not file.exists():
        raise ReplayError(f"{file}: there is no such file")
    if file.is_dir():
        days = sorted(day for day in file.rglob("*.json") if day.name not in _NO_DAYS)
        return [line for day in days for line in _lines(day, _export)]
    readers = {".csv": _csv, ".jsonl": _jsonl, ".json": _export}
    if file.suffix not in readers:
        raise ReplayError(f"{file.name}: give a .csv, .jsonl or .json file, or the folder of a Slack export")
    return _lines(file, readers[file.suffix])


def _lines(file: Path, reader: Callable[[Path], Iterator[Line]]) -> list[Line]:
    """Return a file's messages; those without a word are left out, because nobody can post them."""
    try:
        return [line for line in reader(file) if line.text.strip()]
    except UnicodeDecodeError as wrong:
        number = wrong.object[: wrong.start].count(b"\n") + 1
        raise ReplayError(f"{file.name}:{number}: not UTF-8 text; save it again as UTF-8") from None
    except OSError as wrong:
        raise ReplayError(f"{file}: {wrong.strerror}") from None


def _csv(file: Path) -> Iterator[Line]:
    # Read at once, so that a byte that is no text is found at its place in the file. A mark in front is Excel's.
    text = file.read_bytes().decode("utf-8").removeprefix("\ufeff")
    rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        if not rows.fieldnames or "text" not in rows.fieldnames:
            raise ReplayError(
                f"{file.name}:1: the first line has to name the columns, and one of them 'text'"
            )
        for row in rows:
            if row["text"] is None:
                raise ReplayError(f"{file.name}:{rows.line_num}: this line has fewer columns than the first")
            yield Line(row["text"], _label(row), row.get("person") or "")
    except csv.Error as wrong:
        raise ReplayError(f"{file.name}:{rows.reader.line_num}: not CSV ({wrong})") from None


def _jsonl(file: Path) -> Iterator[Line]:
    for number, raw in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if not raw.strip():
            continue
        try:
            row = json.loads(raw)
        except json.JSONDecodeError as wrong:
            raise ReplayError(f"{file.name}:{number}: not JSON ({wrong.msg})") from None
        if not isinstance(row, dict) or not isinstance(row.get("text", row.get("utterance")), str):
            raise ReplayError(f"{file.name}:{number}: each line has to be an object with a 'text'")
        yield Line(row.get("text") or row.get("utterance") or "", _label(row), str(row.get("person") or ""))


def _export(file: Path) -> Iterator[Line]:
    """Read one day of a Slack export: people's own messages, without joins, bots and thread replies."""
    try:
        messages = json.loads(file.read_text(encoding="utf-8"))
    except json.JSONDecodeError as wrong:
        raise ReplayError(f"{file.name}:{wrong.lineno}: not JSON ({wrong.msg})") from None
    if not isinstance(messages, list):
        raise ReplayError(f"{file.name}:1: a day of a Slack export is a list of messages")
    for message in messages:
        if not isinstance(message, dict):
            raise ReplayError(f"{file.name}:1: a day of a Slack export is a list of messages")
        is_reply = message.get("thread_ts") not in (None, message.get("ts"))
        is_own = message.get("type") == "message" and not message.get("subtype") and message.get("user")
        if is_own and not is_reply and message.get("text"):
            yield Line(message["text"])


def _label(row: dict[str, str]) -> str:
    return next((str(row[name]) for name in _LABELS if row.get(name)), "")
