"""Backup and restore of a SQLite database, while the bot runs and after it was lost.

An operator gets one file that is consistent in itself, taken without holding up anybody. Restoring never touches a bot
that runs and never overwrites newer work unless told to, and even then the old file is moved aside. People in Slack
see two things after a restore: ticket numbers jump ahead, so that no button of a card from the lost hours can reach
another ticket, and nothing is posted twice, because for a while each post is looked for before it is made.
PostgreSQL has tools of its own for this.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import func, make_url
from sqlalchemy.exc import ArgumentError
from sqlmodel import Session, col, create_engine, select

from agents.words import DraftStatus, Outcome, Status
from storage import steps
from storage.tables import Done, Draft, Receipt, Request, Ticket

AHEAD = (
    1000  # numbers that are left out after a restore; more tickets than that are not lost between two backups
)
_BUSY_SECONDS = 30
_LATEST = "SELECT max(received_at) FROM receipt"


class BackupRefused(Exception):
    """It was not done; the message says why and what to do."""


@dataclass(frozen=True)
class Saved:
    """A file, how large it is in bytes, and the time of the newest delivery in it (UTC, as SQLite has it)."""

    file: Path
    size: int
    latest: str


@dataclass(frozen=True)
class Restored:
    """What was put where, what it knows, and where the file that was there before is now."""

    file: Path
    latest: str
    aside: Path | None


def file_of(url: str) -> Path:
    """Return the file of a SQLite address. Raises BackupRefused for any other."""
    try:
        address = make_url(url)
    except ArgumentError:
        raise BackupRefused("SIGNALBOX_DATABASE_URL is not an address") from None
    if address.get_backend_name() != "sqlite" or not address.database:
        raise BackupRefused(
            "this is for SQLite; for PostgreSQL use pg_dump and pg_restore, see docs/operations.md"
        )
    return Path(address.database)


def back_up(source: Path, to: Path, is_forced: bool = False) -> Saved:
    """Copy a database that may be in use into a file. Raises BackupRefused."""
    if not source.exists():
        raise BackupRefused(f"there is no database at {source}")
    if to.exists() and not is_forced:
        raise BackupRefused(f"{to} is there already; choose another name, or say --force")
    part = to.with_name(to.name + ".part")
    try:
        _copy(source, part, "rw")
        latest = _examine(part, "ro")
        part.replace(to)
    except (sqlite3.Error, OSError) as wrong:
        part.unlink(missing_ok=True)
        raise BackupRefused(f"{to} could not be written: {wrong}") from None
    return Saved(to, to.stat().st_size, latest)


def restore(source: Path, target: Path, now: datetime, is_forced: bool = False) -> Restored:
    """Put a backup in a database's place. Raises BackupRefused, and then nothing was changed."""
    if not source.exists():
        raise BackupRefused(f"there is no backup at {source}")
    try:
        latest = _examine(source, "ro")
    except sqlite3.Error as wrong:
        raise BackupRefused(f"{source} is no backup of Signalbox: {wrong}") from None
    with _nobody_running(target):
        highest = _numbers(source, "ro")
        if target.exists():
            _may_replace(target, latest, source, is_forced)
            highest = {name: max(number, _numbers(target, "rw")[name]) for name, number in highest.items()}
        part = target.with_name(target.name + ".part")
        try:
            _copy(source, part, "ro")
            _mark(part, highest, now)
            aside = _move_aside(target, now) if target.exists() else None
            part.replace(target)
        except (sqlite3.Error, OSError) as wrong:
            part.unlink(missing_ok=True)
            raise BackupRefused(f"{target} could not be written: {wrong}") from None
    return Restored(target, latest, aside)


@contextmanager
def _nobody_running(target: Path) -> Iterator[None]:
    lock = FileLock(f"{target}.running", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise BackupRefused(f"a Signalbox is running on {target.name}; stop it first") from None
    try:
        yield
    finally:
        lock.release()


def _copy(source: Path, to: Path, mode: str) -> None:
    to.unlink(missing_ok=True)
    with closing(_open(source, mode)) as old, closing(sqlite3.connect(to)) as new:
        # In one go: a copy in pieces starts over whenever somebody writes in between. Writers are not held up by it.
        old.backup(new)
        # One file and no companions, so that it can be moved and copied.
        new.execute("PRAGMA journal_mode=DELETE")
    with to.open("rb+") as written:
        os.fsync(written.fileno())


def _open(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=_BUSY_SECONDS)


def _examine(path: Path, mode: str) -> str:
    """Return the time of a database's newest delivery. Raises sqlite3.Error when it is not sound or not ours."""
    with closing(_open(path, mode)) as opened:
        [(verdict,)] = opened.execute("PRAGMA quick_check(1)").fetchall()
        if verdict != "ok":
            raise sqlite3.DatabaseError(verdict)
        opened.execute("SELECT version_num FROM alembic_version")
        return opened.execute(_LATEST).fetchone()[0] or ""


def _may_replace(target: Path, latest: str, source: Path, is_forced: bool) -> None:
    if is_forced:
        return
    try:
        # To be read, a file that a killed process left needs to be put in order first.
        theirs = _examine(target, "rw")
    except sqlite3.Error as wrong:
        raise BackupRefused(f"{target} cannot be read ({wrong}); say --force to move it aside") from None
    if theirs > latest:
        raise BackupRefused(
            f"{target} is newer: its last delivery came at {theirs} UTC, that of {source.name} at "
            f"{latest or 'no time'}; say --force to move it aside"
        )


def _numbers(path: Path, mode: str) -> dict[str, int]:
    """Return the highest number of each kind of thing that buttons in Slack refer to; 0 where nobody can tell."""
    try:
        with closing(_open(path, mode)) as opened:
            return {
                name: opened.execute(f"SELECT coalesce(max(id), 0) FROM {name}").fetchone()[0]
                for name in ("request", "ticket", "draft")
            }
    except sqlite3.Error:
        return {"request": 0, "ticket": 0, "draft": 0}


def _mark(path: Path, highest: dict[str, int], now: datetime) -> None:
    """Leave out numbers, and write down that everything since the last delivery may have happened already."""
    engine = create_engine(f"sqlite:///{path}")
    try:
        with Session(engine) as session:
            number = {name: found + AHEAD for name, found in highest.items()}
            at = now.isoformat()
            session.add(
                Request(
                    id=number["request"],
                    team="",
                    channel="",
                    ts=f"restored {at}",
                    requester="",
                    text="",
                    wording="",
                    posted_at=now,
                    outcome=Outcome.NOT_A_REQUEST,
                    because="numbers left out after a restore",
                )
            )
            session.flush()
            session.add(
                Ticket(
                    id=number["ticket"],
                    request_id=number["request"],
                    channel="",
                    thread_ts="",
                    requester="",
                    status=Status.WITHDRAWN,
                    opened_at=now,
                )
            )
            session.flush()
            session.add(
                Draft(
                    id=number["draft"],
                    ticket_id=number["ticket"],
                    text="",
                    status=DraftStatus.SUPERSEDED,
                    based_on_ts="",
                    engine="",
                    at=now,
                )
            )
            before = session.get(Done, steps.RESTORED)
            if before:
                session.delete(before)
                session.flush()
            session.add(Done(key=steps.RESTORED, result=_known_until(session, now).isoformat(), at=now))
            session.commit()
    finally:
        engine.dispose()


def _known_until(session: Session, now: datetime) -> datetime:
    """Return a time before everything that is still under way began."""
    open_since = session.exec(
        select(func.min(col(Receipt.received_at))).where(col(Receipt.done_at).is_(None))
    ).one()
    last = session.exec(select(func.max(col(Receipt.received_at)))).one()
    known: datetime = open_since or last or now
    return known - timedelta(minutes=5)


def _move_aside(target: Path, now: datetime) -> Path:
    """Rename a database with its companions, which belong to it and would spoil another."""
    aside = target.with_name(f"{target.name}.replaced-{now:%Y%m%dT%H%M%S}")
    for end in ("", "-wal", "-shm"):
        companion = target.with_name(target.name + end)
        if companion.exists():
            companion.replace(aside.with_name(aside.name + end))
    return aside
