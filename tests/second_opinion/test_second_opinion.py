"""The same story on our local Slack and on one that others wrote: the bot knows neither.

Emulate has no clicks, so a press is a delivery of our own making there, signed as Slack signs it.
"""

from __future__ import annotations

import asyncio
import json
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.app import Signalbox
from tests.http_mode import HttpWorld, Sender, at_rest, http_bot, http_world
from tests.second_opinion.node import HERE, node
from tests.second_opinion.story import Json, Reader, tell
from tests.world import COMPANY

_SECRET = "second-opinion-secret"
_TOKEN = "xoxb-second-opinion"
_SCOPES = "chat:write,channels:read,channels:history,users:read,users:read.email,reactions:write"


class OurTwin(Reader):
    """Our own local Slack: people press what they see."""

    def __init__(self, web: aiohttp.ClientSession, world: HttpWorld) -> None:
        super().__init__(web, world.twin.api_url, world.twin.bot_token)
        self.world = world

    async def post(self, person: str, channel: str, text: str, thread_ts: str = "") -> str:
        """Post as this person and return the message's ts."""
        return await self.world.person(person).post(f"#{channel}", text, thread_ts=thread_ts or None)

    async def direct(self, person: str, text: str) -> str:
        """Write to the app alone as this person, and return that conversation's id."""
        await self.world.person(person).post("@signalbox", text)
        return self.world.twin.dm(person).id

    async def settle(self) -> None:
        """Wait until the bot has done everything that came of it."""
        await self.world.settle()

    async def press(self, person: str, channel: str, message: Json, action_id: str) -> None:
        """Press a button on a message as this person."""
        [shown] = [one for one in self.world.channel(channel) if one["ts"] == message["ts"]]
        await self.world.person(person).click({**shown, "blocks": message["blocks"]}, action_id)


class Emulate(Reader):
    """A Slack that others wrote."""

    def __init__(self, web: aiohttp.ClientSession, api_url: str, bot: Signalbox, sender: Sender) -> None:
        super().__init__(web, api_url, _TOKEN)
        self.bot = bot
        self.sender = sender
        self.pressed = 0

    async def post(self, person: str, channel: str, text: str, thread_ts: str = "") -> str:
        """Post as this person and return the message's ts."""
        said = {"channel": await self.channel_id(channel), "text": text}
        if thread_ts:
            said["thread_ts"] = thread_ts
        return str((await self.call("chat.postMessage", f"xoxp-{person}", **said))["ts"])

    async def direct(self, person: str, text: str) -> str:
        """Write to the app alone as this person, and return that conversation's id."""
        me = await self.call("auth.test", f"xoxp-{person}")
        place = str((await self.call("conversations.open", users=me["user_id"]))["channel"]["id"])
        await self.call("chat.postMessage", f"xoxp-{person}", channel=place, text=text)
        return place

    async def settle(self) -> None:
        """Wait until the bot has done everything that came of it; a post here ends when its event is acknowledged."""
        await at_rest(self.bot)

    async def press(self, person: str, channel: str, message: Json, action_id: str) -> None:
        """Press a button on a message as this person."""
        me = await self.call("auth.test", f"xoxp-{person}")
        place = await self.channel_id(channel)
        self.pressed += 1
        answer = await self.sender.send(
            {
                "type": "block_actions",
                "user": {"id": me["user_id"], "username": person, "name": person, "team_id": me["team_id"]},
                "api_app_id": "A0SECOND",
                "token": "",
                "container": {
                    "type": "message",
                    "message_ts": message["ts"],
                    "channel_id": place,
                    "is_ephemeral": False,
                },
                "trigger_id": f"{self.pressed}.2.3",
                "team": {"id": me["team_id"], "domain": "fernhaul"},
                "enterprise": None,
                "is_enterprise_install": False,
                "channel": {"id": place, "name": channel},
                "message": message,
                "state": {"values": {}},
                "actions": [{**_button(message, action_id), "action_ts": f"{self.pressed}.000001"}],
            }
        )
        assert answer.status == 200, answer


def _button(message: Json, action_id: str) -> Json:
    """Return a button of a message as an action says it."""
    [(block, button)] = [
        (block, element)
        for block in message["blocks"]
        for element in block.get("elements", [])
        if element.get("action_id") == action_id
    ]
    kept = {key: button[key] for key in ("action_id", "text", "value", "type")}
    return {**kept, "block_id": block.get("block_id", "x")}


def seed() -> dict[str, Any]:
    """Return the demo company's workspace in emulate's words; its channels are public, because its bots are in none."""
    company = tomllib.loads((COMPANY / "workspace.toml").read_text(encoding="utf-8"))
    people = company["people"]
    return {
        "team": {"name": company["workspace"]["name"], "domain": company["workspace"]["domain"]},
        "users": [{"name": p["handle"], "real_name": p["name"], "email": p["email"]} for p in people],
        "channels": [{"name": channel["name"]} for channel in company["channels"]],
        "oauth_apps": [
            {
                "app_id": "A0SECOND",
                "client_id": "1.2",
                "client_secret": "none",
                "name": "Signalbox",
                "redirect_uris": [],
                "scopes": _SCOPES,
                "bot_id": "B0SECOND",
                "bot_user_id": "U0SECOND",
                "bot_name": "signalbox",
            }
        ],
        "tokens": [
            {
                "token": _TOKEN,
                "type": "bot",
                "user_id": "U0SECOND",
                "bot_id": "B0SECOND",
                "app_id": "A0SECOND",
            },
            *({"token": f"xoxp-{p['handle']}", "type": "user", "user": p["handle"]} for p in people),
        ],
        "signing_secret": _SECRET,
    }


@asynccontextmanager
async def emulate(folder: Path) -> AsyncIterator[tuple[str, asyncio.StreamWriter]]:
    """Run emulate; yields the base URL of its Web API, and where to write the address for its events."""
    program = await asyncio.to_thread(node)
    workspace = folder / "workspace.json"
    await asyncio.to_thread(workspace.write_text, json.dumps(seed()), encoding="utf-8")
    pipe = asyncio.subprocess.PIPE
    serving = await asyncio.create_subprocess_exec(
        *(str(program), str(HERE / "serve.mjs"), str(workspace)), stdin=pipe, stdout=pipe
    )
    assert serving.stdin is not None and serving.stdout is not None
    try:
        async with asyncio.timeout(60):
            address = (await serving.stdout.readline()).decode().strip()
        assert address, "emulate ended before it was ready"
        # It listens on IPv4 only, whatever "localhost" is here.
        yield address.replace("localhost", "127.0.0.1") + "/api/", serving.stdin
    finally:
        serving.kill()
        await serving.wait()


async def test_the_story_on_our_twin(tmp_path: Path) -> None:
    async with http_world(f"sqlite:///{tmp_path}/signalbox.sqlite") as world, aiohttp.ClientSession() as web:
        await tell(OurTwin(web, world))

        assert not any(receipt.failed for receipt in await at_rest(world.bot))


@pytest.mark.node
async def test_the_story_on_a_slack_that_others_wrote(tmp_path: Path) -> None:
    def now() -> datetime:
        return datetime.now(UTC)

    async with emulate(tmp_path) as (api_url, events), aiohttp.ClientSession() as web:
        database = f"sqlite:///{tmp_path}/signalbox.sqlite"
        async with http_bot(api_url, _TOKEN, _SECRET, database, now) as (bot, sender):
            events.write(f"{sender.url}\n".encode())
            await events.drain()
            await tell(Emulate(web, api_url, bot, sender))

            assert not any(receipt.failed for receipt in await at_rest(bot))
