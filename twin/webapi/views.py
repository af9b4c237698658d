"""views.*: modals and App Homes.

People see the modal at once, on top of the one they had open; a Home when they open the app. A trigger id is
good for three seconds and for one modal, as in Slack.
"""

from __future__ import annotations

from typing import Any

from twin import compose
from twin.blocks import surface
from twin.webapi.calling import Args, Method
from twin.words import Json, SlackError, invalid_arguments
from twin.workspace import Workspace


def open_(ws: Workspace, args: Args) -> Json:
    view = checked_view(ws, args.structure("view", "invalid_arguments"), "modal")
    trigger = ws.tickets.exchange(_trigger(args))
    if trigger.view is not None and ws.views.get(trigger.view) is not None:
        opened = push_for(ws, trigger.user, view)  # Slack stacks it on the modal the click came from
    else:
        ws.views.clear(trigger.user)
        opened = push_for(ws, trigger.user, view)
    return {"ok": True, "view": opened}


def push(ws: Workspace, args: Args) -> Json:
    view = checked_view(ws, args.structure("view", "invalid_arguments"), "modal")
    trigger = ws.tickets.exchange(_trigger(args))
    if not ws.views.stack(trigger.user):
        raise SlackError("invalid_trigger_id")
    return {"ok": True, "view": push_for(ws, trigger.user, view)}


def update(ws: Workspace, args: Args) -> Json:
    view = args.structure("view", "invalid_arguments")
    if view_id := args.text("view_id"):
        old = ws.views.get(view_id)
    elif external_id := args.text("external_id"):
        old = ws.views.by_external_id(external_id)
    else:
        raise invalid_arguments("must provide view_id or external_id")
    if old is None:
        raise SlackError("not_found")
    view = checked_view(ws, view, old["type"])
    _check_hash(args, old)
    return {"ok": True, "view": update_for(ws, old["id"], view)}


def publish(ws: Workspace, args: Args) -> Json:
    user = args.need("user_id")
    view = checked_view(ws, args.structure("view", "invalid_arguments"), "home")
    if user not in ws.users:
        raise SlackError("user_not_found")
    if not ws.seed.app.manifest.home_tab:
        raise SlackError("not_enabled")
    old = ws.views.home(user)
    if old is not None:
        _check_hash(args, old)
    published = ws.views.publish(user, _with_ids(ws, view), ids(ws), ws.ts())
    ws.tell({"type": "home", "view": published}, to=user)
    return {"ok": True, "view": published}


def push_for(ws: Workspace, user: str, view: Json) -> Json:
    """Open a checked modal on top of a person's stack, and show it."""
    opened = ws.views.open(user, _with_ids(ws, view), ids(ws), ws.ts())
    show_stack(ws, user)
    return opened


def update_for(ws: Workspace, view_id: str, view: Json) -> Json:
    """Give an open view new, checked content, and show it."""
    new = ws.views.update(view_id, _with_ids(ws, view), ws.ts())
    user = ws.views.owner(view_id) or ""
    if new["type"] == "home":
        ws.tell({"type": "home", "view": new}, to=user)
    else:
        show_stack(ws, user)
    return new


def show_stack(ws: Workspace, user: str) -> None:
    """Show a person's modals as they stand."""
    ws.tell({"type": "views", "stack": ws.views.stack(user)}, to=user)


def checked_view(ws: Workspace, view: Any, kind: str) -> Json:
    """Check a view an app sent. Raises invalid_arguments with Slack's sentences, or view_too_large."""
    if view is None:
        raise invalid_arguments("missing required field: view")
    if found := surface.problems_of_view(view):
        raise invalid_arguments(*found)
    if view["type"] != kind:
        raise invalid_arguments(f"view type must be {kind} [json-pointer:/view/type]")
    if surface.is_view_too_large(view):
        raise SlackError("view_too_large")
    checked: Json = view
    return checked


def ids(ws: Workspace) -> Json:
    """Return what Slack stamps on every view of the app."""
    app = ws.seed.app
    return {
        "team_id": ws.seed.id,
        "app_id": app.id,
        "app_installed_team_id": ws.seed.id,
        "bot_id": app.bot_id,
    }


def _with_ids(ws: Workspace, view: Json) -> Json:
    return {
        **view,
        "blocks": compose.with_block_ids(ws, view["blocks"], "view" + view.get("callback_id", "")),
    }


def _trigger(args: Args) -> str:
    trigger_id = args.text("trigger_id") or args.text("interactivity_pointer")
    if not trigger_id:
        raise invalid_arguments("missing required field: trigger_id")
    return trigger_id


def _check_hash(args: Args, old: Json) -> None:
    wanted = args.text("hash")
    if wanted and wanted != old["hash"]:
        raise SlackError("hash_conflict")


METHODS = {
    "views.open": Method(open_, per_minute=100),
    "views.push": Method(push, per_minute=100),
    "views.update": Method(update, per_minute=100),
    "views.publish": Method(publish, per_minute=100),
}
