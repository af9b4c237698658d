"""The few words every part of the twin shares.

Nobody sees this module in Slack. It deliberately models no payload as a class: what Slack sends is JSON, and
the twin keeps it as JSON so that no key is lost or invented on the way.
"""

from __future__ import annotations

import hashlib
from base64 import b32encode
from typing import Any

Json = dict[str, Any]


class SlackError(Exception):
    """A refused Web API call: Slack's error code, and whatever else Slack puts beside it in the answer."""

    def __init__(self, code: str, **extra: Any) -> None:
        super().__init__(code)
        self.code = code
        self.extra = extra

    def answer(self) -> Json:
        """Say the refusal as the body Slack sends."""
        return {"ok": False, "error": self.code, **self.extra}


class Refused(Exception):
    """A deed of a person that Slack's own client would not let happen.

    A code, and a sentence for the person.
    """

    def __init__(self, code: str, say: str) -> None:
        super().__init__(say)
        self.code = code
        self.say = say


def stable_id(letter: str, *parts: str) -> str:
    """Derive an id of Slack's look from names, so that the same seed always gives the same workspace."""
    digest = hashlib.sha256("\x1f".join(parts).encode()).digest()
    return letter + b32encode(digest).decode()[:10]


def invalid_arguments(*problems: str) -> SlackError:
    """Build the refusal Slack gives for missing or malformed arguments, one sentence per problem."""
    return SlackError("invalid_arguments", response_metadata={"messages": [f"[ERROR] {p}" for p in problems]})
