"""What Slack tells somebody who mentions a person that is not in the channel.

Slackbot whispers it to the writer only. Deliberately without its buttons: whoever wants to add the person uses the
channel's own "add people".
"""

from __future__ import annotations

from twin import messages, richtext
from twin.channels import Channel
from twin.users import SLACKBOT
from twin.words import Json
from twin.workspace import Workspace


def of_absence(ws: Workspace, channel: Channel, user: str, posted: Json) -> None:
    """Whisper to the writer who of the people mentioned will not see the message."""
    if channel.is_direct:
        return
    blocks = [one for one in posted.get("blocks", []) if one["type"] == "rich_text"]
    absent = [
        one
        for one in sorted(richtext.mentions(blocks))
        if one in ws.users and one not in channel.members and one != SLACKBOT
    ]
    if not absent:
        return
    names = [f"<@{one}>" for one in absent]
    who = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    say = f"You mentioned {who}, but they’re not in this channel."
    messages.slackbot_whisper(ws, channel, user, say)
