"""The three kinds of trouble, and what a person is told of each.

A `Refusal` is a sentence for the person, whispered to them. `Unavailable` is a dependency that does not answer: the
engine tries again and the person sees only a delay. Anything else is a bug: it is logged under a reference id, and
that id is all the person gets.
"""

from __future__ import annotations


class Refusal(Exception):
    """Something a person may not do, or cannot do any more; the message is meant for them."""


class Unavailable(Exception):
    """A dependency that does not answer now; the message names it for the log and never reaches a person."""


class TooFast(Unavailable):
    """A dependency that wants a pause of so many seconds before it is asked again."""

    def __init__(self, said: str, seconds: float) -> None:
        super().__init__(said, seconds)
        self.seconds = seconds


class Misplaced(Exception):
    """Slack will not let us into this place (no such channel, not a member, archived); trying again cannot help."""


class Declined(Exception):
    """Slack says no to a call, and trying again cannot help; `code` is its word for why.

    It is made of two plain strings, so that the engine can keep it as the result of a step.
    """

    def __init__(self, method: str, code: str) -> None:
        super().__init__(method, code)
        self.code = code

    def __str__(self) -> str:
        return f"slack {self.args[0]}: {self.code}"
