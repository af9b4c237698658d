"""assistant.search.context and info: what an agent may look up for the person who asked.

The app finds only what that person may see, of the kinds of conversations it has scopes for. A bot must send the
`action_token` of the person's message; it works for a quarter of an hour. Deliberately by words only: Slack's semantic
search is not simulated, and `assistant.search.info` says so. Every word of a query that is longer than two letters
must occur for a hit, except in questions: of those one such word is enough, and what has most of them comes first.
"""

from __future__ import annotations

import re
from typing import Any

from twin import audience, search
from twin.messages import permalink
from twin.search import Hit
from twin.users import SLACKBOT
from twin.webapi.calling import Args, Method, demand, page
from twin.words import Json, Refused, SlackError, invalid_arguments
from twin.workspace import Workspace

MOST = 20
AROUND = 2
SCOPES = {
    "public_channel": "search:read.public",
    "private_channel": "search:read.private",
    "im": "search:read.im",
    "mpim": "search:read.mpim",
}
KINDS = {"channel": "public_channel", "group": "private_channel", "im": "im", "mpim": "mpim"}
CONTENTS = {"messages": "", "files": "search:read.files", "channels": "", "users": "search:read.users"}


def context(ws: Workspace, args: Args) -> Json:
    asked = args.text("query")
    if not asked.strip():
        raise invalid_arguments("missing required field: query")
    user = ws.panes.who(args.text("action_token"), ws.now())
    if user is None:
        raise SlackError("invalid_action_token")
    kinds = _several(args, "channel_types", ["public_channel"], SCOPES)
    contents = _several(args, "content_types", ["messages"], CONTENTS)
    demand(ws, SCOPES["public_channel"])
    for scope in [*(SCOPES[kind] for kind in kinds), *(CONTENTS[one] for one in contents if CONTENTS[one])]:
        demand(ws, scope)
    results: Json = {}
    hits = _hits(ws, args, user, asked, kinds)
    part, cursor = page(list(range(len(hits))), args, default=MOST, most=MOST)
    if "messages" in contents:
        results["messages"] = [_message(ws, hits[at], args) for at in part]
    words = _words(asked)
    if "files" in contents:
        results["files"] = _files(ws, user, words, kinds)
    if "channels" in contents:
        results["channels"] = _channels(ws, user, words, kinds)
    if "users" in contents:
        results["users"] = _users(ws, user, words)
    return {"ok": True, "results": results, "response_metadata": {"next_cursor": cursor}}


def info(ws: Workspace, args: Args) -> Json:
    return {"ok": True, "is_ai_search_enabled": False}


def _several(args: Args, name: str, default: list[str], known: dict[str, str]) -> list[str]:
    value: Any = args.structure(name, "invalid_arguments") if args.text(name).startswith("[") else None
    found = [str(one) for one in value] if isinstance(value, list) else args.names(name)
    if unknown := [one for one in found if one not in known]:
        raise invalid_arguments(f"unknown value {unknown[0]!r} [json-pointer:/{name}]")
    return found or default


def _hits(ws: Workspace, args: Args, user: str, asked: str, kinds: list[str]) -> list[Hit]:
    try:
        query = search.read(ws, user, asked)
    except Refused as refusal:
        raise invalid_arguments(refusal.say) from refusal
    is_question = "?" in asked
    words = _words(" ".join(query.words)) or query.words
    query.words = [] if is_question else words
    query.after = max(query.after, float(args.text("after") or 0))
    query.before = min(query.before, float(args.text("before") or "inf"))
    if is_question:
        query.after = max(query.after, 1e-6)  # anything at all fits, the words are looked at below
    found = [
        hit
        for hit in search.find(ws, user, query)
        if KINDS[hit.channel.kind] in kinds
        and (args.flag("include_archived_channels") or not hit.channel.is_archived)
        and (args.flag("include_bots") or "bot_id" not in hit.message)
        and (not is_question or _share(ws, hit, words))
    ]
    if is_question and args.text("sort") != "timestamp":
        found.sort(key=lambda hit: _share(ws, hit, words), reverse=True)
    return found[::-1] if args.text("sort_dir") == "asc" else found


def _share(ws: Workspace, hit: Hit, words: list[str]) -> int:
    """Count how many of the words a message has."""
    text = search.visible_text(ws, hit.message).lower()
    return sum(word in text for word in words)


def _words(asked: str) -> list[str]:
    words = re.findall(r"\w+", asked.lower())
    return [word for word in words if len(word) > 2]


def _message(ws: Workspace, hit: Hit, args: Args) -> Json:
    message, channel = hit.message, hit.channel
    author = ws.users.get(message.get("user", ""))
    shown: Json = {
        "author_name": author["real_name"] if author is not None else message.get("username", ""),
        "author_user_id": message.get("user", ""),
        "team_id": ws.seed.id,
        "channel_id": channel.id,
        "channel_name": channel.name,
        "message_ts": message["ts"],
        "content": message.get("text", ""),
        "is_author_bot": "bot_id" in message,
        "permalink": permalink(ws, channel, message),
    }
    if args.flag("include_message_blocks"):
        shown["blocks"] = message.get("blocks", [])
    if args.flag("include_context_messages"):
        shown["context_messages"] = _around(hit)
    return shown


def _around(hit: Hit) -> Json:
    root = hit.message.get("thread_ts", "")
    in_thread = root and root != hit.message["ts"]
    row = hit.channel.thread(root) if in_thread else hit.channel.messages
    at = next((i for i, one in enumerate(row) if one["ts"] == hit.message["ts"]), 0)

    def said(part: list[Json]) -> list[Json]:
        return [
            {"text": one.get("text", ""), "user_id": one.get("user", ""), "ts": one["ts"]} for one in part
        ]

    return {"before": said(row[max(0, at - AROUND) : at]), "after": said(row[at + 1 : at + 1 + AROUND])}


def _files(ws: Workspace, user: str, words: list[str], kinds: list[str]) -> list[Json]:
    return [
        {
            "uploader_user_id": file.user,
            "author_user_id": file.user,
            "author_name": ws.users[file.user]["real_name"],
            "team_id": ws.seed.id,
            "file_id": file.id,
            "date_created": file.created,
            "date_updated": file.created,
            "title": file.title,
            "file_type": file.mimetype,
            "permalink": f"https://{ws.seed.domain}.slack.com/files/{file.user}/{file.id}/{file.name}",
            "content": "",
        }
        for file in ws.files.all()
        if any(word in f"{file.name} {file.title}".lower() for word in words)
        and any(
            (channel := ws.channels.get(id)) is not None
            and KINDS[channel.kind] in kinds
            and ws.sees(user, channel)
            for id in file.shares
        )
    ][:MOST]


def _channels(ws: Workspace, user: str, words: list[str], kinds: list[str]) -> list[Json]:
    return [
        {
            "team_id": ws.seed.id,
            "creator_name": ws.users[one.creator]["real_name"],
            "creator_user_id": one.creator,
            "date_created": one.created,
            "date_updated": one.updated,
            "name": one.name,
            "topic": one.topic["value"],
            "purpose": one.purpose["value"],
            "permalink": f"https://{ws.seed.domain}.slack.com/archives/{one.id}",
        }
        for one in ws.channels.values()
        if not one.is_direct
        and KINDS[one.kind] in kinds
        and ws.sees(user, one)
        and any(word in f"{one.name} {one.topic['value']} {one.purpose['value']}".lower() for word in words)
    ][:MOST]


def _users(ws: Workspace, user: str, words: list[str]) -> list[Json]:
    return [
        {
            "user_id": one["id"],
            "team_id": one["team_id"],
            "name": one["name"],
            "real_name": one["real_name"],
            "content": one["profile"]["title"],
            "permalink": f"https://{ws.seed.domain}.slack.com/team/{one['id']}",
        }
        for one in ws.users.values()
        if one["id"] not in (ws.bot, SLACKBOT)
        and audience.knows(ws, user, one["id"])
        and any(
            word in f"{one['name']} {one['real_name']} {one['profile']['title']}".lower() for word in words
        )
    ][:MOST]


METHODS = {
    "assistant.search.context": Method(context, per_minute=100),
    "assistant.search.info": Method(info, ("search:read.public",), per_minute=20),
}
