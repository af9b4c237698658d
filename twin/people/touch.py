"""What people do with buttons, menus and modals: press, choose, fill in, submit, close.

A person sees what Slack shows: the modal closes, changes, or marks an input red. An app that does not answer
within three seconds leaves the person with an error. What people do with messages is in deeds.py.
"""

from __future__ import annotations

from twin.channels import Channel
from twin.delivery import Parcel, Unanswered
from twin.people import agent, inputs, payloads, state
from twin.webapi import views as webviews
from twin.words import Json, Refused, SlackError
from twin.workspace import Workspace

_TROUBLE = "We had some trouble connecting. Try again?"


def find(
    blocks: list[Json], action_id: str, *, block_id: str = "", value: str | None = None
) -> tuple[Json, Json]:
    """Find an element by its action_id (and its block, or its value, where several share one)."""
    for block, element in state.elements(blocks):
        if element.get("action_id") != action_id or block_id not in ("", block["block_id"]):
            continue
        if value is None or value in _values(element):
            return block, element
    there = sorted({str(one.get("action_id")) for _, one in state.elements(blocks)})
    which = action_id if value is None else f"{action_id} with the value {value!r}"
    raise Refused(
        "action_not_found", f"There is no {which} here, only: {', '.join(there) or 'nothing to press'}."
    )


def on_message(
    ws: Workspace, user: str, channel: Channel, message: Json, block: Json, element: Json, value: Json
) -> Parcel | None:
    """Press a button or choose from a menu in a message, as this person's screen shows it."""
    may_touch(ws, user, channel, message, element)
    key = (user, message["ts"])
    if element["type"] == "workflow_button":
        _run_workflow(ws, user, element)
        return None
    known = state.values(message.get("blocks", []), ws.choices.get(key, {}))
    if element["type"] in state.VALUE_KEYS:
        entry = {"type": element["type"], **value}
        known = state.with_value(known, block["block_id"], element["action_id"], entry)
        ws.choices[key] = known
    actions = [payloads.action(ws, block, element, value)]
    payload = payloads.on_message(ws, user, channel, message, actions, known)
    return ws.courier.send_once("interactive", payload, wants_answer=False)


def on_view(
    ws: Workspace, user: str, view: Json, block: Json, element: Json, value: Json, trigger: str = "enter"
) -> Parcel | None:
    """Press a button or choose in a modal or a Home. Inputs only tell the app when they dispatch actions.

    `trigger` says what happened to typed text: `enter` was pressed, or a `character` was typed.
    """
    if element["type"] == "workflow_button":
        _run_workflow(ws, user, element)
        return None
    current = _mine(ws, user, view["id"])
    known = state.values(current["blocks"], current["state"]["values"])
    if element["type"] in state.VALUE_KEYS:
        entry = {"type": element["type"], **value}
        known = state.with_value(known, block["block_id"], element["action_id"], entry)
    current = ws.views.fill(current["id"], known)
    if not inputs.dispatches(block, element, trigger):
        return None
    payload = payloads.on_view(ws, user, current, [payloads.action(ws, block, element, value)])
    return ws.courier.send_once("interactive", payload, wants_answer=False)


async def submit(ws: Workspace, user: str, view_id: str, values: Json) -> tuple[str, dict[str, str]]:
    """Submit a modal with these `state.values`.

    Returns what happened (`errors`, `update`, `push`, `clear` or an empty string for closing) and, for
    errors, a sentence for each block. Raises Refused when the app did not answer, or answered something Slack
    rejects.
    """
    view = _mine(ws, user, view_id)
    if view["type"] != "modal" or view["submit"] is None:
        raise Refused("no_submit", "This view has no submit button.")
    full = state.values(view["blocks"], _with_files(ws, view, {**view["state"]["values"], **values}))
    if view.get("submit_disabled") and not state.is_touched(full):
        raise Refused("submit_disabled", "Fill in at least one input first.")
    if found := state.complaints(view["blocks"], full):
        return "errors", found
    view = ws.views.fill(view_id, full)
    inputs.hand_over(ws, full)
    parcel = ws.courier.send_once("interactive", payloads.submission(ws, user, view), wants_answer=True)
    try:
        answer = await parcel.outcome
    except Unanswered as problem:
        raise Refused("operation_timeout", _TROUBLE) from problem
    return _obey(ws, user, view, answer or {})


def close(ws: Workspace, user: str) -> None:
    """Close the top modal; one that clears on close takes those below it along."""
    view = ws.views.close_top(user)
    if view is None:
        raise Refused("no_modal", "No modal is open.")
    below = ws.views.clear(user) if view["clear_on_close"] else []
    webviews.show_stack(ws, user)
    for one in [view, *below]:
        _tell_closed(ws, user, one, is_cleared=view["clear_on_close"])


async def options(
    ws: Workspace, user: str, where: Json, channel: Channel | None, block: Json, element: Json, typed: str
) -> Json:
    """Ask the app for the options of an external menu, once enough was typed."""
    if len(typed) < element.get("min_query_length", 3):
        return {"options": [], "option_groups": []}
    payload = payloads.suggestion(ws, user, block, element, typed, where, channel)
    parcel = ws.courier.send_once("interactive", payload, wants_answer=True)
    try:
        answer = await parcel.outcome
    except Unanswered as problem:
        raise Refused("operation_timeout", "The options could not be loaded.") from problem
    answer = answer or {}
    return {"options": answer.get("options", []), "option_groups": answer.get("option_groups", [])}


def may_touch(ws: Workspace, user: str, channel: Channel, message: Json, element: Json) -> None:
    """Refuse what this person could not press: a message or a button that is not on their screen."""
    name = ws.users[user]["name"]
    if message.get("is_ephemeral"):
        if message["ts"] not in {one["ts"] for one in channel.whispers(user)}:
            raise Refused("not_visible", f"That message is not shown to {name}.")
    elif channel.is_private and user not in channel.members:
        raise Refused("not_visible", f"{name} cannot see this conversation.")
    only = element.get("visible_to_user_ids")
    if only is not None and user not in only:
        raise Refused("not_visible", f"That button is not shown to {name}.")


def pressed(element: Json, value: str | None = None) -> Json:
    """Say what pressing a button puts into the action."""
    if element["type"] in ("button", "icon_button", "workflow_button"):
        return {}
    if element["type"] == "feedback_buttons":
        sides = [element["positive_button"], element["negative_button"]]
        chosen = next((one for one in sides if value is None or one["value"] == value), sides[0])
        return {"value": chosen["value"], "text": chosen["text"]}
    raise Refused("not_a_button", f"{element['action_id']} is a {element['type']}, not a button.")


def chosen(ws: Workspace, element: Json, value: object) -> Json:
    """Say what choosing or typing a value puts into the action; options are found by value or text.

    People and channels may be given by id or name; menus for many take a list.
    """
    kind = element["type"]
    key = "selected_option" if kind == "overflow" else state.VALUE_KEYS.get(kind)
    if key is None:
        raise Refused("not_a_menu", f"{element.get('action_id')} is a {kind}; nothing can be chosen in it.")
    if key.endswith("s"):
        if kind == "file_input":
            return {key: inputs.file_objects(ws, element, value)}
        many = value if isinstance(value, (list, tuple)) else [value]
        most = element.get("max_selected_items")
        if most is not None and len(many) > most:
            raise Refused("too_many_items", f"Please choose at most {most}.")
        return {key: [_one(ws, element, one) for one in many]}
    if value is None:
        return {key: None}
    return {key: _one(ws, element, value)}


def _one(ws: Workspace, element: Json, value: object) -> object:
    kind = element["type"].removeprefix("multi_")
    if kind in ("static_select", "overflow", "radio_buttons", "checkboxes"):
        return option(element, value)
    if kind == "external_select":
        if isinstance(value, dict):
            return value
        return {"text": {"type": "plain_text", "text": str(value), "emoji": True}, "value": str(value)}
    if kind == "users_select":
        user = ws.find_user(str(value))
        if user is None:
            raise Refused("option_not_found", f"There is nobody called {value!r}.")
        return user
    if kind in ("conversations_select", "channels_select"):
        channel = ws.find_channel(str(value))
        if channel is None:
            raise Refused("option_not_found", f"There is no channel {value!r}.")
        return channel.id
    if kind == "datetimepicker":
        return int(str(value))
    if kind == "rich_text_input":
        return inputs.rich_text(ws, value)
    return inputs.checked(element, str(value))


def option(element: Json, value: object) -> Json:
    """Find one of an element's options by its value, its text, or itself."""
    groups = element.get("option_groups") or [{"options": element.get("options", [])}]
    offered: list[Json] = [one for group in groups for one in group["options"]]
    if isinstance(value, dict):
        value = value.get("value")
    for one in offered:
        if value in (one["value"], one["text"]["text"]):
            return one
    there = ", ".join(one["value"] for one in offered)
    raise Refused("option_not_found", f"{element['action_id']} has no option {value!r}, only: {there}.")


def _with_files(ws: Workspace, view: Json, values: Json) -> Json:
    """Put whole file objects where the page sent only the ids of what was uploaded."""
    for block, element in state.elements(view["blocks"]):
        entry = values.get(block["block_id"], {}).get(element.get("action_id"))
        if element["type"] == "file_input" and entry and entry.get("files"):
            entry = {**entry, "files": inputs.file_objects(ws, element, entry["files"])}
            values = state.with_value(values, block["block_id"], element["action_id"], entry)
    return values


def _run_workflow(ws: Workspace, user: str, element: Json) -> None:
    """Start the step a workflow button's link names; the app hears of the step and not of the click, as in Slack.

    The twin has no workflow builder: the last part of the trigger's address is taken for the step's callback_id.
    """
    trigger = element["workflow"]["trigger"]
    callback_id = str(trigger.get("url", "")).rstrip("/").rpartition("/")[2]
    given = {one["name"]: one["value"] for one in trigger.get("customizable_input_parameters", [])}
    agent.run_function(ws, user, callback_id, given)


def _values(element: Json) -> list[str]:
    if element["type"] == "feedback_buttons":
        return [element["positive_button"]["value"], element["negative_button"]["value"]]
    return [element.get("value", "")]


def _mine(ws: Workspace, user: str, view_id: str) -> Json:
    view = ws.views.get(view_id)
    is_home = view is not None and ws.views.home(user) == view
    if view is None or (ws.views.owner(view_id) != user and not is_home):
        raise Refused("view_not_found", "That view is not open any more.")
    return view


def _obey(ws: Workspace, user: str, view: Json, answer: Json) -> tuple[str, dict[str, str]]:
    """Do what the app answered to a submission."""
    what = answer.get("response_action", "")
    try:
        if what == "errors":
            return what, _errors(view, answer.get("errors"))
        if what == "update":
            checked = webviews.checked_view(ws, answer.get("view"), "modal")
            if ws.views.get(view["id"]) is not None:
                webviews.update_for(ws, view["id"], checked)
        elif what == "push":
            webviews.push_for(ws, user, webviews.checked_view(ws, answer.get("view"), "modal"))
        elif what == "clear":
            _clear(ws, user)
        elif what:
            raise SlackError("invalid_response_action")
        elif (top := ws.views.stack(user)) and top[-1]["id"] == view["id"]:
            ws.views.close_top(user)
            webviews.show_stack(ws, user)
    except SlackError as refusal:
        raise Refused(refusal.code, f"{_TROUBLE} ({refusal.code} {refusal.extra or ''})") from refusal
    return what, {}


def _errors(view: Json, errors: object) -> dict[str, str]:
    inputs = {block["block_id"] for block in view["blocks"] if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors:
        raise SlackError("invalid_errors", messages=["errors must name at least one block"])
    if unknown := sorted(set(errors) - inputs):
        raise SlackError("invalid_errors", messages=[f"{unknown[0]} is not the block_id of an input block"])
    return {str(block_id): str(say) for block_id, say in errors.items()}


def _clear(ws: Workspace, user: str) -> None:
    cleared = ws.views.clear(user)
    webviews.show_stack(ws, user)
    for view in cleared[1:]:  # the submitted one itself is not reported as closed
        _tell_closed(ws, user, view, is_cleared=True)


def _tell_closed(ws: Workspace, user: str, view: Json, *, is_cleared: bool) -> None:
    if view["notify_on_close"]:
        payload = payloads.closed(ws, user, view, is_cleared=is_cleared)
        ws.courier.send_once("interactive", payload, wants_answer=False)
