"""chat.startStream, chat.appendStream and chat.stopStream: text that appears while the app is still writing it.

People see the message grow; the app hears of it twice, when it begins and when it is complete, and not of every piece.
Slack ends a stream five minutes after it began; the app may then change the message with chat.update, which it may not
do before. In direct messages the recipient may be left out, as documented; some apps report that Slack asks for it
there too. Deliberately not done: writing only to the recipient's screen; everybody in the channel sees the message.
"""

from __future__ import annotations

from typing import Any

from twin import compose, messages, panes
from twin.channels import Channel
from twin.streams import (
    DISPLAYS,
    LIFETIME,
    MAX_BLOCKS,
    MAX_PIECE,
    MAX_TITLE,
    STATUSES,
    Mode,
    Stream,
)
from twin.webapi import content
from twin.webapi.calling import Args, Method, RateLimited, visible_channel
from twin.webapi.chat import channel_to_post_in, looking_like, own_message, shown, thread_of
from twin.webapi.sessions import STATES
from twin.words import Json, SlackError, invalid_arguments
from twin.workspace import Workspace


def start(ws: Workspace, args: Args) -> Json:
    channel = channel_to_post_in(ws, args)
    root = thread_of(channel, args.need("thread_ts"))
    display = args.text("task_display_mode", "timeline")
    if display not in DISPLAYS:
        raise invalid_arguments("must be a valid enum value [json-pointer:/task_display_mode]")
    _recipient(ws, channel, args)
    chunks, mode = _chunks(args)
    if (wait := ws.limits.post_in(channel.id)) is not None:
        raise RateLimited(wait)
    ts = ws.ts()
    stream = Stream(channel.id, ts, root or ts, display)
    stream.take(chunks, mode)
    body = compose.bot_message(ws, {"ts": ts, **_content(ws, stream), "streaming_state": "in_progress"})
    messages.post(ws, channel, looking_like(ws, args, body), thread_ts=root)
    ws.streams[channel.id, ts] = stream
    stream.alarm = ws.alarms.set(LIFETIME, lambda: _expire(ws, channel, stream))
    return {"ok": True, "channel": channel.id, "ts": ts}


def append(ws: Workspace, args: Args) -> Json:
    channel, message, stream = _open(ws, args)
    chunks, mode = _chunks(args)
    if not chunks:
        raise SlackError("no_text")
    stream.take(chunks, mode)
    messages.redraw(ws, channel, {**message, **_content(ws, stream)})
    return {"ok": True, "channel": channel.id, "ts": stream.ts}


def stop(ws: Workspace, args: Args) -> Json:
    channel, message, stream = _open(ws, args)
    chunks, mode = _chunks(args)
    below = content.blocks(args) or []
    told = content.metadata(args)
    status = args.text("session_status")
    if status and status not in STATES:
        raise invalid_arguments("must be a valid enum value [json-pointer:/session_status]")
    if not chunks and not below and not stream.parts:
        raise SlackError("no_text")
    stream.take(chunks, mode)
    new = {**message, **_content(ws, stream, below), "streaming_state": "completed"}
    if told is not None:
        new |= content.beside(ws, content.Content(metadata=told), stream.ts)
    stream.close()
    messages.change(ws, channel, new)
    panes.stream_ended(ws, channel, stream.thread_ts)
    session = ws.panes.threads.get((channel.id, stream.thread_ts))
    if status and session is not None:
        panes.set_session(ws, session, status)
    return {"ok": True, "channel": channel.id, "ts": stream.ts, "message": shown(new)}


def end_streams(ws: Workspace, channel: Channel, thread_ts: str) -> list[str]:
    """End the streams of a thread because a person pressed stop; the app's next piece is refused.

    Returns the timestamps of the messages whose stream ended.
    """
    ended: list[str] = []
    for stream in list(ws.streams.values()):
        if stream.is_open and stream.channel == channel.id and stream.thread_ts == thread_ts:
            stream.was_stopped = True
            _expire(ws, channel, stream)
            ended.append(stream.ts)
    return ended


def _expire(ws: Workspace, channel: Channel, stream: Stream) -> None:
    message = channel.get(stream.ts)
    if message is not None and stream.is_open:
        messages.change(ws, channel, {**message, **_content(ws, stream), "streaming_state": "completed"})
    stream.close()


def _open(ws: Workspace, args: Args) -> tuple[Channel, Json, Stream]:
    channel = visible_channel(ws, args)
    message = own_message(ws, channel, args.need("ts"), "message_not_owned_by_app")
    stream = ws.streams.get((channel.id, message["ts"]))
    if stream is None or not stream.is_open:
        was_stopped = stream is not None and stream.was_stopped
        raise SlackError("stopped_by_user" if was_stopped else "message_not_in_streaming_state")
    return channel, message, stream


def _recipient(ws: Workspace, channel: Channel, args: Args) -> None:
    user, team = args.text("recipient_user_id"), args.text("recipient_team_id")
    if not channel.is_im:
        if not team:
            raise SlackError("missing_recipient_team_id")
        if not user:
            raise SlackError("missing_recipient_user_id")
    if user and user not in ws.users:
        raise SlackError("user_not_found")
    if user and team and ws.users[user]["team_id"] != team:
        raise SlackError("team_not_found")


def _content(ws: Workspace, stream: Stream, below: list[Json] | None = None) -> Json:
    text, blocks = stream.content()
    blocks = [*blocks, *(below or [])]
    return {"text": text, **({"blocks": compose.with_block_ids(ws, blocks, stream.ts)} if blocks else {})}


def _chunks(args: Args) -> tuple[list[Json], Mode]:
    """Read what a call adds: chunks, or Markdown as the older argument has it."""
    text = args.text("markdown_text")
    if len(text) > MAX_PIECE:
        raise SlackError("msg_too_long")
    value: Any = args.structure("chunks", "invalid_chunks")
    if not value:
        return ([{"type": "markdown_text", "text": text}] if text else []), "text"
    if not isinstance(value, list):
        raise SlackError("invalid_chunks")
    chunks = [_chunk(one) for one in value]
    if sum(len(one["blocks"]) for one in chunks if one["type"] == "blocks") > MAX_BLOCKS:
        raise SlackError("msg_blocks_too_many")
    return [*([{"type": "markdown_text", "text": text}] if text else []), *chunks], "chunks"


def _chunk(one: Any) -> Json:
    kind = one.get("type") if isinstance(one, dict) else None
    if kind == "markdown_text" and isinstance(one.get("text"), str):
        if len(one["text"]) > MAX_PIECE:
            raise SlackError("msg_too_long")
        return {"type": kind, "text": one["text"]}
    if kind == "plan_update" and _is_title(one.get("title")):
        return {"type": kind, "title": one["title"]}
    if kind == "blocks" and isinstance(one.get("blocks"), list):
        content.check_blocks(one["blocks"])
        return {"type": kind, "blocks": one["blocks"]}
    if kind == "task_update" and isinstance(one.get("id"), str) and one["id"] and _is_title(one.get("title")):
        known = one.get("status") in STATUSES
        texts = [one.get(key) for key in ("details", "output")]
        if known and all(text is None or isinstance(text, str) for text in texts):
            return {**one, "sources": _sources(one.get("sources"))}
    raise SlackError("invalid_chunks")


def _is_title(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MAX_TITLE


def _sources(value: Any) -> list[Json]:
    sources = value or []
    if not isinstance(sources, list) or not all(isinstance(one, dict) for one in sources):
        raise SlackError("invalid_chunks")
    if any(one.get("type") != "url" or not one.get("url") or not one.get("text") for one in sources):
        raise SlackError("invalid_chunks")
    return [{"type": "url", "url": str(one["url"]), "text": str(one["text"])} for one in sources]


METHODS = {
    "chat.startStream": Method(start, ("chat:write",), per_minute=20),
    "chat.appendStream": Method(append, ("chat:write",), per_minute=100),
    "chat.stopStream": Method(stop, ("chat:write",), per_minute=20),
}
