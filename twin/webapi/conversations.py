"""conversations.list, info and members: which conversations there are, and who is in them.

The app sees only conversations its bot is in; of public channels it sees the name. What was said is in
conversations_history.py, coming and going in conversations_members.py, and everything else an app changes about a
conversation in conversations_change.py.
"""

from __future__ import annotations

from twin.channels import Channel
from twin.webapi.calling import Args, Method, demand, page, scope_for, visible_channel
from twin.words import Json, SlackError
from twin.workspace import Workspace

KINDS = {"public_channel": "channel", "private_channel": "group", "im": "im", "mpim": "mpim"}
READ_SCOPE = {"channel": "channels:read", "group": "groups:read", "im": "im:read", "mpim": "mpim:read"}


def describe(ws: Workspace, channel: Channel, *, viewer: str | None = None) -> Json:
    """Build Slack's channel object, as the bot (or another viewer) sees it."""
    seen_by = viewer or ws.bot
    if channel.is_im:
        other = next((one for one in channel.members if one != seen_by), seen_by)
        return {
            "id": channel.id,
            "created": channel.created,
            "is_archived": False,
            "is_im": True,
            "is_org_shared": False,
            "context_team_id": ws.seed.id,
            "updated": channel.created * 1000,
            "user": other,
            "is_user_deleted": ws.users[other]["deleted"],
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
        "is_mpim": channel.is_mpim,
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
        "updated": channel.updated * 1000,
        "creator": channel.creator,
        "is_ext_shared": is_shared,
        "shared_team_ids": teams,
        "pending_connected_team_ids": [],
        "is_member": seen_by in channel.members,
        "topic": channel.topic,
        "purpose": channel.purpose,
        "previous_names": channel.previous_names,
    }


def hosted(ws: Workspace, shown: Json) -> Json:
    """Add what reading methods say of a channel that is shared with another company: whose it is."""
    if not shown.get("is_ext_shared"):
        return shown
    return {**shown, "conversation_host_id": ws.seed.id, "internal_team_ids": [ws.seed.id]}


def list_(ws: Workspace, args: Args) -> Json:
    kinds = _wanted_kinds(ws, args)
    shown = [
        {**hosted(ws, describe(ws, one)), **({} if one.is_im else {"num_members": len(one.members)})}
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
    shown = hosted(ws, describe(ws, channel))
    if ws.bot in channel.members:
        shown["last_read"] = channel.read.get(ws.bot, "0000000000.000000")
    if not channel.is_im:
        shown["parent_conversation"] = None
    if shown.get("is_ext_shared"):
        shown["connected_team_ids"] = [one for one in shown["shared_team_ids"] if one != ws.seed.id]
    if args.flag("include_num_members"):
        shown["num_members"] = len(channel.members)
    if args.flag("include_locale"):
        shown["locale"] = "en-US"
    return {"ok": True, "channel": shown}


def members(ws: Workspace, args: Args) -> Json:
    channel = visible_channel(ws, args)
    demand(ws, scope_for(channel, "read"))
    part, cursor = page(channel.members, args, default=100)
    return {"ok": True, "members": part, "response_metadata": {"next_cursor": cursor}}


def _wanted_kinds(ws: Workspace, args: Args) -> set[str]:
    wanted = args.names("types") or ["public_channel"]
    if unknown := [one for one in wanted if one not in KINDS]:
        raise SlackError(
            "invalid_types", response_metadata={"messages": [f"[ERROR] unknown type: {unknown[0]}"]}
        )
    kinds = {KINDS[one] for one in wanted}
    for kind in sorted(kinds):
        demand(ws, READ_SCOPE[kind])
    return kinds


METHODS = {
    "conversations.list": Method(list_, per_minute=20),
    "conversations.info": Method(info),
    "conversations.members": Method(members, per_minute=100),
}
