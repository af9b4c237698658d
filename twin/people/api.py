"""The people API over HTTP: what the page, the replay and other processes use to act as a person.

Every deed answers `{"ok": true, …}` or `{"ok": false, "error": …, "say": …}` with a sentence for the person.
Deliberately without passwords: the twin listens on loopback only, and refuses requests of foreign web pages.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

from aiohttp import BodyPartReader, WSMsgType, web

from twin.people import deeds, show
from twin.people.acts import DEEDS
from twin.words import Json, Refused
from twin.workspace import Watcher, Workspace


async def state(ws: Workspace, request: web.Request) -> web.Response:
    """Answer `GET /twin/state?as=`."""
    return _reply(lambda: show.state(ws, _as(ws, request)))


async def messages(ws: Workspace, request: web.Request) -> web.Response:
    """Answer `GET /twin/messages?as=&channel=&before=&limit=`."""
    query = request.query

    def answer() -> Json:
        user = _as(ws, request)
        limit = query.get("limit", "")
        return show.messages(
            user,
            deeds.where(ws, user, query.get("channel", "")),
            before=query.get("before", ""),
            limit=max(1, min(1000, int(limit))) if limit.isdigit() else show.PAGE,
        )

    return _reply(answer)


async def thread(ws: Workspace, request: web.Request) -> web.Response:
    """Answer `GET /twin/thread?as=&channel=&ts=`."""

    def answer() -> Json:
        user = _as(ws, request)
        channel = deeds.where(ws, user, request.query.get("channel", ""))
        return show.thread(user, channel, request.query.get("ts", ""))

    return _reply(answer)


async def calls(ws: Workspace, request: web.Request) -> web.Response:
    """Answer `GET /twin/calls?since=N`: the recorded Web API calls after number N."""
    since = request.query.get("since", "0")
    after = int(since) if since.isdigit() else 0
    shown = [
        {
            "n": one.n,
            "at": one.at.isoformat(),
            "method": one.method,
            "args": one.args,
            "response": one.response,
            "ms": one.ms,
        }
        for one in ws.calls
        if one.n > after
    ]
    return web.json_response({"ok": True, "calls": shown, "next": ws.calls_made})


async def ready(ws: Workspace, request: web.Request) -> web.Response:
    """Answer `GET /twin/ready`: how many connections the app holds open."""
    return web.json_response({"ok": True, "connections": ws.road.connections})


async def act(ws: Workspace, request: web.Request) -> web.Response:
    """Answer `POST /twin/act`: do one deed."""
    try:
        body = json.loads(await request.text())
    except ValueError:
        return _refusal(Refused("invalid_json", "The request is not JSON."))
    if not isinstance(body, dict):
        return _refusal(Refused("invalid_json", "The request is not a JSON object."))
    deed = DEEDS.get(str(body.get("deed")))
    try:
        if deed is None:
            raise Refused("unknown_deed", f"There is no deed {body.get('deed')!r}, only: {', '.join(DEEDS)}.")
        answer = await deed(ws, deeds.who(ws, str(body.get("as", ""))), body)
    except Refused as refusal:
        return _refusal(refusal)
    except KeyError as problem:
        return _refusal(Refused("invalid_arguments", f"{problem.args[0]} is missing."))
    return web.json_response({"ok": True, **answer})


async def upload(ws: Workspace, request: web.Request) -> web.Response:
    """Answer `POST /twin/upload`: multipart with `as`, `channel`, `thread_ts`, `text` and files."""
    said: dict[str, str] = {}
    files: list[tuple[str, bytes]] = []
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            continue
        if part.filename:
            files.append((part.filename, bytes(await part.read())))
        else:
            said[part.name or ""] = await part.text()

    def answer() -> Json:
        user = deeds.who(ws, said.get("as", ""))
        stored = deeds.upload(
            ws,
            user,
            deeds.where(ws, user, said.get("channel", "")),
            files,
            text=said.get("text", ""),
            thread_ts=said.get("thread_ts") or None,
        )
        return {"ts": stored["ts"]}

    return _reply(answer)


async def live(ws: Workspace, request: web.Request) -> web.StreamResponse:
    """Answer `WS /twin/live?as=`: push every change on this person's screen."""
    try:
        user = _as(ws, request)
    except Refused as refusal:
        return _refusal(refusal)
    socket = web.WebSocketResponse(heartbeat=20)
    await socket.prepare(request)
    out: asyncio.Queue[Json] = asyncio.Queue(maxsize=10_000)

    def tell(body: Json) -> None:
        if body["type"] == "channel":
            body = {"type": "channel", "channel": show.channel(ws, user, ws.channels[body["channel"]["id"]])}
        if out.full():
            out.get_nowait()  # a page this far behind fetches anew anyway
        out.put_nowait(body)

    async def write() -> None:
        while True:
            body = await out.get()
            try:
                await socket.send_str(json.dumps(body))
            except (ConnectionError, RuntimeError):
                return

    watcher = Watcher(user, tell)
    ws.watchers.append(watcher)
    writer = asyncio.create_task(write())
    try:
        async for message in socket:
            if message.type is WSMsgType.ERROR:
                break
    finally:
        writer.cancel()
        ws.watchers.remove(watcher)
    return socket


def _as(ws: Workspace, request: web.Request) -> str:
    # A page that does not know yet who it acts as gets the first person of the seed.
    return deeds.who(ws, request.query.get("as") or ws.seed.people[0].id)


def _reply(answer: Callable[[], Json]) -> web.Response:
    try:
        return web.json_response({"ok": True, **answer()})
    except Refused as refusal:
        return _refusal(refusal)


def _refusal(refusal: Refused) -> web.Response:
    return web.json_response({"ok": False, "error": refusal.code, "say": refusal.say})
