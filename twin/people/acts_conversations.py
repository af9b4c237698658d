"""The deeds of conversations.py, agent.py and roster.py over HTTP: what each reads from its JSON body, and answers.

They stand beside those of acts.py in one table; a deed's name is what the page sends.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from twin import install, roster
from twin.channels import Channel
from twin.people import agent, conversations, deeds, follows
from twin.words import Json, Refused
from twin.workspace import Workspace

Deed = Callable[[Workspace, str, Json], Awaitable[Json]]


async def _dm(ws: Workspace, user: str, body: Json) -> Json:
    return {"channel": conversations.open_direct(ws, user, _names(body, "users")).id}


async def _close_dm(ws: Workspace, user: str, body: Json) -> Json:
    conversations.close(ws, user, _channel(ws, user, body))
    return {}


async def _create(ws: Workspace, user: str, body: Json) -> Json:
    is_private = bool(body.get("is_private", False))
    return {"channel": conversations.create(ws, user, str(body["name"]), is_private=is_private).id}


async def _invite(ws: Workspace, user: str, body: Json) -> Json:
    conversations.invite(ws, user, _channel(ws, user, body), _names(body, "users"))
    return {}


async def _kick(ws: Workspace, user: str, body: Json) -> Json:
    conversations.kick(ws, user, _channel(ws, user, body), str(body["user"]))
    return {}


async def _rename(ws: Workspace, user: str, body: Json) -> Json:
    conversations.rename(ws, user, _channel(ws, user, body), str(body["name"]))
    return {}


async def _topic(ws: Workspace, user: str, body: Json) -> Json:
    conversations.set_topic(ws, user, _channel(ws, user, body), str(body["text"]))
    return {}


async def _purpose(ws: Workspace, user: str, body: Json) -> Json:
    conversations.set_purpose(ws, user, _channel(ws, user, body), str(body["text"]))
    return {}


async def _archive(ws: Workspace, user: str, body: Json) -> Json:
    conversations.archive(ws, user, _channel(ws, user, body))
    return {}


async def _unarchive(ws: Workspace, user: str, body: Json) -> Json:
    conversations.unarchive(ws, user, _channel(ws, user, body))
    return {}


async def _pin(ws: Workspace, user: str, body: Json) -> Json:
    conversations.pin(ws, user, _channel(ws, user, body), str(body["ts"]))
    return {}


async def _unpin(ws: Workspace, user: str, body: Json) -> Json:
    conversations.unpin(ws, user, _channel(ws, user, body), str(body["ts"]))
    return {}


async def _unread(ws: Workspace, user: str, body: Json) -> Json:
    conversations.mark_unread(ws, user, _channel(ws, user, body), str(body["ts"]))
    return {}


async def _read_thread(ws: Workspace, user: str, body: Json) -> Json:
    follows.read(ws, user, _channel(ws, user, body), str(body["ts"]))
    return {}


async def _typing(ws: Workspace, user: str, body: Json) -> Json:
    conversations.show_typing(ws, user, _channel(ws, user, body))
    return {}


async def _profile(ws: Workspace, user: str, body: Json) -> Json:
    """Change one's own profile: every key but `as` and `deed` is a field of it."""
    changed = {
        key: str(value)
        for key, value in body.items()
        if key not in ("as", "deed", "team") and value is not None
    }
    return {"user": roster.change_profile(ws, user, changed)}


async def _agent_open(ws: Workspace, user: str, body: Json) -> Json:
    looking_at = _channel(ws, user, body) if body.get("channel") else None
    one = agent.open_pane(ws, user, looking_at)
    return {"channel": ws.dm(user).id, **({"thread_ts": one.thread_ts} if one is not None else {})}


async def _agent_context(ws: Workspace, user: str, body: Json) -> Json:
    agent.look_at(ws, user, deeds.where(ws, user, str(body["channel_id"])))
    return {}


async def _agent_stop(ws: Workspace, user: str, body: Json) -> Json:
    agent.stop(ws, user, _channel(ws, user, body), str(body["thread_ts"]))
    return {}


async def _run_function(ws: Workspace, user: str, body: Json) -> Json:
    inputs = body.get("inputs") or {}
    if not isinstance(inputs, dict):
        raise Refused("invalid_inputs", "inputs must be an object.")
    return {"execution_id": agent.run_function(ws, user, str(body["callback_id"]), inputs).id}


async def _install(ws: Workspace, user: str, body: Json) -> Json:
    _must_be_admin(ws, user)
    install.grant(ws)
    return {}


async def _uninstall(ws: Workspace, user: str, body: Json) -> Json:
    _must_be_admin(ws, user)
    install.remove(ws)
    return {}


def _must_be_admin(ws: Workspace, user: str) -> None:
    if not ws.users[user].get("is_admin"):
        raise Refused("restricted_action", "Only admins can install an app or take it out.")


def _names(body: Json, key: str) -> list[str]:
    value = body[key]
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


def _channel(ws: Workspace, user: str, body: Json) -> Channel:
    return deeds.where(ws, user, str(body["channel"]))


DEEDS: dict[str, Deed] = {
    "dm": _dm,
    "close_dm": _close_dm,
    "create": _create,
    "invite": _invite,
    "kick": _kick,
    "rename": _rename,
    "topic": _topic,
    "purpose": _purpose,
    "archive": _archive,
    "unarchive": _unarchive,
    "pin": _pin,
    "unpin": _unpin,
    "unread": _unread,
    "read_thread": _read_thread,
    "typing": _typing,
    "profile": _profile,
    "agent_open": _agent_open,
    "agent_context": _agent_context,
    "agent_stop": _agent_stop,
    "run_function": _run_function,
    "install": _install,
    "uninstall": _uninstall,
}
