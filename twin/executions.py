"""Running workflow steps: what a person starts, what the app hears, and what becomes of it.

A person starts a step with its inputs; Slackbot tells them the outcome. The app hears `function_executed` with a token
that works while the step runs, and everything it posts or opens with that token knows which step it belongs to.
Deliberately not simulated: workflows of several steps and their builder; a step stands alone.
"""

from __future__ import annotations

import hashlib

from twin import direct, events
from twin.functions import Execution, Function
from twin.words import Json, SlackError, stable_id
from twin.workspace import Workspace


def run(ws: Workspace, user: str, function: Function, inputs: Json) -> Execution:
    """Start a step for somebody and tell the app."""
    ts = ws.ts()
    execution_id = stable_id("Fx", ws.seed.id, function.callback_id, ts)
    secret = hashlib.sha256(execution_id.encode()).hexdigest()[:40]
    one = Execution(execution_id, function, user, inputs, f"xwfp-{secret}")
    ws.executions.add(one)
    events.to_app(
        ws,
        {
            "type": "function_executed",
            "function": {
                "id": stable_id("Fn", ws.seed.app.id, function.callback_id),
                "callback_id": function.callback_id,
                "title": function.title,
                "description": function.description,
                "type": "app",
                "input_parameters": [parameter.describe() for parameter in function.inputs],
                "output_parameters": [parameter.describe() for parameter in function.outputs],
                "app_id": ws.seed.app.id,
                "date_created": ws.started,
                "date_updated": ws.started,
                "date_deleted": 0,
            },
            "inputs": inputs,
            "function_execution_id": execution_id,
            "workflow_execution_id": stable_id("Wx", execution_id),
            "event_ts": ts,
            "bot_access_token": one.token,
        },
    )
    return one


def complete(ws: Workspace, execution_id: str, outputs: Json) -> None:
    """End a step well. Raises SlackError when it does not run, or when outputs are missing."""
    one = _running(ws, execution_id)
    declared = {parameter.name for parameter in one.function.outputs}
    needed = {parameter.name for parameter in one.function.outputs if parameter.is_required}
    wrong = [f"missing required output: {name}" for name in sorted(needed - set(outputs))]
    wrong += [f"unknown output: {name}" for name in sorted(set(outputs) - declared)]
    if wrong:
        raise SlackError("parameter_validation_failed", response_metadata={"messages": wrong})
    one.outputs = outputs
    said = "".join(f"\n• {name}: {value}" for name, value in outputs.items())
    direct.slackbot_says(ws, one.user, f"*{one.function.title}* is done.{said}")


def fail(ws: Workspace, execution_id: str, error: str) -> None:
    """End a step that went wrong, with the sentence the app gives."""
    one = _running(ws, execution_id)
    one.error = error
    direct.slackbot_says(ws, one.user, f"*{one.function.title}* could not be completed: {error}")


def in_payload(one: Execution, user: str, trigger_id: str) -> Json:
    """Return what Slack adds to the payload of a click on something that belongs to a step."""
    secret = hashlib.sha256(f"{user}{trigger_id}".encode()).hexdigest()[:24]
    return {
        "bot_access_token": one.token,
        "function_data": {
            "execution_id": one.id,
            "function": {"callback_id": one.function.callback_id},
            "inputs": one.inputs,
        },
        "interactivity": {
            "interactor": {"secret": secret, "id": user},
            "interactivity_pointer": trigger_id,
        },
    }


def _running(ws: Workspace, execution_id: str) -> Execution:
    one = ws.executions.get(execution_id)
    if one is None:
        raise SlackError("function_execution_not_found")
    if not one.is_running:
        raise SlackError("execution_not_in_running_state")
    return one
