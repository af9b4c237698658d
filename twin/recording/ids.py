"""Which new id stands for which recorded one: every run hands out timestamps, views and files anew."""

from __future__ import annotations

from typing import Any


class Ids:
    """Pairs of ids, found in both directions."""

    def __init__(self) -> None:
        self._new: dict[str, str] = {}
        self._old: dict[str, str] = {}

    def pair(self, old: object, new: object) -> None:
        """Remember that what is the same in two answers has these ids; lists and objects are gone through."""
        if isinstance(old, dict) and isinstance(new, dict):
            for key in old.keys() & new.keys():
                self.pair(old[key], new[key])
        elif isinstance(old, list) and isinstance(new, list):
            for one, other in zip(old, new, strict=False):
                self.pair(one, other)
        elif isinstance(old, str) and isinstance(new, str):
            self._new[old] = new
            self._old[new] = old

    def new(self, old: str) -> str | None:
        """Return the new id of a recorded one."""
        return self._new.get(old)

    def old(self, new: str) -> str | None:
        """Return the recorded id of a new one."""
        return self._old.get(new)

    def put(self, value: Any) -> Any:
        """Put new ids in the place of recorded ones, wherever one stands for itself."""
        if isinstance(value, str):
            return self._new.get(value, value)
        if isinstance(value, list):
            return [self.put(one) for one in value]
        if isinstance(value, dict):
            return {self.put(key): self.put(one) for key, one in value.items()}
        return value
