"""`python -m twin`: starts, says where, and stops when asked."""

from __future__ import annotations

import asyncio
import signal
import sys

import aiohttp
import pytest

from tests.twin.conftest import HERE
from tests.twin.shapes import ROOT


async def start(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "twin",
        *arguments,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def test_it_serves_until_it_is_told_to_stop() -> None:
    process = await start("--seed", str(HERE / "workspace.toml"), "--port", "0", "--limits")
    assert process.stdout is not None
    said = (await asyncio.wait_for(process.stdout.readline(), 20)).decode()
    assert said.startswith("Harbor is open at http://127.0.0.1:")
    url = said.split("API base URL: ")[1].strip().rstrip(")")
    async with aiohttp.ClientSession() as session, session.get(f"{url}api.test") as answer:
        assert (await answer.json())["ok"]
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 10) == 0


@pytest.mark.parametrize("seed", ["nothing.toml", "tests/twin/manifest.yml"])
async def test_a_seed_that_cannot_be_used_is_named(seed: str) -> None:
    process = await start("--seed", seed)
    _, said = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 2
    assert seed in said.decode() and "Traceback" not in said.decode()
