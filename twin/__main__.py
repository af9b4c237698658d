"""`python -m twin --seed workspace.toml --port 8300`: local Slack workspaces until Ctrl-C.

Prints where people open it and where an app points its API base URL. Without a seed there are two people, #general and
an app; `--manifest` says which. `--record` takes down what happens, `--replay` lets people do it again, prints what the
app does otherwise, and ends. Deliberately no other options: everything about the workspace is in the seed.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TextIO

from twin.host import check_together
from twin.manifest import ManifestError
from twin.recording import replay, tape
from twin.recording.tape import Tape, TapeError
from twin.seed import Seed, SeedError, load
from twin.server import Twin
from twin.starter.seed import starter, with_manifest


def main(args: Sequence[str] | None = None) -> int:
    """Run the command line. Returns the exit code: 1 when a replay found differences, 2 when a file cannot be used."""
    wanted = _parser().parse_args(args)
    try:
        seeds = _seeds(wanted)
        told = _told(wanted.replay) if wanted.replay else None
        with _file(wanted.record) if wanted.record else nullcontext() as out:
            return asyncio.run(_serve(wanted, seeds, out, told))
    except (SeedError, ManifestError, TapeError) as problem:
        print(problem, file=sys.stderr)
        return 2
    except OSError as problem:
        print(f"Port {wanted.port} cannot be used: {problem.strerror}.", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m twin", description="A local Slack workspace.")
    add = parser.add_argument
    add(
        "--seed",
        type=Path,
        default=[],
        action="append",
        help="the workspace to start, a TOML file; give it again for each further workspace (default: a small one)",
    )
    add("--manifest", type=Path, help="the app's manifest, instead of the one the workspace names")
    add("--port", type=int, default=8300, help="port on 127.0.0.1 (default 8300, 0 for any)")
    add("--limits", action="store_true", help="enforce Slack's rate limits")
    add(
        "--request-url",
        default="",
        help="deliver everything to this address over HTTP, such as http://127.0.0.1:3000/slack/events",
    )
    either = parser.add_mutually_exclusive_group()
    either.add_argument("--record", type=Path, metavar="FILE", help="take down what people and the app do")
    either.add_argument(
        "--replay",
        type=Path,
        metavar="FILE",
        help="let people do again what they did, print what the app does otherwise, and end",
    )
    add(
        "--speed",
        type=float,
        default=0.0,
        help="of a replay: 1 as recorded, 2 twice as fast, 0 as fast as the app keeps up (default)",
    )
    return parser


def _seeds(wanted: argparse.Namespace) -> list[Seed]:
    seeds = [load(path) for path in wanted.seed] or [starter()]
    if wanted.manifest:
        seeds = [with_manifest(seed, wanted.manifest) for seed in seeds]
    check_together(seeds)
    return seeds


def _told(path: Path) -> Tape:
    try:
        return tape.read(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as problem:
        raise TapeError(f"{path}: the recording cannot be read ({problem}).") from problem
    except TapeError as problem:
        raise TapeError(f"{path}: {problem}") from problem


def _file(path: Path) -> TextIO:
    """Open the file of a new recording; one that is there already is not overwritten."""
    try:
        return path.open("x", encoding="utf-8")
    except OSError as problem:
        raise TapeError(f"{path}: no recording can be written there ({problem.strerror}).") from problem


async def _serve(wanted: argparse.Namespace, seeds: list[Seed], out: TextIO | None, told: Tape | None) -> int:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signum, stopped.set)
    twin = await Twin.start(seeds, wanted.port, limits=wanted.limits, request_url=wanted.request_url)
    try:
        names = " and ".join(one.seed.name for one in twin.host.workspaces.values())
        verb = "are" if len(twin.host.workspaces) > 1 else "is"
        print(f"{names} {verb} open at {twin.url}  (API base URL: {twin.api_url})", flush=True)
        app = seeds[0].app
        if not wanted.seed:
            print(f"Bot token {app.bot_token}, app-level token {app.app_token}, ", end="")
            print(f"signing secret {app.signing_secret}", flush=True)
        if out is not None:
            twin.host.recorder.start(twin.host, lambda line: _write(out, line))
        if told is not None:
            return await _replay(twin, told, wanted.speed, stopped)
        await stopped.wait()
        return 0
    finally:
        await twin.stop()


def _write(out: TextIO, line: str) -> None:
    out.write(line)
    out.flush()  # what was taken down is kept even if the twin is killed


async def _replay(twin: Twin, told: Tape, speed: float, stopped: asyncio.Event) -> int:
    """Play a recording once the app is there. Returns the exit code."""
    if not twin.host.request_url and not twin.connections:
        print("Waiting for the app to connect …", flush=True)
    ending = asyncio.create_task(stopped.wait())
    playing = asyncio.create_task(_play(twin, told, speed))
    await asyncio.wait((ending, playing), return_when=asyncio.FIRST_COMPLETED)
    ending.cancel()
    if not playing.done():
        playing.cancel()
        return 1
    found = await playing
    differences = found["differences"]
    for one in differences:
        print(one["say"])
    count = len(differences)
    print(f"{found['replayed']} deeds replayed, {count or 'no'} difference{'' if count == 1 else 's'}.")
    return 1 if differences else 0


async def _play(twin: Twin, told: Tape, speed: float) -> dict[str, list[dict[str, str]]]:
    while not twin.host.request_url and not twin.connections:
        await twin.host.next_change(1.0)
    return await replay.run(twin.host, told, speed=speed)


if __name__ == "__main__":
    sys.exit(main())
