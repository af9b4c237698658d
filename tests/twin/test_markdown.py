"""Markdown as Slack stores it."""

from __future__ import annotations

from typing import Any

import pytest

from twin.blocks.surface import problems_of_message
from twin.markdown import nobody, to_blocks

LONG = """# Title

Hello **bold** _it_ *also* ~~no~~ `x*y*` <@U123> [label](https://example.com/a_(b)) https://example.com.
Same paragraph

1. one
2. two
   - deeper

After

```python
x = **1**
```
> quoted
> too

| a | b |
|---|--:|
| 1 | **2** |

---
end \\*not italic\\*"""


def test_a_document_becomes_blocks_and_text() -> None:
    text, blocks = to_blocks(LONG, nobody)
    assert [block["type"] for block in blocks] == ["header", "rich_text", "table", "divider", "rich_text"]
    assert [one["type"] for one in blocks[1]["elements"]] == [
        "rich_text_section",
        "rich_text_list",
        "rich_text_list",
        "rich_text_section",
        "rich_text_preformatted",
        "rich_text_quote",
    ]
    assert [one.get("indent") for one in blocks[1]["elements"][1:3]] == [0, 1]
    assert blocks[1]["elements"][4]["elements"][0]["text"] == "x = **1**"
    assert blocks[2]["column_settings"] == [{"align": "left"}, {"align": "right"}]
    assert text.startswith(
        "*Title*\nHello *bold* _it_ _also_ ~no~ `x*y*` <@U123> <https://example.com/a_(b)|label>"
    )
    assert "1. one\n2. two\n• deeper\nAfter" in text and text.endswith("end *not italic*")
    assert problems_of_message(blocks) == []


@pytest.mark.parametrize(
    ("written", "elements"),
    [
        ("a **b", [{"type": "text", "text": "a **b"}]),
        ("2 * 3 * 4", [{"type": "text", "text": "2 * 3 * 4"}]),
        ("snake_case_name", [{"type": "text", "text": "snake_case_name"}]),
        ("***x***", [{"type": "text", "text": "x", "style": {"bold": True, "italic": True}}]),
        ("a\nb", [{"type": "text", "text": "a\nb"}]),
        (
            "![pic](https://example.com/a.png)",
            [{"type": "link", "url": "https://example.com/a.png", "text": "pic"}],
        ),
        ("<b>", [{"type": "text", "text": "<b>"}]),
        ("```\nunfinished", [{"type": "text", "text": "unfinished"}]),
    ],
)
def test_small_things(written: str, elements: list[Any]) -> None:
    _, blocks = to_blocks(written, nobody)
    assert blocks[0]["elements"][0]["elements"] == elements


def test_nothing_becomes_nothing() -> None:
    assert to_blocks("\n\n", nobody) == ("", [])


def test_many_unfinished_marks_are_read_quickly() -> None:
    text, _ = to_blocks("**a " * 3000, nobody)
    assert len(text) > 10_000
