"""A dictionary that forgets its oldest entries, so that a twin that runs for weeks does not grow.

Nothing of it is visible to people.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Recent(OrderedDict[K, V]):
    """Keeps the last `most` entries that were set; `let_go` is told each one that had to make room."""

    def __init__(self, most: int, let_go: Callable[[K, V], None] | None = None) -> None:
        super().__init__()
        self.most = most
        self._let_go = let_go

    def __setitem__(self, key: K, value: V) -> None:
        super().__setitem__(key, value)
        self.move_to_end(key)
        while len(self) > self.most:
            forgotten = self.popitem(last=False)
            if self._let_go is not None:
                self._let_go(*forgotten)
