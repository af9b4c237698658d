"""App Home as staff and as everybody else see it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from agents.words import Trust
from handlers.directory import Person
from handlers.metrics import may_ask_in
from storage.tables import Draft
from tests.world import World, text_of

SUPPORT = "#customer-support"
VAT = "Our VAT ID is missing on the last invoice, please correct it"


async def test_staff_see_their_queue_with_links_and_times(any_world: World) -> None:
    world = any_world
    await world.person("paulo").post(SUPPORT, VAT)
    await world.settle()
    ticket = await world.ticket()
    home = await world.person(ticket.owner).home()
    said = text_of(home)
    name = world.bot.desk.directory.name_of(world.person(ticket.owner).id)
    assert said.startswith(f"Hello, {name.split()[0]}\n")
    assert "*T-1* · *P" in said
    assert "Reply <!date^" in said and "^by {date_short_pretty} at {time}|" in said
    assert "^Updated {date_short_pretty} at {time}|" in said
    assert "1 (1 open)" in said
    links = [b["accessory"].get("url") for b in home["blocks"] if "accessory" in b]
    assert ticket.card_link in links


async def test_a_draft_waits_for_those_who_may_approve_it_and_not_for_others(world: World) -> None:
    await world.person("paulo").post(SUPPORT, "How do I add a VAT ID so that it appears on our invoices?")
    await world.settle()
    assert [draft.status for draft in await world.rows(Draft)] == ["proposed"]
    queue = world.bot.policy.queues[(await world.ticket()).queue]
    inside = next(iter(queue.owners))
    outside = next(h for h in sorted(world.bot.policy.people()) if not queue.may_answer(h))
    waiting = text_of(await world.person(inside).home()).partition("Waiting for your approval")[2]
    assert "*T-1*" in waiting and "No draft is waiting." not in waiting
    assert "No draft is waiting." in text_of(await world.person(outside).home())


async def test_a_ticket_that_waits_for_approval_is_not_in_the_queue_as_well(world: World) -> None:
    await world.person("paulo").post(SUPPORT, "How do I add a VAT ID so that it appears on our invoices?")
    await world.settle()
    owner = (await world.ticket()).owner
    queue, _, rest = text_of(await world.person(owner).home()).partition("Waiting for your approval")
    assert "*T-1*" not in queue and "Nothing else is waiting for you." in queue
    assert rest.count("*T-1*") == 1


async def test_what_is_overdue_is_marked_after_a_refresh(world: World) -> None:
    await world.person("paulo").post(SUPPORT, VAT)
    await world.settle()
    owner = world.person((await world.ticket()).owner)
    home = await owner.home()
    assert ":rotating_light:" not in text_of(home)
    world.clock.advance(timedelta(days=2))
    await owner.click(home, "refresh_home")
    await world.settle()
    said = text_of(await owner.home())
    assert ":rotating_light: Reply <!date^" in said and "^was due {date_short_pretty} at {time}|" in said


async def test_who_is_not_staff_sees_their_own_requests_and_how_to_ask(world: World) -> None:
    await world.person("paulo").post(SUPPORT, VAT)
    await world.person("bruno").post(SUPPORT, "Where do I set the default parcel size for new orders?")
    await world.settle()
    said = text_of(await world.person("paulo").home())
    assert "Your open requests" in said and "with the team" in said
    assert "VAT" in said and "parcel" not in said
    assert f"<#{world.bot.desk.directory.channel_id('customer-support')}>" in said
    assert "Your queue" not in said and "This week" not in said


async def test_a_guest_is_not_shown_where_employees_ask(world: World) -> None:
    said = text_of(await world.person("wendy").home())
    assert f"<#{world.bot.desk.directory.channel_id('customer-support')}>" in said
    assert f"<#{world.bot.desk.directory.channel_id('people-ops')}>" not in said


async def test_a_customer_who_is_a_full_member_is_not_shown_where_employees_ask(world: World) -> None:
    said = text_of(await world.person("paulo").home())
    assert f"<#{world.bot.desk.directory.channel_id('customer-support')}>" in said
    assert f"<#{world.bot.desk.directory.channel_id('people-ops')}>" not in said


@pytest.mark.parametrize(
    ("email", "trust", "sees_all"),
    [
        ("new@fernhaul.example.com", Trust.MEMBER, True),
        ("New@Fernhaul.Example.com ", Trust.MEMBER, True),
        ("paulo.duarte@quillmark.example.com", Trust.MEMBER, False),
        ("mallory@not-fernhaul.example.com", Trust.MEMBER, False),
        ("", Trust.MEMBER, False),
        ("temp@fernhaul.example.com", Trust.GUEST, False),
        ("", Trust.STRANGER, False),
    ],
)
async def test_only_a_member_with_the_companys_address_may_ask_where_employees_do(
    world: World, email: str, trust: Trust, sees_all: bool
) -> None:
    person = Person("U1", "new", "New Person", "UTC", trust, email)
    channels = world.bot.policy.request_channels
    for_customers = [name for name, channel in channels.items() if channel.audience == "customer"]
    assert list(may_ask_in(world.bot.desk, person)) == (list(channels) if sees_all else for_customers)


async def test_without_mail_domains_every_member_counts_as_an_employee(world: World) -> None:
    company = world.bot.policy.company.model_copy(update={"domains": ()})
    desk = replace(world.bot.desk, policy=world.bot.policy.model_copy(update={"company": company}))
    person = Person("U1", "new", "New Person", "UTC", Trust.MEMBER)
    assert list(may_ask_in(desk, person)) == list(desk.policy.request_channels)


async def test_with_nothing_to_do_home_says_so(world: World) -> None:
    said = text_of(await world.person("oliver").home())
    assert "Nothing is waiting for you." in said
    assert "No draft is waiting." in said
    assert "No requests in the last seven days." in said
