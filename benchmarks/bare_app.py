"""`python -m benchmarks.bare_app`: the least that a Bolt app can do, which is to acknowledge and forget."""

from __future__ import annotations

import asyncio
import os
import signal

from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient


async def main() -> None:
    """Run until told to stop."""
    web = AsyncWebClient(token=os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"])
    app = AsyncApp(client=web, signing_secret="unused")

    @app.event("message")
    async def nothing() -> None:
        return

    handler = AsyncSocketModeHandler(app, os.environ["SLACK_APP_TOKEN"], web_client=web)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    print("bare ready", flush=True)
    await stopped.wait()
    await handler.close_async()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    asyncio.run(main())
