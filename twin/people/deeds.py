"""What people do with messages: post, edit, delete, react, join, read, type commands, use shortcuts.

The page, the tests and the replay all act through these functions, so that a person can never do in a test
what they could not do in Slack. They raise Refused with a sentence for the person. What people do with
buttons and modals is in touch.py.
"""

from __future__ import annotations

import re

from twin import assistant, compose, events, hooks, membership, messages
from twin.channels import Channel
from twin.delivery import Parcel, Unanswered
from twin.files import File
from twin.people import conversations, hints, payloads
from twin.tickets import Hook
from twin.users import SLACKBOT
from twin.webapi.reactions import EMOJI
from twin.words import Json, Refused, SlackError
from twin.workspace import Workspace

MAX_TEXT = 40_000


def who(ws: Workspace, name: str) -> str:
    """Find a person by id or handle."""
    user = ws.find_user(name)
    if user is None or user in (ws.bot, SLACKBOT):
        raise Refused("user_not_found", f"Nobody called {name!r} can act in this workspace.")
    return user


def where(ws: Workspace, user: str, name: str) -> Channel:
    """Find a conversation this person can see, by id or `#name`; `@name` is the direct one with the app or a person."""
    if name.lstrip("@") == ws.seed.app.bot_user and not name.startswith("#"):
        return ws.dm(user)
    if name.startswith("@"):
        return conversations.open_direct(ws, user, [name])
    channel = ws.find_channel(name)
    if channel is None or not ws.sees(user, channel):
        raise Refused("channel_not_found", f"There is no channel {name!r} that this person can see.")
    return channel


def post(
    ws: Workspace,
    user: str,
    channel: Channel,
    text: str,
    *,
    thread_ts: str | None = None,
    broadcast: bool = False,
) -> Json:
    """Post typed text. Returns the stored message."""
    _may_post(ws, user, channel)
    _fits(text)
    if not text.strip():
        raise Refused("no_text", "A message needs some text.")
    root = _root(ws, user, channel, thread_ts)
    stored = messages.post_as_person(ws, channel, user, text, thread_ts=root, broadcast=broadcast)
    channel.read[user] = stored["ts"]
    hints.of_absence(ws, channel, user, stored)
    return stored


def upload(
    ws: Workspace,
    user: str,
    channel: Channel,
    files: list[tuple[str, bytes]],
    *,
    text: str = "",
    thread_ts: str | None = None,
) -> Json:
    """Post files, given as names and bytes, with some text. Returns the stored message."""
    _may_post(ws, user, channel)
    _fits(text)
    if not files:
        raise Refused("no_file", "There is no file to upload.")
    kept: list[File] = []
    for name, data in files:
        file = ws.files.new(name, user, int(ws.now().timestamp()))
        ws.files.fill(file, data)
        kept.append(file)
    root = _root(ws, user, channel, thread_ts)
    stored = messages.post_as_person(ws, channel, user, text, thread_ts=root, files=kept)
    channel.read[user] = stored["ts"]
    return stored


def edit(ws: Workspace, user: str, channel: Channel, ts: str, text: str) -> Json:
    """Change one's own message."""
    message = seen(channel, ts)
    if message.get("user") != user:
        raise Refused("cant_update_message", "People can only edit their own messages.")
    _fits(text)
    typed = compose.typed(ws, text, f"{ts}/{ws.ts()}")
    if typed["text"] == message["text"]:
        return message
    edited = {"user": user, "ts": f"{int(ws.now().timestamp())}.000000"}
    return messages.change(ws, channel, {**message, **typed, "edited": edited})


def delete(ws: Workspace, user: str, channel: Channel, ts: str) -> None:
    """Delete one's own message; admins may delete any."""
    message = seen(channel, ts)
    if message.get("user") != user and not ws.users[user].get("is_admin"):
        raise Refused("cant_delete_message", "Only admins can delete other people's messages.")
    messages.remove(ws, channel, message)


def react(ws: Workspace, user: str, channel: Channel, ts: str, name: str, *, add: bool = True) -> None:
    """Add or take away a reaction."""
    _may_post(ws, user, channel)
    name = name.strip(":")
    if not EMOJI.fullmatch(name):
        raise Refused("invalid_name", f"{name!r} is not the name of an emoji.")
    if not messages.react(ws, channel, seen(channel, ts), user, name, add=add):
        code = "already_reacted" if add else "no_reaction"
        raise Refused(code, "That reaction is there already." if add else "That reaction is not there.")


def join(ws: Workspace, user: str, channel: Channel) -> None:
    """Join a public channel."""
    if channel.kind != "channel":
        raise Refused("channel_not_found", "Only public channels can be joined.")
    if channel.is_archived:
        raise Refused("is_archived", f"#{channel.name} is archived.")
    membership.join(ws, channel, user)


def leave(ws: Workspace, user: str, channel: Channel) -> None:
    """Leave a channel."""
    if channel.is_direct or channel.is_general:
        raise Refused("cant_leave", "This conversation cannot be left.")
    membership.leave(ws, channel, user)


def read(ws: Workspace, user: str, channel: Channel) -> None:
    """Mark a channel as read."""
    channel.read[user] = channel.last_ts
    ws.tell({"type": "read", "channel": channel.id}, to=user)


def open_home(ws: Workspace, user: str, tab: str = "home") -> None:
    """Open the app's Home (or its messages tab)."""
    view = ws.views.home(user)
    event: Json = {
        "type": "app_home_opened",
        "user": user,
        "channel": ws.dm(user).id,
        "tab": tab,
        "event_ts": ws.ts(),
    }
    if view is not None and tab == "home":
        event["view"] = view
    if ws.seed.app.manifest.agent == "agent_view":
        event["context"] = events.app_context(ws, user)
    events.to_app(ws, event)


def command(ws: Workspace, user: str, channel: Channel, typed: str) -> Parcel:
    """Send a slash command. What the app answers with its acknowledgement is shown when it comes."""
    name, _, text = typed.strip().partition(" ")
    declared = next((one for one in ws.seed.app.manifest.commands if one.command == name), None)
    if declared is None:
        raise Refused("unknown_command", f"{name} is not a valid command in this workspace.")
    text = text.strip()
    payload = payloads.command(ws, user, channel, name, _escaped(ws, text) if declared.escapes else text)
    parcel = ws.courier.send_once("slash_commands", payload, wants_answer=True)
    parcel.outcome.add_done_callback(lambda outcome: _command_answered(ws, user, channel, name, parcel))
    return parcel


def message_shortcut(ws: Workspace, user: str, channel: Channel, ts: str, callback_id: str) -> Parcel:
    """Use one of the app's shortcuts on a message."""
    _declared(ws, "message", callback_id)
    payload = payloads.message_shortcut(ws, user, channel, seen(channel, ts), callback_id)
    return ws.courier.send_once("interactive", payload, wants_answer=False)


def global_shortcut(ws: Workspace, user: str, callback_id: str) -> Parcel:
    """Use one of the app's global shortcuts."""
    _declared(ws, "global", callback_id)
    return ws.courier.send_once(
        "interactive", payloads.global_shortcut(ws, user, callback_id), wants_answer=False
    )


def seen(channel: Channel, ts: str) -> Json:
    """Return a message that is still there for people to see."""
    message = channel.get(ts)
    if message is None or message.get("subtype") == "tombstone":
        raise Refused("message_not_found", "That message is not there any more.")
    return message


def _root(ws: Workspace, user: str, channel: Channel, thread_ts: str | None) -> str | None:
    if not thread_ts:
        if ws.seed.app.manifest.agent == "assistant_view" and ws.bot in channel.members and channel.is_im:
            return assistant.start(ws, user).thread_ts  # such an app has no conversation outside threads
        return None
    root = channel.get(thread_ts)
    if root is None:
        raise Refused("thread_not_found", "That thread is not there any more.")
    found: str = root.get("thread_ts", thread_ts)
    return found


def _may_post(ws: Workspace, user: str, channel: Channel) -> None:
    if user not in channel.members:
        raise Refused("not_in_channel", f"{ws.users[user]['name']} has not joined #{channel.name}.")
    if channel.is_archived:
        raise Refused("is_archived", f"#{channel.name} is archived.")


def _fits(text: str) -> None:
    if len(text) > MAX_TEXT:
        raise Refused("msg_too_long", f"A message can have at most {MAX_TEXT:,} characters.")


def _declared(ws: Workspace, kind: str, callback_id: str) -> None:
    if not any(one.kind == kind and one.callback_id == callback_id for one in ws.seed.app.manifest.shortcuts):
        raise Refused("unknown_shortcut", f"The app has no {kind} shortcut {callback_id!r}.")


def _escaped(ws: Workspace, text: str) -> str:
    """Turn @names and #channels of a command's text into ids, for commands that ask for it."""

    def put(match: re.Match[str]) -> str:
        name = match[0][1:]
        if match[0].startswith("#"):
            channel = ws.find_channel(name)
            return f"<#{channel.id}|{channel.name}>" if channel is not None else match[0]
        user = ws.find_user(name)
        return f"<@{user}|{ws.users[user]['name']}>" if user is not None else match[0]

    return re.sub(r"[@#][\w.-]*\w", put, text)


def _command_answered(ws: Workspace, user: str, channel: Channel, name: str, parcel: Parcel) -> None:
    if parcel.outcome.cancelled():
        return
    if (problem := parcel.outcome.exception()) is not None:
        code = problem.code if isinstance(problem, Unanswered) else "operation_timeout"
        say = f'{name} failed with the error "{code}"'
        messages.slackbot_whisper(ws, channel, user, say)
        return
    answer = parcel.outcome.result()
    if not isinstance(answer, dict) or not (answer.get("text") or answer.get("blocks")):
        return
    hook = Hook("", user, channel.id, ws.now(), None, None, is_ephemeral=False)
    try:
        ts = hooks.respond(ws, hook, answer)
        hooks.answered(ws, parcel, hook, answer, ts)
    except SlackError as refusal:
        say = f'{name} failed with the error "{refusal.code}"'
        messages.slackbot_whisper(ws, channel, user, say)
