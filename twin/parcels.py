"""What the app is told, one parcel for each thing, and the record of what became of them.

A person sees the record in the inspector of the twin's page. It is deliberately bounded, in entries and in size: a
twin may run for weeks.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from twin.clock import Alarm
from twin.faults import DeliveryFault
from twin.words import Json

KEEP = 10_000
KEEP_CHARACTERS = 32 * 1024 * 1024  # of JSON

Outcome = Literal["waiting", "acked", "timeout", "refused", "lost", "connection_failed"]


@dataclass(eq=False)
class Attempt:
    """One time something was sent. `reason` says why it was sent again; `ms` are real ones until the outcome."""

    at: datetime
    reason: str
    outcome: Outcome = "waiting"
    ms: float | None = None
    answer: Json | None = None
    status: int | None = None  # of the HTTP answer


@dataclass(eq=False)
class Delivery:
    """What the app was told, and how that went.

    `n` counts in one row with the Web API calls, and so does `changed`, which grows with every change of an attempt.
    """

    n: int
    at: datetime
    kind: str
    name: str  # message.channel_join, block_actions, /signalbox
    id: str  # of the last envelope
    payload: Json
    attempts: list[Attempt] = field(default_factory=list)
    changed: int = 0
    characters: int = 0


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
    text: str = ""  # the payload as JSON, said once for all attempts
    delivery: Delivery = field(init=False)  # its line in the record
    sent: float = 0.0  # seconds of time.monotonic
    let_go: Callable[[], object] | None = None  # tells the road that nobody waits any more
    held_by: DeliveryFault | None = None
    release: Alarm | None = None

    def __post_init__(self) -> None:
        self.text = json.dumps(self.payload)

    @property
    def name(self) -> str:
        """What happened, in a word or two."""
        if self.kind == "slash_commands":
            return str(self.payload.get("command", self.kind))
        if self.kind != "events_api":
            return str(self.payload.get("type", self.kind))
        event = self.payload.get("event") or {}
        kind, subtype = event.get("type") or self.payload.get("type", self.kind), event.get("subtype")
        return f"{kind}.{subtype}" if subtype else str(kind)

    def envelope(self) -> str:
        """Say the parcel as Slack's Socket Mode envelope, in JSON."""
        rest: Json = {"type": self.kind, "accepts_response_payload": self.wants_answer}
        if self.kind == "events_api":
            rest |= {"retry_attempt": self.attempt, "retry_reason": self.reason}
        return f'{{"envelope_id": "{self.id}", "payload": {self.text}, {json.dumps(rest)[1:]}'


class Unanswered(Exception):
    """The app did not acknowledge something a person is waiting for; `reason` says why."""

    def __init__(self, reason: str, status: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status

    @property
    def code(self) -> str:
        """Say it with the word that Slack shows to a person."""
        if self.reason == "http_error" and self.status is not None:
            return "http_service_error" if self.status >= 500 else "http_client_error"
        return "operation_timeout" if self.reason.endswith("timeout") else "dispatch_failed"


class Record(deque[Delivery]):
    """The last deliveries, oldest first. `changed` is the number of the last change.

    `number` gives the next number of the row that calls and deliveries share.
    """

    def __init__(self, number: Callable[[], int], most_characters: int = KEEP_CHARACTERS) -> None:
        super().__init__()
        self._number = number
        self._most_characters = most_characters
        self._characters = 0
        self.changed = 0

    def open(self, parcel: Parcel, now: datetime) -> Parcel:
        """Write down that something is to be sent."""
        n = self.changed = self._number()
        delivery = Delivery(n, now, parcel.kind, parcel.name, "", parcel.payload, changed=n)
        parcel.delivery = delivery
        self.append(delivery)
        self._weigh(delivery, len(parcel.text))
        return parcel

    def attempt(self, parcel: Parcel, now: datetime) -> None:
        """Write down that it is sent, or would have been."""
        delivery = parcel.delivery
        delivery.id = parcel.id
        delivery.attempts.append(Attempt(now, parcel.reason))
        delivery.changed = self.changed = self._number()

    def end(
        self,
        parcel: Parcel,
        outcome: Outcome,
        now: datetime,
        answer: Json | None = None,
        status: int | None = None,
    ) -> None:
        """Write down how the last attempt ended; what was swallowed on the way stays `lost`."""
        delivery = parcel.delivery
        if not delivery.attempts:  # it was given up before it could be sent
            self.attempt(parcel, now)
        attempt = delivery.attempts[-1]
        if attempt.outcome != "waiting":
            return
        attempt.outcome, attempt.answer, attempt.status = outcome, answer, status
        attempt.ms = round((time.monotonic() - parcel.sent) * 1000, 2) if parcel.sent else None
        self._weigh(delivery, len(str(answer)) if answer else 0)
        delivery.changed = self.changed = self._number()

    def _weigh(self, delivery: Delivery, characters: int) -> None:
        if delivery.n < self[0].n:
            return  # it has left the record already
        delivery.characters += characters
        self._characters += characters
        while len(self) > 1 and (len(self) > KEEP or self._characters > self._most_characters):
            gone = self.popleft()
            self._characters -= gone.characters
            gone.characters = 0
