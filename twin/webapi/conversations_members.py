"""conversations.join, leave, invite, kick, open and close: who is in a conversation.

People see who came and went. Deliberately not done: inviting people of other companies by e-mail
(conversations.inviteShared); whoever shall be a stranger is one from the seed.
"""

from __future__ import annotations

from twin import audience, direct, membership
from twin.channels import Channel
from twin.users import SLACKBOT
from twin.webapi.calling import Args, Method, demand, joined_channel, visible_channel
from twin.webapi.conversations import describe
from twin.webapi.conversations_change import WRITE_SCOPES
from twin.words import Json, SlackError, invalid_arguments
from twin.workspace import Workspace

MOST_INVITED = 1000


def join(ws: Workspace, args: Args) -> Json:
    channel = visible_channel(ws, args)
    if channel.kind != "channel":
        raise SlackError("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise SlackError("is_archived")
    if ws.bot in channel.members:
        warning = "already_in_channel"
        return {
            "ok": True,
            "channel": describe(ws, channel),
            "warning": warning,
            "response_metadata": {"warnings": [warning]},
        }
    membership.join(ws, channel, ws.bot)
    return {"ok": True, "channel": describe(ws, channel)}


def leave(ws: Workspace, args: Args) -> Json:
    channel = visible_channel(ws, args)
    if channel.is_direct:
        raise SlackError("method_not_supported_for_channel_type")
    demand(ws, *WRITE_SCOPES[channel.kind])
    if channel.is_general:
        raise SlackError("cant_leave_general")
    if ws.bot not in channel.members:
        return {"ok": True, "not_in_channel": True}
    if channel.is_archived:
        raise SlackError("is_archived")
    if channel.is_private and len(channel.members) == 1:
        raise SlackError("last_member")
    membership.leave(ws, channel, ws.bot)
    return {"ok": True}


def invite(ws: Workspace, args: Args) -> Json:
    channel = joined_channel(ws, args)
    if channel.is_direct:
        raise SlackError("method_not_supported_for_channel_type")
    demand(
        ws,
        *WRITE_SCOPES[channel.kind],
        "groups:write.invites" if channel.is_private else "channels:write.invites",
    )
    if channel.is_archived:
        raise SlackError("is_archived")
    users = args.names("users")
    if not users:
        raise SlackError("no_user")
    if len(users) > MOST_INVITED:
        raise SlackError("too_many_users")
    wrong = [(user, code) for user in users if (code := why_not(ws, channel, user))]
    if wrong and not (args.flag("force") and len(wrong) < len(users)):
        errors = [{"user": user, "ok": False, "error": code} for user, code in wrong]
        raise SlackError(wrong[0][1], errors=errors)
    for user in users:
        if user not in dict(wrong):
            membership.join(ws, channel, user, inviter=ws.bot)
    return {"ok": True, "channel": describe(ws, channel)}


def why_not(ws: Workspace, channel: Channel, user: str) -> str:
    """Say with Slack's code why somebody cannot be invited to a channel, or nothing."""
    if user not in ws.users or user == SLACKBOT:
        return "user_not_found"
    if user == ws.bot:
        return "cant_invite_self"
    if user in channel.members:
        return "already_in_channel"
    if audience.is_stranger(ws, user):
        known = {ws.users[member]["team_id"] for member in channel.members}
        return "" if ws.users[user]["team_id"] in known else "cant_invite"
    if ws.users[user].get("is_ultra_restricted") and any(
        user in one.members for one in ws.channels.values() if not one.is_direct
    ):
        return "ura_max_channels"
    return ""


def kick(ws: Workspace, args: Args) -> Json:
    channel, user = joined_channel(ws, args), args.need("user")
    if channel.is_direct:
        raise SlackError("method_not_supported_for_channel_type")
    demand(ws, *WRITE_SCOPES[channel.kind])
    if user not in ws.users:
        raise SlackError("user_not_found")
    if user == ws.bot:
        raise SlackError("cant_kick_self")
    if channel.is_general:
        raise SlackError("cant_kick_from_general")
    if user not in channel.members:
        raise SlackError("not_in_channel")
    membership.leave(ws, channel, user, by=ws.bot)
    return {"ok": True}


def open_(ws: Workspace, args: Args) -> Json:
    users = list(dict.fromkeys(args.names("users")))
    was_open = True
    if channel_id := args.text("channel"):
        found = ws.channels.get(channel_id)
        if found is None or not found.is_direct or ws.bot not in found.members:
            raise SlackError("channel_not_found")
        channel = found
        was_open = ws.bot not in channel.closed
    elif not users:
        raise invalid_arguments("missing required field: users")
    else:
        channel, was_open = _together(ws, users, args)
    channel.closed.discard(ws.bot)
    if was_open and not args.flag("return_im"):
        return {"ok": True, "no_op": True, "already_open": True, "channel": {"id": channel.id}}
    hidden = ("is_user_deleted",)  # only lists show it
    whole = {key: value for key, value in describe(ws, channel).items() if key not in hidden}
    shown = {**whole, "is_open": True} if args.flag("return_im") or channel.is_mpim else {"id": channel.id}
    return {"ok": True, "channel": shown}


def close(ws: Workspace, args: Args) -> Json:
    channel = visible_channel(ws, args)
    if not channel.is_direct:
        raise SlackError("method_not_supported_for_channel_type")
    demand(ws, *WRITE_SCOPES[channel.kind])
    if ws.bot in channel.closed:
        return {"ok": True, "no_op": True, "already_closed": True}
    channel.closed.add(ws.bot)
    return {"ok": True}


def _together(ws: Workspace, users: list[str], args: Args) -> tuple[Channel, bool]:
    """Find or open the direct conversation of the bot with these people; also say whether it was open."""
    demand(ws, "mpim:write" if len(users) > 1 else "im:write")
    if any(user not in ws.users or user in (ws.bot, SLACKBOT) for user in users):
        raise SlackError("user_not_found")
    if len(users) >= direct.MOST:
        raise SlackError("too_many_users")
    together = [ws.bot, *users]
    found = direct.find(ws, together)
    if found is None and args.flag("prevent_creation"):
        raise SlackError("channel_not_found")
    channel = found or direct.between(ws, together)
    return channel, found is not None and ws.bot not in channel.closed


METHODS = {
    "conversations.join": Method(join, ("channels:join",)),
    "conversations.leave": Method(leave),
    "conversations.invite": Method(invite),
    "conversations.kick": Method(kick),
    "conversations.open": Method(open_, ("im:write", "mpim:write")),
    "conversations.close": Method(close, per_minute=20),
}
