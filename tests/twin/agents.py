"""Workspaces whose app is an agent: the tests' own seed with another manifest."""

from __future__ import annotations

from dataclasses import replace

from twin.seed import Seed

SEARCH = (
    "search:read.public",
    "search:read.private",
    "search:read.im",
    "search:read.mpim",
    "search:read.files",
    "search:read.users",
)
OLD = ("assistant_thread_started", "assistant_thread_context_changed")
NEW = ("app_context_changed", "agent_session_stopped")


def as_agent(seed: Seed, kind: str, *, but: tuple[str, ...] = ()) -> Seed:
    """Let the seed's app be an `agent_view` or `assistant_view`, without the scopes and events in `but`."""
    manifest = seed.app.manifest
    scopes = [one for one in (*manifest.scopes, "assistant:write", *SEARCH) if one not in but]
    events = {*manifest.events, *(NEW if kind == "agent_view" else OLD)} - set(but)
    agent = replace(manifest, agent=kind, scopes=tuple(scopes), events=frozenset(events))
    return replace(seed, app=replace(seed.app, manifest=agent))
