"""Stories of several requests that are one thing: an outage that many report, and a question asked twice."""

from __future__ import annotations

from tests.chaos.scene import Scene
from tests.chaos.stream import CHANNEL
from tests.test_incidents import REPORTS


async def reported(scene: Scene) -> None:
    """Five report an outage; one is taken out of the incident, and the others hear of its end."""
    first, last = ("henry", "ellen", "greta"), ("victor", "sofia")
    asked = {by: await scene.ask_in_words(REPORTS[by], by) for by in first}
    await scene.until(lambda: scene.has_cards(asked.values()))
    for many, by in enumerate(last, 4):
        asked[by] = await scene.ask_in_words(REPORTS[by], by)
        await scene.until(lambda n=many: f"{n} tickets" in scene.says(scene.keyed("incident:")))  # type: ignore[misc]
    alone = asked.pop("ellen")
    await scene.until(lambda: "leave_incident" in scene.buttons(alone))
    await scene.press("jonas", alone, "leave_incident", lambda: "claim_ticket" in scene.buttons(alone))
    await scene.until(lambda: scene.has_cards(asked.values()))
    await scene.press(
        *("jonas", alone, "resolve_incident"),
        lambda: all(scene.said(ts, "resolved:") for ts in asked.values()),
        on=lambda: scene.keyed("incident:"),
    )


async def asked_twice(scene: Scene) -> None:
    """The same words of the same person, who meant something else."""
    words = "how do I void a label that I created a minute ago"
    first = await scene.ask_in_words(words)
    await scene.until(lambda: scene.card(first))
    again = await scene.ask_in_words(words)
    await scene.until(lambda: "not_asked_twice" in scene.buttons(again))
    await scene.press("hannah", again, "not_asked_twice", lambda: "claim_ticket" in scene.buttons(again))


async def inherited(scene: Scene) -> None:
    """The same words of the same person, who deletes the first."""
    words = "We'd like to print labels on A6 instead of A4, where is that setting?"
    first = await scene.ask_in_words(words)
    await scene.until(lambda: scene.card(first))
    again = await scene.ask_in_words(words)
    await scene.until(lambda: "not_asked_twice" in scene.buttons(again))
    await scene.person("greta").delete(f"#{CHANNEL}", first)
    await scene.until(lambda: "claim_ticket" in scene.buttons(again))


STORIES = (reported, asked_twice, inherited)
