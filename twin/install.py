"""Installing the app: Slack's consent page, the code it hands back, and taking the app out again.

A person opens the app's "Add to Slack" link, sees what the app wants, picks a workspace and presses Allow; the browser
goes back to the app with a code that `oauth.v2.access` turns into a token. Deliberately left out: user tokens, token
rotation and incoming webhooks; and an address to go back to must be on this machine.
"""

from __future__ import annotations

import html
import secrets
from datetime import timedelta
from urllib.parse import urlencode, urlsplit, urlunsplit

from aiohttp import web

from twin import events
from twin.codes import Code
from twin.host import Host
from twin.words import Json, SlackError
from twin.workspace import Workspace

CODE_MINUTES = 10
_LOCAL = ("127.0.0.1", "localhost", "::1")


def grant(ws: Workspace) -> str:
    """Install the app in a workspace and return its bot token; a new one after it had been taken out."""
    if not ws.is_installed:
        ws.is_installed = True
        if ws.revoked:
            ws.bot_token = f"{ws.seed.app.bot_token}-{len(ws.revoked) + 1}"
    return ws.bot_token


def remove(ws: Workspace) -> None:
    """Take the app out of a workspace: it is told once more, and its token is worth nothing from then on."""
    if not ws.is_installed:
        return
    # Slack's captured events of these two kinds carry no event_ts.
    events.to_app(ws, {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [ws.bot]}})
    events.to_app(ws, {"type": "app_uninstalled"})
    ws.is_installed = False
    ws.revoked.append(ws.bot_token)


async def ask(host: Host, request: web.Request) -> web.Response:
    """Answer `GET /oauth/v2/authorize`: the page that asks a person for consent."""
    try:
        wanted, back = _wanted(host, dict(request.query)), _address(host, dict(request.query))
    except SlackError as refusal:
        return _page("Something went wrong", f"<p>{html.escape(str(refusal.extra['say']))}</p>", status=400)
    app = host.first.seed.app
    asked = dict(request.query)
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{html.escape(asked.get(name, ""))}">'
        for name in ("client_id", "scope", "state", "redirect_uri")
    )
    choice = "".join(
        f'<option value="{one.seed.id}"{" selected" if one.seed.id == asked.get("team") else ""}>'
        f"{html.escape(one.seed.name)}</option>"
        for one in host.workspaces.values()
    )
    lines = "".join(f"<li><code>{html.escape(one)}</code></li>" for one in wanted)
    body = (
        f"<p><b>{html.escape(app.name)}</b> is asking for permission to access your workspace.</p>"
        f"<p>{html.escape(app.manifest.description)}</p>"
        f'<form method="post">{hidden}'
        f'<label>Workspace <select name="team" data-testid="team">{choice}</select></label>'
        f"<h2>What will {html.escape(app.name)} be able to do?</h2><ul>{lines}</ul>"
        f'<p class="small">You will be sent to {html.escape(back)}</p>'
        '<button name="answer" value="cancel">Cancel</button> '
        '<button name="answer" value="allow" class="primary" data-testid="allow">Allow</button></form>'
    )
    return _page(f"Install {app.name}", body)


async def allow(host: Host, request: web.Request) -> web.Response:
    """Answer the consent page's form: send the browser back to the app, with a code or with a refusal."""
    form = {key: value for key, value in (await request.post()).items() if isinstance(value, str)}
    try:
        wanted, back = _wanted(host, form), _address(host, form)
    except SlackError as refusal:
        return _page("Something went wrong", f"<p>{html.escape(str(refusal.extra['say']))}</p>", status=400)
    ws = host.workspaces.get(form.get("team", ""), host.first)
    if form.get("answer") != "allow":
        return _back(back, {"error": "access_denied", "state": form.get("state", "")})
    until = host.clock.now() + timedelta(minutes=CODE_MINUTES)
    code = host.codes.issue(Code(ws.seed.id, ws.seed.people[0].id, wanted, back, until))
    return _back(back, {"code": code, "state": form.get("state", "")})


def access(host: Host, said: Json) -> Json:
    """Turn a code into a token: the answer of `oauth.v2.access`. Raises SlackError with Slack's code."""
    app = host.first.seed.app
    if str(said.get("client_id", "")) != app.client_id:
        raise SlackError("invalid_client_id")
    if not secrets.compare_digest(str(said.get("client_secret", "")), app.client_secret):
        raise SlackError("bad_client_secret")
    if said.get("grant_type", "authorization_code") != "authorization_code":
        raise SlackError("invalid_grant_type")
    code = host.codes.use(str(said.get("code", "")), str(said.get("redirect_uri") or ""), host.clock.now())
    ws = host.workspaces[code.team]
    org = ws.seed.enterprise
    return {
        "ok": True,
        "app_id": app.id,
        "authed_user": {"id": code.user},
        "scope": ",".join(code.scopes),
        "token_type": "bot",
        "access_token": grant(ws),
        "bot_user_id": ws.bot,
        "team": None if app.org_install else {"id": ws.seed.id, "name": ws.seed.name},
        "enterprise": {"id": org.id, "name": org.name} if org is not None else None,
        "is_enterprise_install": app.org_install,
    }


def _wanted(host: Host, said: dict[str, str]) -> tuple[str, ...]:
    app = host.first.seed.app
    if said.get("client_id") != app.client_id:
        raise SlackError("invalid_client_id", say="Invalid client_id parameter.")
    scopes = tuple(one for one in said.get("scope", "").replace(" ", ",").split(",") if one)
    unknown = [one for one in scopes if one not in app.manifest.scopes]
    if unknown:
        say = f"The manifest does not list the bot scope {', '.join(unknown)}; add it under oauth_config.scopes.bot."
        raise SlackError("invalid_scope", say=say)
    if not scopes:
        raise SlackError("invalid_scope", say="The link asks for no scope: add ?scope=… to it.")
    return scopes


def _address(host: Host, said: dict[str, str]) -> str:
    """Return where the browser goes afterwards: the link's address, or else the manifest's first."""
    known = host.first.seed.app.manifest.redirect_urls
    back = said.get("redirect_uri") or (known[0] if known else "")
    if urlsplit(back).scheme not in ("http", "https") or urlsplit(back).hostname not in _LOCAL:
        say = "redirect_uri must be an address on this machine, such as http://127.0.0.1:3000/slack/oauth_redirect."
        raise SlackError("bad_redirect_uri", say=say)
    if known and not any(back.startswith(one) for one in known):
        say = f"redirect_uri did not match any configured URIs. Passed URI: {back}"
        raise SlackError("bad_redirect_uri", say=say)
    return back


def _back(address: str, said: dict[str, str]) -> web.Response:
    parts = urlsplit(address)
    query = "&".join(one for one in (parts.query, urlencode(said)) if one)
    return web.Response(status=302, headers={"Location": urlunsplit(parts._replace(query=query))})


_STYLE = (
    "body{font:16px/1.5 Lato,system-ui,sans-serif;max-width:34rem;margin:8vh auto;padding:0 1rem;color:#1d1c1d;"
    "background:#fff}h1{font-size:1.6rem}h2{font-size:1.1rem;margin-top:2rem}button{font:inherit;font-weight:700;"
    "padding:.5rem 1.2rem;border-radius:6px;border:1px solid #bbb;background:#fff;cursor:pointer}"
    "button.primary{background:#007a5a;border-color:#007a5a;color:#fff}select{font:inherit;padding:.3rem}"
    ".small{color:#616061;font-size:.85rem}@media(prefers-color-scheme:dark){body{background:#1a1d21;color:#e8e8e8}"
    "button{background:#222529;color:inherit}.small{color:#ababad}}"
)


def _page(title: str, body: str, status: int = 200) -> web.Response:
    text = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{_STYLE}</style>'
        f"<h1>{html.escape(title)}</h1>{body}</html>"
    )
    return web.Response(text=text, content_type="text/html", status=status)
