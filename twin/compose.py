"""What a message is made of: text and blocks from what a person typed or an app sent, as Slack stores them.

People see mentions, links and formatting; an app sees the ids and defaults Slack fills in. Deliberately pure
composing: nothing is posted here.
"""

from __future__ import annotations

import re
from typing import Any

from twin import markdown, richtext, users
from twin.words import Json
from twin.workspace import Workspace

MAX_TEXT = 40_000


def resolver(ws: Workspace) -> richtext.Resolve:
    """Make the function that turns a typed @name or #name into a mention."""

    def resolve(name: str) -> Json | None:
        bare = name[1:]
        if name.startswith("#"):
            found = ws.find_channel(bare)
            return {"type": "channel", "channel_id": found.id} if found and not found.is_im else None
        if bare in ("here", "channel", "everyone"):
            return {"type": "broadcast", "range": bare}
        if user := ws.find_user(bare):
            return {"type": "user", "user_id": user}
        for group in ws.usergroups.values():
            if group["handle"] == bare:
                return {"type": "usergroup", "usergroup_id": group["id"]}
        return None

    return resolve


def typed(ws: Workspace, text: str, salt: str) -> Json:
    """Turn what a person typed into `text` and `blocks`."""
    plain, elements = richtext.from_typing(text, resolver(ws))
    return {"text": plain, "blocks": [_rich_text(ws, elements, salt)]} if text else {"text": ""}


def from_bot(
    ws: Workspace,
    text: str,
    blocks: list[Json] | None,
    salt: str,
    *,
    formats: bool = True,
    links_names: bool = False,
) -> Json:
    """Turn what an app posted into `text` and `blocks`.

    Text without blocks gets the rich_text Slack makes of it. Without `formats` its marks stay marks; with
    `links_names` its @groups and #channels become mentions.
    """
    if len(text) > MAX_TEXT:
        text = text[:MAX_TEXT]  # Slack documents that it truncates here instead of refusing
    if links_names:
        text = _with_names(ws, text)
    plain, elements = richtext.from_bot(text, resolver(ws), formats=formats)
    if blocks is None:
        return {"text": plain, "blocks": [_rich_text(ws, elements, salt)]} if text else {"text": ""}
    return {"text": plain, "blocks": with_block_ids(ws, blocks, salt)}


def from_markdown(ws: Workspace, written: str, salt: str) -> Json:
    """Turn standard Markdown into `text` and `blocks`."""
    text, blocks = markdown.to_blocks(written, markdown.nobody)
    return {"text": text, "blocks": with_block_ids(ws, blocks, salt)}


def bot_message(ws: Workspace, body: Json) -> Json:
    """Build a message of the app's bot around its content (which must have a `ts`)."""
    app = ws.seed.app
    return {
        "user": app.user_id,
        "type": "message",
        "bot_id": app.bot_id,
        "app_id": app.id,
        "team": ws.seed.id,
        "bot_profile": users.bot_profile(ws.seed, ws.started),
        **body,
    }


def with_block_ids(ws: Workspace, blocks: list[Json], salt: str) -> list[Json]:
    """Give every block an id, and every interactive element an action_id, as Slack does where the app gave

    None.
    """
    out = []
    for at, block in enumerate(blocks):
        block_salt = f"{salt}/{at}"
        new = _with_defaults(block)
        new = {"type": new["type"], "block_id": new.get("block_id") or ws.block_id(block_salt), **new}
        if new["type"] == "input":
            new = {"optional": False, "dispatch_action": False, **new}
        if "elements" in block and block["type"] in ("actions", "context_actions"):
            new["elements"] = [
                _with_action_id(ws, one, f"{block_salt}/{i}") for i, one in enumerate(new["elements"])
            ]
        for key in ("accessory", "element"):
            if isinstance(new.get(key), dict):
                new[key] = _with_action_id(ws, new[key], f"{block_salt}/{key}")
        out.append(new)
    return out


def _with_names(ws: Workspace, text: str) -> str:
    """Write @groups and #channels of an app's text as mentions; people must be mentioned by id."""
    resolve = resolver(ws)

    def named(match: re.Match[str]) -> str:
        found = resolve(match[0])
        if found is None or found["type"] not in ("usergroup", "channel"):
            return match[0]
        return richtext.to_text([{"type": "rich_text_section", "elements": [found]}])

    return re.sub(r"(?<![\w/<])[@#]\w(?:[\w.-]*\w)?", named, text)


def _rich_text(ws: Workspace, elements: list[Json], salt: str) -> Json:
    return {"type": "rich_text", "block_id": ws.block_id(salt), "elements": elements}


def _with_defaults(value: Any) -> Any:
    """Fill in what Slack stores where the app said nothing: `emoji` and `verbatim` of text objects."""
    if isinstance(value, list):
        return [_with_defaults(one) for one in value]
    if not isinstance(value, dict):
        return value
    full = {key: _with_defaults(one) for key, one in value.items() if one is not None}
    if full.get("type") == "plain_text" and "text" in full:
        full.setdefault("emoji", True)
    elif full.get("type") == "mrkdwn" and "text" in full:
        full.setdefault("verbatim", False)
    return full


def _with_action_id(ws: Workspace, element: Any, salt: str) -> Any:
    if not isinstance(element, dict) or element.get("type") in ("image", None) or "action_id" in element:
        return element
    return {**element, "action_id": ws.block_id(salt + "/action")}
