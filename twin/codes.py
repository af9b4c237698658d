"""The codes an app gets when somebody installs it, each of which turns into a token once.

A person sees nothing of it but their browser going back to the app.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from twin.recent import Recent
from twin.words import SlackError

KEEP = 1_000


@dataclass(eq=False)
class Code:
    """What the browser carries back to the app: good once, for ten minutes."""

    team: str
    user: str
    scopes: tuple[str, ...]
    redirect_uri: str
    until: datetime
    is_used: bool = False


class Codes:
    """The codes that were handed out."""

    def __init__(self) -> None:
        self._codes: Recent[str, Code] = Recent(KEEP)

    def issue(self, code: Code) -> str:
        """Remember a code and return its letters."""
        letters = secrets.token_hex(20)
        self._codes[letters] = code
        return letters

    def use(self, letters: str, redirect_uri: str, now: datetime) -> Code:
        """Use a code up. Raises SlackError when it is unknown, old, used, or was meant for another address."""
        code = self._codes.get(letters)
        if code is None or now > code.until:
            raise SlackError("invalid_code")
        if code.is_used:
            raise SlackError("code_already_used")
        if redirect_uri and redirect_uri != code.redirect_uri:
            raise SlackError("bad_redirect_uri")
        code.is_used = True
        return code
