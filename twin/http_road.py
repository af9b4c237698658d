"""The other road: signed HTTP requests to the app, as Slack sends them to request URLs.

Nothing of it is visible in Slack. Events arrive as JSON, clicks and menus as a form with `payload`, commands as a
form; each is signed with the app's signing secret and must be answered within three seconds of the twin's clock. The
signature's own time is real, because the app compares it with the machine's clock. Only addresses on this machine are
ever called. Deliberately not simulated: Slack's client certificate, and its short slots for one app's requests. An
address given at start is taken as verified, as the app itself may start later; one that is set while the twin runs
must echo Slack's challenge first.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import aiohttp

from twin.delivery import ACK_SECONDS, Courier, Parcel
from twin.manifest import Manifest
from twin.parcels import Outcome
from twin.words import Json, Refused

HERE = ("127.0.0.1", "localhost", "::1")
MAX_REDIRECTS = 2
# Enough of a body that was not understood to recognise it in the inspector.
SAID_CHARACTERS = 2_000
# The same as in events; those modules know this one.
TOKEN = "twin-verification-token"
_JSON, _FORM = "application/json", "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Addresses:
    """Where the app wants to be told what. Empty ones are not set."""

    events: str = ""
    interactivity: str = ""
    options: str = ""
    commands: tuple[tuple[str, str], ...] = ()
    everything: str = ""

    @classmethod
    def of(cls, manifest: Manifest) -> Addresses:
        """Return what the manifest says."""
        commands = tuple((one.command, one.url) for one in manifest.commands if one.url)
        return cls(manifest.request_url, manifest.interactivity_url, manifest.options_url, commands)

    def all(self) -> list[str]:
        """Return every address that is set."""
        named = [self.events, self.interactivity, self.options, *(url for _, url in self.commands)]
        return [url for url in (*named, self.everything) if url]

    def for_parcel(self, parcel: Parcel) -> str:
        """Return the address a parcel goes to; empty when the app has none for it."""
        if self.everything or parcel.kind == "events_api":
            return self.everything or self.events
        if parcel.kind == "slash_commands":
            return dict(self.commands).get(parcel.name, "")
        return (self.options if parcel.name == "block_suggestion" else "") or self.interactivity


@dataclass(frozen=True)
class Answer:
    """What the app answered to a request."""

    status: int
    content_type: str
    text: str
    may_repeat: bool

    def body(self) -> Json | None:
        """Return a JSON object as it is, other words as `{"text": …}`, and None for silence."""
        if not self.text.strip():
            return None
        try:
            found = json.loads(self.text) if self.content_type != "text/plain" else None
        except ValueError:
            found = None
        return found if isinstance(found, dict) else {"text": self.text[:SAID_CHARACTERS]}


class _Failed(Exception):
    """The app could not be reached; the word is Slack's."""


class HttpRoad:
    """Calls the app's request URLs."""

    def __init__(self, courier: Courier, bump: Callable[[], None]) -> None:
        self._courier = courier
        self._bump = bump
        self._session: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.secret = ""
        self.addresses: Addresses | None = None

    def is_open(self) -> bool:
        return self.addresses is not None

    def carry(self, parcel: Parcel) -> None:
        """Begin to send; many requests may be under way at once, as with Slack."""
        url = self.addresses.for_parcel(parcel) if self.addresses is not None else ""
        task = asyncio.get_running_loop().create_task(self._bring(parcel, parcel.id, url))
        parcel.let_go = task.cancel
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def verify(self, url: str) -> None:
        """Ask the app at this address to echo a challenge, within three seconds of real time.

        Raises Refused with a sentence when it does not, or when the address is not on this machine.
        """
        check_is_here(url)
        challenge = secrets.token_urlsafe(39)
        payload = {"token": TOKEN, "challenge": challenge, "type": "url_verification"}
        parcel = self._courier.begun(Parcel("events_api", payload, wants_answer=True, retried=False))
        try:
            async with asyncio.timeout(ACK_SECONDS):
                answer = await self._post(url, _JSON, parcel.text.encode(), {})
        except TimeoutError as problem:
            self._courier.ended(parcel, "timeout")
            say = f"{url} did not answer the url_verification request within {ACK_SECONDS:.0f} seconds."
            raise Refused("invalid_request_url", say) from problem
        except _Failed as problem:
            self._courier.ended(parcel, "connection_failed")
            raise Refused("invalid_request_url", f"{url} could not be reached ({problem}).") from problem
        is_right = answer.status == 200 and challenge in _echoed(answer)
        self._courier.ended(parcel, "acked" if is_right else "refused", answer.body(), answer.status)
        if not is_right:
            said = f" {answer.text.strip()[:80]!r}." if answer.text.strip() else " without a body."
            raise Refused(
                "invalid_request_url",
                f"{url} did not respond with the value of the challenge parameter: "
                f"it answered {answer.status}{said}",
            )

    async def close(self) -> None:
        """Give up what is under way."""
        for task in self._tasks:
            task.cancel()
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _bring(self, parcel: Parcel, id: str, url: str) -> None:
        try:
            if not url:
                raise _Failed("no_request_url")
            content_type, body = _encoded(parcel)
            again = {"X-Slack-Retry-Num": str(parcel.attempt), "X-Slack-Retry-Reason": parcel.reason}
            answer = await self._post(url, content_type, body, again if parcel.attempt else {})
        except _Failed as problem:
            reason, is_set = str(problem), bool(url)
            outcome: Outcome = "refused" if reason == "too_many_redirects" else "connection_failed"
            self._courier.refused(id, reason, outcome=outcome, again=is_set)
        else:
            self._take(parcel, id, answer)
        self._bump()

    def _take(self, parcel: Parcel, id: str, answer: Answer) -> None:
        said = answer.body()
        if not 200 <= answer.status < 300:
            self._courier.refused(
                id, "http_error", answer=said, status=answer.status, again=answer.may_repeat
            )
        elif parcel.name == "view_submission" and said is not None and set(said) == {"text"}:
            # Slack takes nothing but an empty body or a response_action for an answer to a modal.
            self._courier.refused(id, "http_error", answer=said, status=answer.status, again=False)
        else:
            self._courier.acked(id, said, answer.status)

    async def _post(self, url: str, content_type: str, body: bytes, extra: dict[str, str]) -> Answer:
        try:
            return await self._request(url, content_type, body, extra)
        except aiohttp.ClientSSLError as problem:
            raise _Failed("ssl_error") from problem
        except (aiohttp.ClientConnectionError, OSError) as problem:
            raise _Failed("connection_failed") from problem
        except aiohttp.ClientError as problem:
            raise _Failed("unknown_error") from problem

    async def _request(self, url: str, content_type: str, body: bytes, extra: dict[str, str]) -> Answer:
        timestamp = str(int(time.time()))
        mac = hmac.new(self.secret.encode(), f"v0:{timestamp}:".encode() + body, hashlib.sha256)
        headers = {
            "Accept": "application/json,*/*",
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": f"v0={mac.hexdigest()}",
            **extra,
        }
        for _ in range(MAX_REDIRECTS + 1):
            async with self._open().post(url, data=body, headers=headers, allow_redirects=False) as said:
                elsewhere = said.headers.get("Location", "") if 300 <= said.status < 400 else ""
                if not elsewhere:
                    text = await said.text(errors="replace")
                    may_repeat = said.headers.get("X-Slack-No-Retry") != "1"
                    return Answer(said.status, said.content_type, text, may_repeat)
            url = urljoin(url, elsewhere)
            if not _is_here(url):
                raise _Failed("connection_failed")
        raise _Failed("too_many_redirects")

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            # A connection that was kept open may turn out closed when the app restarts, and a click is sent only once.
            connector = aiohttp.TCPConnector(limit=0, force_close=True)
            nobody = aiohttp.ClientTimeout(total=None)  # the courier watches the time, by the twin's clock
            self._session = aiohttp.ClientSession(
                connector=connector, timeout=nobody, cookie_jar=aiohttp.DummyCookieJar()
            )
        return self._session


def check_is_here(url: str) -> None:
    """Refuse an address that is not on this machine."""
    if not _is_here(url):
        raise Refused(
            "invalid_request_url",
            f"{url!r} is not on this machine: a request URL of the twin starts with http://127.0.0.1, "
            "http://localhost or http://[::1].",
        )


def _is_here(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.hostname in HERE


def _encoded(parcel: Parcel) -> tuple[str, bytes]:
    if parcel.kind == "events_api":
        return _JSON, parcel.text.encode()
    if parcel.kind == "slash_commands":
        fields = {key: "" if value is None else str(value) for key, value in parcel.payload.items()}
        return _FORM, urlencode(fields, errors="replace").encode()
    return _FORM, urlencode({"payload": parcel.text}).encode()


def _echoed(answer: Answer) -> list[str]:
    """Return what may be the challenge in an answer: as plain text, in a form or in JSON."""
    found = [answer.text.strip(), *parse_qs(answer.text).get("challenge", [])]
    try:
        body = json.loads(answer.text)
    except ValueError:
        return found
    return [*found, str(body["challenge"])] if isinstance(body, dict) and "challenge" in body else found
