"""Takes down what people do and what the app does, so that the same hour can be played to the app again later.

On the page a person presses Record; what follows is kept until they stop. Kept is what people did, with what came of
it, and, to compare with, every call of the app that shows or changes something. Deliberately left out: what the app
only read, calls that Slack refused, and what happened before; a recording begins with the workspace's seed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from twin.clock import Clock
from twin.recording import tape
from twin.words import Json, Refused

if TYPE_CHECKING:
    from twin.host import Call, Host
    from twin.workspace import Workspace

KEEP_BYTES = 64 * 1024 * 1024


@dataclass
class Taken:
    """A deed that is being done; `made` is what came of it, such as the new message's ts."""

    made: Json = field(default_factory=dict)


class Recorder:
    """Takes down while it is on. A recording that grows too large ends, because one without a beginning is no use."""

    def __init__(self, clock: Clock) -> None:
        self.is_on = False
        self.is_full = False
        self._clock = clock
        self._lines: list[str] = []
        self._size = 0
        self._began = clock.now()
        self._numbers = 0
        self._sink: Callable[[str], None] | None = None
        self.listeners: list[Callable[[Workspace, Call], None]] = []

    @property
    def count(self) -> int:
        """How many deeds and calls were taken down."""
        return max(0, len(self._lines) - 1)

    def start(self, host: Host, sink: Callable[[str], None] | None = None) -> None:
        """Begin a new recording, or go on with one that was stopped; `sink` gets every line as it is written."""
        self._sink = sink or self._sink
        if not self._lines:
            self._began = self._clock.now()
            self._numbers = 0
            self._write(tape.header(host, self._began))
        self.is_on = not self.is_full

    def stop(self) -> None:
        """Take down nothing more. What was taken down stays."""
        self.is_on = False

    def clear(self, host: Host) -> None:
        """Forget what was taken down; while it is on, a new recording begins."""
        self._lines.clear()
        self._size = 0
        self.is_full = False
        if self.is_on:
            self.start(host)

    def text(self) -> str:
        """Return the recording as it is kept in a file, one JSON object a line."""
        return "".join(self._lines)

    @contextmanager
    def deed(self, ws: Workspace, user: str, deed: str, args: Json) -> Iterator[Taken]:
        """Take down what somebody does inside this block, and whether it was refused."""
        taken = Taken()
        if not self.is_on:
            yield taken
            return
        line = {**self._stamp(), **tape.deed(ws, user, deed, args)}
        try:
            yield taken
        except Refused as refusal:
            line["refused"] = refusal.code
            raise
        else:
            line["made"] = taken.made
        finally:
            self._write(line)

    def heard(self, ws: Workspace, call: Call) -> None:
        """Take down a call of the app, if it shows or changes something, and let others know of it."""
        for listener in self.listeners:
            listener(ws, call)
        if self.is_on and tape.is_doing(call):
            self._write({**self._stamp(), **tape.call(ws, call)})

    def moved(self, seconds: float) -> None:
        """Take down that somebody put the clock forward."""
        if self.is_on:
            self._write({**self._stamp(), "clock": seconds})

    def _stamp(self) -> Json:
        self._numbers += 1
        return {"n": self._numbers, "at": round((self._clock.now() - self._began).total_seconds(), 3)}

    def _write(self, line: Json) -> None:
        text = json.dumps(line, ensure_ascii=False) + "\n"
        if self._size + len(text) > KEEP_BYTES:
            self.is_full, self.is_on = True, False
            return
        self._size += len(text)
        self._lines.append(text)
        if self._sink is not None:
            self._sink(text)
