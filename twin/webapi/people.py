"""users.* and usergroups.*: who works here.

The app sees e-mail addresses only with the scope for them. Of people from another company it sees no e-mail address,
time zone or title as long as they share no conversation with it: Slack calls only those strangers. Deliberately not
done: changing profiles, which bots cannot do.
"""

from __future__ import annotations

from twin import audience, roster
from twin.webapi.calling import Args, Method, demand, has_scope, page
from twin.webapi.conversations import KINDS, READ_SCOPE, describe, hosted
from twin.words import Json, SlackError
from twin.workspace import Workspace

_OF_STRANGERS = ("tz", "tz_label", "tz_offset", "who_can_share_contact_card", "is_email_confirmed")
_PRIVATE = ("email", "title", "phone", "skype", "status_text", "status_emoji")


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
            found = shown(ws, user)
            if "email" in found["profile"]:
                return {"ok": True, "user": found}
    raise SlackError("users_not_found")


def profile_get(ws: Workspace, args: Args) -> Json:
    user = ws.users.get(args.text("user", ws.bot))
    if user is None:
        raise SlackError("user_not_found")
    hidden = ("team", "bot_id", "api_app_id")
    profile = {key: value for key, value in shown(ws, user)["profile"].items() if key not in hidden}
    return {"ok": True, "profile": {**profile, "fields": {}}}


def get_presence(ws: Workspace, args: Args) -> Json:
    user = args.text("user", ws.bot)
    if user not in ws.users:
        raise SlackError("user_not_found")
    is_active = roster.is_active(ws, user)
    answer: Json = {"ok": True, "presence": "active" if is_active else "away"}
    if user != ws.bot:
        return answer
    # Slack tells more of whoever asks.
    more: Json = {"online": is_active, "auto_away": False, "manual_away": False}
    more["connection_count"] = ws.host.road.connections
    if is_active:
        more["last_activity"] = int(ws.now().timestamp())
    return {**answer, **more}


def conversations(ws: Workspace, args: Args) -> Json:
    user = args.text("user", ws.bot)
    if user not in ws.users:
        raise SlackError("user_not_found")
    wanted = {KINDS[one] for one in args.names("types") or ["public_channel"] if one in KINDS}
    for kind in sorted(wanted):
        demand(ws, READ_SCOPE[kind])
    shown_channels = [
        {key: value for key, value in hosted(ws, describe(ws, one)).items() if key != "is_member"}
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
    if audience.is_stranger(ws, user["id"]):
        user = _foreign(ws, user)
    if has_scope(ws, "users:read.email") or "email" not in user["profile"]:
        return user
    return {**user, "profile": {key: value for key, value in user["profile"].items() if key != "email"}}


def _foreign(ws: Workspace, user: Json) -> Json:
    """Say somebody of another company, less of them when the app shares no conversation with them."""
    if audience.is_visible_to_app(ws, user["id"]):
        return {**user, "is_stranger": False}
    profile = {key: "" if key in _PRIVATE else value for key, value in user["profile"].items()}
    del profile["email"]
    known = {key: value for key, value in user.items() if key not in _OF_STRANGERS}
    return {**known, "profile": profile, "is_stranger": True}


METHODS = {
    "users.list": Method(list_, ("users:read",), per_minute=20),
    "users.info": Method(info, ("users:read",), per_minute=100),
    "users.lookupByEmail": Method(lookup_by_email, ("users:read.email",)),
    "users.getPresence": Method(get_presence, ("users:read",)),
    "users.profile.get": Method(profile_get, ("users.profile:read",), per_minute=100),
    "users.conversations": Method(conversations),
    "usergroups.list": Method(usergroups_list, ("usergroups:read",), per_minute=20),
    "usergroups.users.list": Method(usergroups_users_list, ("usergroups:read",), per_minute=20),
}
