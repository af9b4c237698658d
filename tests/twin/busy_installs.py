"""The busy hour's end: the app asks where it is installed, is installed anew, and is taken out."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp

from twin.server import Twin


async def consent(twin: Twin, team: str = "", **more: str) -> dict[str, str]:
    """Press Allow on the consent page, as a browser does; return what the app's address gets."""
    app = twin.ws.seed.app
    form = {
        "client_id": app.client_id,
        "scope": "chat:write,commands",
        "state": "s1",
        "redirect_uri": "http://127.0.0.1:3000/slack/oauth_redirect",
        "team": team or twin.ws.seed.id,
        "answer": "allow",
    }
    async with aiohttp.ClientSession() as browser:
        async with browser.post(
            f"{twin.url}/oauth/v2/authorize", data={**form, **more}, allow_redirects=False
        ) as sent:
            assert sent.status == 302, await sent.text()
            return {
                name: value[0] for name, value in parse_qs(urlsplit(sent.headers["Location"]).query).items()
            }


async def busy_installs(twin: Twin, call: Any) -> None:
    app = twin.ws.seed.app
    await call("auth.teams.list")
    code = (await consent(twin))["code"]
    secrets = {"client_id": app.client_id, "client_secret": app.client_secret}
    await call("oauth.v2.access", code=code, **secrets)
    await call("auth.revoke")
