"""Telling that several people report one thing: reports that are near in meaning, close in time and from different
customers are one incident, and the same words from the same person are one request.

A team sees one incident card with its tickets instead of ten cards about one outage. Rules only: likeness is a
number handed in, and what a person has taken out of an incident is never handed in again. Deliberately not done:
guessing that something is over. Only a person resolves an incident.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from agents.words import Priority

_LEAST = 0.2  # cosine of two reports of an outage; about a third of such pairs lie below it
_ALIKE = 2  # tickets of an incident that a later report has to be near to
_RAISES, _RAISES_TO_P1 = (
    5,
    10,
)  # customers or colleagues from which an incident is one step more urgent, or a P1


@dataclass(frozen=True)
class Report:
    """An open ticket as a report of something. `reporter` is the account, or the person where there is none."""

    ticket_id: int
    reporter: str
    category: str
    text: str
    incident_id: int | None = None


@dataclass(frozen=True)
class Rules:
    """When reports are one incident: how many different reporters there must be besides the new one, how near (cosine)
    they must be, and for which categories; of `outages` the category alone says much."""

    reports: int
    likeness: float
    categories: frozenset[str]
    outages: frozenset[str]


@dataclass(frozen=True)
class Grouped:
    """What a new report belongs to: an incident that is open, or the tickets (oldest first) that are one now."""

    incident_id: int | None
    tickets: tuple[int, ...] = ()


def reporters(tickets: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return for whom each requester reports, their account or themselves, from each ticket's requester and account.

    The account is "" where it is unknown. A ticket opened while the customers could not be looked up must not make two
    reporters of one person.
    """
    found: dict[str, str] = {}
    for requester, account in tickets:
        if account or requester not in found:
            found[requester] = account or requester
    return found


def near(one: Report, other: Report, likeness: float, rules: Rules) -> bool:
    """Say whether two reports are of one thing; `likeness` is the cosine of their texts.

    Of an outage everybody tells another piece ("no labels", "white page", "503"), so two of that category need little
    more than to be of it; two faults of a product are one only when they read alike.
    """
    both = one.category == other.category and one.category in rules.outages
    return likeness >= (_LEAST if both else rules.likeness)


def group(
    new: Report, others: Sequence[Report], likeness: Mapping[int, float], rules: Rules
) -> Grouped | None:
    """Return what a new report belongs to, or None when it stands alone.

    `others` are open reports of the window, oldest first, without the new one; `likeness` holds each one's cosine.
    """
    if new.category not in rules.categories:
        return None
    close = [
        other
        for other in others
        if other.category in rules.categories and near(new, other, likeness[other.ticket_id], rules)
    ]
    joined = Counter(other.incident_id for other in close if other.incident_id is not None)
    # One like ticket may be there by mistake, two are not; of two incidents the one with more of them, then the older.
    if found := [id for id, count in joined.items() if count >= _ALIKE]:
        return Grouped(min(found, key=lambda id: (-joined[id], id)))
    free = [other for other in close if other.incident_id is None]
    if len({other.reporter for other in free} - {new.reporter}) < rules.reports:
        return None
    return Grouped(None, (*(other.ticket_id for other in free), new.ticket_id))


def priority_of(members: Iterable[Priority], reporters: int) -> Priority:
    """Return how urgent an incident is: as its most urgent ticket, and more the more report it."""
    highest = min(members, default=Priority.P3)
    if reporters >= _RAISES_TO_P1:
        return Priority.P1
    if reporters >= _RAISES:
        order = tuple(Priority)
        return order[max(0, order.index(highest) - 1)]
    return highest


def is_same(one: str, other: str) -> bool:
    """Say whether two messages say the same in the same words; case, spaces and a last full stop do not count."""
    return bool(one.strip()) and _bare(one) == _bare(other)


def _bare(text: str) -> str:
    return " ".join(text.casefold().split()).rstrip(" .!?")
