"""`signalbox replay`: post real messages into the local workspace and tell what became of each.

Whoever runs it sees a progress bar and then a table: routed, held for a person, not a request, drafted, how long a
card took, and how often the category was right where the file says what is right.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median, quantiles

import aiohttp
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlmodel import col, select

from agents.words import Outcome
from bot.replay_files import Line, ReplayError, read
from storage.database import Database
from storage.tables import Draft, Receipt, Request, Ticket, TicketEvent

_PATIENCE = 120.0  # seconds without any progress after which the rest is called lost


@dataclass(frozen=True)
class Fate:
    """What became of one posted message. `card` is the time from post to card."""

    outcome: Outcome | None
    tickets: int
    category: str
    label: str
    card: timedelta | None
    drafted: bool
    is_settled: bool  # nothing more will come of it


async def replay_file(
    file: Path, channel: str, rate: float, limit: int, twin: str, database: str, console: Console
) -> None:
    """Post the file's messages and print what became of them. Raises ReplayError."""
    lines = read(file)[: limit or None]
    if not lines:
        raise ReplayError(f"{file.name}: there is no message in it")
    db = await _opened(database)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    try:
        with Progress(*columns, console=console) as bar:
            posting, working = (
                bar.add_task("posted", total=len(lines)),
                bar.add_task("handled", total=len(lines)),
            )
            posted = await post(lines, channel, rate, twin, lambda: bar.advance(posting))
            fates = await follow(db, posted, lambda done: bar.update(working, completed=done))
    finally:
        await db.close()
    console.print(table(fates))


def _exists(path: str) -> bool:
    return Path(path).exists()


async def _opened(address: str) -> Database:
    """Return the running bot's database. Raises ReplayError when there is none."""
    start_first = "start `make demo` first, or name it with --database"
    try:
        db = Database(address)
    except ArgumentError:
        raise ReplayError(f"{address!r} is no address of a database; {start_first}") from None
    path = Path(db.url.database or "")
    # Looking would make an empty file.
    if db.is_sqlite and not await asyncio.to_thread(path.exists):
        raise ReplayError(f"there is no database at {path}; {start_first}")
    try:
        async with db.begin() as session:
            await session.exec(select(Request.id).limit(1))
    except DBAPIError:
        await db.close()
        raise ReplayError(f"the database at {address} is not a running bot's; {start_first}") from None
    return db


async def post(
    lines: Sequence[Line], channel: str, rate: float, twin: str, tick: Callable[[], None]
) -> list[tuple[str, str, str]]:
    """Post lines at this rate as the channel's people in turn; return channel id, ts and label of each."""
    found: list[tuple[str, str, str]] = []
    loop = asyncio.get_running_loop()
    try:
        async with aiohttp.ClientSession() as web:
            place, people = await _people(web, twin, channel)
            began = loop.time()
            for number, line in enumerate(lines):
                if rate:
                    await asyncio.sleep(max(0.0, began + number / rate - loop.time()))
                person = line.person or people[number % len(people)]
                deed = {"as": person, "deed": "post", "channel": channel, "text": line.text}
                async with web.post(f"{twin}/twin/act", json=deed) as answer:
                    said = await answer.json()
                if not said.get("ok"):
                    raise ReplayError(f"message {number + 1}: {said.get('say') or said.get('error')}")
                found.append((place, said["ts"], line.label))
                tick()
    except aiohttp.ClientError:
        raise ReplayError(
            f"nothing answers at {twin}; start `make demo` first, or name it with --twin"
        ) from None
    return found


async def _people(web: aiohttp.ClientSession, twin: str, channel: str) -> tuple[str, list[str]]:
    """Return a channel's id and the people who may post there."""
    async with web.get(f"{twin}/twin/state") as answer:
        state = await answer.json()
    places = [place for place in state["channels"] if place["name"] == channel]
    if not places:
        names = ", ".join(sorted(place["name"] for place in state["channels"] if place.get("name")))
        raise ReplayError(f"there is no channel #{channel}; there are {names}")
    members = set(places[0]["members"])
    people = [user["id"] for user in state["users"] if user["id"] in members and not user.get("is_bot")]
    if not people:
        raise ReplayError(f"nobody is in #{channel}")
    return places[0]["id"], people


async def follow(
    db: Database, posted: Sequence[tuple[str, str, str]], progress: Callable[[int], None]
) -> list[Fate]:
    """Wait until everything has come of every posted message, its draft too, or nothing moves any more."""
    loop = asyncio.get_running_loop()
    before, since = -1, loop.time()
    while True:
        fates = await _fates(db, posted)
        done = sum(fate.is_settled for fate in fates)
        progress(done)
        if done == len(posted):
            return fates
        if done != before:
            before, since = done, loop.time()
        elif loop.time() - since > _PATIENCE:
            return fates
        await asyncio.sleep(0.25)


async def _fates(db: Database, posted: Sequence[tuple[str, str, str]]) -> list[Fate]:
    channel, first = posted[0][0], min(ts for _, ts, _ in posted)
    async with db.begin() as session:
        requests = (
            await session.exec(select(Request).where(Request.channel == channel, col(Request.ts) >= first))
        ).all()
        # By its thread, so that what is still to be done about an edit or a reply counts as well.
        receipts = await session.exec(
            select(Receipt.thread, Receipt.done_at, Receipt.failed).where(
                col(Receipt.thread).startswith(f"{channel}:", autoescape=True)
            )
        )
        settled: dict[str, bool] = {}
        for thread, done_at, failed in receipts:
            settled[thread] = settled.get(thread, True) and bool(done_at or failed)
        ids = [request.id for request in requests]
        tickets = (await session.exec(select(Ticket).where(col(Ticket.request_id).in_(ids)))).all()
        numbers = [ticket.id for ticket in tickets]
        cards = dict(
            (
                await session.exec(
                    select(TicketEvent.ticket_id, TicketEvent.at).where(
                        col(TicketEvent.ticket_id).in_(numbers), TicketEvent.what == "card posted"
                    )
                )
            ).all()
        )
        drafted = set(
            (await session.exec(select(Draft.ticket_id).where(col(Draft.ticket_id).in_(numbers)))).all()
        )
    by_ts = {request.ts: request for request in requests}
    by_request: dict[int, list[Ticket]] = {}
    for opened in tickets:
        by_request.setdefault(opened.request_id, []).append(opened)
    fates = []
    for _, ts, label in posted:
        request = by_ts.get(ts)
        own = by_request.get(request.id or 0, []) if request else []
        ticket = own[0] if own else None
        card = cards.get(ticket.id or 0) if ticket else None
        # The clock runs from Slack's own time of the post, not from when we heard of it.
        fates.append(
            Fate(
                outcome=request.outcome if request else None,
                tickets=len(own),
                category=ticket.category if ticket else "",
                label=label,
                card=timedelta(seconds=card.timestamp() - float(ts)) if card else None,
                drafted=bool(ticket and ticket.id in drafted),
                is_settled=settled.get(f"{channel}:{ts}", False),
            )
        )
    return fates


def table(fates: Sequence[Fate]) -> Table:
    """Return the closing table."""
    made = Table(title=f"{len(fates)} messages", show_header=False, title_justify="left")
    count = {outcome: sum(fate.outcome == outcome for fate in fates) for outcome in Outcome}
    made.add_row("routed", str(count[Outcome.ROUTED]))
    made.add_row("held for a person", str(count[Outcome.HELD]))
    made.add_row("not a request", str(count[Outcome.NOT_A_REQUEST]))
    if lost := sum(fate.outcome is None for fate in fates):
        made.add_row("[red]without an outcome[/]", str(lost))
    made.add_row("drafted", str(sum(fate.drafted for fate in fates)))
    if cards := sorted(fate.card.total_seconds() for fate in fates if fate.card):
        made.add_row("median time to card", f"{median(cards):.2f} s")
        made.add_row("95th percentile", f"{quantiles(cards, n=20)[-1] if len(cards) > 1 else cards[0]:.2f} s")
    labelled = [fate for fate in fates if fate.label and fate.category]
    right = sum(fate.label == fate.category for fate in labelled)
    if right:
        made.add_row("category as labelled", f"{right} of {len(labelled)} ({right / len(labelled):.0%})")
    elif labelled:
        said = f"none of {len(labelled)}; are the file's labels this policy's categories?"
        made.add_row("category as labelled", said)
    return made
