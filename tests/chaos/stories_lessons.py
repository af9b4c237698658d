"""Stories in which a person corrects a judgement, which teaches the bot.

Each asks in words that nobody else's are near to, because the next message of the same meaning goes where a person has
put the last one.
"""

from __future__ import annotations

from tests.chaos.scene import Scene
from tests.chaos.stream import CHANNEL

_FAULT = {"queue": "platform", "category": "bug-report"}
_QUESTION = {"queue": "front-desk", "category": "how-to"}


async def rerouted(scene: Scene) -> None:
    """Reroute to another team."""
    ts = await scene.ask_in_words("Our VAT ID is missing on the last bill. How do we get a corrected one?")
    await scene.fill("jonas", ts, "reroute_ticket", _FAULT, lambda: scene.is_in(ts, "team-platform"))


async def undone(scene: Scene) -> None:
    """Reroute, and let it teach nothing after all."""
    ts = await scene.ask_in_words(
        "Could you please put our purchase order number PO-55812 on the next invoices"
    )
    await scene.fill("leila", ts, "reroute_ticket", _FAULT, lambda: "Learnt from" in scene.text(ts))
    await scene.press("leila", ts, "undo_correction", lambda: "Learnt from" not in scene.text(ts))


async def contradicted(scene: Scene) -> None:
    """Two people put nearly the same in different places, and a third chooses."""
    words = "when is invoice 103921 due? it says net 14 but our contract says net 30"
    one, other = [await scene.ask_in_words(said) for said in (words, f"hello, {words}")]
    await scene.until(lambda: scene.has_cards([one, other]))
    await scene.fill("priya", one, "reroute_ticket", _FAULT, lambda: "Learnt from" in scene.text(one))
    await scene.fill("tomas", other, "reroute_ticket", _QUESTION, lambda: scene.keyed("conflict:"))
    await scene.press(
        *("mei", one, "keep_correction:0", lambda: "settled" in scene.says(scene.keyed("conflict:"))),
        on=lambda: scene.keyed("conflict:"),
    )


async def made(scene: Scene) -> None:
    """Make a request of talk."""
    ts = await scene.ask_in_words("have a nice weekend all")
    mei = scene.person("mei")
    use = lambda: mei.message_shortcut(f"#{CHANNEL}", ts, "make_request")  # noqa: E731
    await scene.insist("mei", lambda: scene.card(ts), use)


async def placed(scene: Scene) -> None:
    """Say which of the two candidates a held request is."""
    ts = await scene.ask_in_words("Could one of you help my colleague with the thing from yesterday?")
    await scene.until(lambda: "take_candidate:0" in scene.buttons(ts))
    await scene.press("mei", ts, "take_candidate:0", lambda: "take_candidate:0" not in scene.buttons(ts))


async def dismissed(scene: Scene) -> None:
    """Say that a held request is none."""
    ts = await scene.ask_in_words("Can you tell me more?")
    await scene.press("mei", ts, "not_a_request", lambda: "Marked as no request" in scene.text(ts))


STORIES = (rerouted, undone, contradicted, made, placed, dismissed)
