"""What people do with the app as an agent: open its pane, look elsewhere meanwhile, press stop, run a workflow step.

With `assistant_view` an opened pane is a new thread; with `agent_view` it is the conversation with the app, which hears
`app_home_opened`. A stop press ends the streams of that thread.
"""

from __future__ import annotations

from twin import assistant, executions
from twin.channels import Channel
from twin.functions import Execution
from twin.panes import Pane
from twin.people import deeds
from twin.webapi.streams import end_streams
from twin.words import Json, Refused
from twin.workspace import Workspace


def open_pane(ws: Workspace, user: str, looking_at: Channel | None = None) -> Pane | None:
    """Open the agent's pane while looking at a channel. Returns the new thread, if the app's kind has one."""
    kind = _kind(ws)
    seen = looking_at.id if looking_at is not None else ""
    if kind == "assistant_view":
        return assistant.start(ws, user, seen)
    if seen:
        ws.panes.looking_at[user] = seen
    deeds.open_home(ws, user, "messages")
    return None


def look_at(ws: Workspace, user: str, channel: Channel) -> None:
    """Turn to another channel while the pane is open."""
    _kind(ws)
    assistant.look_at(ws, user, channel.id)


def stop(ws: Workspace, user: str, channel: Channel, thread_ts: str) -> None:
    """Press stop while the app is at work in a thread."""
    one = ws.panes.threads.get((channel.id, thread_ts))
    if one is None or one.session != "processing":
        raise Refused("not_processing", "The app is not at work here.")
    if "agent_session_stopped" not in ws.seed.app.manifest.events:
        raise Refused(
            "cannot_stop", "The app does not listen to agent_session_stopped, so it cannot be stopped."
        )
    assistant.stop(ws, user, one, end_streams(ws, channel, thread_ts))


def run_function(ws: Workspace, user: str, callback_id: str, inputs: Json) -> Execution:
    """Run one of the app's workflow steps. Raises Refused when a required input is missing or unknown."""
    found = next((one for one in ws.seed.app.manifest.functions if one.callback_id == callback_id), None)
    if found is None:
        known = ", ".join(one.callback_id for one in ws.seed.app.manifest.functions) or "none"
        raise Refused("function_not_found", f"The app has no step {callback_id!r}, only: {known}.")
    if "function_executed" not in ws.seed.app.manifest.events:
        raise Refused("function_not_found", "The app does not listen to function_executed.")
    names = {one.name for one in found.inputs}
    if unknown := sorted(set(inputs) - names):
        raise Refused("invalid_inputs", f"{found.title} has no input {unknown[0]!r}.")
    for one in found.inputs:
        if one.is_required and inputs.get(one.name) in (None, ""):
            raise Refused("invalid_inputs", f"{one.title} is required.")
    return executions.run(ws, user, found, inputs)


def _kind(ws: Workspace) -> str:
    kind = ws.seed.app.manifest.agent
    if not kind:
        raise Refused("no_agent", f"{ws.seed.app.name} has no pane: its manifest has no agent_view.")
    return kind
