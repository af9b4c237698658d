"""chat.*: what the app says, changes and takes back.

People see the messages; ephemeral ones only the person addressed. Deliberately not done: scheduled messages,
streams and unfurls. A message for a thread whose root is gone appears in the channel, as it does in Slack.
"""

from __future__ import annotations

from typing import Any

from twin import compose, messages
from twin.blocks import surface
from twin.channels import Channel
from twin.users import SLACKBOT
from twin.webapi.calling import Args, Method, RateLimited, demand, has_scope, joined_channel, visible_channel
from twin.words import Json, SlackError
from twin.workspace import Workspace

MAX_UPDATE = 4_000
CUSTOM = ("username", "icon_emoji", "icon_url")


def post_message(ws: Workspace, args: Args) -> Json:
    channel = _channel_to_post_in(ws, args)
    if (wait := ws.limits.post_in(channel.id)) is not None:
        raise RateLimited(wait)
    content = read_content(args)
    ts = ws.ts()
    body = _compose(ws, args, content, ts)
    thread_ts = args.text("thread_ts") or None
    if thread_ts is not None:
        root = channel.get(thread_ts)
        # A reply's own ts leads to its thread; a root that is gone leads to the channel.
        thread_ts = root.get("thread_ts", thread_ts) if root is not None else None
    broadcast = thread_ts is not None and args.flag("reply_broadcast")
    stored = messages.post(ws, channel, body, thread_ts=thread_ts, broadcast=broadcast)
    return {"ok": True, "channel": channel.id, "ts": stored["ts"], "message": _shown(stored)}


def post_ephemeral(ws: Workspace, args: Args) -> Json:
    channel = joined_channel(ws, args)
    user = args.need("user")
    if user not in channel.members:
        raise SlackError("user_not_in_channel")
    content = read_content(args)
    body = _compose(ws, args, content, ws.ts())
    thread_ts = args.text("thread_ts")
    stored = messages.whisper(ws, channel, user, {**body, **({"thread_ts": thread_ts} if thread_ts else {})})
    return {"ok": True, "message_ts": stored["ts"]}


def update(ws: Workspace, args: Args) -> Json:
    channel = visible_channel(ws, args)
    message = channel.get(args.need("ts"))
    if message is None:
        raise SlackError("message_not_found")
    if message.get("bot_id") != ws.seed.app.bot_id:
        raise SlackError("cant_update_message")
    if len(args.text("text")) > MAX_UPDATE:
        raise SlackError("msg_too_long")
    content = read_content(args)
    new = dict(message)
    if content["text"] or content["blocks"]:
        # Text without blocks takes the old blocks away; without either, both stay.
        salt = f"{message['ts']}/{ws.ts()}"
        new |= compose.from_bot(ws, content["text"] or message["text"], content["blocks"] or None, salt)
    for key in ("attachments", "metadata"):
        if content[key] is not None:
            new[key] = content[key]
    if not new.get("attachments", True):
        del new["attachments"]
    if not content["blocks"]:  # Slack marks a message as edited only when its text was
        new["edited"] = {"user": ws.seed.app.bot_id, "ts": f"{int(ws.now().timestamp())}.000000"}
    messages.change(ws, channel, new)
    shown = {key: value for key, value in _shown(new).items() if key != "ts"}
    return {"ok": True, "channel": channel.id, "ts": new["ts"], "text": new["text"], "message": shown}


def delete(ws: Workspace, args: Args) -> Json:
    channel = visible_channel(ws, args)
    message = channel.get(args.need("ts"))
    if message is None or message.get("subtype") == "tombstone":
        raise SlackError("message_not_found")
    if message.get("bot_id") != ws.seed.app.bot_id:
        raise SlackError("cant_delete_message")
    messages.remove(ws, channel, message)
    return {"ok": True, "channel": channel.id, "ts": message["ts"]}


def get_permalink(ws: Workspace, args: Args) -> Json:
    channel = visible_channel(ws, args)
    message = channel.get(args.need("message_ts"))
    if message is None:
        raise SlackError("message_not_found")
    return {"ok": True, "channel": channel.id, "permalink": permalink(ws, channel, message)}


def permalink(ws: Workspace, channel: Channel, message: Json) -> str:
    """Build the address of a message, as Slack writes it."""
    ts, root = message["ts"], message.get("thread_ts", message["ts"])
    link = f"https://{ws.seed.domain}.slack.com/archives/{channel.id}/p{ts.replace('.', '')}"
    return link if root == ts else f"{link}?thread_ts={root}&cid={channel.id}"


def read_content(args: Args) -> Json:
    """Read text, blocks and attachments of a message someone wants to post, and check them.

    Returns `text`, `blocks`, `attachments` and `metadata`; the last three are None when they were not given.
    """
    text = args.text("text")
    blocks = args.structure("blocks", "invalid_blocks_format")
    if blocks is not None:
        if not isinstance(blocks, list):
            raise SlackError("invalid_blocks_format")
        if found := surface.problems_of_message(blocks):
            said = {"messages": [f"[ERROR] {one}" for one in found]}
            raise SlackError("invalid_blocks", errors=found, response_metadata=said)
        if surface.is_too_long(blocks):
            raise SlackError("msg_blocks_too_long")
    attachments = _attachments(args)
    if not text and not blocks and not attachments:
        raise SlackError("no_text")
    return {"text": text, "blocks": blocks, "attachments": attachments, "metadata": _metadata(args)}


def _channel_to_post_in(ws: Workspace, args: Args) -> Channel:
    """Find the channel by id or name, or the direct conversation by a person's id."""
    what = args.need("channel")
    if what in ws.users and what not in (ws.bot, SLACKBOT):
        return ws.dm(what)
    channel = ws.find_channel(what)
    if channel is None or (channel.is_private and ws.bot not in channel.members):
        raise SlackError("channel_not_found")
    if channel.is_archived:
        raise SlackError("is_archived")
    if ws.bot not in channel.members and not has_scope(ws, "chat:write.public"):
        raise SlackError("not_in_channel")
    return channel


def _compose(ws: Workspace, args: Args, content: Json, ts: str) -> Json:
    body = compose.bot_message(ws, {"ts": ts, **compose.from_bot(ws, content["text"], content["blocks"], ts)})
    for key in ("attachments", "metadata"):
        if content[key]:
            body[key] = content[key]
    custom = {key: args.text(key) for key in CUSTOM if args.text(key)}
    if custom:
        demand(ws, "chat:write.customize")
        body["subtype"] = "bot_message"
        body["username"] = custom.get("username", ws.seed.app.name)
        if "icon_emoji" in custom:
            body["icons"] = {"emoji": custom["icon_emoji"]}
        elif "icon_url" in custom:
            body["icons"] = {"image_48": custom["icon_url"]}
        del body["user"]
    return body


def _shown(stored: Json) -> Json:
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


def _attachments(args: Args) -> list[Json] | None:
    value = args.structure("attachments", "invalid_attachments")
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise SlackError("invalid_attachments")
    if len(value) > 100:
        raise SlackError("too_many_attachments")
    for at, one in enumerate(value):
        if found := surface.problems_of_message(one.get("blocks", [])):
            found = [say.replace("/blocks", f"/attachments/{at}/blocks", 1) for say in found]
            raise SlackError(
                "invalid_attachments", response_metadata={"messages": [f"[ERROR] {say}" for say in found]}
            )
    return [{"id": at, "fallback": "[no preview available]", **one} for at, one in enumerate(value, start=1)]


def _metadata(args: Args) -> Json | None:
    value: Any = args.structure("metadata", "invalid_metadata_format")
    if value is None:
        return None
    is_shaped = isinstance(value, dict) and isinstance(value.get("event_type"), str)
    if not is_shaped or not isinstance(value.get("event_payload"), dict):
        raise SlackError("invalid_metadata_schema")
    if len(str(value)) > 16_000:
        raise SlackError("metadata_too_large")
    return {"event_type": value["event_type"], "event_payload": value["event_payload"]}


METHODS = {
    "chat.postMessage": Method(post_message, ("chat:write",), per_minute=1000),
    "chat.postEphemeral": Method(post_ephemeral, ("chat:write",), per_minute=100),
    "chat.update": Method(update, ("chat:write",)),
    "chat.delete": Method(delete, ("chat:write",)),
    "chat.getPermalink": Method(get_permalink, per_minute=1000),
}
