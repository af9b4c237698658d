"""The busy hour's app: it streams, schedules, unfurls, pins, bookmarks, writes canvases and shares pictures."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import aiohttp

from tests.twin import forms
from twin.server import Twin
from twin.words import Json

LINK = "https://links.example.com/1?a=1&b=2"


def picture(width: int, height: int) -> bytes:
    """Draw a grey PNG."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\x00" + b"\x80" * width for _ in range(height)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


async def upload(call: Any, name: str, data: bytes, **more: Any) -> str:
    """Upload bytes as an app does, without sharing them yet. Returns the file's id."""
    slot = await call("files.getUploadURLExternal", filename=name, length=len(data), **more)
    async with aiohttp.ClientSession() as session, session.post(slot["upload_url"], data=data) as sent:
        assert sent.status == 200
    return str(slot["file_id"])


async def busy_chat(twin: Twin, call: Any) -> None:
    """Let the app say everything an app can say."""
    ana, here = twin.person("ana"), twin.channel("#help").id
    asked = await ana.post("#help", f"please look at {LINK}")
    await _stream(twin, call, here, asked)
    await _keep(twin, call, here, asked)
    await call("chat.unfurl", channel=here, ts=asked, unfurls={LINK: {"title": "One", "text": "a page"}})
    await call("chat.meMessage", channel=here, text="waves")
    await _schedule(twin, call, here)
    await _write(call, here)
    shot = await upload(call, "shot.png", picture(500, 400))
    text = await upload(call, "notes.txt", b"one\ntwo\n", snippet_type="text")
    both = [{"id": shot, "title": "Shot"}, {"id": text}]
    await call("files.completeUploadExternal", files=both, channel_id=here, initial_comment="see")
    await call("files.info", file=shot)
    await call("files.info", file=text)


async def _stream(twin: Twin, call: Any, here: str, asked: str) -> None:
    ana = twin.person("ana").id
    whom = {"recipient_user_id": ana, "recipient_team_id": twin.ws.seed.id, "thread_ts": asked}
    first = {"type": "markdown_text", "text": "# So\n\n**Well** then:\n\n1. one\n2. two\n\n"}
    started = await call("chat.startStream", channel=here, chunks=[first], task_display_mode="plan", **whom)
    where = {"channel": here, "ts": started["ts"]}
    task = {"type": "task_update", "id": "t1", "title": "Look", "status": "in_progress", "details": "into it"}
    await call("chat.appendStream", chunks=[task, {"type": "plan_update", "title": "Plan"}], **where)
    metadata = {"event_type": "answer", "event_payload": {"key": 1}}
    blocks = [forms.actions(forms.button("streamed"))]
    await call("chat.stopStream", blocks=blocks, metadata=metadata, **where)


async def _keep(twin: Twin, call: Any, here: str, asked: str) -> None:
    where = {"channel": here, "timestamp": asked}
    await call("pins.add", **where)
    await call("pins.list", channel=here)
    await call("pins.remove", **where)
    await call("reactions.add", name="eyes", **where)
    await call("reactions.list")
    await call("emoji.list")
    made = await call("bookmarks.add", channel_id=here, title="Docs", type="link", link="https://example.com")
    id = made["bookmark"]["id"]
    await call("bookmarks.edit", channel_id=here, bookmark_id=id, emoji=":book:")
    await call("bookmarks.list", channel_id=here)
    await call("bookmarks.remove", channel_id=here, bookmark_id=id)


async def _schedule(twin: Twin, call: Any, here: str) -> None:
    later = int(twin.ws.now().timestamp()) + 3600
    one = await call("chat.scheduleMessage", channel=here, post_at=later, text="later")
    await call("chat.scheduledMessages.list")
    await call("chat.deleteScheduledMessage", channel=here, scheduled_message_id=one["scheduled_message_id"])


async def _write(call: Any, here: str) -> None:
    content: Json = {"type": "markdown", "markdown": "# Title\n\nSome text"}
    made = await call("canvases.create", title="Handbook", document_content=content)
    canvas = {"canvas_id": made["canvas_id"]}
    found = await call("canvases.sections.lookup", criteria={"section_types": ["h1"]}, **canvas)
    change = {
        "operation": "insert_after",
        "section_id": found["sections"][0]["id"],
        "document_content": content,
    }
    await call("canvases.edit", changes=[change], **canvas)
    await call("canvases.access.set", access_level="write", channel_ids=[here], **canvas)
    await call("canvases.access.delete", channel_ids=[here], **canvas)
    await call("files.info", file=made["canvas_id"])
    await call("canvases.delete", **canvas)
    await call("conversations.canvases.create", channel_id=here)
