"""Deliveries over a connection of our own, which Slack calls Socket Mode.

A person notices nothing of it. Bolt keeps the connection; what it could not take apart, because a part of it has
another shape than Slack's, is kept like any delivery of an unknown kind instead of coming again and again.
"""

from __future__ import annotations

from typing import Any

from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.deliveries import readable


class SocketMode(AsyncSocketModeHandler):
    """Bolt's handler, which is given only what Bolt can read."""

    async def handle(self, client: Any, req: SocketModeRequest) -> None:
        """Hand one delivery on, and acknowledge it when it is kept."""
        req.payload = readable(req.payload)
        await super().handle(client, req)
