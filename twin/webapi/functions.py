"""functions.completeSuccess and completeError: the app says what became of a workflow step.

The person who started the step hears it from Slackbot. The token a step came with works for these too.
"""

from __future__ import annotations

from twin import executions
from twin.webapi.calling import Args, Method
from twin.words import Json, invalid_arguments
from twin.workspace import Workspace


def complete_success(ws: Workspace, args: Args) -> Json:
    execution_id = args.need("function_execution_id")
    outputs = args.structure("outputs", "invalid_arguments")
    if not isinstance(outputs, dict):
        raise invalid_arguments("must be an object [json-pointer:/outputs]")
    executions.complete(ws, execution_id, outputs)
    return {"ok": True}


def complete_error(ws: Workspace, args: Args) -> Json:
    execution_id = args.need("function_execution_id")
    executions.fail(ws, execution_id, args.need("error"))
    return {"ok": True}


METHODS = {
    "functions.completeSuccess": Method(complete_success),
    "functions.completeError": Method(complete_error),
}
