"""Account health from the data to the cards: what is posted, once, and what a press on a button does."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from handlers import health
from sources.accounts_csv import CsvAccounts
from storage.tables import Alert, Decision
from tests.flows import Crash, Straight
from tests.world import COMPANY, World, buttons_of, text_of

CHANNEL = "customer-health"
DROPS = ["acc-1002", "acc-1003", "acc-1011", "acc-1041", "acc-1042", "acc-1043", "acc-1044", "acc-1045"]
UNPAID = ["acc-1012", "acc-1061", "acc-1062"]
RENEWAL = ["acc-1029"]


async def scanned(world: World, slot: str) -> list[dict[str, Any]]:
    """Run a scan and return what it posted."""
    before = len(world.cards(CHANNEL))
    await health.scan(world.bot.desk, Straight(), slot)
    return world.cards(CHANNEL)[before:]


async def test_the_planted_stories_alert_and_the_harmless_ones_do_not() -> None:
    source = CsvAccounts(COMPANY / "data")
    from agents.health import newest_day, signals
    from bot.policy import load
    from tests.world import TUESDAY

    policy = load(COMPANY / "signalbox.toml")
    cadence = policy.cadences.account_health
    assert cadence is not None
    records = await source.records()
    as_of = newest_day(records)
    assert as_of is not None
    found = signals(records, as_of, cadence, lambda owner: policy.hours["office"], TUESDAY)
    by_kind: dict[str, list[str]] = {}
    for signal in found:
        by_kind.setdefault(signal.kind.value, []).append(signal.account_id)
    assert {kind: sorted(accounts) for kind, accounts in by_kind.items()} == {
        "usage_drop": DROPS,
        "failed_payments": UNPAID,
        "renewal_decline": RENEWAL,
    }
    assert found[0].account_id == "acc-1002" and found[-1].account_id == "acc-1044"


async def test_the_ten_worst_are_posted_first_and_the_rest_is_counted(any_world: World) -> None:
    first = await scanned(any_world, "monday")
    alerts, line = first[:-1], first[-1]
    assert len(alerts) == health.MOST
    assert "2 more signals wait" in text_of(line)
    assert text_of(alerts[0]).startswith("Meridian Pharma Supply: use has fallen")
    second = await scanned(any_world, "tuesday")
    assert len(second) == 2 and "Pebble Candle" in text_of(second[-1])
    assert await scanned(any_world, "wednesday") == []
    assert len(await any_world.rows(Alert)) == len(DROPS + UNPAID + RENEWAL)


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
    assert "rafael has already acknowledged this alert." in text_of(
        world.person("david").whispers(f"#{CHANNEL}")[-1]
    )
    verdicts = [row.answer["said"] for row in await world.rows(Decision) if row.kind == "health verdict"]
    assert verdicts == ["acknowledged"]


async def test_two_people_who_press_at_once_leave_one_verdict(any_world: World) -> None:
    card = (await scanned(any_world, "monday"))[0]
    for handle, action in (("rafael", "ack_alert"), ("david", "dismiss_alert"), ("chloe", "ack_alert")):
        await any_world.person(handle).click(card, action)
    await any_world.settle()
    verdicts = [row for row in await any_world.rows(Decision) if row.kind == "health verdict"]
    assert len(verdicts) == 1


async def test_each_signal_is_kept_as_a_decision_with_its_evidence(world: World) -> None:
    await scanned(world, "monday")
    kept = [row for row in await world.rows(Decision) if row.kind == "health"]
    assert len(kept) == health.MOST
    assert all(row.because and row.engine == "rules" and row.dollars == 0 for row in kept)


async def test_data_that_cannot_be_read_is_said_in_the_channel(world: World, tmp_path: Path) -> None:
    world.bot.desk = _with_accounts(world, tmp_path)
    (line,) = await scanned(world, "monday")
    assert "Account health was not checked: accounts.csv is not there." in text_of(line)


async def test_the_same_decline_is_not_brought_up_again_a_week_later(world: World) -> None:
    await scanned(world, "monday")
    await scanned(world, "tuesday")
    world.clock.advance(timedelta(days=7))
    assert await scanned(world, "next monday") == []


def _with_accounts(world: World, folder: Path) -> Any:
    from dataclasses import replace

    return replace(world.bot.desk, accounts=CsvAccounts(folder))
