"""What every test may ask for."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from shutil import copy

import pytest

from bot import logs
from bot.running import spare_the_collector
from storage.database import Database
from tests import postgres
from tests.world import World, make_tables
from tests.world import world as open_world

ROOT = Path(__file__).parent.parent
pytest_plugins = ("twin.pytest_plugin",)  # a failed test of the twin tells what happened in it
KIND = os.environ.get("SIGNALBOX_TEST_DATABASE", "sqlite")  # or postgres
_BOTH = [pytest.param("sqlite", marks=pytest.mark.sqlite), "postgres"]
NewDatabase = Callable[[Path], AbstractContextManager[str]]


@pytest.fixture(scope="session", autouse=True)
def _logs() -> None:
    """Log as the bot does."""
    logs.configure("text", "warning")


@pytest.fixture(scope="session", autouse=True)
def _collector() -> None:
    """Look through what tests leave behind, and not each time through all the tests that were found."""
    spare_the_collector()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a running PostgreSQL."""
    with postgres.server() as address:
        yield address


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with all tables and no rows."""
    file = tmp_path_factory.mktemp("template") / "template.sqlite"
    make_tables(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> Iterator[str]:
    """The address of a database with all tables and no rows."""
    with postgres.database(postgres_server) as address:
        make_tables(address)
        yield address


def _opener(kind: str, request: pytest.FixtureRequest) -> NewDatabase:
    """Return what opens databases with all tables: to make those for each test takes longer than most tests."""
    if kind == "sqlite":
        file: Path = request.getfixturevalue("sqlite_template")
        return lambda folder: nullcontext(f"sqlite:///{copy(file, folder / 'signalbox.sqlite')}")
    server: str = request.getfixturevalue("postgres_server")
    template: str = request.getfixturevalue("postgres_template")
    return lambda _: postgres.database(server, template)


@pytest.fixture(scope="session")
def new_database(request: pytest.FixtureRequest) -> NewDatabase:
    """Opens a database without rows, which is a file in this folder or, with `make test-postgres`, on the server."""
    return _opener(KIND, request)


@pytest.fixture
def empty_url(new_database: NewDatabase, tmp_path: Path) -> Iterator[str]:
    """The address of a database without rows."""
    with new_database(tmp_path) as address:
        yield address


@pytest.fixture(scope="module")
def module_url(new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a database without rows that the tests of a module share."""
    with new_database(tmp_path_factory.mktemp("module")) as address:
        yield address


@pytest.fixture(params=_BOTH)
def either_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without rows; a test that asks for it runs on both kinds."""
    with _opener(request.param, request)(tmp_path) as address:
        yield address


@pytest.fixture
async def db(either_url: str) -> AsyncIterator[Database]:
    """A database without rows, on each kind in turn."""
    opened = Database(either_url)
    yield opened
    await opened.close()


@pytest.fixture(params=_BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without tables; a test that asks for it runs on both kinds."""
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
async def world(empty_url: str) -> AsyncIterator[World]:
    """A wired bot in the demo company, on SQLite or, with `make test-postgres`, on PostgreSQL."""
    async with open_world(empty_url) as opened:
        yield opened


@pytest.fixture
async def any_world(either_url: str) -> AsyncIterator[World]:
    """A wired bot in the demo company, on each kind of database in turn."""
    async with open_world(either_url) as opened:
        yield opened
