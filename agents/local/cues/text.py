"""What a Slack message says, without Slack's own markup: the text every other cue reads.

Mentions, link addresses, emoji codes, formatting marks and the notes of what was hidden are taken out, readable
labels stay. Nothing is corrected, translated or shortened.
"""

from __future__ import annotations

import html
import re

from agents.privacy import NOTE

_LINK_WITH_LABEL = re.compile(r"<(?:https?://|mailto:)[^|>\s]*\|([^>]*)>")
_LINK = re.compile(r"<?(?:https?://|www\.|mailto:)[^\s>|]+>?")
_MENTION = re.compile(r"<[@#!][^>]*>|(?<![\w.])@[\w-]+")
_EMOJI_CODE = re.compile(r":[a-z0-9_+'-]{2,40}:(?::skin-tone-\d:)?")
_MARKS = re.compile(r"(?<!\w)[*_~]{1,2}(?=\S)|(?<=\S)[*_~]{1,2}(?!\w)|`+|^(?:&gt;|>)\s?", re.MULTILINE)
_EMOJI = re.compile(r"[\U0001F000-\U0001FAFF\u2600-\u27BF\u2B00-\u2BFF\uFE0F\u200D\u20E3]")
# Characters that show nothing but can split a word, so that a rule would not see it.
_INVISIBLE = re.compile(
    r"[\u00AD\u200B\u200C\u200E\u200F\u202A-\u202E\u2060-\u2064\u2066-\u2069\uFEFF\U000E0000-\U000E007F]"
)


def plain(text: str) -> str:
    """Return the readable text of a message: no mentions, addresses, emoji codes or formatting; lines are kept."""
    text = _LINK_WITH_LABEL.sub(r" \1 ", text)
    text = NOTE.sub(" ", text)
    text = _LINK.sub(" ", text)
    text = _MENTION.sub(" ", text)
    text = html.unescape(text)
    text = _INVISIBLE.sub("", text)
    text = _EMOJI_CODE.sub(" ", text)
    text = _MARKS.sub("", text)
    lines = (re.sub(r"[ \t\u00A0]+", " ", line).strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def without_emoji(text: str) -> str:
    """Return the text without pictographs."""
    return _EMOJI.sub("", text)


def sentences(text: str) -> list[str]:
    """Split plain text into sentences; a line break always ends one."""
    found: list[str] = []
    for line in text.splitlines():
        # A full stop inside a number, an abbreviation or an address is followed by no space or by a small
        # letter.
        parts = re.split(r"(?<=[.!?…])[\"')\]]*\s+(?=[\"'(\[]?[^\Wa-z_])|(?<=[!?])\s+", line)
        found.extend(part.strip() for part in parts if part.strip())
    return found
