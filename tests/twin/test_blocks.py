"""What Slack refuses in blocks and views, and what it takes."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.models.blocks import Block

from tests.twin import forms
from tests.twin.forms import actions, ask, button, modal, option, plain, section, select, typing
from twin.blocks.surface import is_too_long, is_view_too_large, problems_of_message, problems_of_view

Json = dict[str, Any]

TEXT = {"type": "text", "text": "hello"}
CELL = {"type": "raw_text", "text": "x"}
UP = {"text": plain("Good"), "value": "up"}
FEEDBACK = {"type": "feedback_buttons", "action_id": "fb", "positive_button": UP, "negative_button": UP}
IMAGE = {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "a"}


def rich(*elements: Json) -> Json:
    return {"type": "rich_text", "elements": list(elements)}


def rich_section(*elements: Json) -> Json:
    return {"type": "rich_text_section", "elements": list(elements)}


def chart(**more: Any) -> Json:
    series = [{"name": "a", "data": [{"label": "Mon", "value": 1}]}]
    body = {"type": "bar", "series": series, "axis_config": {"categories": ["Mon"]}}
    return {"type": "data_visualization", "title": "Chart", "chart": {**body, **more}}


GOOD = [
    section(),
    section(fields=[plain("a")] * 10),
    section(accessory=button("a")),
    section(accessory=IMAGE),
    section("x" * 3000),
    {"type": "header", "text": plain("x" * 150)},
    {"type": "divider", "block_id": "b" * 255},
    {**IMAGE, "title": plain("t")},
    actions(*[button(f"a{at}") for at in range(25)]),
    actions(select("s", "a", "b"), {"type": "users_select", "action_id": "u"}),
    actions(button("a", "v" * 2000, style="danger", confirm={"title": plain("t"), "text": plain("x")})),
    actions({"type": "button", "text": plain("x" * 75), "url": "https://example.com"}),
    {"type": "context", "elements": [plain("a"), {"type": "mrkdwn", "text": "b"}, IMAGE]},
    {"type": "context_actions", "elements": [FEEDBACK]},
    {"type": "markdown", "text": "# hello"},
    {"type": "table", "rows": [[CELL] * 20] * 100, "column_settings": [{"align": "right"}]},
    {"type": "card", "title": plain("t"), "actions": [button("a")]},
    {"type": "carousel", "elements": [{"type": "card", "body": plain("b")}]},
    {"type": "container", "title": plain("t"), "child_blocks": [section()]},
    {"type": "task_card", "task_id": "t", "title": "t", "status": "complete"},
    {"type": "plan", "title": "p", "tasks": [{"type": "task_card", "task_id": "t", "title": "t"}]},
    rich(rich_section(TEXT, {"type": "user", "user_id": "U1"}, {"type": "emoji", "name": "eyes"})),
    rich({"type": "rich_text_list", "style": "bullet", "elements": [rich_section(TEXT)], "indent": 1}),
    rich(
        {"type": "rich_text_preformatted", "elements": [TEXT]},
        {"type": "rich_text_quote", "elements": [TEXT]},
    ),
    rich(rich_section({"type": "text", "text": "b", "style": {"bold": True}})),
    ask("b", typing("a")),
]
NOT_IN_THE_SDK = [
    chart(),
    {"type": "data_table", "caption": "c", "rows": [[CELL], [CELL]], "page_size": 10},
]


@pytest.mark.parametrize("block", [*GOOD, *NOT_IN_THE_SDK], ids=lambda block: block["type"])
def test_good_blocks_are_taken(block: Json) -> None:
    assert problems_of_message([block]) == []


@pytest.mark.parametrize("block", GOOD, ids=lambda block: block["type"])
def test_the_sdk_knows_every_good_block(block: Json) -> None:
    parsed = Block.parse(block)
    assert parsed is not None
    assert set(block) <= set(parsed.to_dict())
    parsed.validate_json()


BAD: list[tuple[Json, str]] = [
    (section("x" * 3001), "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"),
    (section(""), "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
    ({"type": "section"}, "must define either `text` or `fields`"),
    (section(fields=[plain("a")] * 11), "no more than 10 items allowed [json-pointer:/blocks/0/fields]"),
    (section(fields=[plain("x" * 2001)]), "must be less than 2001 characters"),
    (section(colour="red"), "invalid additional property: colour [json-pointer:/blocks/0]"),
    (
        section(accessory=typing("a")),
        "unsupported type: plain_text_input [json-pointer:/blocks/0/accessory/type]",
    ),
    ({"type": "section", "text": "hello"}, "must provide an object [json-pointer:/blocks/0/text]"),
    ({"type": "section", "text": {"text": "a"}}, "missing required field: type"),
    (section(block_id="b" * 256), "must be less than 256 characters [json-pointer:/blocks/0/block_id]"),
    ({"type": "header", "text": {"type": "mrkdwn", "text": "x"}}, "unsupported type: mrkdwn"),
    ({"type": "header", "text": plain("x" * 151)}, "must be less than 151 characters"),
    ({"type": "heading", "text": plain("x")}, "unsupported type: heading [json-pointer:/blocks/0/type]"),
    ({"text": plain("x")}, "missing required field: type [json-pointer:/blocks/0]"),
    ({"type": "image", "alt_text": "a"}, "must define either `image_url` or `slack_file`"),
    ({"type": "image", "image_url": "https://example.com"}, "missing required field: alt_text"),
    (actions(*[button(f"a{at}") for at in range(26)]), "no more than 25 items allowed"),
    (actions(), "no fewer than 1 items allowed"),
    (actions(button("a"), button("a")), "`action_id` must be unique within a block: a"),
    (actions(button("a", "v" * 2001)), "must be less than 2001 characters"),
    (actions(button("a", style="warning")), "must be a valid enum value"),
    (actions({**button("a"), "text": plain("x" * 76)}), "must be less than 76 characters"),
    (actions({**button("a"), "text": {"type": "mrkdwn", "text": "x"}}), "unsupported type: mrkdwn"),
    (actions({**button("a"), "confirm": {"title": plain("t")}}), "missing required field: text"),
    (actions(select("s")), "no fewer than 1 items allowed"),
    (actions(select("s", *[f"v{at}" for at in range(101)])), "no more than 100 items allowed"),
    (actions({**select("s", "a"), "initial_option": option("b")}), "initial option must exactly match"),
    (actions({**select("s", "a"), "option_groups": []}), "must define only one of"),
    (
        actions({"type": "static_select", "action_id": "s", "options": [{"text": plain("a")}]}),
        "missing required field: value",
    ),
    (actions(select("s", "v" * 151)), "must be less than 151 characters"),
    (actions({"type": "overflow", "options": [option("a")] * 6}), "no more than 5 items allowed"),
    (actions({"type": "datepicker", "initial_date": "23.11.2026"}), "must be a date in the form YYYY-MM-DD"),
    (actions(typing("a")), "unsupported type: plain_text_input"),
    ({"type": "context", "elements": [plain("a")] * 11}, "no more than 10 items allowed"),
    ({"type": "context", "elements": [button("a")]}, "unsupported type: button"),
    ({"type": "context_actions", "elements": [button("a")]}, "unsupported type: button"),
    ({"type": "markdown", "text": "x" * 12_001}, "must be less than 12001 characters"),
    ({"type": "table", "rows": [[CELL] * 21]}, "no more than 20 items allowed"),
    ({"type": "data_table", "caption": "c", "rows": [[CELL]]}, "no fewer than 2 items allowed"),
    ({"type": "data_table", "caption": "c", "rows": [[CELL], [CELL, CELL]]}, "same number of cells"),
    (chart(title="no"), "invalid additional property: title"),
    ({"type": "card", "subtitle": plain("s")}, "must define either `hero_image`"),
    ({"type": "container", "child_blocks": [section()]}, "must define either `title` or `rich_text_title`"),
    (rich(TEXT), "unsupported type: text [json-pointer:/blocks/0/elements/0/type]"),
    (rich(rich_section({"type": "text"})), "missing required field: text"),
    (rich(rich_section({**TEXT, "style": {"big": True}})), "invalid additional property: big"),
    (rich(rich_section({"type": "broadcast", "range": "all"})), "must be a valid enum value"),
    (ask("b", button("a")), "unsupported type: button [json-pointer:/blocks/0/element/type]"),
    (ask("b", {"type": "file_input"}), "unsupported type: file_input"),
    ({"type": "input", "element": typing("a")}, "missing required field: label"),
    ({"type": "alert", "text": plain("x")}, "unsupported type: alert"),
    ({"type": "file", "external_id": "x", "source": "remote"}, "unsupported type: file"),
    (ask("b", {"type": "email_text_input"}), "unsupported type: email_text_input"),
    (actions({"type": "rich_text_input"}), "unsupported type: rich_text_input"),
    (
        actions({"type": "workflow_button", "text": plain("w"), "workflow": {}}),
        "missing required field: trigger",
    ),
    (
        {"type": "card", "title": plain("t"), "actions": [button(f"a{at}") for at in range(4)]},
        "no more than 3 items",
    ),
    (
        {"type": "card", "title": plain("t"), "icon": IMAGE, "slack_icon": {"type": "icon", "name": "star"}},
        "must define only one of `icon`, `slack_icon`",
    ),
    (
        {"type": "container", "title": plain("t"), "child_blocks": [{"type": "markdown", "text": "x"}]},
        "unsupported type: markdown [json-pointer:/blocks/0/child_blocks/0/type]",
    ),
    (chart(axis_config={"categories": ["Mon", "Tue"]}), "must have one point for every category"),
    (
        chart(series=[{"name": "a", "data": [{"label": "Mon", "value": 1}]}] * 2),
        "series names must be unique",
    ),
    (
        {
            "type": "data_visualization",
            "title": "t",
            "chart": {"type": "pie", "segments": [{"label": "a", "value": 0}]},
        },
        "must be greater than 0",
    ),
    (
        {"type": "table", "rows": [[{"type": "raw_text", "text": "x" * 2501}]] * 4},
        "must be less than 10001 characters",
    ),
]


@pytest.mark.parametrize(("block", "say"), BAD, ids=[f"{at}-{say[:40]}" for at, (_, say) in enumerate(BAD)])
def test_bad_blocks_are_refused_with_slacks_sentence(block: Json, say: str) -> None:
    found = problems_of_message([block])
    assert any(say in one for one in found), found


def test_a_message_has_at_most_fifty_blocks_one_table_and_unique_ids() -> None:
    table = {"type": "table", "rows": [[CELL]]}
    assert problems_of_message([section()] * 50) == []
    assert "no more than 50 items allowed [json-pointer:/blocks]" in problems_of_message([section()] * 51)
    assert "no more than 1 table blocks allowed [json-pointer:/blocks]" in problems_of_message([table, table])
    assert problems_of_message([chart(), chart()]) == []
    assert problems_of_message([chart(), chart(), chart()]) != []
    twice = problems_of_message([section(block_id="b"), section(block_id="b")])
    assert twice == ["`block_id` must be unique: b [json-pointer:/blocks/1/block_id]"]
    assert problems_of_message("hello") == ["must provide an array [json-pointer:/blocks]"]


def test_the_same_action_id_may_stand_in_two_blocks() -> None:
    assert problems_of_message([actions(button("a")), actions(button("a"))]) == []
    assert problems_of_view(modal(actions(button("a")), actions(button("a")), submit=None)) == []


def test_all_markdown_of_a_message_together_has_a_limit() -> None:
    half = {"type": "markdown", "text": "x" * 7000}
    assert not is_too_long([half])
    assert is_too_long([half, half])


GOOD_VIEWS = [
    modal({"type": "alert", "text": plain("careful"), "level": "warning"}, submit=None),
    modal({"type": "card", "title": plain("t"), "slack_icon": {"type": "icon", "name": "star"}}, submit=None),
    modal(ask("b", {"type": "datetimepicker"}), ask("c", {"type": "email_text_input"})),
    modal(ask("b", {"type": "rich_text_input"})),
    forms.home({"type": "container", "title": plain("t"), "child_blocks": [section()]}, chart()),
    forms.home({"type": "data_table", "caption": "c", "rows": [[CELL], [CELL]]}),
    modal(ask("b", typing("a"))),
    modal(section(), submit=None),
    modal(*[section()] * 100),
    modal(ask("b", {"type": "file_input", "max_files": 3})),
    modal(ask("b", typing("a", min_length=1, max_length=10, multiline=True, focus_on_load=True))),
    modal(ask("b", {"type": "number_input", "is_decimal_allowed": False, "min_value": "1"})),
    forms.home(section(), actions(button("a"))),
    forms.home(ask("b", typing("a"), dispatch_action=True)),
]


@pytest.mark.parametrize("view", GOOD_VIEWS)
def test_good_views_are_taken(view: Json) -> None:
    assert problems_of_view(view) == []


BAD_VIEWS: list[tuple[Json, str]] = [
    (modal(ask("b", typing("a")), submit=None), "missing required field: submit"),
    (modal(title=plain("x" * 25)), "must be less than 25 characters [json-pointer:/view/title/text]"),
    (modal(submit=plain("x" * 25)), "must be less than 25 characters"),
    (modal(close=plain("x" * 25)), "must be less than 25 characters"),
    (modal(private_metadata="x" * 3001), "must be less than 3001 characters"),
    (modal(callback_id="x" * 256), "must be less than 256 characters"),
    (modal(*[section()] * 101), "no more than 100 items allowed [json-pointer:/view/blocks]"),
    ({"type": "modal", "blocks": []}, "missing required field: title"),
    ({"type": "modal", "title": plain("t")}, "missing required field: blocks"),
    ({"blocks": []}, "missing required field: type [json-pointer:/view]"),
    ({"type": "dialog"}, "unsupported type: dialog"),
    ({**forms.home(section()), "title": plain("t")}, "invalid additional property: title"),
    (modal({"type": "table", "rows": [[CELL]]}), "unsupported type: table"),
    (modal(chart()), "unsupported type: data_visualization"),
    (forms.home({"type": "alert", "text": plain("x")}), "unsupported type: alert"),
    (forms.home(ask("b", {"type": "datetimepicker"})), "unsupported type: datetimepicker"),
    (modal({"type": "alert", "text": plain("x" * 201)}), "must be less than 201 characters"),
    (modal({"type": "context_actions", "elements": [FEEDBACK]}), "unsupported type: context_actions"),
    (forms.home(ask("b", {"type": "file_input"})), "unsupported type: file_input"),
    (
        modal(ask("b", typing("a", focus_on_load=True)), ask("c", typing("a", focus_on_load=True))),
        "only one element may have `focus_on_load`",
    ),
    (modal(ask("b", typing("a")), ask("b", typing("c"))), "`block_id` must be unique: b"),
]


@pytest.mark.parametrize(("view", "say"), BAD_VIEWS, ids=[say[:40] for _, say in BAD_VIEWS])
def test_bad_views_are_refused_with_slacks_sentence(view: Json, say: str) -> None:
    found = problems_of_view(view)
    assert any(say in one for one in found), found


def test_a_view_of_more_than_250_kilobytes_is_too_large() -> None:
    assert is_view_too_large(modal(*[section("x" * 3000)] * 90))
    assert not is_view_too_large(modal(*[section("x" * 3000)] * 50))
