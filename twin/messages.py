"""Posting, changing and deleting messages: what everybody in the channel sees, and what the app hears of it.

A deleted message that has replies leaves a tombstone behind, as in Slack. What Slack whispers when somebody is
mentioned who is not in the channel is in people/hints.py.
"""

from __future__ import annotations

import uuid

from twin import compose, events, links, panes, richtext, shares, users
from twin.channels import Channel
from twin.files import File
from twin.words import Json
from twin.workspace import Workspace

MAX_TEXT = 40_000


def post_as_person(
    ws: Workspace,
    channel: Channel,
    user: str,
    text: str,
    *,
    thread_ts: str | None = None,
    broadcast: bool = False,
    files: list[File] | None = None,
    announce: bool = True,
) -> Json:
    """Post what a person typed, with files if there are any. Returns the stored message."""
    ts = ws.ts()
    body: Json = {
        "user": user,
        "type": "message",
        "ts": ts,
        "client_msg_id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{ws.seed.id}/{ts}")),
        **compose.typed(ws, text, ts),
        "team": ws.users[user]["team_id"],
    }
    if files:
        body["subtype"] = "file_share"
        body["files"] = shares.share(ws, channel, files, ts)
        body["upload"] = False
        body["display_as_bot"] = False
    body |= _stranger(ws, user)
    if cards := links.previewed(ws, body):
        body["attachments"] = cards
    stored = post(ws, channel, body, thread_ts=thread_ts, broadcast=broadcast, announce=announce)
    if announce:
        links.posted(ws, channel, stored)
    return stored


def post(
    ws: Workspace,
    channel: Channel,
    body: Json,
    *,
    thread_ts: str | None = None,
    broadcast: bool = False,
    announce: bool = True,
) -> Json:
    """Store a new message, in a thread when `thread_ts` is given, and tell pages and the app."""
    stored = dict(body)
    root = channel.get(thread_ts) if thread_ts else None
    if thread_ts:
        stored["thread_ts"] = thread_ts
        if root is not None:
            stored["parent_user_id"] = root.get("user", "")
        if broadcast:
            stored["subtype"] = "thread_broadcast"
    if root is not None:
        root = _count_replies(root, [*channel.replies(root["ts"]), stored])
        channel.replace(root)
        if broadcast:
            stored["root"] = root
    for forgotten in channel.add(stored):
        ws.homes.pop(forgotten, None)
    ws.homes[stored["ts"]] = channel.id
    if root is not None:
        ws.tell_members(channel, {"type": "message_changed", "channel": channel.id, "message": root})
    ws.tell_members(channel, {"type": "message", "channel": channel.id, "message": stored})
    if "bot_id" in stored:
        panes.answered(ws, channel, stored)
    if announce:
        named = ws.bot in _mentioned(stored)
        events.posted(ws, channel, stored, mentioned=named)
    return stored


def change(ws: Workspace, channel: Channel, new: Json) -> Json:
    """Replace a message's content, and tell pages and the app (`message_changed`)."""
    old = channel.get(new["ts"])
    channel.replace(new)
    ws.tell_members(channel, {"type": "message_changed", "channel": channel.id, "message": new})
    ts = ws.ts()
    events.message(
        ws,
        channel,
        {
            "type": "message",
            "subtype": "message_changed",
            "message": _as_changed(ws, new),
            "previous_message": _as_changed(ws, old or new),
            "hidden": True,
            "ts": ts,
            "event_ts": ts,
            "channel_type": channel.kind,
        },
    )
    links.posted(ws, channel, new, before=old or new)
    return new


def redraw(ws: Workspace, channel: Channel, new: Json) -> Json:
    """Replace a message's content on the pages alone; the app hears nothing of it."""
    channel.replace(new)
    ws.tell_members(channel, {"type": "message_changed", "channel": channel.id, "message": new})
    return new


def broadcast(ws: Workspace, channel: Channel, reply: Json) -> Json:
    """Show a reply in the channel as well, below what was said since."""
    new = {**reply, "subtype": "thread_broadcast"}
    if (root := channel.get(reply["thread_ts"])) is not None:
        new["root"] = root
    channel.drop(reply["ts"])
    channel.add(new)
    return change(ws, channel, new)


def permalink(ws: Workspace, channel: Channel, message: Json) -> str:
    """Build the address of a message, as Slack writes it."""
    ts, root = message["ts"], message.get("thread_ts", message["ts"])
    link = f"https://{ws.seed.domain}.slack.com/archives/{channel.id}/p{ts.replace('.', '')}"
    return link if root == ts else f"{link}?thread_ts={root}&cid={channel.id}"


def remove(ws: Workspace, channel: Channel, message: Json) -> None:
    """Delete a message; one that has replies becomes a tombstone."""
    ts, root_ts = message["ts"], message.get("thread_ts")
    if channel.replies(ts):
        kept = ("reply_count", "reply_users_count", "latest_reply", "reply_users", "is_locked", "subscribed")
        change(
            ws,
            channel,
            {
                "type": "message",
                "subtype": "tombstone",
                "text": "This message was deleted.",
                "user": users.SLACKBOT,
                "hidden": True,
                "ts": ts,
                "thread_ts": ts,
                **{key: message[key] for key in kept if key in message},
            },
        )
        return
    _take_out(ws, channel, message)
    root = channel.get(root_ts) if root_ts and root_ts != ts else None
    if root is None:
        return
    left = channel.replies(root["ts"])
    new_root = _count_replies(root, left)
    channel.replace(new_root)
    if not left and root.get("subtype") == "tombstone":
        _take_out(ws, channel, new_root)
    else:
        ws.tell_members(channel, {"type": "message_changed", "channel": channel.id, "message": new_root})


def react(ws: Workspace, channel: Channel, message: Json, user: str, name: str, *, add: bool) -> bool:
    """Add or take away a reaction. Returns whether anything changed."""
    reactions = [dict(one) for one in message.get("reactions", [])]
    mine = next((one for one in reactions if one["name"] == name), None)
    if add == (mine is not None and user in mine["users"]):
        return False
    if mine is None:
        mine = {"name": name, "users": [], "count": 0}
        reactions.append(mine)
    mine["users"] = [*mine["users"], user] if add else [one for one in mine["users"] if one != user]
    mine["count"] = len(mine["users"])
    left = [one for one in reactions if one["count"]]
    new = {key: value for key, value in message.items() if key != "reactions"}
    if left:
        new["reactions"] = left
    channel.replace(new)
    ws.tell_members(channel, {"type": "message_changed", "channel": channel.id, "message": new})
    event: Json = {
        "type": "reaction_added" if add else "reaction_removed",
        "user": user,
        "reaction": name,
        "item": {"type": "message", "channel": channel.id, "ts": message["ts"]},
        "event_ts": ws.ts(),
    }
    if author := message.get("user"):
        event["item_user"] = author
    events.in_channel(ws, channel, event)
    return True


def whisper(ws: Workspace, channel: Channel, user: str, body: Json) -> Json:
    """Show a message to one person only. The app hears nothing of it."""
    return _whispered(ws, channel, user, {**compose.bot_message(ws, body), "is_ephemeral": True})


def slackbot_whisper(ws: Workspace, channel: Channel, user: str, text: str) -> Json:
    """Let Slack itself tell one person something, such as that a command failed."""
    body = {"type": "message", "user": users.SLACKBOT, "ts": ws.ts(), "text": text, "is_ephemeral": True}
    return _whispered(ws, channel, user, body)


def _whispered(ws: Workspace, channel: Channel, user: str, stored: Json) -> Json:
    channel.whisper(user, stored)
    ws.homes[stored["ts"]] = channel.id
    ws.tell({"type": "message", "channel": channel.id, "message": stored}, to=user)
    return stored


def _take_out(ws: Workspace, channel: Channel, message: Json) -> None:
    channel.drop(message["ts"])
    ws.tell_members(channel, {"type": "message_deleted", "channel": channel.id, "ts": message["ts"]})
    ts = ws.ts()
    events.message(
        ws,
        channel,
        {
            "type": "message",
            "subtype": "message_deleted",
            "previous_message": _as_changed(ws, message),
            "hidden": True,
            "deleted_ts": message["ts"],
            "ts": ts,
            "event_ts": ts,
            "channel_type": channel.kind,
        },
    )


def _count_replies(root: Json, replies: list[Json]) -> Json:
    who = list(dict.fromkeys(one.get("user") or one.get("bot_id", "") for one in replies))
    return {
        **root,
        "thread_ts": root["ts"],
        "reply_count": len(replies),
        "reply_users_count": len(who),
        "latest_reply": replies[-1]["ts"] if replies else "0000000000.000000",
        "reply_users": who,
        "is_locked": False,
        "subscribed": False,
    }


def _as_changed(ws: Workspace, message: Json) -> Json:
    """Say a message as it stands inside message_changed and message_deleted events."""
    body = {key: value for key, value in message.items() if key not in ("reactions", "user_profile")}
    if body.get("team"):
        body |= {"source_team": body["team"], "user_team": body["team"]}
    return body


def _stranger(ws: Workspace, user: str) -> Json:
    """Return what Slack adds to messages of people from another workspace (Slack Connect)."""
    person = ws.users[user]
    if person["team_id"] == ws.seed.id:
        return {}
    profile = person["profile"]
    return {
        "user_team": person["team_id"],
        "source_team": person["team_id"],
        "user_profile": {
            "avatar_hash": profile["avatar_hash"],
            "image_72": profile["image_72"],
            "first_name": profile["first_name"],
            "real_name": profile["real_name"],
            "display_name": profile["display_name"],
            "team": person["team_id"],
            "name": person["name"],
            "is_restricted": False,
            "is_ultra_restricted": False,
        },
    }


def _mentioned(message: Json) -> set[str]:
    blocks: list[Json] = message.get("blocks", [])
    return richtext.mentions([block for block in blocks if block["type"] == "rich_text"])
