"""The structure of rich_text blocks: sections, lists, quotes, preformatted text, and what stands in them.

People see it as formatted text. Deliberately not checked: whether mentioned users and channels exist, because
Slack accepts and simply shows what it cannot find.
"""

from __future__ import annotations

from twin.blocks.checks import Check, anything, boolean, by_type, each, integer, one_of, string, thing
from twin.blocks.texts import BLOCK_ID, URL

_LONG = 40_000
_PLENTY = 2_000

_FLAGS: dict[str, Check] = dict.fromkeys(
    ("bold", "italic", "strike", "code", "underline", "highlight", "client_highlight", "unlink"), boolean
)
_STYLE = thing({}, _FLAGS)


def _inline(kind: str, required: dict[str, Check], optional: dict[str, Check] | None = None) -> Check:
    return thing({"type": one_of(kind), **required}, {"style": _STYLE, **(optional or {})})


_INLINE: dict[str, Check] = {
    "text": _inline("text", {"text": string(_LONG)}),
    "link": _inline("link", {"url": URL}, {"text": string(_LONG, 0), "unsafe": boolean}),
    "emoji": _inline("emoji", {"name": string(255)}, {"unicode": string(255), "skin_tone": integer(1, 6)}),
    "user": _inline("user", {"user_id": string(255)}),
    "usergroup": _inline("usergroup", {"usergroup_id": string(255)}),
    "channel": _inline("channel", {"channel_id": string(255)}),
    "team": _inline("team", {"team_id": string(255)}),
    "broadcast": _inline("broadcast", {"range": one_of("here", "channel", "everyone")}),
    "color": _inline("color", {"value": string(255)}),
    "date": _inline(
        "date",
        {"timestamp": integer(0, 10**11), "format": string(255)},
        {"url": URL, "fallback": string(_LONG, 0)},
    ),
    "citation": _inline("citation", {"text": string(_LONG)}, {"url": URL, "source": anything}),
}
_SECTION = thing(
    {"type": one_of("rich_text_section"), "elements": each(by_type(_INLINE), _PLENTY, 0)},
)
_PREFORMATTED_INLINE = {
    kind: _INLINE[kind] for kind in ("text", "link", "emoji", "user", "channel", "usergroup")
}

RICH_TEXT = thing(
    {
        "type": one_of("rich_text"),
        "elements": each(
            by_type(
                {
                    "rich_text_section": _SECTION,
                    "rich_text_preformatted": thing(
                        {
                            "type": one_of("rich_text_preformatted"),
                            "elements": each(by_type(_PREFORMATTED_INLINE), _PLENTY, 0),
                        },
                        {"border": integer(0, 1), "language": string(100)},
                    ),
                    "rich_text_quote": thing(
                        {"type": one_of("rich_text_quote"), "elements": each(by_type(_INLINE), _PLENTY, 0)},
                        {"border": integer(0, 1)},
                    ),
                    "rich_text_list": thing(
                        {
                            "type": one_of("rich_text_list"),
                            "style": one_of("bullet", "ordered"),
                            "elements": each(_SECTION, _PLENTY, 0),
                        },
                        {"indent": integer(0, 8), "offset": integer(0, 10**6), "border": integer(0, 1)},
                    ),
                }
            ),
            _PLENTY,
            0,
        ),
    },
    {"block_id": BLOCK_ID},
)
