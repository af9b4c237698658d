"""Run the next version as an operator would: `python -m tests.next_version run`."""

from __future__ import annotations

from bot import running
from bot.__main__ import main
from tests.next_version.app import NextSignalbox

if __name__ == "__main__":
    vars(running)["Signalbox"] = NextSignalbox
    main()
