"""Methods about who is calling and where: api.test, auth.test, apps.connections.open, team.info, bots.info.

Nothing of it is visible to people.
"""

from __future__ import annotations

from twin import users
from twin.webapi.calling import Args, Method
from twin.words import Json, SlackError
from twin.workspace import Workspace


def api_test(ws: Workspace, args: Args) -> Json:
    said = {key: value for key, value in args.raw.items() if key != "token"}
    if error := args.text("error"):
        raise SlackError(error, args=said)
    return {"ok": True, **({"args": said} if said else {})}


def auth_test(ws: Workspace, args: Args) -> Json:
    app = ws.seed.app
    return {
        "ok": True,
        "url": f"https://{ws.seed.domain}.slack.com/",
        "team": ws.seed.name,
        "user": app.bot_user,
        "team_id": ws.seed.id,
        "user_id": app.user_id,
        "bot_id": app.bot_id,
        **({"enterprise_id": ws.enterprise} if ws.enterprise else {}),
        "is_enterprise_install": app.org_install,
    }


def team_info(ws: Workspace, args: Args) -> Json:
    sizes = (34, 44, 68, 88, 102, 132, 230)
    icon: Json = {f"image_{size}": f"https://avatars.example.com/{ws.seed.id}_{size}.png" for size in sizes}
    team: Json = {
        "id": ws.seed.id,
        "name": ws.seed.name,
        "url": f"https://{ws.seed.domain}.slack.com/",
        "domain": ws.seed.domain,
        "email_domain": "",
        "icon": {**icon, "image_default": True},
        "avatar_base_url": "https://avatars.example.com/",
        "is_verified": False,
    }
    if (org := ws.seed.enterprise) is not None:
        team |= {"enterprise_id": org.id, "enterprise_name": org.name, "enterprise_domain": org.domain}
    return {"ok": True, "team": team}


def bots_info(ws: Workspace, args: Args) -> Json:
    app = ws.seed.app
    if args.text("bot", app.bot_id) != app.bot_id:
        raise SlackError("bot_not_found")
    bot: Json = {
        "id": app.bot_id,
        "deleted": False,
        "name": app.name,
        "updated": ws.started,
        "app_id": app.id,
        "user_id": app.user_id,
        "icons": users.bot_icons(app.bot_id),
    }
    return {"ok": True, "bot": bot}


def apps_connections_open(ws: Workspace, args: Args) -> Json:
    url = ws.url.replace("http", "ws", 1)
    return {"ok": True, "url": f"{url}/link/?ticket={ws.road.ticket()}&app_id={ws.seed.app.id}"}


METHODS = {
    "apps.connections.open": Method(apps_connections_open, per_minute=1000, token="app"),
    "api.test": Method(api_test, per_minute=1000, token="none"),
    "auth.test": Method(auth_test, per_minute=1000),
    "team.info": Method(team_info, ("team:read",)),
    "bots.info": Method(bots_info, ("users:read",)),
}
