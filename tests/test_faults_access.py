"""Slack shuts a door: a token is revoked, a channel archived, the bot thrown out, a message deleted. People see what
happened to their request where they can, and whatever can be done later is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from agents.words import DraftStatus, Status
from storage.tables import Draft
from tests.faults import answered, ask, failures
from tests.test_restart import minutes
from tests.world import World, buttons_of, text_of
from twin.people import deeds

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("error", ["token_revoked", "account_inactive", "invalid_auth"])
async def test_what_is_asked_while_the_token_is_revoked_is_kept_and_done_when_it_is_renewed(
    world: World, error: str
) -> None:
    revoked = world.twin.faults.add("*", "error", error=error, times=0)
    asked = await ask(world)
    await world.twin.until(lambda: revoked.hits >= 2)
    assert world.cards("team-billing") == []

    world.twin.faults.clear()
    await world.settle()

    await asked.card()
    assert len(asked.lines()) == 1
    assert await failures(world) == []


async def test_a_new_token_after_a_restart_finishes_what_was_begun_with_the_old_one(world: World) -> None:
    revoked = world.twin.faults.add("*", "error", error="token_revoked", times=0)
    asked = await ask(world)
    await world.twin.until(lambda: revoked.hits >= 2)

    await world.bot.stop()
    world.twin.faults.clear()
    await world.restart()
    await world.settle()

    await asked.card()
    assert len(asked.lines()) == 1


async def test_a_person_whom_slack_fails_to_describe_is_waited_for(world: World) -> None:
    world.bot.desk.directory._people.clear()
    fault = world.twin.faults.add("users.info", "http500", times=2)

    asked = await answered(world)

    assert fault.hits == 2
    assert "Greta" in text_of(await asked.card())


async def test_the_card_of_an_archived_team_channel_goes_where_people_place_things(world: World) -> None:
    asked = await answered(world)
    await world.person("ana").archive("#team-billing")
    world.twin.faults.add("chat.update", "error", error="is_inactive", channel="#team-billing", times=0)

    said = "and the one from August, please?"
    await world.person("greta").post("#customer-support", said, thread_ts=asked.ts)
    await world.settle()

    [card] = world.cards("front-desk")
    assert "team-billing" in text_of(card)
    assert "approve_draft" in buttons_of(card)
    ticket = await asked.ticket()
    assert ticket.card_ts == card["ts"]
    await world.person("marek").click(card, "approve_draft")
    await world.settle()
    assert (await asked.ticket()).status == Status.ANSWERED
    assert await failures(world) == []


async def test_the_card_of_a_channel_that_threw_us_out_goes_where_people_place_things(world: World) -> None:
    asked = await answered(world)
    deeds.leave(world.twin.ws, world.bot.slack.bot_user, world.twin.channel("team-billing"))
    world.twin.faults.add("chat.update", "error", error="not_in_channel", channel="#team-billing", times=0)

    await world.person("greta").edit("#customer-support", asked.ts, "Where is the invoice of August?")
    await world.settle()

    [card] = world.cards("front-desk")
    assert "Where is the invoice of August?" in text_of(card)
    assert await failures(world) == []


@pytest.mark.parametrize("how", ["archived", "thrown out"])
async def test_a_reply_into_a_channel_that_is_closed_to_us_is_not_sent_and_the_approver_is_told(
    world: World, how: str
) -> None:
    asked = await answered(world)
    if how == "archived":
        await world.person("ana").archive("#customer-support")
    else:
        deeds.leave(world.twin.ws, world.bot.slack.bot_user, world.twin.channel("customer-support"))
    marek = world.person("marek")

    await marek.click(await asked.card(), "approve_draft")
    await world.settle()
    world.clock.advance(timedelta(minutes=3))
    await minutes(world, 2)

    assert "was not sent" in text_of(marek.whispers("#team-billing")[-1])
    [draft] = await world.rows(Draft)
    assert draft.status == DraftStatus.PROPOSED
    assert (await asked.ticket()).status == Status.ROUTED
    assert len(asked.lines()) == 1
    assert await failures(world) == []


async def test_a_request_whose_channel_is_archived_before_its_line_still_has_its_card(world: World) -> None:
    held = world.twin.faults.add("reactions.add", "hang")
    asked = await ask(world)
    await world.twin.until(lambda: held.hits == 1)
    await world.person("ana").archive("#customer-support")
    held.release()
    await world.settle()

    await asked.card()
    assert await failures(world) == []


async def test_a_request_that_is_deleted_while_it_is_worked_on_is_withdrawn(world: World) -> None:
    held = world.twin.faults.add("reactions.add", "hang")
    asked = await ask(world)
    await world.twin.until(lambda: held.hits == 1)
    await world.person("greta").delete("#customer-support", asked.ts)
    held.release()
    await world.settle()

    assert (await asked.ticket()).status == Status.WITHDRAWN
    assert buttons_of(await asked.card()) == []
    assert await failures(world) == []
