"""Lets people do again what they did in a recording, and says what the app did otherwise this time.

On the page it looks as if everybody were there: messages appear, buttons are pressed, modals are filled in. A deed
waits for what it needs (the message with the button, the open modal); without a speed each follows as soon as the app
has done as much as it had done by then. Deliberately compared is only what people see, without ids, times and order
between places; a recording is meant to be played to a twin that was started from the same seed.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import time
from collections.abc import Callable
from typing import TypeVar

from twin.clock import SteppedClock
from twin.host import Call, Host
from twin.people import deeds, inputs
from twin.people.acts import DEEDS
from twin.recording import differences, tape
from twin.recording.ids import Ids
from twin.recording.pairs import Pairs
from twin.recording.tape import Deed, Did, Step, Tape, TapeError
from twin.words import Json, Refused
from twin.workspace import Workspace

T = TypeVar("T")
PATIENCE = 5.0  # seconds of real time that a deed waits for what it needs
QUIET = 0.3  # seconds of real time without a call, after which the app has done what it does
LOOK_AGAIN = 0.05


async def run(host: Host, told: Tape, *, speed: float = 0.0, patience: float = PATIENCE) -> Json:
    """Play a recording to the app that is connected now.

    `speed` 1 is as recorded, 2 twice as fast, 0 as fast as the app keeps up. Returns `{"replayed", "differences"}`.
    Raises TapeError when the recording is of other workspaces.
    """
    here = [ws.seed.domain for ws in host.workspaces.values()]
    if strange := [one for one in told.workspaces if one not in here]:
        raise TapeError(f"Line 1: recorded in {', '.join(strange)}; this twin runs {', '.join(here)}.")
    play = _Play(host, told, speed, patience)
    host.recorder.listeners.append(play.heard)
    try:
        return await play.run()
    finally:
        host.recorder.listeners.remove(play.heard)


class _Play:
    """One replay under way."""

    def __init__(self, host: Host, told: Tape, speed: float, patience: float) -> None:
        self._host = host
        self._told = told
        self._speed = speed
        self._patience = patience
        self._ids = Ids()
        self._pairs = Pairs([one for one in told.lines if isinstance(one, Did)], self._ids)
        self._owed = 0  # calls that the app did not make again, and nobody waits for any more
        self._expected = 0
        self._refusals: list[Json] = []

    def heard(self, ws: Workspace, call: Call) -> None:
        """Take a call of the app."""
        if tape.is_doing(call):
            line = tape.call(ws, call)
            self._pairs.take(Did(call.n, 0.0, ws.seed.id, call.method, line["args"], line["made"]))

    async def run(self) -> Json:
        self._ids.pair(self._told.before, tape.before(self._host))
        replayed, last = 0, 0.0
        for line in self._told.lines:
            if isinstance(line, Did):
                self._expected += 1
                continue
            if self._speed > 0:
                await asyncio.sleep(max(0.0, line.at - last) / self._speed)
                last = line.at
            else:
                await self._keep_up()
            if isinstance(line, Step):
                await self._step(line)
                continue
            replayed += 1
            await self._do(line)
        await self._keep_up()
        await self._quiet()
        found, missing, extra = self._pairs.rest()
        told = differences.between(self._host, found, missing, extra)
        return {"replayed": replayed, "differences": [*self._refusals, *told]}

    async def _step(self, step: Step) -> None:
        if isinstance(self._host.clock, SteppedClock):
            await self._host.advance(step.seconds)
        else:
            self._refusals.append(differences.of_step(step))

    async def _do(self, deed: Deed) -> None:
        """Let somebody do a deed, once what it needs is there."""
        try:
            ws = self._workspace(deed)
            user = deeds.who(ws, deed.who)
            args = await self._now(ws, user, deed)
            with self._host.recorder.deed(ws, user, deed.deed, args) as taken:
                taken.made = await _perform(ws, user, deed.deed, args)
            self._ids.pair(deed.made, taken.made)
            became, say = "", ""
            if (what := taken.made.get("response_action", "")) != deed.made.get("response_action", ""):
                self._refusals.append(differences.of_submit(deed, what))
        except Refused as refusal:
            became, say = refusal.code, refusal.say
        except KeyError as problem:
            became, say = "invalid_arguments", f"{problem.args[0]} is missing."
        if became != deed.refused:
            self._refusals.append(differences.of_deed(deed, became, say))

    async def _now(self, ws: Workspace, user: str, deed: Deed) -> Json:
        """Return a deed's arguments with the ids of this run."""
        if deed.view is not None:
            await self._view(ws, user, deed)
        for name in _names(deed.args):
            if self._pairs.wants(name):
                await self._until(lambda name=name: self._ids.new(name))  # type: ignore[misc]
                if self._ids.new(name) is None:
                    self._pairs.look_for(name)
        args: Json = self._ids.put(deed.args)
        if deed.place is not None:
            where = args.get("action", args)
            elements = await self._until(lambda: self._elements(ws, user, args, deed.place or 0))
            if elements:
                where["block_id"], where["action_id"] = elements[deed.place]
        return args

    async def _view(self, ws: Workspace, user: str, deed: Deed) -> None:
        """Wait for the modal (or the Home) that the deed is about, and learn its id."""
        meant = deed.view or {}

        def there() -> Json | None:
            if meant.get("type") == "home":
                return ws.views.home(user)
            stack, depth = ws.views.stack(user), int(meant.get("depth", 0))
            one = stack[depth] if depth < len(stack) else None
            return one if one is not None and one["callback_id"] == meant.get("callback_id") else None

        if view := await self._until(there):
            self._ids.pair(str(deed.args["view_id"]), view["id"])

    def _elements(self, ws: Workspace, user: str, args: Json, place: int) -> list[tuple[str, str]] | None:
        """Return the elements of what somebody presses, once it has the one they mean."""
        if "view_id" in args:
            blocks = (ws.views.get(str(args["view_id"])) or {}).get("blocks", [])
        else:
            blocks = tape.blocks_of(ws, user, str(args.get("ts", "")))
        found = list(tape.elements(blocks))
        return found if place < len(found) else None

    async def _keep_up(self) -> None:
        """Wait until the app has done as much as it had done by now, and nothing is under way."""
        await self._until(lambda: self._pairs.heard + self._owed >= self._expected)
        self._owed = max(self._owed, self._expected - self._pairs.heard)
        await self._until(self._is_idle)

    async def _quiet(self) -> None:
        heard, end = -1, time.monotonic() + self._patience
        while (heard != self._pairs.heard or not self._is_idle()) and time.monotonic() < end:
            heard = self._pairs.heard
            await asyncio.sleep(QUIET)

    def _is_idle(self) -> bool:
        return self._host.courier.is_idle and self._host.calls_under_way == 0

    async def _until(self, condition: Callable[[], T]) -> T:
        """Wait until a condition holds, or patience ends. Returns its last value."""
        end = time.monotonic() + self._patience
        while not (value := condition()) and (left := end - time.monotonic()) > 0:
            await self._host.next_change(min(left, LOOK_AGAIN))
        return value

    def _workspace(self, deed: Deed) -> Workspace:
        ws = self._host.workspaces.get(deed.team)
        if ws is None:
            raise Refused("team_not_found", f"There is no workspace {deed.team!r}.")
        return ws


async def _perform(ws: Workspace, user: str, name: str, args: Json) -> Json:
    if name == "upload":
        return _upload(ws, user, args)
    if name not in DEEDS:
        raise Refused("unknown_deed", f"There is no deed {name!r}.")
    return await DEEDS[name](ws, user, args)


def _upload(ws: Workspace, user: str, args: Json) -> Json:
    try:
        files = [(str(one["name"]), base64.b64decode(one["data"], validate=True)) for one in args["files"]]
    except (binascii.Error, TypeError, ValueError) as problem:
        raise Refused("invalid_file", "A file of the recording is not base64.") from problem
    if "view_id" in args:  # for a form that is still to be sent
        return {"files": [one.id for one in inputs.keep_files(ws, user, files)]}
    stored = deeds.upload(
        ws,
        user,
        deeds.where(ws, user, str(args["channel"])),
        files,
        text=str(args.get("text", "")),
        thread_ts=args.get("thread_ts"),
    )
    return {"ts": stored["ts"], "files": [one["id"] for one in stored["files"]]}


def _names(value: object) -> list[str]:
    """Return every text in a deed's arguments that may be an id."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [name for one in value for name in _names(one)]
    return [name for one in value.values() for name in _names(one)] if isinstance(value, dict) else []
