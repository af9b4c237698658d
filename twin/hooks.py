"""response_urls: how an app answers a click or a command without a token.

People see the answer beside the click: a new message, one only for them, or the clicked message changed or
gone. A response_url works five times within half an hour.
"""

from __future__ import annotations

import json

from aiohttp import web

from twin import compose, messages
from twin.channels import Channel
from twin.host import Host
from twin.tickets import Hook
from twin.webapi.calling import Args
from twin.webapi.chat import read_content
from twin.words import Json, SlackError
from twin.workspace import Workspace

_GONE = ("expired_url", "used_url", "invalid_url")


async def serve(host: Host, request: web.Request) -> web.Response:
    """Answer a POST to a response_url."""
    ws = host.workspaces.get(request.match_info["team"], host.first)
    try:
        body = json.loads(await request.text() or "{}")
    except ValueError:
        return web.json_response({"ok": False, "error": "invalid_payload"}, status=400)
    if not isinstance(body, dict):
        return web.json_response({"ok": False, "error": "invalid_payload"}, status=400)
    try:
        hook = ws.tickets.use_hook(request.path)
        respond(ws, hook, body)
    except SlackError as refusal:
        status = 404 if refusal.code in _GONE else 400
        return web.json_response(refusal.answer(), status=status)
    return web.Response(text="ok", content_type="text/html")


def respond(ws: Workspace, hook: Hook, body: Json) -> None:
    """Do what the app answers: post, whisper, replace or delete.

    Raises SlackError with Slack's code when the answer cannot be shown.
    """
    args = Args(body)
    channel = ws.channels[hook.channel]
    if args.flag("delete_original"):
        _change_original(ws, channel, hook, None)
        return
    content = read_content(args)
    if hook.message_ts is not None and args.flag("replace_original"):
        _change_original(ws, channel, hook, content)
        return
    ts = ws.ts()
    shown = compose.from_bot(ws, content["text"], content["blocks"], ts)
    for key in ("attachments", "metadata"):
        if content[key]:
            shown[key] = content[key]
    thread_ts = args.text("thread_ts") or None
    if args.text("response_type") != "in_channel":
        in_thread = {"thread_ts": thread_ts} if thread_ts else {}
        messages.whisper(ws, channel, hook.user, {"ts": ts, **shown, **in_thread})
        return
    new = {"subtype": "bot_message", **compose.bot_message(ws, {"ts": ts, **shown})}
    del new["user"]  # Slack names only the bot_id on messages from a response_url
    messages.post(ws, channel, new, thread_ts=thread_ts)


def _change_original(ws: Workspace, channel: Channel, hook: Hook, content: Json | None) -> None:
    ts = hook.message_ts or ""
    if hook.is_ephemeral:
        old = next((one for one in channel.whispers(hook.user) if one["ts"] == ts), None)
        if old is None:
            raise SlackError("message_not_found")
        if content is None:
            channel.change_whisper(hook.user, ts, None)
            ws.tell({"type": "message_deleted", "channel": channel.id, "ts": ts}, to=hook.user)
            return
        new = _replaced(ws, old, content)
        channel.change_whisper(hook.user, ts, new)
        ws.tell({"type": "message_changed", "channel": channel.id, "message": new}, to=hook.user)
        return
    message = channel.get(ts)
    if message is None:
        raise SlackError("message_not_found")
    if content is None:
        messages.remove(ws, channel, message)
    else:
        messages.change(ws, channel, _replaced(ws, message, content))


def _replaced(ws: Workspace, old: Json, content: Json) -> Json:
    salt = f"{old['ts']}/{ws.ts()}"
    kept = {key: value for key, value in old.items() if key not in ("blocks", "attachments")}
    new = {**kept, **compose.from_bot(ws, content["text"], content["blocks"], salt)}
    for key in ("attachments", "metadata"):
        if content[key]:
            new[key] = content[key]
    return new
