"""The agent's pane: the threads people have with the app, its status line, suggested prompts and titles.

A person sees "Signalbox is thinking…" until the app posts, prompts as buttons, a title for each conversation, and a
stop button while a session is being worked on (for apps that listen to `agent_session_stopped`). With
`assistant_view` every conversation is a thread of its own that begins when the pane is opened; with `agent_view` it
begins with the person's message. Deliberately not simulated: Slack's own AI features, and sessions that are channels.
"""

from __future__ import annotations

from twin import events, messages
from twin.panes import Pane, pane, show
from twin.words import Json
from twin.workspace import Workspace

MOST_PROMPTS = 4
NEW = "New Assistant Thread"


def start(ws: Workspace, user: str, looking_at: str = "") -> Pane:
    """Begin a conversation as `assistant_view` does: with a thread of its own, and an event that says so."""
    channel, ts = ws.dm(user), ws.ts()
    root: Json = {
        "type": "message",
        "subtype": "assistant_app_thread",
        "user": ws.bot,
        "text": NEW,
        "ts": ts,
        "team": ws.seed.id,
        "assistant_app_thread": {"title": NEW, "title_blocks": [], "artifacts": []},
    }
    messages.post(ws, channel, root, announce=False)  # Slack tells the app with an event of its own
    one = pane(ws, channel.id, ts, user)
    one.looking_at = looking_at
    if looking_at:
        ws.panes.looking_at[user] = looking_at
    events.to_app(ws, _thread_event(ws, one, "assistant_thread_started"))
    show(ws, one)
    return one


def look_at(ws: Workspace, user: str, channel: str) -> None:
    """Take note of the channel a person turned to while the pane is open, and tell the app."""
    if ws.panes.looking_at.get(user) == channel:
        return
    ws.panes.looking_at[user] = channel
    if ws.seed.app.manifest.agent == "agent_view":
        event = {"type": "app_context_changed", "channel": ws.dm(user).id, "user": user}
        events.to_app(ws, {**event, "context": events.app_context(ws, user), "event_ts": ws.ts()})
        return
    mine = [one for one in ws.panes.threads.values() if one.user == user and one.thread_ts]
    if mine:
        mine[-1].looking_at = channel
        events.to_app(ws, _thread_event(ws, mine[-1], "assistant_thread_context_changed"))


def set_title(ws: Workspace, one: Pane, title: str) -> None:
    """Name a conversation; the root of an `assistant_view` thread changes with it."""
    one.title = title
    channel = ws.channels[one.channel]
    root = channel.get(one.thread_ts)
    if root is not None and root.get("subtype") == "assistant_app_thread":
        named = {**root["assistant_app_thread"], "title": title}
        messages.change(ws, channel, {**root, "assistant_app_thread": named})
    show(ws, one)


def stop(ws: Workspace, user: str, one: Pane, streaming: list[str]) -> None:
    """Tell the app that a person pressed stop; `streaming` lists the messages whose stream Slack ended."""
    event: Json = {
        "type": "agent_session_stopped",
        "channel": one.channel,
        "user": user,
        "thread_ts": one.thread_ts,
        "streaming_message_ts": streaming,
        "event_ts": ws.ts(),
    }
    events.to_app(ws, event)


def _thread_event(ws: Workspace, one: Pane, kind: str) -> Json:
    context: Json = {}
    if one.looking_at:
        context = {"channel_id": one.looking_at, "team_id": ws.seed.id, "enterprise_id": ws.enterprise}
    return {
        "type": kind,
        "assistant_thread": {
            "user_id": one.user,
            "context": context,
            "channel_id": one.channel,
            "thread_ts": one.thread_ts,
        },
        "event_ts": ws.ts(),
    }
