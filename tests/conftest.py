"""What every test may ask for."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot import logs
from tests import postgres
from tests.world import World
from tests.world import world as open_world

ROOT = Path(__file__).parent.parent
pytest_plugins = ("twin.pytest_plugin",)  # a failed test of the twin tells what happened in it


@pytest.fixture(scope="session", autouse=True)
def _logs() -> None:
    """Log as the bot does."""
    logs.configure("text", "warning")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a running PostgreSQL."""
    with postgres.server() as address:
        yield address


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database; a test that asks for it runs on both kinds."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/signalbox.sqlite"
        return
    with postgres.database(request.getfixturevalue("postgres_server")) as address:
        yield address


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real data to measure against; without it a test is skipped, except on a build server."""
    folder = Path(os.environ.get("SIGNALBOX_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"the measurement data is not at {folder}")
        pytest.skip("the measurement data is not here; set SIGNALBOX_DATA to its folder")
    return folder


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A wired bot in the demo company, on SQLite."""
    async with open_world(f"sqlite:///{tmp_path}/signalbox.sqlite") as opened:
        yield opened


@pytest.fixture
async def any_world(database_url: str) -> AsyncIterator[World]:
    """A wired bot in the demo company, on each kind of database in turn."""
    async with open_world(database_url) as opened:
        yield opened
