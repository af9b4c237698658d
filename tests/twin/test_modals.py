"""Modals and the Home, with a real Bolt app: opened, filled, refused, stacked and closed."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from tests.twin.bolt import Bot, card
from tests.twin.conftest import StoppedClock
from tests.twin.forms import ask, modal, plain, section, typing
from twin.server import Twin
from twin.words import Refused


async def test_a_click_opens_a_modal_that_is_filled_and_sent(twin: Twin, bot: Bot) -> None:
    ana = twin.person("ana")
    await ana.click(await card(twin), "open")
    view = await ana.modal()
    assert view["title"]["text"] == "A form"
    assert await ana.submit({}) == {"words": "Please complete this required field."}
    assert await ana.submit({"said": "x" * 11}) == {"words": "Must be at most 10 characters."}
    assert await ana.submit({"said": "hello", "colour": "green", "people": ["ben", "gil"]}) == {}
    assert ana.views() == []
    values = bot.last("view_submission")["view"]["state"]["values"]
    assert values["words"]["said"] == {"type": "plain_text_input", "value": "hello"}
    assert values["colour"]["colour"]["selected_option"]["value"] == "green"
    chosen = values["people"]["people"]["selected_users"]
    assert chosen == [twin.person("ben").id, twin.person("gil").id]


async def test_errors_of_the_app_keep_the_modal_open(twin: Twin, bot: Bot) -> None:
    ana = twin.person("ana")
    await ana.click(await card(twin), "open")
    await ana.modal()
    bot.submission = {"response_action": "errors", "errors": {"words": "Not that word."}}
    assert await ana.submit({"words": "no"}) == {"words": "Not that word."}
    assert len(ana.views()) == 1
    bot.submission = {"response_action": "errors", "errors": {"nowhere": "?"}}
    with pytest.raises(Refused, match="trouble connecting"):
        await ana.submit({"words": "no"})


async def test_a_submission_may_update_push_or_clear(twin: Twin, bot: Bot) -> None:
    ana = twin.person("ana")
    await ana.click(await card(twin), "open")
    await ana.modal()
    bot.submission = {"response_action": "push", "view": modal(section(), callback_id="second")}
    await ana.submit({"words": "a"})
    assert [one["callback_id"] for one in ana.views()] == ["form", "second"]
    bot.submission = {"response_action": "update", "view": modal(section(), title=plain("Done"))}
    await ana.submit()
    assert [one["title"]["text"] for one in ana.views()] == ["A form", "Done"]
    bot.submission = {"response_action": "clear"}
    await ana.submit()
    assert ana.views() == []
    await twin.idle()
    assert bot.last("view_closed")["is_cleared"] is True


async def test_modals_stack_three_deep_and_close_one_by_one(twin: Twin, bot: Bot) -> None:
    ana = twin.person("ana")
    await ana.click(await card(twin), "open")
    first = await ana.modal()
    await ana.choose(first, "colour", "red")  # an input: nothing is sent, the choice stays
    await ana.click(first, "deeper")
    await twin.until(lambda: len(ana.views()) == 2)
    second = ana.views()[-1]
    assert (second["previous_view_id"], second["root_view_id"]) == (first["id"], first["id"])
    assert (
        bot.last("block_actions")["view"]["state"]["values"]["colour"]["colour"]["selected_option"]["value"]
        == "red"
    )
    await ana.close()
    await ana.close()
    assert ana.views() == []
    await twin.idle()
    assert bot.last("view_closed")["view"]["id"] == first["id"]
    with pytest.raises(Refused, match="No modal is open"):
        await ana.close()


async def test_a_trigger_is_good_for_three_seconds_and_one_modal(
    twin: Twin, bot: Bot, clock: StoppedClock
) -> None:
    ana = twin.person("ana")
    message = await card(twin)
    view = modal(section(), submit=None)

    async def refusal(trigger_id: str) -> str:
        with pytest.raises(SlackApiError) as problem:
            await bot.web.views_open(trigger_id=trigger_id, view=view)
        return str(problem.value.response["error"])

    await ana.click(message, "open_too")
    await twin.idle()
    trigger = bot.last("block_actions")["trigger_id"]
    await bot.web.views_open(trigger_id=trigger, view=view)
    assert await refusal(trigger) == "exchanged_trigger_id"
    assert await refusal("1.2.x") == "invalid_trigger_id"
    await ana.click(message, "open_too")
    await twin.idle()
    clock.forward(seconds=3.5)
    assert await refusal(bot.last("block_actions")["trigger_id"]) == "expired_trigger_id"


async def test_views_are_refused_as_slack_refuses_them(twin: Twin, bot: Bot) -> None:
    ana = twin.person("ana")
    await ana.click(await card(twin), "open")
    view = await ana.modal()

    async def refusal(call: Any) -> str:
        with pytest.raises(SlackApiError) as problem:
            await call
        return str(problem.value.response["error"])

    new = modal(section(), callback_id="form")
    assert await refusal(bot.web.views_update(view_id=view["id"], view=new, hash="old")) == "hash_conflict"
    assert await refusal(bot.web.views_update(view_id="V0", view=new)) == "not_found"
    assert await refusal(bot.web.views_update(view_id=view["id"], view=modal(title=plain("x" * 25)))) == (
        "invalid_arguments"
    )
    huge = modal(*[section("x" * 3000)] * 90)
    assert await refusal(bot.web.views_update(view_id=view["id"], view=huge)) == "view_too_large"
    await bot.web.views_update(view_id=view["id"], view=new, hash=view["hash"])
    assert ana.views()[0]["blocks"][0]["type"] == "section"
    assert await refusal(bot.web.views_publish(user_id=ana.id, view=new)) == "invalid_arguments"


async def test_no_more_than_three_modals_stack(twin: Twin, bot: Bot) -> None:
    ana = twin.person("ana")
    await ana.click(await card(twin), "open")
    await ana.modal()
    for _ in range(2):
        bot.submission = {"response_action": "push", "view": modal(ask("words", typing("said")))}
        assert await ana.submit({"words": "a"}) == {}
    with pytest.raises(Refused, match="push_limit_reached"):
        await ana.submit({"words": "a"})
    assert len(ana.views()) == 3


async def test_the_home_is_what_the_app_publishes(twin: Twin, bot: Bot) -> None:
    ana = twin.person("ana")
    first = await ana.home()
    assert first["blocks"][0]["text"]["text"] == "Welcome"
    again = await ana.home()
    assert again["id"] == first["id"] and again["hash"] != first["hash"]
    assert "view" in bot.last("event_callback")["event"]
    await ana.click(again, "home_button")
    await twin.idle()
    told = bot.last("block_actions")
    assert told["container"] == {"type": "view", "view_id": first["id"]}
    with pytest.raises(Refused, match="not open"):
        await twin.person("ben").click(again, "home_button")
