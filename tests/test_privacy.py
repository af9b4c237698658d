"""What people paste by mistake is hidden on cards and from models, and their team can look at it in Slack."""

from __future__ import annotations

import json

import pytest

from agents.aliases import Aliases
from agents.privacy import Kind, find, masked
from benchmarks.evals_privacy import OURS, cases, figures, measure
from storage.tables import TicketEvent
from tests.presses import failures, press, screen, told
from tests.world import World, buttons_of, text_of

CARD, KEY, PASSWORD = "4242 4242 4242 4242", "sk-" + "ant-api03-AbCdEf0123456789xyz", "Tr0ub4dor&3"
ASKED = f"Where can I find the invoice from September? I paid with card {CARD}, key {KEY}, my password is {PASSWORD}."


@pytest.mark.parametrize(
    "each", list(cases()), ids=lambda each: each[0][:40] if isinstance(each, tuple) else ""
)
def test_each_secret_is_hidden_and_nothing_else(each: tuple[str, list[tuple[str, int, int]]]) -> None:
    text, marked = each
    hidden = masked(text)

    assert all(text[start:end] not in hidden for _, start, end in marked)
    assert (hidden == text) is (not marked)


def test_the_figures_fall_when_something_is_missed_or_made_up() -> None:
    missed = ("here is hunter", [("secrets", 8, 14)])
    made_up = ("password: Tr0ub4dor", [("secrets", 0, 3)])

    found = {each.name: each.value for each in figures(measure([missed, made_up], OURS))}

    assert (found["pii.recall"], found["pii.precision"]) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("write to greta.larsen+it@nimbus.example", Kind.EMAIL),
        ("call +45 20 30 40 50", Kind.PHONE),
        ("IBAN GB69 PMNJ 1891 3943 4307 45", Kind.IBAN),
    ],
)
def test_addresses_and_numbers_of_people_stay_on_cards(text: str, kind: Kind) -> None:
    assert [found.kind for found in find(text)] == [kind]
    assert masked(text) == text


@pytest.mark.parametrize(
    "text", ["2026-10-01 14:30", "10.218.6.131", "308-63-0237", "36 USD", "v2.14.3", "1,234,567.89"]
)
def test_dates_amounts_and_addresses_of_machines_are_no_phone_numbers(text: str) -> None:
    assert find(text) == ()


def test_what_an_alias_stands_for_comes_back() -> None:
    aliases = Aliases(["Greta Larsen", "Will Stone"])

    hidden = aliases.hide("Greta asked Will Stone (will@stone.example): Will it ship?")

    assert hidden == "person_1 asked person_2 (email_1): Will it ship?"
    assert aliases.restore("person_1, write to email_1; person_9 is nobody") == (
        "Greta Larsen, write to will@stone.example; person_9 is nobody"
    )


async def test_a_card_hides_what_must_not_travel(any_world: World) -> None:
    world = any_world
    ts = await world.person("greta").post("#customer-support", ASKED)
    await world.settle()

    card = await world.card_of(1)
    everywhere = json.dumps([card, *world.thread("customer-support", ts)[1:]], ensure_ascii=False)
    assert "[card hidden]" in text_of(card)
    assert "[key hidden]" in text_of(card)
    assert "my password is [password hidden]" in text_of(card)
    assert not any(secret in everywhere for secret in (CARD, KEY, PASSWORD, "Tr0ub4dor"))


async def test_a_card_that_hides_nothing_has_no_button_for_it(any_world: World) -> None:
    await any_world.person("greta").post("#customer-support", "Where is my invoice of May?")
    await any_world.settle()

    assert "show_hidden" not in buttons_of(await any_world.card_of(1))


async def test_the_team_of_a_ticket_can_look_and_it_is_written_down(any_world: World) -> None:
    world = any_world
    await world.person("greta").post("#customer-support", ASKED)
    await world.settle()
    marek = world.person("marek")

    await marek.click(await world.card_of(1), "show_hidden")
    await world.settle()

    assert marek.views()[-1]["title"]["text"] == "T-1 as posted"
    assert ASKED in json.dumps(marek.views()[-1]["blocks"], ensure_ascii=False)
    looked = [event for event in await world.rows(TicketEvent) if event.what == "looked at what is hidden"]
    assert [event.who for event in looked] == [marek.id]
    assert await failures(world) == []


async def test_a_part_of_a_message_that_hides_something_can_be_looked_at_too(any_world: World) -> None:
    world = any_world
    await world.person("greta").post(
        "#customer-support",
        f"Hi, two questions:\n1) Where can I download the invoice that I paid with card {CARD}?\n"
        "2) The order import stops with error 422 since this morning, please fix it.",
    )
    await world.settle()

    first, second = [await world.card_of(number) for number in (1, 2)]

    assert "[card hidden]" in text_of(first)
    assert ["show_hidden" in buttons_of(card) for card in (first, second)] == [True, False]


async def test_others_cannot_look(any_world: World) -> None:
    world = any_world
    await world.person("greta").post("#customer-support", ASKED)
    await world.settle()
    card = await world.card_of(1)
    await world.person("victor").join("#team-billing")

    await press(world, "victor", card, "show_hidden", 1)

    assert "Only the people of Billing can see what is hidden" in told(world, "victor")
    assert PASSWORD not in screen(world, "victor")
    assert not world.person("victor").views()


async def test_when_the_message_is_gone_there_is_nothing_to_show(any_world: World) -> None:
    world = any_world
    ts = await world.person("greta").post("#customer-support", ASKED)
    await world.settle()
    card = await world.card_of(1)
    await world.person("greta").delete("#customer-support", ts)
    await world.settle()

    await press(world, "marek", card, "show_hidden", 1)

    assert "gone from Slack" in told(world, "marek")
    assert not world.person("marek").views()
