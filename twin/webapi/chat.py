"""chat.*: what the app says, changes and takes back.

People see the messages; ephemeral ones only the person addressed. A message for a thread whose root is gone appears
in the channel, as it does in Slack. Streams, scheduled messages and link previews have files of their own.
Deliberately not done: messages sent in a person's name (`as_user`) and drafts.
"""

from __future__ import annotations

import re

from twin import compose, messages, shares
from twin.channels import Channel
from twin.users import SLACKBOT
from twin.webapi import content
from twin.webapi.calling import Args, Method, RateLimited, demand, has_scope, visible_channel
from twin.words import Json, SlackError
from twin.workspace import Workspace

MAX_UPDATE = 4_000
MAX_WHISPER = 40_000
CUSTOM = ("username", "icon_emoji", "icon_url")
# What Slack itself says in a channel cannot be answered in a thread.
NO_REPLIES = (
    "channel_join",
    "channel_leave",
    "channel_topic",
    "channel_purpose",
    "channel_name",
    "channel_archive",
)
_TS = re.compile(r"\d+\.\d+")


def post_message(ws: Workspace, args: Args) -> Json:
    channel = channel_to_post_in(ws, args)
    if (wait := ws.limits.post_in(channel.id)) is not None:
        raise RateLimited(wait)
    if (again := _said_before(ws, channel, args)) is not None:
        return again
    stored = say(ws, channel, args, content.read(args))
    if key := args.text("client_msg_id"):
        ws.said[key] = (channel.id, stored["ts"])
    return {"ok": True, "channel": channel.id, "ts": stored["ts"], "message": shown(stored)}


def say(ws: Workspace, channel: Channel, args: Args, said: content.Content) -> Json:
    """Post what an app says, with the look and in the thread its arguments ask for. Returns the message."""
    ts = ws.ts()
    body = compose_message(ws, args, said, ts)
    thread_ts = thread_of(channel, args.text("thread_ts"))
    broadcast = thread_ts is not None and args.flag("reply_broadcast")
    return messages.post(ws, channel, body, thread_ts=thread_ts, broadcast=broadcast)


def post_ephemeral(ws: Workspace, args: Args) -> Json:
    channel = _named(ws, args)
    if ws.bot not in channel.members:
        raise SlackError("not_in_channel")
    if channel.is_archived:
        raise SlackError("is_archived")
    user = args.need("user")
    if user not in channel.members:
        raise SlackError("user_not_in_channel")
    said = content.read(args)
    if len(said.text) > MAX_WHISPER:
        raise SlackError("msg_too_long")
    body = compose_message(ws, args, said, ws.ts())
    thread_ts = args.text("thread_ts")
    stored = messages.whisper(ws, channel, user, {**body, **({"thread_ts": thread_ts} if thread_ts else {})})
    return {"ok": True, "message_ts": stored["ts"]}


def me_message(ws: Workspace, args: Args) -> Json:
    channel = channel_to_post_in(ws, args)
    if (wait := ws.limits.post_in(channel.id)) is not None:
        raise RateLimited(wait)
    text = args.text("text")
    if not text:
        raise SlackError("no_text")
    if len(text) > MAX_WHISPER:
        raise SlackError("msg_too_long")
    app, ts = ws.seed.app, ws.ts()
    plain = compose.from_bot(ws, text, None, ts)["text"]
    who: Json = {"user": app.user_id, "bot_id": app.bot_id}
    messages.post(ws, channel, {"type": "message", "subtype": "me_message", "ts": ts, "text": plain, **who})
    return {"ok": True, "channel": channel.id, "ts": ts}


def update(ws: Workspace, args: Args) -> Json:
    channel = visible_channel(ws, args)
    message = own_message(ws, channel, args.need("ts"), "cant_update_message")
    if message.get("streaming_state") == "in_progress":
        raise SlackError("streaming_state_conflict")
    if len(args.text("text")) > MAX_UPDATE:
        raise SlackError("msg_too_long")
    if args.flag("reply_broadcast"):
        return _updated(channel, _broadcast(ws, channel, message, args))
    said = content.read(args)
    salt = f"{message['ts']}/{ws.ts()}"
    new = dict(message)
    if said.has_words:  # Text without blocks takes the old blocks away; without either, both stay.
        new |= content.written(ws, said, salt, text=message["text"])
    for key, value in (("attachments", said.attachments), ("metadata", said.metadata)):
        if value is not None:
            new.pop(key, None)
    new |= content.beside(ws, said, salt)
    if files := args.names("file_ids"):
        new["files"] = [*message.get("files", []), *_more_files(ws, channel, message["ts"], files)]
    if not said.blocks:  # Slack marks a message as edited only when its text was
        new["edited"] = {"user": ws.seed.app.bot_id, "ts": f"{int(ws.now().timestamp())}.000000"}
    messages.change(ws, channel, new)
    return _updated(channel, new)


def delete(ws: Workspace, args: Args) -> Json:
    channel = visible_channel(ws, args)
    message = own_message(ws, channel, args.need("ts"), "cant_delete_message")
    if message.get("subtype") == "tombstone":
        raise SlackError("message_not_found")
    messages.remove(ws, channel, message)
    return {"ok": True, "channel": channel.id, "ts": message["ts"]}


def get_permalink(ws: Workspace, args: Args) -> Json:
    channel = visible_channel(ws, args)
    message = channel.get(args.need("message_ts"))
    if message is None:
        raise SlackError("message_not_found")
    return {"ok": True, "channel": channel.id, "permalink": messages.permalink(ws, channel, message)}


def channel_to_post_in(ws: Workspace, args: Args) -> Channel:
    """Find the channel by id or name, or the direct conversation by a person's id, and whether the app may post."""
    channel = _named(ws, args)
    if channel.is_archived:
        raise SlackError("is_archived")
    if ws.bot not in channel.members and not has_scope(ws, "chat:write.public"):
        raise SlackError("not_in_channel")
    if channel.is_im and not ws.seed.app.manifest.messages_tab:
        raise SlackError("messages_tab_disabled")
    return channel


def thread_of(channel: Channel, thread_ts: str) -> str | None:
    """Return the root of the thread an app means; None for the channel itself.

    A reply's own ts leads to its thread; a root that is gone leads to the channel.
    """
    if not thread_ts:
        return None
    if not _TS.fullmatch(thread_ts):
        raise SlackError("invalid_thread_ts")
    root = channel.get(thread_ts)
    if root is None:
        return None
    if root.get("subtype") in NO_REPLIES:
        raise SlackError("cannot_reply_to_message")
    found: str = root.get("thread_ts", thread_ts)
    return found


def own_message(ws: Workspace, channel: Channel, ts: str, code: str) -> Json:
    """Return a message of the app itself; `code` is the refusal for anybody else's."""
    message = channel.get(ts)
    if message is None:
        raise SlackError("message_not_found")
    if message.get("bot_id") != ws.seed.app.bot_id:
        raise SlackError("message_not_found" if message.get("subtype") == "tombstone" else code)
    return message


def compose_message(ws: Workspace, args: Args, said: content.Content, ts: str) -> Json:
    """Build the message of an app, with the name and icon its arguments ask for."""
    body = {"ts": ts, **content.written(ws, said, ts), **content.beside(ws, said, ts)}
    return looking_like(ws, args, compose.bot_message(ws, body))


def looking_like(ws: Workspace, args: Args, body: Json) -> Json:
    """Give a message of the bot the name and icon a call asks for."""
    custom = {key: args.text(key) for key in CUSTOM if args.text(key)}
    if not custom:
        return body
    demand(ws, "chat:write.customize")
    new = {**body, "subtype": "bot_message", "username": custom.get("username", ws.seed.app.name)}
    if "icon_emoji" in custom:
        new["icons"] = {"emoji": custom["icon_emoji"]}
    elif "icon_url" in custom:
        new["icons"] = {"image_48": custom["icon_url"]}
    del new["user"]
    return new


def shown(stored: Json) -> Json:
    """Say a message as chat.* answers show it."""
    hidden = (
        "reply_count",
        "reply_users_count",
        "latest_reply",
        "reply_users",
        "is_locked",
        "subscribed",
        "reactions",
    )
    return {key: value for key, value in stored.items() if key not in hidden}


def _named(ws: Workspace, args: Args) -> Channel:
    what = args.need("channel")
    if what in ws.users and what not in (ws.bot, SLACKBOT):
        return ws.dm(what)
    channel = ws.find_channel(what)
    if channel is None or (channel.is_private and ws.bot not in channel.members):
        raise SlackError("channel_not_found")
    return channel


def _said_before(ws: Workspace, channel: Channel, args: Args) -> Json | None:
    """Answer a call whose `client_msg_id` was used before: with the message it made then, not with a second one."""
    before = ws.said.get(args.text("client_msg_id"))
    if before is None:
        return None
    if before[0] != channel.id:
        raise SlackError("duplicate_channel_not_found")
    message = channel.get(before[1])
    if message is None:
        raise SlackError("duplicate_message_not_found")
    return {"ok": True, "channel": channel.id, "ts": message["ts"], "message": shown(message)}


def _updated(channel: Channel, new: Json) -> Json:
    message = {key: value for key, value in shown(new).items() if key != "ts"}
    return {"ok": True, "channel": channel.id, "ts": new["ts"], "text": new["text"], "message": message}


def _broadcast(ws: Workspace, channel: Channel, message: Json, args: Args) -> Json:
    """Show a reply in the channel as well."""
    if args.text("text") or args.raw.get("blocks") or args.text("markdown_text"):
        raise SlackError("no_dual_broadcast_content_update")
    root = message.get("thread_ts")
    if root is None or root == message["ts"] or message.get("subtype") == "thread_broadcast":
        raise SlackError("cant_broadcast_message")
    return messages.broadcast(ws, channel, message)


def _more_files(ws: Workspace, channel: Channel, ts: str, ids: list[str]) -> list[Json]:
    files = [file for one in ids if (file := ws.files.get(str(one))) is not None and file.is_uploaded]
    if len(files) < len(ids):
        raise SlackError("file_not_found")
    return shares.share(ws, channel, files, ts)


METHODS = {
    "chat.postMessage": Method(post_message, ("chat:write",), per_minute=1000),
    "chat.postEphemeral": Method(post_ephemeral, ("chat:write",), per_minute=100),
    "chat.meMessage": Method(me_message, ("chat:write",)),
    "chat.update": Method(update, ("chat:write",)),
    "chat.delete": Method(delete, ("chat:write",)),
    "chat.getPermalink": Method(get_permalink, per_minute=1000),
}
