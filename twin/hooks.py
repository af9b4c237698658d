"""response_urls: how an app answers a click or a command without a token.

People see the answer beside the click: a new message, one only for them, or the clicked message changed or
gone. A response_url works five times within half an hour.
"""

from __future__ import annotations

import json
import time

from aiohttp import web

from twin import compose, messages
from twin.channels import Channel
from twin.host import Call, Host
from twin.ledger import weight
from twin.parcels import Parcel
from twin.tickets import Hook
from twin.webapi.calling import Args
from twin.webapi.content import Content, beside, read, written
from twin.words import Json, SlackError
from twin.workspace import Workspace

_GONE = ("expired_url", "used_url", "invalid_url")


async def serve(host: Host, request: web.Request) -> web.Response:
    """Answer a POST to a response_url."""
    ws = host.workspaces.get(request.match_info["team"], host.first)
    number, started = ws.host.next_number(), time.perf_counter()
    text = await request.text()
    try:
        body = json.loads(text or "{}")
    except ValueError:
        return web.json_response({"ok": False, "error": "invalid_payload"}, status=400)
    if not isinstance(body, dict):
        return web.json_response({"ok": False, "error": "invalid_payload"}, status=400)
    said: Json = {"response_url": request.path, **body}
    try:
        hook = ws.tickets.use_hook(request.path)
        said |= {"channel": hook.channel, "user": hook.user}
        _meet_fault(ws, hook)
        ts = respond(ws, hook, body)
    except SlackError as refusal:
        status = 404 if refusal.code in _GONE else 400
        _keep(ws, said, refusal.answer(), (number, started), len(text), status=status)
        return web.json_response(refusal.answer(), status=status)
    _keep(ws, said, {"ok": True, "ts": ts}, (number, started), len(text))
    return web.Response(text="ok", content_type="text/html")


def _meet_fault(ws: Workspace, hook: Hook) -> None:
    """Refuse, if a fault of this address says so. Raises SlackError with its code."""
    channel = ws.channels[hook.channel]
    fault = ws.faults.meet("response_url", (channel.id, f"#{channel.name}"))
    if fault is not None:
        raise SlackError(fault.error)


def _keep(
    ws: Workspace, said: Json, answer: Json, started: tuple[int, float], length: int, *, status: int = 200
) -> None:
    """Keep it beside the Web API calls; Slack answers a bare `ok`, the rest is for whoever looks later."""
    host, (number, since) = ws.host, started
    ms, done, size = round((time.perf_counter() - since) * 1000, 2), host.next_number(), weight(length)
    call = Call(number, ws.now(), "response_url", said, answer, ms, status, size, changed=done)
    host.posts.append(call)
    host.recorder.heard(ws, call)


def answered(ws: Workspace, parcel: Parcel, hook: Hook, answer: Json, ts: str) -> None:
    """Remember that a message was the answer to a delivery, such as that of a slash command."""
    ws.host.made_by[ts] = parcel.delivery.n
    said = {**answer, "channel": hook.channel, "user": hook.user}
    ws.host.recorder.heard(ws, Call(0, ws.now(), "answer", said, {"ok": True, "ts": ts}, 0.0))


def respond(ws: Workspace, hook: Hook, body: Json) -> str:
    """Do what the app answers: post, whisper, replace or delete. Returns the ts of that message.

    Raises SlackError with Slack's code when the answer cannot be shown.
    """
    args = Args(body)
    channel = ws.channels[hook.channel]
    if args.flag("delete_original"):
        return _change_original(ws, channel, hook, None)
    content = read(args)
    if hook.message_ts is not None and args.flag("replace_original"):
        return _change_original(ws, channel, hook, content)
    ts = ws.ts()
    shown = {**written(ws, content, ts), **beside(ws, content, ts)}
    thread_ts = args.text("thread_ts") or None
    if args.text("response_type") != "in_channel":
        in_thread = {"thread_ts": thread_ts} if thread_ts else {}
        messages.whisper(ws, channel, hook.user, {"ts": ts, **shown, **in_thread})
        return ts
    new = {"subtype": "bot_message", **compose.bot_message(ws, {"ts": ts, **shown})}
    del new["user"]  # Slack names only the bot_id on messages from a response_url
    messages.post(ws, channel, new, thread_ts=thread_ts)
    return ts


def _change_original(ws: Workspace, channel: Channel, hook: Hook, content: Content | None) -> str:
    ts = hook.message_ts or ""
    if hook.is_ephemeral:
        old = next((one for one in channel.whispers(hook.user) if one["ts"] == ts), None)
        if old is None:
            raise SlackError("message_not_found")
        if content is None:
            channel.change_whisper(hook.user, ts, None)
            ws.tell({"type": "message_deleted", "channel": channel.id, "ts": ts}, to=hook.user)
            return ts
        new = _replaced(ws, old, content)
        channel.change_whisper(hook.user, ts, new)
        ws.tell({"type": "message_changed", "channel": channel.id, "message": new}, to=hook.user)
        return ts
    message = channel.get(ts)
    if message is None:
        raise SlackError("message_not_found")
    if content is None:
        messages.remove(ws, channel, message)
    else:
        messages.change(ws, channel, _replaced(ws, message, content))
    return ts


def _replaced(ws: Workspace, old: Json, content: Content) -> Json:
    salt = f"{old['ts']}/{ws.ts()}"
    kept = {key: value for key, value in old.items() if key not in ("blocks", "attachments")}
    return {**kept, **written(ws, content, salt), **beside(ws, content, salt)}
