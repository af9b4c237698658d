"""Ten people report one outage: a team sees one incident, and everybody hears of its end once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agents.words import Status
from handlers import grouping, incidents
from sources.accounts_csv import CsvAccounts
from storage import incidents as stored
from storage.tables import Draft, Incident, Receipt, Ticket, TicketEvent
from tests.flows import Crash, Straight
from tests.presses import told
from tests.test_faults_sources import look_in
from tests.test_triage import ASKED
from tests.world import World, buttons_of, links_of, text_of

REPORTS = {
    "greta": "Fernhaul is not reachable from any of our sites, the page does not load and the API times out.",
    "henry": "Nobody at our place can open Fernhaul right now, the page stays white on every computer. Are you down?",
    "ellen": "Is there a problem on your side? The whole site shows an error page for all of us.",
    "victor": "Nothing works, the whole site gives 502 since 10 minutes",
    "sofia": "Nobody in our company can sign in, every one of us gets a gateway error.",
    "amir": "All API calls answer 503 since 08:12 UTC, across all our tenants.",
    "bruno": "Is Fernhaul down? None of our three warehouses can print labels",
    "paulo": "we can't create any shipments, all users get 'service unavailable'",
    "kim": "dashboard doesn't load for anyone here, tried several browsers and networks",
    "dieter": "is there an incident right now? every label request fails for us in all regions",
}


async def report(world: World, number: int = 10) -> dict[str, str]:
    """Let so many customers report the outage, one after the other; return the ts of each one's message."""
    posted = {}
    for handle, text in list(REPORTS.items())[:number]:
        posted[handle] = await world.person(handle).post("#customer-support", text)
        await world.settle()
    return posted


def incident_cards(world: World) -> list[dict[str, object]]:
    return [message for message in world.cards("team-platform") if message["text"].startswith("I-")]


async def members(world: World) -> list[Ticket]:
    return [ticket for ticket in await world.rows(Ticket) if ticket.incident_id is not None]


def lines(world: World, ts: str) -> list[str]:
    """Return what we said in a requester's thread."""
    return [text_of(said) for said in world.thread("customer-support", ts) if said.get("bot_id")]


@pytest.mark.slow
async def test_ten_reports_of_one_outage_are_one_incident_with_ten_tickets(any_world: World) -> None:
    world = any_world
    posted = await report(world)

    [incident] = await world.rows(Incident)
    assert len(await members(world)) == 10
    [card] = incident_cards(world)
    said = text_of(card)
    assert "10 tickets" in said and "*P1*" in said
    assert f"{len({ticket.account_id for ticket in await members(world)} - {''})} customers" in said
    assert all(f"T-{number}" in said for number in range(1, 11))
    assert all(ticket.account_name in said for ticket in await members(world)) and "owner <@" in said
    assert {ticket.card_link for ticket in await members(world)} <= links_of(card)
    for number, ts in enumerate(posted.values(), 1):
        [line] = lines(world, ts)
        assert "You are one of several reporting this" in line and f"T-{number}" in line
        small = await world.card_of(number)
        assert set(buttons_of(small)) == {"reply_ticket", "leave_incident", "resolve_ticket"}
        assert incident.card_link in links_of(small)


@pytest.mark.slow
async def test_resolving_the_incident_tells_each_requester_once(any_world: World) -> None:
    world = any_world
    posted = await report(world)
    [card] = incident_cards(world)
    for _ in range(2):
        await world.person("jonas").click(card, "resolve_incident")
    await world.settle()
    await world.person("priya").click(card, "resolve_incident")
    await world.settle()

    assert {ticket.status for ticket in await world.rows(Ticket)} == {Status.RESOLVED}
    for ts in posted.values():
        [_, line] = lines(world, ts)
        assert "is fixed, says Jonas Weber" in line
    assert "Resolved by" in text_of(incident_cards(world)[0])
    assert buttons_of(incident_cards(world)[0]) == []
    assert "already resolved by <@" in told(world, "priya")


async def test_three_reports_are_no_incident_and_the_fourth_makes_one(world: World) -> None:
    posted = await report(world, 3)
    assert await world.rows(Incident) == []
    assert "first reply" in lines(world, posted["greta"])[0]

    await world.person("victor").post("#customer-support", REPORTS["victor"])
    await world.settle()

    assert incident_cards(world) != []


async def test_one_person_is_one_reporter_although_their_account_could_not_be_looked_up_once(
    world: World, tmp_path: Path
) -> None:
    await report(world, 2)
    look_in(world, CsvAccounts(tmp_path, ()))  # where nothing is
    for handle, text in (("greta", REPORTS["ellen"]), ("henry", REPORTS["sofia"])):
        await world.person(handle).post("#customer-support", text)
        await world.settle()
    assert {ticket.account_id == "" for ticket in await world.rows(Ticket)} == {True, False}

    await world.person("victor").post("#customer-support", REPORTS["victor"])
    await world.settle()

    assert await world.rows(Incident) == []


async def test_a_ticket_that_is_taken_out_is_a_ticket_like_any_other_and_stays_out(world: World) -> None:
    posted = await report(world, 5)
    await world.person("jonas").click(await world.card_of(2), "leave_incident")
    await world.person("jonas").click(await world.card_of(2), "leave_incident")
    await world.settle()
    await world.person("paulo").post("#customer-support", REPORTS["paulo"])
    await world.settle()

    assert (await world.ticket(2)).incident_id is None
    assert {"claim_ticket", "reroute_ticket"} <= set(buttons_of(await world.card_of(2)))
    [line] = lines(world, posted["henry"])
    assert "first reply" in line
    assert "T-2" not in text_of(incident_cards(world)[0])

    await world.person("jonas").click(incident_cards(world)[0], "resolve_incident")
    await world.settle()

    assert (await world.ticket(2)).status == Status.ROUTED
    assert len(lines(world, posted["henry"])) == 1


async def test_customers_cannot_resolve_an_incident(world: World) -> None:
    await report(world, 4)
    await world.person("greta").join("#team-platform")

    await world.person("greta").click(incident_cards(world)[0], "resolve_incident")
    await world.settle()

    assert "Only people who answer requests" in told(world, "greta")
    assert (await world.rows(Incident))[0].resolved_at is None


async def test_who_is_not_helped_reopens_their_own_ticket_alone(world: World) -> None:
    posted = await report(world, 4)
    await world.person("jonas").click(incident_cards(world)[0], "resolve_incident")
    await world.settle()

    line = world.thread("customer-support", posted["ellen"])[-1]
    await world.person("ellen").click(line, "reopen_ticket")
    await world.settle()

    assert [ticket.status for ticket in await world.rows(Ticket)].count(Status.REOPENED) == 1
    assert "claim_ticket" in buttons_of(await world.card_of(3))


async def test_a_deleted_report_leaves_the_list_in_step(world: World) -> None:
    posted = await report(world, 4)

    await world.person("ellen").delete("#customer-support", posted["ellen"])
    await world.settle()

    assert "withdrawn" in text_of(incident_cards(world)[0])


async def test_later_reports_after_the_window_are_not_of_it(world: World) -> None:
    await report(world, 3)
    world.clock.advance(timedelta(hours=2))
    await world.person("victor").post("#customer-support", REPORTS["victor"])
    await world.settle()

    assert await world.rows(Incident) == []


async def test_a_process_that_dies_while_it_groups_goes_on_after_it(world: World) -> None:
    await report(world, 3)
    await world.person("victor").post("#customer-support", REPORTS["victor"])
    await world.settle()
    again = await grouping.group(world.bot.desk, 4)

    assert sorted(again) == [1, 2, 3]
    assert len(await world.rows(Incident)) == 1
    assert len(incident_cards(world)) == 1
    assert [event.what for event in await world.rows(TicketEvent)].count("joined an incident") == 4


@pytest.mark.parametrize("after", ["resolve incident", "show incident", "tell 2", "show 3", "tell 4"])
async def test_a_process_that_dies_while_it_resolves_tells_everybody_once(world: World, after: str) -> None:
    posted = await report(world, 4)
    [incident] = await world.rows(Incident)
    jonas = world.person("jonas").id
    run = Straight(dies_after=after)
    body, action = {"user": {"id": jonas}}, {"value": str(incident.id)}
    with pytest.raises(Crash):
        await incidents.on_resolve(body, action, world.bot.desk, run)

    await incidents.on_resolve(body, action, world.bot.desk, run)

    assert {ticket.status for ticket in await world.rows(Ticket)} == {Status.RESOLVED}
    for ts in posted.values():
        assert len(lines(world, ts)) == 2


async def test_an_incident_outlives_a_restart(world: World) -> None:
    await report(world, 4)
    [card] = incident_cards(world)
    await world.restart()
    await world.person("sofia").post("#customer-support", REPORTS["sofia"])
    await world.settle()
    await world.person("jonas").click(card, "resolve_incident")
    await world.settle()

    assert len(await world.rows(Incident)) == 1
    assert {ticket.status for ticket in await world.rows(Ticket)} == {Status.RESOLVED}


async def test_what_somebody_asks_twice_is_one_request(any_world: World) -> None:
    world = any_world
    first = await world.person("greta").post("#customer-support", ASKED)
    await world.settle()
    second = await world.person("greta").post("#customer-support", ASKED.upper() + ".")
    await world.settle()

    assert "T-1" in lines(world, second)[0] and "answer it there" in lines(world, second)[0]
    assert "draft" not in text_of(await world.card_of(2)).lower()
    assert buttons_of(await world.card_of(2)) == ["not_asked_twice"]
    assert len(await world.rows(Draft)) == 1
    assert len(lines(world, first)) == 1


async def test_what_was_not_asked_twice_gets_a_card_and_a_draft(world: World) -> None:
    for _ in range(2):
        await world.person("greta").post("#customer-support", ASKED)
        await world.settle()
    for _ in range(2):
        await world.person("ana").click(await world.card_of(2), "not_asked_twice")
    await world.settle()

    assert (await world.ticket(2)).status == Status.ROUTED
    assert "approve_draft" in buttons_of(await world.card_of(2))


async def test_when_the_first_is_deleted_the_second_is_taken_up(world: World) -> None:
    first = await world.person("greta").post("#customer-support", ASKED)
    await world.settle()
    second = await world.person("greta").post("#customer-support", ASKED)
    await world.settle()

    await world.person("greta").delete("#customer-support", first)
    await world.settle()

    assert (await world.ticket(2)).status == Status.ROUTED
    assert "approve_draft" in buttons_of(await world.card_of(2))
    [line] = lines(world, second)
    assert "first reply" in line


async def test_the_first_may_be_deleted_in_the_moment_in_which_the_second_is_recognized(
    any_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, look = any_world, stored.earlier_of
    first = await world.person("greta").post("#customer-support", ASKED)
    await world.settle()

    async def and_then_it_is_deleted(*args: Any) -> Any:
        seen = await look(*args)
        if seen:
            await world.person("greta").delete("#customer-support", first)
            await withdrawn(world)
        return seen

    monkeypatch.setattr(stored, "earlier_of", and_then_it_is_deleted)
    await world.person("greta").post("#customer-support", ASKED)
    await world.settle()

    assert [ticket.status for ticket in await world.rows(Ticket)] == [Status.WITHDRAWN, Status.ROUTED]
    assert "approve_draft" in buttons_of(await world.card_of(2))


async def test_whoever_adds_something_to_the_second_is_heard(world: World) -> None:
    await world.person("greta").post("#customer-support", ASKED)
    await world.settle()
    second = await world.person("greta").post("#customer-support", ASKED)
    await world.settle()

    greta = world.person("greta")
    await greta.post("#customer-support", "No, this one is for our other company.", thread_ts=second)
    await world.settle()

    assert (await world.ticket(2)).status == Status.REOPENED
    assert "approve_draft" in buttons_of(await world.card_of(2))


async def test_the_same_words_of_two_people_are_two_requests(world: World) -> None:
    for handle in ("greta", "victor"):
        await world.person(handle).post("#customer-support", ASKED)
    await world.settle()

    assert {ticket.status for ticket in await world.rows(Ticket)} == {Status.ROUTED}


@pytest.mark.slow
async def test_a_report_that_turns_up_between_two_looks_ends_nobody_s_request(
    any_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = any_world
    if world.bot.db.is_sqlite:
        pytest.skip("nothing turns up there while somebody else writes")
    await report(world, 1)
    await put_status(world, Status.NEW)
    look, looks = stored.reports, 0

    async def and_then_it_turns_up(*args: Any) -> Any:
        nonlocal looks
        looks += 1
        seen = await look(*args)
        if looks == 2:  # the one that nobody else may write during
            await put_status(world, Status.ROUTED)
        return seen

    monkeypatch.setattr(stored, "reports", and_then_it_turns_up)
    await world.person("henry").post("#customer-support", REPORTS["henry"])
    await world.settle()

    assert [ticket.status for ticket in await world.rows(Ticket)] == [Status.ROUTED] * 2
    assert len(world.cards("team-platform")) == 2


async def withdrawn(world: World) -> None:
    """Wait until the first ticket is withdrawn, and no more than one delivery is being worked on."""
    async with asyncio.timeout(60):
        while True:
            under_way = [receipt for receipt in await world.rows(Receipt) if receipt.done_at is None]
            if (await world.ticket(1)).status == Status.WITHDRAWN and len(under_way) == 1:
                return
            await asyncio.sleep(0.01)


async def put_status(world: World, status: Status) -> None:
    """Let the first ticket stand so, as another process would."""
    async with world.bot.db.begin() as session:
        ticket = await session.get(Ticket, 1)
        assert ticket is not None
        ticket.status = status
        session.add(ticket)


async def test_reports_that_come_at_once_make_one_incident(any_world: World) -> None:
    world = any_world
    for handle, text in REPORTS.items():
        await world.person(handle).post("#customer-support", text)
    await world.settle()

    assert len(await world.rows(Incident)) == 1
    assert len(incident_cards(world)) == 1
    assert len(await members(world)) >= 8
