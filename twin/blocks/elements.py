"""Interactive elements: buttons, menus, pickers and inputs, and which block may hold which.

People press, choose and type into them. Deliberately strict about keys: Slack rejects what it does not know.
"""

from __future__ import annotations

from typing import Any

from twin.blocks.checks import (
    Check,
    Problems,
    anything,
    boolean,
    by_type,
    each,
    exactly_one,
    integer,
    matching,
    one_of,
    string,
    thing,
)
from twin.blocks.richtext import RICH_TEXT
from twin.blocks.texts import (
    CONFIRM,
    DISPATCH,
    IMAGE,
    OPTION,
    OPTION_GROUP,
    URL,
    action_id,
    any_text,
    focus,
    option,
    plain,
)

_ID: dict[str, Check] = {"action_id": action_id}
_MENU: dict[str, Check] = {**_ID, "placeholder": plain(150), "confirm": CONFIRM, "focus_on_load": focus}
_MANY: dict[str, Check] = {"max_selected_items": integer(1, 100)}
_FILTER = thing(
    {},
    {
        "include": each(one_of("im", "mpim", "private", "public"), 4),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
)
_ENTITY = string(255)
_DATE = matching(r"\d{4}-\d{2}-\d{2}", "must be a date in the form YYYY-MM-DD")
_TIME = matching(r"([01]\d|2[0-3]):[0-5]\d", "must be a time in the form HH:mm")


def _initial_is_an_option(value: Any, at: str, problems: Problems) -> None:
    """Slack wants the initial option to be one of the options, letter for letter."""
    groups = value.get("option_groups")
    offered = (
        [one for group in groups for one in group.get("options", [])] if groups else value.get("options")
    )
    if not isinstance(offered, list):
        return
    one, many = value.get("initial_option"), value.get("initial_options")
    for chosen in [one] if one is not None else many or []:
        if chosen not in offered:
            problems.add("initial option must exactly match one of the provided options", at)


def _static(kind: str, optional: dict[str, Check]) -> Check:
    def rule(value: Any, at: str, problems: Problems) -> None:
        exactly_one("options", "option_groups")(value, at, problems)
        _initial_is_an_option(value, at, problems)

    return thing(
        {"type": one_of(kind)},
        {**_MENU, **optional, "options": each(OPTION, 100), "option_groups": each(OPTION_GROUP, 100)},
        rule,
    )


def _menu(kind: str, optional: dict[str, Check]) -> Check:
    return thing({"type": one_of(kind)}, {**_MENU, **optional})


def _choice(kind: str, optional: dict[str, Check]) -> Check:
    return thing(
        {"type": one_of(kind), "options": each(option(mrkdwn=True), 10)},
        {**_ID, **optional, "confirm": CONFIRM, "focus_on_load": focus},
        _initial_is_an_option,
    )


def _typed(kind: str, optional: dict[str, Check]) -> Check:
    common: dict[str, Check] = {
        **_ID,
        "placeholder": plain(150),
        "dispatch_action_config": DISPATCH,
        "focus_on_load": focus,
    }
    return thing({"type": one_of(kind)}, {**common, **optional})


_FEEDBACK = thing({"text": plain(75), "value": string(2000)}, {"accessibility_label": string(75)})

_WORKFLOW = thing(
    {
        "trigger": thing(
            {"url": URL},
            {"customizable_input_parameters": each(thing({"name": string(255), "value": anything}), 100, 0)},
        )
    }
)

BUTTON = thing(
    {"type": one_of("button"), "text": plain(75)},
    {
        **_ID,
        "url": URL,
        "value": string(2000),
        "style": one_of("primary", "danger"),
        "confirm": CONFIRM,
        "accessibility_label": string(75),
        "agent_prompt": string(4000),
        "agent_prompt_display": string(4000),
        "visible_to_user_ids": each(_ENTITY, 100),
    },
)

_ELEMENTS: dict[str, Check] = {
    "button": BUTTON,
    "workflow_button": thing(
        {"type": one_of("workflow_button"), "text": plain(75), "workflow": _WORKFLOW},
        {**_ID, "style": one_of("primary", "danger"), "accessibility_label": string(75), "confirm": CONFIRM},
    ),
    "overflow": thing(
        {"type": one_of("overflow"), "options": each(option(url=True), 5)}, {**_ID, "confirm": CONFIRM}
    ),
    "static_select": _static("static_select", {"initial_option": OPTION}),
    "multi_static_select": _static("multi_static_select", {**_MANY, "initial_options": each(OPTION, 100)}),
    "external_select": _menu(
        "external_select", {"initial_option": OPTION, "min_query_length": integer(0, 100)}
    ),
    "multi_external_select": _menu(
        "multi_external_select",
        {**_MANY, "initial_options": each(OPTION, 100), "min_query_length": integer(0, 100)},
    ),
    "users_select": _menu("users_select", {"initial_user": _ENTITY}),
    "multi_users_select": _menu("multi_users_select", {**_MANY, "initial_users": each(_ENTITY, 100)}),
    "conversations_select": _menu(
        "conversations_select",
        {
            "initial_conversation": _ENTITY,
            "default_to_current_conversation": boolean,
            "response_url_enabled": boolean,
            "filter": _FILTER,
        },
    ),
    "multi_conversations_select": _menu(
        "multi_conversations_select",
        {
            **_MANY,
            "initial_conversations": each(_ENTITY, 100),
            "default_to_current_conversation": boolean,
            "filter": _FILTER,
        },
    ),
    "channels_select": _menu(
        "channels_select", {"initial_channel": _ENTITY, "response_url_enabled": boolean}
    ),
    "multi_channels_select": _menu(
        "multi_channels_select", {**_MANY, "initial_channels": each(_ENTITY, 100)}
    ),
    "checkboxes": _choice("checkboxes", {"initial_options": each(option(mrkdwn=True), 10)}),
    "radio_buttons": _choice("radio_buttons", {"initial_option": option(mrkdwn=True)}),
    "datepicker": _menu("datepicker", {"initial_date": _DATE}),
    "timepicker": _menu("timepicker", {"initial_time": _TIME, "timezone": string(100)}),
    "datetimepicker": thing(
        {"type": one_of("datetimepicker")},
        {
            **_ID,
            "initial_date_time": integer(10**9, 10**10 - 1),
            "confirm": CONFIRM,
            "focus_on_load": focus,
        },
    ),
    "plain_text_input": _typed(
        "plain_text_input",
        {
            "initial_value": string(3000, 0),
            "multiline": boolean,
            "min_length": integer(0, 3000),
            "max_length": integer(1, 3000),
        },
    ),
    "rich_text_input": _typed(
        "rich_text_input",
        {"initial_value": RICH_TEXT, "min_lines": integer(1, 100), "max_lines": integer(1, 100)},
    ),
    "email_text_input": _typed("email_text_input", {"initial_value": string(3000, 0)}),
    "url_text_input": _typed("url_text_input", {"initial_value": string(3000, 0)}),
    "number_input": _typed(
        "number_input",
        {
            "is_decimal_allowed": boolean,
            "initial_value": string(100),
            "min_value": string(100),
            "max_value": string(100),
        },
    ),
    "file_input": thing(
        {"type": one_of("file_input")},
        {**_ID, "filetypes": each(string(100), 100), "max_files": integer(1, 10)},
    ),
    "feedback_buttons": thing(
        {"type": one_of("feedback_buttons"), "positive_button": _FEEDBACK, "negative_button": _FEEDBACK},
        _ID,
    ),
    "icon_button": thing(
        {"type": one_of("icon_button"), "icon": one_of("trash"), "text": plain(75)},
        {
            **_ID,
            "value": string(2000),
            "confirm": CONFIRM,
            "accessibility_label": string(75),
            "visible_to_user_ids": each(_ENTITY, 100),
        },
    ),
}

_SELECTS = ("static_select", "external_select", "users_select", "conversations_select", "channels_select")
_MULTI = tuple(f"multi_{kind}" for kind in _SELECTS)
_PICKERS = ("datepicker", "timepicker", "datetimepicker")
_BUTTONS = ("button", "workflow_button", "overflow")


# Elements that not every surface may have.
_SURFACES = {
    "datetimepicker": ("message", "modal"),
    "workflow_button": ("message",),
    "rich_text_input": ("modal", "home"),
    **dict.fromkeys(("email_text_input", "url_text_input", "number_input", "file_input"), ("modal",)),
}


def _only(*kinds: str) -> dict[str, Check]:
    return {kind: _where_allowed(kind) for kind in kinds}


def _where_allowed(kind: str) -> Check:
    surfaces, inside = _SURFACES.get(kind), _ELEMENTS[kind]
    if surfaces is None:
        return inside

    def check(value: Any, at: str, problems: Problems) -> None:
        if problems.surface not in surfaces:
            problems.add(f"unsupported type: {kind}", f"{at}/type")
        else:
            inside(value, at, problems)

    return check


IN_ACTIONS = by_type(
    _only(*_BUTTONS, *_SELECTS, *_MULTI, *_PICKERS, "checkboxes", "radio_buttons", "rich_text_input")
)
IN_SECTION = by_type(
    {
        **_only(*_BUTTONS, *_SELECTS, *_MULTI, "datepicker", "timepicker", "checkboxes", "radio_buttons"),
        "image": IMAGE,
    }
)
IN_INPUT = by_type(
    _only(
        *_SELECTS,
        *_MULTI,
        *_PICKERS,
        "checkboxes",
        "radio_buttons",
        "plain_text_input",
        "rich_text_input",
        "email_text_input",
        "url_text_input",
        "number_input",
        "file_input",
    )
)
IN_CONTEXT_ACTIONS = by_type(_only("feedback_buttons", "icon_button"))
IN_CONTEXT = by_type(
    {
        "image": IMAGE,
        "plain_text": any_text(3000),
        "mrkdwn": any_text(3000),
    }
)
