"""How long a newcomer waits: `make demo` in a clean clone, until it says that it is ready.

`python -m benchmarks.demo_ready [--port 8399] [--source CLONE] [--warm]`. Packages come from wherever pip and npm
are set up to get them, so the figure contains this machine's network. A newcomer has none of them yet, so both begin
with an empty cache unless `--warm` is given.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import machine
from benchmarks.figures import ROOT, Figure, commit, line, record
from benchmarks.processes import Failed, started

_AT_MOST = 420.0


def main() -> int:
    """Run the command line. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.demo_ready", description=__doc__)
    parser.add_argument("--port", type=int, default=8399, help="port for the demo's page")
    parser.add_argument("--source", type=Path, default=ROOT, help="the clone whose HEAD is measured")
    parser.add_argument("--warm", action="store_true", help="let pip and npm use what they have cached")
    asked = parser.parse_args()
    print(f"machine {machine.describe()}")
    print(f"load {os.getloadavg()}", flush=True)
    others = machine.Others()
    try:
        seconds = asyncio.run(measure(asked.source, asked.port, warm=asked.warm))
    except Failed as wrong:
        print(wrong, file=sys.stderr)
        return 2
    figure = Figure("demo.ready_s", seconds, "s", ("<=", 180.0))
    print(f"note others used {others.share():.0%} of the processor")
    print(line(figure))
    record([figure], datetime.now(UTC), commit(asked.source))
    return 0


async def measure(source: Path, port: int, *, warm: bool) -> float:
    """Return the seconds from an empty folder to the demo's address. Raises Failed with what make said."""
    with tempfile.TemporaryDirectory(prefix="signalbox-demo-") as folder:
        clone, log = Path(folder) / "clone", Path(folder) / "make.log"
        began = time.perf_counter()
        cloning = ["git", "clone", "--quiet", str(source), str(clone)]
        await asyncio.to_thread(subprocess.run, cloning, check=True)
        # The virtual environment this runs in must not be mistaken for the clone's own.
        clean = {"VIRTUAL_ENV": "", "PYTHONPATH": "", "MAKEFLAGS": "", "ANTHROPIC_API_KEY": ""}
        if not warm:
            clean |= {"PIP_CACHE_DIR": f"{folder}/pip", "npm_config_cache": f"{folder}/npm"}
        async with started(["make", "demo", f"PORT={port}"], log, clean, clone) as make:
            await make.says("Ready.", _AT_MOST)
            return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
