"""An app's request URL without Bolt: it keeps every request, and answers as the test wants."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from aiohttp import web

Json = dict[str, Any]


@dataclass(frozen=True)
class Heard:
    """One request."""

    path: str
    headers: dict[str, str]  # by lower-case name
    body: bytes

    @property
    def json(self) -> Json:
        """The payload, whichever way it was sent."""
        if self.headers["content-type"] == "application/json":
            found: Json = json.loads(self.body)
            return found
        fields = {key: values[0] for key, values in parse_qs(self.body.decode(), True).items()}
        return json.loads(fields["payload"]) if "payload" in fields else fields

    @property
    def retry(self) -> tuple[str | None, str | None]:
        """The number and reason of a repetition."""
        return self.headers.get("x-slack-retry-num"), self.headers.get("x-slack-retry-reason")


@dataclass
class Address:
    """What was heard at the address `url`; `answer` says what to answer, `url_verification` aside."""

    url: str = ""
    heard: list[Heard] = field(default_factory=list)
    answer: Callable[[Heard], Awaitable[web.Response] | web.Response] = lambda heard: web.Response()

    @property
    def retries(self) -> list[tuple[str | None, str | None]]:
        return [one.retry for one in self.heard]

    async def serve(self, request: web.Request) -> web.Response:
        headers = {key.lower(): value for key, value in request.headers.items()}
        heard = Heard(request.path, headers, await request.read())
        if b'"url_verification"' in heard.body:
            return web.Response(text=heard.json["challenge"])
        self.heard.append(heard)
        answer = self.answer(heard)
        return answer if isinstance(answer, web.Response) else await answer


@asynccontextmanager
async def listening(app: web.Application | None = None) -> AsyncIterator[Address]:
    """Listen at a free port: to everything, or with an app's own routes beside it."""
    address = Address()
    app = app or web.Application()
    app.router.add_post("/{rest:.*}", address.serve)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    address.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield address
    finally:
        await runner.cleanup()
