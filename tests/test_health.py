"""Account health from the data to the cards: what is posted, once, and what a press on a button does."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from handlers import health
from handlers.errors import Refusal
from sources.accounts_csv import CsvAccounts
from storage import alerts
from storage.alerts import Verdict
from storage.tables import Alert, Decision
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


async def test_the_ten_worst_are_posted_first_and_the_rest_is_counted(any_world: World) -> None:
    total = len(DROPS + UNPAID + SLOW)
    first = await scanned(any_world, "monday")
    posted, line = first[:-1], first[-1]
    assert len(posted) == health.MOST
    assert f"{total - health.MOST} more signals wait" in text_of(line)
    assert text_of(posted[0]).startswith("Meridian Pharma Supply: use has fallen")
    second = await scanned(any_world, "tuesday")
    assert len(second) == total - health.MOST and "Pebble Candle" in text_of(second[-1])
    assert await scanned(any_world, "wednesday") == []
    assert len(await any_world.rows(Alert)) == total


async def test_an_alert_names_owner_evidence_deadline_and_play(world: World) -> None:
    card = (await scanned(world, "monday"))[0]
    said = text_of(card)
    assert f"<@{world.person('rafael').id}>" in said
    assert "Shipments fell by 53%" in said and "Renewal on 31 December 2026" in said
    assert "act by *<!date^" in said
    assert "Call the main contact" in said
    assert buttons_of(card) == ["ack_alert", "dismiss_alert"]


@pytest.mark.parametrize("step", ["find", "alert 1", "alert 10", "say how many more"])
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
    assert "Rafael Torres has already acknowledged this alert." in text_of(
        world.person("david").whispers(f"#{CHANNEL}")[-1]
    )
    verdicts = [row.answer["said"] for row in await world.rows(Decision) if row.kind == "health verdict"]
    assert verdicts == ["acknowledged"]


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
        await health._give_verdict(world.bot.desk, 1, "dismissed", world.person("paulo").id)
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
    await scanned(world, "tuesday")
    world.clock.advance(timedelta(days=7))
    assert await scanned(world, "next monday") == []
