"""An app in Bolt for JavaScript works on the twin as it works on Slack; only the address of the API is changed."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from tests.node.programs import HERE, need_node
from tests.twin.lunch import lunch_is_ordered
from twin.seed import Seed
from twin.server import Twin

pytestmark = pytest.mark.node
_SLOW = 30.0  # seconds that a busy machine may need to start Node.js


@asynccontextmanager
async def javascript(twin: Twin, log: Path, port: int | None = None) -> AsyncIterator[None]:
    """Run the app in a process of its own, over Socket Mode or, with a port, over HTTP."""
    node = need_node("@slack/bolt")
    env = {
        "PATH": os.environ.get("PATH", ""),
        "SLACK_API_URL": twin.api_url,
        "SLACK_BOT_TOKEN": twin.bot_token,
        "SLACK_APP_TOKEN": twin.app_token,
        "SLACK_SIGNING_SECRET": twin.signing_secret,
        **({"PORT": str(port)} if port else {}),
    }
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            node, "app.mjs", cwd=HERE, env=env, stdin=asyncio.subprocess.DEVNULL, stdout=out, stderr=out
        )

    def said() -> str:
        return log.read_text(encoding="utf-8")

    try:
        await twin.until(lambda: "ready" in said() or process.returncode is not None, _SLOW)
        assert process.returncode is None, said()
        yield
        assert process.returncode is None, said()
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def test_a_javascript_app_works_over_socket_mode(seed: Seed, tmp_path: Path) -> None:
    twin = await Twin.start(seed)
    try:
        async with javascript(twin, tmp_path / "app.log"):
            await twin.connected()
            await lunch_is_ordered(twin)
    finally:
        await twin.stop()


async def test_a_javascript_app_works_over_http(seed: Seed, tmp_path: Path) -> None:
    twin, port = await Twin.start(seed), free_port()
    try:
        async with javascript(twin, tmp_path / "app.log", port), aiohttp.ClientSession() as web:
            asked = {"url": f"http://127.0.0.1:{port}/slack/events"}
            async with web.post(f"{twin.url}/twin/admin/request_url", json=asked) as answer:
                assert answer.status == 200, await answer.text()
            await lunch_is_ordered(twin)
            assert twin.connections == 0
    finally:
        await twin.stop()


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
