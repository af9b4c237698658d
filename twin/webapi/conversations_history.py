"""conversations.history, replies and mark: what was said in a conversation, as the app reads it.

The app reads only conversations its bot is in. Deliberately not done: the lower limits Slack sets for apps that are
sold outside its Marketplace.
"""

from __future__ import annotations

import re

from twin.webapi.calling import Args, Method, demand, joined_channel, make_cursor, open_cursor, scope_for
from twin.webapi.conversations_change import WRITE_SCOPES
from twin.words import Json, SlackError
from twin.workspace import Workspace


def history(ws: Workspace, args: Args) -> Json:
    channel = joined_channel(ws, args)
    demand(ws, scope_for(channel, "history"))
    oldest, latest = _bound(args, "oldest"), _bound(args, "latest")
    inclusive = args.flag("inclusive")
    limit = args.number("limit", 100, 999)
    stamps = channel.between(oldest, latest, inclusive=inclusive)
    if cursor := args.text("cursor"):
        after = _read_ts(open_cursor(cursor, "next_ts"))
        stamps = [ts for ts in stamps if ts <= after]
    newest_first = stamps[::-1]
    part, rest = newest_first[:limit], newest_first[limit:]
    answer: Json = {
        "ok": True,
        **({"oldest": oldest} if oldest else {}),
        **({"latest": latest} if latest else {}),
        "messages": [_shown(one, args) for ts in part if (one := channel.get(ts)) is not None],
        "has_more": bool(rest),
        "pin_count": 0,
        "channel_actions_ts": None,
        "channel_actions_count": 0,
    }
    if rest:
        answer["response_metadata"] = {"next_cursor": make_cursor("next_ts", rest[0].replace(".", ""))}
    return answer


def replies(ws: Workspace, args: Args) -> Json:
    channel = joined_channel(ws, args)
    demand(ws, scope_for(channel, "history"))
    root = channel.get(args.need("ts"))
    if root is None:
        raise SlackError("thread_not_found")
    is_reply = root.get("thread_ts", root["ts"]) != root["ts"]
    below = [] if is_reply else channel.replies(root["ts"])
    oldest, latest = _bound(args, "oldest"), _bound(args, "latest")
    inclusive = args.flag("inclusive")
    below = [one for one in below if _in_range(one["ts"], oldest, latest, inclusive=inclusive)]
    limit = args.number("limit", 1000, 1000)
    if cursor := args.text("cursor"):
        after = _read_ts(open_cursor(cursor, "next_ts"))
        below = [one for one in below if one["ts"] >= after]
    part, rest = below[:limit], below[limit:]
    answer: Json = {
        "ok": True,
        "messages": [_shown(one, args) for one in [root, *part]],
        "has_more": bool(rest),
    }
    if rest:
        answer["response_metadata"] = {"next_cursor": make_cursor("next_ts", rest[0]["ts"].replace(".", ""))}
    return answer


def mark(ws: Workspace, args: Args) -> Json:
    channel = joined_channel(ws, args)
    demand(ws, *WRITE_SCOPES[channel.kind])
    ts = args.need("ts")
    if not re.fullmatch(r"\d+\.\d{6}", ts):
        raise SlackError("invalid_timestamp")
    channel.read[ws.bot] = ts
    return {"ok": True}


def _bound(args: Args, name: str) -> str:
    """Read `oldest` or `latest`; Slack takes any number and treats 0 and `now` as no bound."""
    value = args.text(name)
    if value in ("", "0", "now"):
        return ""
    if not re.fullmatch(r"\d+(\.\d+)?", value):
        raise SlackError(f"invalid_ts_{name}")
    seconds, _, fraction = value.partition(".")
    return f"{seconds}.{fraction[:6]:0<6}"


def _read_ts(digits: str) -> str:
    return f"{digits[:-6]}.{digits[-6:]}"


def _in_range(ts: str, oldest: str, latest: str, *, inclusive: bool) -> bool:
    if inclusive:
        return (not oldest or ts >= oldest) and (not latest or ts <= latest)
    return (not oldest or ts > oldest) and (not latest or ts < latest)


def _shown(message: Json, args: Args) -> Json:
    """Say a message as reading methods show it: metadata only when it is asked for."""
    if args.flag("include_all_metadata") or "metadata" not in message:
        return message
    return {key: value for key, value in message.items() if key != "metadata"}


METHODS = {
    "conversations.history": Method(history),
    "conversations.replies": Method(replies),
    "conversations.mark": Method(mark),
}
