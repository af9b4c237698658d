"""Methods about being installed: oauth.v2.access, auth.revoke and auth.teams.list.

People see the consent page (install.py). Deliberately left out: user tokens and token rotation.
"""

from __future__ import annotations

from twin import install
from twin.webapi.calling import Args, Method, page
from twin.words import Json
from twin.workspace import Workspace


def oauth_v2_access(ws: Workspace, args: Args) -> Json:
    return install.access(ws.host, args.raw)


def auth_revoke(ws: Workspace, args: Args) -> Json:
    if args.flag("test"):
        return {"ok": True, "revoked": False}
    install.remove(ws)
    return {"ok": True, "revoked": True}


def auth_teams_list(ws: Workspace, args: Args) -> Json:
    """List the workspaces that the caller's token is good for."""
    teams: list[Json] = [
        {"id": one.seed.id, "name": one.seed.name}
        for one in ws.host.workspaces.values()
        if one.bot_token == ws.bot_token and one.is_installed
    ]
    part, cursor = page(teams, args, default=100)
    return {"ok": True, "teams": part, "response_metadata": {"next_cursor": cursor}}


METHODS = {
    "oauth.v2.access": Method(oauth_v2_access, per_minute=600, token="none"),
    "auth.revoke": Method(auth_revoke),
    "auth.teams.list": Method(auth_teams_list, per_minute=20),
}
