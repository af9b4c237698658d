"""Figures: one line for everything measured, and one record of it.

Whoever runs a benchmark reads `figure <name> <value> <unit> goal <op> <number>`, and finds the same in
build/figures.jsonl. Nothing here measures anything or judges a value by more than its goal.
"""

from __future__ import annotations

import json
import math
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parent.parent
RECORD = ROOT / "build" / "figures.jsonl"


@dataclass(frozen=True)
class Figure:
    """One measured number with its goal; without a goal it is only printed."""

    name: str
    value: float
    unit: str
    goal: tuple[str, float] | None = None
    must: bool = False

    @property
    def is_met(self) -> bool:
        """Say whether the goal is reached; a figure without one cannot miss it, a value that is no number does."""
        if self.goal is None:
            return True
        op, bound = self.goal
        return {">=": self.value >= bound, "<=": self.value <= bound, "=": self.value == bound}[op]


def line(figure: Figure) -> str:
    """Return the printed form of a figure."""
    goal = f"goal {figure.goal[0]} {figure.goal[1]:g}" if figure.goal else "goal printed"
    return f"figure {figure.name} {number(figure.value)} {figure.unit} {goal}"


def number(value: float) -> str:
    """Return a value with four significant digits, and whole numbers whole."""
    return str(int(value)) if math.isfinite(value) and value == int(value) else f"{value:.4g}"


def record(figures: Sequence[Figure], now: datetime, commit: str | None, path: Path = RECORD) -> None:
    """Append figures to the record."""
    path.parent.mkdir(exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        for figure in figures:
            row = {
                "name": figure.name,
                "value": figure.value if math.isfinite(figure.value) else None,
                "unit": figure.unit,
                "goal": f"{figure.goal[0]} {figure.goal[1]:g}" if figure.goal else None,
                "met": figure.is_met,
                "at": now.astimezone(UTC).isoformat(timespec="seconds"),
                "commit": commit,
            }
            file.write(json.dumps(row) + "\n")


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least this share of them does not exceed; not a number when there is none."""
    if not values:
        return math.nan
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def commit(clone: Path = ROOT) -> str | None:
    """Return the commit that is measured, marked when the working tree differs from it; None outside a clone."""
    said = subprocess.run(
        ["git", "describe", "--always", "--dirty"], capture_output=True, text=True, cwd=clone, check=False
    )
    return said.stdout.strip() or None
