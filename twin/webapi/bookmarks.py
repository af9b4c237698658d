"""bookmarks.*: links the app puts above a channel.

People see them in the bar below the channel's name. Deliberately not done: folders, and bookmarks of messages, files
and shortcuts.
"""

from __future__ import annotations

from twin import membership
from twin.channels import Channel
from twin.webapi.calling import Args, Method, joined_channel
from twin.webapi.reactions import EMOJI
from twin.words import Json, SlackError, stable_id
from twin.workspace import Workspace

MOST = 100  # in one channel


def add(ws: Workspace, args: Args) -> Json:
    channel = joined_channel(ws, args, "channel_id")
    title = args.need("title")
    if args.need("type") != "link":
        raise SlackError("invalid_bookmark_type")
    kept = ws.bookmarks.setdefault(channel.id, {})
    if len(kept) >= MOST:
        raise SlackError("too_many_bookmarks")
    link, emoji = _link(args.text("link")), _emoji(args.text("emoji"))
    id = stable_id("Bk", channel.id, ws.ts())
    kept[id] = {
        "id": id,
        "channel_id": channel.id,
        "title": title,
        "link": link,
        "emoji": emoji,
        "icon_url": None,
        "entity_id": None,
        "type": "link",
        "date_created": int(ws.now().timestamp()),
        "date_updated": 0,
        "rank": f"{len(kept):04d}",
        "last_updated_by_user_id": ws.bot,
        "last_updated_by_team_id": ws.seed.id,
        "shortcut_id": None,
        "app_id": None,
    }
    membership.announce(ws, channel)
    return {"ok": True, "bookmark": kept[id]}


def edit(ws: Workspace, args: Args) -> Json:
    channel, old = _bookmark(ws, args)
    new = {**old, "date_updated": int(ws.now().timestamp()), "last_updated_by_user_id": ws.bot}
    if title := args.text("title"):
        new["title"] = title
    if link := args.text("link"):
        new["link"] = _link(link)
    if "emoji" in args.raw:
        new["emoji"] = _emoji(args.text("emoji"))
    ws.bookmarks[channel.id][old["id"]] = new
    membership.announce(ws, channel)
    return {"ok": True, "bookmark": new}


def remove(ws: Workspace, args: Args) -> Json:
    channel, old = _bookmark(ws, args)
    del ws.bookmarks[channel.id][old["id"]]
    membership.announce(ws, channel)
    return {"ok": True}


def list_(ws: Workspace, args: Args) -> Json:
    channel = joined_channel(ws, args, "channel_id")
    return {"ok": True, "bookmarks": list(ws.bookmarks.get(channel.id, {}).values())}


def _bookmark(ws: Workspace, args: Args) -> tuple[Channel, Json]:
    channel = joined_channel(ws, args, "channel_id")
    found = ws.bookmarks.get(channel.id, {}).get(args.need("bookmark_id"))
    if found is None:
        raise SlackError("not_found")
    return channel, found


def _link(said: str) -> str:
    if not said.startswith(("http://", "https://")):
        raise SlackError("invalid_link")
    return said


def _emoji(said: str) -> str:
    if said and not EMOJI.fullmatch(said.strip(":")):
        raise SlackError("invalid_emoji")
    return said


METHODS = {
    "bookmarks.add": Method(add, ("bookmarks:write",), per_minute=20),
    "bookmarks.edit": Method(edit, ("bookmarks:write",), per_minute=20),
    "bookmarks.remove": Method(remove, ("bookmarks:write",), per_minute=20),
    "bookmarks.list": Method(list_, ("bookmarks:read",)),
}
