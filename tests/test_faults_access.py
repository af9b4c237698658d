"""Slack shuts a door: a token is revoked, a channel archived, the bot thrown out, a message deleted. People see what
happened to their request where they can, and whatever can be done later is."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from agents.words import DraftStatus, Status
from handlers import replies, sla
from storage.tables import Draft, TicketEvent
from tests.faults import answered, ask, failures
from tests.flows import Crash, Straight
from tests.process import host
from tests.test_drift_kill import dead, dies_at
from tests.test_restart import minutes, one_card
from tests.test_triage import ASKED
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


async def pressed(world: World, run: Straight) -> None:
    """Let Marek approve the draft, in a flow of the test's own."""
    [draft] = await world.rows(Draft)
    body = {"user": {"id": world.person("marek").id}}
    await replies.on_approve(body, {"value": str(draft.id)}, world.bot.desk, run)


async def said_so(world: World) -> int:
    """Return how often the history says that a reply was not sent."""
    return [event.what for event in await world.rows(TicketEvent)].count("reply not sent")


async def test_a_reply_that_was_not_sent_is_a_draft_on_its_card_although_the_process_died_before_it_said_so(
    world: World,
) -> None:
    asked = await answered(world)
    await world.person("ana").archive("#customer-support")
    with pytest.raises(Crash):
        await pressed(world, Straight(dies_after="show"))
    assert "approve_draft" not in buttons_of(await asked.card())
    run = Straight(dies_after="send")
    with pytest.raises(Crash):
        await sla.deliver(world.bot.desk, run, 1)

    await sla.deliver(world.bot.desk, run, 1)

    assert "approve_draft" in buttons_of(await asked.card())
    assert await said_so(world) == 1


async def test_a_reply_that_two_flows_may_not_post_is_taken_back_once(world: World) -> None:
    asked = await answered(world)
    with pytest.raises(Crash):
        await pressed(world, Straight(dies_after="show"))
    shut = world.twin.faults.add("chat.postMessage", "error", error="not_in_channel", times=2)

    await asyncio.gather(*(sla.deliver(world.bot.desk, Straight(), 1) for _ in range(2)))

    assert shut.hits == 2
    assert "approve_draft" in buttons_of(await asked.card())
    assert await said_so(world) == 1


@pytest.mark.process
async def test_an_approver_is_told_that_a_reply_was_not_sent_although_the_process_died_before_it_said_so(
    tmp_path: Path,
) -> None:
    async with host(tmp_path / "bot", f"sqlite:///{tmp_path}/signalbox.sqlite") as hosted:
        await dies_at(hosted, "handlers.sending._take_back+2: rows: after")
        ts = await hosted.twin.person("greta").post("#customer-support", ASKED)
        await hosted.settle()
        await hosted.twin.person("ana").archive("#customer-support")
        marek = hosted.twin.person("marek")
        await marek.click(await one_card(hosted, ts), "approve_draft")
        await dead(hosted)

        hosted.launcher.env = {**hosted.launcher.env, "SIGNALBOX_DIE_AT": ""}
        await hosted.start()
        await hosted.settle()

        [told] = marek.whispers("#team-billing")
        assert "was not sent" in text_of(told)
        assert "approve_draft" in buttons_of(await one_card(hosted, ts))
        async with hosted.db.begin() as session:
            [draft] = (await session.exec(select(Draft))).all()
            events = (await session.exec(select(TicketEvent.what))).all()
        assert draft.status == DraftStatus.PROPOSED
        assert list(events).count("reply not sent") == 1


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
