"""What to say and do when Claude does not answer: error statuses and waiting times, put into words for a
card.

A person reads "Claude is overloaded." on the card, next to what the local engine made of their request.
What is deliberately not done: no text of the service is passed on, since it is written for programmers and
can change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

# A longer wait than this is for our own queue; the person gets the local engine's answer meanwhile.
PATIENCE = 5.0
_LONGEST_REST = 900.0


@dataclass(frozen=True)
class Outage:
    """A failed call. `at_once` opens the breaker for `rest` seconds; `maybe_billed` means the service may
    have worked.
    """

    detail: str
    at_once: bool = False
    rest: float | None = None
    maybe_billed: bool = False
    status: int = 0


STRANGER = Outage("Something other than Claude answered at its address.")


def outage(
    status: int, kind: str, code: str, headers: Mapping[str, str], model: str, credentials: str = "API key"
) -> Outage:
    """Put an error status into words. What only an operator can repair stops the asking at once."""
    wait = retry_after(headers)
    rest = min(wait, _LONGEST_REST) if wait > PATIENCE else None
    if status == 402 or kind == "billing_error" or code.endswith(("limit_reached", "limit_exceeded")):
        return Outage("The spend limit of our Claude account is reached.", at_once=True, rest=rest)
    match status:
        case 401:
            return Outage(f"Claude refused our {credentials}.", at_once=True)
        case 403:
            return Outage(f"Our {credentials} may not use {model}.", at_once=True)
        case 404:
            return Outage(f"Claude's service does not know the model {model}.", at_once=True, status=404)
        case 429:
            return Outage("Our rate limit at Claude is reached.", at_once=rest is not None, rest=rest)
        case 529:
            return Outage("Claude is overloaded.", at_once=rest is not None, rest=rest)
        case _:
            return Outage(f"Claude has a fault ({status}).", at_once=rest is not None, rest=rest)


def retry_after(headers: Mapping[str, str]) -> float:
    """Return the seconds that a reply asks us to wait, 0 if it does not. A date is read against the reply's
    own date.
    """
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            return max(0.0, float(headers.get(name, "")) / unit)
        except ValueError:
            continue
    try:
        until = parsedate_to_datetime(headers.get("retry-after", ""))
        return max(0.0, (until - parsedate_to_datetime(headers.get("date", ""))).total_seconds())
    except ValueError:
        return 0.0
