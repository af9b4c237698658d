"""The app's manifest as the twin obeys it: scopes decide which calls work, subscriptions which events arrive.

A person notices it as in Slack: a command that is not declared does not exist, an event that is not
subscribed never comes. Deliberately not checked here: everything only Slack's own settings pages need (icons,
URLs, pricing).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from twin import functions
from twin.functions import Function
from twin.words import Json

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same in C, which is ten times as fast
# Slack refuses to install an app that subscribes to an event without one of these scopes.
EVENT_SCOPES: dict[str, tuple[str, ...]] = {
    "app_home_opened": (),
    "app_mention": ("app_mentions:read",),
    "message.channels": ("channels:history",),
    "message.groups": ("groups:history",),
    "message.im": ("im:history",),
    "message.mpim": ("mpim:history",),
    "reaction_added": ("reactions:read",),
    "reaction_removed": ("reactions:read",),
    "member_joined_channel": ("channels:read", "groups:read"),
    "member_left_channel": ("channels:read", "groups:read"),
    "channel_archive": ("channels:read",),
    "channel_created": ("channels:read",),
    "channel_left": ("channels:read",),
    "channel_rename": ("channels:read",),
    "channel_shared": ("channels:read", "groups:read"),
    "channel_unarchive": ("channels:read",),
    "group_archive": ("groups:read",),
    "group_left": ("groups:read",),
    "group_rename": ("groups:read",),
    "group_unarchive": ("groups:read",),
    "team_join": ("users:read",),
    "user_change": ("users:read",),
    "user_profile_changed": ("users:read",),
    "user_status_changed": ("users:read",),
    "assistant_thread_started": ("assistant:write",),
    "assistant_thread_context_changed": ("assistant:write",),
    "agent_session_stopped": ("assistant:write", "chat:write"),
    "app_context_changed": ("assistant:write",),
    "function_executed": (),
    "file_shared": ("files:read",),
    "file_deleted": ("files:read",),
    "file_change": ("files:read",),
    "link_shared": ("links:read",),
    "pin_added": ("pins:read",),
    "pin_removed": ("pins:read",),
    "app_uninstalled": (),
    "tokens_revoked": (),
}


class ManifestError(ValueError):
    """The manifest cannot be used; the sentence says where and what to do."""


@dataclass(frozen=True)
class Command:
    """A slash command the app declares."""

    command: str
    description: str
    usage_hint: str
    escapes: bool  # Slack turns @names and #channels in its text into ids
    url: str = ""  # where it goes over HTTP


@dataclass(frozen=True)
class Shortcut:
    """A message or global shortcut the app declares."""

    name: str
    kind: str
    callback_id: str
    description: str


@dataclass(frozen=True)
class Manifest:
    """What the twin needs to know of an app."""

    name: str
    description: str
    bot_name: str
    scopes: tuple[str, ...]
    events: frozenset[str]
    commands: tuple[Command, ...]
    shortcuts: tuple[Shortcut, ...]
    home_tab: bool
    messages_tab: bool
    interactive: bool
    socket_mode: bool
    redirect_urls: tuple[str, ...] = ()
    request_url: str = ""  # where events go over HTTP
    interactivity_url: str = ""
    options_url: str = ""  # where menus ask for their options, when it differs
    unfurl_domains: tuple[str, ...] = ()  # links to these are told to the app
    agent: str = ""  # agent_view or assistant_view, for apps with a pane of their own
    functions: tuple[Function, ...] = ()  # workflow steps


def load(path: Path) -> Manifest:
    """Read a manifest file (YAML or JSON).

    Raises ManifestError with the place and a hint.
    """
    try:
        raw = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)
    except OSError as problem:
        raise ManifestError(f"{path}: the manifest cannot be read ({problem.strerror}).") from problem
    except yaml.YAMLError as problem:
        raise ManifestError(f"{path}: not valid YAML: {problem}") from problem
    if not isinstance(raw, dict):
        raise ManifestError(f"{path}: a manifest is a table with display_information, features and so on.")
    return read(raw, str(path))


def read(raw: Json, where: str) -> Manifest:
    """Turn a parsed manifest into what the twin obeys; `where` is named in errors."""
    features = _table(raw, "features", where)
    settings = _table(raw, "settings", where)
    display = _table(raw, "display_information", where)
    home = _table(features, "app_home", where)
    bot = _table(features, "bot_user", where)
    scopes = tuple(_list(_table(_table(raw, "oauth_config", where), "scopes", where), "bot", where))
    events = frozenset(_list(_table(settings, "event_subscriptions", where), "bot_events", where))
    if not display.get("name"):
        raise ManifestError(f"{where}: display_information.name is missing.")
    for event in sorted(events):
        if event not in EVENT_SCOPES:
            raise ManifestError(
                f"{where}: the twin cannot send the event {event!r}; "
                f"it knows {', '.join(sorted(EVENT_SCOPES))}."
            )
        needed = EVENT_SCOPES[event]
        if needed and not set(needed) & set(scopes):
            raise ManifestError(
                f"{where}: the event {event!r} needs the bot scope {' or '.join(needed)}; "
                "add it under oauth_config.scopes.bot."
            )
    return Manifest(
        name=str(display["name"]),
        description=str(display.get("description", "")),
        bot_name=str(bot.get("display_name", display["name"])),
        scopes=scopes,
        events=events,
        commands=tuple(_command(entry, where) for entry in _list(features, "slash_commands", where)),
        shortcuts=tuple(_shortcut(entry, where) for entry in _list(features, "shortcuts", where)),
        home_tab=bool(home.get("home_tab_enabled", False)),
        messages_tab=bool(home.get("messages_tab_enabled", True)),
        interactive=bool(_table(settings, "interactivity", where).get("is_enabled", False)),
        socket_mode=bool(settings.get("socket_mode_enabled", False)),
        redirect_urls=tuple(map(str, _list(_table(raw, "oauth_config", where), "redirect_urls", where))),
        request_url=str(_table(settings, "event_subscriptions", where).get("request_url", "")),
        interactivity_url=str(_table(settings, "interactivity", where).get("request_url", "")),
        options_url=str(_table(settings, "interactivity", where).get("message_menu_options_url", "")),
        functions=_functions(raw, where),
        unfurl_domains=tuple(str(one).lower() for one in _list(features, "unfurl_domains", where)),
        agent=next((one for one in ("agent_view", "assistant_view") if features.get(one)), ""),
    )


def _functions(raw: Json, where: str) -> tuple[Function, ...]:
    try:
        return functions.read(_table(raw, "functions", where))
    except ValueError as problem:
        raise ManifestError(f"{where}: {problem}") from problem


def _command(entry: Any, where: str) -> Command:
    if not isinstance(entry, dict) or not str(entry.get("command", "")).startswith("/"):
        raise ManifestError(
            f"{where}: a slash command needs `command` starting with a slash, found {entry!r}."
        )
    return Command(
        command=str(entry["command"]),
        description=str(entry.get("description", "")),
        usage_hint=str(entry.get("usage_hint", "")),
        escapes=bool(entry.get("should_escape", False)),
        url=str(entry.get("url", "")),
    )


def _shortcut(entry: Any, where: str) -> Shortcut:
    if not isinstance(entry, dict) or entry.get("type") not in ("message", "global"):
        raise ManifestError(f"{where}: a shortcut needs `type` message or global, found {entry!r}.")
    if not entry.get("callback_id"):
        raise ManifestError(f"{where}: the shortcut {entry.get('name')!r} has no callback_id.")
    return Shortcut(
        name=str(entry.get("name", "")),
        kind=str(entry["type"]),
        callback_id=str(entry["callback_id"]),
        description=str(entry.get("description", "")),
    )


def _table(raw: Json, key: str, where: str) -> Json:
    value = raw.get(key) or {}
    if not isinstance(value, dict):
        raise ManifestError(f"{where}: {key} must be a table.")
    return value


def _list(raw: Json, key: str, where: str) -> list[Any]:
    value = raw.get(key) or []
    if not isinstance(value, list):
        raise ManifestError(f"{where}: {key} must be a list.")
    return value
