"""The conversations people have with the app as an agent: status line, prompts, title and stop button of each.

A person sees "Signalbox is thinking…" until the app posts in the thread. How conversations begin and what the app
hears of them is in assistant.py.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from twin.channels import Channel
from twin.clock import Alarm
from twin.recent import Recent
from twin.words import Json

if TYPE_CHECKING:
    from twin.workspace import Workspace

KEEP = 2_000
STATUS_SECONDS = 120  # Slack takes a status away when no message followed it
TOKEN_MINUTES = 15  # how long an action_token works; Slack only says that it is short


@dataclass(eq=False)
class Pane:
    """One conversation with the agent. An empty thread_ts stands for the top of an `agent_view` conversation."""

    channel: str
    thread_ts: str
    user: str = ""
    title: str = ""
    status: str = ""
    session: str = ""  # active, processing, suspended or closed, once it is a session
    loading_messages: list[str] = field(default_factory=list)
    prompts_title: str = ""
    prompts: list[Json] = field(default_factory=list)
    looking_at: str = ""
    timeout: Alarm | None = None


class Panes:
    """Every conversation with the agent, what people look at meanwhile, and the tokens their messages carried."""

    def __init__(self) -> None:
        self.threads: Recent[tuple[str, str], Pane] = Recent(KEEP)
        self.looking_at: Recent[str, str] = Recent(KEEP)  # person -> channel
        self._tokens: Recent[str, tuple[str, datetime]] = Recent(KEEP)
        self._count = 0

    def issue_token(self, user: str, now: datetime) -> str:
        """Make the action_token that lets the app search for this person for a while."""
        self._count += 1
        secret = hashlib.sha256(f"{user}{self._count}".encode()).hexdigest()[:8]
        token = f"{self._count + 10**12}.{int(now.timestamp())}.{secret}"
        self._tokens[token] = (user, now + timedelta(minutes=TOKEN_MINUTES))
        return token

    def who(self, token: str, now: datetime) -> str | None:
        """Return who an action_token belongs to, unless it is unknown or too old."""
        found = self._tokens.get(token)
        return found[0] if found is not None and now < found[1] else None


def pane(ws: Workspace, channel: str, thread_ts: str, user: str = "") -> Pane:
    """Return a conversation with the agent, from now on if there was none."""
    key = (channel, thread_ts)
    if key not in ws.panes.threads:
        ws.panes.threads[key] = Pane(channel, thread_ts, user)
    return ws.panes.threads[key]


def of_person(ws: Workspace, user: str) -> list[Pane]:
    """Return the conversations this person can see, the oldest first."""
    return [
        one
        for one in ws.panes.threads.values()
        if (channel := ws.channels.get(one.channel)) is not None and ws.sees(user, channel)
    ]


def describe(ws: Workspace, one: Pane) -> Json:
    """Say a conversation as the page draws it."""
    is_working = one.session == "processing"
    manifest = ws.seed.app.manifest
    return {
        "channel": one.channel,
        "thread_ts": one.thread_ts,
        "title": one.title,
        "status": one.status or ("is working…" if is_working else ""),
        "loading_messages": one.loading_messages,
        "prompts_title": one.prompts_title,
        "prompts": one.prompts,
        "session": one.session,
        "can_stop": is_working and "agent_session_stopped" in manifest.events,
    }


def show(ws: Workspace, one: Pane) -> None:
    """Draw a conversation anew on every page that shows it."""
    ws.tell_members(ws.channels[one.channel], {"type": "assistant", "thread": describe(ws, one)})


def set_status(ws: Workspace, one: Pane, status: str, loading_messages: list[str]) -> None:
    """Show what the app is doing, until it posts, says something else, or two minutes have passed."""
    if one.timeout is not None:
        one.timeout.call_off()
        one.timeout = None
    one.status, one.loading_messages = status, loading_messages if status else []
    if status:
        one.timeout = ws.alarms.set(STATUS_SECONDS, lambda: set_status(ws, one, "", []))
    show(ws, one)


def set_session(ws: Workspace, one: Pane, session: str) -> None:
    """Say how far a session is: active, processing, suspended or closed."""
    one.session = session
    show(ws, one)


def stream_ended(ws: Workspace, channel: Channel, thread_ts: str) -> None:
    """Take note that the app ended a stream: Slack then counts its session as active again."""
    one = ws.panes.threads.get((channel.id, thread_ts))
    if one is not None and one.session == "processing":
        set_session(ws, one, "active")


def answered(ws: Workspace, channel: Channel, message: Json) -> None:
    """Take the status away because the app posted in the thread."""
    root: str = message.get("thread_ts") or message["ts"]
    one = ws.panes.threads.get((channel.id, root))
    if one is not None and one.status:
        set_status(ws, one, "", [])
