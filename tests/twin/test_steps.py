"""Workflow steps with a real Bolt app: started by a person, completed or failed by the app, clicked on meanwhile."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.twin.bolt import Bot
from tests.twin.forms import actions, button, modal, section
from tests.twin.listener import Listener
from twin import functions
from twin.people import show
from twin.server import Twin
from twin.words import Json, Refused


def told(twin: Twin) -> list[str]:
    """Return what Slackbot wrote to ana."""
    both = {twin.person("ana").id, "USLACKBOT"}
    found = [one for one in twin.ws.channels.values() if set(one.members) == both]
    return [one["text"] for channel in found for one in channel.messages]


async def test_a_step_runs_and_tells_its_outcome(twin: Twin, bot: Bot) -> None:
    @bot.app.function("reverse")
    async def on_reverse(inputs: Json, complete: Any, fail: Any) -> None:
        if inputs["word"] == "bad":
            await fail("no mirror")
        else:
            await complete({"turned": inputs["word"][::-1]})

    ana = twin.person("ana")
    await ana.run_function("reverse", word="abc")
    await ana.run_function("reverse", word="bad")
    await twin.until(lambda: len(told(twin)) == 2)
    assert sorted(told(twin)) == [
        "*Reverse* could not be completed: no mirror",
        "*Reverse* is done.\n• turned: cba",
    ]
    with pytest.raises(Refused, match="Word is required"):
        await ana.run_function("reverse")
    with pytest.raises(Refused, match="has no input 'words'"):
        await ana.run_function("reverse", word="x", words="y")
    with pytest.raises(Refused, match="no step 'turn', only: reverse"):
        await ana.run_function("turn")
    assert show.state(twin.ws, ana.id)["functions"][0]["inputs"][0] == {
        "type": "string",
        "name": "word",
        "title": "Word",
        "is_required": True,
    }


async def test_a_click_on_what_a_step_posted_belongs_to_the_step(twin: Twin, bot: Bot) -> None:
    heard: list[Json] = []

    @bot.app.function("reverse", auto_acknowledge=True)
    async def on_reverse(client: AsyncWebClient) -> None:
        where = twin.channel("#help").id
        await client.chat_postMessage(channel=where, text="turn?", blocks=[actions(button("turn"))])

    @bot.app.action("turn")
    async def on_turn(ack: Any, body: Json, client: AsyncWebClient, inputs: Json) -> None:
        await ack()
        if "interactivity" not in body:
            return
        heard.append({"inputs": inputs, "token": client.token})
        view = modal(section("sure?"), callback_id="sure", notify_on_close=True)
        pointer = body["interactivity"]["interactivity_pointer"]
        await client.api_call("views.open", json={"interactivity_pointer": pointer, "view": view})

    @bot.app.view("sure")
    async def on_sure(ack: Any, complete: Any) -> None:
        await ack()
        await complete({"turned": "cba"})

    ana = twin.person("ana")
    run = await ana.run_function("reverse", word="abc")
    message = await twin.until(
        lambda: next((one for one in twin.channel("#help").messages if one["text"] == "turn?"), None)
    )
    await ana.click(message, "turn")
    await ana.modal()
    await ana.submit()
    await twin.until(lambda: told(twin))
    assert heard[0]["inputs"] == {"word": "abc"} and heard[0]["token"].startswith("xwfp-")
    assert bot.last("view_submission")["function_data"]["execution_id"] == run
    await ana.click(message, "turn")  # the step has ended, and nothing belongs to it any more
    await twin.idle()
    assert "function_data" not in bot.last("block_actions")


async def test_the_token_of_a_step_ends_with_it(twin: Twin, web: AsyncWebClient) -> None:
    ana = twin.person("ana")
    run = twin.ws.executions.get(await ana.run_function("reverse", word="abc"))
    assert run is not None
    its = AsyncWebClient(token=run.token, base_url=twin.api_url)
    assert (await its.auth_test())["user_id"] == twin.bot_user_id

    async def refusal(call: Any) -> str:
        with pytest.raises(SlackApiError) as problem:
            await call
        return str(problem.value.response["error"])

    assert await refusal(its.functions_completeSuccess(function_execution_id=run.id, outputs={})) == (
        "parameter_validation_failed"
    )
    await its.functions_completeSuccess(function_execution_id=run.id, outputs={"turned": "cba"})
    assert await refusal(its.auth_test()) == "invalid_auth"
    assert await refusal(web.functions_completeError(function_execution_id=run.id, error="late")) == (
        "execution_not_in_running_state"
    )
    assert await refusal(web.functions_completeError(function_execution_id="Fx0", error="?")) == (
        "function_execution_not_found"
    )


async def test_a_workflow_button_runs_the_step_and_no_click_is_sent(twin: Twin, web: AsyncWebClient) -> None:
    trigger = {
        "url": "https://slack.com/shortcuts/reverse",
        "customizable_input_parameters": [{"name": "word", "value": "abc"}],
    }
    press = {
        "type": "workflow_button",
        "action_id": "go",
        "text": {"type": "plain_text", "text": "Go"},
        "workflow": {"trigger": trigger},
    }
    await web.chat_postMessage(channel=twin.channel("#help").id, text="x", blocks=[actions(press)])
    listener = await Listener.open(twin)
    await twin.person("ana").click(twin.channel("#help").messages[-1], "go")
    await twin.idle()
    assert {one["type"] for one in listener.envelopes} == {"events_api"}
    assert listener.events[-1]["inputs"] == {"word": "abc"}
    await listener.close()


def test_both_ways_of_writing_parameters_are_read() -> None:
    plain = {"word": {"type": "string", "title": "Word", "is_required": True}}
    nested = {"properties": {"word": {"type": "string", "title": "Word"}}, "required": ["word"]}
    made = [functions.read({"f": {"title": "F", "input_parameters": one}})[0] for one in (plain, nested)]
    assert made[0] == made[1] and made[0].inputs[0].is_required
    with pytest.raises(ValueError, match=r"input_parameters\.word needs a type"):
        functions.read({"f": {"title": "F", "input_parameters": {"word": {}}}})
