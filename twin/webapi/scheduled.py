"""chat.scheduleMessage and its relatives: messages that the app has posted later.

People see the message when the twin's clock reaches its time; the app hears of it as of any message it posts. A
message whose channel is gone, archived or closed to the app by then is silently not posted. Deliberately not done:
schedules of people.
"""

from __future__ import annotations

from twin import compose
from twin.channels import Channel
from twin.scheduled import Scheduled
from twin.webapi import chat, content
from twin.webapi.calling import Args, Method, page, visible_channel
from twin.words import Json, SlackError
from twin.workspace import Workspace

FURTHEST = 120 * 24 * 3600
TOO_LATE = 60  # seconds before its time a message can no longer be called off


def schedule(ws: Workspace, args: Args) -> Json:
    channel = chat.channel_to_post_in(ws, args)
    post_at = _time(args.text("post_at"))
    now = ws.now().timestamp()
    if post_at <= now:
        raise SlackError("time_in_past")
    if post_at > now + FURTHEST:
        raise SlackError("time_too_far")
    said = content.read(args)
    if len(said.text) > compose.MAX_TEXT:
        raise SlackError("msg_too_long")
    chat.thread_of(channel, args.text("thread_ts"))
    preview = chat.compose_message(ws, args, said, "0.0")
    one = ws.schedule.add(channel.id, post_at, int(now), preview["text"])
    one.alarm = ws.alarms.set(post_at - now, lambda: _post(ws, channel, args, said, one))
    message = {key: value for key, value in preview.items() if key not in ("ts", "subtype")}
    return {
        "ok": True,
        "scheduled_message_id": one.id,
        "channel": channel.id,
        "post_at": post_at,
        "message": {**message, "type": "delayed_message"},
    }


def delete(ws: Workspace, args: Args) -> Json:
    channel = visible_channel(ws, args)
    one = ws.schedule.get(args.need("scheduled_message_id"))
    if one is None or one.channel != channel.id or one.post_at - ws.now().timestamp() < TOO_LATE:
        raise SlackError("invalid_scheduled_message_id")
    ws.schedule.drop(one.id)
    return {"ok": True}


def list_(ws: Workspace, args: Args) -> Json:
    wanted = args.text("channel")
    if wanted and wanted not in ws.channels:
        raise SlackError("invalid_channel")
    oldest, latest = (_time(args.text(key) or "0") for key in ("oldest", "latest"))
    waiting = [
        {
            "id": one.id,
            "channel_id": one.channel,
            "post_at": one.post_at,
            "date_created": one.created,
            "text": one.text,
        }
        for one in ws.schedule.between(oldest, latest)
        if not wanted or one.channel == wanted
    ]
    part, cursor = page(waiting, args, default=100)
    return {"ok": True, "scheduled_messages": part, "response_metadata": {"next_cursor": cursor}}


def _time(said: str) -> int:
    try:
        return int(float(said))
    except ValueError as problem:
        raise SlackError("invalid_time") from problem


def _post(ws: Workspace, channel: Channel, args: Args, said: content.Content, one: Scheduled) -> None:
    ws.schedule.drop(one.id)
    if channel.id not in ws.channels or not ws.is_installed:
        return
    try:
        chat.channel_to_post_in(ws, Args({"channel": channel.id}))
        chat.say(ws, channel, args, said)
    except SlackError:
        return  # the app was told yes long ago; nobody is there to hear a refusal


METHODS = {
    "chat.scheduleMessage": Method(schedule, ("chat:write",)),
    "chat.deleteScheduledMessage": Method(delete, ("chat:write",)),
    "chat.scheduledMessages.list": Method(list_),
}
