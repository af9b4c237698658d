"""The twin in a thread of its own, for tests and apps without asyncio.

`server.person("ana").post("#general", "hello")` returns when it is done; `server.until(condition)` waits. Everything a
Twin and a Person can do is here under the same names, only that nothing needs `await`. Deliberately one thread: what is
asked from elsewhere runs in it, one thing after the other, so that an author need not think about locks.
"""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal, TypeVar

from twin.clock import SteppedClock
from twin.seed import Seed
from twin.server import Twin
from twin.words import Json

T = TypeVar("T")
START_WITHIN = 30.0
ANSWER_WITHIN = 60.0


class TwinServer:
    """A running twin. `start` it, and `stop` it in the end."""

    def __init__(self, loop: asyncio.AbstractEventLoop, thread: threading.Thread, twin: Twin) -> None:
        self._loop = loop
        self._thread = thread
        self.twin = twin

    @classmethod
    def start(
        cls,
        seed: Seed,
        *,
        port: int = 0,
        now: datetime | None = None,
        limits: bool = False,
        request_url: str = "",
    ) -> TwinServer:
        """Start a twin in a thread. `now` makes its clock stand still there. Raises as Twin.start does."""
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, name="slack-twin", daemon=True)
        thread.start()
        clock = SteppedClock(now, running=now is None)
        starting = Twin.start(seed, port, clock, limits=limits, request_url=request_url)
        try:
            twin = asyncio.run_coroutine_threadsafe(starting, loop).result(START_WITHIN)
        except BaseException:
            _end(loop, thread)
            raise
        return cls(loop, thread, twin)

    def stop(self) -> None:
        """End the workspace and its thread."""
        self.run(self.twin.stop)
        _end(self._loop, self._thread)

    def __getattr__(self, name: str) -> Any:
        """Return whatever a Twin has under this name; its methods can be called from here."""
        return _bridged(self, getattr(self.twin, name))

    def person(self, name: str, workspace: str | None = None) -> Blocking:
        """Return somebody who acts, by handle or id."""
        return Blocking(self, self.run(lambda: self.twin.person(name, workspace)))

    def messages(self, channel: str) -> list[Json]:
        """Return what a reader of the channel sees, oldest first."""
        found: list[Json] = self.run(lambda: list(self.twin.channel(channel).messages))
        return found

    def until(self, condition: Callable[[], T | Literal[False] | None], timeout: float = 10) -> T:
        """Wait until a condition holds, and return its (truthy) value; it may ask this server what is there.

        Raises TimeoutError with the last Web API calls after `timeout` seconds.
        """
        value: T = self.run(lambda: self.twin.until(condition, timeout), timeout + ANSWER_WITHIN)
        return value

    def run(self, do: Callable[[], Any], within: float = ANSWER_WITHIN) -> Any:
        """Do something in the twin's thread, and return what it returns, or what it awaits.

        Raises TimeoutError when that takes longer than `within` seconds.
        """
        if threading.current_thread() is self._thread:
            result = do()
            if inspect.iscoroutine(result):
                result.close()
                raise RuntimeError("a condition of `until` may look at what is there, but do nothing")
            return result

        async def done() -> Any:
            result = do()
            return await result if inspect.isawaitable(result) else result

        return asyncio.run_coroutine_threadsafe(done(), self._loop).result(within)


class Blocking:
    """Somebody or something of the twin, whose methods return when they are done."""

    def __init__(self, server: TwinServer, whom: object) -> None:
        self._server = server
        self._whom = whom

    def __getattr__(self, name: str) -> Any:
        return _bridged(self._server, getattr(self._whom, name))


def _bridged(server: TwinServer, what: Any) -> Any:
    if not callable(what):
        return what

    def call(*args: Any, **kwargs: Any) -> Any:
        return server.run(lambda: what(*args, **kwargs))

    return call


def _end(loop: asyncio.AbstractEventLoop, thread: threading.Thread) -> None:
    loop.call_soon_threadsafe(loop.stop)
    thread.join(START_WITHIN)
    loop.close()
