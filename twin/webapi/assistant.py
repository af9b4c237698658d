"""assistant.threads.*: what the app shows in its pane while it works, and what it suggests to ask.

People see the status line, the prompts as buttons and the title of the conversation. For an `agent_view` app prompts
stand above the conversation: as Slack documents, naming a thread then quietly does nothing. Deliberately not checked:
whether an icon address leads anywhere; the page draws the app's own icon.
"""

from __future__ import annotations

from twin import assistant, panes
from twin.channels import Channel
from twin.panes import Pane
from twin.webapi.calling import Args, Method, joined_channel
from twin.words import Json, SlackError, invalid_arguments
from twin.workspace import Workspace

MOST_LOADING_MESSAGES = 10


def set_status(ws: Workspace, args: Args) -> Json:
    one = thread(ws, args)
    if "status" not in args.raw:
        raise invalid_arguments("missing required field: status")
    loading = args.structure("loading_messages", "invalid_arguments") or []
    if not isinstance(loading, list) or not all(isinstance(say, str) for say in loading):
        raise invalid_arguments("must be an array of strings [json-pointer:/loading_messages]")
    if len(loading) > MOST_LOADING_MESSAGES:
        raise invalid_arguments(
            f"no more than {MOST_LOADING_MESSAGES} items allowed [json-pointer:/loading_messages]"
        )
    panes.set_status(ws, one, args.text("status"), loading)
    return {"ok": True}


def set_title(ws: Workspace, args: Args) -> Json:
    one = thread(ws, args)
    assistant.set_title(ws, one, args.need("title"))
    return {"ok": True}


def set_suggested_prompts(ws: Workspace, args: Args) -> Json:
    channel = joined_channel(ws, args, "channel_id")
    prompts = args.structure("prompts", "invalid_arguments")
    if not isinstance(prompts, list) or not prompts:
        raise invalid_arguments("missing required field: prompts")
    if len(prompts) > assistant.MOST_PROMPTS:
        raise invalid_arguments(
            f"no more than {assistant.MOST_PROMPTS} items allowed [json-pointer:/prompts]"
        )
    for at, prompt in enumerate(prompts):
        for name in ("title", "message"):
            if not isinstance(prompt, dict) or not isinstance(prompt.get(name), str) or not prompt[name]:
                raise invalid_arguments(f"missing required field: {name} [json-pointer:/prompts/{at}]")
    thread_ts = args.text("thread_ts")
    if ws.seed.app.manifest.agent == "agent_view":
        if thread_ts:
            return {"ok": True}
        one = panes.pane(ws, channel.id, "", channel.user)
    else:
        one = thread(ws, args) if thread_ts else _latest(ws, channel)
    one.prompts_title = args.text("title")
    one.prompts = [{"title": prompt["title"], "message": prompt["message"]} for prompt in prompts]
    panes.show(ws, one)
    return {"ok": True}


def thread(ws: Workspace, args: Args) -> Pane:
    """Return the conversation that `channel_id` and `thread_ts` name; its root must be there."""
    channel = joined_channel(ws, args, "channel_id")
    thread_ts = args.need("thread_ts")
    root = channel.get(thread_ts)
    if root is None:
        raise SlackError("invalid_thread_ts")
    root_ts = root.get("thread_ts", thread_ts)
    return panes.pane(ws, channel.id, root_ts, channel.user or root.get("user", ""))


def _latest(ws: Workspace, channel: Channel) -> Pane:
    mine = [one for one in ws.panes.threads.values() if one.channel == channel.id and one.thread_ts]
    if not mine:
        raise SlackError("message_not_found")
    return mine[-1]


METHODS = {
    "assistant.threads.setStatus": Method(set_status, ("assistant:write", "chat:write"), per_minute=600),
    "assistant.threads.setTitle": Method(set_title, ("assistant:write",), per_minute=100),
    "assistant.threads.setSuggestedPrompts": Method(
        set_suggested_prompts, ("assistant:write",), per_minute=100
    ),
}
