"""The people API over HTTP: what the page, the replay and other processes use to act as a person.

Every deed answers `{"ok": true, …}` or `{"ok": false, "error": …, "say": …}` with a sentence for the person.
Deliberately without passwords: the twin listens on loopback only, and refuses requests of foreign web pages.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

from aiohttp import BodyPartReader, WSMsgType, web

from twin import roster, shares
from twin import search as searching
from twin.host import Host
from twin.people import deeds, inputs, show
from twin.people.acts import DEEDS
from twin.recording import tape
from twin.words import Json, Refused
from twin.workspace import Watcher, Workspace


async def state(host: Host, request: web.Request) -> web.Response:
    """Answer `GET /twin/state?as=`."""
    return _reply(lambda: show.state(*_as(host, request)))


async def messages(host: Host, request: web.Request) -> web.Response:
    """Answer `GET /twin/messages?as=&channel=&before=|after=&limit=`."""
    query = request.query

    def answer() -> Json:
        ws, user = _as(host, request)
        limit = query.get("limit", "")
        return show.messages(
            user,
            deeds.where(ws, user, query.get("channel", "")),
            before=query.get("before", ""),
            after=query.get("after", ""),
            limit=max(1, min(1000, int(limit))) if limit.isdigit() else show.PAGE,
        )

    return _reply(answer)


async def thread(host: Host, request: web.Request) -> web.Response:
    """Answer `GET /twin/thread?as=&channel=&ts=`."""

    def answer() -> Json:
        ws, user = _as(host, request)
        channel = deeds.where(ws, user, request.query.get("channel", ""))
        return show.thread(user, channel, request.query.get("ts", ""))

    return _reply(answer)


async def search(host: Host, request: web.Request) -> web.Response:
    """Answer `GET /twin/search?as=&q=&limit=`: what this person may see of it, newest first."""
    query = request.query

    def answer() -> Json:
        ws, user = _as(host, request)
        limit = query.get("limit", "")
        most = max(1, min(1000, int(limit))) if limit.isdigit() else searching.LIMIT
        found = list(searching.find(ws, user, searching.read(ws, user, query.get("q", ""))))
        shown = [{"channel": hit.channel.id, "message": hit.message} for hit in found[:most]]
        return {"messages": shown, "total": len(found)}

    return _reply(answer)


async def calls(host: Host, request: web.Request) -> web.Response:
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
        for one in host.calls
        if one.changed > after
    ]
    return web.json_response({"ok": True, "calls": shown, "next": host.calls_made})


async def ready(host: Host, request: web.Request) -> web.Response:
    """Answer `GET /twin/ready`: how many connections the app holds open."""
    return web.json_response({"ok": True, "connections": host.road.connections})


async def act(host: Host, request: web.Request) -> web.Response:
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
        ws, user = _who(host, str(body.get("as", "")), str(body.get("team", "")))
        args = {key: value for key, value in body.items() if key not in ("as", "team", "deed")}
        with host.recorder.deed(ws, user, str(body["deed"]), args) as taken:
            answer = taken.made = await deed(ws, user, body)
    except Refused as refusal:
        return _refusal(refusal)
    except KeyError as problem:
        return _refusal(Refused("invalid_arguments", f"{problem.args[0]} is missing."))
    return web.json_response({"ok": True, **answer})


async def upload(host: Host, request: web.Request) -> web.Response:
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
        ws, user = _who(host, said.get("as", ""), said.get("team", ""))
        if said.get("view_id"):
            return _keep_for_view(ws, user, said, files)
        with host.recorder.deed(ws, user, "upload", tape.uploaded(host, said, files)) as taken:
            stored = deeds.upload(
                ws,
                user,
                deeds.where(ws, user, said.get("channel", "")),
                files,
                text=said.get("text", ""),
                thread_ts=said.get("thread_ts") or None,
            )
            taken.made = {"ts": stored["ts"], "files": [one["id"] for one in stored["files"]]}
        return {"ts": stored["ts"]}

    return _reply(answer)


def _keep_for_view(ws: Workspace, user: str, said: dict[str, str], files: list[tuple[str, bytes]]) -> Json:
    """Store what somebody puts into a file_input of their modal."""
    if not any(view["id"] == said["view_id"] for view in ws.views.stack(user)):
        raise Refused("view_not_found", "That view is not open any more.")
    if not files:
        raise Refused("no_file", "There is no file to upload.")
    with ws.host.recorder.deed(ws, user, "upload", tape.uploaded(ws.host, said, files)) as taken:
        kept = [shares.describe(ws, file) for file in inputs.keep_files(ws, user, files)]
        taken.made = {"files": [one["id"] for one in kept]}
    return {"file": kept[0], "files": kept}


async def live(host: Host, request: web.Request) -> web.StreamResponse:
    """Answer `WS /twin/live?as=`: push every change on this person's screen."""
    try:
        ws, user = _as(host, request)
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
    _show_presence(ws, user)
    writer = asyncio.create_task(write())
    try:
        async for message in socket:
            if message.type is WSMsgType.ERROR:
                break
    finally:
        writer.cancel()
        ws.watchers.remove(watcher)
        _show_presence(ws, user)
    return socket


def _show_presence(ws: Workspace, user: str) -> None:
    body = {"type": "presence", "user": user, "is_active": roster.is_active(ws, user)}
    for other in {watcher.user for watcher in ws.watchers if watcher.user != user}:
        ws.tell(body, to=other)


def _as(host: Host, request: web.Request) -> tuple[Workspace, str]:
    # A page that does not know yet who it acts as gets the first person of the seed.
    name = request.query.get("as") or host.first.seed.people[0].id
    return _who(host, name, request.query.get("team", ""))


def _who(host: Host, name: str, team: str) -> tuple[Workspace, str]:
    """Find who acts, in the workspace that is named or else in the first that knows them."""
    ws = host.workspace(team) if team else host.of_person(name)
    if team and ws is None:
        raise Refused("team_not_found", f"There is no workspace {team!r}.")
    ws = ws or host.first
    return ws, deeds.who(ws, name)


def _reply(answer: Callable[[], Json]) -> web.Response:
    try:
        return web.json_response({"ok": True, **answer()})
    except Refused as refusal:
        return _refusal(refusal)


def _refusal(refusal: Refused) -> web.Response:
    return web.json_response({"ok": False, "error": refusal.code, "say": refusal.say})


GETS = {
    "/twin/state": state,
    "/twin/messages": messages,
    "/twin/thread": thread,
    "/twin/calls": calls,
    "/twin/search": search,
    "/twin/ready": ready,
    "/twin/live": live,
}
POSTS = {"/twin/act": act, "/twin/upload": upload}
