"""Shapes of JSON: what Slack's own samples show, and how something of ours differs from them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Shape:
    """The JSON types seen at one place, the shapes below its keys, and the keys every sample had."""

    types: set[str] = field(default_factory=set)
    keys: dict[str, Shape] = field(default_factory=dict)
    item: Shape | None = None
    always: set[str] | None = None
    is_open: bool = False  # an empty object in a sample says nothing about its keys

    def learn(self, value: Any) -> None:
        """Take in one sample."""
        self.types.add(kind(value))
        if isinstance(value, dict):
            self.is_open = self.is_open or not value
            self.always = set(value) if self.always is None else self.always & set(value)
            for key, below in value.items():
                self.keys.setdefault(key, Shape()).learn(below)
        elif isinstance(value, list):
            self.item = self.item or Shape()
            for below in value:
                self.item.learn(below)

    def differences(self, value: Any, at: str = "") -> Iterator[str]:
        """Say every key nobody has seen and every type that differs, with its place."""
        found = kind(value)
        if self.types and found not in self.types:
            yield f"{at}: {found} instead of {'/'.join(sorted(self.types))}"
        elif isinstance(value, dict) and not self.is_open:
            for key, below in value.items():
                if key in self.keys:
                    yield from self.keys[key].differences(below, f"{at}.{key}")
                else:
                    yield f"{at}.{key}: unknown key"
        elif isinstance(value, list) and self.item is not None and self.item.types:
            for below in value:
                yield from self.item.differences(below, f"{at}[]")

    def missing(self, value: Any) -> set[str]:
        """Name the keys every sample has at the top and this value has not."""
        return (self.always or set()) - set(value)


def kind(value: Any) -> str:
    """Name the JSON type of a value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def data() -> Path:
    """Return the folder with Slack's samples, or skip the test where it is absent."""
    folder = Path(os.environ.get("SIGNALBOX_DATA", ROOT.parent / "shared" / "data")) / "slack"
    if not folder.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"Slack's own samples must be there on a build server ({folder}).")
        pytest.skip(f"Slack's own samples are not here ({folder}); set SIGNALBOX_DATA to their folder.")
    return folder


def lines(name: str) -> list[dict[str, Any]]:
    """Read a file with one JSON object a line."""
    return [json.loads(line) for line in (data() / name).read_text(encoding="utf-8").splitlines()]


def learned(samples: Iterable[Any]) -> Shape:
    """Make a shape of samples."""
    shape = Shape()
    for sample in samples:
        shape.learn(sample)
    return shape
