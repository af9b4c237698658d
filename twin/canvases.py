"""Canvases: documents beside the conversation, kept as Markdown in sections that can be found and changed one by one.

People read a canvas as a file. A section is what stands between two blank lines, or a heading, a list or a piece of
code; its id stays the same until it is replaced. Deliberately not done: comments, embedded files and the editor.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from twin.words import stable_id

MAX_CHARACTERS = 500_000
_HEADING = re.compile(r"(#{1,3})\s+\S")


@dataclass
class Section:
    """One piece of a canvas."""

    id: str
    markdown: str

    @property
    def level(self) -> int:
        """1 to 3 for a heading, 0 for anything else."""
        heading = _HEADING.match(self.markdown)
        return len(heading[1]) if heading else 0


@dataclass(eq=False)
class Canvas:
    """One document; `file` is its id among the files."""

    file: str
    channel: str = ""  # whose tab it is
    sections: list[Section] = field(default_factory=list)
    access: dict[str, str] = field(default_factory=dict)  # user or channel id -> read, write or owner
    made: int = 0  # sections so far, for their ids

    @property
    def markdown(self) -> str:
        """The whole document."""
        return "\n\n".join(one.markdown for one in self.sections)

    def find(self, id: str) -> int | None:
        """Return the place of a section."""
        return next((at for at, one in enumerate(self.sections) if one.id == id), None)

    def insert(self, at: int, markdown: str) -> None:
        """Put text before the section at a place."""
        self.sections[at:at] = [self._section(part) for part in parts(markdown)]

    def look_up(self, kinds: list[str], text: str) -> list[Section]:
        """Return the sections of some kinds (`any_header`, `h1`, `h2`, `h3`) that contain a text."""
        wanted = {"any_header": {1, 2, 3}, "h1": {1}, "h2": {2}, "h3": {3}}
        levels = set().union(*(wanted[kind] for kind in kinds)) if kinds else {0, 1, 2, 3}
        return [one for one in self.sections if one.level in levels and text.lower() in one.markdown.lower()]

    def _section(self, markdown: str) -> Section:
        self.made += 1
        return Section(f"temp:C:{stable_id('', self.file, str(self.made))}", markdown)


def parts(markdown: str) -> list[str]:
    """Cut Markdown into sections."""
    found: list[str] = []
    lines: list[str] = []
    in_code = False

    def close() -> None:
        if lines:
            found.append("\n".join(lines))
            lines.clear()

    for line in markdown.replace("\r\n", "\n").split("\n"):
        is_fence = line.lstrip().startswith("```")
        if in_code:
            lines.append(line)
        elif not line.strip():
            close()
        elif _HEADING.match(line):
            close()
            found.append(line.strip())
        else:
            lines.append(line)
        in_code = in_code != is_fence
    close()
    return found
