"""Answers and events that the samples here lack, as the JavaScript SDK's types and Slack's method pages have them."""

from __future__ import annotations

from twin.words import Json

_CHANNEL: Json = {
    "id": "C1",
    "name": "n",
    "is_channel": True,
    "is_group": False,
    "is_im": False,
    "is_mpim": False,
    "is_private": False,
    "created": 1,
    "is_archived": False,
    "is_general": False,
    "unlinked": 0,
    "name_normalized": "n",
    "is_shared": False,
    "is_org_shared": False,
    "is_pending_ext_shared": False,
    "pending_shared": ["T1"],
    "context_team_id": "T1",
    "updated": 1,
    "creator": "U1",
    "is_ext_shared": False,
    "shared_team_ids": ["T1"],
    "pending_connected_team_ids": ["T1"],
    "is_member": True,
    "last_read": "1.1",
    "topic": {"value": "", "creator": "U1", "last_set": 1},
    "purpose": {"value": "", "creator": "U1", "last_set": 1},
    "previous_names": ["n"],
}
_FOUND: Json = {"text": "t", "user_id": "U1", "ts": "1.1", "blocks": []}
_MESSAGE: Json = {
    "author_name": "n",
    "author_user_id": "U1",
    "team_id": "T1",
    "channel_id": "C1",
    "channel_name": "n",
    "message_ts": "1.1",
    "content": "t",
    "is_author_bot": False,
    "permalink": "https://example.com",
    "blocks": [],
    "context_messages": {"before": [_FOUND], "after": [_FOUND]},
}
_FILE: Json = {
    "uploader_user_id": "U1",
    "author_user_id": "U1",
    "author_name": "n",
    "team_id": "T1",
    "file_id": "F1",
    "date_created": 1,
    "date_updated": 1,
    "title": "t",
    "file_type": "text/csv",
    "permalink": "https://example.com",
    "content": "t",
}
_PLACE: Json = {
    "team_id": "T1",
    "creator_name": "n",
    "creator_user_id": "U1",
    "date_created": 1,
    "date_updated": 1,
    "name": "n",
    "topic": "t",
    "purpose": "p",
    "permalink": "https://example.com",
}
_PERSON: Json = {
    "user_id": "U1",
    "team_id": "T1",
    "name": "n",
    "real_name": "n",
    "content": "t",
    "permalink": "https://example.com",
}
_WARNED: Json = {"warning": "w", "response_metadata": {"warnings": ["w"]}}
ANSWERS: dict[str, Json] = {
    "agents.sessions.setStatus": {"ok": True, "status": "s", "agent_status": "s", "title": "t", **_WARNED},
    "agents.sessions.rename": {"ok": True, "title": "t"},
    "assistant.search.context": {
        "ok": True,
        "results": {"messages": [_MESSAGE], "files": [_FILE], "channels": [_PLACE], "users": [_PERSON]},
        "response_metadata": {"next_cursor": "c"},
    },
    "assistant.search.info": {"ok": True, "is_ai_search_enabled": False},
    "conversations.close": {"ok": True, "no_op": True, "already_closed": True},
    "conversations.leave": {"ok": True, "not_in_channel": True},
    "conversations.open": {"ok": True, "channel": {**_CHANNEL, "is_open": True}},
    "conversations.setTopic": {"ok": True, "channel": _CHANNEL},
    "conversations.setPurpose": {"ok": True, "channel": _CHANNEL},
    "conversations.rename": {"ok": True, "channel": _CHANNEL},
    "functions.completeSuccess": {"ok": True},
    "functions.completeError": {"ok": True},
}
_LOOKED_AT: Json = {"entities": [{"type": "slack#/types/channel_id", "value": "C1", "team_id": "T1"}]}
EVENTS: dict[str, Json] = {
    "agent_session_stopped": {
        "type": "agent_session_stopped",
        "channel": "C1",
        "user": "U1",
        "thread_ts": "1.1",
        "streaming_message_ts": ["1.1"],
        "event_ts": "1.1",
    },
    "app_context_changed": {
        "type": "app_context_changed",
        "channel": "D1",
        "user": "U1",
        "context": _LOOKED_AT,
        "event_ts": "1.1",
    },
    "app_home_opened": {"context": _LOOKED_AT},
    "app_mention": {"assistant_thread": {"action_token": "t"}},
    "function_executed": {
        "function": {"date_created": 1, "date_updated": 1, "date_deleted": 0},
        "inputs": {},
        "workflow_execution_id": "Wx1",
    },
    "team_join": {"event_ts": "1.1"},
    "user_change": {"event_ts": "1.1"},
    "message": {"assistant_thread": {"action_token": "t"}, "app_context": _LOOKED_AT},
}
