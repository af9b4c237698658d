"""The admin API: what the workshop on the page, or a script, uses to look behind the scenes and to make trouble.

It shows every call and delivery, sets faults, steps the clock, cuts connections, records and replays. Answers are
`{"ok": true, …}` or `{"ok": false, "error": …, "say": …}` with a sentence. Deliberately without passwords: the twin
listens on loopback only and refuses requests of foreign web pages.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import get_args

from aiohttp import web

from twin.admin import asked, faults, traffic
from twin.admin.index import Index
from twin.clock import SteppedClock
from twin.faults import DeliveryKind, Kind
from twin.host import Host
from twin.recording import replay, tape
from twin.words import Json, Refused

Answer = Callable[[web.Request], Awaitable[Json]]
PATH = "/twin/admin"


class Workshop:
    """One twin seen from behind. It keeps nothing but the index that Inspect uses."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._index = Index()

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Add the admin API's addresses."""
        gets: dict[str, Answer] = {
            "state": self.state,
            "traffic": self.traffic,
            "about": self.about,
        }
        posts: dict[str, Answer] = {
            "faults": self.fault,
            "faults/clear": self.clear_faults,
            "faults/release": self.release,
            "deliveries": self.delivery_fault,
            "deliveries/clear": self.clear_delivery_faults,
            "limits": self.limits,
            "connections": self.connections,
            "request_url": self.request_url,
            "clock": self.clock,
            "record": self.record,
            "replay": self.replay,
        }
        for path, answer in gets.items():
            router.add_get(f"{PATH}/{path}", _answering(answer))
        for path, answer in posts.items():
            router.add_post(f"{PATH}/{path}", _answering(answer))
        router.add_get(f"{PATH}/record", self.recording)

    async def state(self, request: web.Request) -> Json:
        """Answer `GET state`: the clock, what is set to go wrong, the road to the app, and the recording."""
        host = self._host
        clock = host.clock
        is_ours = isinstance(clock, SteppedClock)
        return {
            "clock": {
                "now": clock.now().isoformat(),
                "is_running": clock.is_running if isinstance(clock, SteppedClock) else True,
                "ahead_s": round(clock.ahead.total_seconds(), 3) if isinstance(clock, SteppedClock) else 0,
                "can_step": is_ours,
            },
            "faults": [faults.said(one) for one in host.faults],
            "deliveries": [faults.said_of_delivery(one) for one in host.courier.faults],
            "limits": host.limits.enabled,
            "road": "http" if host.request_url else "socket",
            "request_url": host.request_url,
            "connections": host.road.connections,
            "undelivered": len(host.courier.undelivered),
            "waiting": host.courier.waiting,
            "recording": host.recorder.is_on,
            "recorded": host.recorder.count,
        }

    async def traffic(self, request: web.Request) -> Json:
        """Answer `GET traffic?since=&limit=`."""
        since, limit = asked.query_number(request, "since", 0), asked.query_number(request, "limit", 500)
        return traffic.since(self._host, since, limit)

    async def about(self, request: web.Request) -> Json:
        """Answer `GET about?channel=&ts=&thread=` or `GET about?view=`."""
        query = request.query
        if view_id := query.get("view", ""):
            found = await self._index.view(self._host, view_id)
        else:
            channel, ts = query.get("channel", ""), query.get("ts", "")
            spaces = self._host.workspaces.values()
            where = next((one for ws in spaces if (one := ws.find_channel(channel)) is not None), None)
            if where is None or not ts:
                raise Refused("invalid_arguments", "Say which message: channel and ts, or view.")
            found = await self._index.message(self._host, where, ts, whole=query.get("thread") == "1")
        return {"rows": [traffic.said(one) for one in found]}

    async def fault(self, request: web.Request) -> Json:
        """Answer `POST faults`: let calls go wrong."""
        keys = ("method", "kind", "channel", "times", "error", "retry_after", "seconds")
        body = await asked.read(request, keys)
        return {"fault": faults.said(faults.add(self._host, body, get_args(Kind)))}

    async def clear_faults(self, request: web.Request) -> Json:
        """Answer `POST faults/clear`: take one fault away, or all."""
        body = await asked.read(request, ("id",))
        _known(self._host.faults.clear(asked.word(body, "id") if "id" in body else None), body)
        return {}

    async def release(self, request: web.Request) -> Json:
        """Answer `POST faults/release`: let what hangs on a fault go on."""
        body = await asked.read(request, ("id",))
        fault = self._host.faults.get(asked.word(body, "id"))
        _known(fault is not None, body)
        if fault is not None:
            fault.release()
        return {}

    async def delivery_fault(self, request: web.Request) -> Json:
        """Answer `POST deliveries`: let deliveries go wrong."""
        body = await asked.read(request, ("event", "kind", "times", "seconds"))
        return {
            "delivery": faults.said_of_delivery(
                faults.add_to_delivery(self._host, body, get_args(DeliveryKind))
            )
        }

    async def clear_delivery_faults(self, request: web.Request) -> Json:
        """Answer `POST deliveries/clear`: take one fault of delivery away, or all."""
        body = await asked.read(request, ("id",))
        _known(self._host.courier.faults.clear(asked.word(body, "id") if "id" in body else None), body)
        return {}

    async def limits(self, request: web.Request) -> Json:
        """Answer `POST limits`: enforce Slack's rate limits, or not."""
        self._host.limits.enabled = asked.flag(await asked.read(request, ("enabled",)), "enabled")
        return {}

    async def connections(self, request: web.Request) -> Json:
        """Answer `POST connections`: have them refreshed, cut or closed."""
        body = await asked.read(request, ("do",))
        do = asked.word(body, "do", ("refresh", "cut", "close"))
        if do == "refresh":
            self._host.road.ask_to_leave("refresh_requested")
        elif do == "cut":
            await self._host.road.cut()
        else:
            await self._host.road.close()
        return {}

    async def request_url(self, request: web.Request) -> Json:
        """Answer `POST request_url`: deliver over HTTP to this address, or over Socket Mode again."""
        body = await asked.read(request, ("url",))
        await self._host.use_request_url(asked.word(body, "url"))
        return {}

    async def clock(self, request: web.Request) -> Json:
        """Answer `POST clock`: step, set, stop or start it."""
        body = await asked.read(request, ("advance_s", "to", "running"))
        clock = self._host.clock
        if not isinstance(clock, SteppedClock):
            raise Refused(
                "clock_not_ours", "This twin was started with a clock of its own, which only that moves."
            )
        before = clock.now()
        if "advance_s" in body:
            await self._host.advance(asked.number(body, "advance_s"))
        if "to" in body:
            to = asked.moment(body, "to")
            if to < before:
                clock.set(to)  # says in a sentence that there is no way back
            await self._host.advance((to - clock.now()).total_seconds())
        if "running" in body:
            clock.run() if asked.flag(body, "running") else clock.freeze()
        return {"now": clock.now().isoformat()}

    async def record(self, request: web.Request) -> Json:
        """Answer `POST record`: start, stop or clear the recording."""
        body = await asked.read(request, ("do",))
        do = asked.word(body, "do", ("start", "stop", "clear"))
        recorder = self._host.recorder
        if do == "start":
            recorder.start(self._host)
        elif do == "stop":
            recorder.stop()
        else:
            recorder.clear(self._host)
        return {"recording": recorder.is_on, "recorded": recorder.count}

    async def recording(self, request: web.Request) -> web.Response:
        """Answer `GET record`: the recording as a file."""
        headers = {"Content-Disposition": 'attachment; filename="recording.jsonl"'}
        text = self._host.recorder.text()
        return web.Response(text=text, content_type="application/x-ndjson", headers=headers)

    async def replay(self, request: web.Request) -> Json:
        """Answer `POST replay?speed=`: let people do what they did, and say what the app did otherwise."""
        speed = request.query.get("speed", "0")
        try:
            pace = float(speed)
        except ValueError as problem:
            raise Refused("invalid_arguments", f"speed must be a number, not {speed!r}.") from problem
        try:
            told = tape.read(await request.text())
            return await replay.run(self._host, told, speed=pace)
        except tape.TapeError as problem:
            raise Refused("invalid_recording", str(problem)) from problem


def _answering(answer: Answer) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answered(request: web.Request) -> web.Response:
        try:
            return web.json_response({"ok": True, **await answer(request)})
        except Refused as refusal:
            return web.json_response({"ok": False, "error": refusal.code, "say": refusal.say})

    return answered


def _known(there: bool, body: Json) -> None:
    if not there and "id" in body:
        raise Refused("fault_not_found", f"There is no fault {body['id']!r} any more.")
