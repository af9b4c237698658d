"""Stories of tickets and their replies: approve, send, resolve, claim, reword, withdraw, answer by hand.

Nobody is corrected here, so these may all ask nearly the same.
"""

from __future__ import annotations

from tests.chaos.scene import Scene
from tests.chaos.stream import CHANNEL, THANKS

BILLING = "hey! where can i find the invoice from september? my accountant wants the pdf"
HOW_TO = "How can I add a second warehouse address?"
CHATTER = "good morning everyone"


async def answered(scene: Scene) -> None:
    """Approve, a thumb, thanks, and then it was not over."""
    ts = await scene.ask(BILLING)
    await scene.press("marek", ts, "approve_draft", lambda: scene.said(ts, "reply:"))
    greta = scene.person("greta")
    [reply] = scene.said(ts, "reply:")
    await scene.press(
        *("greta", ts, "reply_feedback", lambda: scene.heard("greta", CHANNEL, "good to know")),
        on=lambda: reply,
        value=f"{scene.ticket(ts)}:good",
    )
    await greta.post(f"#{CHANNEL}", THANKS, ts)
    await scene.until(lambda: "Resolved by" in scene.text(ts))
    await greta.post(f"#{CHANNEL}", "No, the file cannot be opened. Please send it again.", ts)
    await scene.until(lambda: "resolve_ticket" in scene.buttons(ts))


async def resolved(scene: Scene) -> None:
    """Resolve, and reopen by the requester's button."""
    ts = await scene.ask(BILLING)
    await scene.press("ana", ts, "resolve_ticket", lambda: scene.said(ts, "resolved:"))
    await scene.until(lambda: "Resolved by" in scene.text(ts))
    await scene.press(
        *("greta", ts, "reopen_ticket", lambda: "resolve_ticket" in scene.buttons(ts)),
        on=lambda: scene.said(ts, "resolved:")[0],
    )


async def claimed(scene: Scene) -> None:
    """Claim."""
    ts = await scene.ask(BILLING)
    await scene.press("ana", ts, "claim_ticket", lambda: "(claimed)" in scene.text(ts))


async def reworded_draft(scene: Scene) -> None:
    """Send a draft in a person's own wording."""
    ts = await scene.ask(BILLING)
    words = {"text": "It is under Settings, in Billing."}
    await scene.fill("marek", ts, "edit_draft", words, lambda: scene.said(ts, "reply:"))


async def rejected(scene: Scene) -> None:
    """Turn a draft down."""
    ts = await scene.ask(HOW_TO)
    await scene.until(lambda: "approve_draft" in scene.buttons(ts))
    is_gone = lambda: "approve_draft" not in scene.buttons(ts)  # noqa: E731
    await scene.fill("mei", ts, "reject_draft", {"reason": "tone"}, is_gone)


async def written(scene: Scene) -> None:
    """Answer in a person's own words."""
    ts = await scene.ask(HOW_TO)
    words = {"text": "I have added it for you."}
    await scene.fill("hannah", ts, "reply_ticket", words, lambda: scene.said(ts, "reply:"))


async def reworded(scene: Scene) -> None:
    """Edit a request until it is for another team."""
    ts = await scene.ask(BILLING)
    await scene.until(lambda: "approve_draft" in scene.buttons(ts))
    await scene.person("greta").edit(f"#{CHANNEL}", ts, f"{HOW_TO} ({scene.number})")
    await scene.until(lambda: scene.is_in(ts, "front-desk"))


async def reworded_talk(scene: Scene) -> None:
    """Edit talk into a request."""
    ts = await scene.ask_in_words(CHATTER)
    await scene.person("greta").edit(f"#{CHANNEL}", ts, f"{BILLING} ({scene.number})")
    await scene.until(lambda: scene.card(ts))


async def withdrawn(scene: Scene) -> None:
    """Delete a request."""
    ts = await scene.ask(BILLING)
    await scene.until(lambda: "approve_draft" in scene.buttons(ts))
    key = f"card:{scene.ticket(ts)}:"
    await scene.person("greta").delete(f"#{CHANNEL}", ts)
    await scene.until(lambda: "deleted their message" in scene.says(scene.keyed(key)))


async def answered_by_hand(scene: Scene) -> None:
    """A colleague answers in the thread."""
    ts = await scene.ask(BILLING)
    await scene.until(lambda: "approve_draft" in scene.buttons(ts))
    await scene.person("marek").post(f"#{CHANNEL}", "It is under Settings, in Billing.", ts)
    await scene.until(lambda: "approve_draft" not in scene.buttons(ts))


async def followed_up(scene: Scene) -> None:
    """The requester adds something before anybody has answered."""
    ts = await scene.ask(BILLING)
    await scene.until(lambda: "approve_draft" in scene.buttons(ts))
    await scene.person("greta").post(f"#{CHANNEL}", "And the one from August is missing as well.", ts)


async def made_again(scene: Scene) -> None:
    """Make a request of what is one already."""
    ts = await scene.ask(BILLING)
    await scene.until(lambda: scene.card(ts))
    ana = scene.person("ana")
    use = lambda: ana.message_shortcut(f"#{CHANNEL}", ts, "make_request")  # noqa: E731
    await scene.insist("ana", lambda: scene.heard("ana", CHANNEL, "It is a request"), use)


STORIES = (
    *(answered, resolved, claimed, reworded_draft, rejected, written),
    *(reworded, reworded_talk, withdrawn, answered_by_hand, followed_up, made_again),
)
