"""The command line: `signalbox run`, `demo`, `check` and `replay`.

An operator who gets something wrong reads one line per mistake and a hint, never a traceback.
"""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from bot import logs

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


@app.command()
def run() -> None:
    """Connect to Slack and work until stopped."""
    from bot.policy import PolicyError, load
    from bot.settings import Settings, SettingsError

    try:
        settings = Settings.read()
        policy = load(settings.policy)
    except (SettingsError, PolicyError) as wrong:
        _stop(str(wrong))
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
