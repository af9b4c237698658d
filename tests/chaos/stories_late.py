"""Stories of what was promised and did not come: a ticket that is late, and a reply that Slack does not take.

Each asks in a channel of its own, so that a fault in it is nobody else's.
"""

from __future__ import annotations

from tests.chaos.scene import Scene


async def late(scene: Scene) -> None:
    """Nobody answers within the minute that was promised."""
    ts = await scene.ask("You charged us twice this month, please refund one of the two payments of $290")
    await scene.until(lambda: scene.card(ts))
    await scene.until(lambda: "escalated" in scene.text(ts) and scene.below(scene.card(ts), "escalation:"))


STORIES = (late,)
