"""What all workspaces of one twin share: the clock, the road to the app, what goes wrong, and what was called.

Nobody sees it in Slack. An app is the same in every workspace that it is installed in, and hears of all of them
over the same connections; that is why these things are here and not in a workspace.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from twin.clock import Alarms, Clock, SteppedClock, Timestamps, walk
from twin.codes import Codes
from twin.delivery import Courier
from twin.faults import Faults, Limits
from twin.http_road import Addresses, HttpRoad, check_is_here
from twin.ledger import Ledger
from twin.recent import Recent
from twin.recording.recorder import Recorder
from twin.seed import Seed, SeedApp, SeedError
from twin.socket import SocketRoad
from twin.words import Json, Refused, SlackError

if TYPE_CHECKING:
    from twin.workspace import Workspace

KEEP_CALLS = 20_000
KEEP_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class Call:
    """One recorded Web API call.

    `n` is its number from when it began, `changed` that from when it was answered; both count in one row with the
    deliveries. `status` is the HTTP status of the answer, 0 when the connection was broken instead.
    """

    n: int
    at: datetime
    method: str
    args: Json
    response: Json
    ms: float
    status: int = 200
    size: int = 0
    changed: int = 0


class Host:
    """The shared part of a twin, and its workspaces by team id."""

    def __init__(self, clock: Clock, app_id: str) -> None:
        self.clock = clock
        self.timestamps = Timestamps(clock)
        self.alarms = Alarms(clock)
        self.courier = Courier(self.alarms, self.next_number)
        self.road = SocketRoad(self.courier, self.alarms, app_id, self.bump)
        self.http = HttpRoad(self.courier, self.bump)
        self.courier.use(self.road)
        self.faults = Faults()
        self.limits = Limits(clock)
        self.calls: Ledger[Call] = Ledger(KEEP_CALLS, KEEP_BYTES)
        # What the app sends to addresses that are no methods: response_urls and the bytes of files.
        self.posts: Ledger[Call] = Ledger(KEEP_CALLS, KEEP_BYTES // 4)
        self.calls_made = 0  # the number of the latest call
        self.calls_under_way = 0
        self.recorder = Recorder(clock)
        self.made_by: Recent[str, int] = Recent(
            KEEP_CALLS
        )  # ts -> the delivery whose answer became that message
        self.codes = Codes()
        self.url = ""  # set when the server listens
        self.workspaces: dict[str, Workspace] = {}
        self._changed = asyncio.Event()
        self._stepping = asyncio.Lock()
        self._numbers = 0

    @property
    def first(self) -> Workspace:
        """The workspace that is meant when nobody says which."""
        return next(iter(self.workspaces.values()))

    def workspace(self, name: str) -> Workspace | None:
        """Return a workspace by team id, domain or name."""
        if name in self.workspaces:
            return self.workspaces[name]
        return next(
            (one for one in self.workspaces.values() if name in (one.seed.domain, one.seed.name)), None
        )

    def of_person(self, name: str) -> Workspace | None:
        """Return the workspace a person belongs to, by id or handle; the earliest workspace that has one wins."""
        return next((one for one in self.workspaces.values() if one.find_user(name) is not None), None)

    def next_number(self) -> int:
        """Number what happens between the app and the twin, calls and deliveries alike, in one row."""
        self._numbers += 1
        return self._numbers

    @property
    def latest_number(self) -> int:
        """The number of what happened last."""
        return self._numbers

    @property
    def request_url(self) -> str:
        """Where events go over HTTP; empty in Socket Mode."""
        if self.courier.road is not self.http or self.http.addresses is None:
            return ""
        return self.http.addresses.everything or self.http.addresses.events

    def choose_road(self, app: SeedApp, request_url: str = "") -> None:
        """Deliver as the app's manifest says (the first workspace's), or everything to this address.

        Raises SeedError when an address is not on this machine.
        """
        self.http.secret = app.signing_secret
        addresses = Addresses(everything=request_url) if request_url else Addresses.of(app.manifest)
        if not request_url and (app.manifest.socket_mode or not addresses.all()):
            return
        for url in addresses.all():
            try:
                check_is_here(url)
            except Refused as refusal:
                hint = " Say where the app listens (--request-url), or set socket_mode_enabled."
                raise SeedError(refusal.say + ("" if request_url else hint)) from refusal
        self._take_http(addresses)

    async def use_request_url(self, url: str) -> None:
        """Deliver everything to this address from now on, or (empty) over Socket Mode.

        The app must echo a challenge first. Raises Refused with a sentence.
        """
        if url:
            await self.http.verify(url)
            self._take_http(Addresses(everything=url))
            self.road.ask_to_leave("link_disabled")
        else:
            self.courier.use(self.road)
            self.road.is_enabled = True
        self.courier.road_opened()
        self.bump()

    async def advance(self, seconds: float) -> None:
        """Let time pass, from one alarm to the next, so that each rings at its own time.

        What was sent gets its three seconds of real time to be acknowledged. Raises Refused when that leads back, and
        TypeError when the twin was given a clock of another kind.
        """
        clock = self.clock
        if not isinstance(clock, SteppedClock):
            raise TypeError("this twin was given a clock of its own: move that, and then call tick()")
        async with self._stepping:
            self.recorder.moved(seconds)
            await walk(clock, self.alarms, clock.later(seconds), self._settled)
        self.bump()

    async def _settled(self) -> None:
        while self.courier.is_awaited or self.road.is_replacing:
            await self.next_change(0.05)

    def _take_http(self, addresses: Addresses) -> None:
        self.http.addresses = addresses
        self.courier.use(self.http, too_late="http_timeout")
        self.road.is_enabled = False

    def bump(self) -> None:
        """Wake whoever waits for a change."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def next_change(self, timeout: float) -> None:
        """Wait until something changes, or the timeout (in seconds of real time) passes."""
        # Not wait_for, which can swallow a cancellation on Python 3.11.
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._changed.wait()

    def by_token(self, token: str, args: Json) -> Workspace:
        """Return the workspace a bot token speaks for. Raises SlackError as Slack refuses a token.

        A token of an organisation-wide installation speaks for several: the arguments tell which one is meant.
        """
        meant = [one for one in self.workspaces.values() if one.speaks_for(token) and one.is_installed]
        if not meant:
            gone = any(token in one.revoked for one in self.workspaces.values())
            raise SlackError("token_revoked" if gone else "invalid_auth")
        named = args.get("team_id")
        if isinstance(named, str) and (found := next((one for one in meant if one.seed.id == named), None)):
            return found
        said = [value for value in args.values() if isinstance(value, str)]
        return next((one for one in meant if any(one.knows(value) for value in said)), meant[0])


def check_together(seeds: list[Seed]) -> None:
    """Refuse seeds that cannot be workspaces of one twin."""
    first = seeds[0].app
    ids = [seed.id for seed in seeds]
    if len(set(ids)) < len(ids):
        raise SeedError(f"Two of the workspaces have the same id: {', '.join(ids)}.")
    for seed in seeds[1:]:
        app = seed.app
        if (app.id, app.app_token, app.signing_secret) != (first.id, first.app_token, first.signing_secret):
            raise SeedError(
                f"Workspace {seed.name}: [app] id, app_token and signing_secret must be those of "
                f"{seeds[0].name}, because it is one app that is installed in both."
            )
        same_org = seed.enterprise is not None and seed.enterprise == seeds[0].enterprise
        if app.bot_token == first.bot_token and not (same_org and app.org_install and first.org_install):
            raise SeedError(
                f"Workspace {seed.name}: bot_token must differ from that of {seeds[0].name}, as every installation has "
                "a token of its own, unless both belong to one [enterprise] and set org_install = true."
            )
