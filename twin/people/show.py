"""What a person's screen shows: channels, messages, commands and views, as plain data for the page.

Deliberately only what this person may see: private channels they are not in, and whispers to others, are not
there.
"""

from __future__ import annotations

from twin import audience, panes, pins, roster
from twin.channels import Channel
from twin.people import follows
from twin.users import SLACKBOT
from twin.webapi.conversations import describe
from twin.words import Json
from twin.workspace import Workspace

PAGE = 60


def state(ws: Workspace, user: str) -> Json:
    """Return everything the page needs to draw itself for a person, except messages."""
    app, manifest = ws.seed.app, ws.seed.app.manifest
    ws.dm(user)
    org = ws.seed.enterprise
    return {
        "workspace": {
            **_name(ws),
            "enterprise": {"id": org.id, "name": org.name} if org is not None else None,
        },
        "workspaces": [_name(one) for one in ws.host.workspaces.values()],
        "people": [
            {
                "id": person["id"],
                "handle": person["name"],
                "name": person["real_name"],
                "team_id": person["team_id"],
                "workspace": one.seed.name,
            }
            for one in ws.host.workspaces.values()
            for person in one.users.values()
            if person["id"] not in (one.bot, SLACKBOT)
        ],
        "me": ws.users[user],
        # Nobody can act as Slackbot, so the page takes it for a bot.
        "users": [
            {
                **one,
                "is_bot": one["is_bot"] or one["id"] == SLACKBOT,
                "is_stranger": audience.is_stranger(ws, one["id"]),
                "is_active": roster.is_active(ws, one["id"]),
            }
            for one in ws.users.values()
            if audience.knows(ws, user, one["id"])
        ],
        "app": {
            "id": app.id,
            "name": app.name,
            "bot_user_id": app.user_id,
            "bot_id": app.bot_id,
            "description": manifest.description,
            "home_tab": manifest.home_tab,
            "messages_tab": manifest.messages_tab,
            "kind": manifest.agent,
            "is_installed": ws.is_installed,
        },
        "assistant": [panes.describe(ws, one) for one in panes.of_person(ws, user)],
        "threads": follows.of_person(ws, user),
        "functions": [
            {
                "callback_id": one.callback_id,
                "title": one.title,
                "description": one.description,
                "inputs": [
                    {key: value for key, value in parameter.describe().items() if key != "description"}
                    for parameter in one.inputs
                ],
            }
            for one in manifest.functions
        ],
        "usergroups": [
            {key: one[key] for key in ("id", "handle", "name", "users")} for one in ws.usergroups.values()
        ],
        "channels": [channel(ws, user, one) for one in ws.channels.values() if ws.sees(user, one)],
        "commands": [
            {"command": one.command, "description": one.description, "usage_hint": one.usage_hint}
            for one in manifest.commands
        ],
        "shortcuts": [
            {
                "name": one.name,
                "type": one.kind,
                "callback_id": one.callback_id,
                "description": one.description,
            }
            for one in manifest.shortcuts
        ],
        "home": ws.views.home(user),
        "views": ws.views.stack(user),
    }


def _name(ws: Workspace) -> Json:
    return {"id": ws.seed.id, "name": ws.seed.name, "domain": ws.seed.domain}


def channel(ws: Workspace, user: str, one: Channel) -> Json:
    """Describe a channel as this person sees it."""
    others = [member for member in one.members if member != user] or [user]
    is_app_dm = one.is_im and ws.bot in one.members
    return {
        **describe(ws, one, viewer=user),
        "name": _title(ws, one, others),
        "topic": one.topic["value"],
        "purpose": one.purpose["value"],
        "is_private": one.is_private,
        "is_im": one.is_im,
        "is_mpim": one.is_mpim,
        "is_app_dm": is_app_dm,
        "is_ext_shared": ws.is_shared(one),
        "is_closed": user in one.closed,
        "with": others if one.is_direct else [],
        "is_member": user in one.members,
        "can_post": user in one.members and not one.is_archived and SLACKBOT not in one.members,
        "members": one.members,
        "unread": one.unread(user) if user in one.members else 0,
        "mentions": follows.mentions(ws, user, one),
        "last_ts": one.last_ts,
        "last_read": one.read.get(user, ""),
        "pinned": pins.pinned(ws, one),
        "bookmarks": [
            {key: kept[key] for key in ("id", "title", "link", "emoji")}
            for kept in ws.bookmarks.get(one.id, {}).values()
        ],
    }


def _title(ws: Workspace, one: Channel, others: list[str]) -> str:
    """Name a conversation as people see it: a direct message by who else is in it."""
    if not one.is_direct:
        return one.name
    if one.is_im and ws.bot in one.members:
        return ws.seed.app.manifest.bot_name
    names = [
        str(ws.users[member]["profile"]["display_name"] or ws.users[member]["real_name"]) for member in others
    ]
    return ", ".join(names)


def messages(user: str, one: Channel, *, before: str = "", after: str = "", limit: int = PAGE) -> Json:
    """Return a page of top-level messages, oldest first, with the whispers to this person among them.

    With `after` it is the first page of what follows, and `has_more` says whether there is anything newer still.
    """
    if after:
        return _following(user, one, after, limit)
    stamps = one.between("", before, inclusive=False)
    part = stamps[-limit:]
    first = part[0] if len(stamps) > len(part) else ""
    whispers = [
        whisper
        for whisper in one.whispers(user)
        if whisper["ts"] >= first and (not before or whisper["ts"] < before) and not whisper.get("thread_ts")
    ]
    shown = [message for ts in part if (message := one.get(ts)) is not None]
    return {
        "messages": sorted([*shown, *whispers], key=lambda message: str(message["ts"])),
        "has_more": len(stamps) > len(part),
    }


def _following(user: str, one: Channel, after: str, limit: int) -> Json:
    stamps = one.between(after, "", inclusive=False)
    part = stamps[:limit]
    has_more = len(stamps) > len(part)
    whispers = [
        whisper
        for whisper in one.whispers(user)
        if whisper["ts"] > after
        and (not has_more or whisper["ts"] < part[-1])
        and not whisper.get("thread_ts")
    ]
    shown = [message for ts in part if (message := one.get(ts)) is not None]
    return {
        "messages": sorted([*shown, *whispers], key=lambda message: str(message["ts"])),
        "has_more": has_more,
    }


def thread(user: str, one: Channel, ts: str) -> Json:
    """Return a thread with the whispers to this person in it."""
    whispers = [whisper for whisper in one.whispers(user) if whisper.get("thread_ts") == ts]
    whole = [*one.thread(ts), *whispers]
    return {"messages": sorted(whole, key=lambda message: str(message["ts"]))}
