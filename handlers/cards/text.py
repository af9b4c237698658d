"""Words on a card: what people wrote is shown literally, what we write may be formatted.

Text from people, sources and models goes into `rich_text` elements, where Slack never reads it as a mention or a
link; where only mrkdwn is possible it is escaped first.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

Block = dict[str, Any]

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
# At the start of a word these begin bold, italics, strike-through or code in mrkdwn; a zero-width space behind them
# prevents it without changing what is read. Inside a word they mean nothing, so ids stay fit for copying.
_FORMAT = re.compile(r"(?<!\w)([*_~`])(?=\S)")


def escape(text: str) -> str:
    """Return text that mrkdwn shows as it stands: no mention, no link, no formatting."""
    plain = _CONTROL.sub("", text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _FORMAT.sub("\\1\u200b", plain)


def when(moment: datetime, form: str = "{date_short_pretty} at {time}") -> str:
    """Return mrkdwn for a time that everyone reads in their own zone; `form` may hold words of its own."""
    utc = moment.astimezone(UTC)
    plain = form.replace("{date_short_pretty}", f"{utc.day} {utc:%b %Y}").replace(
        "{time}", f"{utc:%H:%M} UTC"
    )
    return f"<!date^{int(moment.timestamp())}^{form}|{plain}>"


def link(url: str, label: str) -> str:
    """Return mrkdwn for a link; only the label may come from outside."""
    return f"<{url}|{escape(label).replace('|', '/')}>"


def mrkdwn(text: str) -> Block:
    """Return text with our own formatting, cut to what Slack allows; an address in it does not become a link."""
    return {"type": "mrkdwn", "text": text[:3000], "verbatim": True}


def section(text: str, **more: Any) -> Block:
    """Return a section of mrkdwn."""
    return {"type": "section", "text": mrkdwn(text), **more}


def context(*texts: str) -> Block:
    """Return a line of small print."""
    return {"type": "context", "elements": [mrkdwn(text) for text in texts[:10]]}


def header(text: str) -> Block:
    """Return a heading."""
    return {"type": "header", "text": {"type": "plain_text", "text": text[:150], "emoji": False}}


def literal(text: str, style: str = "rich_text_section") -> Block:
    """Return text exactly as it was written; `style` may be "rich_text_quote" or "rich_text_preformatted"."""
    shown = _CONTROL.sub("", text) or " "
    return {
        "type": "rich_text",
        "elements": [{"type": style, "elements": [{"type": "text", "text": shown}]}],
    }


def button(
    text: str,
    action_id: str,
    value: str,
    style: str = "",
    confirm: dict[str, Any] | None = None,
    url: str = "",
) -> Block:
    """Return a button. `value` is an id only: what it stands for is read from the database when it is pressed."""
    made: Block = {
        "type": "button",
        "action_id": action_id,
        "text": {"type": "plain_text", "text": text[:75], "emoji": True},
    }
    if value:
        made["value"] = value
    if style:
        made["style"] = style
    if confirm:
        made["confirm"] = confirm
    if url:
        made["url"] = url
    return made


def actions(*elements: Block, block_id: str = "") -> Block:
    """Return a row of buttons."""
    row: Block = {"type": "actions", "elements": list(elements)}
    return row | ({"block_id": block_id} if block_id else {})


def option(text: str, value: str) -> Block:
    """Return one choice of a menu."""
    return {"text": {"type": "plain_text", "text": text[:75], "emoji": False}, "value": value}


DIVIDER: Block = {"type": "divider"}
