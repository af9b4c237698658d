"""Events as the app receives them.

Slack's envelope around what happened, for what the manifest subscribes to.

Nothing of it is visible to people. The app hears of conversations it is in, and of nothing else. Deliberately
left out: user-token events, and events Slack itself documents as not delivered (`message_replied`).
"""

from __future__ import annotations

from twin.channels import Channel
from twin.delivery import Parcel
from twin.words import Json
from twin.workspace import Workspace

# Bolt does not look at it in Socket Mode, but the field is always there.
VERIFICATION_TOKEN = "twin-verification-token"


def message(ws: Workspace, channel: Channel, event: Json) -> Parcel | None:
    """Send a message event (any subtype) to the app, when it is in the channel."""
    return _in_channel(ws, channel, f"message.{_plural(channel)}", {**event, "channel": channel.id})


def posted(ws: Workspace, channel: Channel, stored: Json, *, mentioned: bool) -> None:
    """Send the events a new message causes: `message`, and `app_mention` when the bot is named."""
    left_out = HISTORY_ONLY | LEFT_OUT.get(stored.get("subtype", ""), frozenset())
    event = {key: value for key, value in stored.items() if key not in left_out}
    common = {"channel": channel.id, "event_ts": stored["ts"]}
    if mentioned or channel.is_im:
        event |= _to_agent(ws, channel, stored)
    message(ws, channel, {**event, **common, "channel_type": channel.kind})
    if mentioned and not channel.is_im and stored.get("user") != ws.bot:
        # Slack leaves these out of app_mention, although the message event has them.
        plain = {key: value for key, value in event.items() if key not in ("subtype", "root", "upload")}
        _in_channel(ws, channel, "app_mention", {**plain, "type": "app_mention", **common})


def app_context(ws: Workspace, user: str) -> Json:
    """Say what a person looks at beside the agent, as Slack does for `agent_view`."""
    channel = ws.panes.looking_at.get(user)
    if not channel:
        return {}
    return {
        "entities": [{"type": "slack#/types/channel_id", "value": channel, "team_id": ws.seed.id}],
    }


def _to_agent(ws: Workspace, channel: Channel, stored: Json) -> Json:
    """Say what only agents are told with a message: a token to search with, and what the person looks at."""
    user, kind = stored.get("user", ""), ws.seed.app.manifest.agent
    if not kind or stored.get("bot_id") or user not in ws.users:
        return {}
    more: Json = {"assistant_thread": {"action_token": ws.panes.issue_token(user, ws.now())}}
    if kind == "agent_view" and channel.is_im and (context := app_context(ws, user)):
        more["app_context"] = context
    return more


def in_channel(ws: Workspace, channel: Channel, event: Json) -> Parcel | None:
    """Send any other event about a conversation to the app, when it is in the channel."""
    return _in_channel(ws, channel, event["type"], event)


def about_channel(ws: Workspace, channel: Channel, event: Json) -> Parcel | None:
    """Send an event about a conversation to the app, also when it is not in there."""
    return _send(ws, event["type"], event, channel)


def to_app(ws: Workspace, event: Json) -> Parcel | None:
    """Send an event that belongs to no channel the app must be in."""
    return _send(ws, event["type"], event, None)


HISTORY_ONLY = frozenset(
    (
        "reply_count",
        "reply_users_count",
        "latest_reply",
        "reply_users",
        "is_locked",
        "subscribed",
        "reactions",
    )
)

# What Slack's captured events of these kinds do not say, although the stored message does.
LEFT_OUT = {
    "bot_message": frozenset(("team", "app_id", "bot_profile")),
    "file_share": frozenset(("team",)),
    "thread_broadcast": frozenset(("team", "parent_user_id")),
}


def _plural(channel: Channel) -> str:
    return {"channel": "channels", "group": "groups", "im": "im", "mpim": "mpim"}[channel.kind]


def _in_channel(ws: Workspace, channel: Channel, name: str, event: Json) -> Parcel | None:
    if ws.bot not in channel.members:
        return None
    return _send(ws, name, event, channel)


def _send(ws: Workspace, name: str, event: Json, channel: Channel | None) -> Parcel | None:
    if name not in ws.seed.app.manifest.events or not ws.is_installed:
        return None
    event_id = ws.next_event_id()
    return ws.courier.send_event(
        {
            "token": VERIFICATION_TOKEN,
            "team_id": ws.seed.id,
            **({"enterprise_id": ws.enterprise} if ws.enterprise else {}),
            "context_team_id": ws.seed.id,
            "context_enterprise_id": ws.enterprise,
            "api_app_id": ws.seed.app.id,
            "event": event,
            "type": "event_callback",
            "event_id": event_id,
            "event_time": int(float(event.get("event_ts") or ws.now().timestamp())),
            "authorizations": [
                {
                    "enterprise_id": ws.enterprise,
                    # An organisation-wide installation belongs to no single workspace.
                    "team_id": None if ws.seed.app.org_install else ws.seed.id,
                    "user_id": ws.bot,
                    "is_bot": True,
                    "is_enterprise_install": ws.seed.app.org_install,
                }
            ],
            "is_ext_shared_channel": channel is not None and ws.is_shared(channel),
            "event_context": f"4-{event_id}",
        }
    )
