"""Which call of the app in a replay is the counterpart of which recorded one.

Two posts belong together when they are of one kind, in one place (channel, thread, the message they change), and say
the same; what is left over in a place belongs together in order. Deliberately blind to the order between places: an
app that does two things at once may finish them either way.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from twin.recording.ids import Ids
from twin.recording.plain import plain
from twin.recording.tape import Did
from twin.words import Json

Place = tuple[str, ...]
# Which argument names the message, or the person, that a call is about.
_TARGETS = ("ts", "timestamp", "message_ts", "view_id", "user", "user_id")


@dataclass
class _Group:
    """What was done in one place: recorded and not found again yet, and new and not recognised yet."""

    recorded: list[Did] = field(default_factory=list)
    new: list[Did] = field(default_factory=list)


class Pairs:
    """Recorded calls beside those of the replay."""

    def __init__(self, recorded: list[Did], ids: Ids) -> None:
        self._ids = ids
        self._groups: dict[Place, _Group] = defaultdict(_Group)
        self._recorded_by_id: dict[str, Did] = {}
        self._new_by_id: dict[str, Did] = {}
        self.found: list[tuple[Did, Did]] = []
        self.heard = 0
        for did in recorded:
            self._groups[self._place(did, is_new=False)].recorded.append(did)
            for name in _made(did):
                self._recorded_by_id.setdefault(name, did)

    def take(self, did: Did) -> None:
        """Take a call of the replay."""
        self.heard += 1
        for name in _made(did):
            self._new_by_id.setdefault(name, did)
        group = self._groups[self._place(did, is_new=True)]
        said = plain(did.args)
        twin = next((one for one in group.recorded if plain(one.args) == said), None)
        if twin is None:
            group.new.append(did)
        else:
            self._join(group, twin, did)

    def wants(self, old: str) -> bool:
        """Whether a recorded id is that of something the app made, and its counterpart is not known yet."""
        return self._ids.new(old) is None and old in self._recorded_by_id

    def look_for(self, old: str) -> None:
        """Settle for the next best counterpart of what the app had made under a recorded id, if there is one."""
        did = self._recorded_by_id[old]
        group = self._groups[self._place(did, is_new=False)]
        if group.new and did in group.recorded:
            self._join(group, did, group.new.pop(0))

    def rest(self) -> tuple[list[tuple[Did, Did]], list[Did], list[Did]]:
        """Join what is left over, in order. Returns all pairs, what is missing, and what is new."""
        missing, extra = [], []
        for group in self._groups.values():
            while group.recorded and group.new:
                self._join(group, group.recorded[0], group.new.pop(0))
            missing += group.recorded
            extra += group.new
        return self.found, missing, extra

    def _join(self, group: _Group, old: Did, new: Did) -> None:
        group.recorded.remove(old)
        self._ids.pair(old.made, new.made)
        self.found.append((old, new))

    def _place(self, did: Did, *, is_new: bool) -> Place:
        args = did.args
        target = next((str(args[key]) for key in _TARGETS if args.get(key)), "")
        channel = did.made.get("channel") or args.get("channel") or args.get("channel_id") or ""
        view: Json = args["view"] if isinstance(args.get("view"), dict) else {}
        where = [str(one) for one in (channel, args.get("thread_ts") or "", target)]
        if is_new:
            where = [self._recorded_name(one) for one in where]
        return (did.team, did.method, *where, str(view.get("callback_id", "")))

    def _recorded_name(self, new: str) -> str:
        if (old := self._ids.old(new)) is not None:
            return old
        made_by = self._new_by_id.get(new)
        if made_by is not None:
            group = self._groups[self._place(made_by, is_new=True)]
            if group.recorded and made_by in group.new:
                group.new.remove(made_by)
                self._join(group, group.recorded[0], made_by)
        return self._ids.old(new) or new


def _made(did: Did) -> list[str]:
    names = [did.made.get("ts"), did.made.get("view"), *did.made.get("files", [])]
    return [name for name in names if isinstance(name, str)]
