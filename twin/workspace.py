"""The workspace itself: people, channels, files, open modals, and everyone who watches them.

Every part of the twin works on this one value; it lives in memory and is gone when the twin stops.
Deliberately no database: a workspace starts from its seed in milliseconds, and what it remembers is bounded.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from twin import audience, users
from twin.canvases import Canvas
from twin.channels import Channel
from twin.files import Shelf
from twin.functions import Executions
from twin.host import Host
from twin.panes import Panes
from twin.previews import Shared
from twin.recent import Recent
from twin.scheduled import Schedule
from twin.seed import Seed
from twin.streams import Stream
from twin.tickets import Tickets
from twin.views import Views
from twin.words import Json, stable_id

KEEP_HOMES = 40_000  # messages that all channels together remember, about 3.5 kB each
KEEP_CHOICES = 5_000
KEEP_SAYINGS = 5_000  # links and message ids of the app
KEEP_TEXTS = 500  # streams and canvases

# Tells a watcher what changed on screen; the second argument lists who may see it (None: everyone).
Tell = Callable[[Json], None]


@dataclass(eq=False)
class Watcher:
    """A page that is open as one person."""

    user: str
    tell: Tell


class Workspace:
    """All state of one workspace; what it shares with others is the host's."""

    def __init__(self, seed: Seed, host: Host) -> None:
        self.seed = seed
        self.host = host
        self.clock = host.clock
        self.alarms = host.alarms
        self.courier = host.courier
        self.road = host.road
        self.faults = host.faults
        self.limits = host.limits
        self.calls = host.calls
        self.bump = host.bump
        self.started = int(host.clock.now().timestamp())
        self.tickets = Tickets(host.clock, seed.id)
        place = len(host.workspaces)  # ids differ between workspaces
        self.files = Shelf(place)
        self.views = Views(place)
        self.panes = Panes()
        self.executions = Executions()
        self.watchers: list[Watcher] = []
        self.bot_token = seed.app.bot_token
        self.revoked: list[str] = []
        self.is_installed = seed.app.installed
        self.homes: Recent[str, str] = Recent(KEEP_HOMES, self._forget)  # ts -> channel id
        self.choices: Recent[tuple[str, str], Json] = Recent(KEEP_CHOICES)  # (user, ts) -> state.values
        self.streams: Recent[tuple[str, str], Stream] = Recent(KEEP_TEXTS)  # (channel id, ts)
        self.schedule = Schedule()
        self.links: Recent[str, Shared] = Recent(KEEP_SAYINGS)  # by unfurl id
        self.said: Recent[str, tuple[str, str]] = Recent(KEEP_SAYINGS)  # client_msg_id -> channel id, ts
        self.canvases: Recent[str, Canvas] = Recent(KEEP_TEXTS)  # by file id
        self.pins: dict[str, dict[str, Json]] = {}  # channel id -> ts -> who pinned it when
        self.thread_reads: Recent[tuple[str, str, str], str] = Recent(
            KEEP_SAYINGS
        )  # (user, channel, root) -> ts
        self.bookmarks: dict[str, dict[str, Json]] = {}  # channel id -> bookmark id -> bookmark
        self._events_sent = 0
        now = host.clock.now()
        self.users: dict[str, Json] = {seed.app.user_id: users.bot(seed, now)}
        self.users |= {one.id: users.person(one, seed, now) for one in seed.people}
        self.users[users.SLACKBOT] = users.slackbot(seed)
        self._handles = {user["name"].lower(): user["id"] for user in self.users.values()}
        self.channels: dict[str, Channel] = {}
        self._names: dict[str, str] = {}
        host.workspaces[seed.id] = self
        for one in seed.channels:
            kind = "group" if one.private else "channel"
            channel = Channel(one.id, one.name, kind, creator=seed.people[0].id, created=self.started)
            channel.topic = {"value": one.topic, "creator": channel.creator, "last_set": self.started}
            channel.purpose = {"value": one.purpose, "creator": channel.creator, "last_set": self.started}
            channel.members = [self._handles[handle.lower()] for handle in one.members]
            channel.is_general = one.name == "general"
            if one.bot:
                channel.members.append(seed.app.user_id)
            self.add_channel(channel)
        self.usergroups = {
            one.id: users.usergroup(
                one, seed, [self._handles[handle.lower()] for handle in one.members], self.started
            )
            for one in seed.usergroups
        }

    @property
    def bot(self) -> str:
        """The bot's user id."""
        return self.seed.app.user_id

    @property
    def enterprise(self) -> str | None:
        """The organisation's id, on Enterprise Grid."""
        return self.seed.enterprise.id if self.seed.enterprise is not None else None

    @property
    def url(self) -> str:
        """Where the twin is."""
        return self.host.url

    def speaks_for(self, token: str) -> bool:
        """Whether this is the app's token, or that of one of its workflow steps that still runs."""
        return token == self.bot_token or self.executions.by_token(token) is not None

    def now(self) -> datetime:
        return self.clock.now()

    def ts(self) -> str:
        """Return a new message timestamp."""
        return self.host.timestamps.next()

    def knows(self, id: str) -> bool:
        """Whether an id names something of this workspace: a conversation, a person, a file, a view."""
        return (
            id in self.channels
            or (id in self.users and id not in (self.bot, users.SLACKBOT))
            or self.files.get(id) is not None
            or self.views.get(id) is not None
            or self.tickets.knows(id)
        )

    def add_channel(self, channel: Channel) -> None:
        """Let a channel exist."""
        self.channels[channel.id] = channel
        if not channel.is_im:
            self._names[channel.name] = channel.id

    def rename_channel(self, channel: Channel, name: str) -> None:
        """Let a channel be found by another name."""
        self._names.pop(channel.name, None)
        channel.name = name
        self._names[name] = channel.id

    def add_user(self, user: Json) -> None:
        """Let somebody exist."""
        self.users[user["id"]] = user
        self._handles[user["name"].lower()] = user["id"]

    def sees(self, user: str, channel: Channel) -> bool:
        """Whether a conversation exists for this person."""
        return audience.can_see(self, user, channel)

    def _forget(self, ts: str, channel_id: str) -> None:
        """Forget a message that had to make room for newer ones, wherever those are."""
        if (channel := self.channels.get(channel_id)) is not None:
            channel.drop(ts)

    def find_user(self, who: str) -> str | None:
        """Return the id of a user given by id or handle (with or without @)."""
        return who if who in self.users else self._handles.get(who.lstrip("@").lower())

    def find_channel(self, what: str) -> Channel | None:
        """Return a channel given by id or name (with or without #)."""
        return self.channels.get(what) or self.channels.get(self._names.get(what.lstrip("#"), ""))

    def dm(self, user: str) -> Channel:
        """Return the direct conversation between a person and the app, opening it when needed."""
        channel_id = stable_id("D", self.seed.id, user, self.bot)
        if channel_id not in self.channels:
            channel = Channel(channel_id, channel_id, "im", creator=user, created=self.started, user=user)
            channel.members = [user, self.bot]
            self.add_channel(channel)
        return self.channels[channel_id]

    def is_shared(self, channel: Channel) -> bool:
        """Whether people of another company are in the channel (Slack Connect)."""
        return any(self.users[member]["team_id"] != self.seed.id for member in channel.members)

    def block_id(self, salt: str) -> str:
        """Make up a block id of Slack's look, the same for the same salt."""
        return hashlib.sha256(salt.encode()).hexdigest()[:5]

    def next_event_id(self) -> str:
        self._events_sent += 1
        return stable_id("Ev", self.seed.id, str(self.started), str(self._events_sent))

    def tell(self, body: Json, to: str | None = None) -> None:
        """Show a change on the open pages (of one person, or of everyone) and wake whoever waits for

        Changes.
        """
        for watcher in list(self.watchers):
            if to is None or watcher.user == to:
                watcher.tell(body)
        self.bump()

    def tell_members(self, channel: Channel, body: Json) -> None:
        """Show a change in a channel on the pages of those who can see it."""
        for watcher in list(self.watchers):
            if self.sees(watcher.user, channel):
                watcher.tell(body)
        self.bump()
