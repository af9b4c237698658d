"""`/api/<method>`: reading a call however it is sent, checking who sends it, and answering as Slack does.

An app's developer sees Slack's order of refusals: unknown method, token, limits, scope, then the method's
own. Deliberately simulated here too: faults, and the recording every test reads.
"""

from __future__ import annotations

import asyncio
import json
import time
from typing import NamedTuple

from aiohttp import web

from twin.faults import Fault
from twin.host import Call, Host
from twin.ledger import weight
from twin.users import SLACKBOT
from twin.webapi import (
    assistant,
    bookmarks,
    canvases,
    chat,
    conversations,
    conversations_change,
    conversations_history,
    conversations_members,
    files,
    functions,
    identity,
    oauth,
    people,
    pins,
    reactions,
    scheduled,
    search,
    sessions,
    streams,
    unfurls,
    views,
)
from twin.webapi.calling import Args, Method, RateLimited, demand
from twin.words import Json, SlackError
from twin.workspace import Workspace

METHODS: dict[str, Method] = {
    **identity.METHODS,
    **chat.METHODS,
    **streams.METHODS,
    **scheduled.METHODS,
    **unfurls.METHODS,
    **pins.METHODS,
    **bookmarks.METHODS,
    **canvases.METHODS,
    **conversations.METHODS,
    **conversations_history.METHODS,
    **conversations_members.METHODS,
    **conversations_change.METHODS,
    **assistant.METHODS,
    **sessions.METHODS,
    **functions.METHODS,
    **search.METHODS,
    **people.METHODS,
    **reactions.METHODS,
    **views.METHODS,
    **files.METHODS,
    **oauth.METHODS,
}
HANG_AT_MOST = 3600


class Started(NamedTuple):
    """When a call began: its number, so that it stands before what it causes, and the machine's seconds."""

    n: int
    at: float


async def serve(host: Host, request: web.Request) -> web.StreamResponse:
    """Answer one Web API call."""
    name = request.match_info["method"]
    started = Started(host.next_number(), time.perf_counter())
    host.calls_under_way += 1
    try:
        try:
            args = await _read(request)
        except SlackError as refusal:
            return _answer(host.first, name, Args({}), refusal.answer(), started)
        method = METHODS.get(name)
        ws, wrong_token = _speaks_for(host, request, args, method)
        fault = ws.faults.meet(name, _channel_names(ws, args))
        if fault is not None and (spoiled := await _spoil(ws, request, name, args, fault, started)):
            return spoiled
        try:
            if method is None:
                raise SlackError("unknown_method", req_method=name)
            if wrong_token is not None:
                raise wrong_token
            body = _call(ws, name, args, method)
            ws.executions.remember(_token(request, args), body)
        except RateLimited as too_fast:
            return _too_fast(ws, name, args, too_fast.seconds, started)
        except SlackError as refused:
            body = refused.answer()
        if fault is not None and fault.kind == "drop_answer":
            record(ws, name, args, body, started, status=0)
            return _hang_up(request)
        if fault is not None and fault.kind == "slow":
            await host.alarms.wait(fault.seconds)
        return _answer(ws, name, args, body, started)
    finally:
        host.calls_under_way -= 1
        host.bump()


def _call(ws: Workspace, name: str, args: Args, method: Method) -> Json:
    if (wait := ws.limits.call(name, method.per_minute)) is not None:
        raise RateLimited(wait)
    if method.token == "bot":
        demand(ws, *method.scopes)
    return method.run(ws, args)


def _speaks_for(
    host: Host, request: web.Request, args: Args, method: Method | None
) -> tuple[Workspace, SlackError | None]:
    """Return the workspace a call is about, and why its token is refused, if it is."""
    header = request.headers.get("Authorization", "")
    kind = method.token if method is not None else "none"
    if header.lower().startswith("basic ") and kind == "none":
        args.basic(header[6:])
    token = _token(request, args)
    if kind == "none":
        return host.first, None
    if not token:
        return host.first, SlackError("not_authed")
    is_app = token == host.first.seed.app.app_token
    if is_app or kind == "app":
        wrong = None if is_app and kind == "app" else SlackError("not_allowed_token_type")
        if not is_app:
            try:
                host.by_token(token, args.raw)
            except SlackError as refusal:
                wrong = refusal
        return host.first, wrong
    try:
        return host.by_token(token, args.raw), None
    except SlackError as refusal:
        return host.first, refusal


def _token(request: web.Request, args: Args) -> str:
    header = request.headers.get("Authorization", "")
    return header[7:].strip() if header.lower().startswith("bearer ") else args.text("token")


async def _read(request: web.Request) -> Args:
    raw: Json = dict(request.query)
    if request.method == "POST" and request.can_read_body:
        if request.content_type == "application/json":
            try:
                body = json.loads(await request.read() or b"{}")
            except ValueError as problem:
                raise SlackError("invalid_json") from problem
            if not isinstance(body, dict):
                raise SlackError("json_not_object")
            raw |= body
        elif request.content_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
            form = await request.post()
            raw |= {key: value for key, value in form.items() if isinstance(value, str)}
        elif request.content_type != "application/octet-stream":
            raise SlackError("invalid_post_type")
    args = Args(raw)
    args.length = request.content_length or len(request.query_string)
    return args


async def _spoil(
    ws: Workspace, request: web.Request, name: str, args: Args, fault: Fault, started: Started
) -> web.StreamResponse | None:
    if fault.kind == "ratelimit":
        return _too_fast(ws, name, args, fault.retry_after, started)
    if fault.kind == "error":
        return _answer(ws, name, args, {"ok": False, "error": fault.error}, started)
    if fault.kind == "http500":
        record(ws, name, args, {"ok": False, "error": "http500"}, started, status=500)
        return web.Response(status=500, text="<html>Server Error</html>", content_type="text/html")
    if fault.kind == "hang":
        try:
            await asyncio.wait_for(fault.released.wait(), HANG_AT_MOST)
        except TimeoutError:
            return _hang_up(request)
    return None


def _too_fast(ws: Workspace, name: str, args: Args, seconds: int, started: Started) -> web.Response:
    body = {"ok": False, "error": "ratelimited"}
    record(ws, name, args, body, started, status=429)
    return web.json_response(body, status=429, headers={"Retry-After": str(seconds)})


def _hang_up(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


def _answer(ws: Workspace, name: str, args: Args, body: Json, started: Started) -> web.Response:
    text = json.dumps(body)
    record(ws, name, args, body, started, length=len(text))
    method = METHODS.get(name)
    headers = {"x-oauth-scopes": ",".join(ws.seed.app.manifest.scopes)}
    if method is not None and method.scopes:
        headers["x-accepted-oauth-scopes"] = ",".join(method.scopes)
    return web.json_response(text=text, headers=headers)


def record(
    ws: Workspace, name: str, args: Args, body: Json, started: Started, *, status: int = 200, length: int = 0
) -> None:
    """Keep a call for whoever looks later; `length` is that of the answer's JSON."""
    host = ws.host
    host.calls_made = host.next_number()
    said = {key: value for key, value in args.raw.items() if key != "token"}
    ms = round((time.perf_counter() - started.at) * 1000, 2)
    size = weight(args.length + length)
    call = Call(started.n, ws.now(), name, said, body, ms, status, size, changed=host.calls_made)
    host.calls.append(call)
    host.recorder.heard(ws, call)


def _channel_names(ws: Workspace, args: Args) -> tuple[str, ...]:
    what = args.text("channel") or args.text("channel_id")
    if what in ws.users and what not in (ws.bot, SLACKBOT):
        return (ws.dm(what).id,)
    channel = ws.find_channel(what) if what else None
    return (channel.id, f"#{channel.name}") if channel is not None else ()
