"""What people hear when a delivery could not be worked on: why not, or a reference, and that somebody looks at it.

Whoever pressed or typed is told where they did it. A message that we failed on is shown to the people who place what
nobody else does, because nobody else knows that it waits.
"""

from __future__ import annotations

from contextlib import suppress

import structlog

from handlers.cards.text import link, section
from handlers.desk import Desk
from handlers.errors import Declined, Misplaced
from storage.tables import Receipt

log = structlog.get_logger("signalbox.apologies")

SORRY = "Something went wrong on our side (reference {reference}). Nothing is lost; we have been told."


async def tell(desk: Desk, receipt: Receipt, said: str) -> None:
    """Tell whoever pressed or typed, where they did it, or in our direct messages when that is nowhere."""
    body = receipt.body
    person = (body.get("user") or {}).get("id") or body.get("user_id")
    if not person:
        return  # an event that no one is waiting on
    if url := body.get("response_url"):
        # It works for half an hour, which an outage may outlast.
        with suppress(Declined):
            await desk.slack.answer(url, said)
            return
    channel = (body.get("channel") or {}).get("id")
    thread = (body.get("message") or {}).get("thread_ts", "")
    try:
        if channel:
            await desk.slack.whisper(channel, person, said, None, thread)
        else:
            await desk.slack.post(f"tell:{receipt.key}", person, said)
    except (Misplaced, Declined) as wrong:
        # What there is to tell matters less than the thread that waits behind it.
        log.warning("nobody to tell", receipt=receipt.id, error=str(wrong))


async def call(desk: Desk, receipt: Receipt, reference: str) -> None:
    """Show people a message that we failed on, because nobody else knows that it waits."""
    event = receipt.body["event"]
    ts = (event.get("message") or event).get("ts", "")
    try:
        url = desk.slack.permalink(event.get("channel", ""), ts) if ts else ""
        text = (
            f":warning: I failed on {link(url, 'this message') if url else 'a message'} "
            f"(reference {reference}). Please have a look at it; the log says why."
        )
        channel = desk.directory.place(desk.policy.hold.channel)
        await desk.slack.post(f"failed:{receipt.key}:{reference}", channel, text, [section(text)])
    except (Misplaced, Declined) as wrong:
        log.error("nobody could be called", receipt=receipt.id, reference=reference, error=str(wrong))
