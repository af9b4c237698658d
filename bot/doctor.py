"""`signalbox doctor`: what is stuck, why, and how it gets going again.

An operator reads one sentence per finding, with its age and a link, and what to do about it. It looks at the database
while the bot runs or while it does not, on SQLite as on PostgreSQL; only comparing cards needs Slack. `--requeue` lets
a delivery that was given up run again: the mark is cleared and the ended flow is forgotten in one commit, so that its
key is free and whichever process sweeps next, or starts next, begins it once. Changes that its first run committed are
known by that key and not made again. Nothing is posted from here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import func
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select

from bot import flow_rows
from bot.cards_behind import Behind, Compared
from bot.flow_rows import FlowRow
from bot.lease import LEASE
from storage import stuck
from storage.database import Database
from storage.tables import Beat, Post, Receipt, Ticket

_LONG = timedelta(minutes=5)  # what should take seconds and took this is stuck
_RECENT = timedelta(days=1)  # flows of the schedule that broke before this are history


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: a sentence with its age, where to look, and what to do."""

    sentence: str
    link: str = ""
    remedy: str = ""
    is_fixed: bool = False


class CannotLook(Exception):
    """There is nothing to look at; the message says what to do."""


@dataclass
class Doctor:
    """Looks at one database. `requeue` is a delivery's number or reference, or "all"; `fixes` does all that can be."""

    db: Database
    now: datetime
    compare: Callable[[], AsyncIterator[Behind]] | None = None
    requeue: str = ""
    fixes: bool = False

    async def examine(self, show: Callable[[Finding], None]) -> bool:
        """Tell each finding as it comes, and say whether nothing is wrong any more. Raises CannotLook."""
        self._must_be_there()
        is_fine, self._is_known = True, self.requeue in ("", "all")
        try:
            async for finding in self._findings():
                show(finding)
                is_fine = is_fine and finding.is_fixed
        except DBAPIError as wrong:
            raise CannotLook(
                f"the database cannot be read ({type(wrong).__name__}); check SIGNALBOX_DATABASE_URL, "
                "and that the bot has been started on it once"
            ) from None
        if not self._is_known:
            raise CannotLook(f"no delivery that was given up is called {self.requeue!r}")
        return is_fine

    def _must_be_there(self) -> None:
        # Opening a file that is not there would make an empty one.
        if self.db.is_sqlite and not Path(str(self.db.url.database)).exists():
            raise CannotLook(f"there is no database at {self.db.url.database}; has the bot ever run?")

    async def _findings(self) -> AsyncIterator[Finding]:
        async with self.db.begin() as session:
            self._home = await stuck.home(session)
            runs = await self._runs()
        when = "within a minute" if runs else "when the bot starts"
        listed = set[str]()
        async for finding in self._deliveries(runs, when, listed):
            yield finding
        async for finding in self._posts(listed):
            yield finding
        async for finding in self._flows(runs, when):
            yield finding
        if self.compare:
            async for behind in self.compare():
                yield _of_card(behind)

    async def _runs(self) -> bool:
        """Say whether any process works on this database."""
        if not self.db.is_sqlite:
            async with self.db.begin() as session:
                alive = select(Beat.executor).where(col(Beat.at) > func.now() - LEASE).limit(1)
                return (await session.exec(alive)).first() is not None
        lock = FileLock(f"{self.db.url.database}.running", timeout=0)
        try:
            with lock:
                return False
        except Timeout:
            return True

    async def _deliveries(self, runs: bool, when: str, listed: set[str]) -> AsyncIterator[Finding]:
        async with self.db.begin() as session:
            waiting = await stuck.unfinished(session, self.now - _LONG)
            failed = await stuck.failed(session)
        listed.update(receipt.thread for receipt in (*waiting, *failed))
        for receipt in waiting:
            remedy = (
                "It is begun again every minute; the log says what it waits for."
                if runs
                else "Start the bot, and it goes on."
            )
            yield Finding(
                f"A delivery ({receipt.kind}, number {receipt.id}) came {self._ago(receipt.received_at)} "
                "and is not done.",
                self._link(receipt.thread),
                remedy,
            )
        for receipt in failed:
            yield await self._failed(receipt, when)

    async def _failed(self, receipt: Receipt, when: str) -> Finding:
        sentence = (
            f"A delivery ({receipt.kind}, number {receipt.id}) that came {self._ago(receipt.received_at)} "
            f"was given up after a bug, reference {receipt.failed}."
        )
        link = self._link(receipt.thread)
        is_meant = self.requeue in (str(receipt.id), receipt.failed)
        self._is_known = self._is_known or is_meant
        if not (self.fixes or is_meant or self.requeue == "all"):
            remedy = f"When its cause is gone: signalbox doctor --requeue {receipt.failed}"
            return Finding(sentence, link, remedy)
        async with self.db.begin() as session:
            is_free = await flow_rows.forget(session, receipt.key)
            if is_free:
                await stuck.reopen(session, receipt)
        if is_free:
            return Finding(sentence, link, f"Requeued: it runs again {when}.", is_fixed=True)
        return Finding(sentence, link, "It is still being given up; try again in a minute.")

    async def _posts(self, listed: set[str]) -> AsyncIterator[Finding]:
        """Yield what did not leave; `listed` are threads whose delivery was named already."""
        before = self.now - _LONG
        async with self.db.begin() as session:
            unanswered = await stuck.unanswered(session, before)
            unsent = await stuck.unsent(session, before)
            without_card = await stuck.without_card(session, before)
        for post in unanswered:
            yield Finding(
                f"A post ({post.key.partition(':')[0]}) was begun {self._ago(post.at)}, "
                "and nobody knows whether Slack has it.",
                self._place(post),
                "Whoever posts it next looks for it first; if its delivery is listed here, requeue that.",
            )
        for draft, ticket in unsent:
            assert draft.decided_at is not None
            yield Finding(
                f"The reply to T-{ticket.id} was approved {self._ago(draft.decided_at)} and was not sent.",
                ticket.link,
                "A running bot tries to send it every hour; the log says what keeps it.",
            )
        for ticket in without_card:
            thread = f"{ticket.channel}:{ticket.thread_ts}"
            if thread in listed:
                continue
            yield Finding(
                f"T-{ticket.id} was opened {self._ago(ticket.opened_at)} and is on no card.",
                ticket.link or self._link(thread),
                "It gets one with the next message in its thread.",
            )

    async def _flows(self, runs: bool, when: str) -> AsyncIterator[Finding]:
        async with self.db.begin() as session:
            if not await flow_rows.are_there(session):
                return
            broken = await flow_rows.broken(session, self.now - _RECENT)
            if self.db.is_sqlite:
                left = [] if runs else await flow_rows.pending(session)
            else:
                left = await flow_rows.orphaned(session, LEASE * 3)
        for flow in left:
            who = "Its process is gone" if not self.db.is_sqlite else "The bot is not running"
            remedy = "Another replica takes it over." if runs else "Start the bot, and it goes on."
            yield Finding(
                f"A flow ({flow.key.partition(':')[0]}) was begun {self._ago(flow.since)}. {who}.", "", remedy
            )
        for flow in broken:
            yield await self._broken(flow, when)

    async def _broken(self, flow: FlowRow, when: str) -> Finding:
        name = flow.key.partition(":")[0]
        sentence = f"A scheduled flow ({name}) ended with an error {self._ago(flow.since)}."
        if not self.fixes:
            return Finding(sentence, "", "The log says why; --fix lets it run again if it is not too late.")
        async with self.db.begin() as session:
            is_free = await flow_rows.forget(session, flow.key)
        return Finding(sentence, "", f"Forgotten; if it is not too late, it runs {when}.", is_fixed=is_free)

    def _ago(self, then: datetime) -> str:
        minutes = int((self.now - then).total_seconds() // 60)
        if minutes < 120:
            return f"{minutes} min ago"
        return f"{minutes // 60} h ago" if minutes < 48 * 60 else f"{minutes // 1440} days ago"

    def _link(self, thread: str) -> str:
        """Return the address of a thread; empty when the delivery is about none, or Slack's address is unknown."""
        channel, _, ts = thread.partition(":")
        if not self._home or not ts.replace(".", "").isdigit():
            return ""
        return f"{self._home}archives/{channel}/p{ts.replace('.', '')}"

    def _place(self, post: Post) -> str:
        if post.thread_ts:
            return self._link(f"{post.channel}:{post.thread_ts}")
        return f"{self._home}archives/{post.channel}" if self._home else ""


def _of_card(behind: Behind) -> Finding:
    ticket: Ticket = behind.ticket
    match behind.compared:
        case Compared.UNKNOWN:
            return Finding("Cards could not be compared, because Slack does not answer.", "", "Try again.")
        case Compared.GONE:
            sentence = f"The card of T-{ticket.id} is not in its channel any more."
        case Compared.OLD:
            sentence = f"The card of T-{ticket.id} does not show what the ticket is now."
    if behind.is_redrawn:
        return Finding(sentence, ticket.card_link, "Drawn again.", is_fixed=True)
    return Finding(sentence, ticket.card_link, "--fix draws it again, and so does the next press on it.")
