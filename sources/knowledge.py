"""The knowledge base: Markdown files with a few lines of TOML in front.

People see an article's title as the source under a reply, and follow its address. Only plain text is kept,
because what is quoted from an article must read well wherever it lands; pictures and tables are not
understood. A file that cannot be used is refused with its name and line, so that an article never goes
missing without anybody noticing.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from agents.words import Article, Section

_FENCE = "+++"
_KEYS = ("title", "audience", "updated", "categories", "url")
_AUDIENCES = ("customer", "employee", "all")
_ITEM = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_MARKS = re.compile(r"(\*\*|__|`)(.+?)\1|(?<!\w)([*_])(?=\S)(.+?)(?<=\S)\3(?!\w)")


class BadArticle(ValueError):
    """An article that cannot be used; the message names the file and the line."""


def load_articles(folder: Path, base_url: str = "https://help.example.com/articles/") -> list[Article]:
    """Return every article in a folder, in order of file name, which is its id.

    The address is `base_url` and the id, unless the article gives its own. Raises BadArticle.
    """
    if not folder.is_dir():
        raise BadArticle(f"{folder.name}: there is no such folder of articles")
    return [_article(path, base_url) for path in sorted(folder.glob("*.md"))]


def _article(path: Path, base_url: str) -> Article:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        raise BadArticle(f"{path.name}:1: not UTF-8 text") from None
    except OSError as wrong:
        raise BadArticle(f"{path.name}:1: cannot be read: {wrong.strerror}") from None
    front, start = _front_matter(path.name, lines)
    return Article(
        id=path.stem,
        title=front["title"],
        url=front.get("url") or base_url + path.stem,
        updated=str(front["updated"]),
        audience=front["audience"],
        sections=tuple(_sections(path.name, front["title"], lines, start)),
        categories=tuple(front.get("categories", ())),
    )


def _front_matter(name: str, lines: list[str]) -> tuple[dict[str, Any], int]:
    """Return the values in front, checked, and the index of the line after them."""
    if not lines or lines[0].strip() != _FENCE:
        raise BadArticle(f"{name}:1: an article starts with a line of {_FENCE}")
    end = next((n for n, line in enumerate(lines[1:], 1) if line.strip() == _FENCE), None)
    if end is None:
        raise BadArticle(f"{name}:1: the second line of {_FENCE} is missing")
    try:
        front = tomllib.loads("\n".join(lines[1:end]))
    except tomllib.TOMLDecodeError as wrong:
        found = re.search(r"at line (\d+)", str(wrong))
        raise BadArticle(
            f"{name}:{int(found.group(1)) + 1 if found else end}: not valid TOML: {wrong}"
        ) from None
    for key, why in _mistakes(front):
        line = next((n for n, text in enumerate(lines[1:end], 2) if re.match(rf"\s*{key}\s*=", text)), 1)
        raise BadArticle(f"{name}:{line}: {why}")
    return front, end + 1


def _mistakes(front: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the values in front, as key and sentence."""
    for key in front:
        if key not in _KEYS:
            yield re.escape(key), f"unknown key {key!r}; known are {', '.join(_KEYS)}"
    if not isinstance(front.get("title"), str) or not front["title"].strip():
        yield "title", "'title' is missing or empty"
    if front.get("audience") not in _AUDIENCES:
        yield "audience", f"'audience' should be one of {', '.join(_AUDIENCES)}"
    try:
        date.fromisoformat(str(front.get("updated")))
    except ValueError:
        yield "updated", "'updated' should be a date like \"2026-11-20\""
    categories = front.get("categories", [])
    if not isinstance(categories, list) or not all(isinstance(each, str) for each in categories):
        yield "categories", "'categories' should be a list of category names"
    url = front.get("url", "https://")
    if not isinstance(url, str) or not url.startswith(("https://", "http://")) or re.search(r"[\s<>|]", url):
        yield "url", "'url' should be an address that starts with https://"


def _sections(name: str, title: str, lines: list[str], start: int) -> Iterator[Section]:
    """Yield the article's sections; what stands before the first heading is a section under the title."""
    heading, heading_line, body, is_code, count = title, start, list[str](), False, 0
    for number, line in enumerate([*lines[start:], "## "], start + 1):
        is_code ^= line.lstrip().startswith("```")
        if is_code or not line.startswith("## "):
            body.append(line)
            continue
        text = _plain(body)
        if text:
            count += 1
            yield Section(heading, text)
        elif heading_line > start:
            raise BadArticle(f"{name}:{heading_line}: the section {heading!r} is empty")
        heading, heading_line, body = _unmarked(line[3:]).strip(), number, []
        if not heading and number <= len(lines):
            raise BadArticle(f"{name}:{number}: a heading without words")
    if not count:
        raise BadArticle(f"{name}:{start + 1}: the article has no text")


def _plain(lines: list[str]) -> str:
    """Return Markdown as plain text: wrapped paragraphs become one line, steps and items stay lines of their own."""
    shown: list[str] = []
    is_code, joins = False, False
    for line in lines:
        if line.lstrip().startswith("```"):
            is_code, joins = not is_code, False
        elif is_code:
            shown.append(line.rstrip())
        elif not line.strip():
            if shown and shown[-1]:
                shown.append("")
            joins = False
        elif _ITEM.match(line) or line.startswith("#") or not joins:
            shown.append(_unmarked(line.strip().lstrip("#>").strip()))
            joins = not line.startswith("#")
        else:
            shown[-1] += " " + _unmarked(line.strip())
    return "\n".join(shown).strip()


def _unmarked(text: str) -> str:
    """Return a line without Markdown's marks; a link keeps its words only."""
    text = _LINK.sub(r"\1", text)
    return _MARKS.sub(lambda found: found.group(2) or found.group(4), text)
