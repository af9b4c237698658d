"""Streams: messages of the app that grow while people read them, piece by piece, until they are complete.

People see text, tasks and plans appear as the app sends them. Text comes as Markdown; tasks are cards whose title and
status are replaced by every update and whose details and output grow. Deliberately bounded: a stream holds at most
200,000 characters and 500 pieces; Slack names no such limits. `dense` is stored like `timeline`, because how far cards
are folded together is the reader's business.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from twin import markdown
from twin.clock import Alarm
from twin.words import Json, SlackError

LIFETIME = 300.0  # seconds after which the server ends a stream, however busy it is
MAX_PIECE = 12_000
MAX_TITLE = 256
MAX_BLOCKS = 50
MAX_CHARACTERS = 200_000
MAX_PARTS = 500
STATUSES = ("pending", "in_progress", "complete", "error")
DISPLAYS = ("timeline", "plan", "dense")

Mode = Literal["", "text", "chunks"]


@dataclass
class Words:
    """Markdown that came without anything else in between."""

    pieces: list[str]


@dataclass
class Task:
    """One task and how far it is."""

    id: str
    title: str = ""
    status: str = "pending"
    details: str = ""
    output: str = ""
    sources: list[Json] = field(default_factory=list)

    def block(self) -> Json:
        """Say the task as a task_card block."""
        told = {"details": self.details, "output": self.output}
        return {
            "type": "task_card",
            "task_id": self.id,
            "title": self.title,
            "status": self.status,
            **{key: markdown.to_rich_text(said, markdown.nobody) for key, said in told.items() if said},
            **({"sources": self.sources} if self.sources else {}),
        }


@dataclass
class Blocks:
    """Blocks the app put in whole."""

    blocks: list[Json]


@dataclass(eq=False)
class Stream:
    """One message that is being written. `mode` is fixed by the first piece: text, or chunks of any kind."""

    channel: str
    ts: str
    thread_ts: str
    display: str = "timeline"
    mode: Mode = ""
    title: str = ""  # of the plan
    parts: list[Words | Task | Blocks] = field(default_factory=list)
    length: int = 0
    is_open: bool = True
    was_stopped: bool = False  # by a person
    alarm: Alarm | None = None

    def take(self, chunks: list[Json], mode: Mode) -> None:
        """Add pieces, already checked. Raises SlackError when they do not fit what came before."""
        if not chunks:
            return
        if self.mode and mode != self.mode:
            raise SlackError("streaming_mode_mismatch")
        size = sum(len(str(chunk)) for chunk in chunks)
        if self.length + size > MAX_CHARACTERS or len(self.parts) + len(chunks) > MAX_PARTS:
            raise SlackError("msg_too_long")
        self.mode = mode
        self.length += size
        for chunk in chunks:
            self._add(chunk)

    def content(self) -> tuple[str, list[Json]]:
        """Return the text and the blocks the message has now (without block ids)."""
        texts: list[str] = []
        blocks: list[Json] = []
        tasks = [part for part in self.parts if isinstance(part, Task)]
        is_planned = False
        for part in self.parts:
            if isinstance(part, Words):
                text, written = markdown.to_blocks("".join(part.pieces), markdown.nobody)
                texts.append(text)
                blocks += written
            elif isinstance(part, Blocks):
                blocks += part.blocks
            elif self.display != "plan":
                blocks.append(part.block())
            elif not is_planned:  # the first task's place is the place of all
                is_planned = True
                title = self.title or tasks[0].title
                blocks.append({"type": "plan", "title": title, "tasks": [task.block() for task in tasks]})
        return "\n".join(text for text in texts if text), blocks

    def close(self) -> None:
        """Take nothing more."""
        self.is_open = False
        self.parts.clear()
        if self.alarm is not None:
            self.alarm.call_off()

    def _add(self, chunk: Json) -> None:
        kind = chunk["type"]
        if kind == "markdown_text":
            if self.parts and isinstance(self.parts[-1], Words):
                self.parts[-1].pieces.append(chunk["text"])
            else:
                self.parts.append(Words([chunk["text"]]))
        elif kind == "plan_update":
            self.title = chunk["title"]
        elif kind == "blocks":
            self.parts.append(Blocks(chunk["blocks"]))
        else:
            task = next((one for one in self.parts if isinstance(one, Task) and one.id == chunk["id"]), None)
            if task is None:
                task = Task(chunk["id"])
                self.parts.append(task)
            task.title, task.status = chunk["title"], chunk["status"]
            task.details += chunk.get("details") or ""
            task.output += chunk.get("output") or ""
            task.sources += chunk.get("sources") or []
