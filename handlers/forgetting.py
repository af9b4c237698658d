"""What a message leaves behind when its author deletes it in Slack: nothing that other people read.

Cards of others that named it as a similar request are drawn without it, and its answer is found for nobody any more.
"""

from __future__ import annotations

from handlers.board import show
from handlers.desk import Desk, Run
from storage import similar


async def after_deletion(desk: Desk, run: Run, ticket_id: int) -> None:
    """Let nobody read any more what a deleted message asked and what was answered to it."""
    for other in await run.repeat("forget", _forget, desk, ticket_id):
        await run.repeat(f"card {other}", show, desk, other, False)


async def _forget(desk: Desk, ticket_id: int) -> list[int]:
    """Forget what was answered; return the tickets whose cards name this one."""
    (await desk.minds.ready()).local.forget(ticket_id)
    async with desk.db.begin() as session:
        return await similar.naming(session, ticket_id)
