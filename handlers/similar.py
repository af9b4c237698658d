"""Past requests that asked much the same: what a card names as "Similar", and what Claude is told of.

Every process remembers the answers that it has sent, takes in those of others within seconds, and learns of a deletion
when it is its turn to. So rows are asked before anything is shown: what was deleted in Slack, or is no longer kept, is
found for nobody, and is forgotten here.
"""

from __future__ import annotations

import asyncio

from agents.words import SimilarTicket
from handlers.desk import Desk
from storage import similar


async def alike(desk: Desk, text: str) -> tuple[SimilarTicket, ...]:
    """Return the past requests that are most like a text, the most alike first; none of them is deleted."""
    local = (await desk.minds.ready()).local
    while True:
        found = await asyncio.to_thread(local.similar, text)
        if not found:
            return ()
        async with desk.db.begin() as session:
            there = {
                ticket.id for ticket in await similar.standing(session, [one.ticket_id for one in found])
            }
        gone = [one.ticket_id for one in found if one.ticket_id not in there]
        if not gone:
            return tuple(found)
        for id in gone:
            local.forget(id)
