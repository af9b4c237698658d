"""`python -m twin --seed workspace.toml --port 8300`: local Slack workspaces until Ctrl-C.

Prints where people open it and where an app points its API base URL. Deliberately no other options:
everything about the workspace is in the seed.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path

from twin.host import check_together
from twin.manifest import ManifestError
from twin.seed import SeedError, load
from twin.server import Twin


def main() -> int:
    """Run the command line. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m twin", description="A local Slack workspace.")
    parser.add_argument(
        "--seed",
        type=Path,
        required=True,
        action="append",
        help="the workspace to start, a TOML file; give it again for each further workspace",
    )
    parser.add_argument("--port", type=int, default=8300, help="port on 127.0.0.1 (default 8300, 0 for any)")
    parser.add_argument("--limits", action="store_true", help="enforce Slack's rate limits")
    wanted = parser.parse_args()
    try:
        seeds = [load(path) for path in wanted.seed]
        check_together(seeds)
    except (SeedError, ManifestError) as problem:
        print(problem, file=sys.stderr)
        return 2
    try:
        asyncio.run(_serve(Twin.start(seeds, wanted.port, limits=wanted.limits)))
    except OSError as problem:
        print(f"Port {wanted.port} cannot be used: {problem.strerror}.", file=sys.stderr)
        return 1
    return 0


async def _serve(starting: Coroutine[None, None, Twin]) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signum, stopped.set)
    twin = await starting
    names = " and ".join(one.seed.name for one in twin.host.workspaces.values())
    verb = "are" if len(twin.host.workspaces) > 1 else "is"
    print(f"{names} {verb} open at {twin.url}  (API base URL: {twin.api_url})", flush=True)
    await stopped.wait()
    await twin.stop()


if __name__ == "__main__":
    sys.exit(main())
