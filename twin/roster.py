"""Who works here: people who join the workspace, and what they change about themselves.

Others see the new name, title or status at once; the app hears `team_join`, `user_change`, and for changes of a profile
or a status the two events that say just that. Deliberately not done: leaving the workspace, and pictures.
"""

from __future__ import annotations

from twin import events, membership, users
from twin.seed import SeedPerson
from twin.words import Json, Refused
from twin.workspace import Workspace

CHANGEABLE = ("title", "display_name", "real_name", "status_text", "status_emoji", "phone", "pronouns")

_MOST = {"status_text": 100, "real_name": 50, "display_name": 80, "title": 100}


def welcome(ws: Workspace, one: SeedPerson) -> str:
    """Let somebody join the workspace, and #general unless they are a guest. Returns their id."""
    if ws.find_user(one.handle) is not None:
        raise Refused("name_taken", f"There is somebody called @{one.handle} already.")
    user = users.person(one, ws.seed, ws.now())
    ws.add_user(user)
    events.to_app(ws, {"type": "team_join", "user": user, "event_ts": ws.ts()})
    ws.tell({"type": "user", "user": user})
    if not one.is_guest and one.team == ws.seed.id:
        for channel in [one for one in ws.channels.values() if one.is_general]:
            membership.join(ws, channel, user["id"])
    return one.id


def change_profile(ws: Workspace, user: str, changed: dict[str, str]) -> Json:
    """Change somebody's profile and tell everyone. Returns the user as they are now."""
    if unknown := sorted(set(changed) - set(CHANGEABLE)):
        raise Refused("invalid_profile", f"{unknown[0]} cannot be changed, only: {', '.join(CHANGEABLE)}.")
    for name, most in _MOST.items():
        if len(changed.get(name, "")) > most:
            raise Refused("profile_too_long", f"{name} can have at most {most} characters.")
    if not changed.get("real_name", "x").strip():
        raise Refused("invalid_profile", "Everybody needs a name.")
    old = ws.users[user]
    if all(old["profile"].get(name, "") == value for name, value in changed.items()):
        return old
    profile = {**old["profile"], **changed}
    for name in ("real_name", "display_name"):
        profile[f"{name}_normalized"] = profile[name]
    profile["first_name"], _, profile["last_name"] = profile["real_name"].partition(" ")
    profile["status_text_canonical"] = ""
    new = {
        **old,
        "profile": profile,
        "real_name": profile["real_name"],
        "updated": int(ws.now().timestamp()),
    }
    ws.users[user] = new
    kinds = ["user_change", "user_profile_changed"]
    if {"status_text", "status_emoji"} & set(changed):
        kinds.append("user_status_changed")
    for kind in kinds:
        event = {"type": kind, "user": new, "cache_ts": new["updated"], "event_ts": ws.ts()}
        events.to_app(ws, event)
    ws.tell({"type": "user", "user": new})
    return new


def is_active(ws: Workspace, user: str) -> bool:
    """Whether somebody is online: a page is open as them, or it is the bot and the app is connected."""
    if user == ws.bot:
        return ws.host.road.connections > 0
    return any(watcher.user == user for watcher in ws.watchers)
