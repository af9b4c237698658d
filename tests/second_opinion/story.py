"""One request from its post to its end, told of any Slack: nothing of the twin is used."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

import aiohttp

from tests.test_triage import ASKED
from tests.world import buttons_of, text_of

Json = dict[str, Any]
T = TypeVar("T")
_WITHIN = 20.0  # seconds until something has to be seen


class Slack(Protocol):
    """What the story needs of a Slack."""

    async def post(self, person: str, channel: str, text: str, thread_ts: str = "") -> str:
        """Post as this person and return the message's ts."""
        ...

    async def direct(self, person: str, text: str) -> str:
        """Write to the app alone as this person, and return that conversation's id."""
        ...

    async def channel(self, name: str) -> list[Json]:
        """Return a channel's own messages, oldest first."""
        ...

    async def conversation(self, id: str) -> list[Json]:
        """Return the messages of a channel by its id, oldest first."""
        ...

    async def thread(self, channel: str, ts: str) -> list[Json]:
        """Return a thread's replies, oldest first."""
        ...

    async def press(self, person: str, channel: str, message: Json, action_id: str) -> None:
        """Press a button on a message as this person."""
        ...

    async def settle(self) -> None:
        """Wait until the bot has done everything that came of it."""
        ...


class Reader:
    """Reads what a Slack shows, by its Web API, as the app."""

    def __init__(self, web: aiohttp.ClientSession, api_url: str, token: str) -> None:
        self.web = web
        self.api_url = api_url
        self.token = token

    async def call(self, method: str, token: str = "", **args: str) -> Json:
        """Call a method; what Slack declines is an error of the test."""
        headers = {"Authorization": f"Bearer {token or self.token}"}
        async with self.web.post(self.api_url + method, data=args, headers=headers) as said:
            answer: Json = await said.json()
        assert answer["ok"], f"{method}: {answer}"
        return answer

    async def channel_id(self, name: str) -> str:
        """Return a channel's id."""
        types = "public_channel,private_channel"
        found = await self.call("conversations.list", limit="200", types=types)
        return str(next(channel["id"] for channel in found["channels"] if channel["name"] == name))

    async def channel(self, name: str) -> list[Json]:
        """Return a channel's own messages, oldest first."""
        return await self.conversation(await self.channel_id(name))

    async def conversation(self, id: str) -> list[Json]:
        """Return the messages of a channel by its id, oldest first."""
        found = await self.call("conversations.history", channel=id, limit="100")
        shown: list[Json] = [m for m in found["messages"] if m.get("thread_ts", m["ts"]) == m["ts"]]
        return sorted(shown, key=lambda message: str(message["ts"]))

    async def thread(self, channel: str, ts: str) -> list[Json]:
        """Return a thread's replies, oldest first."""
        found = await self.call("conversations.replies", channel=await self.channel_id(channel), ts=ts)
        return [message for message in found["messages"] if message["ts"] != ts]


async def eventually(look: Callable[[], Awaitable[T | None]]) -> T:
    """Return what is there in the end. Raises TimeoutError."""
    async with asyncio.timeout(_WITHIN):
        while True:
            if found := await look():
                return found
            await asyncio.sleep(0.02)


async def tell(slack: Slack) -> None:
    """Ask where to ask, post a request, approve its draft, be too late with a second press, and say thanks."""
    place = await slack.direct("greta", "Hello, can you help me?")

    async def pointed() -> list[Json]:
        return [message for message in await slack.conversation(place) if "Post there" in text_of(message)]

    await eventually(pointed)

    ts = await slack.post("greta", "customer-support", ASKED)

    async def card_with(action_id: str) -> Json | None:
        cards = [message for message in await slack.channel("team-billing") if message.get("blocks")]
        return cards[0] if cards and action_id in buttons_of(cards[0]) else None

    async def replies(number: int) -> list[Json] | None:
        found = await slack.thread("customer-support", ts)
        return found if len(found) >= number else None

    card = await eventually(lambda: card_with("approve_draft"))
    assert "Greta Lindqvist" in text_of(card)
    [posted] = [message for message in await slack.channel("customer-support") if message["ts"] == ts]
    assert [reaction["name"] for reaction in posted["reactions"]] == ["eyes"]
    [line] = await eventually(lambda: replies(1))
    assert "Billing" in text_of(line)

    await slack.press("marek", "team-billing", card, "approve_draft")
    _, reply = await eventually(lambda: replies(2))
    assert "Marek Dvorak" in text_of(reply)
    await slack.press("ana", "team-billing", card, "approve_draft")
    await slack.post("greta", "customer-support", "Great, thank you!", ts)
    await slack.settle()

    [shown] = await slack.channel("team-billing")
    assert "Resolved by" in text_of(shown)
    assert "approve_draft" not in buttons_of(shown)
    assert len(await slack.thread("customer-support", ts)) == 3
    assert len(await pointed()) == 1
