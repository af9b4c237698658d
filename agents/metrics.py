"""The figures Signalbox is judged by: how fast, how often alone, how often right, and what it was worth.

People see them in `/signalbox metrics`, in the morning summary and on App Home. They measure effect and not
activity. A figure that cannot be known yet is None and is said to be unknown; nothing is filled in. Pure
functions of values: each formula with its source or its assumption stands in its docstring.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from agents.words import DraftStatus, Priority, Status

ENOUGH = 20  # audits below which an interval is too wide to act on


@dataclass(frozen=True)
class TicketFigures:
    """A ticket as the formulas see it.

    `held` means that it was held at first, even if a person has placed it since; `corrected` that a person
    changed its category or queue, or said that it was no request.
    """

    id: int
    queue: str
    category: str
    priority: Priority
    status: Status
    asked_at: datetime
    answered_at: datetime | None = None
    resolved_at: datetime | None = None
    escalated_at: datetime | None = None
    respond_by: datetime | None = None
    resolve_by: datetime | None = None
    touched: bool = False
    held: bool = False
    corrected: bool = False


@dataclass(frozen=True)
class DraftFigures:
    """A draft as the formulas see it. `by_person` means that a person decided it, `edited` that they changed it."""

    status: DraftStatus
    by_person: bool
    edited: bool


@dataclass(frozen=True)
class Spread:
    """Times of several tickets: how many, the middle one, and the one that nine of ten stay below."""

    count: int
    median: timedelta
    p90: timedelta


@dataclass(frozen=True)
class Share:
    """`part` of `whole`; None as a ratio while there is nothing to divide by."""

    part: int
    whole: int

    @property
    def ratio(self) -> float | None:
        """Return the share between 0 and 1, or None."""
        return self.part / self.whole if self.whole else None


@dataclass(frozen=True)
class Quality:
    """How often the judgement was right, with a 95 % interval: `agreed` of `audited`.

    With `audits`, so many blind audits said so; without, it was left as it was by people who saw it.
    """

    agreed: int
    audited: int
    low: float
    high: float
    audits: int = 0

    @property
    def rate(self) -> float:
        """Return the decision quality between 0 and 1."""
        return self.agreed / self.audited

    @property
    def deviation(self) -> float:
        """Return one minus the decision quality."""
        return 1 - self.rate

    @property
    def is_telling(self) -> bool:
        """Say whether there were enough audits to go by."""
        return self.audited >= ENOUGH


@dataclass(frozen=True)
class Approvals:
    """What became of drafts that a person decided."""

    unedited: int
    edited: int
    rejected: int

    @property
    def approved(self) -> Share:
        """Return the share that was sent, edited or not."""
        return Share(self.unedited + self.edited, self.unedited + self.edited + self.rejected)


@dataclass(frozen=True)
class Assumptions:
    """Minutes of work, used until a company has measured its own.

    Reading a request, judging and assigning it by hand: 3. Writing a reply from the knowledge base: 6, of
    which an edited draft saves half. Reviewing a draft: 1. Putting right a wrong or held judgement: 2.
    """

    triage: float = 3.0
    reply: float = 6.0
    edited_reply: float = 3.0
    review: float = 1.0
    putting_right: float = 2.0

    def sentence(self) -> str:
        """Return the assumptions as they are shown beside the figure."""
        return (
            f"assuming {self.triage:g} min for each request sorted, {self.reply:g} for each reply drafted "
            f"({self.edited_reply:g} if edited), less {self.review:g} for each draft reviewed and "
            f"{self.putting_right:g} for each judgement put right"
        )


@dataclass(frozen=True)
class Figures:
    """All figures of one period. Counts by priority have all four keys."""

    volume: int
    open: int
    by_priority: dict[Priority, int]
    frt: Spread | None
    ttr: Spread | None
    respond_kept: Share
    resolve_kept: Share
    escalation: dict[str, Share]
    untouched: Share
    quality: Quality | None
    approvals: Approvals
    hours: float
    assumptions: Assumptions


def figures(
    tickets: Sequence[TicketFigures],
    drafts: Sequence[DraftFigures],
    now: datetime,
    assumptions: Assumptions | None = None,
) -> Figures:
    """Work out everything from the tickets opened in a period and the drafts decided in it.

    Withdrawn requests are no work and are left out, except where calling one a request was our mistake.
    """
    counted = [ticket for ticket in tickets if ticket.status is not Status.WITHDRAWN]
    assumed = assumptions or Assumptions()
    decided = approvals(drafts)
    priorities = Counter(ticket.priority for ticket in counted)
    return Figures(
        volume=len(counted),
        open=sum(ticket.status is not Status.RESOLVED for ticket in counted),
        by_priority={priority: priorities[priority] for priority in Priority},
        frt=spread(ticket.answered_at - ticket.asked_at for ticket in counted if ticket.answered_at),
        ttr=spread(
            ticket.resolved_at - ticket.asked_at
            for ticket in counted
            if ticket.resolved_at and ticket.status is Status.RESOLVED
        ),
        respond_kept=kept(((ticket.respond_by, ticket.answered_at) for ticket in counted), now),
        resolve_kept=kept(((ticket.resolve_by, _done_at(ticket)) for ticket in counted), now),
        escalation=escalation(counted),
        untouched=untouched(counted),
        quality=quality(t for t in tickets if t.status is not Status.WITHDRAWN or t.corrected),
        approvals=decided,
        hours=hours_recaptured(counted, decided, assumed),
        assumptions=assumed,
    )


def spread(times: Iterable[timedelta]) -> Spread | None:
    """Return median and 90th percentile in calendar time, or None for no times.

    First response time (FRT) is the first substantive reply and time to resolution (TTR) the last resolution,
    both since the request was posted. The percentile is the nearest rank: a time that really occurred, so
    that nine of ten requests needed no longer. A time below zero (two clocks) counts as zero.
    """
    found = sorted(max(each, timedelta(0)) for each in times)
    if not found:
        return None
    middle = timedelta(seconds=median(each.total_seconds() for each in found))
    return Spread(len(found), middle, found[math.ceil(0.9 * len(found)) - 1])


def _done_at(ticket: TicketFigures) -> datetime | None:
    return ticket.resolved_at if ticket.status is Status.RESOLVED else None


def kept(promises: Iterable[tuple[datetime | None, datetime | None]], now: datetime) -> Share:
    """Return how many promises were kept, from pairs of when something was due and when it was done.

    What is neither done nor due yet is no promise kept or broken and is not counted.
    """
    known = [(due, done) for due, done in promises if due and (done or due < now)]
    return Share(sum(done is not None and done <= due for due, done in known), len(known))


def _needed_person(ticket: TicketFigures) -> bool:
    return ticket.touched or ticket.held or ticket.escalated_at is not None


def _settled(tickets: Iterable[TicketFigures]) -> list[TicketFigures]:
    """Return tickets of which it is known whether they needed a person."""
    return [t for t in tickets if _needed_person(t) or t.status is Status.RESOLVED]


def escalation(tickets: Iterable[TicketFigures]) -> dict[str, Share]:
    """Return for each category the share that needed a person: touched, held or escalated.

    The whole is the tickets that were settled: resolved, or needing a person already. Categories with the
    most tickets come first.
    """
    settled = _settled(tickets)
    counts = Counter(ticket.category for ticket in settled)
    needed = Counter(ticket.category for ticket in settled if _needed_person(ticket))
    return {category: Share(needed[category], count) for category, count in counts.most_common()}


def untouched(tickets: Iterable[TicketFigures]) -> Share:
    """Return the share of resolved tickets that saw no human click or edit."""
    resolved = [ticket for ticket in tickets if ticket.status is Status.RESOLVED]
    return Share(sum(not _needed_person(ticket) for ticket in resolved), len(resolved))


def quality(tickets: Iterable[TicketFigures]) -> Quality | None:
    """Return the decision quality of triage and routing, or None while nothing was audited.

    A routed ticket was audited when a person touched it or it was resolved; they agreed if nothing
    was corrected. A held ticket was not judged, so it counts for nothing here. The interval is Wilson's
    score interval (E. B. Wilson, 1927) at 95 %, which stays honest for few tickets and for shares near 1.
    """
    audited = [t for t in tickets if not t.held and (t.touched or t.status is Status.RESOLVED)]
    if not audited:
        return None
    agreed = sum(not ticket.corrected for ticket in audited)
    low, high = wilson(agreed, len(audited))
    return Quality(agreed, len(audited), low, high)


def wilson(part: int, whole: int, z: float = 1.959964) -> tuple[float, float]:
    """Return Wilson's score interval of a share; the default `z` gives 95 %. Raises ValueError for no trials."""
    if whole <= 0 or not 0 <= part <= whole:
        raise ValueError(f"{part} of {whole} is not a share")
    p, z2 = part / whole, z * z
    centre = (p + z2 / (2 * whole)) / (1 + z2 / whole)
    half = z / (1 + z2 / whole) * math.sqrt(p * (1 - p) / whole + z2 / (4 * whole * whole))
    return max(0.0, centre - half), min(1.0, centre + half)


def approvals(drafts: Iterable[DraftFigures]) -> Approvals:
    """Count what people did with drafts. Superseded and expired ones were never decided and are left out."""
    decided = [draft for draft in drafts if draft.by_person]
    sent = (DraftStatus.APPROVED, DraftStatus.EDITED, DraftStatus.SENT)
    return Approvals(
        unedited=sum(draft.status in sent and not draft.edited for draft in decided),
        edited=sum(draft.status in sent and draft.edited for draft in decided),
        rejected=sum(draft.status is DraftStatus.REJECTED for draft in decided),
    )


def hours_recaptured(tickets: Sequence[TicketFigures], decided: Approvals, assumed: Assumptions) -> float:
    """Return minutes saved times volume less review minutes, in hours; below zero if it cost more than it
    saved.

    Every figure that multiplies is counted; the minutes are `assumed` and are shown with the result. A ticket
    saves its triage if the judgement stood; one that was held or corrected costs the time to put it right
    instead.
    """
    stood = sum(not ticket.held and not ticket.corrected for ticket in tickets)
    saved = stood * assumed.triage + decided.unedited * assumed.reply + decided.edited * assumed.edited_reply
    reviewed = decided.unedited + decided.edited + decided.rejected
    spent = reviewed * assumed.review + (len(tickets) - stood) * assumed.putting_right
    return (saved - spent) / 60


def span(time: timedelta) -> str:
    """Return a span of time for people: "45 s", "12 min", "3 h 05 min", "2 d 4 h"."""
    seconds = round(time.total_seconds())
    if seconds < 60:
        return f"{seconds} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes:02d} min" if minutes else f"{hours} h"
    days, hours = divmod(round(seconds / 3600), 24)
    return f"{days} d {hours} h" if hours else f"{days} d"
