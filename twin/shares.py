"""Files in messages: sharing them in a channel and describing them as Slack does.

People see the file in the message; the app hears `file_shared`.
"""

from __future__ import annotations

from twin import events
from twin.channels import Channel
from twin.files import File, file_object
from twin.words import Json
from twin.workspace import Workspace


def share(ws: Workspace, channel: Channel, files: list[File], ts: str) -> list[Json]:
    """Attach files to a message that is about to be posted. Returns their file objects."""
    for file in files:
        file.is_complete = True
        file.shares.setdefault(channel.id, []).append(ts)
    for file in files:
        events.in_channel(
            ws,
            channel,
            {
                "type": "file_shared",
                "channel_id": channel.id,
                "file_id": file.id,
                "user_id": file.user,
                "file": {"id": file.id},
                "event_ts": ts,
            },
        )
    return [describe(ws, file) for file in files]


def describe(ws: Workspace, file: File) -> Json:
    """Build the file object with the places it is shared in."""
    kinds = {"channel": "public", "group": "private", "im": "im", "mpim": "private"}
    placed: dict[str, list[str]] = {"public": [], "private": [], "im": []}
    for channel_id in file.shares:
        placed[kinds[ws.channels[channel_id].kind]].append(channel_id)
    return file_object(file, ws.url, ws.seed.id, ws.seed.domain, placed["public"], placed["private"])
