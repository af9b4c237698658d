"""Stories of what was promised and did not come at once: a late ticket, and replies that Slack does not take.

Each asks in a channel of its own, so that a fault in it is nobody else's.
"""

from __future__ import annotations

from tests.chaos.scene import Scene
from twin.people import deeds


async def late(scene: Scene) -> None:
    """Nobody answers within the minute that was promised."""
    ts = await scene.ask("You charged us twice this month, please refund one of the two payments of $290")
    await scene.until(lambda: scene.card(ts))
    await scene.until(lambda: "escalated" in scene.text(ts) and scene.below(scene.card(ts), "escalation:"))


async def shut_out(scene: Scene) -> None:
    """A reply is approved when we were thrown out of the requester's channel, and again when we are back."""
    scene.channel, twin = "sales-desk", scene.fleet.host.twin
    ts = await scene.ask("How long is a quote valid, and may it be extended?", "ana")
    await scene.until(lambda: "approve_draft" in scene.buttons(ts))
    deeds.leave(twin.ws, twin.bot_user_id, twin.channel("sales-desk"))
    await scene.press(
        *("david", ts, "approve_draft"), lambda: scene.heard("david", "team-sales", "was not sent")
    )
    await scene.until(lambda: "approve_draft" in scene.buttons(ts))
    await scene.person("rafael").invite("#sales-desk", "signalbox")
    await scene.press("rafael", ts, "approve_draft", lambda: scene.said(ts, "reply:"))


async def kept_waiting(scene: Scene) -> None:
    """Slack takes no reply for more than two minutes, after which the sweep sends what was approved."""
    scene.channel, twin = "it-help", scene.fleet.host.twin
    ts = await scene.ask("How do I get a second monitor for my desk?", "jonas")
    await scene.until(lambda: "approve_draft" in scene.buttons(ts))
    down = twin.faults.add("chat.postMessage", "http500", channel="#it-help", times=0)
    await scene.press("samuel", ts, "approve_draft", lambda: down.hits)
    while not await scene.has_begun("deliver:"):
        await scene.rest()
    twin.faults.clear(down.id)
    await scene.until(lambda: scene.said(ts, "reply:"))


STORIES = (late, shut_out, kept_waiting)
