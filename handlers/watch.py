"""What somebody may count while we talk to Slack.

Nobody in Slack sees it; an operator sees the counts. Neither ids nor words of people are handed over.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Protocol


class Watch(Protocol):
    """Is told of every call and of every new message."""

    def call(self, method: str) -> AbstractContextManager[None]:
        """Return what is entered around one call of this method, and left with the error it ends in."""
        ...

    def posted(self, key: str) -> None:
        """Take note that a message was posted under this key."""
        ...


class Unwatched:
    """Counts nothing."""

    def call(self, method: str) -> AbstractContextManager[None]:
        """Return what does nothing."""
        return nullcontext()

    def posted(self, key: str) -> None:
        """Do nothing."""
