"""Answers that the samples here lack or show in an older form, as the JavaScript SDK's response types have them."""

from __future__ import annotations

from twin.words import Json

_BOOKMARK: Json = {
    "id": "Bk1",
    "channel_id": "C1",
    "title": "t",
    "link": "https://example.com",
    "emoji": ":eyes:",
    # Null in the documentation's example of a link.
    "icon_url": None,
    "entity_id": None,
    "shortcut_id": None,
    "app_id": None,
    "type": "link",
    "date_created": 1,
    "date_updated": 0,
    "rank": "i",
    "last_updated_by_user_id": "U1",
    "last_updated_by_team_id": "T1",
    "app_action_id": "x",
}
_STREAMED: Json = {
    "app_id": "A1",
    "blocks": [],
    "bot_id": "B1",
    "bot_profile": {"id": "B1"},
    "parent_user_id": "U1",
    "streaming_state": "completed",
    "team": "T1",
    "text": "t",
    "thread_ts": "1.0",
    "ts": "1.1",
    "type": "message",
    "user": "U1",
}
_OK: Json = {"ok": True}

ANSWERS: dict[str, Json] = {
    "bookmarks.add": {"ok": True, "bookmark": _BOOKMARK},
    "bookmarks.edit": {"ok": True, "bookmark": _BOOKMARK},
    "bookmarks.list": {"ok": True, "bookmarks": [_BOOKMARK]},
    "bookmarks.remove": _OK,
    "canvases.access.delete": _OK,
    "canvases.access.set": _OK,
    "canvases.create": {"ok": True, "canvas_id": "F1"},
    "canvases.delete": _OK,
    "canvases.edit": _OK,
    "canvases.sections.lookup": {"ok": True, "sections": [{"id": "temp:C:1"}]},
    "chat.scheduledMessages.list": {"ok": True, "scheduled_messages": [{"id": "Q1"}]},
    "chat.scheduleMessage": {"ok": True, "post_at": 1, "message": {"type": "delayed_message"}},
    "chat.stopStream": {"ok": True, "channel": "C1", "ts": "1.1", "message": _STREAMED},
    "conversations.canvases.create": {"ok": True, "canvas_id": "F1"},
    "emoji.list": {"ok": True, "emoji": {}, "cache_ts": "1.0"},
}
