"""Who and where: Slack's ids, and the names that policy and people use for them.

People see names; Slack wants ids. The directory reads the member and channel lists now and then, asks for a person it
does not know yet and anew for whoever presses something, and never trusts an e-mail address that another company's
workspace has set.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from agents.words import Trust
from handlers.errors import Declined
from handlers.slack import Slack

_NOBODY = {"user_not_found", "user_not_visible"}
_KEEPS = timedelta(minutes=1)  # what somebody may do changes rarely, and people press several things in a row


@dataclass(frozen=True)
class Person:
    """A person in Slack. `email` is empty for strangers: theirs is set by another company."""

    id: str
    handle: str
    name: str
    tz: str
    trust: Trust
    email: str = ""
    is_bot: bool = False
    is_gone: bool = False  # deactivated

    @property
    def authority(self) -> str:
        """The handle under which policy may give this person power; empty for everybody but active full members.

        Another company can call its people what it likes, also by a handle that our policy names.
        """
        return "" if self.is_gone or self.is_bot or self.trust is not Trust.MEMBER else self.handle


class Directory:
    """Names and ids of one workspace."""

    def __init__(self, slack: Slack, team: str) -> None:
        self.slack = slack
        self.team = team
        self._people: dict[str, Person] = {}
        self._asked: dict[str, datetime] = {}  # when we asked about somebody
        self._channels: dict[str, str] = {}

    async def load(self) -> None:
        """Read the member and channel lists. Raises Unavailable when Slack does not answer."""
        for user in await self.slack.users():
            self._remember(user)
        for channel in await self.slack.channels():
            self._channels[channel["id"]] = channel["name"]

    def _remember(self, user: dict[str, Any]) -> Person:
        profile = user.get("profile") or {}
        stranger = bool(user.get("is_stranger")) or user.get("team_id", self.team) != self.team
        guest = bool(user.get("is_restricted") or user.get("is_ultra_restricted"))
        person = Person(
            id=user["id"],
            handle=user.get("name", ""),
            name=user.get("real_name") or profile.get("real_name") or user.get("name") or user["id"],
            tz=user.get("tz") or "UTC",
            trust=Trust.STRANGER if stranger else Trust.GUEST if guest else Trust.MEMBER,
            email="" if stranger else profile.get("email", ""),
            is_bot=bool(user.get("is_bot")),
            is_gone=bool(user.get("deleted")),
        )
        self._people[person.id] = person
        return person

    async def person(self, id: str) -> Person:
        """Return the person with this id, asking Slack about somebody new; whom it does not know is a stranger."""
        return self._people.get(id) or await self._ask(id)

    async def today(self, id: str, now: datetime) -> Person:
        """Return the person with this id as Slack knew them a minute ago at the most, because they want to do something
        and may have lost the right to it: left, become a guest, or gone to another company."""
        known, asked = self._people.get(id), self._asked.get(id)
        if known and asked and timedelta() <= now - asked < _KEEPS:
            return known
        person = await self._ask(id)
        self._asked[id] = now
        return person

    async def _ask(self, id: str) -> Person:
        try:
            return self._remember(await self.slack.user(id))
        except Declined as wrong:
            if wrong.code not in _NOBODY:
                raise
            self._people.pop(id, None)
            return Person(id=id, handle="", name="someone", tz="UTC", trust=Trust.STRANGER)

    def name_of(self, id: str) -> str:
        """Return the name of a person we have met, or "someone"."""
        return self._people[id].name if id in self._people else "someone"

    def handle_of(self, id: str) -> str:
        """Return the handle under which this person has a say; empty when they are unknown or have none."""
        return self._people[id].authority if id in self._people else ""

    def id_of(self, handle: str) -> str | None:
        """Return the Slack id of the person whom policy calls by this handle (or e-mail address)."""
        return next(
            (
                person.id
                for person in self._people.values()
                if handle in (person.handle, person.email)
                and person.trust is not Trust.STRANGER
                and not person.is_gone
            ),
            None,
        )

    def mention(self, handle: str) -> str:
        """Return mrkdwn that names and notifies this person, or just the handle if Slack does not know them."""
        id = self.id_of(handle)
        return f"<@{id}>" if id else handle

    def channel_name(self, id: str) -> str:
        """Return the name of a channel; empty when it is not one we can see."""
        return self._channels.get(id, "")

    def channel_id(self, name: str) -> str | None:
        """Return the id of a channel by name."""
        return next((id for id, known in self._channels.items() if known == name), None)

    def place(self, name: str) -> str:
        """Return where to post to a channel: its id, or the name of one we cannot see, which Slack then refuses."""
        return self.channel_id(name) or name
