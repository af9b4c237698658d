"""Posts to a person: told once, also when Slack swallowed the answer to the first try."""

from __future__ import annotations

import pytest

from handlers.errors import Unavailable
from tests.world import World


async def test_a_post_to_a_person_whose_answer_was_lost_is_found_again(world: World) -> None:
    ana = world.person("ana").id
    world.twin.faults.add("chat.postMessage", "drop_answer")
    with pytest.raises(Unavailable):
        await world.bot.slack.post("tell:1", ana, "Somebody else was faster.")

    await world.bot.slack.post("tell:1", ana, "Somebody else was faster.")

    assert [message["text"] for message in world.direct("ana")] == ["Somebody else was faster."]


async def test_a_post_to_a_person_that_never_reached_slack_is_made(world: World) -> None:
    ana = world.person("ana").id
    world.twin.faults.add("chat.postMessage", "http500")
    with pytest.raises(Unavailable):
        await world.bot.slack.post("tell:1", ana, "Somebody else was faster.")

    await world.bot.slack.post("tell:1", ana, "Somebody else was faster.")

    assert [message["text"] for message in world.direct("ana")] == ["Somebody else was faster."]
