"""Account health from the data to the cards: what is posted, once, and what a press on a button does."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import tidying
from handlers import health
from handlers.cards import health as cards
from handlers.errors import Refusal
from sources.accounts_csv import CsvAccounts
from storage import alerts
from storage.alerts import Verdict
from storage.reviews import Alert
from storage.tables import Decision, Post
from tests.flows import Crash, Straight
from tests.world import World, buttons_of, text_of

CHANNEL = "customer-health"
DROPS = ["acc-1002", "acc-1003", "acc-1011", "acc-1041", "acc-1042", "acc-1043", "acc-1044", "acc-1045"]
UNPAID = ["acc-1012", "acc-1061", "acc-1062"]
SLOW = ["acc-1029"]
PAYS_NOTHING = "acc-1044"


async def scanned(world: World, slot: str) -> list[dict[str, Any]]:
    """Run a scan and return what it posted."""
    before = len(world.cards(CHANNEL))
    await health.scan(world.bot.desk, Straight(), slot)
    return world.cards(CHANNEL)[before:]


async def test_the_planted_stories_alert_and_the_harmless_ones_do_not(world: World) -> None:
    found = await health.current(world.bot.desk)
    by_kind: dict[str, list[str]] = {}
    for signal in found:
        by_kind.setdefault(signal.kind.value, []).append(signal.account_id)
    assert {kind: sorted(accounts) for kind, accounts in by_kind.items()} == {
        "usage_drop": DROPS,
        "failed_payments": UNPAID,
        "renewal_decline": SLOW,
    }
    assert found[0].account_id == "acc-1002" and found[-1].account_id == PAYS_NOTHING


async def test_the_five_worst_are_posted_first_and_the_rest_is_named(any_world: World) -> None:
    total = len(DROPS + UNPAID + SLOW)
    found = [signal.account for signal in await health.current(any_world.bot.desk)]
    first = await scanned(any_world, "monday")
    posted, line = first[:-1], first[-1]
    assert len(posted) == health.MOST == 5
    assert text_of(posted[0]).startswith("Meridian Pharma Supply: usage is down")
    assert (
        f"{total - health.MOST} more alerts wait for the next run: {', '.join(found[health.MOST :])}."
        in text_of(line)
    )
    second = await scanned(any_world, "tuesday")
    assert f"2 more alerts wait for the next run: {', '.join(found[-2:])}." in text_of(second[-1])
    third = await scanned(any_world, "wednesday")
    assert len(third) == 2 and "Pebble Candle" in text_of(third[-1])
    assert await scanned(any_world, "thursday") == []
    assert len(await any_world.rows(Alert)) == total


async def test_an_alert_names_owner_evidence_deadline_and_play(world: World) -> None:
    card = (await scanned(world, "monday"))[0]
    said = text_of(card)
    assert f"<@{world.person('rafael').id}>" in said
    assert "Shipments down 53%: 6,788 in 14 days, usually about 14,379. Renews 31 Dec (37 days)." in said
    assert "Usage from 6 Nov 2026 to 19 Nov 2026" in said
    assert "*act <!date^" in said and "^by {date_short_pretty} at {time}|" in said
    assert "Call the main contact" in said
    assert buttons_of(card) == ["ack_alert", "dismiss_alert"]


@pytest.mark.parametrize("step", ["find", "alert 1", "alert 5", "name the rest"])
async def test_a_crash_at_any_step_neither_loses_nor_doubles_an_alert(world: World, step: str) -> None:
    run = Straight(dies_after=step)
    with pytest.raises(Crash):
        await health.scan(world.bot.desk, run, "monday")
    await health.scan(world.bot.desk, run, "monday")
    posted = [text_of(card) for card in world.cards(CHANNEL)]
    assert len(posted) == health.MOST + 1 == len(set(posted))


async def test_a_flow_that_never_came_back_leaves_nothing_behind_unposted(world: World) -> None:
    with pytest.raises(Crash):
        await health.scan(world.bot.desk, Straight(dies_after="find"), "monday")
    assert world.cards(CHANNEL) == []
    assert len(await scanned(world, "tuesday")) == health.MOST + 1


async def test_the_first_to_press_decides_and_the_card_says_who(world: World) -> None:
    card = (await scanned(world, "monday"))[0]
    await world.person("rafael").click(card, "ack_alert")
    await world.settle()
    shown = world.cards(CHANNEL)[0]
    assert buttons_of(shown) == []
    assert f":eyes: Acknowledged by <@{world.person('rafael').id}>" in text_of(shown)
    await world.person("david").click(card, "dismiss_alert")
    await world.settle()
    assert "Rafael Torres has already acknowledged this alert" in text_of(
        world.person("david").whispers(f"#{CHANNEL}")[-1]
    )
    verdicts = [row.answer["said"] for row in await world.rows(Decision) if row.kind == "health verdict"]
    assert verdicts == ["acknowledged"]


async def test_a_verdict_whose_step_runs_again_is_neither_refused_nor_doubled(any_world: World) -> None:
    world = any_world
    card = (await scanned(world, "monday"))[0]
    body = {
        "user": {"id": world.person("david").id},
        "container": {"channel_id": world.twin.channel(CHANNEL).id, "message_ts": card["ts"]},
    }
    run, desk = Straight(dies_after="verdict"), world.bot.desk
    with pytest.raises(Crash):
        await health.on_acknowledge(body, {"value": "1"}, desk, run)
    # Whoever has left the team since has said what they said.
    later = replace(desk, policy=desk.policy.model_copy(update={"queues": {}, "routes": ()}))
    await health.on_acknowledge(body, {"value": "1"}, later, run)
    assert len([row for row in await world.rows(Decision) if row.kind == "health verdict"]) == 1
    assert ":eyes: Acknowledged by" in text_of(world.cards(CHANNEL)[0])


async def test_a_second_press_by_the_same_person_is_not_refused(world: World) -> None:
    card = (await scanned(world, "monday"))[0]
    for _ in range(2):
        await world.person("rafael").click(card, "ack_alert")
    await world.settle()
    assert world.person("rafael").whispers(f"#{CHANNEL}") == []


async def test_a_card_decided_after_its_deadline_says_when_that_was(world: World) -> None:
    card = (await scanned(world, "monday"))[0]
    world.clock.advance(timedelta(days=7))
    await world.person("rafael").click(card, "ack_alert")
    await world.settle()
    said = text_of(world.cards(CHANNEL)[0])
    assert "*action <!date^" in said and "^was due {date_short_pretty} at {time}|" in said


async def test_of_three_verdicts_at_once_one_counts(any_world: World) -> None:
    await scanned(any_world, "monday")
    db, now = any_world.bot.db, any_world.clock.now()

    async def press(said: str, by: str) -> Verdict | None:
        async with db.begin() as session:
            return await alerts.give_verdict(session, 1, said, by, now)

    answers = await asyncio.gather(
        press("acknowledged", "U1"), press("dismissed", "U2"), press("acknowledged", "U3")
    )
    (kept,) = [row for row in await any_world.rows(Decision) if row.kind == "health verdict"]
    assert [answer is None for answer in answers].count(True) == 1
    assert {answer.by for answer in answers if answer} == {kept.answer["by"]}


async def test_who_is_not_staff_may_not_decide(world: World) -> None:
    card = (await scanned(world, "monday"))[0]
    with pytest.raises(Refusal, match="Only the account's owner"):
        async with world.bot.db.begin() as session:
            await health._give_verdict(world.bot.desk, session, 1, "dismissed", world.person("paulo").id)
    assert buttons_of(card) == ["ack_alert", "dismiss_alert"]


async def test_each_signal_is_kept_as_a_decision_with_its_evidence(world: World) -> None:
    await scanned(world, "monday")
    kept = [row for row in await world.rows(Decision) if row.kind == "health"]
    assert len(kept) == health.MOST
    assert all(row.because and row.engine == "rules" and row.dollars == 0 for row in kept)


async def test_data_that_cannot_be_read_is_said_in_the_channel(world: World, tmp_path: Path) -> None:
    world.bot.desk = replace(world.bot.desk, accounts=CsvAccounts(tmp_path))
    (line,) = await scanned(world, "monday")
    assert "Account health was not checked: accounts.csv is not there." in text_of(line)


async def test_the_same_decline_is_not_brought_up_again_a_week_later(world: World) -> None:
    await scanned(world, "monday")
    for slot in ("tuesday", "wednesday"):
        await scanned(world, slot)
    world.clock.advance(timedelta(days=7))
    assert await scanned(world, "next monday") == []


async def test_what_was_told_a_month_ago_is_not_told_again_by_the_nightly_tidying(any_world: World) -> None:
    world = any_world
    told = [text_of(card).partition(":")[0] for card in await scanned(world, "monday")][:-1]
    world.clock.advance(timedelta(days=31))
    await tidying.tidy(world.bot.desk, Straight(), "night")

    async with world.bot.db.begin() as session:
        assert (await alerts.claim(session, [], health.MOST, world.clock.now())).ids == ()
    await scanned(world, "a month later")
    said = [text_of(card).partition(":")[0] for card in world.cards(CHANNEL)]
    assert [said.count(account) for account in told] == [1] * health.MOST


async def test_an_alert_is_forgotten_with_its_post(world: World) -> None:
    await scanned(world, "monday")
    assert [post for post in await world.rows(Post) if post.key.startswith("alert:")]
    world.clock.advance(timedelta(days=401))
    for night in ("first", "second"):
        await tidying.tidy(world.bot.desk, Straight(), night)

    assert await world.rows(Alert) == []
    assert [post for post in await world.rows(Post) if post.key.startswith("alert:")] == []


def test_the_line_for_the_rest_names_an_account_once_and_stays_readable() -> None:
    text, _ = cards.rest_line(["Larch & Sons", "Larch & Sons"])
    assert text.startswith("2 more alerts wait for the next run: Larch &amp; Sons. See")
    text, _ = cards.rest_line([f"Account {n}" for n in range(300)])
    assert "Account 19 and others. See" in text and "Account 20" not in text
    assert cards.rest_line(["Larch"])[0].startswith("1 more alert waits for the next run: Larch.")
