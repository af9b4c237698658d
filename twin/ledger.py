"""A list of what happened that forgets its oldest rows, by their number and by the memory they take.

Nobody sees it in Slack; the workshop on the page, the admin API and the tests read it. Deliberately approximate: a
row's weight is estimated from the length of its JSON, because weighing it exactly would cost more than keeping it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Protocol, TypeVar

# JSON that was read takes about five times its text in memory (measured on Block Kit cards), and each row some more.
TIMES_TEXT = 5
EACH = 500


class Weighed(Protocol):
    """A row that knows about how many bytes it takes."""

    @property
    def size(self) -> int: ...


R = TypeVar("R", bound=Weighed)


def weight(text: int) -> int:
    """Estimate the bytes that a row takes whose JSON has so many characters."""
    return EACH + TIMES_TEXT * text


class Ledger(deque[R]):
    """The latest rows: at most `most` of them, and at most about `most_bytes` of memory."""

    def __init__(self, most: int, most_bytes: int) -> None:
        super().__init__()
        self.most = most
        self.most_bytes = most_bytes
        self.size = 0

    def append(self, row: R) -> None:
        """Add a row, and forget old ones while there are too many or they take too much."""
        super().append(row)
        self.size += row.size
        while self and (len(self) > self.most or self.size > self.most_bytes):
            self.size -= self.popleft().size

    def extend(self, rows: Iterable[R]) -> None:
        """Add rows one by one."""
        for row in rows:
            self.append(row)

    def clear(self) -> None:
        """Forget everything."""
        super().clear()
        self.size = 0
