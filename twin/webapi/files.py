"""files.*: upload in three steps, list, show and delete.

People see an uploaded file as a message in the channel it was completed into. Deliberately not done: remote
files, comments and public links.
"""

from __future__ import annotations

from collections.abc import Callable

from twin import compose, events, messages, shares
from twin.channels import Channel
from twin.files import MAX_SNIPPET, File
from twin.users import SLACKBOT
from twin.webapi import chat, content
from twin.webapi.calling import Args, Method
from twin.words import Json, SlackError, invalid_arguments
from twin.workspace import Workspace

MAX_ALT = 1_000
MAX_CHANNELS = 100
TYPES: dict[str, Callable[[File], bool]] = {
    "all": lambda file: True,
    "images": lambda file: file.mimetype.startswith("image/"),
    "snippets": lambda file: file.mode == "snippet",
    "pdfs": lambda file: file.filetype == "pdf",
    "zips": lambda file: file.filetype == "zip",
    "spaces": lambda file: file.is_canvas,
    "gdocs": lambda file: False,
}


def get_upload_url(ws: Workspace, args: Args) -> Json:
    name, length = args.need("filename"), args.need("length")
    if not length.isdigit() or int(length) == 0:
        raise invalid_arguments("must be greater than 0 [json-pointer:/length]")
    alt_txt, snippet_type = args.text("alt_txt"), args.text("snippet_type")
    if len(alt_txt) > MAX_ALT:
        raise SlackError("alt_txt_too_large")
    if snippet_type and int(length) > MAX_SNIPPET:
        raise SlackError("snippet_too_large")
    file = ws.files.new(name, ws.bot, int(ws.now().timestamp()), length=int(length), alt_txt=alt_txt)
    file.snippet_type = snippet_type
    return {"ok": True, "upload_url": f"{ws.url}/files/upload/{file.upload_key}", "file_id": file.id}


def complete_upload(ws: Workspace, args: Args) -> Json:
    wanted = args.structure("files", "invalid_arguments")
    if not isinstance(wanted, list) or not wanted or not all(isinstance(one, dict) for one in wanted):
        raise invalid_arguments("missing required field: files")
    files: list[File] = []
    for one in wanted:
        file = ws.files.get(str(one.get("id", "")))
        if file is None or not file.is_uploaded or file.is_complete:
            raise SlackError("file_not_found")
        file.title = str(one.get("title") or file.name)
        files.append(file)
    targets = args.names("channels") or args.names("channel_id")
    if len(targets) > MAX_CHANNELS:
        raise SlackError("channels_limit_exceeded")
    channels = [_channel(ws, target) for target in targets]
    for file in files:
        file.is_complete = True
    for channel in channels:
        _share(ws, args, channel, files)
    shown = [shares.describe(ws, file) for file in files]
    return {"ok": True, "files": shown}


def info(ws: Workspace, args: Args) -> Json:
    file = _file(ws, args)
    paging = {"count": 0, "total": 0, "page": 1, "pages": 0}
    shown = {**shares.describe(ws, file), **_placed(ws, file), "comments_count": 0}
    text = {"content": file.content, "is_truncated": False} if file.mode == "snippet" else {}
    return {
        "ok": True,
        "file": shown,
        **text,
        "comments": [],
        "paging": paging,
        "response_metadata": {"next_cursor": ""},
    }


def list_(ws: Workspace, args: Args) -> Json:
    user, channel = args.text("user"), args.text("channel")
    kinds = args.names("types") or ["all"]
    if not all(kind in TYPES for kind in kinds):
        raise SlackError("unknown_type")
    since, until = (args.text(key) for key in ("ts_from", "ts_to"))
    shown = [
        {**shares.describe(ws, file), **_placed(ws, file)}
        for file in ws.files.all()
        if (not user or file.user == user) and (not channel or channel in file.shares)
        if any(TYPES[kind](file) for kind in kinds)
        if (not since or file.created >= float(since)) and (not until or file.created <= float(until))
        if file.user == ws.bot or any(ws.bot in ws.channels[one].members for one in file.shares)
    ]
    count = args.number("count", 100, 1000)
    number = args.number("page", 1, 10**6)
    pages = -(-len(shown) // count)
    part = shown[(number - 1) * count : number * count]
    return {
        "ok": True,
        "files": part,
        "paging": {"count": count, "total": len(shown), "page": number, "pages": pages},
    }


def delete(ws: Workspace, args: Args) -> Json:
    file = _file(ws, args)
    if file.user != ws.bot:
        raise SlackError("cant_delete_file")
    for channel_id, stamps in file.shares.items():
        channel = ws.channels[channel_id]
        for ts in stamps:
            message = channel.get(ts)
            if message is None:
                continue
            left = [one for one in message.get("files", []) if one["id"] != file.id]
            if left or message["text"]:
                messages.change(ws, channel, {**message, "files": left})
            else:
                messages.remove(ws, channel, message)
    ws.files.drop(file.id)
    event = {
        "type": "file_deleted",
        "file_id": file.id,
        "channel_ids": list(file.shares),
        "event_ts": ws.ts(),
    }
    events.to_app(ws, event)
    return {"ok": True}


def _channel(ws: Workspace, target: str) -> Channel:
    if target in ws.users and target not in (ws.bot, SLACKBOT):
        return ws.dm(target)
    channel = ws.channels.get(target)
    if channel is None or (channel.is_private and ws.bot not in channel.members):
        raise SlackError("channel_not_found")
    if ws.bot not in channel.members:
        raise SlackError("not_in_channel")
    return channel


def _share(ws: Workspace, args: Args, channel: Channel, files: list[File]) -> None:
    ts = ws.ts()
    text = args.text("initial_comment")
    blocks = None if text else content.blocks(args)
    thread_ts = chat.thread_of(channel, args.text("thread_ts"))
    said = compose.from_bot(ws, text, blocks, ts)
    body = compose.bot_message(ws, {"ts": ts, "subtype": "file_share", **said})
    body |= {"files": shares.share(ws, channel, files, ts), "upload": False, "display_as_bot": False}
    messages.post(ws, channel, body, thread_ts=thread_ts)


def _file(ws: Workspace, args: Args) -> File:
    file = ws.files.get(args.need("file"))
    if file is None or not file.is_complete:
        raise SlackError("file_not_found")
    is_known = file.is_submitted or any(ws.bot in ws.channels[one].members for one in file.shares)
    if file.user != ws.bot and not is_known:
        raise SlackError("file_not_found")
    return file


def _placed(ws: Workspace, file: File) -> Json:
    kinds: dict[str, list[str]] = {"channel": [], "group": [], "im": [], "mpim": []}
    shares: dict[str, Json] = {"public": {}, "private": {}}
    for channel_id, stamps in file.shares.items():
        channel = ws.channels[channel_id]
        kinds[channel.kind].append(channel_id)
        side = "private" if channel.is_private else "public"
        shares[side][channel_id] = [_shared(ws, channel, ts) for ts in stamps]
    groups = [*kinds["group"], *kinds["mpim"]]
    placed: Json = {"channels": kinds["channel"], "groups": groups, "ims": kinds["im"]}
    return {**placed, "shares": {side: one for side, one in shares.items() if one}}


def _shared(ws: Workspace, channel: Channel, ts: str) -> Json:
    message = channel.get(ts) or {}
    return {
        "reply_users": message.get("reply_users", []),
        "reply_users_count": message.get("reply_users_count", 0),
        "reply_count": message.get("reply_count", 0),
        "ts": ts,
        "channel_name": channel.name,
        "team_id": ws.seed.id,
        "share_user_id": message.get("user", ""),
        "source": "UNKNOWN",
    }


METHODS = {
    "files.getUploadURLExternal": Method(get_upload_url, ("files:write",), per_minute=100),
    "files.completeUploadExternal": Method(complete_upload, ("files:write",), per_minute=100),
    "files.info": Method(info, ("files:read",), per_minute=100),
    "files.list": Method(list_, ("files:read",)),
    "files.delete": Method(delete, ("files:write",)),
}
