"""Calls and answers that Slack would not know, each wrong in one way, to prove that the check notices.

Beside them stand good ones of the same make: a check that refuses everything proves nothing.
"""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
Said = dict[str, tuple[str, Json]]

_WORDS: Json = {"type": "mrkdwn", "text": "words"}
_LABEL: Json = {"type": "plain_text", "text": "words"}
_BUTTON: Json = {"type": "button", "action_id": "press", "text": _LABEL}
_SECTION: Json = {"type": "section", "text": _WORDS}
_FIELD: Json = {"type": "plain_text_input", "action_id": "typed"}
_INPUT: Json = {"type": "input", "block_id": "typed", "label": _LABEL, "element": _FIELD}
_MODAL: Json = {"type": "modal", "title": _LABEL, "submit": _LABEL, "blocks": [_INPUT]}
_THUMB: Json = {"text": _LABEL, "value": "good"}
_THUMBS: Json = {
    "type": "feedback_buttons",
    "action_id": "t",
    "positive_button": _THUMB,
    "negative_button": _THUMB,
}
_TABLE: Json = {"type": "table", "rows": [[{"type": "raw_text", "text": "cell"}]]}


def _post(*blocks: Json, **more: Any) -> tuple[str, Json]:
    return "chat.postMessage", {
        "channel": "C1",
        "text": "words",
        "unfurl_links": False,
        "blocks": list(blocks),
        **more,
    }


def _open(view: Json) -> tuple[str, Json]:
    return "views.open", {"trigger_id": "1.2.3", "view": view}


def _row(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def _rich(inside: Json) -> Json:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [inside]}]}


BAD_CALLS: Said = {
    "an argument that does not exist": _post(threads="1.2"),
    "no channel": ("chat.postMessage", {"text": "words", "unfurl_links": False}),
    "a number for a text": _post(text=7),
    "a number for a timestamp": _post(thread_ts=1763800000.0001),
    "text for a switch": _post(unfurl_media="no"),
    "an unknown block": _post({"type": "sectoin", "text": _WORDS}),
    "a string for a text object": _post({"type": "section", "text": "words"}),
    "a text object of an unknown type": _post(
        {"type": "section", "text": {"type": "markdown", "text": "words"}}
    ),
    "a button without text": _post(_row({"type": "button", "action_id": "press"})),
    "a button in an unknown style": _post(_row({**_BUTTON, "style": "warning"})),
    "a key that a button does not have": _post(_row({**_BUTTON, "colour": "red"})),
    "a text among buttons": _post(_row(_WORDS)),
    "a button in the small print": _post({"type": "context", "elements": [_BUTTON]}),
    "a heading in mrkdwn": _post({"type": "header", "text": _WORDS}),
    "a heading that is too long": _post({"type": "header", "text": {**_LABEL, "text": "w" * 151}}),
    "a button whose text is too long": _post(_row({**_BUTTON, "text": {**_LABEL, "text": "w" * 76}})),
    "an image without words for it": _post({"type": "image", "image_url": "https://example.com/a.png"}),
    "an unknown rich text element": _post(_rich({"type": "shout", "text": "words"})),
    "a question without its buttons": _post(
        {**_SECTION, "accessory": {**_BUTTON, "confirm": {"title": _LABEL}}}
    ),
    "a choice in mrkdwn": _post(
        _row({"type": "static_select", "action_id": "choose", "options": [{"text": _WORDS, "value": "1"}]})
    ),
    "too many blocks": _post(*[_SECTION] * 51),
    "a block_id that stands twice": _post({**_SECTION, "block_id": "one"}, {**_SECTION, "block_id": "one"}),
    "an action_id that stands twice": _post(_row(_BUTTON, _BUTTON)),
    "two tables": _post(_TABLE, _TABLE),
    "a modal without a title": _open({"type": "modal", "submit": _LABEL, "blocks": [_INPUT]}),
    "a modal whose title is too long": _open({**_MODAL, "title": {**_LABEL, "text": "w" * 25}}),
    "a modal that cannot be submitted": _open({"type": "modal", "title": _LABEL, "blocks": [_INPUT]}),
    "an unknown kind of view": _open({**_MODAL, "type": "dialog"}),
    "a table in a modal": _open({**_MODAL, "blocks": [_TABLE]}),
    "thumbs on a Home": (
        "views.publish",
        {
            "user_id": "U1",
            "view": {"type": "home", "blocks": [{"type": "context_actions", "elements": [_THUMBS]}]},
        },
    ),
    "a word for a number in a query": ("conversations.history", {"channel": "C1", "limit": "many"}),
    "a reaction without a name": ("reactions.add", {"channel": "C1", "timestamp": "1.2"}),
}
GOOD_CALLS: Said = {
    "a post": _post(_SECTION, _row(_BUTTON), _rich({"type": "text", "text": "words"}), thread_ts="1.2"),
    "a post with thumbs": _post({"type": "context_actions", "elements": [_THUMBS]}, _TABLE),
    "a modal": _open(_MODAL),
    "a query": ("conversations.history", {"channel": "C1", "limit": "200", "include_all_metadata": "1"}),
    "a reaction": ("reactions.add", {"channel": "C1", "timestamp": "1.2", "name": "eyes"}),
}
BAD_ANSWERS: Said = {
    "a number for the timestamp of a post": ("chat.postMessage", {"ok": True, "ts": 1763800000.0001}),
    "an object for a list": ("conversations.replies", {"ok": True, "messages": {}}),
    "text for yes": ("auth.test", {"ok": "true"}),
    "a key that no person has": ("users.info", {"ok": True, "user": {"id": "U1", "handle": "ana"}}),
    "a message with half a button": (
        "chat.update",
        {"ok": True, "message": {"text": "", "blocks": [_row({"type": "button", "action_id": "press"})]}},
    ),
}
