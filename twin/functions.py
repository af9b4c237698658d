"""The workflow steps an app declares in its manifest (`functions`), and what is remembered of those that ran.

A person sees them as steps they can run. Both ways of writing parameters are read: one table for each parameter, and
`properties` with a list of what is `required`. Deliberately not checked: Slack's own types of values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from twin.recent import Recent
from twin.words import Json

KEEP = 2_000


@dataclass(frozen=True)
class Parameter:
    """One value that goes into a step, or comes out of it."""

    name: str
    type: str
    title: str
    description: str
    is_required: bool

    def describe(self) -> Json:
        """Say it as Slack's `function_executed` event does."""
        return {
            "type": self.type,
            "name": self.name,
            "description": self.description,
            "title": self.title,
            "is_required": self.is_required,
        }


@dataclass(frozen=True)
class Function:
    """One workflow step."""

    callback_id: str
    title: str
    description: str
    inputs: tuple[Parameter, ...]
    outputs: tuple[Parameter, ...]


@dataclass(eq=False)
class Execution:
    """One run of a step. `outputs` or `error` is set once the app says that it is done."""

    id: str
    function: Function
    user: str
    inputs: Json
    token: str
    outputs: Json | None = None
    error: str = ""

    @property
    def is_running(self) -> bool:
        return self.outputs is None and not self.error


class Executions:
    """Every run of a step, and the messages and views that belong to one."""

    def __init__(self) -> None:
        self._runs: Recent[str, Execution] = Recent(KEEP)
        self._by_token: Recent[str, Execution] = Recent(KEEP)
        self._made: Recent[str, Execution] = Recent(KEEP)

    def add(self, one: Execution) -> None:
        self._runs[one.id] = one
        self._by_token[one.token] = one

    def get(self, execution_id: str) -> Execution | None:
        return self._runs.get(execution_id)

    def by_token(self, token: str) -> Execution | None:
        """Return the run a token belongs to, while it runs."""
        one = self._by_token.get(token)
        return one if one is not None and one.is_running else None

    def behind(self, id: str) -> Execution | None:
        """Return the run a message (by ts) or a view (by id) belongs to."""
        return self._made.get(id)

    def remember(self, token: str, answer: Json) -> None:
        """Take note of what the app made with a step's token."""
        one = self._by_token.get(token)
        if one is None or not answer.get("ok"):
            return
        for id in (answer.get("ts"), answer.get("message_ts"), (answer.get("view") or {}).get("id")):
            if isinstance(id, str):
                self._made[id] = one

    def inherit(self, id: str, parent: str) -> None:
        """Let a view that was opened from something of a step belong to it too."""
        if (one := self._made.get(parent)) is not None:
            self._made[id] = one


def read(raw: Json) -> tuple[Function, ...]:
    """Read the `functions` of a manifest. Raises ValueError with a sentence."""
    found = []
    for callback_id, entry in raw.items():
        if not isinstance(entry, dict) or not entry.get("title"):
            raise ValueError(f"functions.{callback_id} needs a title.")
        found.append(
            Function(
                callback_id=str(callback_id),
                title=str(entry["title"]),
                description=str(entry.get("description", "")),
                inputs=_parameters(
                    entry.get("input_parameters"), f"functions.{callback_id}.input_parameters"
                ),
                outputs=_parameters(
                    entry.get("output_parameters"), f"functions.{callback_id}.output_parameters"
                ),
            )
        )
    return tuple(found)


def _parameters(raw: Any, where: str) -> tuple[Parameter, ...]:
    if raw is None or raw == []:
        return ()
    if not isinstance(raw, dict):
        raise ValueError(f"{where} must be a table.")
    required: Any = raw.get("required", []) if isinstance(raw.get("properties"), dict) else []
    entries: Json = raw["properties"] if isinstance(raw.get("properties"), dict) else raw
    for name, entry in entries.items():
        if not isinstance(entry, dict) or not entry.get("type"):
            raise ValueError(f"{where}.{name} needs a type.")
    return tuple(
        Parameter(
            name=str(name),
            type=str(entry["type"]),
            title=str(entry.get("title", name)),
            description=str(entry.get("description", "")),
            is_required=bool(entry.get("is_required", name in required)),
        )
        for name, entry in entries.items()
    )
