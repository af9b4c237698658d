"""Backup and restore: a copy taken from a working bot brings back a bot that goes on and does nothing twice."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from agents.words import Status
from bot.backup import AHEAD, BackupRefused, back_up, file_of, restore
from storage.tables import Receipt, Ticket
from tests.process import host
from tests.test_triage import ASKED, asked_anew
from tests.world import TUESDAY, World, buttons_of

pytestmark = [pytest.mark.slow, pytest.mark.sqlite]


def file(world: World) -> Path:
    """Return the file of the world's database."""
    return file_of(world.database_url)


async def save(world: World, to: Path) -> None:
    """Back the world's database up, in a thread as another process would do it."""
    await asyncio.to_thread(back_up, file(world), to)


async def put_back(world: World, source: Path, is_forced: bool = True) -> None:
    """Stop the bot, restore, and start it again."""
    await world.bot.stop()
    await asyncio.to_thread(restore, source, file(world), world.clock.now(), is_forced)
    await world.restart()


async def ask(world: World, who: str = "greta") -> str:
    """Let a customer ask, and wait until that had its effects; return the message's ts."""
    ts = await world.person(who).post("#customer-support", asked_anew())
    await world.settle()
    return ts


async def test_a_restored_bot_goes_on_where_the_backup_was_taken_and_doubles_nothing(
    world: World, tmp_path: Path
) -> None:
    ts = await ask(world)
    await save(world, tmp_path / "backup.sqlite")

    await put_back(world, tmp_path / "backup.sqlite")
    await world.settle()

    assert len(world.cards("team-billing")) == 1
    assert len(world.thread("customer-support", ts)) == 1
    await world.person("marek").click(await world.card_of(), "approve_draft")
    await world.settle()
    assert (await world.ticket()).status == Status.ANSWERED
    assert len(world.thread("customer-support", ts)) == 2


async def test_what_was_posted_after_the_backup_is_found_and_not_posted_again(
    world: World, tmp_path: Path
) -> None:
    slow = world.twin.faults.add("chat.postMessage", "hang")
    ts = await world.person("greta").post("#customer-support", asked_anew())
    await world.twin.until(lambda: slow.hits == 1)
    with changed(world) as connection:
        # As it was a moment before: nobody had even meant to post yet.
        connection.execute("DELETE FROM post")
        connection.commit()
        await save(world, tmp_path / "backup.sqlite")
    slow.release()
    await world.twin.until(lambda: world.cards("team-billing"))

    await put_back(world, tmp_path / "backup.sqlite")
    await world.settle()

    [card] = world.cards("team-billing")
    assert (await world.ticket()).card_ts == card["ts"]
    assert "approve_draft" in buttons_of(await world.card_of())
    assert len(world.thread("customer-support", ts)) == 1


@contextmanager
def changed(world: World) -> Iterator[sqlite3.Connection]:
    """Open the database behind the bot's back."""
    with closing(sqlite3.connect(file(world), timeout=10)) as connection:
        yield connection


async def test_a_card_of_the_lost_hours_reaches_no_other_ticket(world: World, tmp_path: Path) -> None:
    await save(world, tmp_path / "backup.sqlite")
    await ask(world)
    lost = await world.card_of()

    await put_back(world, tmp_path / "backup.sqlite")
    ts = await ask(world, "victor")

    [ticket] = [each for each in await world.rows(Ticket) if each.status == Status.ROUTED]
    assert ticket.id == 1 + AHEAD + 1
    await world.person("marek").click(lost, "approve_draft")
    await world.settle()
    assert [receipt.failed for receipt in await world.rows(Receipt)] == [""] * 2
    assert len(world.thread("customer-support", ts)) == 1


async def test_a_running_bots_file_is_not_replaced(world: World, tmp_path: Path) -> None:
    await save(world, tmp_path / "backup.sqlite")

    with pytest.raises(BackupRefused, match=r"is running on signalbox.sqlite; stop it first"):
        restore(tmp_path / "backup.sqlite", file(world), world.clock.now(), True)


async def test_newer_work_is_replaced_only_when_told_to_and_is_kept_aside(
    world: World, tmp_path: Path
) -> None:
    await ask(world)
    await save(world, tmp_path / "backup.sqlite")
    world.clock.advance(timedelta(minutes=1))
    await ask(world, "victor")
    await world.bot.stop()

    with pytest.raises(BackupRefused, match=r"signalbox.sqlite is newer.*--force"):
        restore(tmp_path / "backup.sqlite", file(world), world.clock.now())
    with closing(sqlite3.connect(file(world))) as untouched:
        assert untouched.execute("SELECT count(*) FROM receipt").fetchone() == (2,)

    restored = restore(tmp_path / "backup.sqlite", file(world), world.clock.now(), True)

    assert restored.aside is not None
    with closing(sqlite3.connect(restored.aside)) as aside:
        assert aside.execute("SELECT count(*) FROM receipt").fetchone() == (2,)
    with closing(sqlite3.connect(file(world))) as now:
        assert now.execute("SELECT count(*) FROM receipt").fetchone() == (1,)
    await world.restart()


def test_a_file_that_is_no_backup_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no database at all" * 100)
    with closing(sqlite3.connect(tmp_path / "other.sqlite")) as other:
        other.execute("CREATE TABLE something (id)")

    for name in ("notes.txt", "other.sqlite"):
        with pytest.raises(BackupRefused, match="no backup of Signalbox"):
            restore(tmp_path / name, tmp_path / "signalbox.sqlite", TUESDAY)
    assert not (tmp_path / "signalbox.sqlite").exists()


async def test_a_backup_does_not_overwrite_another_unless_told_to(world: World, tmp_path: Path) -> None:
    await save(world, tmp_path / "backup.sqlite")

    with pytest.raises(BackupRefused, match="--force"):
        await save(world, tmp_path / "backup.sqlite")

    assert back_up(file(world), tmp_path / "backup.sqlite", True).size > 0


def test_postgresql_is_left_to_its_own_tools() -> None:
    with pytest.raises(BackupRefused, match="pg_dump"):
        file_of("postgresql://signalbox@localhost/signalbox")


async def test_a_backup_taken_while_much_is_written_is_sound_and_holds_up_nobody(
    world: World, tmp_path: Path
) -> None:
    posted = [await world.person("greta").post("#customer-support", f"{ASKED} ({n})") for n in range(6)]

    for number in range(3):
        await save(world, tmp_path / f"{number}.sqlite")  # which looks for itself whether it is sound
    await world.settle()

    assert len(world.cards("team-billing")) == len(posted)
    assert not (tmp_path / "0.sqlite-wal").exists()


@pytest.mark.process
async def test_the_commands_back_up_a_running_bot_and_restore_a_stopped_one(tmp_path: Path) -> None:
    async with host(tmp_path / "bot", f"sqlite:///{tmp_path}/signalbox.sqlite") as hosted:
        await hosted.start()
        await hosted.twin.person("greta").post("#customer-support", asked_anew())
        await hosted.settle()

        saved = await hosted.launcher.run("backup", "backup.sqlite")
        refused = await hosted.launcher.run("restore", "backup.sqlite")
        await hosted.kill()
        restored = await hosted.launcher.run("restore", "backup.sqlite")
        await hosted.start()
        await hosted.settle()

        assert (saved.code, "bytes" in saved.out) == (0, True), saved.err
        assert (refused.code, "stop it first" in refused.err) == (2, True)
        assert (restored.code, "is restored" in restored.out) == (0, True), restored.err
        assert len(hosted.twin.channel("team-billing").messages) == 1
