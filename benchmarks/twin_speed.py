"""How much the local workspace bears, so that a slow figure elsewhere is ours and not its fault.

The workspace runs in a process of its own with one Socket Mode subscriber that acknowledges everything. Posts carry
blocks and metadata, as cards do: first as fast as a few clients get them through, then a hundred a second.
"""

from __future__ import annotations

import asyncio
import json
import time
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.figures import percentile
from benchmarks.parts import Findings, Part
from benchmarks.processes import COMPANY, Failed, running_twin

CLIENTS, FAST_SECONDS = 8, 4.0
STEADY_RATE, STEADY_SECONDS = 100, 6.0
_CHANNELS = ("team-billing", "team-platform", "team-it", "team-people", "team-sales")


async def measure(folder: Path) -> Findings:
    """Measure posts at full speed and at a steady rate."""
    app = tomllib.loads((COMPANY / "workspace.toml").read_text(encoding="utf-8"))["app"]
    head = {"Authorization": f"Bearer {app['bot_token']}"}
    found = Findings()
    async with running_twin(folder / "twin.log") as url, aiohttp.ClientSession(headers=head) as web:
        async with _subscriber(web, url, app["app_token"]) as heard:
            began = time.perf_counter()
            counts = await asyncio.gather(
                *(_post_until(web, url, began + FAST_SECONDS, n) for n in range(CLIENTS))
            )
            found.add("twin.posts_per_s", sum(counts) / (time.perf_counter() - began), "posts/s", (">=", 300))
            waits = await _steady(web, url)
            found.add("twin.post_p50_ms", 1000 * percentile(waits, 0.5), "ms")
            found.add("twin.post_p99_ms", 1000 * percentile(waits, 0.99), "ms", ("<=", 20))
            found.notes.append(f"{sum(counts)} posts at full speed, {len(waits)} at {STEADY_RATE}/s")
            found.notes.append(f"the subscriber heard {heard[0]} events")
    return found


@asynccontextmanager
async def _subscriber(web: aiohttp.ClientSession, url: str, token: str) -> AsyncIterator[list[int]]:
    """Listen as an app does, acknowledging each event; the list's one number counts them."""
    head = {"Authorization": f"Bearer {token}"}
    async with web.post(f"{url}/api/apps.connections.open", headers=head) as answer:
        said = await answer.json()
    if not said.get("ok"):
        raise Failed(f"the workspace lets nobody listen: {said.get('error')}")
    heard = [0]
    async with web.ws_connect(said["url"]) as socket:

        async def listen() -> None:
            async for message in socket:
                body = json.loads(message.data)
                if "envelope_id" in body:
                    heard[0] += 1
                    await socket.send_str(json.dumps({"envelope_id": body["envelope_id"]}))

        listening = asyncio.create_task(listen())
        try:
            yield heard
        finally:
            listening.cancel()


async def _post_until(web: aiohttp.ClientSession, url: str, end: float, number: int) -> int:
    """Post one after the other until then; return how many were posted."""
    posted = 0
    while time.perf_counter() < end:
        await _post(web, url, number * 100_000 + posted)
        posted += 1
    return posted


async def _steady(web: aiohttp.ClientSession, url: str) -> list[float]:
    """Post at a steady rate whatever the answers take; return the seconds that each took."""
    began, tasks = time.perf_counter(), []
    for number in range(round(STEADY_RATE * STEADY_SECONDS)):
        await asyncio.sleep(max(0.0, began + number / STEADY_RATE - time.perf_counter()))
        tasks.append(asyncio.create_task(_post(web, url, -1 - number)))
    return list(await asyncio.gather(*tasks))


async def _post(web: aiohttp.ClientSession, url: str, number: int) -> float:
    """Post one message and return the seconds it took. Raises Failed when the workspace refuses it."""
    body = message(number)
    began = time.perf_counter()
    async with web.post(f"{url}/api/chat.postMessage", json=body) as answer:
        said = await answer.json()
    took = time.perf_counter() - began
    if not said.get("ok"):
        raise Failed(f"the workspace refused a post: {said.get('error')}")
    return took


def message(number: int) -> dict[str, Any]:
    """Return a post the size of a card."""
    fields = [
        {"type": "mrkdwn", "text": f"*Field {each}*\nsome value that a team reads"} for each in range(6)
    ]
    buttons = [
        {
            "type": "button",
            "text": {"type": "plain_text", "text": name},
            "action_id": name,
            "value": str(number),
        }
        for name in ("claim", "reroute", "approve", "edit")
    ]
    text = f"T-{number}: The invoice of July is missing, the page only lists August to November."
    return {
        "channel": _CHANNELS[number % len(_CHANNELS)],
        "text": text,
        "blocks": [
            {"type": "header", "text": {"type": "plain_text", "text": f"T-{number}"}},
            {"type": "section", "text": {"type": "mrkdwn", "text": text}},
            {"type": "section", "fields": fields},
            {"type": "actions", "elements": buttons},
        ],
        "metadata": {"event_type": "benchmark", "event_payload": {"key": f"benchmark:{number}"}},
    }


PART = Part("twin", ("twin.post",), 45.0, measure)
