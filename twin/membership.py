"""Joining and leaving channels: what others see of it, and what the app hears.

People see the small grey lines "ana has joined the channel" and "ana has left the channel"; whoever is taken out is
told so by Slackbot. An app that leaves or is taken out hears `channel_left` last.
"""

from __future__ import annotations

from twin import direct, events, messages
from twin.channels import Channel
from twin.words import Json
from twin.workspace import Workspace


def join(ws: Workspace, channel: Channel, user: str, *, inviter: str | None = None) -> None:
    """Let somebody join a channel; nothing happens when they are in it already."""
    if user in channel.members:
        return
    connected = {ws.users[member]["team_id"] for member in channel.members}
    channel.members.append(user)
    channel.read.setdefault(user, channel.last_ts)
    team = ws.users[user]["team_id"]
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
            "team": team,
            **({"inviter": inviter} if inviter else {}),
            "event_ts": ws.ts(),
        },
    )
    if team != ws.seed.id and team not in connected:
        shared = {"type": "channel_shared", "connected_team_id": team, "channel": channel.id}
        events.in_channel(ws, channel, {**shared, "event_ts": ws.ts()})
    announce(ws, channel)


def leave(ws: Workspace, channel: Channel, user: str, *, by: str | None = None) -> None:
    """Let somebody leave a channel, or be taken out `by` somebody; the app hears of it while it is still in."""
    if user not in channel.members:
        return
    how = f"was removed from the channel by <@{by}>" if by else "has left the channel"
    messages.post(
        ws,
        channel,
        {
            "type": "message",
            "subtype": "channel_leave",
            "user": user,
            "text": f"<@{user}> {how}",
            "ts": ws.ts(),
            "team": ws.users[user]["team_id"],
        },
    )
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
    if user == ws.bot:
        left = "group_left" if channel.is_private else "channel_left"
        actor = by or user
        events.to_app(ws, {"type": left, "channel": channel.id, "actor_id": actor, "event_ts": ws.ts()})
    elif by is not None:
        told = f"You have been removed from #{channel.name} by <@{by}>"
        direct.slackbot_says(ws, user, told)
    announce(ws, channel)
    if not ws.sees(user, channel):  # the others are told as members; whoever left is none any more
        ws.tell({"type": "channel", "channel": {"id": channel.id}}, to=user)


def announce(ws: Workspace, channel: Channel) -> None:
    """Let every open page draw the channel anew."""
    ws.tell_members(channel, {"type": "channel", "channel": {"id": channel.id}})
