"""What a person's screen shows: channels, messages, commands and views, as plain data for the page.

Deliberately only what this person may see: private channels they are not in, and whispers to others, are not
there.
"""

from __future__ import annotations

from twin.channels import Channel
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
                "id": person.id,
                "handle": person.handle,
                "name": person.name,
                "team_id": person.team,
                "workspace": one.seed.name,
            }
            for one in ws.host.workspaces.values()
            for person in one.seed.people
        ],
        "me": ws.users[user],
        # Nobody can act as Slackbot, so the page takes it for a bot.
        "users": [{**one, "is_bot": one["is_bot"] or one["id"] == SLACKBOT} for one in ws.users.values()],
        "app": {
            "id": app.id,
            "name": app.name,
            "bot_user_id": app.user_id,
            "bot_id": app.bot_id,
            "description": manifest.description,
            "home_tab": manifest.home_tab,
            "messages_tab": manifest.messages_tab,
        },
        "usergroups": [
            {key: one[key] for key in ("id", "handle", "name", "users")} for one in ws.usergroups.values()
        ],
        "channels": [channel(ws, user, one) for one in ws.channels.values() if can_see(user, one)],
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


def can_see(user: str, one: Channel) -> bool:
    """Whether a conversation is on this person's list."""
    return not one.is_private or user in one.members


def channel(ws: Workspace, user: str, one: Channel) -> Json:
    """Describe a channel as this person sees it."""
    return {
        **describe(ws, one, viewer=user),
        "name": ws.seed.app.manifest.bot_name if one.is_im else one.name,
        "topic": one.topic["value"],
        "purpose": one.purpose["value"],
        "is_private": one.is_private,
        "is_im": one.is_im,
        "is_member": user in one.members,
        "members": one.members,
        "unread": one.unread(user) if user in one.members else 0,
        "last_ts": one.last_ts,
        "last_read": one.read.get(user, ""),
    }


def messages(user: str, one: Channel, *, before: str = "", limit: int = PAGE) -> Json:
    """Return a page of top-level messages, oldest first, with the whispers to this person among them."""
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


def thread(user: str, one: Channel, ts: str) -> Json:
    """Return a thread with the whispers to this person in it."""
    whispers = [whisper for whisper in one.whispers(user) if whisper.get("thread_ts") == ts]
    whole = [*one.thread(ts), *whispers]
    return {"messages": sorted(whole, key=lambda message: str(message["ts"]))}
