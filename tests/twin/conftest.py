"""The workspace the twin's own tests run in, and a clock that moves only when a test moves it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.twin.bolt import Bot, bolt
from twin.pytest_plugin import running
from twin.seed import Seed, load
from twin.server import Twin

HERE = Path(__file__).parent


class StoppedClock:
    """Stands still until `forward` is called."""

    def __init__(self) -> None:
        self._now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self._now

    def forward(self, **passed: float) -> None:
        self._now += timedelta(**passed)


@pytest.fixture(scope="session")
def seed() -> Seed:
    return load(HERE / "workspace.toml")


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
async def twin(request: pytest.FixtureRequest, seed: Seed, clock: StoppedClock) -> AsyncIterator[Twin]:
    async with running(request, seed, clock) as started:
        yield started


@pytest.fixture
def web(twin: Twin) -> AsyncWebClient:
    return AsyncWebClient(token=twin.bot_token, base_url=twin.api_url)


@pytest.fixture
async def bot(twin: Twin) -> AsyncIterator[Bot]:
    async with bolt(twin) as running:
        yield running
