"""App Home as staff and as everybody else see it."""

from __future__ import annotations

from datetime import timedelta

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
    assert said.startswith(f"Hello, {world.bot.desk.directory.name_of(world.person(ticket.owner).id)}")
    assert "*T-1* · *P" in said and "Reply by <!date^" in said
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


async def test_what_is_overdue_is_marked_after_a_refresh(world: World) -> None:
    await world.person("paulo").post(SUPPORT, VAT)
    await world.settle()
    owner = world.person((await world.ticket()).owner)
    home = await owner.home()
    assert ":rotating_light: Reply by" not in text_of(home)
    world.clock.advance(timedelta(days=2))
    await owner.click(home, "refresh_home")
    await world.settle()
    assert ":rotating_light: Reply by" in text_of(await owner.home())


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


async def test_with_nothing_to_do_home_says_so(world: World) -> None:
    said = text_of(await world.person("oliver").home())
    assert "Nothing is waiting for you." in said
    assert "No draft is waiting." in said
    assert "No requests in the last seven days." in said
