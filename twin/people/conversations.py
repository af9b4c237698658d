"""What people do with conversations: write to each other, make channels, invite and take out, rename, pin, archive.

A person is refused, with a sentence, what Slack's own client does not offer them: guests and people of other companies
make no channels and find nobody they share no channel with. Deliberately simple where a workspace's settings decide in
Slack: any full member may do these things, and taking somebody out is for admins and whoever made the channel.
"""

from __future__ import annotations

from twin import audience, changes, direct, membership, pins
from twin.channels import Channel
from twin.webapi.conversations_members import why_not
from twin.words import Json, Refused, SlackError
from twin.workspace import Workspace

_SAY = {
    "invalid_name_required": "A channel needs a name.",
    "invalid_name_maxlength": "Channel names can’t be longer than 80 characters.",
    "invalid_name_specials": (
        "Channel names can’t contain spaces, periods, or most punctuation, and must be in lower case."
    ),
    "invalid_name_punctuation": "A channel name needs a letter or a number.",
    "name_taken": "That name is already taken by a channel, username, or user group.",
    "already_in_channel": "They are already in this channel.",
    "ura_max_channels": "A single-channel guest can be in one channel only.",
    "cant_invite_self": "The app is here already.",
    "user_not_found": "There is nobody of that name.",
}


def open_direct(ws: Workspace, user: str, others: list[str]) -> Channel:
    """Open the direct conversation with somebody, or with a group; others are given by id or handle."""
    together = [user, *(find_person(ws, user, one) for one in others)]
    if not others:
        raise Refused("no_user", "A message needs somebody to go to.")
    if len(set(together)) > direct.MOST:
        raise Refused("too_many_users", f"A group message can have at most {direct.MOST} people.")
    channel = direct.between(ws, together)
    channel.closed.discard(user)
    return channel


def find_person(ws: Workspace, user: str, name: str) -> str:
    """Find somebody this person can write to, by id or handle."""
    other = ws.find_user(name)
    if other is None or not audience.knows(ws, user, other):
        raise Refused("user_not_found", f"There is nobody called {name!r} that this person knows.")
    return other


def create(ws: Workspace, user: str, name: str, *, is_private: bool = False) -> Channel:
    """Make a channel."""
    if not audience.is_full_member(ws, user):
        raise Refused("restricted_action", "Guests and people from other companies cannot create channels.")
    try:
        return changes.make(ws, name, is_private=is_private, creator=user)
    except SlackError as refusal:
        raise _refused(refusal) from refusal


def invite(ws: Workspace, user: str, channel: Channel, users: list[str]) -> None:
    """Add people (or the app) to a channel. People from other companies make it a shared one."""
    _in_named_channel(ws, user, channel)
    if not audience.is_full_member(ws, user):
        raise Refused("restricted_action", "Guests and people from other companies cannot add people.")
    found = [ws.find_user(one) or one for one in users]
    for one in found:
        if one == ws.bot and ws.bot not in channel.members:
            continue
        code = why_not(ws, channel, one)
        if code and code != "cant_invite":  # a person may invite a stranger, an app may not
            raise Refused(code, _SAY.get(code, "They cannot be added."))
    for one in found:
        membership.join(ws, channel, one, inviter=user)


def kick(ws: Workspace, user: str, channel: Channel, name: str) -> None:
    """Take somebody (or the app) out of a channel."""
    _in_named_channel(ws, user, channel)
    other = ws.find_user(name)
    if other is None or other not in channel.members:
        raise Refused("not_in_channel", f"{name} is not in #{channel.name}.")
    if other == user:
        raise Refused("cant_kick_self", "To go yourself, leave the channel.")
    if channel.is_general:
        raise Refused("cant_kick_from_general", f"Nobody can be removed from #{channel.name}.")
    if not (ws.users[user].get("is_admin") or channel.creator == user):
        raise Refused("restricted_action", "Only admins and whoever made the channel can remove people.")
    membership.leave(ws, channel, other, by=user)


def rename(ws: Workspace, user: str, channel: Channel, name: str) -> None:
    """Give a channel another name."""
    _in_named_channel(ws, user, channel)
    if not (ws.users[user].get("is_admin") or channel.creator == user):
        raise Refused("not_authorized", "Only admins and whoever made the channel can rename it.")
    try:
        changes.rename(ws, channel, name, user)
    except SlackError as refusal:
        raise _refused(refusal) from refusal


def set_topic(ws: Workspace, user: str, channel: Channel, text: str) -> None:
    """Give a conversation a topic."""
    _may_describe(ws, user, channel, text)
    changes.set_topic(ws, channel, text, user)


def set_purpose(ws: Workspace, user: str, channel: Channel, text: str) -> None:
    """Give a conversation a description."""
    _may_describe(ws, user, channel, text)
    changes.set_purpose(ws, channel, text, user)


def archive(ws: Workspace, user: str, channel: Channel) -> None:
    """Archive a channel."""
    _in_named_channel(ws, user, channel)
    if channel.is_general:
        raise Refused("cant_archive_general", f"#{channel.name} cannot be archived.")
    changes.archive(ws, channel, user)


def unarchive(ws: Workspace, user: str, channel: Channel) -> None:
    """Bring an archived channel back."""
    if channel.is_direct or not channel.is_archived:
        raise Refused("not_archived", "That channel is not archived.")
    if not audience.is_full_member(ws, user):
        raise Refused("restricted_action", "Guests and people from other companies cannot do that.")
    changes.unarchive(ws, channel, user)


def pin(ws: Workspace, user: str, channel: Channel, ts: str) -> None:
    """Pin a message to its channel."""
    message = _pinnable(ws, user, channel, ts)
    if not pins.pin(ws, channel, message, user):
        is_full = pins.is_full(ws, channel)
        code, say = ("too_many_pins", "too many messages are") if is_full else ("already_pinned", "it is")
        raise Refused(code, f"This cannot be pinned: {say} pinned here already.")


def unpin(ws: Workspace, user: str, channel: Channel, ts: str) -> None:
    """Take a pin off a message."""
    if not pins.unpin(ws, channel, _pinnable(ws, user, channel, ts), user):
        raise Refused("no_pin", "That message is not pinned.")


def _pinnable(ws: Workspace, user: str, channel: Channel, ts: str) -> Json:
    message = channel.get(ts)
    if message is None or message.get("subtype") == "tombstone":
        raise Refused("message_not_found", "That message is not there any more.")
    if user not in channel.members:
        raise Refused("not_in_channel", f"{ws.users[user]['name']} has not joined #{channel.name}.")
    return message


def mark_unread(ws: Workspace, user: str, channel: Channel, ts: str) -> None:
    """Mark a conversation as unread from this message on."""
    if channel.get(ts) is None:
        raise Refused("message_not_found", "That message is not there any more.")
    before = channel.between("", ts, inclusive=False)
    channel.read[user] = before[-1] if before else ""
    ws.tell({"type": "channel", "channel": {"id": channel.id}}, to=user)


def close(ws: Workspace, user: str, channel: Channel) -> None:
    """Take a direct message off one's list, until something is said in it."""
    if not channel.is_direct:
        raise Refused("method_not_supported_for_channel_type", "Only direct messages can be closed.")
    channel.closed.add(user)
    ws.tell({"type": "channel", "channel": {"id": channel.id}}, to=user)


def show_typing(ws: Workspace, user: str, channel: Channel) -> None:
    """Let the others see that somebody is typing. The app hears nothing of it, as in Slack's Events API."""
    ws.tell_members(channel, {"type": "typing", "channel": channel.id, "user": user})


def _in_named_channel(ws: Workspace, user: str, channel: Channel) -> None:
    if channel.is_direct:
        raise Refused("method_not_supported_for_channel_type", "That cannot be done in a direct message.")
    if user not in channel.members:
        raise Refused("not_in_channel", f"{ws.users[user]['name']} has not joined #{channel.name}.")
    if channel.is_archived:
        raise Refused("is_archived", f"#{channel.name} is archived.")


def _may_describe(ws: Workspace, user: str, channel: Channel, text: str) -> None:
    if channel.is_im:
        raise Refused("method_not_supported_for_channel_type", "A direct message has no topic.")
    if user not in channel.members:
        raise Refused("not_in_channel", f"{ws.users[user]['name']} has not joined #{channel.name}.")
    if channel.is_archived:
        raise Refused("is_archived", f"#{channel.name} is archived.")
    if len(text) > changes.MAX_TEXT:
        raise Refused("too_long", f"That can have at most {changes.MAX_TEXT} characters.")


def _refused(refusal: SlackError) -> Refused:
    return Refused(refusal.code, _SAY.get(refusal.code, "That name cannot be used."))
