"""The life of a channel: made, renamed, given a topic and a description, archived and brought back.

People see the small grey lines ("ana set the channel topic: …") and the new name at once; the app hears the line as a
message and, where there is one, Slack's event for it. Events about public channels go to the app wherever it is, those
about private ones only when it is in. Deliberately not done: deleting a channel, and making a public one private.
"""

from __future__ import annotations

import re

from twin import events, membership, messages
from twin.channels import Channel
from twin.words import Json, SlackError, stable_id
from twin.workspace import Workspace

MAX_NAME = 80
MAX_TEXT = 250


def checked_name(ws: Workspace, name: str) -> str:
    """Return a channel name Slack would take. Raises SlackError with Slack's code."""
    name = name.lstrip("#")
    if not name:
        raise SlackError("invalid_name_required")
    if len(name) > MAX_NAME:
        raise SlackError("invalid_name_maxlength")
    if not re.search(r"\w", name.replace("_", "")):
        raise SlackError("invalid_name_punctuation")
    if not re.fullmatch(r"[\w-]+", name) or name != name.lower():
        raise SlackError("invalid_name_specials")
    if ws.find_channel(name) is not None:
        raise SlackError("name_taken")
    return name


def make(ws: Workspace, name: str, *, is_private: bool, creator: str) -> Channel:
    """Make a channel with its creator in it. Raises SlackError when the name cannot be had."""
    name = checked_name(ws, name)
    channel = Channel(
        stable_id("C", ws.seed.id, name)
        if stable_id("C", ws.seed.id, name) not in ws.channels
        else _fresh(ws),
        name,
        "group" if is_private else "channel",
        creator=creator,
        created=int(ws.now().timestamp()),
    )
    channel.members.append(creator)
    ws.add_channel(channel)
    membership.announce(ws, channel)
    if not is_private:
        events.to_app(ws, {"type": "channel_created", "channel": _made(ws, channel), "event_ts": ws.ts()})
    return channel


def rename(ws: Workspace, channel: Channel, name: str, by: str) -> None:
    """Give a channel another name. Raises SlackError when the name cannot be had."""
    old, new = channel.name, name.lstrip("#")
    if new == old:
        return
    new = checked_name(ws, new)
    channel.previous_names.insert(0, old)
    ws.rename_channel(channel, new)
    _touch(ws, channel)
    text = f'<@{by}> has renamed the channel from "{old}" to "{new}"'
    _say(ws, channel, by, "channel_name", text, name=new, old_name=old, team=ws.users[by]["team_id"])
    told = {
        "id": channel.id,
        "is_channel": not channel.is_private,
        "is_mpim": False,
        "name": new,
        "name_normalized": new,
        "created": channel.created,
    }
    _tell_app(ws, channel, "rename", {"channel": told})


def set_topic(ws: Workspace, channel: Channel, text: str, by: str) -> None:
    """Give a conversation a topic."""
    channel.topic = _set(ws, text, by)
    _touch(ws, channel)
    say = f"<@{by}> set the channel topic: {text}" if text else f"<@{by}> cleared the channel topic"
    _say(ws, channel, by, "channel_topic", say, topic=text)


def set_purpose(ws: Workspace, channel: Channel, text: str, by: str) -> None:
    """Give a conversation a purpose, which people know as its description."""
    channel.purpose = _set(ws, text, by)
    _touch(ws, channel)
    say = f"<@{by}> set the channel purpose: {text}" if text else f"<@{by}> cleared the channel purpose"
    _say(ws, channel, by, "channel_purpose", say, purpose=text)


def archive(ws: Workspace, channel: Channel, by: str) -> None:
    """Close a channel for good measure: it can be read, but nobody can post any more."""
    _say(ws, channel, by, "channel_archive", f"<@{by}> archived the channel", team=ws.users[by]["team_id"])
    channel.is_archived = True
    _touch(ws, channel)
    _tell_app(ws, channel, "archive", {"channel": channel.id, "user": by, "is_moved": 0})


def unarchive(ws: Workspace, channel: Channel, by: str) -> None:
    """Open an archived channel again."""
    channel.is_archived = False
    if by not in channel.members:
        channel.members.append(by)
    _touch(ws, channel)
    text = f"<@{by}> un-archived the channel"
    _say(ws, channel, by, "channel_unarchive", text, team=ws.users[by]["team_id"])
    actor = {"actor_id": by} if channel.is_private else {"user": by}
    _tell_app(ws, channel, "unarchive", {"channel": channel.id, **actor})


def _fresh(ws: Workspace) -> str:
    """Make an id for a name that another, renamed channel had when it was made."""
    return stable_id("C", ws.seed.id, str(len(ws.channels)), ws.ts())


def _made(ws: Workspace, channel: Channel) -> Json:
    is_shared = ws.is_shared(channel)
    return {
        "id": channel.id,
        "is_channel": True,
        "name": channel.name,
        "name_normalized": channel.name,
        "created": channel.created,
        "creator": channel.creator,
        "is_shared": is_shared,
        "is_org_shared": False,
        "context_team_id": ws.seed.id,
        "is_archived": False,
        "is_general": False,
        "is_group": False,
        "is_private": False,
        "is_ext_shared": is_shared,
        "is_im": False,
        "is_mpim": False,
        "is_pending_ext_shared": False,
    }


def _set(ws: Workspace, text: str, by: str) -> Json:
    return {"value": text, "creator": by, "last_set": int(ws.now().timestamp())}


def _touch(ws: Workspace, channel: Channel) -> None:
    channel.updated = int(ws.now().timestamp())
    membership.announce(ws, channel)


def _say(ws: Workspace, channel: Channel, by: str, subtype: str, text: str, **more: str) -> None:
    messages.post(
        ws,
        channel,
        {"type": "message", "subtype": subtype, "user": by, "text": text, "ts": ws.ts(), **more},
    )


def _tell_app(ws: Workspace, channel: Channel, what: str, said: Json) -> None:
    kind = "group" if channel.is_private else "channel"
    event = {"type": f"{kind}_{what}", **said, "event_ts": ws.ts()}
    if not channel.is_private:
        events.to_app(ws, event)
    else:
        events.in_channel(ws, channel, event)
