"""How often Slack permits what we do there, for the whole workspace and all replicas together.

People see nothing of it but that a flood of requests is worked off at a steady rate. Slack publishes tiers of calls a
minute for its methods, and about one message a second for a channel, each with short bursts
(https://docs.slack.dev/apis/web-api/rate-limits). Only half of a minute's calls are made at once, because Slack does
not say how long a burst may be.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limit:
    """So many at once, and then so many a second."""

    burst: int
    per_second: float


def _tier(per_minute: int) -> Limit:
    return Limit(per_minute // 2, per_minute / 60)


CHANNEL = Limit(4, 1.0)  # messages in one channel
# By the SDK's names. What opens a window is not here, because it may only be done at once or not at all.
METHODS = {
    "users_list": _tier(20),
    "conversations_list": _tier(20),
    "chat_update": _tier(50),
    "reactions_add": _tier(50),
    "conversations_history": _tier(50),
    "conversations_replies": _tier(50),
    "conversations_open": _tier(50),
    "chat_postEphemeral": _tier(100),
    "users_info": _tier(100),
    "views_publish": _tier(100),
    "views_update": _tier(100),
}
