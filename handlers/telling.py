"""A post for a team. Where its channel shuts us out, those who place what is unclear read it instead."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from handlers.cards.text import Block
from handlers.desk import Desk
from handlers.errors import Declined, Misplaced

log = structlog.get_logger("signalbox.telling")

Keep = Callable[[AsyncSession, str, str], Awaitable[None]]


async def tell(
    desk: Desk, key: str, channel: str, text: str, blocks: list[Block], keep: Keep | None = None
) -> None:
    """Post under a key in a channel, by its id; `keep(session, channel, ts)` notes where it is, in the same commit."""
    for name, place in ((key, channel), (f"{key}:here", desk.directory.place(desk.policy.hold.channel))):

        async def noted(session: AsyncSession, ts: str, place: str = place) -> None:
            if keep:
                await keep(session, place, ts)

        try:
            await desk.slack.post(name, place, text, blocks, then=noted)
            return
        except (Misplaced, Declined) as wrong:
            log.error("it could not be told", key=name, channel=place, error=str(wrong))
