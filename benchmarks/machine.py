"""The machine a figure was measured on, and who else was using it meanwhile.

A reader sees cores, Python and load beside every table, and a note when other programs took so much of the
processor that the figures say more about them than about us.
"""

from __future__ import annotations

import asyncio
import os
import platform
import sys
import time
from pathlib import Path

import psutil

QUIET = 0.15  # share of the machine that others may use before a figure is called noisy
_LOOK_SECONDS = 1.0
_CPU = Path("/proc/cpuinfo")


def describe() -> str:
    """Return the machine in one line."""
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.machine()}, "
        f"Python {sys.version.split()[0]}"
    )


def _processor() -> str:
    if _CPU.exists():
        for row in _CPU.read_text(encoding="utf-8").splitlines():
            if row.startswith("model name"):
                return row.partition(":")[2].strip()
    return platform.processor() or "unknown processor"


class Others:
    """What programs other than ours take of the processor from now on."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._all, self._ours = busy_seconds(), _own()

    def share(self) -> float:
        """Return the share of the whole machine that others used since the beginning."""
        elapsed = (time.monotonic() - self._began) * (os.cpu_count() or 1)
        theirs = (busy_seconds() - self._all) - (_own() - self._ours)
        return max(0.0, theirs / elapsed) if elapsed else 0.0


def busy_seconds() -> float:
    """Return the processor seconds that anybody used, as far as this system tells."""
    spent = psutil.cpu_times()
    return float(sum(spent) - spent.idle - getattr(spent, "iowait", 0.0) - getattr(spent, "guest", 0.0))


def _own() -> float:
    """Return the processor seconds of this process and of everything it has started."""
    me = psutil.Process()
    spent = me.cpu_times()
    seconds = spent.user + spent.system + spent.children_user + spent.children_system
    for child in me.children(recursive=True):
        try:
            used = child.cpu_times()
        except psutil.NoSuchProcess:
            continue
        seconds += used.user + used.system
    return float(seconds)


async def calm(patience: float) -> float:
    """Wait, at most so many seconds, until others leave the machine to us; return the share they last used."""
    end = time.monotonic() + patience
    while True:
        others = Others()
        await asyncio.sleep(_LOOK_SECONDS)
        share = others.share()
        if share < QUIET or time.monotonic() > end:
            return share
