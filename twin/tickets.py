"""The two short-lived keys an app gets with a click: a trigger id that opens a modal, and a response_url.

A person notices when an app is too slow: three seconds after the click no modal can open any more.
Deliberately strict: a trigger works once, a response_url five times within half an hour.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from twin.clock import Clock
from twin.recent import Recent
from twin.words import SlackError

TRIGGER_SECONDS = 3
HOOK_USES = 5
HOOK_MINUTES = 30
KEEP = 5_000


@dataclass(eq=False)
class Trigger:
    """Permission to open a modal for one person, once. `view` names the modal the click came from, if any."""

    id: str
    user: str
    until: datetime
    view: str | None
    is_used: bool = False


@dataclass(eq=False)
class Hook:
    """A response_url: where the app may answer a click or a command without a token."""

    path: str
    user: str
    channel: str
    until: datetime
    message_ts: str | None  # the message the click was on
    thread_ts: str | None
    is_ephemeral: bool  # that message is only visible to the person
    uses: int = 0


class Tickets:
    """Issues and checks trigger ids and response_urls."""

    def __init__(self, clock: Clock, team: str) -> None:
        self._clock = clock
        self._team = team
        self._count = 0
        self._triggers: Recent[str, Trigger] = Recent(KEEP)
        self._hooks: Recent[str, Hook] = Recent(KEEP)

    def trigger(self, user: str, view: str | None = None) -> str:
        """Issue a trigger id for a person's deed."""
        until = self._clock.now() + timedelta(seconds=TRIGGER_SECONDS)
        number, secret = self._next("trigger")
        trigger = Trigger(f"{number}.{int(until.timestamp())}.{secret}", user, until, view)
        self._triggers[trigger.id] = trigger
        return trigger.id

    def knows(self, trigger_id: str) -> bool:
        """Whether this trigger id was issued here."""
        return trigger_id in self._triggers

    def exchange(self, trigger_id: str) -> Trigger:
        """Use a trigger id up. Raises SlackError when it is unknown, too old or used."""
        trigger = self._triggers.get(trigger_id)
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if trigger.is_used:
            raise SlackError("exchanged_trigger_id")
        if self._clock.now() > trigger.until:
            raise SlackError("expired_trigger_id")
        trigger.is_used = True
        return trigger

    def hook(
        self,
        kind: str,
        user: str,
        channel: str,
        *,
        message_ts: str | None = None,
        thread_ts: str | None = None,
        is_ephemeral: bool = False,
    ) -> str:
        """Issue a response_url's path.

        `kind` is `actions`, `commands` or `app`, as in Slack's own addresses.
        """
        number, secret = self._next("hook")
        path = f"/hooks/{kind}/{self._team}/{number}/{secret}"
        until = self._clock.now() + timedelta(minutes=HOOK_MINUTES)
        self._hooks[path] = Hook(path, user, channel, until, message_ts, thread_ts, is_ephemeral)
        return path

    def use_hook(self, path: str) -> Hook:
        """Use a response_url once. Raises SlackError when it is unknown, too old or used up."""
        hook = self._hooks.get(path)
        if hook is None:
            raise SlackError("invalid_url")
        if self._clock.now() > hook.until:
            raise SlackError("expired_url")
        if hook.uses >= HOOK_USES:
            raise SlackError("used_url")
        hook.uses += 1
        return hook

    def _next(self, kind: str) -> tuple[int, str]:
        self._count += 1
        number = 1_000_000_000 + self._count
        return number, hashlib.sha256(f"{self._team}{kind}{number}".encode()).hexdigest()[:32]
