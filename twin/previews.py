"""Links an app was told of, until it says what shall be shown for them.

People see the previews; this is only what is remembered of a link: where it stands and whose it is.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from twin.words import Json


@dataclass(eq=False)
class Shared:
    """The links of one message, or (without a channel) those somebody is just typing."""

    user: str
    urls: list[str]
    channel: str = ""
    ts: str = ""
    previews: dict[str, Json] = field(default_factory=dict)  # url -> attachment, while it is being typed


def unfurl_id(channel: str, ts: str) -> str:
    """Make the id under which the links of a message can be unfurled."""
    return f"{channel}.{ts}.{hashlib.sha256(f'{channel}/{ts}'.encode()).hexdigest()}"
