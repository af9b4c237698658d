"""What an app wants to say: text, Markdown, blocks, attachments and metadata, read from a call and checked.

An app's developer sees Slack's refusals, one code for each thing that can be wrong. Deliberately the same for every
method that posts; what a method adds (4,000 characters in an update, say) stands with the method.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from twin import compose
from twin.blocks import surface
from twin.webapi import entities
from twin.webapi.calling import Args
from twin.words import Json, SlackError
from twin.workspace import Workspace

MAX_MARKDOWN = 12_000
MAX_ATTACHMENTS = 100
MAX_METADATA = 16_000


@dataclass(frozen=True)
class Content:
    """What was said. Blocks, attachments and metadata are None when they were not given."""

    text: str = ""
    markdown: str = ""
    blocks: list[Json] | None = None
    attachments: list[Json] | None = None
    metadata: Json | None = None
    formats: bool = True  # whether *stars* and the like mean anything
    links_names: bool = False  # whether @groups and #channels become mentions

    @property
    def has_words(self) -> bool:
        return bool(self.text or self.markdown or self.blocks)


def read(args: Args) -> Content:
    """Read and check what an app wants to say. Raises SlackError with the code Slack gives."""
    text, written = args.text("text"), args.text("markdown_text")
    if written and (text or args.raw.get("blocks")):
        raise SlackError("markdown_text_conflict")
    if len(written) > MAX_MARKDOWN:
        raise SlackError("msg_too_long")
    found = blocks(args)
    attached = _attachments(args)
    if not text and not written and not found and not attached:
        raise SlackError("no_text")
    parses_all = args.text("parse") == "full"
    return Content(
        text,
        written,
        found,
        attached,
        metadata(args),
        formats=args.flag("mrkdwn", default=True) and not parses_all,
        links_names=args.flag("link_names") or parses_all,
    )


def written(ws: Workspace, content: Content, salt: str, *, text: str = "") -> Json:
    """Compose `text` and `blocks` as Slack stores them; `text` stands in where the app gave none."""
    if content.markdown:
        return compose.from_markdown(ws, content.markdown, salt)
    return compose.from_bot(
        ws,
        content.text or text,
        content.blocks or None,
        salt,
        formats=content.formats,
        links_names=content.links_names,
    )


def beside(ws: Workspace, content: Content, salt: str) -> Json:
    """Return the attachments and metadata to store beside text and blocks."""
    cards = entities.cards(content.metadata) if content.metadata is not None else []
    attached = number([attachment(ws, one, salt) for one in [*(content.attachments or []), *cards]])
    return {
        **({"attachments": attached} if attached else {}),
        **({"metadata": content.metadata} if content.metadata else {}),
    }


def blocks(args: Args, name: str = "blocks") -> list[Json] | None:
    """Read and check an argument that holds the blocks of a message; None when it was not given."""
    value: list[Json] | None = args.structure(name, "invalid_blocks_format")
    if value is not None:
        check_blocks(value)
    return value


def check_blocks(value: Any) -> None:
    """Refuse what is no list of blocks that a message may have."""
    if not isinstance(value, list):
        raise SlackError("invalid_blocks_format")
    if found := surface.problems_of_message(value):
        said = {"messages": [f"[ERROR] {one}" for one in found]}
        raise SlackError("invalid_blocks", errors=found, response_metadata=said)
    if surface.is_too_long(value):
        raise SlackError("msg_blocks_too_long")


def check_attachment(one: Any, at: int) -> None:
    """Refuse an attachment that is no object or whose blocks a message may not have."""
    if not isinstance(one, dict):
        raise SlackError("invalid_attachments")
    if found := surface.problems_of_message(one.get("blocks") or []):
        said = [say.replace("/blocks", f"/attachments/{at}/blocks", 1) for say in found]
        raise SlackError(
            "invalid_attachments", response_metadata={"messages": [f"[ERROR] {say}" for say in said]}
        )


def attachment(ws: Workspace, one: Json, salt: str) -> Json:
    """Complete the blocks of an attachment as Slack does."""
    inside = one.get("blocks")
    return {**one, "blocks": compose.with_block_ids(ws, inside, f"{salt}/attached")} if inside else one


def number(attachments: list[Json]) -> list[Json]:
    """Give attachments their ids, from 1, and the fallback Slack fills in."""
    return [
        {"fallback": "[no preview available]", **one, "id": at} for at, one in enumerate(attachments, start=1)
    ]


def metadata(args: Args) -> Json | None:
    """Read and check the metadata of a message; None when it was not given, empty to take it away."""
    value: Any = args.structure("metadata", "invalid_metadata_format")
    if value is None:
        return None
    if not isinstance(value, dict):
        raise SlackError("invalid_metadata_format")
    if value == {}:
        return {}
    if len(json.dumps(value)) > MAX_METADATA:
        raise SlackError("metadata_too_large")
    kept: Json = {}
    if "entities" in value:
        kept["entities"] = entities.check(value["entities"])
    if not kept or "event_type" in value:
        event_type, payload = value.get("event_type"), value.get("event_payload")
        if not isinstance(event_type, str) or not event_type or not isinstance(payload, dict):
            raise SlackError("invalid_metadata_schema")
        kept |= {"event_type": event_type, "event_payload": payload}
    return kept


def _attachments(args: Args) -> list[Json] | None:
    value = args.structure("attachments", "invalid_attachments")
    if value is None:
        return None
    if not isinstance(value, list):
        raise SlackError("invalid_attachments")
    if len(value) > MAX_ATTACHMENTS:
        raise SlackError("too_many_attachments")
    for at, one in enumerate(value):
        check_attachment(one, at)
    return number(value)
