"""What had happened when the first release was dumped: four requests, one answered, one cut off in the middle.

The requests are posted before the bot comes, so that a workspace in which they are posted again has them under the
same timestamps as the dump.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.test_triage import ASKED
from tests.world import COMPANY, Clock
from twin.server import Twin

HERE = Path(__file__).parent


@asynccontextmanager
async def stage() -> AsyncIterator[tuple[Twin, Clock, list[str]]]:
    """Open a workspace in which four requests wait for a bot; yields their timestamps too."""
    clock = Clock()
    twin = await Twin.start(COMPANY / "workspace.toml", clock=clock)
    try:
        asked = [
            await twin.person("greta").post("#customer-support", f"{ASKED} ({number})") for number in range(3)
        ]
        asked.append(await twin.person("hannah").post("#it-help", "My laptop does not start any more"))
        yield twin, clock, asked
    finally:
        await twin.stop()
