"""One deed at a time over HTTP: `{"as": "ana", "deed": "post", …}` becomes what ana does.

Answers say what happened; refusals carry a sentence for the person. Deliberately a flat list: a deed's
name, and the function that reads its arguments.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from twin.channels import Channel
from twin.delivery import Parcel, Unanswered
from twin.people import acts_conversations, deeds, touch
from twin.words import Json, Refused
from twin.workspace import Workspace

Deed = Callable[[Workspace, str, Json], Awaitable[Json]]


async def _post(ws: Workspace, user: str, body: Json) -> Json:
    stored = deeds.post(
        ws,
        user,
        _channel(ws, user, body),
        str(body["text"]),
        thread_ts=body.get("thread_ts"),
        broadcast=bool(body.get("broadcast", False)),
    )
    return {"ts": stored["ts"]}


async def _edit(ws: Workspace, user: str, body: Json) -> Json:
    deeds.edit(ws, user, _channel(ws, user, body), str(body["ts"]), str(body["text"]))
    return {}


async def _delete(ws: Workspace, user: str, body: Json) -> Json:
    deeds.delete(ws, user, _channel(ws, user, body), str(body["ts"]))
    return {}


async def _react(ws: Workspace, user: str, body: Json) -> Json:
    deeds.react(ws, user, _channel(ws, user, body), str(body["ts"]), str(body["name"]))
    return {}


async def _unreact(ws: Workspace, user: str, body: Json) -> Json:
    deeds.react(ws, user, _channel(ws, user, body), str(body["ts"]), str(body["name"]), add=False)
    return {}


async def _join(ws: Workspace, user: str, body: Json) -> Json:
    deeds.join(ws, user, _channel(ws, user, body))
    return {}


async def _leave(ws: Workspace, user: str, body: Json) -> Json:
    deeds.leave(ws, user, _channel(ws, user, body))
    return {}


async def _read(ws: Workspace, user: str, body: Json) -> Json:
    deeds.read(ws, user, _channel(ws, user, body))
    return {}


async def _action(ws: Workspace, user: str, body: Json) -> Json:
    """A press or a choice; the page sends the action with what was chosen."""
    action = body["action"]
    said = {
        key: value
        for key, value in action.items()
        if key.startswith("selected_") or key in ("value", "rich_text_value", "files")
    }
    if view_id := body.get("view_id"):
        view = ws.views.get(view_id)
        if view is None:
            raise Refused("view_not_found", "That view is not open any more.")
        if state := body.get("state"):
            view = ws.views.fill(view_id, {**view["state"]["values"], **state})
        block, element = touch.find(view["blocks"], action["action_id"], block_id=action.get("block_id", ""))
        trigger = str(action.get("trigger", "enter"))
        parcel = touch.on_view(ws, user, view, block, element, _said(element, said), trigger)
    else:
        channel = _channel(ws, user, body)
        message = _message(channel, user, str(body["ts"]))
        blocks = message.get("blocks", [])
        block, element = touch.find(blocks, action["action_id"], block_id=action.get("block_id", ""))
        parcel = touch.on_message(ws, user, channel, message, block, element, _said(element, said))
    return await _answered(parcel)


async def _submit(ws: Workspace, user: str, body: Json) -> Json:
    what, errors = await touch.submit(ws, user, str(body["view_id"]), body.get("values") or {})
    return {**({"response_action": what} if what else {}), **({"errors": errors} if errors else {})}


async def _close(ws: Workspace, user: str, body: Json) -> Json:
    stack = ws.views.stack(user)
    if body.get("view_id") and (not stack or stack[-1]["id"] != body["view_id"]):
        raise Refused("view_not_found", "That view is not the one on top.")
    touch.close(ws, user)
    return {}


async def _options(ws: Workspace, user: str, body: Json) -> Json:
    channel = None
    if view_id := body.get("view_id"):
        where = ws.views.get(view_id)
        if where is None:
            raise Refused("view_not_found", "That view is not open any more.")
    else:
        channel = _channel(ws, user, body)
        where = _message(channel, user, str(body["ts"]))
    block, element = touch.find(where["blocks"], str(body["action_id"]), block_id=body.get("block_id", ""))
    return await touch.options(ws, user, where, channel, block, element, str(body.get("value", "")))


async def _command(ws: Workspace, user: str, body: Json) -> Json:
    deeds.command(ws, user, _channel(ws, user, body), str(body["text"]))
    return {}


async def _home(ws: Workspace, user: str, body: Json) -> Json:
    deeds.open_home(ws, user, str(body.get("tab", "home")))
    return {}


async def _message_shortcut(ws: Workspace, user: str, body: Json) -> Json:
    channel = _channel(ws, user, body)
    return await _answered(
        deeds.message_shortcut(ws, user, channel, str(body["ts"]), str(body["callback_id"]))
    )


async def _global_shortcut(ws: Workspace, user: str, body: Json) -> Json:
    return await _answered(deeds.global_shortcut(ws, user, str(body["callback_id"])))


DEEDS: dict[str, Deed] = {
    "post": _post,
    "edit": _edit,
    "delete": _delete,
    "react": _react,
    "unreact": _unreact,
    "join": _join,
    "leave": _leave,
    "read": _read,
    "action": _action,
    "submit": _submit,
    "close": _close,
    "options": _options,
    "command": _command,
    "home": _home,
    "message_shortcut": _message_shortcut,
    "global_shortcut": _global_shortcut,
    **acts_conversations.DEEDS,
}


async def _answered(parcel: Parcel | None) -> Json:
    """Wait for the app's acknowledgement, as Slack's client does before it stops the spinner."""
    if parcel is None:
        return {}
    try:
        await parcel.outcome
    except Unanswered as problem:
        raise Refused("operation_timeout", "The app did not answer in time. Try again?") from problem
    return {}


def _said(element: Json, said: Json) -> Json:
    """Keep of what the page sent only what belongs to this kind of element, with whole options."""
    if element["type"] in ("button", "icon_button", "workflow_button", "feedback_buttons"):
        return touch.pressed(element, said.get("value"))
    kept = {key: value for key, value in said.items() if key != "value" or "input" in element["type"]}
    if "options" in element or "option_groups" in element:
        if one := kept.get("selected_option"):
            kept["selected_option"] = touch.option(element, one)
        if many := kept.get("selected_options"):
            kept["selected_options"] = [touch.option(element, one) for one in many]
    return kept


def _message(channel: Channel, user: str, ts: str) -> Json:
    for whisper in channel.whispers(user):
        if whisper["ts"] == ts:
            return whisper
    return deeds.seen(channel, ts)


def _channel(ws: Workspace, user: str, body: Json) -> Channel:
    return deeds.where(ws, user, str(body["channel"]))
