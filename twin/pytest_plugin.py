"""Fixtures for tests of a Slack app: a workspace that is there before the test, and gone after it.

`slack_twin` is a twin on the test's event loop, `slack_twin_server` one in a thread for tests without asyncio, and
`slack_clock` a clock that stands still until the test moves it. Mark a test with
`@pytest.mark.twin(manifest="manifest.yml")`, or set `twin_manifest` and `twin_seed` in pytest's configuration; without
either there are ana, ben, #general and an app that may do everything. When a test fails, its report tells what the app
called last and how what it was told went.
"""

from __future__ import annotations

import importlib.util
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from twin import seed as seeds
from twin.clock import Clock, SteppedClock
from twin.seed import Seed
from twin.server import Twin
from twin.starter.seed import in_socket_mode, starter, with_manifest
from twin.threaded import TwinServer

STORIES = pytest.StashKey[list[Callable[[], str]]]()
_KNOWN = ("seed", "manifest", "limits", "now", "request_url")


@dataclass(frozen=True)
class Wanted:
    """The workspace a test asks for."""

    seed: Seed
    limits: bool
    now: datetime | None
    request_url: str


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini("twin_seed", "the workspace file of tests with a Slack twin")
    parser.addini("twin_manifest", "the app manifest of tests with a Slack twin")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "twin(seed=, manifest=, limits=, now=, request_url=): the Slack workspace that the test runs in",
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tell in the report of a failed test what happened in its workspace."""
    report = yield
    if report.failed:
        told = [story() for story in item.stash.get(STORIES, [])]
        # A twin that was waited for in vain has told its story in the error already.
        report.sections += [("Slack twin", one) for one in told if one not in report.longreprtext]
    return report


def wanted(request: pytest.FixtureRequest) -> Wanted:
    """Read what the test's marker and pytest's configuration ask for. Relative paths are the test's neighbours.

    Raises pytest.UsageError with a sentence when that cannot be.
    """
    marker = request.node.get_closest_marker("twin")
    said: dict[str, Any] = dict(marker.kwargs) if marker is not None else {}
    if unknown := sorted(set(said) - set(_KNOWN)) or (marker is not None and marker.args):
        raise pytest.UsageError(f"@pytest.mark.twin does not know {unknown}; it takes {', '.join(_KNOWN)}.")
    near = request.path.parent
    seed = said.get("seed") or _ini(request, "twin_seed")
    manifest = said.get("manifest") or _ini(request, "twin_manifest")
    space = seed if isinstance(seed, Seed) else seeds.load(near / seed) if seed else None
    if isinstance(manifest, Path | str):
        manifest = near / manifest
    if space is None:
        space = starter(manifest)
    elif manifest is not None:
        space = with_manifest(space, manifest)
    url = str(said.get("request_url", ""))
    now = said.get("now")
    if isinstance(now, str):
        now = datetime.fromisoformat(now)
    return Wanted(space if url else in_socket_mode(space), bool(said.get("limits")), now, url)


@asynccontextmanager
async def running(
    request: pytest.FixtureRequest, seed: Seed, clock: Clock | None = None, **more: Any
) -> AsyncIterator[Twin]:
    """Run a twin for a test, whose report tells its story should it fail; `more` is passed to Twin.start."""
    twin = await Twin.start(seed, 0, clock, **more)
    try:
        with _told(request, twin.story):
            yield twin
    finally:
        await twin.stop()


@contextmanager
def _told(request: pytest.FixtureRequest, story: Callable[[], str]) -> Iterator[None]:
    kept = request.node.stash.setdefault(STORIES, [])
    kept.append(story)
    try:
        yield
    finally:
        kept.remove(story)


def _ini(request: pytest.FixtureRequest, name: str) -> Path | None:
    text = str(request.config.getini(name) or "")
    return request.config.rootpath / text if text else None


@pytest.fixture
def slack_clock(request: pytest.FixtureRequest) -> SteppedClock:
    """A clock that stands still, at the marker's `now` or where the test began; `slack_twin` then goes by it."""
    marker = request.node.get_closest_marker("twin")
    now = wanted(request).now if marker is not None else None
    return SteppedClock(now, running=False)


async def _slack_twin(request: pytest.FixtureRequest) -> AsyncIterator[Twin]:
    """A running workspace. Connect the app to `slack_twin.api_url`, act with `slack_twin.person("ana")`."""
    asked = wanted(request)
    is_still = asked.now is not None or "slack_clock" in request.fixturenames
    clock = request.getfixturevalue("slack_clock") if is_still else None
    async with running(
        request, asked.seed, clock, limits=asked.limits, request_url=asked.request_url
    ) as twin:
        yield twin


def _declared() -> Any:
    """Make the asynchronous fixture, or one that says what is missing when a test asks for it."""
    if importlib.util.find_spec("pytest_asyncio") is not None:
        import pytest_asyncio

        return pytest_asyncio.fixture(name="slack_twin")(_slack_twin)

    def slack_twin() -> None:
        pytest.fail("slack_twin needs pytest-asyncio: pip install pytest-asyncio (or use slack_twin_server)")

    return pytest.fixture(slack_twin)


slack_twin = _declared()


@pytest.fixture
def slack_twin_server(request: pytest.FixtureRequest) -> Iterator[TwinServer]:
    """A running workspace in a thread of its own, for tests and apps without asyncio."""
    asked = wanted(request)
    server = TwinServer.start(asked.seed, now=asked.now, limits=asked.limits, request_url=asked.request_url)
    with _told(request, lambda: str(server.run(server.twin.story))):
        yield server
    server.stop()
