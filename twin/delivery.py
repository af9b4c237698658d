"""How what happens in the workspace reaches the app, and what happens when it does not.

A person notices only the effect: an event that was not acknowledged comes again, at once, after a minute and
after five minutes, as Slack does; a click or a command is tried once and then fails in front of the person.
Deliberately independent of the road: a websocket carries parcels today, signed HTTP requests may carry them
later.
"""

from __future__ import annotations

import asyncio
import uuid
from collections import deque
from dataclasses import dataclass, field
from typing import Protocol

from twin.clock import Alarm, Alarms
from twin.words import Json

ACK_SECONDS = 3.0
RETRY_AFTER = (0.0, 60.0, 300.0)
KEEP = 10_000


@dataclass(eq=False)
class Parcel:
    """One thing the app is told. `outcome` is set once: the app's answer, or a TimeoutError's reason."""

    kind: str  # events_api, interactive, slash_commands
    payload: Json
    wants_answer: bool
    retried: bool
    id: str = ""
    attempt: int = 0
    reason: str = ""
    alarm: Alarm | None = None
    outcome: asyncio.Future[Json | None] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    def envelope(self) -> Json:
        """Say the parcel as Slack's Socket Mode envelope."""
        body: Json = {
            "envelope_id": self.id,
            "payload": self.payload,
            "type": self.kind,
            "accepts_response_payload": self.wants_answer,
        }
        if self.kind == "events_api":
            body |= {"retry_attempt": self.attempt, "retry_reason": self.reason}
        return body


class Road(Protocol):
    """What can carry parcels to the app. It reports back with `Courier.acked` and `Courier.lost`."""

    def is_open(self) -> bool: ...

    def carry(self, parcel: Parcel) -> None: ...


class Unanswered(Exception):
    """The app did not acknowledge something a person is waiting for."""


class Courier:
    """Brings parcels to the app and remembers those that never arrived in `undelivered`."""

    def __init__(self, alarms: Alarms) -> None:
        self._alarms = alarms
        self._road: Road | None = None
        self._waiting: deque[Parcel] = deque(maxlen=KEEP)  # nobody is connected yet
        self._under_way: dict[str, Parcel] = {}
        self._retrying: set[Parcel] = set()
        self.undelivered: deque[Json] = deque(maxlen=KEEP)
        self.delivered = 0

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits to be sent or acknowledged.

        Parcels that wait for a later retry count as waiting.
        """
        return not (self._waiting or self._under_way or self._retrying)

    def use(self, road: Road) -> None:
        """Take this road from now on."""
        self._road = road

    def send_event(self, payload: Json) -> Parcel:
        """Send an event; it is repeated when it is not acknowledged."""
        return self._send(Parcel("events_api", payload, wants_answer=False, retried=True))

    def send_once(self, kind: str, payload: Json, *, wants_answer: bool) -> Parcel:
        """Send a click, a command or a submission; Slack never repeats these.

        The parcel's `outcome` becomes the app's answer, or raises Unanswered after three seconds.
        """
        parcel = Parcel(kind, payload, wants_answer=wants_answer, retried=False)
        parcel.outcome.add_done_callback(_look)
        return self._send(parcel)

    def acked(self, envelope_id: str, answer: Json | None) -> None:
        """Take the app's acknowledgement. One that comes too late is ignored, as Slack does."""
        parcel = self._under_way.pop(envelope_id, None)
        if parcel is None:
            return
        self._settle(parcel)
        self.delivered += 1
        if not parcel.outcome.done():
            parcel.outcome.set_result(answer)

    def lost(self, envelope_ids: list[str]) -> None:
        """Take note that the connection carrying these is gone."""
        for envelope_id in envelope_ids:
            if parcel := self._under_way.pop(envelope_id, None):
                self._failed(parcel, "connection_failed")

    def road_opened(self) -> None:
        """Send everything that waited for a connection."""
        waiting = list(self._waiting)
        self._waiting.clear()
        for parcel in waiting:
            self._send(parcel)

    def _send(self, parcel: Parcel) -> Parcel:
        if self._road is None or not self._road.is_open():
            self._waiting.append(parcel)
            if not parcel.retried and parcel.alarm is None:
                parcel.alarm = self._alarms.set(ACK_SECONDS, lambda: self._timed_out(parcel))
            return parcel
        if parcel.alarm is not None:
            parcel.alarm.call_off()
        parcel.id = str(uuid.uuid4())
        self._under_way[parcel.id] = parcel
        parcel.alarm = self._alarms.set(ACK_SECONDS, lambda: self._timed_out(parcel))
        self._road.carry(parcel)
        return parcel

    def _timed_out(self, parcel: Parcel) -> None:
        self._under_way.pop(parcel.id, None)
        if parcel in self._waiting:
            self._waiting.remove(parcel)
        self._failed(parcel, "timeout")

    def _failed(self, parcel: Parcel, reason: str) -> None:
        self._settle(parcel)
        if not parcel.retried or parcel.attempt >= len(RETRY_AFTER):
            self.undelivered.append({"type": parcel.kind, "reason": reason, "payload": parcel.payload})
            if not parcel.outcome.done():
                parcel.outcome.set_exception(Unanswered(reason))
                parcel.outcome.exception()  # nobody has to look at it
            return
        wait = RETRY_AFTER[parcel.attempt]
        parcel.attempt += 1
        parcel.reason = reason
        if wait == 0:
            self._send(parcel)
            return
        self._retrying.add(parcel)
        parcel.alarm = self._alarms.set(wait, lambda: self._again(parcel))

    def _again(self, parcel: Parcel) -> None:
        self._retrying.discard(parcel)
        parcel.alarm = None
        self._send(parcel)

    def _settle(self, parcel: Parcel) -> None:
        if parcel.alarm is not None:
            parcel.alarm.call_off()
            parcel.alarm = None


def _look(outcome: asyncio.Future[Json | None]) -> None:
    """Look at an outcome, so that asyncio does not complain when nobody else does."""
    if not outcome.cancelled():
        outcome.exception()
