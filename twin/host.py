"""What all workspaces of one twin share: the clock, the road to the app, what goes wrong, and what was called.

Nobody sees it in Slack. An app is the same in every workspace that it is installed in, and hears of all of them
over the same connections; that is why these things are here and not in a workspace.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from twin.clock import Alarms, Clock, Timestamps
from twin.codes import Codes
from twin.delivery import Courier
from twin.faults import Faults, Limits
from twin.seed import Seed, SeedError
from twin.socket import SocketRoad
from twin.words import Json, SlackError

if TYPE_CHECKING:
    from twin.workspace import Workspace

KEEP_CALLS = 20_000


@dataclass(frozen=True)
class Call:
    """One recorded Web API call."""

    n: int
    at: datetime
    method: str
    args: Json
    response: Json
    ms: float


class Host:
    """The shared part of a twin, and its workspaces by team id."""

    def __init__(self, clock: Clock, app_id: str) -> None:
        self.clock = clock
        self.timestamps = Timestamps(clock)
        self.alarms = Alarms(clock)
        self.courier = Courier(self.alarms)
        self.road = SocketRoad(self.courier, app_id, self.bump)
        self.courier.use(self.road)
        self.faults = Faults()
        self.limits = Limits(clock)
        self.calls: deque[Call] = deque(maxlen=KEEP_CALLS)
        self.calls_made = 0
        self.calls_under_way = 0
        self.codes = Codes()
        self.url = ""  # set when the server listens
        self.workspaces: dict[str, Workspace] = {}
        self._changed = asyncio.Event()
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
        meant = [one for one in self.workspaces.values() if one.bot_token == token and one.is_installed]
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
