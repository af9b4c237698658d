"""The twin: a local Slack workspace that an unmodified Bolt app talks to, and that people open in a browser.

Start one with `twin = await Twin.start(seed)`; an app only changes its API base URL to `twin.api_url`.
Deliberately loopback only and in memory only: it is a place to develop, test and demonstrate, and holds
nothing afterwards.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Literal, TypeVar

from aiohttp import WSMsgType, web

from twin import hooks, install, messages, story
from twin import seed as seeds
from twin.admin.api import Workshop
from twin.channels import Channel
from twin.clock import Clock, SteppedClock
from twin.faults import DeliveryFaults, Faults, Limits
from twin.host import Call, Host, check_together
from twin.ledger import EACH
from twin.people import api
from twin.people.deeds import who
from twin.people.person import Person
from twin.seed import Seed
from twin.webapi import dispatch
from twin.words import Json
from twin.workspace import Workspace

T = TypeVar("T")
Handler = Callable[[Host, web.Request], Awaitable[web.StreamResponse]]
# A condition may also depend on things outside the twin, such as a database, so it is looked at now and then.
LOOK_AGAIN = 0.05
PAGE = Path(__file__).resolve().parent / "page" / "bundle"
MAX_BODY = 1024 * 1024 * 1024


class Twin:
    """One workspace or several, running. Make one with `Twin.start`, end it with `stop`."""

    def __init__(self, host: Host, runner: web.AppRunner) -> None:
        self.host = host
        self.ws = host.first
        self._runner = runner

    @classmethod
    async def start(
        cls,
        seed: Seed | Path | str | Sequence[Seed | Path | str],
        port: int = 0,
        clock: Clock | None = None,
        *,
        host: str = "127.0.0.1",
        limits: bool = False,
        request_url: str = "",
    ) -> Twin:
        """Start a workspace from a seed (or the path of one), or several that one app is installed in.

        Port 0 takes any free port. Without a clock of yours it goes with real time and can be stepped. With
        `request_url` everything is delivered there over HTTP, whatever the manifest says.

        Raises SeedError when a seed cannot be used.
        """
        given = [seed] if isinstance(seed, Seed | Path | str) else seed
        loaded = [one if isinstance(one, Seed) else seeds.load(one) for one in given]
        check_together(loaded)
        shared = Host(clock or SteppedClock(), loaded[0].app.id)
        shared.choose_road(loaded[0].app, request_url)
        for one in loaded:
            Workspace(one, shared)
        shared.limits.enabled = limits
        app = web.Application(client_max_size=MAX_BODY, middlewares=[_only_from_here])
        _add_routes(app, shared)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        site = web.TCPSite(runner, host, port)
        await site.start()
        shared.url = f"http://{host}:{runner.addresses[0][1]}"
        for ws in shared.workspaces.values():
            for message in ws.seed.messages:
                channel = ws.find_channel(message.channel)
                user = ws.find_user(message.person)
                if channel is not None and user is not None:
                    messages.post_as_person(ws, channel, user, message.text, announce=False)
        return cls(shared, runner)

    async def stop(self) -> None:
        """End the workspace: close every connection and forget everything."""
        self.host.faults.clear()
        self.host.alarms.stop()
        await self.host.road.close()
        await self.host.http.close()
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        """The address of the page."""
        return self.ws.url

    @property
    def api_url(self) -> str:
        """The base URL for an AsyncWebClient."""
        return f"{self.ws.url}/api/"

    @property
    def bot_token(self) -> str:
        return self.ws.seed.app.bot_token

    @property
    def app_token(self) -> str:
        return self.ws.seed.app.app_token

    @property
    def signing_secret(self) -> str:
        return self.ws.seed.app.signing_secret

    @property
    def bot_user_id(self) -> str:
        return self.ws.bot

    @property
    def bot_id(self) -> str:
        return self.ws.seed.app.bot_id

    @property
    def faults(self) -> Faults:
        """Things that shall go wrong: `twin.faults.add("chat.postMessage", "ratelimit")`."""
        return self.ws.faults

    @property
    def deliveries(self) -> DeliveryFaults:
        """What shall go wrong on the way to the app: `twin.deliveries.add("message", "duplicate")`."""
        return self.host.courier.faults

    @property
    def limits(self) -> Limits:
        """Slack's rate limits; `twin.limits.enabled = True` switches them on."""
        return self.ws.limits

    @property
    def calls(self) -> deque[Call]:
        """The recorded Web API calls, oldest first."""
        return self.ws.calls

    @property
    def undelivered(self) -> deque[Json]:
        """What never reached the app: `{"type", "reason", "payload"}`."""
        return self.ws.courier.undelivered

    @property
    def connections(self) -> int:
        """How many Socket Mode connections the app holds open."""
        return self.ws.road.connections

    def workspace(self, name: str) -> Workspace:
        """Return one of several workspaces, by team id, domain or name."""
        found = self.host.workspace(name)
        if found is None:
            known = ", ".join(one.seed.name for one in self.host.workspaces.values())
            raise KeyError(f"no workspace {name!r}, only: {known}")
        return found

    def person(self, name: str, workspace: str | None = None) -> Person:
        """Return somebody who acts, by handle or id; two workspaces may have people of the same handle."""
        ws = self.workspace(workspace) if workspace else self.host.of_person(name) or self.ws
        return Person(self, ws, who(ws, name))

    def channel(self, name: str) -> Channel:
        """Return a conversation by `#name` or id; its `messages` and `thread(ts)` are what people see."""
        channel = self.ws.find_channel(name)
        if channel is None:
            raise KeyError(
                f"no channel {name!r}, only: {', '.join(one.name for one in self.ws.channels.values())}"
            )
        return channel

    def dm(self, name: str) -> Channel:
        """Return the direct conversation between a person and the app."""
        return self.ws.dm(who(self.ws, name))

    async def until(self, condition: Callable[[], T | Literal[False] | None], timeout: float = 10) -> T:
        """Wait until a condition holds, and return its (truthy) value.

        It is looked at after every change in the twin. Raises TimeoutError with the last Web API calls after
        `timeout` seconds of real time.
        """
        end = time.monotonic() + timeout
        while True:
            if value := condition():
                return value
            left = end - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"not so after {timeout} s. {self.story()}")
            await self.host.next_change(min(left, LOOK_AGAIN))

    async def idle(self, timeout: float = 10) -> None:
        """Wait until every delivery is acknowledged, no Web API call is under way, and no connection is being replaced.

        An app that stays although it was asked to replace its connection is waited for a second of real time.
        """
        host = self.host
        await self.until(
            lambda: host.courier.is_idle and host.calls_under_way == 0 and not host.road.is_replacing, timeout
        )

    async def connected(self, connections: int = 1, timeout: float = 10) -> None:
        """Wait until the app holds at least so many Socket Mode connections."""
        await self.until(lambda: self.connections >= connections, timeout)

    def refresh_connections(self, reason: str = "refresh_requested") -> None:
        """Ask the app to replace its connections, as Slack does from time to time."""
        self.ws.road.ask_to_leave(reason)

    async def cut_connections(self) -> None:
        """Break the app's connections without a word, as a dying network does."""
        await self.ws.road.cut()

    def send_frame(self, data: str | bytes, kind: Literal["text", "binary", "ping", "pong"] = "text") -> None:
        """Send on each of the app's Socket Mode connections what Slack never would, such as half of JSON.

        It is no delivery: nobody waits for its acknowledgement, and the record does not hold it.
        """
        encoded = data.encode() if isinstance(data, str) else data
        self.ws.road.send_frame(encoded, WSMsgType[kind.upper()])

    async def use_request_url(self, url: str) -> None:
        """Deliver everything to this address over HTTP from now on, or (empty) over Socket Mode.

        The app must echo Slack's challenge first. Raises Refused with a sentence when it does not.
        """
        await self.host.use_request_url(url)

    async def advance(self, seconds: float) -> None:
        """Let time pass on the twin's own clock: what is due on the way happens at its own time, in order.

        The app gets its three seconds of real time to acknowledge what that sends. Raises Refused when it leads back.
        """
        await self.host.advance(seconds)

    def tick(self) -> None:
        """Let deadlines pass that are due on the twin's clock, right after a test moved it."""
        self.ws.alarms.ring_due()
        self.ws.bump()

    def story(self, last: int = 12) -> str:
        """Tell what the app called and was told lately, and what is still under way, for error messages."""
        return story.tell(self.host, last)


def _add_routes(app: web.Application, host: Host) -> None:
    def on(handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def answer(request: web.Request) -> web.StreamResponse:
            return await handler(host, request)

        return answer

    async def link(host: Host, request: web.Request) -> web.StreamResponse:
        return await host.road.serve(request)

    app.router.add_route("*", "/api/{method}", on(dispatch.serve))
    app.router.add_get("/link/", on(link))
    app.router.add_post("/hooks/{kind}/{team}/{number}/{secret}", on(hooks.serve))
    app.router.add_post("/files/upload/{key}", on(_take_file))
    app.router.add_get("/files/{id}/{name}", on(_give_file))
    app.router.add_get("/files/{id}/download/{name}", on(_give_file))
    for path, handler in api.GETS.items():
        app.router.add_get(path, on(handler))
    for path, handler in api.POSTS.items():
        app.router.add_post(path, on(handler))
    Workshop(host).add_to(app.router)
    app.router.add_get("/oauth/v2/authorize", on(install.ask))
    app.router.add_post("/oauth/v2/authorize", on(install.allow))
    app.router.add_get("/{name:[\\w.-]*}", on(_page))


@web.middleware
async def _only_from_here(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Refuse what a foreign web page could send through somebody's browser."""
    host = request.host.rpartition(":")[0] or request.host
    origin = request.headers.get("Origin")
    if host not in ("127.0.0.1", "localhost", "[::1]"):
        return web.Response(status=403, text="The twin answers to 127.0.0.1 and localhost only.\n")
    if origin is not None and origin.partition("://")[2] != request.host:
        return web.Response(status=403, text="The twin does not answer other web pages.\n")
    return await handler(request)


async def _take_file(host: Host, request: web.Request) -> web.Response:
    """Take the bytes of an upload, sent raw or as a form."""
    key = request.match_info["key"]
    ws, file = next(
        ((one, file) for one in host.workspaces.values() if (file := one.files.by_upload_key(key))),
        (host.first, None),
    )
    if file is None:
        return web.Response(status=404, text="invalid upload address")
    if request.content_type == "multipart/form-data":
        form = await request.post()
        parts = [value for value in form.values() if isinstance(value, web.FileField)]
        data = parts[0].file.read() if parts else b""
    else:
        data = await request.read()
    if len(data) != file.length:
        return web.Response(status=400, text=f"expected {file.length} bytes, got {len(data)}")
    ws.files.fill(file, data)
    said = {"file": file.id, "filename": file.name, "length": len(data)}
    n = host.next_number()
    host.posts.append(Call(n, ws.now(), "file_upload", said, {"ok": True}, 0.0, size=EACH, changed=n))
    return web.Response(text=f"OK - {len(data)}")


async def _give_file(host: Host, request: web.Request) -> web.Response:
    """Serve a file to the app's token, or to the page. Others are sent to the front page, as Slack does."""
    team, _, file_id = request.match_info["id"].partition("-")
    ws = host.workspaces.get(team, host.first)
    file = ws.files.get(file_id)
    is_app = request.headers.get("Authorization") == f"Bearer {ws.bot_token}"
    if is_app and "files:read" not in ws.seed.app.manifest.scopes:
        is_app = False
    is_page = request.headers.get("Sec-Fetch-Site") == "same-origin" or "as" in request.query
    if not is_app and not is_page:
        return web.Response(status=302, headers={"Location": "/"})
    if file is None or not file.is_uploaded:
        return web.Response(status=404, text="no such file")
    disposition = "attachment" if "/download/" in request.path else "inline"
    safe = (
        file.mimetype.startswith(("image/", "text/plain", "application/pdf")) and "svg" not in file.mimetype
    )
    return web.Response(
        body=file.data,
        content_type=file.mimetype if safe else "application/octet-stream",
        headers={"Content-Disposition": disposition, "X-Content-Type-Options": "nosniff"},
    )


async def _page(host: Host, request: web.Request) -> web.StreamResponse:
    """Serve the page's bundle."""
    name = request.match_info["name"] or "index.html"
    file = PAGE / name
    exists = await asyncio.to_thread(file.is_file)
    if exists:
        return web.FileResponse(file, headers={"Cache-Control": "no-cache"})
    if name == "index.html":
        say = "The twin is running, but its page has not been built yet: run `make page`.\n"
        return web.Response(text=say)
    return web.Response(status=404, text="not found\n")
