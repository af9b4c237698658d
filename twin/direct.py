"""Direct messages of two people, and of a group of up to nine.

A conversation appears on everybody's list once one of them opened it. The app hears of it only when it is one of
them. Deliberately no `im_open` or `mpim_open` events: Slack sends those to user tokens only.
"""

from __future__ import annotations

from collections.abc import Iterable

from twin import messages
from twin.channels import Channel
from twin.users import SLACKBOT
from twin.words import Json, stable_id
from twin.workspace import Workspace

MOST = 9


def find(ws: Workspace, users: Iterable[str]) -> Channel | None:
    """Return the direct conversation of exactly these people, if somebody has opened it."""
    return ws.channels.get(_id(ws, list(dict.fromkeys(users))))


def between(ws: Workspace, users: Iterable[str]) -> Channel:
    """Return the direct conversation of exactly these people (the first of them opens it), opening it when needed.

    At most `MOST` people; one alone gets the conversation with themselves.
    """
    together = list(dict.fromkeys(users))
    if (found := ws.channels.get(_id(ws, together))) is not None:
        return found
    others = [one for one in together if one != ws.bot]
    if len(together) == 2 and len(others) == 1:
        return ws.dm(others[0])
    channel_id, now = _id(ws, together), int(ws.now().timestamp())
    if len(together) <= 2:
        channel = Channel(channel_id, channel_id, "im", creator=together[0], created=now, user=together[-1])
    else:
        name = "mpdm-" + "--".join(ws.users[one]["name"] for one in together) + "-1"
        channel = Channel(channel_id, name[:80], "mpim", creator=together[0], created=now)
        said = "Group messaging with: " + " ".join(f"@{ws.users[one]['name']}" for one in together)
        channel.purpose = {"value": said, "creator": together[0], "last_set": now}
    channel.members = together
    ws.add_channel(channel)
    ws.tell_members(channel, {"type": "channel", "channel": {"id": channel.id}})
    return channel


def slackbot_says(ws: Workspace, user: str, text: str) -> Json:
    """Let Slackbot write to somebody. Returns the message, which is between the two of them."""
    told = {"type": "message", "user": SLACKBOT, "ts": ws.ts(), "text": text, "team": ws.seed.id}
    return messages.post(ws, between(ws, [user, SLACKBOT]), told)


def _id(ws: Workspace, together: list[str]) -> str:
    others = [one for one in together if one != ws.bot]
    if len(together) == 2 and len(others) == 1:
        return stable_id("D", ws.seed.id, others[0], ws.bot)  # the one every person has with the app
    letter = "D" if len(together) <= 2 else "C"
    return stable_id(letter, ws.seed.id, "direct", *sorted(together))
