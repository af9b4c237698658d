"""conversations.*: channels, their members and what was said in them.

The app sees only conversations its bot is in; of public channels it sees the name. Deliberately not done:
group direct messages, and changing topics, names or archives.
"""

from __future__ import annotations

import re

from twin import events, membership
from twin.channels import Channel
from twin.users import SLACKBOT
from twin.webapi.calling import (
    Args,
    Method,
    demand,
    joined_channel,
    make_cursor,
    open_cursor,
    page,
    scope_for,
    visible_channel,
)
from twin.words import Json, SlackError, invalid_arguments, stable_id
from twin.workspace import Workspace

KINDS = {"public_channel": "channel", "private_channel": "group", "im": "im"}
READ_SCOPE = {"channel": "channels:read", "group": "groups:read", "im": "im:read"}


def describe(ws: Workspace, channel: Channel, *, viewer: str | None = None) -> Json:
    """Build Slack's channel object, as the bot (or another viewer) sees it."""
    if channel.is_im:
        return {
            "id": channel.id,
            "created": channel.created,
            "is_archived": False,
            "is_im": True,
            "is_org_shared": False,
            "context_team_id": ws.seed.id,
            "updated": channel.created * 1000,
            "user": channel.user,
            "is_user_deleted": False,
            "priority": 0,
        }
    is_shared = ws.is_shared(channel)
    teams = sorted({ws.users[member]["team_id"] for member in channel.members} | {ws.seed.id})
    return {
        "id": channel.id,
        "name": channel.name,
        "is_channel": not channel.is_private,
        "is_group": channel.is_private,
        "is_im": False,
        "is_mpim": False,
        "is_private": channel.is_private,
        "created": channel.created,
        "is_archived": channel.is_archived,
        "is_general": channel.is_general,
        "unlinked": 0,
        "name_normalized": channel.name,
        "is_shared": is_shared,
        "is_org_shared": False,
        "is_pending_ext_shared": False,
        "pending_shared": [],
        "context_team_id": ws.seed.id,
        "updated": channel.created * 1000,
        "creator": channel.creator,
        "is_ext_shared": is_shared,
        "shared_team_ids": teams,
        "pending_connected_team_ids": [],
        "is_member": (viewer or ws.bot) in channel.members,
        "topic": channel.topic,
        "purpose": channel.purpose,
        "previous_names": [],
    }


def list_(ws: Workspace, args: Args) -> Json:
    kinds = _wanted_kinds(ws, args)
    shown = [
        {**describe(ws, one), **({} if one.is_im else {"num_members": len(one.members)})}
        for one in ws.channels.values()
        if one.kind in kinds
        and (ws.bot in one.members or not one.is_private)
        and not (one.is_archived and args.flag("exclude_archived"))
    ]
    part, cursor = page(shown, args, default=100)
    return {"ok": True, "channels": part, "response_metadata": {"next_cursor": cursor}}


def info(ws: Workspace, args: Args) -> Json:
    channel = visible_channel(ws, args)
    demand(ws, scope_for(channel, "read"))
    shown = describe(ws, channel)
    if ws.bot in channel.members:
        shown["last_read"] = channel.read.get(ws.bot, "0000000000.000000")
    if not channel.is_im:
        shown["parent_conversation"] = None
    if args.flag("include_num_members"):
        shown["num_members"] = len(channel.members)
    if args.flag("include_locale"):
        shown["locale"] = "en-US"
    return {"ok": True, "channel": shown}


def history(ws: Workspace, args: Args) -> Json:
    channel = joined_channel(ws, args)
    demand(ws, scope_for(channel, "history"))
    oldest, latest = _bound(args, "oldest"), _bound(args, "latest")
    inclusive = args.flag("inclusive")
    limit = args.number("limit", 100, 999)
    stamps = channel.between(oldest, latest, inclusive=inclusive)
    if cursor := args.text("cursor"):
        after = _read_ts(open_cursor(cursor, "next_ts"))
        stamps = [ts for ts in stamps if ts <= after]
    newest_first = stamps[::-1]
    part, rest = newest_first[:limit], newest_first[limit:]
    answer: Json = {
        "ok": True,
        **({"oldest": oldest} if oldest else {}),
        **({"latest": latest} if latest else {}),
        "messages": [_shown(one, args) for ts in part if (one := channel.get(ts)) is not None],
        "has_more": bool(rest),
        "pin_count": 0,
        "channel_actions_ts": None,
        "channel_actions_count": 0,
    }
    if rest:
        answer["response_metadata"] = {"next_cursor": make_cursor("next_ts", rest[0].replace(".", ""))}
    return answer


def replies(ws: Workspace, args: Args) -> Json:
    channel = joined_channel(ws, args)
    demand(ws, scope_for(channel, "history"))
    root = channel.get(args.need("ts"))
    if root is None:
        raise SlackError("thread_not_found")
    is_reply = root.get("thread_ts", root["ts"]) != root["ts"]
    below = [] if is_reply else channel.replies(root["ts"])
    oldest, latest = _bound(args, "oldest"), _bound(args, "latest")
    inclusive = args.flag("inclusive")
    below = [one for one in below if _in_range(one["ts"], oldest, latest, inclusive=inclusive)]
    limit = args.number("limit", 1000, 1000)
    if cursor := args.text("cursor"):
        after = _read_ts(open_cursor(cursor, "next_ts"))
        below = [one for one in below if one["ts"] >= after]
    part, rest = below[:limit], below[limit:]
    answer: Json = {
        "ok": True,
        "messages": [_shown(one, args) for one in [root, *part]],
        "has_more": bool(rest),
    }
    if rest:
        answer["response_metadata"] = {"next_cursor": make_cursor("next_ts", rest[0]["ts"].replace(".", ""))}
    return answer


def members(ws: Workspace, args: Args) -> Json:
    channel = visible_channel(ws, args)
    demand(ws, scope_for(channel, "read"))
    part, cursor = page(channel.members, args, default=100)
    return {"ok": True, "members": part, "response_metadata": {"next_cursor": cursor}}


def join(ws: Workspace, args: Args) -> Json:
    channel = visible_channel(ws, args)
    if channel.kind != "channel":
        raise SlackError("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise SlackError("is_archived")
    answer: Json = {"ok": True, "channel": describe(ws, channel)}
    if ws.bot in channel.members:
        return {
            **answer,
            "warning": "already_in_channel",
            "response_metadata": {"warnings": ["already_in_channel"]},
        }
    membership.join(ws, channel, ws.bot)
    return {"ok": True, "channel": describe(ws, channel)}


def open_(ws: Workspace, args: Args) -> Json:
    users = args.names("users")
    if channel_id := args.text("channel"):
        channel = ws.channels.get(channel_id)
        if channel is None or not channel.is_im:
            raise SlackError("channel_not_found")
    elif not users:
        raise invalid_arguments("missing required field: users")
    elif len(users) > 1:
        raise SlackError("method_not_supported_for_channel_type")  # group direct messages are not simulated
    elif users[0] not in ws.users or users[0] in (ws.bot, SLACKBOT):
        raise SlackError("user_not_found")
    else:
        was_open = stable_id("D", ws.seed.id, users[0], ws.bot) in ws.channels
        channel = ws.dm(users[0])
        if was_open and not args.flag("return_im"):
            return {"ok": True, "no_op": True, "already_open": True, "channel": {"id": channel.id}}
    hidden = ("is_user_deleted",)  # only lists show it
    whole = {key: value for key, value in describe(ws, channel).items() if key not in hidden}
    shown = {**whole, "is_open": True} if args.flag("return_im") else {"id": channel.id}
    return {"ok": True, "channel": shown}


def create(ws: Workspace, args: Args) -> Json:
    name = args.need("name").lstrip("#")
    private = args.flag("is_private")
    demand(ws, "groups:write" if private else "channels:manage")
    if len(name) > 80:
        raise SlackError("invalid_name_maxlength")
    if not re.fullmatch(r"[\w-]+", name) or name != name.lower():
        raise SlackError("invalid_name_specials")
    if ws.find_channel(name) is not None:
        raise SlackError("name_taken")
    kind = "group" if private else "channel"
    channel = Channel(
        stable_id("C", ws.seed.id, name), name, kind, creator=ws.bot, created=int(ws.now().timestamp())
    )
    channel.members.append(ws.bot)
    ws.add_channel(channel)
    membership.announce(ws, channel)
    shown = describe(ws, channel)
    made = {key: value for key, value in shown.items() if key not in ("is_member", "shared_team_ids")}
    events.to_app(ws, {"type": "channel_created", "channel": made, "event_ts": ws.ts()})
    return {"ok": True, "channel": shown}


def invite(ws: Workspace, args: Args) -> Json:
    channel = joined_channel(ws, args)
    demand(
        ws,
        *(
            ("groups:write", "groups:write.invites")
            if channel.is_private
            else ("channels:manage", "channels:write.invites")
        ),
    )
    users = args.names("users")
    if not users:
        raise SlackError("no_user")
    for user in users:
        if user not in ws.users:
            raise SlackError("user_not_found")
        if user == ws.bot:
            raise SlackError("cant_invite_self")
        if user in channel.members:
            raise SlackError("already_in_channel")
    for user in users:
        membership.join(ws, channel, user, inviter=ws.bot)
    return {"ok": True, "channel": describe(ws, channel)}


def _wanted_kinds(ws: Workspace, args: Args) -> set[str]:
    wanted = args.names("types") or ["public_channel"]
    if unknown := [one for one in wanted if one not in (*KINDS, "mpim")]:
        raise SlackError(
            "invalid_types", response_metadata={"messages": [f"[ERROR] unknown type: {unknown[0]}"]}
        )
    kinds = {KINDS[one] for one in wanted if one in KINDS}
    for kind in sorted(kinds):
        demand(ws, READ_SCOPE[kind])
    return kinds


def _bound(args: Args, name: str) -> str:
    """Read `oldest` or `latest`; Slack takes any number and treats 0 and `now` as no bound."""
    value = args.text(name)
    if value in ("", "0", "now"):
        return ""
    if not re.fullmatch(r"\d+(\.\d+)?", value):
        raise SlackError(f"invalid_ts_{name}")
    seconds, _, fraction = value.partition(".")
    return f"{seconds}.{fraction[:6]:0<6}"


def _read_ts(digits: str) -> str:
    return f"{digits[:-6]}.{digits[-6:]}"


def _in_range(ts: str, oldest: str, latest: str, *, inclusive: bool) -> bool:
    if inclusive:
        return (not oldest or ts >= oldest) and (not latest or ts <= latest)
    return (not oldest or ts > oldest) and (not latest or ts < latest)


def _shown(message: Json, args: Args) -> Json:
    """Say a message as reading methods show it: metadata only when it is asked for."""
    if args.flag("include_all_metadata") or "metadata" not in message:
        return message
    return {key: value for key, value in message.items() if key != "metadata"}


METHODS = {
    "conversations.list": Method(list_, per_minute=20),
    "conversations.info": Method(info),
    "conversations.history": Method(history),
    "conversations.replies": Method(replies),
    "conversations.members": Method(members, per_minute=100),
    "conversations.join": Method(join, ("channels:join",)),
    "conversations.open": Method(open_, ("im:write", "mpim:write")),
    "conversations.create": Method(create, per_minute=20),
    "conversations.invite": Method(invite),
}
