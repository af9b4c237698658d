"""An app in Bolt for Python without asyncio, with the SDK's built-in Socket Mode client, works on the twin."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

from tests.twin import forms
from tests.twin.lunch import lunch_is_ordered
from twin.server import Twin

Json = dict[str, Any]


def lunch_app(client: WebClient, signing_secret: str) -> App:
    """Build the app. Asks Slack who it is, so not on the loop that the twin runs on."""
    app = App(client=client, signing_secret=signing_secret)

    @app.message("lunch")
    def on_lunch(message: Json, say: Any) -> None:
        blocks = [
            forms.section(f"Lunch, <@{message['user']}>?"),
            forms.actions(forms.button("order", "today")),
        ]
        say(text="Lunch?", blocks=blocks, thread_ts=message["ts"])

    @app.action("order")
    def on_order(ack: Any, body: Json, action: Json, client: WebClient) -> None:
        ack()
        about = {"channel": body["channel"]["id"], "ts": body["message"]["ts"], "day": action["value"]}
        view = forms.modal(
            forms.ask("dish", forms.typing("dish")),
            callback_id="ordered",
            title=forms.plain("Lunch"),
            private_metadata=json.dumps(about),
        )
        client.views_open(trigger_id=body["trigger_id"], view=view)

    @app.view("ordered")
    def on_ordered(ack: Any, body: Json, view: Json, client: WebClient) -> None:
        dish = view["state"]["values"]["dish"]["dish"]["value"]
        if dish == "nothing":
            ack(response_action="errors", errors={"dish": "You have to eat."})
            return
        ack()
        about = json.loads(view["private_metadata"])
        text = f"{dish} for <@{body['user']['id']}>, {about['day']}"
        client.chat_update(channel=about["channel"], ts=about["ts"], text=text, blocks=[])

    @app.command("/signalbox")
    def on_command(ack: Any, command: Json, respond: Any) -> None:
        ack()
        respond(f"You said {command['text']}.")

    @app.event("app_home_opened")
    def on_home(event: Json, client: WebClient) -> None:
        header = {"type": "header", "text": forms.plain("Welcome")}
        client.views_publish(user_id=event["user"], view=forms.home(header))

    return app


@asynccontextmanager
async def connected(twin: Twin) -> AsyncIterator[SocketModeHandler]:
    """Connect the app from threads of its own."""
    client = WebClient(token=twin.bot_token, base_url=twin.api_url)
    app = await asyncio.to_thread(lunch_app, client, twin.signing_secret)
    handler = SocketModeHandler(app, twin.app_token)
    await asyncio.to_thread(handler.connect)
    await twin.connected()
    try:
        yield handler
    finally:
        # The client waits seconds for a quiet socket to say something; one that is gone it leaves at once.
        handler.client.auto_reconnect_enabled = False
        await twin.cut_connections()
        await asyncio.to_thread(handler.close)


async def test_an_app_without_asyncio_works(twin: Twin) -> None:
    async with connected(twin):
        await lunch_is_ordered(twin)


@pytest.mark.process  # not a process, but as slow: the SDK waits for the connection that it leaves
async def test_an_app_without_asyncio_moves_to_a_fresh_connection_when_slack_asks(twin: Twin) -> None:
    async with connected(twin):
        twin.refresh_connections("warning")
        asked = "apps.connections.open"
        await twin.until(lambda: [call.method for call in twin.calls].count(asked) == 2)
        await twin.until(lambda: twin.ws.road.is_open())
        await lunch_is_ordered(twin)
