"""What a requester sees in their own thread: the line that it is in good hands, the reply, and the end.

Everything says openly that a bot posted it. The reply's words are literal; links come only from its citations.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from handlers.cards.text import Block, button, context, link, literal, section, when

FEEDBACK = "reply_feedback"
REOPEN_TICKET = "reopen_ticket"
GOOD, BAD = "good", "bad"
LONGEST = 11_000  # characters of one reply; a longer one is refused in the edit window


def received_line(id: int, team: str, respond_by: datetime, held: bool) -> tuple[str, list[Block]]:
    """Return the line that tells a requester who has their request and by when to expect a reply."""
    who = "A colleague is finding the right team for this" if held else f"This is with our *{team}* team"
    text = f":inbox_tray: {who} (T-{id}). Expect a first reply by {when(respond_by)}."
    plain = f"T-{id} is with {'a colleague' if held else team}."
    return plain, [context(text)]


def reply(
    id: int, text: str, sources: Sequence[tuple[str, str]], by: str, edited: bool
) -> tuple[str, list[Block]]:
    """Return a reply; `sources` are titles and addresses, `by` is the name of whoever approved it."""
    blocks: list[Block] = [literal(text)]
    if sources:
        blocks.append(context("Read more: " + " · ".join(link(url, title) for title, url in sources)))
    how = "edited and sent" if edited else "approved"
    blocks.append(context(f"Drafted by Signalbox, {how} by {by} · T-{id}"))
    blocks.append(feedback_row(id))
    return text, blocks


def feedback_row(id: int) -> Block:
    """Return the thumbs."""
    thumbs = {
        "type": "feedback_buttons",
        "action_id": FEEDBACK,
        "positive_button": {
            "text": {"type": "plain_text", "text": "This helped"},
            "value": f"{id}:{GOOD}",
            "accessibility_label": "This reply helped",
        },
        "negative_button": {
            "text": {"type": "plain_text", "text": "It did not"},
            "value": f"{id}:{BAD}",
            "accessibility_label": "This reply did not help",
        },
    }
    return {"type": "context_actions", "elements": [thumbs]}


def resolved_line(id: int, by: str) -> tuple[str, list[Block]]:
    """Return the line that says a request is done and how to say that it is not."""
    text = f":white_check_mark: T-{id} was marked as resolved by {by}. Reply here to reopen it."
    return (
        f"T-{id} is resolved.",
        [section(text, accessory=button("Reopen", REOPEN_TICKET, str(id)))],
    )
