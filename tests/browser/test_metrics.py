"""`/signalbox` typed into the field where people write, and the answers only they see."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.async_api import expect

from tests.browser.window import Sits
from tests.test_triage import ASKED
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SUPPORT = "#customer-support"
TALL = (1280, 1500)  # so that the longest answer is seen whole


async def busy(world: World) -> None:
    """Let a few people ask, and one ticket be resolved and one be overdue."""
    await world.person("greta").post(SUPPORT, ASKED)
    await world.settle()  # so that this one is T-1
    await world.person("bruno").post(SUPPORT, "None of our warehouses can print labels, the site gives 502")
    await world.person("paulo").post(SUPPORT, "Our VAT ID is missing on the last invoice, please correct it")
    await world.person("jonas").post(
        "#it-help", "The left hinge of my laptop is broken, may I have a loan one?"
    )
    await world.settle()
    world.clock.advance(timedelta(minutes=25))
    ticket = await world.ticket()
    await world.person(ticket.owner).click(await world.card_of(), "resolve_ticket")
    await world.settle()


async def test_every_command_answers_only_whoever_asked(world: World, sits: Sits) -> None:
    await busy(world)
    mei, hannah = await sits("mei", size=TALL), await sits("hannah")
    await mei.go("front-desk")
    await hannah.go("front-desk")

    for step, (command, said) in enumerate(
        {
            "/signalbox help": "What you can ask",
            "/signalbox queue": "Your queues",
            "/signalbox queue platform": "T-",
            "/signalbox metrics": "4, of which 3 open",
            "/signalbox metrics 30d": "Figures, last 30 days",
            "/signalbox health": "Meridian Pharma Supply",
            "/signalbox summary": "Good morning",
            "/signalbox metrcs": "Did you mean “metrics”?",
            "/signalbox xyzzy": "I do not know “xyzzy”.",
        }.items(),
        start=1,
    ):
        whisper = await mei.command(command)
        await expect(whisper).to_contain_text("Only visible to you")
        await expect(whisper).to_contain_text(said)
        assert "<!date" not in await whisper.inner_text()
        assert await mei.overflow(whisper) == []
        await whisper.screenshot(
            path=mei.picture_of(f"{step}-{command.split(maxsplit=1)[1].replace(' ', '-')}")
        )
    await mei.picture("10-window")

    await expect(hannah.page.locator(".whisper")).to_have_count(0)


async def test_a_customer_who_asks_for_figures_is_told_where_their_requests_are(
    world: World, sits: Sits
) -> None:
    paulo = await sits("paulo")
    await paulo.go("customer-support")

    whisper = await paulo.command("/signalbox metrics")

    await expect(whisper).to_contain_text("Only people who answer requests can see this")
    await paulo.picture("1-told")
