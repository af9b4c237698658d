"""The command line: `signalbox run`, `demo`, `check`, `backtest` and `replay`.

An operator who gets something wrong reads one line per mistake and a hint, never a traceback.
"""

from __future__ import annotations

import asyncio
import getpass
import signal
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console

from bot import logs

if TYPE_CHECKING:
    from agents.policy import Policy
    from bot.settings import Settings

app = typer.Typer(
    name="signalbox",
    help="A Slack-native operations bot: triage, routing, grounded drafts, and a person who says yes.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
console = Console()
errors = Console(stderr=True)


def _stop(message: str) -> NoReturn:
    errors.print(message, style="red", markup=False, highlight=False)
    raise typer.Exit(2)


def _configured() -> tuple[Settings, Policy]:
    """Return settings and policy, or end with what is wrong with them."""
    from bot.policy import PolicyError, load
    from bot.settings import Settings, SettingsError

    try:
        settings = Settings.read()
        return settings, load(settings.policy)
    except (SettingsError, PolicyError) as wrong:
        _stop(str(wrong))


@app.command()
def run(
    force: Annotated[
        bool, typer.Option("--force", help="Start although no backtest covers a changed prompt or model.")
    ] = False,
) -> None:
    """Connect to Slack and work until stopped."""
    settings, policy = _configured()
    if force:
        settings = settings.model_copy(update={"force_change": True})
    logs.configure(settings.log_format, settings.log_level)
    from bot.running import CannotStart, run_until_stopped

    try:
        asyncio.run(run_until_stopped(settings, policy))
    except CannotStart as wrong:
        _stop(str(wrong))


@app.command()
def check() -> None:
    """Read settings and policy, and try them on the live workspace and sources without changing anything."""
    from bot.check import Finding, examine

    def show(finding: Finding) -> None:
        mark, style = ("ok  ", "green") if finding.fine else ("FAIL", "red")
        console.print(f"[{style}]{mark}[/] {finding.what}", highlight=False)
        if finding.hint:
            console.print(f"     {finding.hint}", style="dim", markup=False, highlight=False)

    logs.configure("text", "error")
    if not asyncio.run(examine(show)):
        raise typer.Exit(1)


@app.command()
def doctor(
    requeue: Annotated[
        str, typer.Option(help="Let a failed delivery run again: its reference, its number, or 'all'.")
    ] = "",
    fix: Annotated[
        bool, typer.Option("--fix", help="Requeue every failed delivery, draw old cards again.")
    ] = False,
) -> None:
    """Say what is stuck, each with its age and a link, and get it going again; 1 when something is wrong."""
    from bot.cards_behind import behind
    from bot.doctor import CannotLook, Doctor, Finding
    from bot.engine import utc_now
    from storage.database import Database

    settings, policy = _configured()
    logs.configure("text", "error")

    def show(finding: Finding) -> None:
        style = "green" if finding.is_fixed else "red"
        console.print(finding.sentence, style=style, markup=False, highlight=False, soft_wrap=True)
        for more in (finding.link, finding.remedy):
            if more:
                console.print(f"     {more}", style="dim", markup=False, highlight=False, soft_wrap=True)

    async def look() -> bool:
        db = Database(settings.database_url)
        cards = partial(behind, settings, policy, db, utc_now, fix)
        try:
            return await Doctor(db, utc_now(), cards, requeue, fix).examine(show)
        finally:
            await db.close()

    try:
        is_fine = asyncio.run(look())
    except CannotLook as wrong:
        _stop(str(wrong))
    if not is_fine:
        raise typer.Exit(1)
    console.print("Nothing is stuck.")


@app.command()
def backtest(
    change: Annotated[str, typer.Option(help="What is tried: policy, prompt or model.")],
    since: Annotated[str, typer.Option(help="How far back to go: 30d, 12h, 4w.")] = "30d",
    policy: Annotated[Path | None, typer.Option(help="The changed signalbox.toml.")] = None,
    floor: Annotated[float | None, typer.Option(help="Another floor below which a person decides.")] = None,
    prompt: Annotated[Path | None, typer.Option(help="Another triage prompt than the installed one.")] = None,
    model: Annotated[str, typer.Option(help="Another triage model than the configured one.")] = "",
    limit: Annotated[int, typer.Option(min=0, help="Replay only the newest so many; 0 for all.")] = 0,
    yes: Annotated[bool, typer.Option("--yes", help="Spend money without asking.")] = False,
    post: Annotated[bool, typer.Option("--post", help="Post the result where held requests go.")] = False,
    channel: Annotated[str, typer.Option(help="Post the result in this channel instead.")] = "",
) -> None:
    """Replay a changed rule, prompt, model or floor over past requests and show what would be different."""
    from bot.backtest import Backtester, NothingThere
    from bot.backtest_change import CannotBacktest, Change
    from bot.backtest_table import show
    from bot.engine import utc_now
    from bot.policy import PolicyError
    from storage.database import Database

    settings, now_live = _configured()
    logs.configure("text", "error")

    def approve(question: str) -> bool:
        return yes or (sys.stdin.isatty() and typer.confirm(question))

    def tell(sentence: str) -> None:
        console.print(sentence, markup=False, highlight=False, soft_wrap=True)

    async def replay_it() -> None:
        db = Database(settings.database_url)
        tester = Backtester(settings, now_live, db, utc_now, approve, tell, by=_whoever())
        try:
            result = await tester.run(Change(change, policy, floor, prompt, model), since, limit)
            show(result, {name: queue.title for name, queue in now_live.queues.items()}, console)
            if post or channel:
                tell(f"Posted: {await tester.post(result, channel)}")
        finally:
            await db.close()

    try:
        asyncio.run(replay_it())
    except (CannotBacktest, PolicyError) as wrong:
        _stop(str(wrong))
    except NothingThere as wrong:
        console.print(str(wrong), markup=False, highlight=False)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        console.print("Stopped; what was asked so far is paid for, and nothing else happened.")
        raise typer.Exit(130) from None


def _whoever() -> str:
    """Return the name of who runs this, as far as the machine knows."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "someone"


_FORCE = typer.Option("--force", help="Do it although there is something in the way.")


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="Where the backup goes.")],
    force: Annotated[bool, _FORCE] = False,
) -> None:
    """Copy the SQLite database into a file, while the bot runs or not."""
    from bot.backup import BackupRefused, back_up, file_of

    settings, _ = _configured()
    try:
        saved = back_up(file_of(settings.database_url), file, force)
    except BackupRefused as wrong:
        _stop(str(wrong))
    latest = f"up to the delivery of {saved.latest} UTC" if saved.latest else "without any delivery"
    console.print(f"{saved.file}: {saved.size:,} bytes, {latest}.", markup=False, highlight=False)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A file made by `signalbox backup`.")],
    force: Annotated[bool, _FORCE] = False,
) -> None:
    """Put a backup in the SQLite database's place; what was there is moved aside."""
    from bot.backup import AHEAD, BackupRefused, file_of
    from bot.backup import restore as put_back
    from bot.engine import utc_now

    settings, _ = _configured()
    try:
        restored = put_back(file, file_of(settings.database_url), utc_now(), force)
    except BackupRefused as wrong:
        _stop(str(wrong))
    latest = f"up to the delivery of {restored.latest} UTC" if restored.latest else "without any delivery"
    console.print(f"{restored.file} is restored {latest}.", markup=False, highlight=False)
    if restored.aside:
        console.print(f"What was there is now {restored.aside}.", markup=False, highlight=False)
    console.print(f"Ticket numbers go on {AHEAD:,} further, so that no old card is mistaken for a new one.")


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="Port of the local workspace's page.")] = 8300,
    company: Annotated[Path, typer.Option(help="Folder of the company to show.")] = Path("examples"),
    keep_quiet: Annotated[bool, typer.Option(help="Post nothing by itself; you do the talking.")] = False,
) -> None:
    """Show everything on this machine: a local Slack, a company, its customers, and Signalbox at work."""
    from bot.demo import DemoError, show

    logs.configure("text", "warning")
    try:
        asyncio.run(show(company, port, console, keep_quiet))
    except DemoError as wrong:
        _stop(str(wrong))
    except KeyboardInterrupt:
        console.print("Stopped.")


@app.command()
def replay(
    file: Annotated[Path, typer.Argument(help="CSV, JSONL, or a day or folder of a Slack export.")],
    channel: Annotated[str, typer.Option(help="Request channel of the local workspace, without '#'.")],
    rate: Annotated[float, typer.Option(help="Messages per second; 0 for as fast as it goes.")] = 2.0,
    limit: Annotated[int, typer.Option(help="Stop after this many messages; 0 for all.")] = 0,
    twin: Annotated[str, typer.Option(help="Address of the local workspace.")] = "http://127.0.0.1:8300",
    database: Annotated[str, typer.Option(help="Database of the running bot.")] = "",
) -> None:
    """Post messages from a file into the local workspace, and tell what became of each."""
    from bot.demo import DATABASE
    from bot.replay import replay_file
    from bot.replay_files import ReplayError

    logs.configure("text", "error")
    try:
        asyncio.run(replay_file(file, channel, rate, limit, twin, database or DATABASE, console))
    except ReplayError as wrong:
        _stop(str(wrong))
    except KeyboardInterrupt:
        console.print("Stopped; what was posted is being worked on.")


def main() -> None:
    """Run the command line; a second Ctrl-C ends it at once."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    app(prog_name="signalbox")


if __name__ == "__main__":
    main()
