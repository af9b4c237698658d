"""What an auditor sees: the invitation, one case after the other, and the result in the channel."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from handlers import audit_result
from storage import audits
from tests.browser.window import PHONE, Sits, Window
from tests.test_audit import INVOICE, OUTAGE, RIGHT, TALK, ask, case_of, ended, weekly
from tests.world import World
from twin.people import deeds

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


def direct(world: World) -> str:
    """Return the id of Mei's conversation with the app."""
    return deeds.where(world.twin.ws, world.person("mei").id, "@signalbox").id


async def doubt(world: World, text: str) -> None:
    """Let a second opinion come that agrees with the auditor in everything but this."""
    async with world.bot.db.begin() as session:
        for row in await audits.cases(session, 1):
            await audits.second(session, row.id or 0, row.said)
        await audits.second(session, (await case_of(world, text)).id or 0, "bug-report")
        await audits.opinion_is(session, 1, "came", "", "b", ("",))
    await audit_result.show(world.bot.desk, 1)


async def next_one(mei: Window) -> str:
    """Return what the shown case asks."""
    for text in RIGHT:
        if await mei.modal.get_by_text(text).count():
            return text
    raise AssertionError("no case is shown")


async def test_a_sample_is_judged_and_its_result_is_read(world: World, sits: Sits) -> None:
    await ask(world)
    await weekly(world)
    mei = await sits("mei")
    await mei.go(direct(world))
    asked = mei.messages.filter(has_text="Blind audit")
    await expect(asked).to_contain_text("3 of 3 decisions")
    await mei.picture("1-asked")
    assert await mei.overflow(asked) == []

    modal = await mei.opens(asked, "begin_audit")
    await expect(modal).to_contain_text("0 of 3 judged")
    await mei.picture("2-first")
    wrong = {INVOICE: "payment-failed", OUTAGE: "outage", TALK: "no_request"}
    for number in (1, 2, 3):
        text = await next_one(mei)
        if number == 1:
            await mei.press(modal, "audit_priority:P3")
            await expect(modal).to_contain_text("Choose what it is first")
            await mei.picture("3-not-chosen")
        if text == TALK:
            await mei.press(modal, "audit_no_request")
        else:
            await mei.choose("audit_kind", wrong[text])
            await mei.picture(f"4-chosen-{number}")
            await mei.press(modal, "audit_priority:P2")
        await expect(modal).to_contain_text(f"{number} of 3 judged")
        await mei.picture(f"5-judged-{number}")
    await expect(modal).to_contain_text("Everything is judged")
    assert (await case_of(world, INVOICE)).said == "payment-failed"
    await ended(world)
    await modal.get_by_role("button", name="Close").last.click()

    await mei.go("front-desk")
    result = mei.messages.filter(has_text="Blind audit")
    await expect(result).to_contain_text("2 of 3 decisions right")
    await mei.picture("6-result")
    assert await mei.overflow(result) == []
    await doubt(world, OUTAGE)
    await expect(result).to_contain_text("worth a second look: T-2 (Bug report?)")
    await mei.picture("6-doubted")
    await mei.go(direct(world))
    await expect(mei.messages.filter(has_text="Blind audit")).to_contain_text("Ended")
    await mei.picture("7-ended")
    await mei.go("front-desk")
    whisper = await mei.command("/signalbox metrics")
    await expect(whisper).to_contain_text("by the last blind audit")
    await mei.picture("8-metrics")
    await mei.command("/signalbox help")
    await mei.picture("9-help")


async def test_a_case_and_a_result_are_read_on_a_phone(world: World, sits: Sits) -> None:
    await ask(world)
    await weekly(world)
    mei = await sits("mei", size=PHONE)
    await mei.go(direct(world))
    asked = mei.messages.filter(has_text="Blind audit")
    assert await mei.overflow(asked) == []
    modal = await mei.opens(asked, "begin_audit")
    await mei.picture("1-first")
    await mei.press(modal, "audit_cannot_tell")
    await expect(modal).to_contain_text("1 of 3 judged")
    await mei.choose("audit_kind", "outage")
    await mei.press(modal, "audit_priority:P1")
    await expect(modal).to_contain_text("2 of 3 judged")
    await mei.picture("2-second")
    await mei.press(modal, "audit_no_request")
    await ended(world)
    await modal.get_by_role("button", name="Close").last.click()

    await mei.go("front-desk")
    result = mei.messages.filter(has_text="Blind audit")
    await expect(result).to_contain_text("right")
    await mei.picture("3-result")
    assert await mei.overflow(result) == []
