"""What the app receives when somebody clicks, chooses, submits or types a command.

Slack's payloads, field by field.

Nothing of it is visible to people. On Enterprise Grid they name the organisation too; somebody from another company
keeps their own team in `user`, while `team` is the workspace the click happened in.
"""

from __future__ import annotations

from twin import executions
from twin.channels import Channel
from twin.events import VERIFICATION_TOKEN
from twin.words import Json
from twin.workspace import Workspace

# Elements that say more of themselves in an action than their id, type and value.
_ECHOED = (
    "placeholder",
    "confirm",
    "initial_option",
    "initial_user",
    "initial_channel",
    "initial_conversation",
)


def action(ws: Workspace, block: Json, element: Json, value: Json) -> Json:
    """Build one entry of `actions`; `value` holds what was pressed or chosen, such as `selected_option`."""
    entry: Json = {"action_id": element["action_id"], "block_id": block["block_id"]}
    if element["type"] in ("button", "icon_button"):
        entry["text"] = element["text"]
        entry |= {key: element[key] for key in ("value", "style", "url") if key in element}
    else:
        entry |= {key: element[key] for key in _ECHOED if key in element}
    return {**entry, **value, "type": element["type"], "action_ts": ws.ts()}


def on_message(
    ws: Workspace, user: str, channel: Channel, message: Json, actions: list[Json], state: Json
) -> Json:
    """Build `block_actions` for a click in a message."""
    is_ephemeral = bool(message.get("is_ephemeral"))
    thread_ts = message.get("thread_ts")
    container: Json = {
        "type": "message",
        "message_ts": message["ts"],
        "channel_id": channel.id,
        "is_ephemeral": is_ephemeral,
        **({"thread_ts": thread_ts} if thread_ts else {}),
    }
    hook = ws.tickets.hook(
        "actions", user, channel.id, message_ts=message["ts"], thread_ts=thread_ts, is_ephemeral=is_ephemeral
    )
    trigger_id = ws.tickets.trigger(user)
    return {
        "type": "block_actions",
        **_common(ws, user),
        "container": container,
        "trigger_id": trigger_id,
        **_team(ws),
        "channel": _channel(channel),
        # Slack does not send the message along when only one person could see it.
        **({} if is_ephemeral else {"message": _plain(message)}),
        "state": {"values": state},
        "response_url": ws.url + hook,
        "actions": actions,
        **_of_step(ws, user, message["ts"], trigger_id),
    }


def on_view(ws: Workspace, user: str, view: Json, actions: list[Json]) -> Json:
    """Build `block_actions` for a click in a modal or a Home."""
    trigger_id = ws.tickets.trigger(user, view["id"] if view["type"] == "modal" else None)
    return {
        "type": "block_actions",
        **_common(ws, user),
        "container": {"type": "view", "view_id": view["id"]},
        "trigger_id": trigger_id,
        **_team(ws),
        "view": view,
        "actions": actions,
        **_of_step(ws, user, view["id"], trigger_id),
    }


def submission(ws: Workspace, user: str, view: Json) -> Json:
    """Build `view_submission`; `view` already holds the state that is submitted."""
    trigger_id = ws.tickets.trigger(user, view["id"])
    return {
        "type": "view_submission",
        **_team(ws),
        **_common(ws, user),
        "trigger_id": trigger_id,
        "view": view,
        "response_urls": _response_urls(ws, user, view),
        **_of_step(ws, user, view["id"], trigger_id),
    }


def closed(ws: Workspace, user: str, view: Json, *, is_cleared: bool) -> Json:
    """Build `view_closed`."""
    return {
        "type": "view_closed",
        **_team(ws),
        **_common(ws, user),
        "view": view,
        "is_cleared": is_cleared,
        **_of_step(ws, user, view["id"], ws.tickets.trigger(user)),
    }


def suggestion(
    ws: Workspace, user: str, block: Json, element: Json, typed: str, where: Json, channel: Channel | None
) -> Json:
    """Build `block_suggestion`; `where` is the view or the message the menu stands in."""
    if channel is None:
        place: Json = {"container": {"type": "view", "view_id": where["id"]}, "view": where}
    else:
        container = {
            "type": "message",
            "message_ts": where["ts"],
            "channel_id": channel.id,
            "is_ephemeral": False,
        }
        place = {"container": container, "channel": _channel(channel), "message": _plain(where)}
    return {
        "type": "block_suggestion",
        **_common(ws, user),
        **place,
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "value": typed,
        **_team(ws),
    }


def message_shortcut(ws: Workspace, user: str, channel: Channel, message: Json, callback_id: str) -> Json:
    """Build `message_action`."""
    hook = ws.tickets.hook("app", user, channel.id)
    common = _common(ws, user)
    del common["api_app_id"], common["user"]["username"]
    return {
        "type": "message_action",
        **common,
        "action_ts": ws.ts(),
        **_team(ws),
        "channel": _channel(channel),
        "callback_id": callback_id,
        "trigger_id": ws.tickets.trigger(user),
        "response_url": ws.url + hook,
        "message_ts": message["ts"],
        "message": _plain(message),
    }


def global_shortcut(ws: Workspace, user: str, callback_id: str) -> Json:
    """Build `shortcut`."""
    person = ws.users[user]
    return {
        "type": "shortcut",
        "token": VERIFICATION_TOKEN,
        "action_ts": ws.ts(),
        **_team(ws),
        "user": {"id": user, "username": person["name"], "team_id": person["team_id"]},
        "callback_id": callback_id,
        "trigger_id": ws.tickets.trigger(user),
    }


def command(ws: Workspace, user: str, channel: Channel, name: str, text: str) -> Json:
    """Build the payload of a slash command."""
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": ws.seed.id,
        "team_domain": ws.seed.domain,
        "channel_id": channel.id,
        "channel_name": _channel(channel)["name"],
        "user_id": user,
        "user_name": ws.users[user]["name"],
        "command": name,
        "text": text,
        "api_app_id": ws.seed.app.id,
        "is_enterprise_install": str(ws.seed.app.org_install).lower(),
        **(
            {"enterprise_id": org.id, "enterprise_name": org.name}
            if (org := ws.seed.enterprise) is not None
            else {}
        ),
        "response_url": ws.url + ws.tickets.hook("commands", user, channel.id),
        "trigger_id": ws.tickets.trigger(user),
    }


def _of_step(ws: Workspace, user: str, id: str, trigger_id: str) -> Json:
    """Return what a payload says of the workflow step that made the message or view, while the step runs."""
    one = ws.executions.behind(id)
    return executions.in_payload(one, user, trigger_id) if one is not None and one.is_running else {}


def _common(ws: Workspace, user: str) -> Json:
    person = ws.users[user]
    return {
        "user": {
            "id": user,
            "username": person["name"],
            "name": person["name"],
            "team_id": person["team_id"],
        },
        "api_app_id": ws.seed.app.id,
        "token": VERIFICATION_TOKEN,
    }


def _team(ws: Workspace) -> Json:
    team: Json = {"id": ws.seed.id, "domain": ws.seed.domain}
    enterprise: Json | None = None
    if (org := ws.seed.enterprise) is not None:
        team |= {"enterprise_id": org.id, "enterprise_name": org.name}
        enterprise = {"id": org.id, "name": org.name}
    return {
        "team": team,
        "enterprise": enterprise,
        "is_enterprise_install": ws.seed.app.org_install,
    }


def _channel(channel: Channel) -> Json:
    """Name a channel as payloads do, which hide the names of private conversations."""
    names = {"group": "privategroup", "im": "directmessage"}
    return {"id": channel.id, "name": names.get(channel.kind, channel.name)}


def _plain(message: Json) -> Json:
    return {key: value for key, value in message.items() if key not in ("reactions", "is_ephemeral")}


def _response_urls(ws: Workspace, user: str, view: Json) -> list[Json]:
    found: list[Json] = []
    for block in view["blocks"]:
        element = block.get("element")
        if block["type"] != "input" or not element.get("response_url_enabled"):
            continue
        entry = view["state"]["values"].get(block["block_id"], {}).get(element["action_id"], {})
        chosen = entry.get("selected_conversation") or entry.get("selected_channel")
        if chosen in ws.channels:
            found.append(
                {
                    "block_id": block["block_id"],
                    "action_id": element["action_id"],
                    "channel_id": chosen,
                    "response_url": ws.url + ws.tickets.hook("app", user, chosen),
                }
            )
    return found
