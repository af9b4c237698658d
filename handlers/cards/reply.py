"""What a requester sees in their own thread: the line that it is in good hands, the reply, and the end.

Everything says openly that a bot posted it. The reply's words are literal; links come only from its citations.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import Enum

from handlers.cards.text import Block, button, context, escape, link, literal, section, when

FEEDBACK = "reply_feedback"
REOPEN_TICKET = "reopen_ticket"
GOOD, BAD = "good", "bad"
LONGEST = 11_000  # characters of one reply; a longer one is refused in the edit window


class Written(Enum):
    """Whose words a reply is, as its reader is told."""

    DRAFTED = "Drafted by Signalbox, approved by"
    EDITED = "Drafted by Signalbox, edited and sent by"
    BY_HAND = "Written by"


def received_line(id: int, team: str, respond_by: datetime, held: bool) -> tuple[str, list[Block]]:
    """Return the line that tells a requester who has their request and by when to expect a reply."""
    who = "A colleague is finding the right team for this" if held else f"This is with our *{team}* team"
    due = when(respond_by, "by {date_short_pretty} at {time}")
    text = f":inbox_tray: {who} (T-{id}). Expect a first reply {due}."
    plain = f"T-{id} is with {'a colleague' if held else team}."
    return plain, [context(text)]


def reply(
    id: int, text: str, sources: Sequence[tuple[str, str]], by: str, how: Written, about: str = ""
) -> tuple[str, list[Block]]:
    """Return a reply; `sources` are titles and addresses, `by` is the name of whoever is answerable for it, and `about`
    is mrkdwn that says which part of a message it answers."""
    blocks: list[Block] = [*([context(about)] if about else []), literal(text)]
    if sources:
        blocks.append(context("Read more: " + " · ".join(link(url, title) for title, url in sources)))
    blocks.append(context(f"{how.value} {escape(by)} · T-{id}"))
    blocks.append(feedback_row(id))
    return escape(text), blocks


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


def resolved_line(id: int, by: str, about: str = "") -> tuple[str, list[Block]]:
    """Return the line that says a request, or a part of it, is done and how to say that it is not."""
    text = (
        f":white_check_mark: T-{id} was marked as resolved by {by}. "
        + (f"{about}. " if about else "")
        + "If something is missing, reply here or press Reopen."
    )
    return (
        f"T-{id} is resolved.",
        [section(text, accessory=button("Reopen", REOPEN_TICKET, str(id)))],
    )


def reopened_line(id: int, by: str) -> tuple[str, list[Block]]:
    """Return what a resolved line turns into when the request was taken up again."""
    return f"T-{id} is open again.", [context(f":leftwards_arrow_with_hook: T-{id} was reopened by {by}.")]
