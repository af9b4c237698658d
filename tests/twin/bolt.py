"""A small Bolt app on the twin: it answers with cards, modals and a Home, and keeps what it was told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from tests.twin import forms
from tests.twin.forms import actions, ask, button, modal, option, section, select, typing
from twin.server import Twin

Json = dict[str, Any]


OF_CHANNELS = (
    "channel_archive",
    "channel_created",
    "channel_left",
    "channel_rename",
    "channel_shared",
    "channel_unarchive",
    "group_archive",
    "group_left",
    "group_rename",
    "group_unarchive",
    "member_left_channel",
    "team_join",
    "user_change",
    "user_profile_changed",
    "user_status_changed",
)


@dataclass
class Bot:
    """A small Bolt app on the twin, and what it was told."""

    app: AsyncApp
    web: AsyncWebClient
    told: list[Json] = field(default_factory=list)
    submission: Json = field(default_factory=dict)  # what it answers to a submitted modal

    def last(self, kind: str) -> Json:
        return next(one for one in reversed(self.told) if one.get("type", "command") == kind)


@asynccontextmanager
async def bolt(twin: Twin) -> AsyncIterator[Bot]:
    web = AsyncWebClient(token=twin.bot_token, base_url=twin.api_url)
    app = AsyncApp(signing_secret=twin.signing_secret, client=web)
    bot = Bot(app, web)

    @app.middleware
    async def keep(body: Json, next_: Any) -> None:
        bot.told.append(body)
        await next_()

    @app.event("message")
    async def on_message(event: Json, client: AsyncWebClient) -> None:
        if event.get("subtype") is None and event["text"].startswith("card"):
            card = [
                section("A card", accessory=select("pick", "red", "green")),
                actions(button("open", "1"), button("open_too", "2"), block_id="row"),
                actions({"type": "overflow", "action_id": "more", "options": [option("a"), option("b")]}),
                actions({"type": "users_select", "action_id": "who"}),
                actions(button("secret", visible_to_user_ids=["U0NOBODY"])),
            ]
            await client.chat_postMessage(channel=event["channel"], text="card", blocks=card)

    @app.event("app_home_opened")
    async def on_home(event: Json, client: AsyncWebClient) -> None:
        view = forms.home(section("Welcome"), actions(button("home_button")))
        await client.views_publish(user_id=event["user"], view=view)

    @app.event("app_mention")
    async def on_mention(event: Json, say: Any) -> None:
        await say(text="you called?", thread_ts=event["ts"])

    @app.action("open")
    async def on_open(ack: Any, body: Json, client: AsyncWebClient) -> None:
        await ack()
        view = modal(
            ask("words", typing("said", max_length=10)),
            ask("colour", select("colour", "red", "green"), optional=True),
            ask("people", {"type": "multi_users_select", "action_id": "people"}, optional=True),
            actions(button("deeper")),
            notify_on_close=True,
        )
        await client.views_open(trigger_id=body["trigger_id"], view=view)

    @app.action("deeper")
    async def on_deeper(ack: Any, body: Json, client: AsyncWebClient) -> None:
        await ack()
        view = modal(ask("more", typing("more")), callback_id="second")
        await client.views_push(trigger_id=body["trigger_id"], view=view)

    @app.view("form")
    @app.view("second")
    async def on_submit(ack: Any) -> None:
        await ack(**bot.submission)

    @app.view_closed("form")
    async def on_closed(ack: Any) -> None:
        await ack()

    @app.command("/signalbox")
    async def on_command(ack: Any, command: Json) -> None:
        await ack(f"you said {command['text']}")

    for kind in ("pick", "more", "who", "open_too", "home_button", "secret"):
        app.action(kind)(only_ack)
    app.shortcut("make_ticket")(only_ack)
    app.shortcut("new_ticket")(only_ack)
    for event in ("reaction_added", "reaction_removed", "member_joined_channel", "file_shared"):
        app.event(event)(_nothing)
    for event in OF_CHANNELS:
        app.event(event)(_nothing)
    handler = AsyncSocketModeHandler(app, twin.app_token)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    await twin.connected()
    yield bot
    await handler.close_async()  # type: ignore[no-untyped-call]


async def only_ack(ack: Any) -> None:
    await ack()


async def _nothing() -> None:
    return


async def card(twin: Twin) -> Json:
    """Let ana ask for a card, and return it."""
    await twin.person("ana").post("#help", "card please")
    return await twin.until(lambda: next((m for m in twin.channel("#help").messages if "bot_id" in m), None))
