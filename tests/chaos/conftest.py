"""The stores on which everybody dies: one process has a SQLite file, and a few replicas have a PostgreSQL server."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest

from tests import postgres

SIZES = {"sqlite": 1, "postgres": 3}
Databases = Callable[[Path], AbstractContextManager[str]]


@pytest.fixture(params=list(SIZES))
def store(request: pytest.FixtureRequest) -> str:
    """The kind of database; `CHAOS_STORE` chooses one of them."""
    chosen = os.environ.get("CHAOS_STORE", request.param)
    if chosen != request.param:
        pytest.skip(f"only on {chosen}")
    return str(request.param)


@pytest.fixture
def databases(store: str) -> Iterator[Databases]:
    """What opens an empty database and gives its address; a folder is what a file may be in."""
    if store == "sqlite":
        yield lambda folder: nullcontext(f"sqlite:///{folder}/signalbox.sqlite")
        return
    with postgres.roomy() as server:
        yield lambda folder: postgres.database(server)
