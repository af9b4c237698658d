"""Modals and App Homes as they stand: a stack of at most three modals for each person, and one Home.

People see the top modal of their stack. Deliberately kept apart from checking (blocks/) and from what people
do with a modal (people/): this only remembers.
"""

from __future__ import annotations

import hashlib

from twin.words import Json, SlackError

STACK = 3


class Views:
    """Every open view, who has it open, and what they typed into it."""

    def __init__(self, place: int = 0) -> None:
        self._place = place
        self._views: dict[str, Json] = {}
        self._owner: dict[str, str] = {}
        self._stacks: dict[str, list[str]] = {}
        self._homes: dict[str, str] = {}
        self._count = 0

    def get(self, view_id: str) -> Json | None:
        return self._views.get(view_id)

    def by_external_id(self, external_id: str) -> Json | None:
        for view in self._views.values():
            if external_id and view["external_id"] == external_id:
                return view
        return None

    def owner(self, view_id: str) -> str | None:
        """Return who has this view open."""
        return self._owner.get(view_id)

    def stack(self, user: str) -> list[Json]:
        """Return a person's open modals, the top one last."""
        return [self._views[view_id] for view_id in self._stacks.get(user, [])]

    def home(self, user: str) -> Json | None:
        """Return what the app published to this person's Home."""
        return self._views.get(self._homes.get(user, ""))

    def open(self, user: str, view: Json, ids: Json, hash_salt: str) -> Json:
        """Put a modal on top of a person's stack."""
        stack = self._stacks.setdefault(user, [])
        if len(stack) >= STACK:
            raise SlackError("push_limit_reached")
        self._check_external_id(view, None)
        new = self._new(user, view, ids, hash_salt)
        new["previous_view_id"] = stack[-1] if stack else None
        new["root_view_id"] = stack[0] if stack else new["id"]
        stack.append(new["id"])
        return new

    def publish(self, user: str, view: Json, ids: Json, hash_salt: str) -> Json:
        """Replace a person's Home."""
        old = self.home(user)
        if old is not None:
            return self.update(old["id"], view, hash_salt)
        new = self._new(user, view, ids, hash_salt)
        new["previous_view_id"] = None
        new["root_view_id"] = new["id"]
        self._homes[user] = new["id"]
        return new

    def update(self, view_id: str, view: Json, hash_salt: str) -> Json:
        """Give an open view new content. What was typed stays in inputs that kept their ids."""
        old = self._views[view_id]
        self._check_external_id(view, view_id)
        new = {**old, **_content(view), "hash": _hash(view_id, hash_salt)}
        kept = old["state"]["values"]
        here = {block["block_id"]: block for block in new["blocks"]}
        values = {block_id: fields for block_id, fields in kept.items() if block_id in here}
        self._views[view_id] = {**new, "state": {"values": values}}
        return self._views[view_id]

    def fill(self, view_id: str, values: Json) -> Json:
        """Remember what a person typed or chose."""
        self._views[view_id] = {**self._views[view_id], "state": {"values": values}}
        return self._views[view_id]

    def close_top(self, user: str) -> Json | None:
        """Take the top modal away and return it."""
        stack = self._stacks.get(user, [])
        return self._drop(stack.pop()) if stack else None

    def clear(self, user: str) -> list[Json]:
        """Take all of a person's modals away and return them, the top one first."""
        stack = self._stacks.pop(user, [])
        return [view for view_id in reversed(stack) if (view := self._drop(view_id)) is not None]

    def _drop(self, view_id: str) -> Json | None:
        self._owner.pop(view_id, None)
        return self._views.pop(view_id, None)

    def _new(self, user: str, view: Json, ids: Json, hash_salt: str) -> Json:
        self._count += 1
        view_id = f"V{self._place}TWIN{self._count:05d}"
        new: Json = {
            "id": view_id,
            **ids,
            **_content(view),
            "state": {"values": {}},
            "hash": _hash(view_id, hash_salt),
        }
        self._views[view_id] = new
        self._owner[view_id] = user
        return new

    def _check_external_id(self, view: Json, but: str | None) -> None:
        other = self.by_external_id(view.get("external_id", ""))
        if other is not None and other["id"] != but:
            raise SlackError("duplicate_external_id")


def _content(view: Json) -> Json:
    """Fill in what Slack adds to a view the app sent."""
    return {
        "type": view["type"],
        "blocks": view["blocks"],
        "private_metadata": view.get("private_metadata", ""),
        "callback_id": view.get("callback_id", ""),
        "title": view.get("title"),
        "clear_on_close": bool(view.get("clear_on_close", False)),
        "notify_on_close": bool(view.get("notify_on_close", False)),
        "submit_disabled": bool(view.get("submit_disabled", False)),
        "close": view.get("close"),
        "submit": view.get("submit"),
        "external_id": view.get("external_id", ""),
    }


def _hash(view_id: str, salt: str) -> str:
    return f"{salt.partition('.')[0]}.{hashlib.sha256((view_id + salt).encode()).hexdigest()[:8]}"
