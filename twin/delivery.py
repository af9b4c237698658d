"""How what happens in the workspace reaches the app, and what happens when it does not.

A person notices only the effect: an event that was not acknowledged comes again, at once, after a minute and
after five minutes, as Slack does; a click or a command is tried once and then fails in front of the person.
Independent of the road: parcels go over websockets or as signed HTTP requests. Deliberately kinder than Slack in
one thing: what happens while no app is connected waits for one. Deliberately not simulated: Slack switches an app's
events off after an hour in which it acknowledged fewer than one in twenty, and beyond 30,000 events an hour.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Protocol

from twin.clock import Alarms
from twin.faults import DeliveryFault, DeliveryFaults
from twin.parcels import Attempt, Delivery, Outcome, Parcel, Record, Unanswered
from twin.words import Json

__all__ = ["Attempt", "Courier", "Delivery", "Parcel", "Road", "Unanswered"]

ACK_SECONDS = 3.0
RETRY_AFTER = (0.0, 60.0, 300.0)
KEEP = 10_000
# How long something that is held back for the next delivery waits when there is none.
OVERTAKEN_WITHIN = 10.0


class Road(Protocol):
    """What can carry parcels to the app. It reports back with `Courier.acked`, `refused` and `lost`."""

    def is_open(self) -> bool: ...

    def carry(self, parcel: Parcel) -> None: ...


class Courier:
    """Brings parcels to the app, keeps a record of it in `log`, and what never arrived in `undelivered`.

    `number` gives the next number of the row that calls and deliveries share.
    """

    def __init__(self, alarms: Alarms, number: Callable[[], int]) -> None:
        self._alarms = alarms
        self._road: Road | None = None
        self._too_late = "timeout"
        self._waiting: deque[Parcel] = deque()  # nobody is connected yet
        self._under_way: dict[str, Parcel] = {}
        self._retrying: set[Parcel] = set()
        self._held: dict[Parcel, None] = {}  # by a fault, in order
        self.faults = DeliveryFaults(self._let_go)
        self.log = Record(number)
        self.undelivered: deque[Json] = deque(maxlen=KEEP)
        self.delivered = 0

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits to be sent or acknowledged.

        Parcels that wait for a later retry, or that a fault holds back, count as waiting.
        """
        return not (self._waiting or self._under_way or self._retrying or self._held)

    @property
    def waiting(self) -> int:
        """How many parcels wait for a connection."""
        return len(self._waiting)

    @property
    def changed(self) -> int:
        """The number of the last change in the log; each delivery's own is in its `changed`."""
        return self.log.changed

    @property
    def is_awaited(self) -> bool:
        """Whether an app may still acknowledge something that it was sent within three seconds of real time."""
        since = time.monotonic() - ACK_SECONDS
        return any(one.sent > since and one.let_go is not None for one in self._under_way.values())

    @property
    def road(self) -> Road | None:
        """The road that is taken."""
        return self._road

    def use(self, road: Road, *, too_late: str = "timeout") -> None:
        """Take this road from now on; `too_late` is what Slack calls a missing acknowledgement there."""
        self._road = road
        self._too_late = too_late

    def send_event(self, payload: Json) -> Parcel:
        """Send an event; it is repeated when it is not acknowledged."""
        return self._new(Parcel("events_api", payload, wants_answer=False, retried=True))

    def send_once(self, kind: str, payload: Json, *, wants_answer: bool) -> Parcel:
        """Send a click, a command or a submission; Slack never repeats these.

        The parcel's `outcome` becomes the app's answer, or raises Unanswered after three seconds.
        """
        parcel = Parcel(kind, payload, wants_answer=wants_answer, retried=False)
        parcel.outcome.add_done_callback(_look)
        return self._new(parcel)

    def acked(self, envelope_id: str, answer: Json | None, status: int | None = None) -> None:
        """Take the app's acknowledgement. One that comes too late is ignored, as Slack does."""
        parcel = self._under_way.pop(envelope_id, None)
        if parcel is None:
            return
        self._settle(parcel)
        self.delivered += 1
        self.ended(parcel, "acked", answer, status)
        if not parcel.outcome.done():
            parcel.outcome.set_result(answer)

    def refused(
        self,
        envelope_id: str,
        reason: str,
        *,
        outcome: Outcome = "refused",
        answer: Json | None = None,
        status: int | None = None,
        again: bool = True,
    ) -> None:
        """Take note that the app refused something, or could not be reached; `again` says whether to repeat it."""
        if parcel := self._under_way.pop(envelope_id, None):
            self.ended(parcel, outcome, answer, status)
            self._failed(parcel, reason, again=again, status=status)

    def lost(self, envelope_ids: list[str], *, at_once: bool = False) -> None:
        """Take note that the connection carrying these is gone; `at_once` sends events again without a pause."""
        for envelope_id in envelope_ids:
            if parcel := self._under_way.pop(envelope_id, None):
                self.ended(parcel, "lost")
                self._failed(parcel, "connection_failed", at_once=at_once)

    def begun(self, parcel: Parcel) -> Parcel:
        """Write down what a road sends on its own account."""
        parcel.sent = time.monotonic()
        self.log.open(parcel, self._alarms.now())
        self.log.attempt(parcel, self._alarms.now())
        return parcel

    def ended(
        self, parcel: Parcel, outcome: Outcome, answer: Json | None = None, status: int | None = None
    ) -> None:
        """Write down how the last attempt of it ended."""
        self.log.end(parcel, outcome, self._alarms.now(), answer, status)

    def road_opened(self) -> None:
        """Send everything that waited for a connection."""
        waiting = list(self._waiting)
        self._waiting.clear()
        for parcel in waiting:
            self._send(parcel)

    def _new(self, parcel: Parcel) -> Parcel:
        self._send(self.log.open(parcel, self._alarms.now()))
        return parcel

    def _send(self, parcel: Parcel) -> None:
        if self._road is None or not self._road.is_open():
            self._wait(parcel)
            return
        fault = self.faults.meet((parcel.name, parcel.name.partition(".")[0], parcel.kind))
        if fault is None:
            self._carry(parcel)
        elif fault.kind == "lose":
            self._start(parcel)
            self.ended(parcel, "lost")
        elif fault.kind == "duplicate":
            copy = Parcel(parcel.kind, parcel.payload, parcel.wants_answer, parcel.retried)
            copy.outcome.add_done_callback(_look)
            self._carry(parcel)
            self._carry(self.log.open(copy, self._alarms.now()))
        else:
            self._hold(parcel, fault)

    def _wait(self, parcel: Parcel) -> None:
        self._waiting.append(parcel)
        self._be_patient(parcel)
        if len(self._waiting) > KEEP:
            self._failed(self._waiting.popleft(), "connection_failed", again=False)

    def _be_patient(self, parcel: Parcel) -> None:
        """Let a person wait for three seconds, although nothing was sent yet."""
        if not parcel.retried and parcel.alarm is None:
            parcel.alarm = self._alarms.set(ACK_SECONDS, partial(self._timed_out, parcel))

    def _start(self, parcel: Parcel) -> None:
        self._settle(parcel)
        parcel.id = str(uuid.uuid4())
        parcel.sent = time.monotonic()
        parcel.let_go = None
        self._under_way[parcel.id] = parcel
        parcel.alarm = self._alarms.set(ACK_SECONDS, partial(self._timed_out, parcel))
        self.log.attempt(parcel, self._alarms.now())

    def _carry(self, parcel: Parcel) -> None:
        assert self._road is not None
        self._start(parcel)
        self._road.carry(parcel)
        for held in [one for one in self._held if one.held_by and one.held_by.kind == "reorder"]:
            self._bring(held)

    def _hold(self, parcel: Parcel, fault: DeliveryFault) -> None:
        self._held[parcel] = None
        parcel.held_by = fault
        seconds = fault.seconds or (OVERTAKEN_WITHIN if fault.kind == "reorder" else 0.0)
        parcel.release = self._alarms.set(seconds, partial(self._bring, parcel))
        self._be_patient(parcel)

    def _bring(self, parcel: Parcel) -> None:
        """Send what was held back."""
        if parcel not in self._held:
            return  # it went already, with another one
        del self._held[parcel]
        parcel.held_by = None
        if parcel.release is not None:
            parcel.release.call_off()
        if self._road is None or not self._road.is_open():
            self._wait(parcel)
        else:
            self._carry(parcel)

    def _let_go(self, fault: DeliveryFault) -> None:
        for parcel in [one for one in self._held if one.held_by is fault]:
            self._bring(parcel)

    def _timed_out(self, parcel: Parcel) -> None:
        self._under_way.pop(parcel.id, None)
        if parcel in self._waiting:
            self._waiting.remove(parcel)
        if parcel.let_go is not None:
            parcel.let_go()
        self.ended(parcel, "timeout")
        self._failed(parcel, self._too_late)

    def _failed(
        self,
        parcel: Parcel,
        reason: str,
        *,
        again: bool = True,
        at_once: bool = False,
        status: int | None = None,
    ) -> None:
        self._settle(parcel)
        if not again or not parcel.retried or parcel.attempt >= len(RETRY_AFTER):
            if not parcel.outcome.done():
                self.undelivered.append({"type": parcel.kind, "reason": reason, "payload": parcel.payload})
                parcel.outcome.set_exception(Unanswered(reason, status))
                parcel.outcome.exception()  # nobody has to look at it
            return
        wait = 0.0 if at_once else RETRY_AFTER[parcel.attempt]
        parcel.attempt += 1
        parcel.reason = reason
        if wait == 0:
            self._send(parcel)
            return
        self._retrying.add(parcel)
        parcel.alarm = self._alarms.set(wait, partial(self._again, parcel))

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
