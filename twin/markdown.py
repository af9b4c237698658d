"""Standard Markdown as Slack stores it: `markdown_text` and streams become rich text, headers, tables and dividers.

People see headings, lists, code and tables as in any message; the text beside the blocks is Slack's own mrkdwn.
Deliberately not done: HTML, footnotes, reference links and pictures (a picture becomes a link to it). An unfinished
piece, as a stream has while it runs, is shown as far as it makes sense.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from twin import richtext
from twin.richtext import Resolve
from twin.words import Json

HEADER = 150  # a header block takes no more; longer headings become bold text
_FENCE = re.compile(r" {0,3}(```+|~~~+)\s*(?P<language>[\w+#.-]*)\s*$")
_HEADING = re.compile(r" {0,3}#{1,6}\s+(?P<title>.*?)\s*#*\s*$")
_RULE = re.compile(r" {0,3}([-*_])(?:\s*\1){2,}\s*$")
_ITEM = re.compile(r"(?P<indent>\s*)(?:[-*+]|(?P<number>\d{1,9})[.)])\s+(?P<body>.*)$")
_ALIGN = re.compile(r"\s*\|?(\s*:?-+:?\s*\|)*\s*:?-+:?\s*\|?\s*$")
_INLINE = re.compile(
    r"\\(?P<escaped>[\\`*_{}\[\]()#+\-.!~>|<])"
    r"|(?P<ticks>`+)(?P<code>.{1,4000}?)(?P=ticks)(?!`)"
    r"|!?\[(?P<label>[^\[\]\n]*)\]\((?P<target>[^()\s]+(?:\([^()\s]*\)[^()\s]*)*)(?:\s+\"[^\"]*\")?\)"
    r"|<(?P<entity>[^<>\n]+)>"
    r"|(?P<url>https?://[^\s<>|`]+[^\s<>|`.,;:!?)\]'\"*_~])"
    r"|:(?P<emoji>[a-z0-9_+'-]+(?:::skin-tone-[2-6])?):"
    r"|\*\*\*(?=\S)(?P<both>.{1,1000}?)(?<=\S)\*\*\*"
    r"|\*\*(?=\S)(?P<bold>.{1,1000}?)(?<=\S)\*\*"
    r"|(?<!\w)__(?=\S)(?P<bold2>.{1,1000}?)(?<=\S)__(?!\w)"
    r"|~~(?=\S)(?P<strike>.{1,1000}?)(?<=\S)~~"
    r"|\*(?=[^\s*])(?P<italic>[^*\n]*?)(?<=\S)\*(?!\*)"
    r"|(?<!\w)_(?=[^\s_])(?P<italic2>[^_\n]*?)(?<=\S)_(?!\w)",
    re.DOTALL,
)
_STYLES = {
    "both": ("bold", "italic"),
    "bold": ("bold",),
    "bold2": ("bold",),
    "strike": ("strike",),
    "italic": ("italic",),
    "italic2": ("italic",),
}


@dataclass
class _Written:
    """The blocks so far, and the rich text that is still growing."""

    resolve: Resolve
    blocks: list[Json] = field(default_factory=list)
    rich: list[Json] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    gap: str = ""  # what separates the next paragraph from what stands before it

    def paragraph(self, lines: list[str]) -> None:
        inline = list(inlines("\n".join(lines), self.resolve))
        last = self.rich[-1] if self.rich else None
        if last is not None and last["type"] == "rich_text_section":
            last["elements"] += [{"type": "text", "text": self.gap or "\n"}, *inline]
        else:
            start = [{"type": "text", "text": "\n"}] if last is not None else []
            self.rich.append({"type": "rich_text_section", "elements": [*start, *inline]})
        self.gap = ""

    def element(self, element: Json) -> None:
        """Put a list, a quote or code behind what stands there already."""
        if self.rich and self.rich[-1]["type"] == "rich_text_section" and self.gap:
            self.rich[-1]["elements"].append({"type": "text", "text": self.gap})
        self.gap = ""
        self.rich.append(element)

    def block(self, block: Json, text: str) -> None:
        """Put a block of another kind, which ends the rich text before it."""
        self.finish()
        self.blocks.append(block)
        if text:
            self.texts.append(text)

    def finish(self) -> None:
        if self.rich:
            self.blocks.append({"type": "rich_text", "elements": self.rich})
            self.texts.append(_text_of(self.rich))
            self.rich = []
        self.gap = ""


def to_blocks(markdown: str, resolve: Resolve) -> tuple[str, list[Json]]:
    """Turn Markdown into Slack's message text and its blocks (without block ids)."""
    written = _Written(resolve)
    lines = markdown.replace("\r\n", "\n").split("\n")
    at = 0
    while at < len(lines):
        at = _take(written, lines, at)
    written.finish()
    return "\n".join(written.texts).strip("\n"), written.blocks


def nobody(name: str) -> Json | None:
    """Resolve no typed name: an app mentions people by id."""
    return None


def to_rich_text(markdown: str, resolve: Resolve) -> Json:
    """Turn a short piece of Markdown, such as a task's details, into one rich_text block (without an id)."""
    _, blocks = to_blocks(markdown, resolve)
    elements: list[Json] = []
    for block in blocks:
        if block["type"] == "rich_text":
            elements += block["elements"]
        elif block["type"] == "header":
            title = {"type": "text", "text": block["text"]["text"], "style": {"bold": True}}
            elements.append({"type": "rich_text_section", "elements": [title]})
    return {"type": "rich_text", "elements": elements}


def inlines(text: str, resolve: Resolve, style: Json | None = None) -> Iterator[Json]:
    """Yield the rich_text elements of a line or a paragraph of Markdown."""
    style = style or {}
    plain, at = "", 0
    for match in _INLINE.finditer(text):
        found = _inline(match, resolve, style)
        if found is None:
            continue
        plain += text[at : match.start()]
        at = match.end()
        if isinstance(found, str):
            plain += found
            continue
        if plain:
            yield _text(plain, style)
            plain = ""
        yield from found
    plain += text[at:]
    if plain:
        yield _text(plain, style)


def _inline(match: re.Match[str], resolve: Resolve, style: Json) -> list[Json] | str | None:
    """Return the elements a match stands for, the text it stands for, or None when it is just text."""
    if (escaped := match["escaped"]) is not None:
        return escaped
    if match["code"] is not None:
        return [_text(match["code"].strip() or match["code"], {**style, "code": True})]
    if match["target"] is not None:
        link: Json = {"type": "link", "url": match["target"]}
        label = "".join(one.get("text", "") for one in inlines(match["label"], resolve))
        return [{**link, **({"text": label} if label else {}), **({"style": style} if style else {})}]
    if match["entity"] is not None:
        element = richtext.entity(match["entity"], resolve)
        return [element] if element is not None else None
    if match["url"] is not None:
        return [{"type": "link", "url": match["url"], **({"style": style} if style else {})}]
    if match["emoji"] is not None:
        return [{"type": "emoji", "name": match["emoji"]}]
    kind = next(kind for kind in _STYLES if match[kind] is not None)
    return list(inlines(match[kind], resolve, {**style, **dict.fromkeys(_STYLES[kind], True)}))


def _text(text: str, style: Json) -> Json:
    return {"type": "text", "text": text, **({"style": dict(style)} if style else {})}


def _take(written: _Written, lines: list[str], at: int) -> int:
    """Read one block that starts at a line. Returns the line after it."""
    line = lines[at]
    if not line.strip():
        written.gap = "\n\n" if written.rich else ""
        return at + 1
    if fence := _FENCE.match(line):
        return _code(written, lines, at + 1, fence[1], fence["language"])
    if heading := _HEADING.match(line):
        _heading(written, heading["title"])
        return at + 1
    if _RULE.match(line):
        written.block({"type": "divider"}, "")
        return at + 1
    if "|" in line and at + 1 < len(lines) and "|" in lines[at + 1] and _ALIGN.match(lines[at + 1]):
        return _table(written, lines, at)
    if line.lstrip().startswith(">"):
        end = _while(lines, at, lambda one: one.lstrip().startswith(">"))
        said = "\n".join(re.sub(r"^\s*> ?", "", one) for one in lines[at:end])
        written.element({"type": "rich_text_quote", "elements": list(inlines(said, written.resolve))})
        return end
    if _ITEM.match(line):
        return _list(written, lines, at)
    end = at + 1
    while end < len(lines) and lines[end].strip() and not _starts_block(lines, end):
        end += 1
    written.paragraph([one.rstrip() for one in lines[at:end]])
    return end


def _starts_block(lines: list[str], at: int) -> bool:
    line = lines[at]
    marks = (_FENCE, _HEADING, _RULE, _ITEM)
    is_table = (
        "|" in line and at + 1 < len(lines) and "|" in lines[at + 1] and bool(_ALIGN.match(lines[at + 1]))
    )
    return is_table or line.lstrip().startswith(">") or any(one.match(line) for one in marks)


def _code(written: _Written, lines: list[str], at: int, fence: str, language: str) -> int:
    end = _while(lines, at, lambda one: not one.strip().startswith(fence))
    body = [{"type": "text", "text": "\n".join(lines[at:end])}] if end > at else []
    element: Json = {"type": "rich_text_preformatted", "elements": body}
    written.element({**element, **({"language": language} if language else {})})
    return end + 1


def _heading(written: _Written, title: str) -> None:
    inline = list(inlines(title, written.resolve))
    plain = "".join(one.get("text") or one.get("url") or f":{one.get('name', '')}:" for one in inline)
    if not plain:
        return
    if len(plain) > HEADER:
        written.paragraph([f"**{title}**"])
        return
    text = {"type": "plain_text", "text": plain, "emoji": True}
    written.block({"type": "header", "text": text}, f"*{richtext.escape(plain)}*")


def _list(written: _Written, lines: list[str], at: int) -> int:
    lists: list[Json] = []
    depths: list[int] = []
    while at < len(lines) and (item := _ITEM.match(lines[at])) and not _RULE.match(lines[at]):
        spaces = len(item["indent"].expandtabs(4))
        while depths and spaces < depths[-1]:
            depths.pop()
        if not depths or spaces > depths[-1]:
            depths.append(spaces)
        style = "ordered" if item["number"] else "bullet"
        section = {"type": "rich_text_section", "elements": list(inlines(item["body"], written.resolve))}
        indent = min(len(depths) - 1, 8)
        if lists and (lists[-1]["style"], lists[-1]["indent"]) == (style, indent):
            lists[-1]["elements"].append(section)
        else:
            one: Json = {"type": "rich_text_list", "elements": [section], "style": style, "indent": indent}
            if style == "ordered" and int(item["number"]) > 1:
                one["offset"] = min(int(item["number"]) - 1, 10**6)
            lists.append(one)
        at += 1
        # A blank line between two items does not end the list.
        if at + 1 < len(lines) and not lines[at].strip() and _ITEM.match(lines[at + 1]):
            at += 1
    for one in lists:
        written.element(one)
    return at


def _table(written: _Written, lines: list[str], at: int) -> int:
    end = _while(lines, at, lambda one: "|" in one and bool(one.strip()))
    head, marks = _cells(lines[at]), _cells(lines[at + 1])
    rows = [head, *(_cells(one) for one in lines[at + 2 : end])]
    width = min(len(head), 20)
    block: Json = {
        "type": "table",
        "rows": [
            [_cell(cell, written.resolve) for cell in (row + [""] * width)[:width]] for row in rows[:100]
        ],
        "column_settings": [{"align": _aligned(mark)} for mark in marks[:width]],
    }
    said = [
        [richtext.text_of_section({"elements": inlines(cell, written.resolve)}) for cell in row]
        for row in rows
    ]
    written.block(block, "\n".join(" | ".join(row) for row in said))
    return end


def _cells(line: str) -> list[str]:
    bare = line.strip().removeprefix("|")
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", bare.removesuffix("|"))]


def _cell(text: str, resolve: Resolve) -> Json:
    inline = list(inlines(text, resolve))
    if all(one["type"] == "text" and "style" not in one for one in inline):
        return {"type": "raw_text", "text": text}
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": inline}]}


def _aligned(mark: str) -> str:
    if mark.endswith(":"):
        return "center" if mark.startswith(":") else "right"
    return "left"


def _while(lines: list[str], at: int, holds: Callable[[str], bool]) -> int:
    while at < len(lines) and holds(lines[at]):
        at += 1
    return at


def _text_of(elements: list[Json]) -> str:
    """Say rich text as mrkdwn: parts follow each other on new lines, which some of them bring along."""
    said = ""
    for element in elements:
        is_section = element["type"] == "rich_text_section"
        part = richtext.text_of_section(element) if is_section else richtext.to_text([element])
        said += part if not said or said.endswith("\n") or part.startswith("\n") else f"\n{part}"
    return said
