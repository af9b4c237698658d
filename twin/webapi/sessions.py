"""agents.sessions.*: how far the app is with a conversation, and what the conversation is called.

People see that the app is at work, with a stop button when it listens to `agent_session_stopped`, and the title in
their list of conversations. Only apps whose manifest has `features.agent_view` have sessions. Deliberately not done:
sessions that are channels of their own (agents.conversations.*), and several agents in one session. Slack documents no
error codes for these two methods; those here are what its other methods answer.
"""

from __future__ import annotations

from twin import panes
from twin.webapi.assistant import thread
from twin.webapi.calling import Args, Method, demand, joined_channel
from twin.words import Json, SlackError, invalid_arguments
from twin.workspace import Workspace

STATES = ("active", "processing", "suspended", "closed")
MAX_TITLE = 200
MISSING = "missing_agent_session_stopped_event_subscription"


def set_status(ws: Workspace, args: Args) -> Json:
    state = args.need("status")
    if state not in STATES:
        raise invalid_arguments(f"must be one of {', '.join(STATES)} [json-pointer:/status]")
    title = args.text("title")
    if len(title) > MAX_TITLE:
        raise invalid_arguments(f"must be at most {MAX_TITLE} characters long [json-pointer:/title]")
    if any(args.text(name) for name in ("icon_emoji", "icon_url", "username")):
        demand(ws, "chat:write.customize")
    _must_be_agent(ws)
    one = thread(ws, args)
    if not one.session:
        starter = args.text("initiator_user_id")
        if starter and starter not in joined_channel(ws, args, "channel_id").members:
            raise SlackError("user_not_in_channel")
        one.title, one.user = title or one.title, starter or one.user
    panes.set_session(ws, one, state)
    answer: Json = {"ok": True, "status": state, "agent_status": state, "title": one.title}
    if "agent_session_stopped" not in ws.seed.app.manifest.events:
        answer |= {"warning": MISSING, "response_metadata": {"warnings": [MISSING]}}
    return answer


def rename(ws: Workspace, args: Args) -> Json:
    title = args.need("title")
    if len(title) > MAX_TITLE:
        raise invalid_arguments(f"must be at most {MAX_TITLE} characters long [json-pointer:/title]")
    _must_be_agent(ws)
    one = thread(ws, args)
    if not one.session:
        raise SlackError("session_not_found")
    one.title = title
    panes.show(ws, one)
    return {"ok": True, "title": title}


def _must_be_agent(ws: Workspace) -> None:
    if ws.seed.app.manifest.agent != "agent_view":
        raise SlackError("access_denied")


METHODS = {
    "agents.sessions.setStatus": Method(set_status, ("chat:write",)),
    "agents.sessions.rename": Method(rename, ("chat:write",)),
}
