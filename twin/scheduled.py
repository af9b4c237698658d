"""Messages the app wants posted later: what it asked for, until the twin's clock reaches the time.

People see nothing of them before. Deliberately kept apart from posting: this is only the list.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from twin.clock import Alarm
from twin.words import SlackError

WINDOW = 300  # seconds
PER_WINDOW = 30  # messages in one channel
MOST = 2_000  # in one workspace; Slack names no such limit


@dataclass(eq=False)
class Scheduled:
    """One message that waits. Times are unix seconds."""

    id: str
    channel: str
    post_at: int
    created: int
    text: str
    alarm: Alarm | None = None


class Schedule:
    """All messages that wait."""

    def __init__(self) -> None:
        self._waiting: dict[str, Scheduled] = {}
        self._count = 0

    def add(self, channel: str, post_at: int, created: int, text: str) -> Scheduled:
        """Remember a message. Raises SlackError when there are too many for that channel around that time."""
        window = post_at // WINDOW
        near = sum(
            one.channel == channel and one.post_at // WINDOW == window for one in self._waiting.values()
        )
        if near >= PER_WINDOW or len(self._waiting) >= MOST:
            raise SlackError("restricted_too_many")
        self._count += 1
        one = Scheduled(f"Q{self._count:08d}", channel, post_at, created, text)
        self._waiting[one.id] = one
        return one

    def get(self, id: str) -> Scheduled | None:
        return self._waiting.get(id)

    def drop(self, id: str) -> None:
        """Forget a message, posted or called off."""
        one = self._waiting.pop(id, None)
        if one is not None and one.alarm is not None:
            one.alarm.call_off()

    def between(self, oldest: int, latest: int) -> Iterator[Scheduled]:
        """Yield the messages to be posted in a range, the earliest first; 0 means no bound."""
        for one in sorted(self._waiting.values(), key=lambda one: (one.post_at, one.id)):
            if one.post_at >= oldest and (not latest or one.post_at <= latest):
                yield one
