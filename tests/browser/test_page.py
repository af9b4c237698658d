"""The page itself: it asks nobody but the twin, a card fits in the dark and on a phone, and holds still for a press."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.async_api import expect

from tests.browser.test_replies import card_of
from tests.browser.window import PHONE, WIDE, Sits
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_no_call_leaves_the_machine(world: World, sits: Sits) -> None:
    marek = await sits("marek")
    card = await card_of(world, marek)
    await marek.press(card, "approve_draft")
    await expect(card).to_contain_text("Sent")
    await marek.page.get_by_test_id("rail-app").click()
    await expect(marek.page.get_by_test_id("home")).to_contain_text("Hello, Marek")

    asked = {urlsplit(url).path for url in marek.asked_for}
    assert {"/", "/app.js", "/app.css", "/twin/state", "/twin/act", "/twin/live"} <= asked
    assert marek.strangers() == []
    assert marek.errors == []

    await marek.page.evaluate("fetch('https://example.com/').catch(() => null)")

    noticed = [*marek.strangers(), *marek.errors]
    assert any("https://example.com/" in one for one in noticed)
    marek.asked_for.clear()
    marek.errors.clear()


@pytest.mark.parametrize(
    ("dark", "size"),
    [(True, WIDE), (False, PHONE), (True, PHONE)],
    ids=["wide-dark", "phone-light", "phone-dark"],
)
async def test_a_card_fits(world: World, sits: Sits, dark: bool, size: tuple[int, int]) -> None:
    marek = await sits("marek", dark=dark, size=size)
    card = await card_of(world, marek)

    assert await marek.overflow(card) == []
    theme = await marek.page.evaluate("document.documentElement.dataset.theme")
    assert theme == ("dark" if dark else "light")
    await marek.picture("1-end")
    await card.get_by_role("heading").scroll_into_view_if_needed()
    await marek.picture("2-head")

    modal = await marek.opens(card, "reroute_ticket")
    box = await modal.bounding_box()
    assert box is not None
    assert box["x"] >= 0 and box["x"] + box["width"] <= size[0]
    assert box["y"] >= 0 and box["y"] + box["height"] <= size[1]
    await marek.picture("3-modal")

    await card.get_by_role("heading").evaluate("one => { one.style.width = '2000px' }")

    assert any("T-1" in one for one in await marek.overflow(card))


async def test_a_button_holds_still_while_it_is_pressed_though_a_message_comes(
    world: World, sits: Sits
) -> None:
    marek = await sits("marek", size=PHONE)
    card = await card_of(world, marek)
    button = card.locator('button[data-action-id="reroute_ticket"]')
    await button.hover()
    held = await button.bounding_box()
    await marek.page.mouse.down()

    await world.person("marek").post("#team-billing", "I take a look.")
    newest = marek.messages.filter(has_text="I take a look.")
    await expect(newest).to_be_attached()
    assert await button.bounding_box() == held
    await marek.page.mouse.up()

    await expect(marek.modal).to_be_visible()
    await expect(newest).to_be_in_viewport(ratio=1)


async def test_the_way_back_to_the_newest_messages_moves_nothing_when_it_comes_and_goes(
    world: World, sits: Sits
) -> None:
    marek = await sits("marek", size=PHONE)
    card = await card_of(world, marek)
    scroll, way_back = marek.page.get_by_test_id("messages"), marek.page.get_by_test_id("to-newest")
    await expect(way_back).not_to_be_attached()
    height = await scroll.evaluate("box => box.scrollHeight")

    await card.get_by_role("heading").scroll_into_view_if_needed()

    await expect(way_back).to_be_in_viewport(ratio=1)
    assert await scroll.evaluate("box => box.scrollHeight") == height
    await marek.picture("1-away")
    await way_back.click()
    await expect(way_back).not_to_be_attached()
    await expect(card.locator('button[data-action-id="resolve_ticket"]')).to_be_in_viewport(ratio=1)
