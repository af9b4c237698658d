"""What calls for a person: messages that name them, and the threads they follow with what is new in each.

A person sees a number beside a channel in which they were named, and "Threads" in bold. Somebody follows a thread they
began, answered in or were named in. Deliberately not done: following and leaving a thread by hand.
"""

from __future__ import annotations

import re

from twin.channels import Channel
from twin.words import Json
from twin.workspace import Workspace

MOST = 100
_EVERYBODY = re.compile(r"<!(?:channel|here|everyone)\b")


def calls(ws: Workspace, user: str, message: Json) -> bool:
    """Whether a message by somebody else names this person, a group they are in, or everybody."""
    text = str(message.get("text", ""))
    if message.get("user") == user or "<" not in text:
        return False
    if f"<@{user}" in text or _EVERYBODY.search(text):
        return True
    return any(
        user in ws.usergroups[group]["users"]
        for group in re.findall(r"<!subteam\^([A-Z0-9]+)", text)
        if group in ws.usergroups
    )


def mentions(ws: Workspace, user: str, channel: Channel) -> int:
    """Count the unread messages of a channel that call for this person."""
    if user not in channel.members:
        return 0
    unread = channel.between(channel.read.get(user, ""), "", inclusive=False)
    return sum(calls(ws, user, message) for ts in unread if (message := channel.get(ts)) is not None)


def of_person(ws: Workspace, user: str) -> list[Json]:
    """Return the threads this person follows, the latest first, with the number of replies they have not seen."""
    found = [
        {
            "channel": channel.id,
            "thread_ts": root["ts"],
            "latest_reply": root["latest_reply"],
            **_news(ws, user, channel, root),
        }
        for channel in ws.channels.values()
        if user in channel.members
        for root in channel.every_message()
        if root.get("reply_count") and _follows(ws, user, channel, root)
    ]
    return sorted(found, key=lambda one: str(one["latest_reply"]), reverse=True)[:MOST]


def read(ws: Workspace, user: str, channel: Channel, ts: str) -> None:
    """Take note that a person has seen a thread to its end."""
    replies = channel.replies(ts)
    ws.thread_reads[user, channel.id, ts] = replies[-1]["ts"] if replies else ts


def _follows(ws: Workspace, user: str, channel: Channel, root: Json) -> bool:
    if root.get("user") == user or user in root.get("reply_users", ()) or calls(ws, user, root):
        return True
    return any(calls(ws, user, reply) for reply in channel.replies(root["ts"]))


def _news(ws: Workspace, user: str, channel: Channel, root: Json) -> Json:
    replies = channel.replies(root["ts"])
    own = [reply["ts"] for reply in replies if reply.get("user") == user]
    seen = max(ws.thread_reads.get((user, channel.id, root["ts"]), ""), own[-1] if own else "")
    return {"unread": sum(reply["ts"] > seen and reply.get("user") != user for reply in replies)}
