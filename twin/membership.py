"""Joining and leaving channels: what others see of it, and what the app hears.

People see the small grey line "ana has joined the channel". Deliberately not done: being removed by others.
"""

from __future__ import annotations

from twin import events, messages
from twin.channels import Channel
from twin.words import Json
from twin.workspace import Workspace


def join(ws: Workspace, channel: Channel, user: str, *, inviter: str | None = None) -> None:
    """Let somebody join a channel; nothing happens when they are in it already."""
    if user in channel.members:
        return
    channel.members.append(user)
    channel.read.setdefault(user, channel.last_ts)
    body: Json = {
        "subtype": "channel_join",
        "user": user,
        "text": f"<@{user}> has joined the channel",
        "type": "message",
        "ts": ws.ts(),
        **({"inviter": inviter} if inviter else {}),
    }
    messages.post(ws, channel, body)
    events.in_channel(
        ws,
        channel,
        {
            "type": "member_joined_channel",
            "user": user,
            "channel": channel.id,
            "channel_type": "G" if channel.is_private else "C",
            "team": ws.users[user]["team_id"],
            **({"inviter": inviter} if inviter else {}),
            "event_ts": ws.ts(),
        },
    )
    announce(ws, channel)


def leave(ws: Workspace, channel: Channel, user: str) -> None:
    """Let somebody leave a channel; the app hears of it while it is still in."""
    if user not in channel.members:
        return
    event: Json = {
        "type": "member_left_channel",
        "user": user,
        "channel": channel.id,
        "channel_type": "G" if channel.is_private else "C",
        "team": ws.users[user]["team_id"],
        "event_ts": ws.ts(),
    }
    events.in_channel(ws, channel, event)
    channel.members.remove(user)
    announce(ws, channel)
    if channel.is_private:  # the others are told as members; whoever left is none any more
        ws.tell({"type": "channel", "channel": {"id": channel.id}}, to=user)


def announce(ws: Workspace, channel: Channel) -> None:
    """Let every open page draw the channel anew."""
    ws.tell_members(channel, {"type": "channel", "channel": {"id": channel.id}})
