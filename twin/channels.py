"""A conversation and what was said in it: channels, private channels, direct messages and group direct messages.

People see its messages in order and its threads. Messages are never changed in place: a change stores a new
value, so that whoever holds an older one (a person with a stale screen) still sees what it showed.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import deque
from collections.abc import Iterator

from twin.words import Json

KEEP = 20_000  # messages a channel remembers
KEEP_WHISPERS = 200  # ephemeral messages remembered for one person in one channel


class Channel:
    """One conversation. `kind` is Slack's channel_type: `channel`, `group` (private), `im` or `mpim`."""

    def __init__(self, id: str, name: str, kind: str, *, creator: str, created: int, user: str = "") -> None:
        self.id = id
        self.name = name
        self.kind = kind
        self.creator = creator
        self.created = created
        self.user = user  # the person on the other side of a direct message with the app
        self.updated = created
        self.previous_names: list[str] = []
        self.closed: set[str] = set()  # who took a direct message off their list
        self.topic: Json = {"value": "", "creator": "", "last_set": 0}
        self.purpose: Json = {"value": "", "creator": "", "last_set": 0}
        self.members: list[str] = []
        self.is_archived = False
        self.is_general = False
        self.read: dict[str, str] = {}
        self._order: list[str] = []  # every ts, oldest first
        self._top: list[str] = []  # those a reader of the channel sees
        self._by_ts: dict[str, Json] = {}
        self._replies: dict[str, list[str]] = {}
        self._whispers: dict[str, deque[Json]] = {}

    @property
    def is_im(self) -> bool:
        return self.kind == "im"

    @property
    def is_mpim(self) -> bool:
        return self.kind == "mpim"

    @property
    def is_direct(self) -> bool:
        """Whether it is a direct message, of two or of several."""
        return self.kind in ("im", "mpim")

    @property
    def is_private(self) -> bool:
        return self.kind != "channel"

    @property
    def messages(self) -> list[Json]:
        """What a reader of the channel sees: top level and broadcast replies, oldest first."""
        return [self._by_ts[ts] for ts in self._top]

    def every_message(self) -> Iterator[Json]:
        """Go over everything that was said, replies too, oldest first."""
        return (self._by_ts[ts] for ts in self._order)

    @property
    def last_ts(self) -> str:
        return self._top[-1] if self._top else ""

    def get(self, ts: str) -> Json | None:
        """Return the message as it stands now, or None when there is none (any more)."""
        return self._by_ts.get(ts)

    def thread(self, ts: str) -> list[Json]:
        """Return a thread: its root, then its replies, oldest first. Empty when there is no such message."""
        root = self._by_ts.get(ts)
        return [] if root is None else [root, *self.replies(ts)]

    def replies(self, ts: str) -> list[Json]:
        """Return the replies under a root, oldest first."""
        return [self._by_ts[reply] for reply in self._replies.get(ts, ())]

    def between(self, oldest: str, latest: str, *, inclusive: bool) -> list[str]:
        """Return the timestamps of top-level messages in a range, oldest first.

        Empty strings mean no bound.
        """
        left, right = (bisect_left, bisect_right) if inclusive else (bisect_right, bisect_left)
        low = left(self._top, oldest) if oldest else 0
        high = right(self._top, latest) if latest else len(self._top)
        return self._top[low:high]

    def unread(self, user: str) -> int:
        """Count what was posted since this person last read the channel."""
        return len(self._top) - bisect_right(self._top, self.read.get(user, ""))

    def add(self, message: Json) -> list[str]:
        """Store a new message. Returns the timestamps that had to be forgotten to make room."""
        ts, root = message["ts"], message.get("thread_ts")
        self.closed.clear()  # whatever is said puts a direct message back on everybody's list
        self._by_ts[ts] = message
        insort(self._order, ts)
        if root is None or root == ts or message.get("subtype") == "thread_broadcast":
            insort(self._top, ts)
        if root is not None and root != ts:
            insort(self._replies.setdefault(root, []), ts)
        if len(self._order) <= KEEP:
            return []
        forgotten = self._order[: KEEP // 10]
        for old in forgotten:
            self.drop(old)
        return forgotten

    def replace(self, message: Json) -> None:
        """Store a new value for a message that is there."""
        self._by_ts[message["ts"]] = message

    def drop(self, ts: str) -> None:
        """Forget a message."""
        message = self._by_ts.pop(ts, None)
        if message is None:
            return
        for where in (self._order, self._top, self._replies.get(message.get("thread_ts", ""), [])):
            at = bisect_left(where, ts)
            if at < len(where) and where[at] == ts:
                del where[at]
        root = message.get("thread_ts", "")
        if root in self._replies and not self._replies[root]:
            del self._replies[root]

    def whispers(self, user: str) -> list[Json]:
        """Return the ephemeral messages this person still has on screen, oldest first."""
        return list(self._whispers.get(user, ()))

    def whisper(self, user: str, message: Json) -> None:
        """Show an ephemeral message to one person."""
        self._whispers.setdefault(user, deque(maxlen=KEEP_WHISPERS)).append(message)

    def change_whisper(self, user: str, ts: str, message: Json | None) -> None:
        """Replace an ephemeral message on somebody's screen, or take it away."""
        kept = [message if one["ts"] == ts else one for one in self.whispers(user)]
        self._whispers[user] = deque((one for one in kept if one is not None), maxlen=KEEP_WHISPERS)
