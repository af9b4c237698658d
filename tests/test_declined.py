"""What Slack declines: it costs as little as possible, and the engine can keep it."""

from __future__ import annotations

import pickle
from datetime import timedelta

from structlog.testing import capture_logs

from agents.words import DraftStatus, Status
from handlers.errors import Declined
from storage.tables import Draft, Receipt
from tests.faults import answered
from tests.test_restart import minutes, quiet
from tests.test_triage import ASKED
from tests.world import World, buttons_of, links_of, text_of


def test_a_no_of_slacks_survives_being_kept() -> None:
    wrong = pickle.loads(pickle.dumps(Declined("users_info", "user_not_found")))

    assert wrong.code == "user_not_found"
    assert str(wrong) == "slack users_info: user_not_found"


async def test_the_log_says_what_slack_declined(world: World) -> None:
    world.twin.faults.add("chat.postMessage", "error", error="msg_too_long", times=1)
    with capture_logs() as logs:
        await world.person("greta").post("#customer-support", ASKED)
        await world.settle()

    [failure] = [line for line in logs if line["event"] == "delivery failed"]
    assert isinstance(failure["exc_info"], Declined)
    assert failure["exc_info"].code == "msg_too_long"


async def test_a_message_whose_card_slack_refuses_is_shown_to_people_and_its_thread_goes_on(
    world: World,
) -> None:
    refused = world.twin.faults.add("chat.postMessage", "error", error="msg_too_long", times=1)
    ts = await world.person("greta").post("#customer-support", ASKED)
    await world.settle()

    assert refused.hits == 1
    [receipt] = await world.rows(Receipt)
    [told] = await world.twin.until(lambda: world.cards("front-desk"))
    assert receipt.failed and receipt.failed in text_of(told)
    assert f"p{ts.replace('.', '')}" in str(links_of(told))
    # Nobody has answered her, and everything that is known of her request is kept.
    assert (world.cards("team-billing"), world.thread("customer-support", ts)) == ([], [])
    assert (await world.ticket()).status == Status.ROUTED

    await world.person("greta").post("#customer-support", "It is about September, and it is urgent.", ts)
    await world.settle()

    [card] = world.cards("team-billing")
    assert ASKED in text_of(card)
    assert "approve_draft" in buttons_of(card)
    assert [one.failed for one in await world.rows(Receipt)] == [receipt.failed, ""]


async def test_whoever_pressed_what_slack_refuses_gets_a_reference_and_it_is_done_later(world: World) -> None:
    ts = await world.person("greta").post("#customer-support", ASKED)
    await world.settle()
    marek = world.person("marek")
    world.twin.faults.add("chat.postMessage", "error", error="msg_too_long", times=1)

    await marek.click(await world.card_of(), "approve_draft")
    await world.settle()

    [failed] = [receipt for receipt in await world.rows(Receipt) if receipt.failed]
    [told] = await world.twin.until(lambda: marek.whispers("#team-billing"))
    assert failed.failed in text_of(told)
    assert "msg_too_long" not in str(told)
    assert len(world.thread("customer-support", ts)) == 1

    world.clock.advance(timedelta(minutes=3))
    slot = world.clock.now().isoformat()
    await world.bot.engine.perform("sweep", f"sweep:{slot}", slot)
    [draft] = await world.rows(Draft)
    await world.bot.engine.perform("deliver", f"deliver:{draft.id}:{slot}", draft.id)  # which it began

    assert len(world.thread("customer-support", ts)) == 2
    [sent] = await world.rows(Draft)
    assert (sent.status, sent.decided_by) == (DraftStatus.SENT, marek.id)


async def test_a_requester_whom_slack_does_not_show_us_is_a_stranger_and_is_served(world: World) -> None:
    world.twin.faults.add("users.info", "error", error="user_not_visible", times=0)
    ts = world.twin.ws.ts()
    said = {
        "type": "message",
        "channel": world.twin.channel("customer-support").id,
        "channel_type": "channel",
    }
    event = {**said, "user": "U0UNSEEN", "text": ASKED, "ts": ts, "event_ts": ts}
    world.twin.ws.courier.send_event(
        {"type": "event_callback", "team_id": "T1", "event_id": "Ev0UNSEEN", "event": event}
    )
    await world.settle()

    assert [receipt.failed for receipt in await world.rows(Receipt)] == [""]
    [card] = world.cards("team-billing")
    assert "someone" in text_of(card)
    assert (await world.ticket()).status == Status.ROUTED


async def test_a_reply_that_slack_refused_is_tried_again_each_hour_and_not_each_minute(world: World) -> None:
    asked, marek = await answered(world), world.person("marek")
    refused = world.twin.faults.add(
        "chat.postMessage", "error", error="invalid_blocks", channel="#customer-support", times=0
    )
    await marek.click(await asked.card(), "approve_draft")
    await world.settle()
    await quiet(world)
    assert "reference" in text_of(marek.whispers("#team-billing")[-1])

    await minutes(world, 10)
    assert refused.hits == 2  # when it was approved, and when the sweep found it unsent

    world.twin.faults.clear()
    world.clock.advance(timedelta(hours=1))
    await minutes(world)

    assert len(asked.lines()) == 2
    assert "Sent, approved by" in text_of(await asked.card())
