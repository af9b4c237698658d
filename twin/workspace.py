"""The workspace itself: people, channels, files, open modals, and everyone who watches them.

Every part of the twin works on this one value; it lives in memory and is gone when the twin stops.
Deliberately no database: a workspace starts from its seed in milliseconds, and what it remembers is bounded.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from twin import users
from twin.channels import Channel
from twin.clock import Alarms, Clock, Timestamps
from twin.delivery import Courier
from twin.faults import Faults, Limits
from twin.files import Shelf
from twin.recent import Recent
from twin.seed import Seed
from twin.socket import SocketRoad
from twin.tickets import Tickets
from twin.views import Views
from twin.words import Json, stable_id

KEEP_CALLS = 20_000
KEEP_HOMES = 500_000
KEEP_CHOICES = 5_000

# Tells a watcher what changed on screen; the second argument lists who may see it (None: everyone).
Tell = Callable[[Json], None]


@dataclass(frozen=True)
class Call:
    """One recorded Web API call."""

    n: int
    at: datetime
    method: str
    args: Json
    response: Json
    ms: float


@dataclass(eq=False)
class Watcher:
    """A page that is open as one person."""

    user: str
    tell: Tell


class Workspace:
    """All state of one twin."""

    def __init__(self, seed: Seed, clock: Clock) -> None:
        self.seed = seed
        self.clock = clock
        self.started = int(clock.now().timestamp())
        self.timestamps = Timestamps(clock)
        self.alarms = Alarms(clock)
        self.courier = Courier(self.alarms)
        self.road = SocketRoad(self.courier, seed.app.id, self.bump)
        self.courier.use(self.road)
        self.faults = Faults()
        self.limits = Limits(clock)
        self.tickets = Tickets(clock, seed.id)
        self.files = Shelf()
        self.views = Views()
        self.calls: deque[Call] = deque(maxlen=KEEP_CALLS)
        self.calls_made = 0
        self.calls_under_way = 0
        self.watchers: list[Watcher] = []
        self.url = ""  # set when the server listens
        self.homes: Recent[str, str] = Recent(KEEP_HOMES)  # ts -> channel id
        self.choices: Recent[tuple[str, str], Json] = Recent(KEEP_CHOICES)  # (user, ts) -> state.values
        self._changed = asyncio.Event()
        self._events_sent = 0
        now = clock.now()
        self.users: dict[str, Json] = {seed.app.user_id: users.bot(seed, now)}
        self.users |= {one.id: users.person(one, seed, now) for one in seed.people}
        self.users[users.SLACKBOT] = users.slackbot(seed)
        self._handles = {user["name"].lower(): user["id"] for user in self.users.values()}
        self.channels: dict[str, Channel] = {}
        self._names: dict[str, str] = {}
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

    def now(self) -> datetime:
        return self.clock.now()

    def ts(self) -> str:
        """Return a new message timestamp."""
        return self.timestamps.next()

    def add_channel(self, channel: Channel) -> None:
        """Let a channel exist."""
        self.channels[channel.id] = channel
        if not channel.is_im:
            self._names[channel.name] = channel.id

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
            if not channel.is_private or watcher.user in channel.members:
                watcher.tell(body)
        self.bump()

    def bump(self) -> None:
        """Wake whoever waits for a change."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def next_change(self, timeout: float) -> None:
        """Wait until something changes, or the timeout (in seconds of real time) passes."""
        # Not wait_for, which can swallow a cancellation on Python 3.11.
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._changed.wait()
