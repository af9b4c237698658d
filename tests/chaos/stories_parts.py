"""Stories of one message that is two requests, and of one that says what must not travel."""

from __future__ import annotations

from typing import Any

from tests.chaos.scene import Scene
from tests.chaos.stream import CHANNEL
from tests.world import buttons_of

_TWO = (
    "Hi, two questions:\n1) Where can I download the invoice of September? ({0})\n"
    "2) The order import stops with error 422 since this morning, please fix it. ({0})"
)

_LOOKS = "ana"


async def parted(scene: Scene) -> None:
    """Answer one part while the requester adds something."""
    ts = await _ask(scene)
    await scene.person("greta").post(f"#{CHANNEL}", "And the one of August is missing as well.", ts)
    await scene.press("marek", ts, "claim_ticket", lambda: "(claimed)" in scene.text(ts))


async def parts_put_together(scene: Scene) -> None:
    """Say that it is one thing after all."""
    ts = await _ask(scene)
    await scene.press("ana", ts, "not_separate", lambda: "not_separate" not in scene.buttons(ts))


async def parts_withdrawn(scene: Scene) -> None:
    """Delete a message that is two requests."""
    ts = await _ask(scene)
    second = _second(scene, ts)
    assert second is not None
    await scene.person("greta").delete(f"#{CHANNEL}", ts)
    await scene.until(lambda: "claim_ticket" not in buttons_of(_now(scene, second)))


async def parts_reworded(scene: Scene) -> None:
    """Edit a message that is two requests."""
    ts = await _ask(scene)
    words = _TWO.format(scene.number).replace("September", "October")
    await scene.person("greta").edit(f"#{CHANNEL}", ts, words)
    await scene.until(lambda: "October" in scene.text(ts))


async def looked_at(scene: Scene) -> None:
    """Show one of the team what their card hides; nobody else here opens windows as them."""
    ts = await scene.ask("where can i find the invoice that I paid with card 4242 4242 4242 4242")
    await scene.until(lambda: "show_hidden" in scene.buttons(ts))
    by = scene.person(_LOOKS)
    # Whoever is told that the window could not be opened in time presses again, or not.
    await scene.press(
        *(_LOOKS, ts, "show_hidden"),
        lambda: by.views() or any("took too long" in said["text"] for said in by.whispers("#team-billing")),
    )


async def _ask(scene: Scene) -> str:
    ts = await scene.ask_in_words(_TWO.format(scene.number))
    await scene.until(lambda: "not_separate" in scene.buttons(ts) and _second(scene, ts))
    return ts


def _second(scene: Scene, ts: str) -> dict[str, Any] | None:
    """Return the card of the other part."""
    words = f"|T-{scene.ticket(ts)}>"
    return next((one for one in scene.messages() if "Part 2 of 2" in str(one) and words in str(one)), None)


def _now(scene: Scene, card: dict[str, Any]) -> dict[str, Any]:
    return next(message for message in scene.messages() if message["ts"] == card["ts"])


STORIES = (parted, parts_put_together, parts_withdrawn, parts_reworded, looked_at)
