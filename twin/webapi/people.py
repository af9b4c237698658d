"""users.* and usergroups.*: who works here.

The app sees e-mail addresses only with the scope for them. Deliberately not done: presence and changing
profiles.
"""

from __future__ import annotations

from twin.webapi.calling import Args, Method, demand, has_scope, page
from twin.webapi.conversations import KINDS, READ_SCOPE, describe
from twin.words import Json, SlackError
from twin.workspace import Workspace


def list_(ws: Workspace, args: Args) -> Json:
    part, cursor = page([shown(ws, user) for user in ws.users.values()], args, default=1000)
    return {
        "ok": True,
        "members": part,
        "cache_ts": int(ws.now().timestamp()),
        "response_metadata": {"next_cursor": cursor},
    }


def info(ws: Workspace, args: Args) -> Json:
    user = ws.users.get(args.need("user"))
    if user is None:
        raise SlackError("user_not_found")
    locale = {"locale": "en-US"} if args.flag("include_locale") else {}
    return {"ok": True, "user": {**shown(ws, user), **locale}}


def lookup_by_email(ws: Workspace, args: Args) -> Json:
    email = args.need("email").strip().lower()
    for user in ws.users.values():
        if str(user["profile"].get("email", "")).lower() == email:
            return {"ok": True, "user": shown(ws, user)}
    raise SlackError("users_not_found")


def profile_get(ws: Workspace, args: Args) -> Json:
    user = ws.users.get(args.text("user", ws.bot))
    if user is None:
        raise SlackError("user_not_found")
    hidden = ("team", "bot_id", "api_app_id")
    profile = {key: value for key, value in shown(ws, user)["profile"].items() if key not in hidden}
    return {"ok": True, "profile": {**profile, "fields": {}}}


def conversations(ws: Workspace, args: Args) -> Json:
    user = args.text("user", ws.bot)
    if user not in ws.users:
        raise SlackError("user_not_found")
    wanted = {KINDS[one] for one in args.names("types") or ["public_channel"] if one in KINDS}
    for kind in sorted(wanted):
        demand(ws, READ_SCOPE[kind])
    shown_channels = [
        {key: value for key, value in describe(ws, one).items() if key != "is_member"}
        for one in ws.channels.values()
        if one.kind in wanted and user in one.members and (not one.is_private or ws.bot in one.members)
    ]
    part, cursor = page(shown_channels, args, default=100, most=999)
    return {"ok": True, "channels": part, "response_metadata": {"next_cursor": cursor}}


def usergroups_list(ws: Workspace, args: Args) -> Json:
    drop = set()
    if not args.flag("include_users"):
        drop.add("users")
    if not args.flag("include_count"):
        drop |= {"user_count", "channel_count"}
    groups = [{key: value for key, value in one.items() if key not in drop} for one in ws.usergroups.values()]
    return {"ok": True, "usergroups": groups}


def usergroups_users_list(ws: Workspace, args: Args) -> Json:
    group = ws.usergroups.get(args.need("usergroup"))
    if group is None:
        raise SlackError("no_such_subteam")
    return {"ok": True, "users": group["users"]}


def shown(ws: Workspace, user: Json) -> Json:
    """Say a user as the app may see it."""
    if has_scope(ws, "users:read.email") or "email" not in user["profile"]:
        return user
    return {**user, "profile": {key: value for key, value in user["profile"].items() if key != "email"}}


METHODS = {
    "users.list": Method(list_, ("users:read",), per_minute=20),
    "users.info": Method(info, ("users:read",), per_minute=100),
    "users.lookupByEmail": Method(lookup_by_email, ("users:read.email",)),
    "users.profile.get": Method(profile_get, ("users.profile:read",), per_minute=100),
    "users.conversations": Method(conversations),
    "usergroups.list": Method(usergroups_list, ("usergroups:read",), per_minute=20),
    "usergroups.users.list": Method(usergroups_users_list, ("usergroups:read",), per_minute=20),
}
