"""conversations.create, rename, setTopic, setPurpose, archive and unarchive.

People see the new name or the grey line at once. As in Slack an app may rename only what it made itself. Deliberately
not done: converting public channels to private ones, and team preferences that forbid any of it.
"""

from __future__ import annotations

from twin import changes
from twin.channels import Channel
from twin.webapi.calling import Args, Method, demand, joined_channel, visible_channel
from twin.webapi.conversations import describe
from twin.words import Json, SlackError
from twin.workspace import Workspace

WRITE_SCOPES = {
    "channel": ("channels:manage", "channels:write"),
    "group": ("groups:write",),
    "im": ("im:write",),
    "mpim": ("mpim:write",),
}
TOPIC_SCOPES = {
    "channel": ("channels:manage", "channels:write", "channels:write.topic"),
    "group": ("groups:write", "groups:write.topic"),
    "im": ("im:write", "im:write.topic"),
    "mpim": ("mpim:write", "mpim:write.topic"),
}


def create(ws: Workspace, args: Args) -> Json:
    name = args.need("name")
    is_private = args.flag("is_private")
    demand(ws, *(("groups:write",) if is_private else ("channels:manage", "channels:write")))
    channel = changes.make(ws, name, is_private=is_private, creator=ws.bot)
    return {"ok": True, "channel": describe(ws, channel)}


def rename(ws: Workspace, args: Args) -> Json:
    channel = _own_channel(ws, args)
    if channel.creator != ws.bot:
        raise SlackError("not_authorized")
    changes.rename(ws, channel, args.need("name"), ws.bot)
    return {"ok": True, "channel": describe(ws, channel)}


def set_topic(ws: Workspace, args: Args) -> Json:
    channel, text = _described(ws, args, "topic")
    changes.set_topic(ws, channel, text, ws.bot)
    return {"ok": True, "channel": describe(ws, channel)}


def set_purpose(ws: Workspace, args: Args) -> Json:
    channel, text = _described(ws, args, "purpose")
    changes.set_purpose(ws, channel, text, ws.bot)
    return {"ok": True, "channel": describe(ws, channel)}


def archive(ws: Workspace, args: Args) -> Json:
    channel = _own_channel(ws, args)
    if channel.is_general:
        raise SlackError("cant_archive_general")
    if channel.is_archived:
        raise SlackError("already_archived")
    changes.archive(ws, channel, ws.bot)
    return {"ok": True}


def unarchive(ws: Workspace, args: Args) -> Json:
    channel = _own_channel(ws, args)
    if not channel.is_archived:
        raise SlackError("not_archived")
    changes.unarchive(ws, channel, ws.bot)
    return {"ok": True}


def _own_channel(ws: Workspace, args: Args) -> Channel:
    """Return the channel an argument names, which must be one that has a name and the bot in it."""
    channel = visible_channel(ws, args)
    if channel.is_direct:
        raise SlackError("method_not_supported_for_channel_type")
    demand(ws, *WRITE_SCOPES[channel.kind])
    if ws.bot not in channel.members:
        raise SlackError("not_in_channel")
    return channel


def _described(ws: Workspace, args: Args, what: str) -> tuple[Channel, str]:
    channel = joined_channel(ws, args)
    if channel.is_im:
        raise SlackError("method_not_supported_for_channel_type")
    demand(ws, *TOPIC_SCOPES[channel.kind])
    if channel.is_archived:
        raise SlackError("is_archived")
    text = args.text(what)
    if len(text) > changes.MAX_TEXT:
        raise SlackError("too_long")
    return channel, text


METHODS = {
    "conversations.create": Method(create, per_minute=20),
    "conversations.rename": Method(rename, per_minute=20),
    "conversations.setTopic": Method(set_topic, per_minute=20),
    "conversations.setPurpose": Method(set_purpose, per_minute=20),
    "conversations.archive": Method(archive, per_minute=20),
    "conversations.unarchive": Method(unarchive, per_minute=20),
}
