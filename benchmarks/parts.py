"""What a part of the benchmark hands back: figures, and notes that a reader needs to believe them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.figures import Figure


@dataclass
class Findings:
    """What one run of a part measured."""

    figures: list[Figure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(
        self, name: str, value: float, unit: str, goal: tuple[str, float] | None = None, *, must: bool = False
    ) -> None:
        """Take in a figure."""
        self.figures.append(Figure(name, value, unit, goal, must))


@dataclass(frozen=True)
class Part:
    """A run that gives several figures at once; `seconds` is what it takes at most."""

    name: str
    prefixes: tuple[str, ...]
    seconds: float
    run: Callable[[Path], Awaitable[Findings]]

    def gives(self, wanted: str) -> bool:
        """Say whether a figure whose name begins like this may come of it."""
        return any(prefix.startswith(wanted) or wanted.startswith(prefix) for prefix in self.prefixes)
