"""Measures speed, bursts and memory: `python -m benchmarks [--parts NAMES] [--only NAME_PREFIX]`.

Prints the machine, then one line a figure, and appends each to build/figures.jsonl. A part that missed a goal while
other programs used the machine is run once more, and the quieter run counts. The exit status is 1 only when a goal
that must be met is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import (
    acks,
    burst,
    flow,
    learning,
    machine,
    pacing,
    start,
    steps,
    throughput,
    twin_day,
    twin_page,
    twin_speed,
)
from benchmarks.figures import Figure, commit, line, number, record
from benchmarks.parts import Findings, Part
from benchmarks.processes import Failed

PARTS = (
    start.PART,
    twin_speed.PART,
    twin_day.PART,
    twin_page.PART,
    flow.PART,
    burst.PART,
    steps.PART,
    acks.PART,
    throughput.PART,
    pacing.PART,
    learning.PART,
)
_AT_MOST = 900.0  # seconds for everything; a repetition that would not fit is left out
_CALM_SECONDS = 10.0


def main() -> int:
    """Run the command line. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", default="", metavar="NAME_PREFIX", help="only figures whose name begins so")
    names = ", ".join(part.name for part in PARTS)
    parser.add_argument(
        "--parts", default="", metavar="NAMES", help=f"only these parts, with commas: {names}"
    )
    asked = parser.parse_args()
    chosen = [part for part in PARTS if not asked.parts or part.name in asked.parts.split(",")]
    if unknown := set(filter(None, asked.parts.split(","))) - {part.name for part in PARTS}:
        parser.error(f"there is no part {', '.join(sorted(unknown))}, only: {names}")
    print(f"machine {machine.describe()}", flush=True)
    return asyncio.run(_main(chosen, asked.only))


async def _main(parts: Sequence[Part], only: str) -> int:
    task = asyncio.ensure_future(run([part for part in parts if part.gives(only)], only))
    # Ended by a signal, we still end what we started.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        return await task
    except asyncio.CancelledError:
        print("stopped", file=sys.stderr)
        return 130


async def run(parts: Sequence[Part], only: str) -> int:
    """Run parts one after the other, and return the exit code."""
    began, measured, failed = time.monotonic(), list[Figure](), False
    said = commit()
    for part in parts:
        try:
            found = await _quietest(part, began + _AT_MOST)
        except (Failed, TimeoutError) as wrong:
            print(f"{part.name}: not measured: {wrong or 'it took too long'}", flush=True)
            failed = True
            continue
        figures = [figure for figure in found.figures if figure.name.startswith(only)]
        for note in found.notes:
            print(note if note.startswith("share ") else f"note {note}")
        for figure in figures:
            print(line(figure), flush=True)
        record(figures, datetime.now(UTC), said)
        measured += figures
    missed = [figure.name for figure in measured if not figure.is_met]
    print(f"took {time.monotonic() - began:.0f} s; missed: {', '.join(missed) or 'nothing'}")
    return status(measured, failed)


def status(measured: Sequence[Figure], failed: bool) -> int:
    """Return the exit status: a part that could not be measured may hide a goal that must be met."""
    return int(failed or any(figure.must and not figure.is_met for figure in measured))


async def _quietest(part: Part, deadline: float) -> Findings:
    """Run a part, and once more when others may be the reason that it missed a goal."""
    first, share = await _once(part)
    if share < machine.QUIET or all(figure.is_met for figure in first.figures):
        return first
    if time.monotonic() + part.seconds > deadline:
        first.notes.append("a repetition on a quieter machine did not fit into the time")
        return first
    missed = ", ".join(f"{each.name} {number(each.value)}" for each in first.figures if not each.is_met)
    print(
        f"{part.name}: missed {missed} while others used {share:.0%} of the processor; once more", flush=True
    )
    second, again = await _once(part)
    return second if again <= share else first


async def _once(part: Part) -> tuple[Findings, float]:
    """Run a part on a machine as calm as it gets; return what it found and the share that others used."""
    await machine.calm(_CALM_SECONDS)
    load, others = os.getloadavg(), machine.Others()
    with tempfile.TemporaryDirectory(prefix="signalbox-bench-") as folder:
        async with asyncio.timeout(part.seconds):
            found = await part.run(Path(folder))
    share = others.share()
    busy = "; the machine was busy, these figures are noisy" if share >= machine.QUIET else ""
    found.notes.insert(
        0, f"{part.name}: others used {share:.0%} of the processor, load before {load[0]:.2f}{busy}"
    )
    return found, share


if __name__ == "__main__":
    sys.exit(main())
