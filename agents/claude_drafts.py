"""How a draft from Claude is read: every sentence needs a source, and nothing in it may lead anywhere.

A person in Slack sees the text with its sources below, or a badge that says a sentence has none. Links come
from the citations only; a draft that holds a link, an address, a mention or a channel of its own is not
shown at all. What is deliberately not done: no judgement by another model, and no repair. A draft that
breaks a rule is dropped or marked.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from agents.claude_facts import Block, plain
from agents.privacy import masked
from agents.words import Citation, Passage

NO_ANSWER = "NO ANSWER"

# Endings that make a file name and not an address that Slack or a browser would open.
_FILE_ENDING = re.compile(
    r"bmp|cfg|conf|csv|dmg|docx?|env|exe|gif|html?|ics|ini|jpe?g|js|json|log|msi|odt|pdf|png|pptx?|rtf|sql"
    r"|toml|tsv|txt|xlsx?|xml|ya?ml",
    re.I,
)
_NOWHERE: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("[link]", re.compile(r"\b[a-z][a-z0-9+.-]{1,20}://\S*", re.I)),
    ("[link]", re.compile(r"\b(?:mailto|javascript|vbscript|data|file|tel|slack):\S+", re.I)),
    ("[address]", re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")),
    ("[link]", re.compile(r"\bwww\.\S*", re.I)),
    ("[link]", re.compile(r"\]\([^)\n]*\)?")),
    ("[name]", re.compile(r"<[!@#][^>\n]*>?|@\w[\w.-]*")),
    ("[channel]", re.compile(r"(?<![\w&])#[^\W\d_][\w-]*")),
)
_HOST = re.compile(
    r"(?<![\w-])(?:[\w-]{1,63}\.){1,8}(?P<ending>xn--[\w-]+|[^\W\d_]{2,24})(?![\w-])(?P<tail>[:/?#]\S*)?",
    re.I,
)
_WIDE_DOT = re.compile(r"(?<=[A-Za-z0-9])\u3002(?=[A-Za-z0-9])")

_SENTENCE = re.compile(r"[^\n]+?(?:[.!?…\u3002\uff01\uff1f]+(?=\s|$)|(?=\n|$))")
_LIST_MARK = re.compile(r"(?m)^[ \t]*(?:\d{1,2}[.)]|[-*•])(?=\s)")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_WORD = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|\w+")
_NEGATION = re.compile(
    r"\b(?:no|not|never|none|cannot|without|\w+n['\u2019]t|nicht|kein\w*|nie|ne|pas|jamais|non|não|nunca)\b",
    re.I,
)
_NOT_COVERED = re.compile(r"\n?^[ \t]*NOT COVERED:[ \t]*(?P<what>.*)\Z", re.M | re.S)


class Unfit(ValueError):
    """A draft that may not be shown; the message says why, in words for a card."""


@dataclass(frozen=True)
class Cited:
    """Where a span says it comes from: the search result's position, its source, and a half-open range of
    its blocks.
    """

    position: int
    source: str
    start: int
    end: int


@dataclass(frozen=True)
class Span:
    """A piece of the model's answer with the sources it names."""

    text: str
    cited: tuple[Cited, ...] = ()


@dataclass(frozen=True)
class Draft:
    """A draft that may be shown, or an empty one with the reason. `grounded` means every statement has a
    source.
    """

    text: str
    citations: tuple[Citation, ...]
    grounded: bool
    because: str


def search_results(passages: Sequence[Passage]) -> list[Block]:
    """Turn passages into search results that can be cited sentence by sentence, without any link or address
    in them.
    """
    return [
        {
            "type": "search_result",
            "source": _source(position, passage),
            "title": _shown(f"{passage.title}: {passage.heading}" if passage.heading else passage.title)
            or "Untitled",
            "citations": {"enabled": True},
            "content": [{"type": "text", "text": _shown(sentence)} for sentence in sentences(passage.text)],
        }
        for position, passage in enumerate(passages)
    ]


def read(spans: Sequence[Span], passages: Sequence[Passage]) -> Draft:
    """Check an answer against the passages it was given. Raises Unfit if it holds a link, an address or a
    mention.
    """
    text, sourced, citations, strangers = _join(spans, passages)
    missing = _NOT_COVERED.search(text)
    if missing is not None:
        text, sourced = text[: missing.start()], sourced[: missing.start()]
    if not text.strip() or text.strip().rstrip(".").upper() == NO_ANSWER:
        return Draft("", (), False, "The knowledge base does not answer this.")
    shown = _undecorated(text)
    # Taking a mark away can put an address together, so what counts is the text as it will be shown.
    if leads_somewhere(shown):
        raise Unfit("Claude's draft held a link, an address or a mention of its own, so it was dropped.")
    doubt = _doubt(text, sourced) or strangers
    titles = ", ".join(f"“{title}”" for title in dict.fromkeys(c.title for c in citations))
    because = f"Answered from {titles}." if titles else "No source was named."
    if doubt:
        because += f" {doubt}"
    if missing is not None:
        because += (
            f" The articles do not cover: {without_links(plain(missing['what'])).strip() or 'a part of it'}"
        )
    return Draft(shown, citations, bool(citations) and not doubt and missing is None, because)


def sentences(text: str) -> list[str]:
    """Split a passage into the smallest pieces that can be cited: sentences, and the lines of a list."""
    # The "1." of a step would otherwise pass for a sentence.
    unmarked = _LIST_MARK.sub("", plain(text))
    return [s for s in (m.group().strip() for m in _SENTENCE.finditer(unmarked)) if _WORD.search(s)]


def leads_somewhere(text: str) -> bool:
    """Say whether text holds anything that a reader, Slack or a browser could take for a link, mention or
    channel.
    """
    # Full-width letters and HTML escapes can become the real thing further down the road.
    unfolded = _WIDE_DOT.sub(".", unicodedata.normalize("NFKC", html.unescape(plain(text))))
    return any(without_links(form) != form for form in (text, unfolded))


def without_links(text: str) -> str:
    """Replace every link, address, mention and channel with a word that says what stood there."""
    for word, pattern in _NOWHERE:
        text = pattern.sub(word, text)
    return _HOST.sub(lambda m: m.group() if _is_file(m) else "[link]", text)


def _is_file(host: re.Match[str]) -> bool:
    """Tell "report.csv:" from "report.csv/elsewhere.example", where the ending is only the first half."""
    return bool(_FILE_ENDING.fullmatch(host["ending"])) and len(host["tail"] or "") <= 1


def _shown(text: str) -> str:
    return without_links(masked(plain(text)))


def _source(position: int, passage: Passage) -> str:
    return f"kb://{position}/{re.sub(r'[^A-Za-z0-9._-]', '-', passage.article)}"


def _join(
    spans: Sequence[Span], passages: Sequence[Passage]
) -> tuple[str, list[bool], tuple[Citation, ...], str]:
    """Return the whole text, whether each character has a source, the citations, and a doubt about numbers
    if any.
    """
    text, sourced, doubt = "", list[bool](), ""
    citations: dict[Citation, None] = {}
    for span in spans:
        piece = plain(span.text)
        if text[-1:] in tuple(".!?") and piece[:1].isalnum():
            piece = " " + piece
        quoted = [c for c in (_quote(cited, passages) for cited in span.cited) if c is not None]
        citations.update(dict.fromkeys(quoted))
        if quoted and (odd := _strange_number(piece, quoted)):
            doubt = f"The number {odd} is not in the source that is named for it."
        text += piece
        sourced += [bool(quoted)] * len(piece)
    return text, sourced, tuple(citations), doubt


def _quote(cited: Cited, passages: Sequence[Passage]) -> Citation | None:
    """Look a citation up in what was sent. The quote is ours, never the text that came back."""
    if not 0 <= cited.position < len(passages):
        return None
    passage = passages[cited.position]
    quote = " ".join(sentences(passage.text)[max(cited.start, 0) : cited.end])
    if cited.source != _source(cited.position, passage) or not quote:
        return None
    return Citation(passage.article, passage.title, passage.url, quote)


def _strange_number(text: str, quoted: Sequence[Citation]) -> str | None:
    known = {n for c in quoted for n in _NUMBER.findall(f"{c.title} {c.quote}")}
    return next((n for n in _NUMBER.findall(_LIST_MARK.sub(" ", text)) if n not in known), None)


def _doubt(text: str, sourced: Sequence[bool]) -> str:
    """Return a sentence for the card if some statement has no source, else an empty string."""
    unmarked = _LIST_MARK.sub(lambda m: " " * len(m.group()), text)
    for found in _SENTENCE.finditer(unmarked):
        places = range(found.start(), found.end())
        bare = "".join(" " if sourced[i] else unmarked[i] for i in places)
        words = _WORD.findall(bare)
        has_source = any(sourced[i] and unmarked[i].isalnum() for i in places)
        if not words:
            continue
        # "To do that," before a sourced clause, or "The steps are:" before a list, states nothing by itself.
        links_only = (
            len(words) <= 4 if has_source else len(words) <= 8 and found.group().rstrip().endswith(":")
        )
        if not links_only or _NUMBER.search(bare) or _NEGATION.search(bare):
            return f"No source is named for: “{without_links(found.group().strip())[:120]}”"
    return ""


def _undecorated(text: str) -> str:
    """Remove Markdown marks, which Slack would show as they are, and surplus white space."""
    text = re.sub(r"(?m)^#{1,6}[ \t]+|[ \t]+$", "", text.replace("**", "").replace("`", ""))
    return re.sub(r"\n{3,}", "\n\n", text).strip()
