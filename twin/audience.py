"""Who may see what: guests and people of other companies see less of a workspace than its members do.

A guest's screen shows only the channels they were invited to and the people they meet there; so does that of somebody
from another company (Slack Connect). Deliberately without channel-by-channel permissions of Enterprise Grid: a
channel is public in its workspace, or private, or shared with other companies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twin.channels import Channel
from twin.users import SLACKBOT

if TYPE_CHECKING:
    from twin.workspace import Workspace


def is_stranger(ws: Workspace, user: str) -> bool:
    """Whether somebody belongs to another company."""
    return bool(ws.users[user]["team_id"] != ws.seed.id)


def is_full_member(ws: Workspace, user: str) -> bool:
    """Whether somebody may look around: neither a guest nor from another company."""
    return not is_stranger(ws, user) and not ws.users[user].get("is_restricted", False)


def can_see(ws: Workspace, user: str, channel: Channel) -> bool:
    """Whether a conversation exists for this person."""
    return user in channel.members or (not channel.is_private and is_full_member(ws, user))


def knows(ws: Workspace, user: str, other: str) -> bool:
    """Whether a person can find another one, to write to them or to read their profile."""
    if user == other or other in (ws.bot, SLACKBOT) or is_full_member(ws, user):
        return True
    return any(user in one.members and other in one.members for one in ws.channels.values())


def is_visible_to_app(ws: Workspace, user: str) -> bool:
    """Whether the app is in some conversation with this person."""
    return any(ws.bot in one.members and user in one.members for one in ws.channels.values())
