"""Faults and rate limits: what goes wrong on purpose."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from tests.twin.conftest import StoppedClock
from twin.server import Twin


@pytest.fixture
def here(twin: Twin) -> str:
    return twin.channel("#help").id


def texts(twin: Twin) -> list[str]:
    return [one["text"] for one in twin.channel("#help").messages[1:]]


async def test_a_rate_limit_says_how_long_to_wait(twin: Twin, web: AsyncWebClient, here: str) -> None:
    twin.faults.add(method="chat.postMessage", kind="ratelimit", retry_after=7)
    with pytest.raises(SlackApiError) as problem:
        await web.chat_postMessage(channel=here, text="one")
    assert (problem.value.response.status_code, problem.value.response.headers["Retry-After"]) == (429, "7")
    await web.chat_postMessage(channel=here, text="two")
    assert texts(twin) == ["two"]


async def test_the_sdks_rate_limit_handler_gets_through(twin: Twin, web: AsyncWebClient, here: str) -> None:
    web.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=1))
    twin.faults.add("chat.postMessage", "ratelimit", retry_after=0)
    await web.chat_postMessage(channel=here, text="one")
    assert texts(twin) == ["one"]
    assert [one.response["ok"] for one in twin.calls] == [False, True]


async def test_an_error_hits_only_its_method_and_channel(twin: Twin, web: AsyncWebClient, here: str) -> None:
    twin.faults.add("chat.postMessage", "error", channel="#help", error="fatal_error", times=2)
    other = twin.channel("#team-billing").id
    assert (await web.chat_postMessage(channel=other, text="fine"))["ok"]
    assert (await web.reactions_get(channel=here, timestamp=twin.channel("#help").messages[0]["ts"]))["ok"]
    for _ in range(2):
        with pytest.raises(SlackApiError, match="fatal_error"):
            await web.chat_postMessage(channel=here, text="one")
    assert (await web.chat_postMessage(channel=here, text="two"))["ok"]


async def test_a_dropped_answer_was_done_all_the_same(twin: Twin, here: str) -> None:
    web = AsyncWebClient(token=twin.bot_token, base_url=twin.api_url, retry_handlers=[])
    twin.faults.add("chat.postMessage", "drop_answer")
    with pytest.raises((aiohttp.ClientError, ConnectionError)):
        await web.chat_postMessage(channel=here, text="one")
    assert texts(twin) == ["one"]


async def test_a_server_error_does_nothing(twin: Twin, web: AsyncWebClient, here: str) -> None:
    twin.faults.add("*", "http500")
    with pytest.raises(SlackApiError) as problem:
        await web.chat_postMessage(channel=here, text="one")
    assert problem.value.response.status_code == 500
    assert texts(twin) == []


async def test_a_call_that_hangs_goes_on_when_released(twin: Twin, web: AsyncWebClient, here: str) -> None:
    fault = twin.faults.add("chat.postMessage", "hang")
    call = asyncio.create_task(web.chat_postMessage(channel=here, text="one"))
    await twin.until(lambda: fault.hits == 1)
    assert not call.done() and texts(twin) == []
    with pytest.raises(TimeoutError):
        await twin.idle(timeout=0.1)
    fault.release()
    assert (await call)["ok"]
    assert texts(twin) == ["one"]


async def test_limits_allow_a_burst_and_then_one_a_second(
    twin: Twin, web: AsyncWebClient, here: str, clock: StoppedClock
) -> None:
    twin.limits.enabled = True
    for at in range(5):
        await web.chat_postMessage(channel=here, text=f"m{at}")
    with pytest.raises(SlackApiError) as problem:
        await web.chat_postMessage(channel=here, text="too fast")
    assert problem.value.response.headers["Retry-After"] == "1"
    other = twin.channel("#team-billing").id
    assert (await web.chat_postMessage(channel=other, text="another channel"))["ok"]
    clock.forward(seconds=1)
    assert (await web.chat_postMessage(channel=here, text="m5"))["ok"]
    assert texts(twin) == [f"m{at}" for at in range(6)]


async def test_methods_have_their_tiers(twin: Twin, web: AsyncWebClient) -> None:
    twin.limits.enabled = True
    for _ in range(20):
        await web.users_list()
    with pytest.raises(SlackApiError) as problem:
        await web.users_list()
    assert problem.value.response.headers["Retry-After"] == "3"
