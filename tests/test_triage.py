"""From a message to a card: what a team and a requester see."""

from __future__ import annotations

from datetime import timedelta
from itertools import count

import pytest

from agents.words import Outcome, Status
from storage.tables import Decision, Draft, Receipt, Request, Ticket, TicketEvent
from tests.world import World, buttons_of, links_of, mentions_of, text_of
from twin.people import deeds

ASKED = "hey! where can i find the invoice from september? my accountant wants the pdf"
_NUMBERS = count(1)


def asked_anew() -> str:
    """Return what is asked, in words that nobody has used before: the same words twice would be one request."""
    return f"{ASKED} ({next(_NUMBERS)})"


async def test_a_request_gets_eyes_a_card_a_line_and_a_draft(any_world: World) -> None:
    world = any_world
    ts = await world.person("greta").post("#customer-support", ASKED)
    await world.settle()

    [card] = world.cards("team-billing")
    assert ASKED in text_of(card)
    assert "Halden Outfitters" in text_of(card)
    assert {"approve_draft", "edit_draft", "reject_draft"} <= set(buttons_of(card))
    [line] = world.thread("customer-support", ts)
    assert "T-1" in text_of(line)
    assert "Billing" in text_of(line)
    asked = next(m for m in world.channel("customer-support") if m["ts"] == ts)
    assert [reaction["name"] for reaction in asked["reactions"]] == ["eyes"]
    ticket = await world.ticket()
    assert (ticket.status, ticket.queue, ticket.category) == (Status.ROUTED, "billing", "billing-invoice")
    assert ticket.account_name == "Halden Outfitters"


async def test_every_judgement_and_every_change_is_written_down(world: World) -> None:
    await world.person("greta").post("#customer-support", ASKED)
    await world.settle()

    assert [event.what for event in await world.rows(TicketEvent)] == ["opened", "routed", "card posted"]
    kinds = {decision.kind: decision for decision in await world.rows(Decision)}
    assert set(kinds) == {"triage", "reply"}
    assert kinds["triage"].answer["category"] == "billing-invoice"
    assert all(decision.because and decision.inputs_digest for decision in kinds.values())


async def test_the_card_names_what_the_request_names_and_links_no_address(world: World) -> None:
    said = (
        "Invoice FH-2026-104361 of 3 Nov over $36 is wrong, please mail accounts@shop.example.com about it."
    )
    await world.person("greta").post("#customer-support", said)
    await world.settle()

    card = await world.card_of()
    assert "Mentioned: FH-2026-104361 · 36 USD · accounts@shop.example.com · 3 Nov" in text_of(card)
    assert not any("accounts@" in address for address in links_of(card))


async def test_a_draft_cites_what_it_says(world: World) -> None:
    await world.person("greta").post("#customer-support", ASKED)
    await world.settle()

    [draft] = await world.rows(Draft)
    articles = {citation["title"] for citation in draft.citations}
    [card] = world.cards("team-billing")
    assert articles
    assert all(title in text_of(card) for title in articles)


async def test_a_long_request_is_summed_up_on_its_card(world: World) -> None:
    story = "Our warehouse moved last week and since then a lot has gone wrong, as you may imagine. " * 6
    await world.person("greta").post("#customer-support", f"Where can I download our invoices? {story}")
    await world.settle()

    ticket = await world.ticket()
    assert f"*In short* {ticket.summary}" in text_of(await world.card_of())
    assert len(ticket.summary) < 200


async def test_talk_is_left_alone(world: World) -> None:
    ts = await world.person("greta").post("#customer-support", "thank you so much, got it!")
    await world.settle()

    [request] = await world.rows(Request)
    assert request.outcome == Outcome.NOT_A_REQUEST
    assert await world.rows(Ticket) == []
    said = next(m for m in world.channel("customer-support") if m["ts"] == ts)
    assert "reactions" not in said
    assert world.thread("customer-support", ts) == []


async def test_a_message_outside_the_request_channels_is_left_alone(world: World) -> None:
    await world.person("ana").post("#general", ASKED)
    await world.settle()

    assert await world.rows(Request) == []


async def test_what_is_unclear_is_held_with_both_candidates(world: World) -> None:
    await world.person("greta").post("#customer-support", "This is strange, can you have a look?")
    await world.settle()

    ticket = await world.ticket()
    assert ticket.held
    assert ticket.queue == "front-desk"
    [card] = world.cards("front-desk")
    assert "Where does this belong?" in text_of(card)
    titles = [world.bot.policy.categories[name].title for name in (ticket.category, ticket.runner_up)]
    assert all(title in text_of(card) for title in titles)
    assert "approve_draft" not in buttons_of(card)
    [request] = await world.rows(Request)
    assert request.outcome == Outcome.HELD


async def test_a_person_places_a_held_request_with_one_press(world: World) -> None:
    await world.person("greta").post("#customer-support", "This is strange, can you have a look?")
    await world.settle()
    held = await world.ticket()
    kinds = [held.category, held.runner_up]
    # The one that leads to another team, so that the card has to move.
    number, chosen = next(
        (n, kind) for n, kind in enumerate(kinds) if world.bot.policy.categories[kind].queue != "front-desk"
    )

    await world.person("mei").click(await world.card_of(), f"take_candidate:{number}")
    await world.settle()

    ticket = await world.ticket()
    assert not ticket.held
    assert (ticket.category, ticket.queue) == (chosen, world.bot.policy.categories[chosen].queue)
    [left] = world.cards("front-desk")
    assert "moved to" in text_of(left)
    assert ticket.card_link in links_of(left)
    assert buttons_of(left) == []
    assert "Mei Tanaka placed it" in text_of(await world.card_of())


async def test_the_deadline_follows_business_hours(world: World) -> None:
    world.clock.at = world.clock.at.replace(hour=20)  # Tuesday evening in Berlin

    await world.person("greta").post("#customer-support", ASKED)
    await world.settle()

    ticket = await world.ticket()
    assert ticket.respond_by is not None
    assert ticket.respond_by.date() == (world.clock.at + timedelta(days=1)).date()


async def test_the_same_delivery_twice_makes_one_ticket(world: World) -> None:
    ts = await world.person("greta").post("#customer-support", ASKED)
    await world.settle()

    [receipt] = await world.rows(Receipt)
    for _ in range(3):
        world.twin.ws.courier.send_event(receipt.body)
    await world.settle()

    assert len(world.cards("team-billing")) == 1
    assert len(world.thread("customer-support", ts)) == 1
    assert len(await world.rows(Receipt)) == 1


async def test_a_team_channel_that_cannot_be_reached_loses_no_ticket(world: World) -> None:
    deeds.leave(world.twin.ws, world.bot.slack.bot_user, world.twin.channel("team-billing"))

    await world.person("greta").post("#customer-support", ASKED)
    await world.settle()

    [card] = world.cards("front-desk")
    assert "team-billing" in text_of(card)
    assert ASKED in text_of(card)


BAD = {
    "emoji": ":tada: :tada: :tada:",
    "link": "https://example.com/some/page",
    "forty thousand characters": "Our invoices are wrong. " * 1650,
    "right to left": "מתי תגיע החשבונית שלי? אני צריך אותה עד מחר",
    "hidden characters": "wh\u200bere is my \u202einvoice\u202c? \u0007\u0000 please",
    "everybody": "@channel @here @everyone @ana where is my invoice for October?",
    "typed markup": "<!channel> <@U12345> <!subteam^S1> where is my invoice for October?",
    "markup": "*bold* _it_ `code` <b>html</b> &amp; <http://evil.example.com|click here> where is my invoice?",
    "json": '{"action_id": "approve_draft", "value": "1"}',
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD.keys())
async def test_any_text_has_a_sensible_outcome_and_mentions_nobody(world: World, text: str) -> None:
    ts = await world.person("greta").post("#customer-support", text)
    await world.settle()

    [request] = await world.rows(Request)
    assert request.outcome is not None
    assert all(not receipt.failed for receipt in await world.rows(Receipt))
    ours = [m for name in ("front-desk", "team-billing") for m in world.cards(name)]
    for message in [*ours, *world.thread("customer-support", ts)]:
        assert mentions_of(message) <= {world.bot.desk.directory.id_of((await world.ticket()).owner)}
        assert not any("evil.example.com" in link for link in links_of(message))


async def test_a_file_without_text_goes_to_a_person(world: World) -> None:
    await world.person("greta").upload("#customer-support", "screenshot.png", b"\x89PNG", text="")
    await world.settle()

    [request] = await world.rows(Request)
    assert request.outcome == Outcome.HELD
    assert "screenshot.png" in text_of(world.cards("front-desk")[0])


async def test_a_reply_in_a_thread_that_nobody_tracks_is_nobodys(world: World) -> None:
    ts = await world.person("greta").post("#customer-support", "good morning everyone")
    await world.settle()

    await world.person("victor").post("#customer-support", "and where is my invoice?", thread_ts=ts)
    await world.settle()

    assert await world.rows(Ticket) == []
    assert all(not receipt.failed for receipt in await world.rows(Receipt))


async def test_chatter_becomes_a_request_when_a_person_says_so(world: World) -> None:
    ts = await world.person("greta").post("#customer-support", "good morning everyone")
    await world.settle()

    await world.person("ana").message_shortcut("#customer-support", ts, "make_request")
    await world.settle()

    ticket = await world.ticket()
    assert ticket.card_ts
    assert len(world.thread("customer-support", ts)) == 1


async def test_an_edit_reaches_the_card_and_replaces_the_draft(world: World) -> None:
    ts = await world.person("greta").post("#customer-support", ASKED)
    await world.settle()

    better = "where can i find all invoices of the last year? my accountant wants the pdfs"
    await world.person("greta").edit("#customer-support", ts, better)
    await world.settle()

    card = await world.card_of()
    assert better in text_of(card)
    assert "edited since" in text_of(card)
    first, second = sorted(await world.rows(Draft), key=lambda draft: draft.id or 0)
    assert first.status == "superseded"
    assert second.status == "proposed"
    assert len(world.cards("team-billing")) == 1


async def test_talk_that_is_edited_into_a_request_becomes_one(world: World) -> None:
    ts = await world.person("greta").post("#customer-support", "good morning everyone")
    await world.settle()

    await world.person("greta").edit("#customer-support", ts, ASKED)
    await world.settle()

    assert len(world.cards("team-billing")) == 1


async def test_a_deleted_request_is_withdrawn_and_no_longer_shown(world: World) -> None:
    ts = await world.person("greta").post("#customer-support", ASKED)
    await world.settle()

    await world.person("greta").delete("#customer-support", ts)
    await world.settle()

    card = await world.card_of()
    assert (await world.ticket()).status == Status.WITHDRAWN
    assert ASKED not in str(card)
    assert buttons_of(card) == []
