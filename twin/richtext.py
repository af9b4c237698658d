"""What Slack makes of typed text: escapes, mentions, links, and the rich_text block beside the plain text.

A person types `@ben see https://example.com, *now*` and others see a mention, a link and bold. Deliberately
small: nested lists and emphasis across lines are left as they were typed.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from twin.words import Json

# How names in typed text become ids: given `@ben`, `#help` or `@here`, returns the element or None.
Resolve = Callable[[str], Json | None]

_URL = r"https?://[^\s<>|`]+[^\s<>|`.,;:!?)\]'\"*_~]"
_PLAIN = (
    rf"(?P<url>{_URL})"
    r"|(?P<mail>\b[\w.+-]+@[\w-]+\.[\w.-]*\w)"
    r"|(?P<name>(?<![\w/])[@#][\w](?:[\w.-]*[\w])?)"
    r"|(?P<emoji>:(?P<emojiname>[a-z0-9_+'-]+(?:::skin-tone-[2-6])?):)"
)
_LITERAL = re.compile(_PLAIN)
_TOKEN = re.compile(
    r"(?P<pre>```(?P<prebody>.+?)```)"
    r"|(?P<code>`[^`\n]+`)"
    rf"|{_PLAIN}"
    r"|(?P<bold>(?<![\w*])\*(?=\S)(?P<boldbody>[^*\n]*[^\s*])\*(?![\w*]))"
    r"|(?P<italic>(?<!\w)_(?=\S)(?P<italicbody>[^_\n]*[^\s_])_(?!\w))"
    r"|(?P<strike>(?<![\w~])~(?=\S)(?P<strikebody>[^~\n]*[^\s~])~(?![\w~]))",
    re.DOTALL,
)
_ENTITY = re.compile(r"<(?P<body>[^<>\n]+)>")
_STYLES = {"bold": "bold", "italic": "italic", "strike": "strike"}


def escape(text: str) -> str:
    """Escape the three characters Slack gives a meaning to."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescape(text: str) -> str:
    """Undo `escape`."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def from_typing(typed: str, resolve: Resolve) -> tuple[str, list[Json]]:
    """Turn what a person typed into Slack's message text and the elements of its rich_text block."""
    elements = _lines(typed, lambda line: _inline(line, resolve, {}))
    return to_text(elements), elements


def from_bot(text: str, resolve: Resolve, *, formats: bool = True) -> tuple[str, list[Json]]:
    """Turn the text an app posted (with `<@U1>` and the like) into stored text and rich_text elements.

    Names such as `@ben` stay plain text in an app's message; stray `<`, `>` and `&` are escaped as Slack
    does. Without `formats`, stars, lists and the like stay what was written; links and mentions work all the same.
    """

    def links_only(name: str) -> Json | None:
        return None

    def inline(line: str) -> list[Json]:
        found: list[Json] = []
        at = 0
        for match in _ENTITY.finditer(line):
            element = entity(match["body"], resolve)
            if element is None:
                continue
            found += _inline(unescape(line[at : match.start()]), links_only, {}, formats=formats)
            found.append(element)
            at = match.end()
        return [*found, *_inline(unescape(line[at:]), links_only, {}, formats=formats)]

    stored: list[str] = []
    at = 0
    for match in _ENTITY.finditer(text):
        if entity(match["body"], resolve) is None:
            continue
        stored.append(_escape_once(text[at : match.start()]))
        stored.append(match[0])
        at = match.end()
    stored.append(_escape_once(text[at:]))
    if not formats:
        return "".join(stored), [{"type": "rich_text_section", "elements": inline(text)}]
    return "".join(stored), _lines(text, inline)


def to_text(elements: list[Json]) -> str:
    """Say rich_text elements as message text, the way Slack fills `text` for a typed message."""
    return "\n".join(_block_text(element) for element in elements).strip("\n")


def mentions(elements: list[Json]) -> set[str]:
    """Collect the users mentioned anywhere in rich_text elements."""
    found = {element["user_id"] for element in elements if element.get("type") == "user"}
    for element in elements:
        found |= mentions(element.get("elements", []))
    return found


def entity(body: str, resolve: Resolve) -> Json | None:
    """Read what stands between `<` and `>` in an app's text. None when it is no entity and must be escaped."""
    head, _, label = body.partition("|")
    if re.fullmatch(r"@[UW][A-Z0-9]+", head):
        return {"type": "user", "user_id": head[1:]}
    if re.fullmatch(r"#[CGD][A-Z0-9]+", head):
        return {"type": "channel", "channel_id": head[1:]}
    if re.fullmatch(r"!subteam\^S[A-Z0-9]+", head):
        return {"type": "usergroup", "usergroup_id": head.partition("^")[2]}
    if head in ("!here", "!channel", "!everyone"):
        return {"type": "broadcast", "range": head[1:]}
    if date := re.fullmatch(r"!date\^(\d+)\^(.+)", head):
        return {"type": "date", "timestamp": int(date[1]), "format": date[2], "fallback": label}
    if re.match(r"(https?|mailto|tel|slack):", head):
        url = unescape(head)
        return {"type": "link", "url": url, **({"text": unescape(label)} if label else {})}
    return None


def text_of_section(section: Json) -> str:
    """Say the elements of a section as message text, with every line break they have."""
    return "".join(_element_text(one) for one in section["elements"])


def _escape_once(text: str) -> str:
    return re.sub(r"&(?!amp;|lt;|gt;)", "&amp;", text).replace("<", "&lt;").replace(">", "&gt;")


def _lines(text: str, inline: Callable[[str], list[Json]]) -> list[Json]:
    """Split text into preformatted parts, quotes, lists and ordinary sections."""
    out: list[Json] = []
    for at, part in enumerate(re.split(r"```(.+?)```", text, flags=re.DOTALL)):
        if at % 2:
            body = [{"type": "text", "text": part.strip("\n")}]
            out.append({"type": "rich_text_preformatted", "elements": body, "border": 0})
        elif part.strip("\n"):
            out += _paragraphs(part.strip("\n") if len(text) != len(part) else part, inline)
    return out or [{"type": "rich_text_section", "elements": []}]


def _paragraphs(text: str, inline: Callable[[str], list[Json]]) -> list[Json]:
    out: list[Json] = []
    plain: list[str] = []

    def flush() -> None:
        if plain:
            out.append({"type": "rich_text_section", "elements": inline("\n".join(plain))})
            plain.clear()

    for line in text.split("\n"):
        bullet = re.match(r"(?:[•*-]|(?P<number>\d+)\.) (?P<body>\S.*)", line)
        if bullet:
            flush()
            style = "ordered" if bullet["number"] else "bullet"
            item = {"type": "rich_text_section", "elements": inline(bullet["body"])}
            if out and out[-1]["type"] == "rich_text_list" and out[-1]["style"] == style:
                out[-1]["elements"].append(item)
            else:
                out.append(
                    {"type": "rich_text_list", "elements": [item], "style": style, "indent": 0, "border": 0}
                )
        elif line.startswith((">", "&gt;")):
            flush()
            out.append({"type": "rich_text_quote", "elements": inline(re.sub(r"^(>|&gt;) ?", "", line))})
        else:
            plain.append(line)
    flush()
    return out


def _inline(text: str, resolve: Resolve, style: Json, *, formats: bool = True) -> list[Json]:
    out: list[Json] = []

    def put(piece: str) -> None:
        if not piece:
            return
        if out and out[-1]["type"] == "text" and out[-1].get("style", {}) == style:
            out[-1]["text"] += piece
        else:
            out.append({"type": "text", "text": piece, **({"style": dict(style)} if style else {})})

    at = 0
    for match in (_TOKEN if formats else _LITERAL).finditer(text):
        put(text[at : match.start()])
        at = match.end()
        whole, groups = match[0], match.groupdict()
        kind = next(k for k in _KINDS if groups.get(k) is not None)
        if kind in _STYLES:
            out += _inline(match[f"{kind}body"], resolve, {**style, _STYLES[kind]: True})
        elif kind == "code":
            out.append({"type": "text", "text": whole[1:-1], "style": {**style, "code": True}})
        elif kind == "url":
            out.append({"type": "link", "url": whole, **({"style": dict(style)} if style else {})})
        elif kind == "mail":
            out.append({"type": "link", "url": f"mailto:{whole}", "text": whole})
        elif kind == "emoji":
            out.append({"type": "emoji", "name": match["emojiname"]})
        elif kind == "name" and (element := resolve(whole)) is not None:
            out.append(element)
        else:
            put(whole)
    put(text[at:])
    return out


_KINDS = ("pre", "code", "url", "mail", "name", "emoji", "bold", "italic", "strike")


def _block_text(element: Json) -> str:
    kind, inside = element["type"], element["elements"]
    if kind == "rich_text_preformatted":
        return "```" + "".join(_element_text(one) for one in inside) + "```"
    if kind == "rich_text_quote":
        return "&gt; " + "".join(_element_text(one) for one in inside)
    if kind == "rich_text_list":
        marks = (f"{at}. " if element["style"] == "ordered" else "• " for at in range(1, len(inside) + 1))
        return "\n".join(mark + _block_text(one) for mark, one in zip(marks, inside, strict=True))
    return "".join(_element_text(one) for one in inside)


def _element_text(element: Json) -> str:
    kind = element["type"]
    if kind == "user":
        return f"<@{element['user_id']}>"
    if kind == "channel":
        return f"<#{element['channel_id']}>"
    if kind == "usergroup":
        return f"<!subteam^{element['usergroup_id']}>"
    if kind == "broadcast":
        return f"<!{element['range']}>"
    if kind == "emoji":
        return f":{element['name']}:"
    if kind == "link":
        label = element.get("text")
        return f"<{escape(element['url'])}|{escape(label)}>" if label else f"<{escape(element['url'])}>"
    if kind == "date":
        return f"<!date^{element['timestamp']}^{element['format']}|{element.get('fallback', '')}>"
    text = escape(element["text"])
    for style, mark in (("code", "`"), ("strike", "~"), ("italic", "_"), ("bold", "*")):
        if element.get("style", {}).get(style):
            text = f"{mark}{text}{mark}"
    return text
