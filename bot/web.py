"""Deliveries by HTTP: Slack posts each one to `/slack/events` and is answered as soon as it is kept.

People in Slack see no difference to Socket Mode. An operator gives Slack the public address of this server as Request
URL for events, interactivity, commands and menus alike. What Slack did not sign, or signed more than five minutes ago,
is refused in one sentence, and nobody ever reads a traceback. `/healthz`, `/readyz` and `/metrics` say how the process
is; in Socket Mode the server has nothing else. Deliberately not here: TLS, which belongs to the proxy in front, and an
installation by OAuth.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import secrets
import socket
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, NoReturn
from urllib.parse import parse_qsl

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST
from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.deliveries import readable
from bot.readiness import Readiness
from bot.vitals import Vitals

log = structlog.get_logger("signalbox.web")

PATH = "/slack/events"
LARGEST = 4 * 1024 * 1024  # bytes; a message with everything in it, percent-encoded, is well below
_WINDOW = 5 * 60  # seconds that a signature is good for, before and after
_PATIENCE = 2.5  # seconds until Slack is asked to bring it again; it gives up by itself after three
_LAST_ANSWERS = 1.0  # seconds that deliveries under way get when the process stops
_READING = 10.0  # seconds that a body may take to arrive
_CHECK = 1024  # bytes of a form that needs no signature: Slack's question whether our certificate is good
_FORM = "application/x-www-form-urlencoded"
_SENTENCES = {
    404: f"There is nothing here; Slack's deliveries belong to {PATH}.",
    405: "This address takes POST requests from Slack.",
    413: f"This is larger than the {LARGEST // 1024 // 1024} MiB that a delivery may have.",
}


class CannotListen(Exception):
    """The address for deliveries cannot be used; the message says what to do."""


class Refused(Exception):
    """A request that gets no further, with the status and the sentence of its answer."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


def take(host: str, port: int) -> socket.socket:
    """Take an address before anything else is begun; 0 is any free port. Raises CannotListen."""
    taken = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((host, port))
    except OSError as wrong:
        taken.close()
        raise _not_ours(host, port, wrong) from None
    return taken


def _not_ours(host: str, port: int, wrong: OSError) -> CannotListen:
    return CannotListen(
        f"deliveries cannot be awaited at {host}:{port} ({wrong.strerror}); "
        "set SIGNALBOX_HTTP_HOST and SIGNALBOX_HTTP_PORT to an address that is free"
    )


class HttpFace:
    """The server that Slack posts to, and at which the process can be looked at. Nothing gets in before `open`."""

    def __init__(
        self,
        taken: socket.socket,
        secret: str,
        now: Callable[[], datetime],
        readiness: Readiness | None = None,
        vitals: Vitals | None = None,
    ) -> None:
        self._taken = taken
        self._secret = secret
        self._now = now
        self._readiness = readiness
        self._vitals = vitals
        self._app: AsyncApp | None = None
        self._has_left = False
        self._runner: web.AppRunner | None = None
        self._under_way: set[asyncio.Task[BoltResponse]] = set()
        self._heard: dict[str, int] = {}  # what was answered, by its signature, and when it was signed
        self.patience = _PATIENCE
        self._host, self.port = taken.getsockname()[:2]
        self.url = f"http://{f'[{self._host}]' if ':' in self._host else self._host}:{self.port}"

    async def open(self, app: AsyncApp | None) -> None:
        """Begin to hand deliveries to this app; without one there are none. Raises CannotListen."""
        self._app = app
        server = web.Application(client_max_size=LARGEST, middlewares=[_in_a_sentence])
        if app is not None:
            server.router.add_post(PATH, self._deliver)
        server.router.add_get("/healthz", _healthy)
        if self._readiness:
            server.router.add_get("/readyz", self._ready)
        if self._vitals:
            server.router.add_get("/metrics", self._metrics)
        self._runner = web.AppRunner(server, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        try:
            await web.SockSite(self._runner, self._taken).start()
        except OSError as wrong:
            raise _not_ours(self._host, self.port, wrong) from None
        if app is not None:
            log.info("awaiting deliveries by HTTP", at=self.url + PATH)
        else:
            log.info("open to be looked at", at=self.url + "/readyz")

    async def leave(self) -> None:
        """Let no delivery in any more; Slack brings it again. The process can still be looked at until `close`."""
        self._has_left = True
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=_LAST_ANSWERS)
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def close(self) -> None:
        """Let nothing more in. A delivery that could not be kept in time is brought again by Slack."""
        await self.leave()
        if self._runner:
            await self._runner.cleanup()
        self._taken.close()
        if self._readiness:
            await self._readiness.close()

    async def _ready(self, request: web.Request) -> web.Response:
        assert self._readiness is not None
        state = await self._readiness.state()
        answer = {"ok": not state.reasons, "reasons": state.reasons, "notes": state.notes}
        return web.json_response(answer, status=503 if state.reasons else 200)

    async def _metrics(self, request: web.Request) -> web.Response:
        assert self._vitals is not None
        backlog = await self._readiness.backlog() if self._readiness else None
        body = self._vitals.exposition(backlog, self._now())
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _deliver(self, request: web.Request) -> web.Response:
        if self._has_left:
            raise Refused(503, "This process is stopping; please bring it again.")
        body = await self._signed(request)
        if body is None:
            return web.Response()
        delivery = read(request.content_type, body)
        if attempt := request.headers.get("X-Slack-Retry-Num"):
            log.info("brought again", attempt=attempt, why=request.headers.get("X-Slack-Retry-Reason", ""))
        answer = await self._answer(delivery, request.headers["X-Slack-Signature"])
        if answer.status == 401:
            raise _played_again()  # another replica has kept it
        if answer.status == 200:
            self._remember(request)
        return answer

    async def _signed(self, request: web.Request) -> bytes | None:
        """Return a body that Slack signed; None for the question whether our certificate is good."""
        timestamp = request.headers.get("X-Slack-Request-Timestamp", "")
        signature = request.headers.get("X-Slack-Signature", "")
        if not timestamp or not signature:
            if await _is_certificate_check(request):
                return None
            raise Refused(401, "This request is not signed; only Slack may post here.")
        # A body is read for those only who could have been Slack: a stale request is refused by its headers.
        if not is_fresh(timestamp, self._now()):
            log.warning("refused", why="the timestamp is too far from our clock")
            raise Refused(401, "This request is too old, or the clocks differ by more than five minutes.")
        body = await _body(request)
        if not is_signed(self._secret, timestamp, signature, body):
            log.warning("refused", why="the signature is not Slack's; is SLACK_SIGNING_SECRET this app's?")
            raise Refused(401, "The signature does not fit; only Slack may post here.")
        if signature in self._heard:
            raise _played_again()
        return body

    def _remember(self, request: web.Request) -> None:
        """Keep the signature of what was answered, until it is too old to be played again."""
        signed_at = int(request.headers["X-Slack-Request-Timestamp"])
        oldest = self._now().timestamp() - _WINDOW
        while self._heard and next(iter(self._heard.values())) < oldest:
            del self._heard[next(iter(self._heard))]
        self._heard[request.headers["X-Slack-Signature"]] = signed_at

    async def _answer(self, delivery: dict[str, Any], signature: str) -> web.Response:
        """Hand a delivery on, and answer for it in time, whatever is slow behind us."""
        assert self._app is not None
        # We have verified it ourselves, so for Bolt it is as trusted as one that comes over our own connection. Headers
        # stay outside, because they are not signed and Bolt obeys some.
        request = AsyncBoltRequest(body=readable(delivery), mode="socket_mode", context={"signed": signature})
        task = asyncio.create_task(self._app.async_dispatch(request))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        # Not cancelled when it is late: it may be about to be kept, and a second copy changes nothing.
        done, _ = await asyncio.wait([task], timeout=self.patience)
        if not done or task.cancelled():
            log.warning("late", after_s=self.patience)
            raise Refused(503, "This takes too long at the moment; please bring it again.")
        answer = task.result()
        content_type = answer.headers.get("content-type", ["text/plain"])[0].partition(";")[0]
        return web.Response(status=answer.status, text=answer.body or "", content_type=content_type)


def _played_again() -> Refused:
    log.warning("refused", why="it was played again")
    return Refused(401, "This request was answered before; what Slack brings again, it signs anew.")


def is_fresh(timestamp: str, now: datetime) -> bool:
    """Say whether a timestamp, in seconds as Slack writes it, is within five minutes of now."""
    if not (timestamp.isascii() and timestamp.isdigit()):
        return False
    return abs(now.timestamp() - int(timestamp[:20])) <= _WINDOW


def is_signed(secret: str, timestamp: str, signature: str, body: bytes) -> bool:
    """Say whether whoever knows the secret signed this body at this time (version 0 of Slack's signatures)."""
    return hmac.compare_digest(
        sign(secret, timestamp, body).encode(), signature.encode("utf-8", "surrogateescape")
    )


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Return the signature that Slack would send with this body."""
    signed = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def read(content_type: str, body: bytes) -> dict[str, Any]:
    """Return the delivery in a body: JSON, or a form that is a command or has JSON in its payload. Raises Refused."""
    try:
        text = body.decode("utf-8")
        if content_type != _FORM:
            return _object(text)
        fields = dict(parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=200))
    except ValueError:
        raise Refused(400, "This is not a form in UTF-8.") from None
    if "payload" in fields:
        return _object(fields["payload"])
    if "command" in fields or "ssl_check" in fields:
        return dict(fields)
    raise Refused(400, "This form has neither a payload nor a command.")


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Refused(400, "This is not JSON.") from None
    if not isinstance(found, dict):
        raise Refused(400, "This JSON is not an object.")
    return found


def _no_number(name: str) -> NoReturn:
    # Python reads NaN and Infinity, which are not JSON and which PostgreSQL would refuse to keep.
    raise ValueError(name)


async def _is_certificate_check(request: web.Request) -> bool:
    """Say whether this is the form with which Slack tries a command's address; it is not signed and asks nothing."""
    if request.content_type != _FORM or (request.content_length or _CHECK + 1) > _CHECK:
        return False
    fields = dict(parse_qsl((await _body(request)).decode("utf-8", "replace")))
    return fields.get("ssl_check") == "1" and not fields.keys() & {"payload", "command"}


async def _body(request: web.Request) -> bytes:
    try:
        async with asyncio.timeout(_READING):
            return await request.read()
    except TimeoutError:
        raise Refused(408, "The rest of this request did not arrive.") from None
    except (ConnectionError, web.RequestPayloadError):
        raise Refused(400, "This request is not complete.") from None


async def _healthy(request: web.Request) -> web.Response:
    return web.json_response({"ok": True})


@web.middleware
async def _in_a_sentence(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Answer whatever goes wrong with one sentence of JSON."""
    try:
        return await handler(request)
    except Refused as refused:
        return _said(refused.status, refused.sentence)
    except web.HTTPException as refused:
        return _said(refused.status, _SENTENCES.get(refused.status, refused.reason))
    except Exception as wrong:  # the outermost frame
        reference = secrets.token_hex(4)
        log.error("delivery failed", reference=reference, exc_info=wrong)
        return _said(500, f"Something went wrong on our side (reference {reference}).")


def _said(status: int, sentence: str) -> web.Response:
    return web.json_response({"ok": False, "error": sentence}, status=status)
