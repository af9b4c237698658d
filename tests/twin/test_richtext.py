"""Typed text as Slack stores it: escapes, mentions, links, formatting."""

from __future__ import annotations

from typing import Any

import pytest

from twin import richtext

Json = dict[str, Any]

NAMES: dict[str, Json] = {
    "@ben": {"type": "user", "user_id": "U1"},
    "#help": {"type": "channel", "channel_id": "C1"},
    "@billing": {"type": "usergroup", "usergroup_id": "S1"},
    "@here": {"type": "broadcast", "range": "here"},
}


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("plain", "plain"),
        ("a < b & c > d", "a &lt; b &amp; c &gt; d"),
        ("<!channel> <@U123>", "&lt;!channel&gt; &lt;@U123&gt;"),
        ("hi @ben, see #help", "hi <@U1>, see <#C1>"),
        ("@billing and @here!", "<!subteam^S1> and <!here>!"),
        ("@nobody ben@example.com", "@nobody <mailto:ben@example.com|ben@example.com>"),
        ("https://example.com/a?b=1&c=2.", "<https://example.com/a?b=1&amp;c=2>."),
        ("*bold* _it_ ~no~ `x < y` :tada:", "*bold* _it_ ~no~ `x &lt; y` :tada:"),
        ("2*3*4 and snake_case_name", "2*3*4 and snake_case_name"),
        ("> quoted\nplain", "&gt; quoted\nplain"),
        ("```a < b```", "```a &lt; b```"),
        ("one\n\ntwo", "one\n\ntwo"),
        ("12:30:45", "12:30:45"),
        ("", ""),
    ],
)
def test_typed_text_becomes_slacks_text(typed: str, text: str) -> None:
    assert richtext.from_typing(typed, NAMES.get)[0] == text


def test_formatting_becomes_rich_text() -> None:
    _, elements = richtext.from_typing("*see _this_* `code`\n• one\n• two\n1. first", NAMES.get)
    section, bullets, ordered = elements
    assert section["elements"] == [
        {"type": "text", "text": "see ", "style": {"bold": True}},
        {"type": "text", "text": "this", "style": {"bold": True, "italic": True}},
        {"type": "text", "text": " "},
        {"type": "text", "text": "code", "style": {"code": True}},
    ]
    assert (bullets["style"], len(bullets["elements"])) == ("bullet", 2)
    assert ordered["style"] == "ordered"


@pytest.mark.parametrize(
    ("posted", "stored"),
    [
        ("hi <@U123>", "hi <@U123>"),
        ("a < b & c", "a &lt; b &amp; c"),
        ("already &lt;b&gt; &amp;", "already &lt;b&gt; &amp;"),
        ("<https://example.com|here> <!here> <#C123>", "<https://example.com|here> <!here> <#C123>"),
        ("<script>", "&lt;script&gt;"),
        ("@ben stays text", "@ben stays text"),
    ],
)
def test_an_apps_text_keeps_its_entities_and_escapes_the_rest(posted: str, stored: str) -> None:
    assert richtext.from_bot(posted, NAMES.get)[0] == stored


def test_an_apps_mentions_become_elements_but_typed_ones_never_do() -> None:
    _, posted = richtext.from_bot("hi <@U123> <!channel>", NAMES.get)
    assert richtext.mentions(posted) == {"U123"}
    _, typed = richtext.from_typing("hi <@U123> <!channel>", NAMES.get)
    assert richtext.mentions(typed) == set()
    assert typed[0]["elements"] == [{"type": "text", "text": "hi <@U123> <!channel>"}]
